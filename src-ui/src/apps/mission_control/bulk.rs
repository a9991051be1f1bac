//! Acting on several agents together, and the question before any of them is stopped.

use std::rc::Rc;

use aether_protocol::Pid;
use yew::prelude::*;

use super::acts::those;
use super::room::Room;
use crate::kit::{Button, ConfirmDialog, Glyph, IconButton, Variant, format};
use crate::store::{Agent, Standing, use_slice};
use crate::verbs::STOPPED;

#[derive(Properties, PartialEq)]
pub struct BulkProps {
    pub room: Room,
}

fn chosen(room: &Room, pids: impl IntoIterator<Item = Pid>) -> Vec<Rc<Agent>> {
    let agents = room.kernel.store().agents.get();
    pids.into_iter().filter_map(|pid| agents.get(pid)).collect()
}

/// The bar that shows while agents are chosen.
#[component]
pub fn BulkBar(props: &BulkProps) -> Html {
    let room = &props.room;
    let picked = use_slice(&room.picked);
    let _agents = use_slice(&room.kernel.store().agents);
    let agents = chosen(room, picked.iter().copied());
    if agents.is_empty() {
        return Html::default();
    }
    let (pause, resume, stop) = (
        those(&agents, |standing| standing == Standing::Working),
        those(&agents, |standing| standing == Standing::Paused),
        those(&agents, Standing::is_alive),
    );
    let each = |pids: &[Pid], act: fn(&Room, Pid)| {
        let (room, pids) = (room.clone(), pids.to_vec());
        Callback::from(move |_: MouseEvent| pids.iter().for_each(|pid| act(&room, *pid)))
    };
    let ask = {
        let (room, stop) = (room.clone(), stop.clone());
        Callback::from(move |_: MouseEvent| room.stopping.set(stop.clone()))
    };
    let clear = {
        let room = room.clone();
        Callback::from(move |_: MouseEvent| room.picked.set(Default::default()))
    };
    html! {
        <div class="mc-bulk" role="toolbar" aria-label="Selected agents">
            <span class="mc-bulk__count" role="status">{ format!("{} selected", format::count(agents.len() as u64)) }</span>
            <Button icon={Glyph::Pause} disabled={pause.is_empty()} onclick={each(&pause, |room, pid| room.kernel.pause(pid))}>
                { "Pause" }
            </Button>
            <Button icon={Glyph::Play} disabled={resume.is_empty()}
                onclick={each(&resume, |room, pid| room.kernel.resume(pid))}>{ "Resume" }</Button>
            <Button icon={Glyph::CircleStop} disabled={stop.is_empty()} onclick={ask}>{ "Stop\u{2026}" }</Button>
            <IconButton icon={Glyph::X} label="Clear the selection" variant={Variant::Ghost} onclick={clear} />
        </div>
    }
}

/// Asks before agents are stopped: what they have not finished is lost.
#[component]
pub fn StopDialog(props: &BulkProps) -> Html {
    let room = &props.room;
    let stopping = use_slice(&room.stopping);
    let agents = chosen(room, stopping.iter().copied());
    let title = match agents.as_slice() {
        [] => return Html::default(),
        [one] => format!("Stop {} #{}?", one.name(), one.pid()),
        many => format!("Stop {} agents?", many.len()),
    };
    let close = {
        let room = room.clone();
        Callback::from(move |()| room.stopping.set(Vec::new()))
    };
    let onconfirm = {
        let (room, pids) = (room.clone(), stopping);
        Callback::from(move |()| {
            pids.iter().for_each(|pid| room.kernel.stop(*pid));
            room.picked.update(|picked| picked.retain(|pid| !pids.contains(pid)));
            room.stopping.set(Vec::new());
        })
    };
    let description = match agents.len() {
        1 => STOPPED,
        _ => "They end at once, with everything they are running. Their files and their records stay.",
    };
    html! {
        <ConfirmDialog {title} {description} confirm="Stop" danger={true} {onconfirm} oncancel={close}>
            if agents.len() > 1 {
                <ul class="mc-stopping">
                    { for agents.iter().map(|agent| html! {
                        <li key={agent.pid().0}>{ format!("{} #{}", agent.name(), agent.pid()) }</li>
                    }) }
                </ul>
            }
        </ConfirmDialog>
    }
}
