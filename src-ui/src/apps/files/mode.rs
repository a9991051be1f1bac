//! Permissions, as people who know them write them.

use aether_protocol::domains::fs::{FileAccess, FileMode};

/// `rwxr-xr--`.
pub fn letters(mode: &FileMode) -> String {
    let of = |access: FileAccess| {
        [(access.read, 'r'), (access.write, 'w'), (access.execute, 'x')].map(|(may, c)| if may { c } else { '-' })
    };
    [mode.owner, mode.group, mode.other].into_iter().flat_map(of).collect()
}

/// "read and write".
pub fn words(access: FileAccess) -> String {
    let may = [(access.read, "read"), (access.write, "write"), (access.execute, "run")];
    let may: Vec<&str> = may.into_iter().filter(|(may, _)| *may).map(|(_, word)| word).collect();
    match may.as_slice() {
        [] => String::from("nothing"),
        [one] => (*one).to_owned(),
        [first, second] => format!("{first} and {second}"),
        many => many.join(", "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn permissions_are_written_both_ways() {
        let access = |read, write, execute| FileAccess { read, write, execute };
        let mode = FileMode {
            owner: access(true, true, true),
            group: access(true, false, true),
            other: access(false, false, false),
        };
        assert_eq!(letters(&mode), "rwxr-x---");
        assert_eq!(words(mode.owner), "read, write, run");
        assert_eq!(words(mode.group), "read and run");
        assert_eq!(words(mode.other), "nothing");
    }
}
