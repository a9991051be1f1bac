//! Virtual paths: what a path names, before any disk is asked.

use aether_base::Caller;
use aether_protocol::Pid;

use crate::error::{FsError, Result};

/// Bytes of a path, at most.
const PATH: usize = 4_096;
/// Bytes of one name in it, at most.
const NAME: usize = 255;
/// Names of files that are being written begin so. Nobody else can name or see them.
pub const TEMPORARY: &str = ".aether-tmp-";

/// Whose place a path is in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PlaceOwner {
    /// An agent's home.
    Agent(Pid),
    /// A user's home.
    User { username: String },
    /// The caller's own home, by its common name `/home/root`.
    Own,
    /// The caller's own temporary files.
    Tmp,
    /// What is shared.
    Shared,
    /// `/` or `/home`, which only list.
    Root,
    /// No place of the virtual root.
    Outside,
}

/// Whose place a path is in, as this caller names it. Answers from the path alone.
pub fn place(_caller: &Caller, path: &str) -> PlaceOwner {
    let Ok(path) = VirtualPath::parse(path) else { return PlaceOwner::Outside };
    match path.place() {
        Place::Root | Place::Homes => PlaceOwner::Root,
        Place::AgentHome(pid, _) => PlaceOwner::Agent(pid),
        Place::UserHome(name, _) => PlaceOwner::User { username: name.to_owned() },
        Place::OwnHome(_) => PlaceOwner::Own,
        Place::Tmp(_) => PlaceOwner::Tmp,
        Place::Shared(_) => PlaceOwner::Shared,
        Place::Outside => PlaceOwner::Outside,
    }
}

/// A path as it is known once `.` and `..` are resolved; `None` if it is none.
pub fn normal(path: &str) -> Option<String> {
    VirtualPath::parse(path).ok().map(|path| path.as_str().to_owned())
}

