//! What can be done with the agent: always in the same place, and each with its word.

use aether_protocol::Pid;
use aether_protocol::domains::process::{ProcessInfo, ProcessState};
use yew::prelude::*;

use super::control::{Control, Hold};
use crate::desk::{Overlay, use_desk};
use crate::kernel::{Kernel, use_kernel};
use crate::kit::{
    Align, Button, ConfirmDialog, Glyph, MenuButton, MenuEntry, MenuItem, Shortcut, Side, Size, Tooltip, Variant,
};
use crate::verbs::STOPPED;

/// Whether pausing, or going on, is what can be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pausing {
    Pause,
    Resume,
    Neither,
}

/// See [`Pausing`].
pub fn pausing(info: &ProcessInfo) -> Pausing {
    match info.state {
        ProcessState::Running | ProcessState::Sleeping => Pausing::Pause,
        ProcessState::Paused => Pausing::Resume,
        ProcessState::Created | ProcessState::Stopped | ProcessState::Zombie | ProcessState::Dead => Pausing::Neither,
    }
}

#[derive(Properties, PartialEq)]
pub struct ActsProps {
    pub pid: Pid,
    pub name: AttrValue,
    pub pausing: Pausing,
    pub control: Control,
    pub alive: bool,
    pub queued: bool,
    pub online: bool,
    pub compact: bool,
}

/// See the module.
#[component]
pub fn Acts(props: &ActsProps) -> Html {
    let (kernel, desk) = (use_kernel(), use_desk());
    let asking = use_state(|| false);
    let ask = |to: bool| {
        let asking = asking.setter();
        Callback::from(move |()| asking.set(to))
    };
    if !props.alive {
        let pid = props.pid;
        let onclick = Callback::from(move |_: MouseEvent| desk.show(Overlay::DeployAgain { pid }));
        return html! { <Button icon={Glyph::Play} {onclick}>{ "Deploy again" }</Button> };
    }
    let onconfirm = {
        let (kernel, asking, pid) = (kernel.clone(), asking.setter(), props.pid);
        Callback::from(move |()| {
            kernel.stop(pid);
            asking.set(false);
        })
    };
    let acts = if props.compact {
        html! { <>{ take(props) }{ more(props, &kernel, ask(true)) }</> }
    } else {
        html! { <>{ pause(props, &kernel) }{ take(props) }{ stop(props, &ask(true)) }</> }
    };
    html! {
        <>
            { acts }
            if *asking {
                <ConfirmDialog title={format!("Stop {}?", props.name)} confirm="Stop" danger=true description={STOPPED}
                    {onconfirm} oncancel={ask(false)} />
            }
        </>
    }
}

fn turn(pausing: Pausing, kernel: &Kernel, pid: Pid) {
    match pausing {
        Pausing::Pause => kernel.pause(pid),
        Pausing::Resume => kernel.resume(pid),
        Pausing::Neither => {}
    }
}

fn pause(props: &ActsProps, kernel: &Kernel) -> Html {
    let (kernel, pid, pausing) = (kernel.clone(), props.pid, props.pausing);
    let onclick = Callback::from(move |_: MouseEvent| turn(pausing, &kernel, pid));
    let (icon, label, tooltip) = pause_face(pausing);
    let disabled = pausing == Pausing::Neither || !props.online;
    html! {
        <Tooltip text={tooltip} side={Side::Bottom} shortcut={Shortcut::parse("Mod+.")} describes=false>
            <Button {icon} variant={Variant::Ghost} {disabled} {onclick} class="agent__pause">{ label }</Button>
        </Tooltip>
    }
}

fn pause_face(pausing: Pausing) -> (Glyph, &'static str, &'static str) {
    match pausing {
        Pausing::Resume => (Glyph::Play, "Resume", "Let it go on"),
        Pausing::Pause | Pausing::Neither => (Glyph::Pause, "Pause", "Hold it before its next step"),
    }
}

fn take(props: &ActsProps) -> Html {
    let control = &props.control;
    let (act, icon, label, tooltip) = if control.hold == Hold::Yes {
        (&control.give_back, Glyph::Undo2, "Hand back", "Let it go on where it was held")
    } else {
        (&control.take, Glyph::MousePointerClick, "Take over", "Hold it and work in its terminal yourself")
    };
    let (disabled, busy) = (props.queued || !props.online, control.hold == Hold::Taking);
    let icon = (!props.compact).then_some(icon);
    html! {
        <Tooltip text={tooltip} side={Side::Bottom} describes=false>
            <Button {icon} {disabled} {busy} onclick={act.reform(|_| ())} class="agent__take">{ label }</Button>
        </Tooltip>
    }
}

fn stop(props: &ActsProps, onstop: &Callback<()>) -> Html {
    html! {
        <Tooltip text="End it for good" side={Side::Bottom} describes=false>
            <Button icon={Glyph::Square} variant={Variant::Ghost} disabled={!props.online} onclick={onstop.reform(|_| ())}
                class="agent__stop">{ "Stop" }</Button>
        </Tooltip>
    }
}

/// What there is no room for on a narrow screen.
fn more(props: &ActsProps, kernel: &Kernel, onstop: Callback<()>) -> Html {
    let (kernel, pid, pausing) = (kernel.clone(), props.pid, props.pausing);
    let (icon, label, _) = pause_face(pausing);
    let pause = MenuItem::new("pause", label).icon(icon).disabled(pausing == Pausing::Neither || !props.online);
    let stop = MenuItem::new("stop", "Stop\u{2026}").icon(Glyph::Square).disabled(!props.online).danger();
    let entries: Vec<MenuEntry> = vec![pause.into(), stop.into()];
    let onselect = Callback::from(move |id: AttrValue| {
        if id == "stop" {
            onstop.emit(());
        } else {
            turn(pausing, &kernel, pid);
        }
    });
    html! {
        <MenuButton label={format!("More for {}", props.name)} icon={Glyph::Ellipsis} icon_only=true
            variant={Variant::Ghost} size={Size::Large} align={Align::End} {entries} {onselect} />
    }
}
