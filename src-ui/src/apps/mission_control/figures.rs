//! What an agent has used and how far it is, in a few words.

use crate::kit::format;
use crate::store::{Agent, Standing};

/// "step 9 of 40", and "9 steps" of one that has ended. `told` is the step that the record is at.
pub fn steps(agent: &Agent, told: Option<u32>) -> String {
    if !agent.standing().is_alive() {
        return format::plural(agent.info.step.unwrap_or_default().into(), "step", "steps");
    }
    match (agent.under_way(told), agent.info.max_steps) {
        (step, Some(most)) => format!("step {step} of {most}"),
        (step, None) => format!("step {step}"),
    }
}

/// "$0.12"; where no price is known, the tokens; nothing before the model has replied.
pub fn cost(agent: &Agent) -> Option<String> {
    let info = &agent.info;
    if let Some(cost) = info.cost_usd {
        return Some(format::money(cost));
    }
    let tokens = info.input_tokens.unwrap_or_default() + info.output_tokens.unwrap_or_default();
    (tokens > 0).then(|| format!("{} tokens", format::short_count(tokens as f64)))
}

/// How many milliseconds it has run, and whether it still does; nothing where it has not begun.
pub fn running(agent: &Agent, now: u64) -> Option<(u64, bool)> {
    let info = &agent.info;
    let began = info.started_at?;
    match (agent.standing(), info.exited_at) {
        (Standing::Queued, _) => None,
        (_, Some(ended)) => Some((ended.saturating_sub(began), false)),
        (standing, None) => Some((now.saturating_sub(began), standing.is_alive())),
    }
}

/// How long a text like [`elapsed`] stays true, in milliseconds.
pub fn holds(ms: u64) -> u64 {
    if ms < 60_000 { 1_000 - ms % 1_000 } else { 60_000 - ms % 60_000 }
}

/// "8 s", "6 min": whole seconds, so that nothing flickers.
pub fn elapsed(ms: u64) -> String {
    if ms < 60_000 { format!("{} s", ms / 1_000) } else { format::duration(ms) }
}

#[cfg(test)]
mod tests {
    use super::super::sample::agent;
    use super::*;

    #[test]
    fn the_figures_say_what_is_known_and_no_more() {
        let bare = agent(1, "running", "thinking", |_| {});
        assert_eq!((steps(&bare, None), cost(&bare), running(&bare, 9)), ("step 0".into(), None, None));
        let full = agent(1, "running", "thinking", |info| {
            (info.step, info.max_steps) = (Some(9), Some(40));
            (info.input_tokens, info.started_at) = (Some(12_000), Some(1_000));
        });
        assert_eq!(steps(&full, None), "step 10 of 40");
        assert_eq!(cost(&full), Some("12k tokens".into()));
        assert_eq!(running(&full, 4_000), Some((3_000, true)));
        let ended = agent(1, "dead", "completed", |info| {
            (info.cost_usd, info.started_at, info.exited_at) = (Some(0.124), Some(1_000), Some(61_000));
            (info.step, info.max_steps) = (Some(1), Some(40));
        });
        assert_eq!(steps(&ended, Some(2)), "1 step");
        assert_eq!((cost(&ended), running(&ended, 900_000)), (Some("$0.12".into()), Some((60_000, false))));
    }

    #[test]
    fn a_running_time_is_drawn_again_when_it_changes() {
        assert_eq!((elapsed(8_400), holds(8_400)), ("8 s".into(), 600));
        assert_eq!((elapsed(61_000), holds(61_000)), ("1 min".into(), 59_000));
    }
}
