//! `aether log`: all that an agent did, a page at a time.

use aether_protocol::domains::agent::{AgentLogEntry, Client, TimelineQuery};
use aether_protocol::{Pid, Transport, WireError};

/// Lines of a page, the most that a kernel gives at once.
const PAGE: u32 = 1_000;

/// Hands on every line of an agent, the oldest first.
pub async fn log(link: &impl Transport, pid: Pid, show: impl Fn(&[AgentLogEntry])) -> Result<(), WireError> {
    let mut offset = 0;
    loop {
        let query = TimelineQuery { pid, limit: Some(PAGE), offset: Some(offset) };
        let page = Client(link).timeline(query).await?;
        show(&page.entries);
        offset = offset.saturating_add(u32::try_from(page.entries.len()).unwrap_or(u32::MAX));
        if page.entries.is_empty() || u64::from(offset) >= page.total {
            return Ok(());
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use aether_protocol::domains::agent::{Command as Agent, Timeline};
    use aether_protocol::{Command, Reply};

    use super::*;

    /// A kernel whose agent did so many things.
    struct Did(u32);

    impl Transport for Did {
        async fn call(&self, command: Command) -> Result<Reply, WireError> {
            let Command::agent(Agent::timeline(query)) = command else { panic!("{command:?}") };
            let (limit, offset) = (query.limit.expect("a limit").min(1_000), query.offset.unwrap_or_default());
            let entry = |step: u32| AgentLogEntry {
                id: None,
                pid: query.pid,
                step: step.into(),
                phase: "thought".to_owned(),
                tool: None,
                content: String::new(),
                timestamp: 0,
            };
            let entries = (offset..self.0.min(offset + limit)).map(entry).collect();
            Reply::of(&Timeline { entries, total: self.0.into() })
        }
    }

    #[tokio::test]
    async fn the_newest_of_many_lines_are_among_those_shown() {
        for did in [0, 7, 1_000, 2_345] {
            let steps = RefCell::new(Vec::new());
            let show = |entries: &[AgentLogEntry]| steps.borrow_mut().extend(entries.iter().map(|entry| entry.step));
            log(&Did(did), Pid(2), show).await.expect("shown");
            assert_eq!(steps.into_inner(), (0..did.into()).collect::<Vec<i64>>());
        }
    }
}
