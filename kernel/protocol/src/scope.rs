//! Scopes: what an API token lets its holder do of what its user may.
//!
//! A scope is `<domain>:read` or `<domain>:write` with the name of a command's domain, `*` for all of them, or `admin`. What
//! may be written may be read. Which commands read follows from the tables: those whose audit class is `refusals`, but for
//! a few that are written to no log because they are many.

use std::collections::BTreeSet;

use crate::domains::Domain;
use crate::error::WireError;
use crate::table::{Audit, Method};

/// Commands that change or steer something and are not logged each time.
const QUIET_WRITES: [&str; 12] = [
    "browser:click",
    "browser:keypress",
    "browser:screencast_start",
    "browser:screencast_stop",
    "browser:scroll",
    "browser:type",
    "preference.delete",
    "preference.set",
    "resource.admit",
    "tty.attach",
    "tty.input",
    "tty.resize",
];

/// The domain whose commands say how a user signs in.
const ACCOUNT: &str = "auth";

/// What a token was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scopes(BTreeSet<String>);

impl Scopes {
    /// Reads scopes; twice the same is once.
    ///
    /// # Errors
    /// When there is none, or one names no domain.
    pub fn parse(given: &[String]) -> Result<Scopes, WireError> {
        if given.is_empty() {
            return Err(WireError::invalid("A token needs a scope, like fs:read or *:read. Name at least one."));
        }
        for scope in given {
            let known = match scope.split_once(':') {
                None => scope == "admin",
                // How a user signs in is no token's to change.
                Some((ACCOUNT, mode)) => mode == "read",
                Some((domain, mode)) => matches!(mode, "read" | "write") && (domain == "*" || is_domain(domain)),
            };
            if !known {
                let scope = scope.escape_debug();
                return Err(WireError::invalid(format!(
                    "\"{scope}\" is no scope. A scope is <domain>:read or <domain>:write, like fs:read, with * for every \
                     domain, or admin; of auth there is only auth:read."
                )));
            }
        }
        Ok(Scopes(given.iter().cloned().collect()))
    }

    /// As they were given, sorted.
    pub fn list(&self) -> Vec<String> {
        self.0.iter().cloned().collect()
    }

    /// True if the rights of an administrator come with the token, where its user is one.
    pub fn admin(&self) -> bool {
        self.0.contains("admin")
    }

    /// Refuses a command that is beyond these scopes. What is for everybody is for a token too.
    ///
    /// # Errors
    /// `forbidden`, naming the scope that is missing.
    pub fn check(&self, row: &Method) -> Result<(), WireError> {
        if row.needs == "Public" {
            return Ok(());
        }
        let (domain, reads) = (row.domain, reads(row));
        if domain == ACCOUNT && !reads {
            return Err(WireError::forbidden(
                "An API token does not change how its user signs in. Sign in with the password to do this.",
            ));
        }
        if self.holds(domain, "write") || reads && self.holds(domain, "read") {
            return Ok(());
        }
        let mode = if reads { "read" } else { "write" };
        Err(WireError::forbidden(format!("This API token lacks the scope {domain}:{mode}. Make one that has it.")))
    }

    /// True if events of this name may be seen: those of a domain that may be read. `kind` is what a whole entity is of.
    pub fn sees(&self, wire: &str, kind: Option<&str>) -> bool {
        let domain = match kind {
            Some("preference") => Some("preference"),
            Some("organization" | "team" | "membership" | "team.membership") => Some("org"),
            Some("terminal") => Some("tty"),
            Some("process") => Some("process"),
            Some("approval" | "trajectory") => Some("agent"),
            Some(_) => None,
            None => domain_of(wire),
        };
        // What belongs to no domain is only for who may read all.
        domain.map_or_else(
            || self.holds("*", "read") || self.holds("*", "write"),
            |domain| self.holds(domain, "read") || self.holds(domain, "write"),
        )
    }

    fn holds(&self, domain: &str, mode: &str) -> bool {
        let has = |domain: &str| self.0.contains(&format!("{domain}:{mode}"));
        has(domain) || has("*")
    }
}

