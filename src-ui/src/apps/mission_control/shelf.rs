//! Which agents are shown, and in which order they stay.

use std::rc::Rc;

use aether_protocol::Pid;

use crate::apps::agent::state_of;
use crate::kit::format::LocalTime;
use crate::kit::{Glyph, Tone};
use crate::store::{Agent, Standing};

/// A line of the rail: the agents of one kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Shelf {
    #[default]
    All,
    Of(Standing),
    DoneToday,
    /// Done before today.
    Earlier,
}

impl Shelf {
    /// In the order of the rail.
    pub const ALL: [Shelf; 8] = [
        Shelf::All,
        Shelf::Of(Standing::NeedsYou),
        Shelf::Of(Standing::Working),
        Shelf::Of(Standing::Paused),
        Shelf::Of(Standing::Queued),
        Shelf::Of(Standing::Failed),
        Shelf::DoneToday,
        Shelf::Earlier,
    ];

    /// As a window's `args` name it.
    pub fn id(self) -> &'static str {
        match self {
            Shelf::All => "all",
            Shelf::DoneToday => "done-today",
            Shelf::Earlier => "earlier",
            Shelf::Of(Standing::NeedsYou) => "needs-you",
            Shelf::Of(Standing::Working) => "working",
            Shelf::Of(Standing::Paused) => "paused",
            Shelf::Of(Standing::Queued) => "queued",
            Shelf::Of(Standing::Failed) => "failed",
            Shelf::Of(Standing::Done) => "done",
        }
    }

    pub fn label(self) -> &'static str {
        match self {
            Shelf::All => "All",
            Shelf::DoneToday => "Done today",
            Shelf::Earlier => "Earlier",
            Shelf::Of(standing) => standing.label(),
        }
    }

    pub fn glyph(self) -> Glyph {
        match self {
            Shelf::All => Glyph::LayoutGrid,
            Shelf::DoneToday | Shelf::Of(Standing::Done) => Glyph::CircleCheck,
            Shelf::Earlier => Glyph::History,
            Shelf::Of(Standing::NeedsYou) => Glyph::Hand,
            Shelf::Of(Standing::Working) => Glyph::Activity,
            Shelf::Of(Standing::Paused) => Glyph::CirclePause,
            Shelf::Of(Standing::Queued) => Glyph::Clock,
            Shelf::Of(Standing::Failed) => Glyph::CircleX,
        }
    }

    pub fn tone(self) -> Tone {
        match self {
            Shelf::All | Shelf::Earlier => Tone::Neutral,
            Shelf::DoneToday => Tone::Done,
            Shelf::Of(standing) => state_of(standing).tone(),
        }
    }

    /// What to say where it is empty.
    pub fn nothing(self) -> (&'static str, &'static str) {
        match self {
            Shelf::All => ("No agents yet", "Deploy one with a goal, and watch it work here."),
            Shelf::Of(Standing::NeedsYou) => ("Nobody needs you", "What an agent asks of you is answered here."),
            Shelf::Of(Standing::Working) => ("Nobody is working", "Agents at work are shown here, with what they do."),
            Shelf::Of(Standing::Paused) => ("Nothing is paused", "Agents you hold wait here until you resume them."),
            Shelf::Of(Standing::Queued) => ("Nobody is waiting", "Agents wait here while all places are taken."),
            Shelf::Of(Standing::Failed) => ("Nothing failed", "An agent that fails says here why, and what to do."),
            Shelf::DoneToday => ("Nothing is done today yet", "What agents finish today is shown here."),
            Shelf::Earlier => ("Nothing from earlier", "What agents finished before today is shown here."),
            Shelf::Of(Standing::Done) => ("Nothing is done yet", "What agents finish is shown here."),
        }
    }

    /// Whether an agent stands here. `midnight` is when the person's day began, in milliseconds since 1970.
    pub fn holds(self, agent: &Agent, midnight: u64) -> bool {
        match self {
            Shelf::All => true,
            Shelf::Of(standing) => agent.standing() == standing,
            Shelf::DoneToday => agent.standing() == Standing::Done && is_today(agent, midnight),
            Shelf::Earlier => agent.standing() == Standing::Done && !is_today(agent, midnight),
        }
    }
}

fn is_today(agent: &Agent, midnight: u64) -> bool {
    agent.info.exited_at.is_some_and(|at| at >= midnight)
}

/// When the person's day began.
pub fn midnight(now: i64) -> u64 {
    let time = LocalTime::of(now);
    let passed = i64::from(time.hour * 3600 + time.minute * 60 + time.second) * 1000;
    u64::try_from(now - passed - now.rem_euclid(1000)).unwrap_or_default()
}

