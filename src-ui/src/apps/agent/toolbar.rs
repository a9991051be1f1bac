//! The bar under the title: the views, and at its right what can be done, always in the same place.

use aether_protocol::Pid;
use aether_protocol::domains::process::{ProcessInfo, ProcessState};
use yew::prelude::*;

use super::control::{Control, Hold};
use crate::kernel::use_kernel;
use crate::kit::{Button, ConfirmDialog, Glyph, IconButton, Shortcut, Side, Size, Tab, Tabs, Tooltip, Variant};

/// What the window shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum View {
    Activity,
    Terminal,
    Files,
    Cost,
}

impl View {
    pub fn id(self) -> &'static str {
        match self {
            View::Activity => "activity",
            View::Terminal => "terminal",
            View::Files => "files",
            View::Cost => "cost",
        }
    }

    fn named(id: &str) -> View {
        match id {
            "terminal" => View::Terminal,
            "files" => View::Files,
            "cost" => View::Cost,
            _ => View::Activity,
        }
    }
}

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
pub struct ToolbarProps {
    pub id: AttrValue,
    pub pid: Pid,
    pub name: AttrValue,
    pub view: View,
    pub onview: Callback<View>,
    pub files: u64,
    pub pausing: Pausing,
    pub control: Control,
    pub alive: bool,
    pub queued: bool,
    pub online: bool,
    pub compact: bool,
}

/// See the module.
#[component]
pub fn Toolbar(props: &ToolbarProps) -> Html {
    let tabs = vec![
        Tab::new("activity", "Activity"),
        Tab::new("terminal", "Terminal").disabled(props.queued),
        Tab::new("files", "Files").count((props.files > 0).then_some(props.files)),
        Tab::new("cost", "Cost"),
    ];
    let onselect = props.onview.reform(|id: AttrValue| View::named(&id));
    html! {
        <div class="agent__tools">
            <Tabs id={props.id.clone()} label={format!("Views of {}", props.name)} {tabs} selected={props.view.id()} {onselect} />
            <div class="agent__acts" role="group" aria-label={format!("Control {}", props.name)}>
                <PauseButton ..PartProps::of(props) />
                <TakeButton control={props.control.clone()} ..PartProps::of(props) />
                <StopButton ..PartProps::of(props) />
            </div>
        </div>
    }
}

#[derive(Properties, PartialEq, Clone)]
struct PartProps {
    pid: Pid,
    name: AttrValue,
    pausing: Pausing,
    alive: bool,
    queued: bool,
    online: bool,
    compact: bool,
    #[prop_or_default]
    control: Option<Control>,
}

impl PartProps {
    fn of(props: &ToolbarProps) -> PartProps {
        PartProps {
            pid: props.pid,
            name: props.name.clone(),
            pausing: props.pausing,
            alive: props.alive,
            queued: props.queued,
            online: props.online,
            compact: props.compact,
            control: None,
        }
    }
}

struct Face {
    icon: Glyph,
    label: &'static str,
    tooltip: String,
    keys: Option<&'static str>,
    variant: Variant,
    disabled: bool,
    busy: bool,
    class: &'static str,
}

/// A button with a word, or on a narrow screen only its icon.
fn button(compact: bool, face: Face, onclick: Callback<MouseEvent>) -> Html {
    let Face { icon, label, tooltip, keys, variant, disabled, busy, class } = face;
    if compact {
        return html! { <IconButton {icon} {label} size={Size::Large} {variant} {disabled} {busy} {onclick} {class} /> };
    }
    html! {
        <Tooltip text={tooltip} side={Side::Bottom} shortcut={keys.and_then(Shortcut::parse)} describes=false>
            <Button {icon} {variant} {disabled} {busy} {onclick} {class}>{ label }</Button>
        </Tooltip>
    }
}

#[component]
fn PauseButton(props: &PartProps) -> Html {
    let kernel = use_kernel();
    let (pid, pausing) = (props.pid, props.pausing);
    let onclick = Callback::from(move |_: MouseEvent| match pausing {
        Pausing::Pause => kernel.pause(pid),
        Pausing::Resume => kernel.resume(pid),
        Pausing::Neither => {}
    });
    let (icon, label, tooltip) = match pausing {
        Pausing::Resume => (Glyph::Play, "Resume", "Let it go on"),
        Pausing::Pause | Pausing::Neither => (Glyph::Pause, "Pause", "Hold it before its next step"),
    };
    let disabled = pausing == Pausing::Neither || !props.online;
    let face = Face {
        icon,
        label,
        tooltip: tooltip.to_owned(),
        keys: Some("Mod+."),
        variant: Variant::Ghost,
        disabled,
        busy: false,
        class: "agent__pause",
    };
    button(props.compact, face, onclick)
}

#[component]
fn TakeButton(props: &PartProps) -> Html {
    let Some(control) = &props.control else { return Html::default() };
    let held = control.hold == Hold::Yes;
    let act = if held { control.give_back.clone() } else { control.take.clone() };
    let (icon, label, tooltip) = if held {
        (Glyph::Undo2, "Hand back", "Let it go on where it was held")
    } else {
        (Glyph::MousePointerClick, "Take over", "Hold it and work in its terminal yourself")
    };
    let disabled = !props.alive || props.queued || !props.online;
    let face = Face {
        icon,
        label,
        tooltip: tooltip.to_owned(),
        keys: None,
        variant: Variant::Secondary,
        disabled,
        busy: control.hold == Hold::Taking,
        class: "agent__take",
    };
    button(props.compact, face, act.reform(|_| ()))
}

#[component]
fn StopButton(props: &PartProps) -> Html {
    let kernel = use_kernel();
    let asking = use_state(|| false);
    let ask = |to: bool| {
        let asking = asking.setter();
        Callback::from(move |()| asking.set(to))
    };
    let onconfirm = {
        let (asking, pid) = (asking.setter(), props.pid);
        Callback::from(move |()| {
            kernel.stop(pid);
            asking.set(false);
        })
    };
    let face = Face {
        icon: Glyph::Square,
        label: "Stop",
        tooltip: "End it for good".to_owned(),
        keys: None,
        variant: Variant::Ghost,
        disabled: !props.alive || !props.online,
        busy: false,
        class: "agent__stop",
    };
    html! {
        <>
            { button(props.compact, face, ask(true).reform(|_| ())) }
            if *asking {
                <ConfirmDialog title={format!("Stop {}?", props.name)} confirm="Stop" danger=true
                    description="It ends at once, with everything that it runs. Its files and its record stay."
                    {onconfirm} oncancel={ask(false)} />
            }
        </>
    }
}
