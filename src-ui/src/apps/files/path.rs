//! Virtual paths, by their text alone.

/// The name that a person's own home has for everybody.
const OWN: &str = "/home/root";

/// Without `.`, `..`, doubled or trailing slashes, and from the root; the caller's home by its own name.
pub fn normal(path: &str, username: &str) -> String {
    let mut names: Vec<&str> = Vec::new();
    for name in path.split('/') {
        match name {
            "" | "." => {}
            ".." => drop(names.pop()),
            name => names.push(name),
        }
    }
    let path = format!("/{}", names.join("/"));
    match below(&path, OWN) {
        Some(rest) if !username.is_empty() => format!("{}{rest}", home(username)),
        _ => path,
    }
}

pub fn home(username: &str) -> String {
    format!("/home/{username}")
}

/// The directory that a path is in; the root is in itself.
pub fn parent(path: &str) -> &str {
    match path.rsplit_once('/') {
        Some(("", _)) | None => "/",
        Some((parent, _)) => parent,
    }
}

/// The last name of a path; of the root, a slash.
pub fn name(path: &str) -> &str {
    match path.rsplit_once('/') {
        Some((_, "")) | None => path,
        Some((_, name)) => name,
    }
}

pub fn join(folder: &str, name: &str) -> String {
    if folder == "/" { format!("/{name}") } else { format!("{folder}/{name}") }
}

/// What of `path` is below `above`: empty for itself, else with its slash; `None` for what is elsewhere.
pub fn below<'p>(path: &'p str, above: &str) -> Option<&'p str> {
    if above == "/" {
        return Some(if path == "/" { "" } else { path });
    }
    path.strip_prefix(above).filter(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Every directory on the way to a path, the root first and itself last.
pub fn way(path: &str) -> Vec<&str> {
    let mut way = vec!["/"];
    way.extend(path.char_indices().skip(1).filter(|(_, c)| *c == '/').filter_map(|(at, _)| path.get(..at)));
    if path != "/" {
        way.push(path);
    }
    way
}

/// Whether something may be put into a folder: not where it is, not into itself.
pub fn may_go(from: &str, folder: &str) -> bool {
    parent(from) != folder && below(folder, from).is_none()
}

/// The URL of a file, which is another one for the browser's cache once the file has changed.
pub fn versioned(url: &str, modified_at: f64) -> String {
    let sign = if url.contains('?') { '&' } else { '?' };
    format!("{url}{sign}v={modified_at:.0}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_has_one_spelling() {
        for (path, expect) in [
            ("", "/"),
            ("/", "/"),
            ("home//ada/./x/", "/home/ada/x"),
            ("/home/ada/../../..", "/"),
            ("/home/root", "/home/ada"),
            ("/home/root/a b", "/home/ada/a b"),
            ("/home/rooted", "/home/rooted"),
        ] {
            assert_eq!(normal(path, "ada"), expect, "{path}");
        }
        assert_eq!(normal("/home/root/x", ""), "/home/root/x");
    }

    #[test]
    fn parents_names_and_joins_belong_together() {
        for path in ["/a", "/a/b", "/a/b c/\u{202e}d\n"] {
            assert_eq!(join(parent(path), name(path)), path);
        }
        assert_eq!((parent("/"), name("/")), ("/", "/"));
        assert_eq!(way("/a/bc/d"), ["/", "/a", "/a/bc", "/a/bc/d"]);
        assert_eq!(way("/é/ü"), ["/", "/é", "/é/ü"]);
        assert_eq!(way("/"), ["/"]);
    }

    #[test]
    fn a_file_that_changes_is_fetched_again() {
        assert_eq!(versioned("/raw?path=a", 12.5), "/raw?path=a&v=12");
        assert_ne!(versioned("x://a", 1.0), versioned("x://a", 2.0));
    }

    #[test]
    fn below_goes_by_whole_names() {
        assert_eq!(below("/a/b", "/a"), Some("/b"));
        assert_eq!(below("/ab", "/a"), None);
        assert_eq!(below("/a", "/"), Some("/a"));
        assert_eq!(below("/", "/"), Some(""));
    }

    #[test]
    fn nothing_goes_into_itself_or_where_it_is() {
        assert!(may_go("/a/b", "/c"));
        assert!(may_go("/a/b", "/a/bc"));
        assert!(!may_go("/a/b", "/a"));
        assert!(!may_go("/a/b", "/a/b"));
        assert!(!may_go("/a/b", "/a/b/c"));
    }
}