/// What a window shows, as its `args` keep it: a shelf, and whether as a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct View {
    pub shelf: Shelf,
    pub list: bool,
}

impl View {
    pub fn parse(args: &str) -> View {
        let mut view = View::default();
        for word in args.split_whitespace() {
            match Shelf::ALL.into_iter().find(|shelf| shelf.id() == word) {
                Some(shelf) => view.shelf = shelf,
                None => view.list = view.list || word == "list",
            }
        }
        view
    }

    pub fn write(self) -> String {
        format!("{}{}", self.shelf.id(), if self.list { " list" } else { "" })
    }
}

/// Whether an agent is what the person typed: a part of its name or goal, or its number.
pub fn matches(agent: &Agent, query: &str) -> bool {
    let query = query.trim().to_lowercase();
    if query.is_empty() {
        return true;
    }
    let pid = agent.pid().to_string();
    if let Some(number) = query.strip_prefix('#') {
        return pid.starts_with(number.trim());
    }
    pid == query || agent.name().to_lowercase().contains(&query) || agent.goal().to_lowercase().contains(&query)
}

/// The agents of a shelf that match, in the order of `sorted`.
pub fn wanted(sorted: &[Rc<Agent>], shelf: Shelf, query: &str, midnight: u64) -> Vec<Pid> {
    let fits = |agent: &&Rc<Agent>| shelf.holds(agent, midnight) && matches(agent, query);
    sorted.iter().filter(fits).map(|agent| agent.pid()).collect()
}

/// The order to show. While it is `held` (a pointer or the focus is among the cards) whatever is shown keeps its place,
/// also what has left the shelf meanwhile, and what is new comes last.
pub fn settle(shown: &[Pid], wanted: &[Pid], held: bool, exists: impl Fn(Pid) -> bool) -> Vec<Pid> {
    if !held {
        return wanted.to_vec();
    }
    let mut order: Vec<Pid> = shown.iter().copied().filter(|pid| exists(*pid)).collect();
    order.extend(wanted.iter().copied().filter(|pid| !shown.contains(pid)));
    order
}

#[cfg(test)]
mod tests {
    use super::super::sample::agent;
    use super::*;

    #[test]
    fn a_shelf_holds_what_its_name_says() {
        let done = agent(4, "dead", "completed", |info| info.exited_at = Some(2_000));
        let asking = agent(3, "running", "waiting", |_| {});
        assert!(Shelf::DoneToday.holds(&done, 1_000) && !Shelf::Earlier.holds(&done, 1_000));
        assert!(Shelf::Earlier.holds(&done, 3_000) && !Shelf::DoneToday.holds(&done, 3_000));
        assert!(Shelf::Of(Standing::NeedsYou).holds(&asking, 0) && !Shelf::Of(Standing::Working).holds(&asking, 0));
        // One shelf each, beside the one that holds all.
        for agent in [&done, &asking] {
            for midnight in [1_000, 3_000] {
                assert_eq!(Shelf::ALL.into_iter().filter(|shelf| shelf.holds(agent, midnight)).count(), 2);
            }
        }
    }

    #[test]
    fn agents_are_found_by_name_goal_and_number() {
        let agent = agent(14, "running", "thinking", |info| {
            info.role = Some("Coder".into());
            info.goal = Some("Fix the rate limiter".into());
        });
        for query in ["", "  ", "code", "RATE", "14", "#14", "#1"] {
            assert!(matches(&agent, query), "{query:?}");
        }
        for query in ["1", "#4", "writer"] {
            assert!(!matches(&agent, query), "{query:?}");
        }
    }

    #[test]
    fn nothing_moves_while_it_is_held_and_all_of_it_after() {
        let pids = |numbers: &[u64]| numbers.iter().map(|n| Pid(*n)).collect::<Vec<_>>();
        let (shown, wanted) = (pids(&[5, 4, 3]), pids(&[3, 6, 5]));
        let exists = |pid: Pid| pid != Pid(4);
        assert_eq!(settle(&shown, &wanted, true, exists), pids(&[5, 3, 6]));
        assert_eq!(settle(&shown, &wanted, false, exists), wanted);
        // What is answered leaves the shelf, but not the place under the pointer.
        assert_eq!(settle(&shown, &pids(&[5]), true, |_| true), shown);
    }

    #[test]
    fn a_view_is_read_as_it_was_written() {
        for shelf in Shelf::ALL {
            for list in [false, true] {
                let view = View { shelf, list };
                assert_eq!(View::parse(&view.write()), view);
            }
        }
        assert_eq!(View::parse("something else"), View::default());
    }

    #[test]
    fn a_day_begins_at_midnight() {
        assert_eq!(midnight(86_400_000 * 3 + 5_000_123), 86_400_000 * 3);
    }
}
