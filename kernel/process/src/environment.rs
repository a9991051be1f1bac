//! The environment of an agent's commands and terminals: the kernel's own variables, and those it was deployed with.

use std::collections::BTreeMap;

use crate::error::{ProcessError, Result};
use crate::table::Record;

/// Bytes of all variables of a configuration, and how many there may be.
const BYTES: usize = 16 * 1024;
const COUNT: usize = 128;
/// What says who and where one is, and how what is inside is found.
const RESERVED: [&str; 5] = ["HOME", "USER", "LOGNAME", "PWD", "OLDPWD"];
/// What begins so is the kernel's.
const OURS: &str = "AETHER_";

/// Refuses variables that no shell could name, that are the kernel's own, or too many of them.
pub fn check(variables: &BTreeMap<String, String>) -> Result<()> {
    let bytes: usize = variables.iter().map(|(name, value)| name.len() + value.len() + 2).sum();
    if variables.len() > COUNT || bytes > BYTES {
        return Err(ProcessError::TooLong { what: "The environment of an agent", limit: BYTES });
    }
    for (name, value) in variables {
        let mut letters = name.bytes();
        let begins = letters.next().is_some_and(|letter| letter.is_ascii_alphabetic() || letter == b'_');
        if !begins || !letters.all(|letter| letter.is_ascii_alphanumeric() || letter == b'_') || value.contains('\0') {
            return Err(ProcessError::BadVariable(name.clone()));
        }
        if name.starts_with(OURS) || RESERVED.contains(&name.as_str()) {
            return Err(ProcessError::OurVariable(name.clone()));
        }
    }
    Ok(())
}

/// What its sandbox gets.
pub fn of(record: &Record) -> BTreeMap<String, String> {
    let mut variables = base(&record.pid.uid(), &record.pid.home());
    variables.extend(about(record));
    variables
}

/// What is shown of it: without what is the same for all.
pub fn shown(record: &Record) -> BTreeMap<String, String> {
    let mut variables = of(record);
    for name in ["LOGNAME", "LANG", "PATH", "AETHER_PID"] {
        if !record.config.env.as_ref().is_some_and(|own| own.contains_key(name)) {
            variables.remove(name);
        }
    }
    variables
}

/// What everybody's shells get.
pub fn base(user: &str, home: &str) -> BTreeMap<String, String> {
    let variables = [
        ("HOME", home),
        ("USER", user),
        ("LOGNAME", user),
        ("SHELL", "/bin/bash"),
        ("TERM", "xterm-256color"),
        ("LANG", "C.UTF-8"),
        ("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"),
    ];
    variables.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

fn about(record: &Record) -> BTreeMap<String, String> {
    let config = &record.config;
    let mut variables = config.env.clone().unwrap_or_default();
    let own = [
        ("AETHER_PID", Some(record.pid.to_string())),
        ("AETHER_ROLE", Some(config.role.clone())),
        ("AETHER_GOAL", Some(config.goal.clone())),
        ("AETHER_MODEL", record.model.clone()),
    ];
    for (name, value) in own {
        if let Some(value) = value {
            // No variable can hold it.
            variables.insert(name.to_owned(), value.replace('\0', ""));
        }
    }
    variables
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_have_names_that_a_shell_takes_and_none_of_the_kernels() {
        let check = |name: &str, value: &str| check(&[(name.to_owned(), value.to_owned())].into());
        for name in ["A", "_x1", "PATH", "http_proxy"] {
            check(name, "any = value").expect(name);
        }
        for name in ["", "1A", "A-B", "A=B", "\u{e4}"] {
            assert!(matches!(check(name, "v"), Err(ProcessError::BadVariable(_))), "{name}");
        }
        for name in ["AETHER_PID", "AETHER_X", "HOME", "USER"] {
            assert!(matches!(check(name, "v"), Err(ProcessError::OurVariable(_))), "{name}");
        }
        assert!(matches!(check("A", "a\0b"), Err(ProcessError::BadVariable(_))));
        assert!(matches!(check("A", &"x".repeat(BYTES)), Err(ProcessError::TooLong { .. })));
    }
}
