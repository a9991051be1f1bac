//! What everything inside has used, as this machine counts it, and how far it stands back.

use std::time::Duration;

use rustix::process::Pid;

/// CPU time used by a process and its descendants, those that have ended among them, and the memory they hold now.
pub(crate) fn of_tree(root: Pid) -> Option<(Duration, u64)> {
    let ticks = rustix::param::clock_ticks_per_second();
    let page = rustix::param::page_size() as u64;
    let (mut used, mut pages) = of_process(root.as_raw_pid())?;
    let mut waiting = children(root.as_raw_pid());
    while let Some(pid) = waiting.pop() {
        // It may have ended since it was listed.
        if let Some((time, resident)) = of_process(pid) {
            used += time;
            pages += resident;
            waiting.extend(children(pid));
        }
    }
    Some((Duration::from_millis(used.saturating_mul(1_000) / ticks.max(1)), pages.saturating_mul(page)))
}

/// Moves the descendants of a process to this niceness, each thread of theirs, where this user may.
pub(crate) fn renice(root: Pid, nice: i32) {
    let mut waiting = children(root.as_raw_pid());
    while let Some(pid) = waiting.pop() {
        for thread in threads(pid).filter_map(Pid::from_raw) {
            // It may have ended, or be one that only root could bring forward.
            let _ = rustix::process::setpriority_process(Some(thread), nice);
        }
        waiting.extend(children(pid));
    }
}

/// Clock ticks used, with those of children that have ended, and resident pages.
fn of_process(pid: i32) -> Option<(u64, u64)> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let (_, rest) = stat.rsplit_once(") ")?;
    // proc(5) numbers utime, stime, cutime and cstime 14 to 17, and rss 24; the state, after the name, is 3.
    let fields: Vec<&str> = rest.split(' ').collect();
    let times = fields.get(11..15)?.iter().filter_map(|field| field.parse::<u64>().ok());
    Some((times.sum(), fields.get(21)?.parse().ok()?))
}

/// Children of every thread of a process.
fn children(pid: i32) -> Vec<i32> {
    let lists =
        threads(pid).filter_map(|thread| std::fs::read_to_string(format!("/proc/{pid}/task/{thread}/children")).ok());
    lists.flat_map(|list| list.split_whitespace().filter_map(|pid| pid.parse().ok()).collect::<Vec<_>>()).collect()
}

fn threads(pid: i32) -> impl Iterator<Item = i32> {
    let tasks = std::fs::read_dir(format!("/proc/{pid}/task")).into_iter().flatten().flatten();
    tasks.filter_map(|task| task.file_name().to_str()?.parse().ok())
}
