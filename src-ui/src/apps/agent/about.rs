//! What an agent is, in a few words. Pure but for one question to the kernel.

use aether_protocol::Pid;
use aether_protocol::domains::agent::{self, ApprovalState, ApprovalsQuery, Grant};
use aether_protocol::domains::process;
use aether_protocol::domains::process::{AgentPhase, PidRef};
use aether_protocol::{ErrorCode, WireError};
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use std::rc::Rc;

use crate::kernel::use_kernel;
use crate::kit::WorkState;
use crate::store::{Agent, Standing, use_select};

/// The state a badge shows. `asks` says that it wants something of the person.
pub fn work_state(agent: &Agent, asks: bool) -> WorkState {
    match agent.standing() {
        standing if asks && standing.is_alive() => WorkState::NeedsYou,
        Standing::Working if agent.info.agent_phase == Some(AgentPhase::Thinking) => WorkState::Thinking,
        standing => state_of(standing),
    }
}

/// The state a badge shows of agents of which no more is known.
pub fn state_of(standing: Standing) -> WorkState {
    match standing {
        Standing::NeedsYou => WorkState::NeedsYou,
        Standing::Working => WorkState::Working,
        Standing::Paused => WorkState::Paused,
        Standing::Queued => WorkState::Queued,
        Standing::Failed => WorkState::Failed,
        Standing::Done => WorkState::Done,
    }
}

/// The model without its provider.
pub fn short_model(model: &str) -> &str {
    model.split_once(':').map_or(model, |(_, name)| name)
}

/// How far its commands reach, by what has been granted.
pub fn confinement(granted: &[Grant]) -> &'static str {
    if granted.contains(&Grant::Host) {
        "bare host"
    } else if granted.contains(&Grant::Network) {
        "confined + network"
    } else {
        "confined"
    }
}

/// What a person has granted in this run, also after its end; nothing until it is known.
#[hook]
pub fn use_grants(pid: Pid, open: Option<String>) -> Option<Vec<Grant>> {
    let kernel = use_kernel();
    let epoch = use_select(&kernel.store().connection, |connection| connection.epoch);
    let grants = use_state(|| None::<Vec<Grant>>);
    {
        let grants = grants.setter();
        use_effect_with((pid, open, epoch), move |(pid, ..)| {
            let query = ApprovalsQuery { pid: Some(*pid) };
            spawn_local(async move {
                if let Ok(found) = agent::Client(&kernel).approvals(query).await {
                    let granted = found.into_iter().filter(|approval| approval.state == ApprovalState::Granted);
                    grants.set(Some(granted.filter_map(|approval| approval.grant).collect()));
                }
            });
        });
    }
    (*grants).clone()
}

/// Whether there is such an agent.
#[derive(Debug, Clone, PartialEq)]
pub enum Presence {
    Unknown,
    Here(Rc<Agent>),
    /// There is none, or none that this person may see.
    Gone,
    Failed(WireError),
}

/// The agent with this pid, as the screen knows it; asked for where it does not.
#[hook]
pub fn use_agent(pid: Option<Pid>) -> (Presence, Callback<()>) {
    let kernel = use_kernel();
    let agent = use_select(&kernel.store().agents, move |agents| pid.and_then(|pid| agents.get(pid)));
    let (known, epoch) = (
        use_select(&kernel.store().agents, |agents| agents.known),
        use_select(&kernel.store().connection, |connection| connection.epoch),
    );
    let asked = use_state(|| None::<WireError>);
    let attempt = use_state(|| 0_u32);
    {
        let (asked, missing) = (asked.setter(), agent.is_none() && known);
        use_effect_with((pid, missing, epoch, *attempt), move |(pid, missing, ..)| {
            if let (Some(pid), true) = (*pid, *missing) {
                asked.set(None);
                spawn_local(async move {
                    match process::Client(&kernel).info(PidRef { pid }).await {
                        Ok(info) => kernel.store().agents.update(|agents| agents.remember(vec![info])),
                        Err(error) => asked.set(Some(error)),
                    }
                });
            }
        });
    }
    let retry = {
        let attempt = attempt;
        Callback::from(move |()| attempt.set(*attempt + 1))
    };
    let presence = match (pid, agent, &*asked) {
        (None, ..) => Presence::Gone,
        (_, Some(agent), _) => Presence::Here(agent),
        (_, None, None) => Presence::Unknown,
        (_, None, Some(error)) if matches!(error.code, ErrorCode::NotFound | ErrorCode::Forbidden) => Presence::Gone,
        (_, None, Some(error)) => Presence::Failed(error.clone()),
    };
    (presence, retry)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_widest_grant_is_the_one_that_is_told() {
        assert_eq!(confinement(&[]), "confined");
        assert_eq!(confinement(&[Grant::ReadPath { path: "/tmp".into() }]), "confined");
        assert_eq!(confinement(&[Grant::Network]), "confined + network");
        assert_eq!(confinement(&[Grant::Network, Grant::Host]), "bare host");
    }

    #[test]
    fn a_model_is_known_by_its_name() {
        assert_eq!((short_model("openai:gpt-4.1"), short_model("tour")), ("gpt-4.1", "tour"));
    }
}
