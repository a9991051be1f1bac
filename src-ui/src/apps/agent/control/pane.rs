//! The agent's terminal, inside its window.

use aether_protocol::Pid;
use yew::prelude::*;

use crate::apps::terminal::view::TerminalView;
use crate::kit::{Button, EmptyState, Glyph, Icon, Size};

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
    if !props.alive {
        return html! {
            <EmptyState icon={Glyph::Terminal} title="The terminal has closed"
                text="It ends with the agent. What the agent ran is in Activity." />
        };
    }
    let label = format!("Terminal of {}", props.name);
    html! {
        <div class="agent__terminal">
            if !props.held {
                <div class="agent__watching">
                    <Icon icon={Glyph::Eye} size={14} /><span>{ "Watching. Take over to type." }</span>
                    <Button size={Size::Small} onclick={props.ontake.reform(|_| ())}>{ "Take over" }</Button>
                </div>
            }
            <div class="agent__screen">
                // Looking on and typing are two views of the same terminal.
                <TerminalView key={if props.held { "held" } else { "watched" }} pid={props.pid} readonly={!props.held}
                    active={props.held} {label} />
            </div>
        </div>
    }
}
