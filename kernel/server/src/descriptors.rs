//! Open files: how many the system lets this program have, and whether a new connection would take one of the last.

/// Files that are left to what is no connection: databases, files of people, terminals, sandboxes.
const LEFT: u64 = 128;
/// The most that macOS lets a program ask for, whatever it says the limit is (OPEN_MAX).
#[cfg(target_os = "macos")]
const MOST: u64 = 10_240;

/// Raises how many files may be open to what the system allows, and says so in the log.
#[cfg(unix)]
pub fn raise() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    #[cfg(target_os = "macos")]
    let most = limit.current.map(|current| limit.maximum.map_or(MOST, |most| most.min(MOST)).max(current));
    #[cfg(not(target_os = "macos"))]
    let most = limit.maximum;
    if most != limit.current
        && let Err(error) = setrlimit(Resource::Nofile, Rlimit { current: most, ..limit })
    {
        tracing::warn!(%error, "the limit of open files could not be raised");
    }
    match getrlimit(Resource::Nofile).current {
        Some(most) => tracing::info!(most, "files that may be open at a time"),
        None => tracing::info!("any number of files may be open"),
    }
}

#[cfg(not(unix))]
pub fn raise() {}

/// True if a new connection has one of the last files that may be open. The system gives the lowest number that is free, so
/// that its number says how many are taken.
#[cfg(unix)]
pub fn are_few(connection: &impl std::os::fd::AsRawFd) -> bool {
    let number = u64::try_from(connection.as_raw_fd()).unwrap_or_default();
    is_among_the_last(number, rustix::process::getrlimit(rustix::process::Resource::Nofile).current)
}

#[cfg(not(unix))]
pub fn are_few<C>(_connection: &C) -> bool {
    false
}

/// Where there may be few files at all, a quarter of them is left.
#[cfg_attr(not(unix), allow(dead_code))] // What has no limit needs no look at it.
fn is_among_the_last(number: u64, most: Option<u64>) -> bool {
    most.is_some_and(|most| number.saturating_add(LEFT.min(most / 4)) >= most)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_files_are_told_from_the_others() {
        for (number, most, expect) in
            [(895, 1_024, false), (896, 1_024, true), (1_023, 1_024, true), (74, 100, false), (75, 100, true)]
        {
            assert_eq!(is_among_the_last(number, Some(most)), expect, "{number} of {most}");
        }
        assert!(!is_among_the_last(1_000_000, None), "there is no last one");
    }

    #[cfg(unix)]
    #[test]
    fn what_the_system_allows_is_taken() {
        use rustix::process::{Resource, getrlimit};
        raise();
        let limit = getrlimit(Resource::Nofile);
        assert!(cfg!(target_os = "macos") || limit.current == limit.maximum, "{limit:?}");
    }
}
