//! The middle of the window: the view that is chosen, once there is something to show in it.

use std::rc::Rc;

use yew::prelude::*;

use super::control::{Control, Hold, TerminalPane};
use super::cost::Cost;
use super::files::FilesTab;
use super::live::Draft;
use super::outbox::Waiting;
use super::record::Record;
use super::stream::{Earlier, Stream};
use super::toolbar::View;
use crate::kernel::use_kernel;
use crate::kit::{ErrorState, Skeleton};
use crate::store::{Agent, Known, Slice, Standing};

#[derive(Properties, PartialEq)]
pub struct BodyProps {
    pub agent: Rc<Agent>,
    pub view: View,
    pub record: Record,
    /// The moment is now.
    pub live: bool,
    pub now: Now,
    pub control: Control,
    pub compact: bool,
}

/// What the stream shows beside the record: what is on its way.
#[derive(Clone, PartialEq)]
pub struct Now {
    pub draft: Slice<Draft>,
    /// A reply is being written, or about to be.
    pub thinking: bool,
    /// What it waits for is asked in full below.
    pub asks: bool,
    pub waiting: Vec<Waiting>,
    pub earlier: Earlier,
    pub onearlier: Callback<()>,
}

/// See the module.
#[component]
pub fn Body(props: &BodyProps) -> Html {
    let kernel = use_kernel();
    let BodyProps { agent, record, now, control, .. } = props;
    let (pid, standing, live) = (agent.pid(), agent.standing(), props.live);
    let (alive, name) = (standing.is_alive(), AttrValue::from(agent.name().to_owned()));
    let known = record.track();
    match (&known.known, props.view) {
        (_, View::Terminal) => {
            let held = control.hold == Hold::Yes;
            html! { <TerminalPane {pid} {name} {held} {alive} ontake={control.take.clone()} /> }
        }
        (Known::Failed(error), _) if known.entries().is_empty() => {
            let retry = Callback::from(move |()| kernel.load_trajectory(pid));
            html! { <ErrorState title="Its record could not be read" message={error.message.clone()} onretry={retry} details={format!("{:?}", error.code)} /> }
        }
        (Known::Nothing | Known::Loading, _) if known.entries().is_empty() => {
            html! { <div class="agent__loading"><Skeleton lines={9} label="Reading its record" /></div> }
        }
        (_, View::Activity) => {
            let Now { draft, thinking, asks, waiting, earlier, onearlier } = now.clone();
            let paused = standing == Standing::Paused;
            html! {
                <Stream record={record.clone()} {draft} {thinking} {live} {paused} {alive} {asks} {waiting} {earlier} {onearlier} {name} />
            }
        }
        (_, View::Files) => {
            html! { <FilesTab {pid} {name} record={record.clone()} {live} compact={props.compact} /> }
        }
        (_, View::Cost) => html! { <Cost {pid} record={record.clone()} info={agent.info.clone()} /> },
    }
}