/// True if a command changes nothing.
pub fn reads(row: &Method) -> bool {
    row.audit == Audit::Refusals && !QUIET_WRITES.contains(&row.wire)
}

fn is_domain(name: &str) -> bool {
    Domain::ALL.iter().any(|domain| domain.name() == name)
}

fn domain_of(event: &str) -> Option<&'static str> {
    Domain::ALL.iter().flat_map(|domain| domain.events()).find(|row| row.wire == event).map(|row| row.domain)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Command;

    fn scopes(given: &[&str]) -> Result<Scopes, WireError> {
        Scopes::parse(&given.iter().map(|scope| (*scope).to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn scopes_are_of_the_domains_there_are() {
        for good in [&["fs:read"][..], &["*:read", "admin"], &["process:write", "tty:read"], &["auth:read"]] {
            assert!(scopes(good).is_ok(), "{good:?}");
        }
        for bad in [
            &[][..],
            &["fs"],
            &["fs:all"],
            &["nothing:read"],
            &["fs:read", ""],
            &["auth:write"],
            &["*"],
            &["admin:read"],
        ] {
            assert!(scopes(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_scope_allows_its_domain_and_nothing_else() {
        let row = |wire: &str| Command::methods().find(|row| row.wire == wire).expect("a row");
        for (given, wire, allowed) in [
            (&["fs:read"][..], "fs.read", true),
            (&["fs:read"], "fs.write", false),
            (&["fs:read"], "process.list", false),
            (&["fs:write"], "fs.read", true),
            (&["*:read"], "process.list", true),
            (&["*:read"], "process.spawn", false),
            (&["*:write"], "process.spawn", true),
            (&["*:write", "admin"], "auth.changePassword", false),
            (&["*:write", "admin"], "auth.createToken", false),
            (&["*:write", "admin"], "user.resetPassword", false),
            (&["*:read"], "auth.me", true),
            (&["tty:read"], "tty.input", false),
            (&["preference:read"], "preference.set", false),
            (&["admin"], "kernel.shutdown", false),
            (&["fs:read"], "auth.validate", true),
        ] {
            assert_eq!(scopes(given).expect("scopes").check(row(wire)).is_ok(), allowed, "{given:?} {wire}");
        }
    }

    #[test]
    fn events_follow_their_domain() {
        let files = scopes(&["fs:read"]).expect("scopes");
        assert!(files.sees("fs.changed", None));
        assert!(!files.sees("agent.thought", None) && !files.sees("no.event", None));
        assert!(!files.sees("entity.changed", Some("preference")));
        let all = scopes(&["*:read"]).expect("scopes");
        assert!(all.sees("agent.thought", None) && all.sees("entity.changed", Some("new kind")));
    }

    /// A row that is new and not logged shows here, for somebody to say whether it reads.
    #[test]
    fn what_reads_is_named_like_it() {
        let verbs = [
            "list",
            "get",
            "info",
            "status",
            "stats",
            "history",
            "query",
            "check",
            "search",
            "read",
            "download",
            "stat",
            "ls",
            "watch",
            "unwatch",
            "timeline",
            "trajectory",
            "approvals",
            "inbox",
            "report",
            "me",
            "validate",
            "recall",
            "logs",
            "details",
            "export",
            "discover",
            "nodes",
            "devices",
            "usage",
            "quota",
            "summary",
            "summaries",
            "default",
            "queue",
            "shared",
            "trash",
            "servers",
            "tools",
            "imported",
            "instructions",
            "versions",
            "proposals",
            "sessions",
            "tokens",
            "screenshot",
            "dom",
            "snapshot",
            "back",
            "forward",
            "reload",
            "navigate",
            "page",
            "agents",
            "wait",
        ];
        let odd: Vec<&str> = Command::methods()
            .filter(|row| reads(row))
            .map(|row| row.wire)
            .filter(|wire| {
                let last = wire.rsplit(['.', ':']).next().unwrap_or_default();
                let lower = last.to_ascii_lowercase();
                !verbs.iter().any(|verb| lower == *verb || lower.ends_with(verb))
            })
            .collect();
        assert!(odd.is_empty(), "do these read? {odd:?}");
    }
}
