//! An agent's window: what it thinks, does and sees, what it wants of the person, and every moment of its run.

mod about;
mod acts;
mod ask;
mod body;
mod composer;
mod control;
mod cost;
mod files;
mod keys;
mod live;
mod outbox;
mod record;
mod screen;
mod stream;
mod summary;
mod timeline;
mod toolbar;

use aether_protocol::Pid;
use yew::prelude::*;

pub use self::about::{state_of, work_state};

use self::about::{Presence, use_agent};
use self::screen::AgentScreen;
use super::AppProps;
use crate::desk::use_desk;
use crate::kit::{Button, EmptyState, ErrorState, Glyph, Skeleton};

/// See the module.
#[component]
pub fn AgentWindow(props: &AppProps) -> Html {
    let desk = use_desk();
    let pid = Pid::parse(&props.args);
    let (presence, retry) = use_agent(pid);
    // One that is forgotten while it is looked at stays as it was last seen.
    let last = use_mut_ref(|| None);
    if let Presence::Here(agent) = &presence {
        *last.borrow_mut() = Some(agent.clone());
    }
    let seen = last.borrow().clone();
    let title = match (&presence, pid) {
        (Presence::Here(agent), _) => format!("{} #{}", agent.name(), agent.pid()),
        (_, Some(pid)) => format!("Agent #{pid}"),
        (_, None) => "Agent".to_owned(),
    };
    {
        let (desk, window) = (desk.clone(), props.window);
        use_effect_with(title, move |title| desk.set_title(window, title));
    }
    let close = {
        let (desk, window) = (desk, props.window);
        Callback::from(move |_: MouseEvent| desk.close(window))
    };
    match (presence, pid) {
        (Presence::Here(agent), _) => html! {
            <AgentScreen key={agent.pid().0} window={props.window} agent={agent.clone()} compact={props.compact} />
        },
        (Presence::Unknown, _) => match seen {
            Some(agent) => {
                html! { <AgentScreen key={agent.pid().0} window={props.window} agent={agent.clone()} compact={props.compact} /> }
            }
            None => {
                html! { <div class="agent agent--blank"><Skeleton lines={8} label="Looking for the agent" /></div> }
            }
        },
        (Presence::Failed(error), _) => html! {
            <div class="agent agent--blank">
                <ErrorState title="The agent was not found" message={error.message} onretry={retry} details={format!("{:?}", error.code)} />
            </div>
        },
        (Presence::Gone, _) => {
            let text = "It was deleted, it belongs to somebody else, or there never was one with this number.";
            let action = html! { <Button onclick={close}>{ "Close" }</Button> };
            html! {
                <div class="agent agent--blank">
                    <EmptyState icon={Glyph::Bot} title="There is no such agent here" {text} {action} />
                </div>
            }
        }
    }
}
