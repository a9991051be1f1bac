//! The dialog that deploys an agent.

mod form;
mod limits;
mod models;
mod parts;

use aether_protocol::domains::process::{self, Spawn, Spawned};
use serde_json::json;
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

pub(super) use self::models::TOUR;

use self::form::{Draft, Faults, Part};
use self::limits::Limits;
use self::parts::{Confinement, GoalField, ModelField, RoleField};
use crate::desk::{Desk, Overlay, use_desk};
use crate::kernel::{Kernel, use_kernel};
use crate::kit::{Banner, Button, Dialog, Glyph, Tone, Variant, use_mac};
use crate::store::{About, use_select};

/// Under which name the kernel keeps the last choices.
const PREFERENCE: &str = "deploy.last";

/// Sets up a new agent. It is there only while it is open, so every opening begins anew.
#[component]
pub fn DeployDialog() -> Html {
    let (kernel, desk) = (use_kernel(), use_desk());
    let overlay = use_select(&desk.overlay, Clone::clone);
    let epoch = use_select(&kernel.store().connection, |connection| connection.epoch);
    {
        let kernel = kernel.clone();
        // Known before the dialog opens, so that nothing in it changes under the person's hands.
        use_effect_with(epoch, move |_| {
            // Without them the form is empty.
            spawn_local(async move { drop(kernel.read_preference(PREFERENCE).await) });
        });
    }
    let last = || {
        let kept = kernel.store().preferences.of(PREFERENCE).get();
        kept.as_ref().as_ref().and_then(|(value, _)| serde_json::from_value::<Draft>(value.clone()).ok())
    };
    let draft = match overlay {
        Overlay::Deploy { goal } => Draft { goal, ..last().unwrap_or_default() },
        Overlay::DeployAgain { pid } => {
            let agent = kernel.store().agents.get().get(pid);
            agent.map_or_else(|| last().unwrap_or_default(), |agent| Draft::like(&agent.info))
        }
        _ => return Html::default(),
    };
    html! { <Open {draft} /> }
}

#[derive(Properties, PartialEq)]
struct OpenProps {
    /// What it begins with.
    draft: Draft,
}

#[component]
fn Open(props: &OpenProps) -> Html {
    let desk = use_desk();
    let draft = use_state(|| props.draft.clone());
    let goal = use_node_ref();
    let sending = use_sending(&draft, &goal);
    let close = Callback::from(move |()| desk.close_overlay());
    let change = {
        let (draft, faults) = (draft.clone(), sending.faults.clone());
        Callback::from(move |(part, next): (Part, Draft)| {
            draft.set(next);
            if !faults.is_empty() {
                faults.set(faults.without(part));
            }
        })
    };
    let (busy, submit) = (*sending.busy, sending.submit.clone());
    let keys = if use_mac() { "\u{2318}\u{21b5}" } else { "Ctrl+\u{21b5}" };
    let actions = html! {
        <>
            <Button onclick={close.reform(|_| ())}>{ "Cancel" }</Button>
            <Button variant={Variant::Primary} icon={Glyph::Plus} {busy} onclick={submit.reform(|_| ())}>
                { "Deploy agent" }<kbd class="mc-deploy__keys" aria-hidden="true">{ keys }</kbd>
            </Button>
        </>
    };
    let part = |part: Part| sending.faults.of(part).map(|text| AttrValue::from(text.to_owned()));
    let now = (*draft).clone();
    html! {
        <Dialog title="Deploy an agent" onclose={close} {actions} initial={goal.clone()} dismissible={!busy}
            class="mc-deploy">
            <div class="mc-deploy__form" onkeydown={by_key(submit)} data-test="deploy-form">
                if let Some(text) = part(Part::Whole) { <Banner tone={Tone::Failed} {text} /> }
                <GoalField draft={now.clone()} change={change.clone()} error={part(Part::Goal)} node={goal} />
                <div class="mc-deploy__pair">
                    <RoleField draft={now.clone()} change={change.clone()} error={part(Part::Role)} />
                    <ModelField draft={now.clone()} change={change.clone()} error={part(Part::Model)} />
                </div>
                <Confinement draft={now.clone()} change={change.clone()} error={part(Part::Sandbox)} />
                <Limits draft={now} {change} errors={[part(Part::Steps), part(Part::Tokens), part(Part::Cost)]} />
            </div>
        </Dialog>
    }
}

/// A draft on its way to the kernel.
struct Sending {
    faults: UseStateHandle<Faults>,
    busy: UseStateHandle<bool>,
    submit: Callback<()>,
}

/// Asks for the agent. A draft with faults is not sent: they are told, and a goal that is missing gets the keyboard.
#[hook]
fn use_sending(draft: &UseStateHandle<Draft>, goal: &NodeRef) -> Sending {
    let (kernel, desk) = (use_kernel(), use_desk());
    let faults = use_state(Faults::default);
    let busy = use_state(|| false);
    let submit = {
        let (draft, goal, faults, busy) = (draft.clone(), goal.clone(), faults.clone(), busy.clone());
        Callback::from(move |()| {
            if *busy {
                return;
            }
            let found = draft.check();
            faults.set(found.clone());
            if !found.is_empty() {
                if found.first() == Some(Part::Goal) {
                    focus(&goal);
                }
                return;
            }
            busy.set(true);
            let (kernel, desk, draft) = (kernel.clone(), desk.clone(), (*draft).clone());
            let (faults, busy) = (faults.clone(), busy.clone());
            spawn_local(async move {
                match process::Client(&kernel).spawn(Spawn { config: draft.config() }).await {
                    Ok(spawned) => {
                        remember(&kernel, &draft);
                        arrived(&kernel, &desk, &draft, &spawned);
                    }
                    Err(error) => {
                        busy.set(false);
                        faults.set(Faults::refused(&error));
                    }
                }
            });
        })
    };
    Sending { faults, busy, submit }
}

/// Ctrl or Cmd with Enter, wherever in the form.
fn by_key(submit: Callback<()>) -> Callback<KeyboardEvent> {
    Callback::from(move |event: KeyboardEvent| {
        if event.key() == "Enter" && (event.ctrl_key() || event.meta_key()) && !event.is_composing() {
            event.prevent_default();
            event.stop_propagation();
            submit.emit(());
        }
    })
}

fn focus(node: &NodeRef) {
    if let Some(element) = node.cast::<web_sys::HtmlElement>() {
        let _ = element.focus();
    }
}

/// Keeps the choices for the next time.
fn remember(kernel: &Kernel, draft: &Draft) {
    let (kernel, value) = (kernel.clone(), json!(draft));
    // The next one that is deployed is remembered instead.
    spawn_local(async move { drop(kernel.write_preference(PREFERENCE, value).await) });
}

/// Shows the new agent, or says where it waits.
fn arrived(kernel: &Kernel, desk: &Desk, draft: &Draft, spawned: &Spawned) {
    desk.close_overlay();
    if spawned.queued == Some(true) {
        let name = Some(draft.role.trim()).filter(|role| !role.is_empty()).unwrap_or("The agent");
        let place = spawned.position.unwrap_or(1);
        let (title, body) =
            (format!("{name} is queued at place {place}"), "It starts by itself as soon as a place is free.");
        let now = crate::kit::browser::now_ms();
        kernel.store().notices.update(|notices| notices.add(About::Message, title, body.to_owned(), now));
    } else {
        desk.open_agent(spawned.pid);
    }
}
