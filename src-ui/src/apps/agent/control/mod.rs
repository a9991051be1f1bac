//! Taking over: the agent is held while the person works in its terminal.

mod kept;
mod pane;

use aether_protocol::Pid;
use aether_protocol::domains::agent;
use aether_protocol::domains::process::{PidRef, ProcessInfo, ProcessState};
use yew::prelude::*;

use crate::kernel::use_kernel;
use crate::kit::{Button, Glyph, Icon, Variant};

pub use pane::TerminalPane;

/// Whether the person has the agent's place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hold {
    No,
    /// It is being held.
    Taking,
    Yes,
}

/// What can be done about it.
#[derive(Clone, PartialEq)]
pub struct Control {
    pub hold: Hold,
    pub take: Callback<()>,
    pub give_back: Callback<()>,
}

/// True while its loop does nothing by itself.
fn is_held(state: ProcessState) -> bool {
    matches!(state, ProcessState::Paused | ProcessState::Stopped)
}

/// What a hold becomes when the agent's state is known.
fn next(hold: Hold, state: ProcessState) -> Hold {
    match (hold, is_held(state)) {
        (Hold::Taking, true) => Hold::Yes,
        // Somebody has let it go on from another place, or it has ended.
        (Hold::Yes, false) => Hold::No,
        (hold, _) => hold,
    }
}

/// The hold on an agent.
#[hook]
pub fn use_control(pid: Pid, info: &ProcessInfo) -> Control {
    let kernel = use_kernel();
    let hold = use_state(|| Hold::No);
    {
        let hold = hold.setter();
        use_effect_with(pid, move |pid| hold.set(if kept::is_held(*pid) { Hold::Yes } else { Hold::No }));
    }
    {
        let (now, setter) = (*hold, hold.setter());
        use_effect_with((pid, now, info.state), move |(pid, now, state)| {
            let next = next(*now, *state);
            if next != *now {
                kept::hold(*pid, next == Hold::Yes);
                setter.set(next);
            }
        });
    }
    let take = {
        let (kernel, hold, held) = (kernel.clone(), hold.setter(), is_held(info.state));
        Callback::from(move |()| {
            hold.set(Hold::Taking);
            if held {
                return;
            }
            let (call, hold) = (kernel.clone(), hold.clone());
            kernel.attempt("It was not taken over", async move {
                let paused = agent::Client(&call).pause(PidRef { pid }).await;
                if paused.is_err() {
                    hold.set(Hold::No);
                }
                paused
            });
        })
    };
    let give_back = {
        let (hold, paused) = (hold.setter(), info.state == ProcessState::Paused);
        Callback::from(move |()| {
            kept::hold(pid, false);
            hold.set(Hold::No);
            if paused {
                kernel.resume(pid);
            }
        })
    };
    Control { hold: *hold, take, give_back }
}

#[derive(Properties, PartialEq)]
pub struct ControlBarProps {
    pub name: AttrValue,
    /// It still does what it had begun.
    pub finishing: bool,
    pub ongive: Callback<()>,
}

/// Says who has control, and gives it back.
#[component]
pub fn ControlBar(props: &ControlBarProps) -> Html {
    let hint = if props.finishing { " It finishes the command that it runs." } else { "" };
    html! {
        <div class="agent__control tone-paused" role="status" data-test="agent-control">
            <Icon icon={Glyph::MousePointerClick} />
            <span class="agent__control-text">
                <strong>{ "You have control." }</strong>{ format!(" {} is paused.{hint}", props.name) }
            </span>
            <Button variant={Variant::Primary} icon={Glyph::Play} onclick={props.ongive.reform(|_| ())}>{ "Hand back" }</Button>
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hold_begins_when_the_agent_is_held_and_ends_when_it_goes_on() {
        assert_eq!(next(Hold::Taking, ProcessState::Running), Hold::Taking);
        assert_eq!(next(Hold::Taking, ProcessState::Paused), Hold::Yes);
        assert_eq!(next(Hold::Yes, ProcessState::Stopped), Hold::Yes);
        assert_eq!(next(Hold::Yes, ProcessState::Sleeping), Hold::No);
        assert_eq!(next(Hold::Yes, ProcessState::Dead), Hold::No);
        assert_eq!(next(Hold::No, ProcessState::Paused), Hold::No);
    }
}
