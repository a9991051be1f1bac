//! The table of agents: its rows, their order, and what they come to.

use std::cmp::Ordering;
use std::rc::Rc;

use aether_protocol::Pid;
use yew::AttrValue;

use super::figures::Figures;
use crate::apps::agent::work_state;
use crate::kit::{Sort, WorkState, format};
use crate::store::{Agent, Standing};

/// One agent.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Row {
    pub pid: Pid,
    pub name: AttrValue,
    pub goal: AttrValue,
    pub standing: Standing,
    pub state: WorkState,
    /// What it does, in a word.
    pub doing: AttrValue,
    /// Of one core; nothing where it does not run.
    pub cpu_percent: Option<f64>,
    pub memory_mb: Option<f64>,
    /// Shares of one core.
    pub history: Rc<[f64]>,
    pub step: u32,
    pub max_steps: Option<u32>,
    /// Dollars, where the price is known.
    pub cost: Option<f64>,
    pub tokens: u64,
    /// How long it has run, in milliseconds.
    pub time: u64,
}

impl Row {
    pub fn new(agent: &Agent, figures: &Figures, now: u64) -> Row {
        let info = &agent.info;
        let standing = agent.standing();
        let usage = figures.of(info.pid).filter(|_| standing.is_alive());
        let begun = info.started_at.unwrap_or(info.created_at);
        let until = info.exited_at.unwrap_or(now);
        Row {
            pid: info.pid,
            name: agent.name().to_owned().into(),
            goal: agent.goal().to_owned().into(),
            standing,
            state: work_state(agent, false),
            doing: agent.doing().into(),
            cpu_percent: usage.map(|usage| usage.cpu_percent),
            memory_mb: usage.map(|usage| usage.memory_mb),
            history: usage.map(super::figures::Usage::history).unwrap_or_default(),
            step: info.step.unwrap_or_default(),
            max_steps: info.max_steps,
            cost: info.cost_usd,
            tokens: info.input_tokens.unwrap_or_default() + info.output_tokens.unwrap_or_default(),
            time: until.saturating_sub(begun),
        }
    }

    pub fn cpu(&self) -> String {
        self.cpu_percent.map_or_else(dash, |percent| format::percent(percent / 100.0))
    }

    pub fn memory(&self) -> String {
        self.memory_mb.map_or_else(dash, |megabytes| format::bytes((megabytes.max(0.0) * 1_048_576.0) as u64))
    }

    pub fn steps(&self) -> String {
        match self.max_steps {
            Some(most) => format!("{} / {most}", self.step),
            None => self.step.to_string(),
        }
    }

    pub fn costs(&self) -> String {
        self.cost.map_or_else(dash, format::money)
    }
}

fn dash() -> String {
    String::from("\u{2013}")
}

/// Orders rows by a column; equal ones by their pid, the newest first.
pub(super) fn order(rows: &mut [Row], sort: &Sort) {
    rows.sort_by(|one, other| {
        let by = match sort.column.as_str() {
            "name" => one.name.to_lowercase().cmp(&other.name.to_lowercase()),
            "pid" => one.pid.cmp(&other.pid),
            "cpu" => number(one.cpu_percent, other.cpu_percent),
            "memory" => number(one.memory_mb, other.memory_mb),
            "step" => one.step.cmp(&other.step),
            "cost" => number(one.cost, other.cost),
            "time" => one.time.cmp(&other.time),
            _ => one.standing.cmp(&other.standing),
        };
        let by = if sort.descending { by.reverse() } else { by };
        by.then(other.pid.cmp(&one.pid))
    });
}

/// What is not known is less than everything.
fn number(one: Option<f64>, other: Option<f64>) -> Ordering {
    one.unwrap_or(-1.0).total_cmp(&other.unwrap_or(-1.0))
}

/// What the rows come to, in words.
pub(super) fn totals(rows: &[Row]) -> Vec<String> {
    let cpu: f64 = rows.iter().filter_map(|row| row.cpu_percent).sum();
    let memory: f64 = rows.iter().filter_map(|row| row.memory_mb).sum();
    let cost: f64 = rows.iter().filter_map(|row| row.cost).sum();
    let tokens: u64 = rows.iter().map(|row| row.tokens).sum();
    vec![
        format::plural(rows.len() as u64, "agent", "agents"),
        format!("{} of a core", format::percent(cpu / 100.0)),
        format::bytes((memory * 1_048_576.0) as u64),
        format!("{} tokens", format::short_count(tokens as f64)),
        format::money(cost),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::apps::monitor::figures::tests::{process, stats};
    use crate::store::Agents;

    fn rows() -> Vec<Row> {
        let mut agents = Agents::default();
        let mut costly = process(2, 1.0);
        (costly.cost_usd, costly.step, costly.role) = (Some(0.5), Some(3), Some("Writer".to_owned()));
        let (mut ended, busy) = (process(3, 0.0), process(4, 80.0));
        (ended.state, ended.exited_at) = (aether_protocol::domains::process::ProcessState::Dead, Some(61_000));
        agents.replace(vec![costly, ended, busy]);
        let mut figures = Figures::default();
        figures.push(0.0, stats(10.0), &[process(2, 1.0), process(4, 80.0)]);
        agents.iter().map(|agent| Row::new(agent, &figures, 11_000)).collect()
    }

    fn by(column: &'static str, descending: bool) -> Vec<u64> {
        let mut rows = rows();
        order(&mut rows, &Sort::new(column, descending));
        rows.iter().map(|row| row.pid.0).collect()
    }

    #[test]
    fn rows_are_ordered_by_any_column_and_what_is_unknown_is_least() {
        assert_eq!(by("cpu", true), [4, 2, 3]);
        assert_eq!(by("cpu", false), [3, 2, 4]);
        assert_eq!(by("cost", true), [2, 4, 3]);
        assert_eq!(by("name", true), [2, 4, 3]);
        assert_eq!(by("state", false), [4, 2, 3], "who works comes before who is done");
        assert_eq!(by("time", true), [3, 4, 2]);
    }

    #[test]
    fn a_row_says_what_is_known_and_a_dash_what_is_not() {
        let rows = rows();
        assert_eq!(
            (rows[0].cpu(), rows[0].costs(), rows[0].steps()),
            ("1\u{202f}%".into(), "$0.50".into(), "3".into())
        );
        assert_eq!((rows[1].cpu(), rows[1].costs(), rows[1].time), (dash(), dash(), 60_000));
        assert_eq!(rows[2].time, 10_000);
    }

    #[test]
    fn the_rows_come_to_a_sum() {
        assert_eq!(totals(&rows()), ["3 agents", "81\u{202f}% of a core", "21 MB", "0 tokens", "$0.50"]);
    }
}
