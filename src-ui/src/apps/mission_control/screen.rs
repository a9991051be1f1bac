//! The head of a card: the last lines of what its agent ran, saw and thought.

use std::rc::Rc;

use aether_protocol::Pid;
use yew::prelude::*;

use super::figures::{elapsed, holds, running};
use super::glance::{Ink, Line, glance};
use super::room::Room;
use crate::kit::browser::{Timeout, now_ms};
use crate::kit::format;
use crate::store::{Agent, Slice, Standing, use_select};

#[derive(Properties, PartialEq)]
pub struct ScreenProps {
    pub room: Room,
    pub agent: Rc<Agent>,
}

/// See the module. What is out of sight costs nothing.
#[component]
pub fn Screen(props: &ScreenProps) -> Html {
    let ScreenProps { room, agent } = props;
    let pid = agent.pid();
    let near = use_select(&room.near, move |near| near.contains(&pid));
    let place = use_select(&room.kernel.store().queue, move |queue| queue.iter().position(|queued| *queued == pid));
    let still = if agent.standing() == Standing::Queued {
        let place = place.map_or_else(|| "queued".to_owned(), |place| format!("queued at place {}", place + 1));
        vec![Line { ink: Ink::Thought, text: format!("{place} \u{b7} priority {}", agent.info.priority) }]
    } else {
        let last = agent.info.last_action.as_deref().filter(|last| !last.is_empty());
        let text = last.map_or_else(|| format!("{}\u{2026}", agent.doing()), str::to_owned);
        vec![Line { ink: if last.is_some() { Ink::Output } else { Ink::Thought }, text }]
    };
    if near && agent.standing() != Standing::Queued {
        html! { <Live room={room.clone()} {pid} {still} ended={!agent.standing().is_alive()} /> }
    } else {
        lines(&still)
    }
}

#[derive(Properties, PartialEq)]
struct LiveProps {
    room: Room,
    pid: Pid,
    /// What is shown until more is known.
    still: Vec<Line>,
    ended: bool,
}

#[component]
fn Live(props: &LiveProps) -> Html {
    let track = {
        let kernel = props.room.kernel.clone();
        use_memo(props.pid, move |pid| kernel.store().trajectories.of(*pid))
    };
    {
        let kernel = props.room.kernel.clone();
        use_effect_with(props.pid, move |pid| drop(kernel.trajectory(*pid)));
    }
    let ended = props.ended;
    let known = use_select(&track, move |track| {
        let lines = glance(track.entries(), ended);
        // Of one that has ended nothing more comes, and the card tells the rest.
        let settled = ended && !track.entries().is_empty();
        (settled || !lines.is_empty()).then_some(lines)
    });
    lines(known.as_ref().unwrap_or(&props.still))
}

/// The step that an agent's record is at, where the record is looked at.
#[hook]
pub fn use_told(room: &Room, pid: Pid) -> Option<u32> {
    let near = use_select(&room.near, move |near| near.contains(&pid));
    let track = {
        let kernel = room.kernel.clone();
        // Asking for a track has it kept: none is made for what is out of sight.
        use_memo(
            (pid, near),
            move |(pid, near)| if *near { kernel.store().trajectories.of(*pid) } else { Slice::default() },
        )
    };
    use_select(&track, |track| track.entries().last().map(|entry| entry.step))
}

fn lines(lines: &[Line]) -> Html {
    html! {
        <div class="mc-screen mono" aria-hidden="true">
            <div class="mc-screen__lines">
                { for lines.iter().enumerate().map(|(index, line)| html! {
                    <div key={index} class={classes!("mc-screen__line", ink(line.ink))}>{ &line.text }</div>
                }) }
            </div>
        </div>
    }
}

fn ink(ink: Ink) -> &'static str {
    match ink {
        Ink::Command => "mc-screen__line--command",
        Ink::Output => "mc-screen__line--output",
        Ink::Thought => "mc-screen__line--thought",
        Ink::Bad => "mc-screen__line--bad",
    }
}

#[derive(Properties, PartialEq)]
pub struct ElapsedProps {
    pub agent: Rc<Agent>,
}

/// How long an agent has run, kept true.
#[component]
pub fn Elapsed(props: &ElapsedProps) -> Html {
    let update = use_force_update();
    let time = running(&props.agent, u64::try_from(now_ms()).unwrap_or_default());
    let next = time.filter(|(_, runs)| *runs).map(|(ms, _)| ms);
    // After every rendering: the time is the same once more where this clock is behind the kernel's.
    use_effect(move || {
        let timer = next.and_then(|ms| {
            let delay = i32::try_from(holds(ms)).unwrap_or(60_000).max(50);
            Timeout::new(delay, move || update.force_update())
        });
        move || drop(timer)
    });
    let ended = props.agent.info.exited_at.map(|at| format::LocalTime::of(at as i64).full());
    match time {
        Some((ms, _)) => html! { <span title={ended.map(|at| format!("Ended {at}"))}>{ elapsed(ms) }</span> },
        None if props.agent.standing() == Standing::Queued => html! { <span>{ "waiting" }</span> },
        None => html! { <span></span> },
    }
}
