//! The agent's terminal, inside its window.

use aether_protocol::Pid;
use yew::prelude::*;

use crate::apps;
use crate::desk::use_desk;
use crate::kit::{Button, EmptyState, Glyph};

#[derive(Properties, PartialEq)]
pub struct TerminalPaneProps {
    pub pid: Pid,
    pub name: AttrValue,
    /// The person may type: the agent is held.
    pub held: bool,
    pub alive: bool,
    /// Asked for by somebody who wants to type.
    pub ontake: Callback<()>,
}

/// The terminal, to look at while the agent works and to type into while it is held.
#[component]
pub fn TerminalPane(props: &TerminalPaneProps) -> Html {
    let desk = use_desk();
    if !props.alive {
        return html! {
            <EmptyState icon={Glyph::Terminal} title="No terminal any more" text="An agent's terminal ends with it. What it ran stands in its activity." />
        };
    }
    let pid = props.pid;
    let open = Callback::from(move |_: MouseEvent| desk.open(apps::TERMINAL, &pid.to_string()));
    html! {
        <EmptyState icon={Glyph::Terminal} title={format!("Terminal of {}", props.name)}
            action={html! { <Button onclick={open}>{ "Open in a window" }</Button> }} />
    }
}
