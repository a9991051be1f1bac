//! The order of the list's rows.

use std::cmp::Ordering;
use std::rc::Rc;

use crate::kit::Sort;
use crate::store::Agent;

use super::figures;

/// Orders agents by a column; equals stay in the order they came in.
pub fn order(mut agents: Vec<Rc<Agent>>, sort: Option<&Sort>, now: u64) -> Vec<Rc<Agent>> {
    let Some(sort) = sort else { return agents };
    let by = |a: &Rc<Agent>, b: &Rc<Agent>| match sort.column.as_str() {
        "agent" => a.name().to_lowercase().cmp(&b.name().to_lowercase()).then(a.pid().cmp(&b.pid())),
        "goal" => a.goal().to_lowercase().cmp(&b.goal().to_lowercase()),
        "state" => a.standing().cmp(&b.standing()),
        "step" => a.info.step.cmp(&b.info.step),
        "cost" => cost(a).partial_cmp(&cost(b)).unwrap_or(Ordering::Equal),
        "time" => time(a, now).cmp(&time(b, now)),
        _ => Ordering::Equal,
    };
    agents.sort_by(|a, b| if sort.descending { by(b, a) } else { by(a, b) });
    agents
}

/// What has no price comes before what was free.
fn cost(agent: &Agent) -> (f64, u64) {
    let tokens = agent.info.input_tokens.unwrap_or_default() + agent.info.output_tokens.unwrap_or_default();
    (agent.info.cost_usd.unwrap_or(-1.0), tokens)
}

fn time(agent: &Agent, now: u64) -> Option<u64> {
    figures::running(agent, now).map(|(ms, _)| ms)
}

#[cfg(test)]
mod tests {
    use super::super::sample::agent;
    use super::*;

    fn pids(agents: &[Rc<Agent>]) -> Vec<u64> {
        agents.iter().map(|agent| agent.pid().0).collect()
    }

    #[test]
    fn rows_are_ordered_by_a_column_and_equals_keep_their_order() {
        let one = |pid: u64, role: &str, cost: Option<f64>| {
            agent(pid, "running", "thinking", |info| (info.role, info.cost_usd) = (Some(role.to_owned()), cost))
        };
        let all = vec![one(3, "writer", Some(0.5)), one(2, "Coder", None), one(1, "coder", Some(0.5))];
        let by = |column: &'static str, down: bool| pids(&order(all.clone(), Some(&Sort::new(column, down)), 0));
        assert_eq!(pids(&order(all.clone(), None, 0)), [3, 2, 1]);
        assert_eq!(by("agent", false), [1, 2, 3]);
        assert_eq!(by("cost", false), [2, 3, 1]);
        assert_eq!(by("cost", true), [3, 1, 2]);
        assert_eq!(by("state", false), [3, 2, 1]);
    }
}
