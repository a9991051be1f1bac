//! What the person's agents have cost today.

use std::collections::BTreeMap;

use aether_protocol::Pid;
use aether_protocol::domains::resource::{self, DayUsage, HistoryQuery};
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use crate::kernel::use_kernel;
use crate::kit::browser::now_ms;
use crate::kit::format;
use crate::store::{Agents, use_select};

/// What was used on the kernel's day, which is that of UTC.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Used {
    pub dollars: f64,
    pub tokens: u64,
    pub agents: u64,
}

/// What the kernel has counted, and where the agents stood then: what they use from there on is added.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Counted {
    at: u64,
    used: Used,
    then: BTreeMap<Pid, (f64, u64)>,
}

impl Counted {
    pub fn new(days: &[DayUsage], today: &str, agents: &Agents, at: u64) -> Counted {
        let day = days.iter().find(|day| day.day == today);
        let used = day.map_or_else(Used::default, |day| Used {
            dollars: day.cost_usd,
            tokens: day.input_tokens + day.output_tokens,
            agents: u64::from(day.agents),
        });
        Counted { at, used, then: agents.iter().map(|agent| (agent.pid(), stand(&agent.info))).collect() }
    }

    pub fn now(&self, agents: &Agents) -> Used {
        let mut used = self.used;
        // What ended before is counted already, also if it is heard of only now.
        for agent in agents.iter().filter(|agent| agent.info.exited_at.is_none_or(|ended| ended >= self.at)) {
            let (dollars, tokens) = stand(&agent.info);
            let (dollars_then, tokens_then) = self.then.get(&agent.pid()).copied().unwrap_or_default();
            used.dollars += (dollars - dollars_then).max(0.0);
            used.tokens += tokens.saturating_sub(tokens_then);
            used.agents += u64::from(tokens_then == 0 && tokens > 0);
        }
        used
    }
}

fn stand(info: &aether_protocol::domains::process::ProcessInfo) -> (f64, u64) {
    let tokens = info.input_tokens.unwrap_or_default() + info.output_tokens.unwrap_or_default();
    (info.cost_usd.unwrap_or_default(), tokens)
}

/// The day of UTC, as the kernel writes it.
pub fn day_of(now: i64) -> String {
    let days = now.div_euclid(86_400_000);
    // The civil calendar from days, with years that begin in March.
    let shifted = days + 719_468;
    let (era, of_era) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let from_march = (5 * of_year + 2) / 153;
    let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    format!("{year:04}-{month:02}-{:02}", of_year - (153 * from_march + 2) / 5 + 1)
}

/// The quiet figures at the foot of the rail.
#[component]
pub fn Today() -> Html {
    let kernel = use_kernel();
    let counted = use_state(|| None::<Counted>);
    let epoch = use_select(&kernel.store().connection, |connection| connection.epoch);
    let today = day_of(now_ms());
    {
        let (kernel, counted) = (kernel.clone(), counted.setter());
        use_effect_with((epoch, today), move |(_, today)| {
            let today = today.clone();
            spawn_local(async move {
                // Without an answer the figures stay as they were; the next link asks again.
                if let Ok(days) = resource::Client(&kernel).history(HistoryQuery { days: Some(1), scope: None }).await {
                    let at = u64::try_from(now_ms()).unwrap_or_default();
                    counted.set(Some(Counted::new(&days, &today, &kernel.store().agents.get(), at)));
                }
            });
        });
    }
    let base = (*counted).clone();
    let used = use_select(&kernel.store().agents, move |agents| base.as_ref().map(|counted| counted.now(agents)));
    let used = used.unwrap_or_default();
    let known = counted.is_some();
    let figure = |label: &'static str, text: String| {
        html! {
            <div class="mc-today__line">
                <dt>{ label }</dt>
                <dd>{ if known { text } else { String::from("\u{2013}") } }</dd>
            </div>
        }
    };
    html! {
        <section class="mc-today" aria-label="Used today">
            <h3 class="mc-rail__heading">{ "Today" }</h3>
            <dl>
                { figure("Spent", format::money(used.dollars)) }
                { figure("Tokens", format::short_count(used.tokens as f64)) }
                { figure("Agents", format::count(used.agents)) }
            </dl>
        </section>
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample::agent;
    use super::*;

    fn agents(list: &[(u64, Option<u64>, f64, u64)]) -> Agents {
        let mut agents = Agents::default();
        for (pid, exited_at, dollars, tokens) in list {
            let agent = agent(*pid, "running", "thinking", |info| {
                (info.exited_at, info.cost_usd, info.input_tokens) = (*exited_at, Some(*dollars), Some(*tokens));
            });
            agents.change(Pid(*pid), 1, Some(agent.info.clone()));
        }
        agents
    }

    #[test]
    fn what_agents_use_after_the_count_is_added_to_it() {
        let day = DayUsage { day: "2026-11-24".into(), input_tokens: 10, output_tokens: 5, cost_usd: 1.5, agents: 2 };
        let counted = Counted::new(&[day], "2026-11-24", &agents(&[(1, None, 0.5, 10)]), 1_000);
        assert_eq!(counted.now(&agents(&[(1, None, 0.5, 10)])), Used { dollars: 1.5, tokens: 15, agents: 2 });
        // One went on, one is new, one had ended before the count and was heard of late.
        let now = counted.now(&agents(&[(1, None, 0.75, 20), (2, None, 0.25, 4), (3, Some(900), 9.0, 99)]));
        assert_eq!(now, Used { dollars: 2.0, tokens: 29, agents: 3 });
    }

    #[test]
    fn a_day_without_use_is_not_among_the_days() {
        let day = DayUsage { day: "2026-11-23".into(), input_tokens: 10, output_tokens: 5, cost_usd: 1.5, agents: 2 };
        assert_eq!(Counted::new(&[day], "2026-11-24", &Agents::default(), 0).now(&Agents::default()), Used::default());
    }

    #[test]
    fn days_are_those_of_utc() {
        assert_eq!(day_of(0), "1970-01-01");
        assert_eq!(day_of(1_795_564_800_000), "2026-11-25");
        assert_eq!(day_of(1_709_164_800_000), "2024-02-29");
    }
}