/// Where a path is; the text is the rest of it below that place, empty for the place itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place<'p> {
    Root,
    Homes,
    AgentHome(Pid, &'p str),
    UserHome(&'p str, &'p str),
    OwnHome(&'p str),
    Tmp(&'p str),
    Shared(&'p str),
    Outside,
}

/// An absolute path without `.`, `..` or empty names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VirtualPath(String);

impl VirtualPath {
    /// Reads a path, resolving `.` and `..` by its text alone; links have no say in it.
    pub fn parse(path: &str) -> Result<VirtualPath> {
        if path.is_empty() {
            return Err(FsError::EmptyPath);
        }
        if path.len() > PATH {
            return Err(FsError::TooLong);
        }
        let mut text = String::with_capacity(path.len() + 1);
        for name in path.split('/') {
            match name {
                "" | "." => {}
                ".." => match text.rfind('/') {
                    Some(end) => text.truncate(end),
                    None => return Err(FsError::Traversal(path.to_owned())),
                },
                name if name.len() > NAME => return Err(FsError::TooLong),
                name if name.contains('\0') || name.starts_with(TEMPORARY) || !crate::platform::is_name(name) => {
                    return Err(FsError::BadName(name.to_owned()));
                }
                name => {
                    text.push('/');
                    text.push_str(name);
                }
            }
        }
        if text.is_empty() {
            text.push('/');
        }
        Ok(VirtualPath(text))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Where it is.
    pub fn place(&self) -> Place<'_> {
        let (first, rest) = split(&self.0[1..]);
        match first {
            "" => Place::Root,
            "tmp" => Place::Tmp(rest),
            "shared" => Place::Shared(rest),
            "home" => {
                let (name, rest) = split(rest);
                match name {
                    "" => Place::Homes,
                    "root" => Place::OwnHome(rest),
                    name if name.starts_with("agent_") => match Pid::parse(name) {
                        // `agent_07` names nobody: a home has one name.
                        Some(pid) if pid.uid() == name => Place::AgentHome(pid, rest),
                        Some(_) | None => Place::Outside,
                    },
                    name => Place::UserHome(name, rest),
                }
            }
            _ => Place::Outside,
        }
    }
}

/// The first name of a relative path, and what follows it.
pub fn split(path: &str) -> (&str, &str) {
    path.split_once('/').unwrap_or((path, ""))
}

/// The directory part of a relative path, and its last name.
pub fn split_last(path: &str) -> (&str, &str) {
    path.rsplit_once('/').unwrap_or(("", path))
}

/// True if `path` is `above` or something below it.
pub fn is_under(path: &str, above: &str) -> bool {
    above.is_empty() || path.strip_prefix(above).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// A name below a relative path.
pub fn below(rel: &str, name: &str) -> String {
    if rel.is_empty() { name.to_owned() } else { format!("{rel}/{name}") }
}

/// Puts a relative path below an absolute one.
pub fn join(above: &str, rest: &str) -> String {
    if rest.is_empty() { above.to_owned() } else { format!("{}/{rest}", above.trim_end_matches('/')) }
}

#[cfg(test)]
mod tests {
    use aether_base::Door;

    use super::*;

    fn parsed(path: &str) -> String {
        match VirtualPath::parse(path) {
            Ok(path) => path.0,
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn paths_are_resolved_by_their_text() {
        for (path, expect) in [
            ("/", "/"),
            ("//home///ada/./x/", "/home/ada/x"),
            ("home/ada", "/home/ada"),
            ("/home/ada/a/../b", "/home/ada/b"),
            ("/home/..", "/"),
            ("/home/ada/~", "/home/ada/~"),
            ("/home/ada/...", "/home/ada/..."),
            ("/home/ada/%2e%2e", "/home/ada/%2e%2e"),
            ("/home/ada/․․", "/home/ada/․․"),
        ] {
            assert_eq!(parsed(path), expect, "{path}");
        }
        assert!(matches!(VirtualPath::parse(""), Err(FsError::EmptyPath)));
        assert_eq!(parsed("/home/../.."), "Access denied: path traversal detected (/home/../..)");
        assert_eq!(parsed(".."), "Access denied: path traversal detected (..)");
        assert!(matches!(VirtualPath::parse("/tmp/a\0b"), Err(FsError::BadName(_))));
        assert!(matches!(VirtualPath::parse("/tmp/.aether-tmp-1"), Err(FsError::BadName(_))));
        assert!(matches!(VirtualPath::parse(&format!("/tmp/{}", "n".repeat(256))), Err(FsError::TooLong)));
        assert!(matches!(VirtualPath::parse(&"/n".repeat(2_100)), Err(FsError::TooLong)));
    }

    #[test]
    fn places_have_owners() {
        let user = |username: &str| PlaceOwner::User { username: username.to_owned() };
        for (path, expect) in [
            ("/", PlaceOwner::Root),
            ("/home", PlaceOwner::Root),
            ("/home/agent_12", PlaceOwner::Agent(Pid(12))),
            ("/home/agent_12/a/b", PlaceOwner::Agent(Pid(12))),
            ("/home/agent_012/a", PlaceOwner::Outside),
            ("/home/agent_x", PlaceOwner::Outside),
            ("/home/Agent_12", user("Agent_12")),
            ("/home/ada/../bob/x", user("bob")),
            ("/home/root/x", PlaceOwner::Own),
            ("/tmp", PlaceOwner::Tmp),
            ("/tmp/../etc/passwd", PlaceOwner::Outside),
            ("/shared/docs", PlaceOwner::Shared),
            ("/sharedx", PlaceOwner::Outside),
            ("/var/kernel.db", PlaceOwner::Outside),
            ("/../home", PlaceOwner::Outside),
            ("", PlaceOwner::Outside),
        ] {
            assert_eq!(place(&Caller::anonymous(Door::Local), path), expect, "{path}");
        }
    }

    #[test]
    fn below_is_a_matter_of_whole_names() {
        assert!(is_under("a/b", "a") && is_under("a", "a") && is_under("a", ""));
        assert!(!is_under("ab", "a") && !is_under("a", "a/b"));
        assert_eq!((join("/", "home"), join("/tmp", "")), ("/home".to_owned(), "/tmp".to_owned()));
    }
}
