//! What an agent wants of the person, and the controls that answer it.

use std::rc::Rc;

use aether_protocol::domains::agent::Approval;
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use super::need::{Need, exact};
use super::room::Room;
use crate::apps;
use crate::kernel::Kernel;
use crate::kit::{
    Anchor, Button, Field, Glyph, IconButton, Popover, Shortcut, Size, TextArea, TextInput, Tooltip, Variant,
};
use crate::store::{Agent, Slice};
use crate::verbs::{MORE_STEPS, Verdict};

/// The approval that is being answered: it cannot be answered twice.
pub type Sent = Slice<Option<String>>;

/// Answers an approval; a failure becomes a notice, and the controls are there again.
pub fn decide(kernel: &Kernel, approval: &Approval, verdict: Verdict, sent: &Sent) {
    if sent.get().as_deref() == Some(approval.id.as_str()) {
        return;
    }
    sent.set(Some(approval.id.clone()));
    let (kernel, sent, pid, id) = (kernel.clone(), sent.clone(), approval.pid, approval.id.clone());
    spawn_local(async move {
        let what = verdict.failed();
        if let Err(error) = kernel.settle(pid, id, verdict).await {
            sent.set(None);
            kernel.trouble(what, &error);
        }
    });
}

#[derive(Properties, PartialEq)]
pub struct AskProps {
    pub room: Room,
    pub agent: Rc<Agent>,
    pub need: Need,
    pub sent: Sent,
}

/// See the module.
#[component]
pub fn Ask(props: &AskProps) -> Html {
    let AskProps { room, agent, need, sent } = props;
    let busy = {
        let sent = crate::store::use_slice(sent);
        need.approval().is_some_and(|approval| sent.as_deref() == Some(approval.id.as_str()))
    };
    let (pid, open) = (agent.pid(), opener(room, agent));
    let body = match need {
        Need::Allow(approval) => {
            let exact = exact(approval);
            let look = if exact.changes { "Diff" } else { "Details" };
            html! {
                <>
                    <p class="mc-ask__about">{ exact.about }</p>
                    if let Some(text) = exact.text {
                        <pre class="mc-ask__exact mono" tabindex="0" data-own="true" role="region"
                            aria-label="What will run or change">{ text }</pre>
                    }
                    <div class="mc-ask__acts">
                        <YesNo room={room.clone()} approval={approval.clone()} sent={sent.clone()} {busy} yes="Approve" no="Reject" name={name(agent)} />
                        <Button size={Size::Small} variant={Variant::Ghost} class="mc-ask__look" onclick={open}
                            label={format!("{look} of what {} asks for", agent.name())}>{ look }</Button>
                    </div>
                </>
            }
        }
        Need::Beyond(approval) => html! {
            <>
                <p class="mc-ask__about">{ exact(approval).about }</p>
                <div class="mc-ask__acts">
                    <YesNo room={room.clone()} approval={approval.clone()} sent={sent.clone()} {busy} yes="Go on" no="End it" name={name(agent)} />
                </div>
            </>
        },
        Need::Question(approval) => {
            html! { <Reply room={room.clone()} approval={approval.clone()} sent={sent.clone()} {busy} name={name(agent)} /> }
        }
        Need::Steps => {
            let grant = {
                let kernel = room.kernel.clone();
                Callback::from(move |_: MouseEvent| kernel.extend(pid, MORE_STEPS))
            };
            let stop = {
                let room = room.clone();
                Callback::from(move |_: MouseEvent| room.stopping.set(vec![pid]))
            };
            let used = agent
                .info
                .max_steps
                .map_or_else(|| "Its steps are used up.".to_owned(), |most| format!("Its {most} steps are used up."));
            html! {
                <>
                    <p class="mc-ask__about">{ used }</p>
                    <div class="mc-ask__acts">
                        <Button size={Size::Small} variant={Variant::Primary} onclick={grant}>
                            { format!("Grant {MORE_STEPS} more steps") }
                        </Button>
                        <Button size={Size::Small} onclick={stop}>{ "Stop" }</Button>
                    </div>
                </>
            }
        }
        Need::Trouble(reason) => {
            let again = {
                let kernel = room.kernel.clone();
                Callback::from(move |_: MouseEvent| kernel.resume(pid))
            };
            let settings = {
                let desk = room.desk.clone();
                Callback::from(move |_: MouseEvent| desk.open(apps::SETTINGS, "models"))
            };
            html! {
                <>
                    <p class="mc-ask__about">{ reason }</p>
                    <div class="mc-ask__acts">
                        <Button size={Size::Small} variant={Variant::Primary} onclick={again}>{ "Try again" }</Button>
                        <Button size={Size::Small} onclick={settings}>{ "Open Settings" }</Button>
                    </div>
                </>
            }
        }
    };
    html! {
        <section class="mc-ask tone-needs-you" aria-label={format!("{} needs you", agent.name())}>{ body }</section>
    }
}

fn name(agent: &Agent) -> AttrValue {
    AttrValue::from(agent.name().to_owned())
}

/// Opens an agent's window.
pub fn opener(room: &Room, agent: &Agent) -> Callback<MouseEvent> {
    let (desk, pid) = (room.desk.clone(), agent.pid());
    Callback::from(move |_: MouseEvent| desk.open_agent(pid))
}

#[derive(Properties, PartialEq)]
struct YesNoProps {
    room: Room,
    approval: Rc<Approval>,
    sent: Sent,
    busy: bool,
    yes: AttrValue,
    no: AttrValue,
    /// Whose it is.
    name: AttrValue,
}

#[component]
fn YesNo(props: &YesNoProps) -> Html {
    let asking = use_state(|| false);
    let reason = use_state(String::new);
    let anchor = use_node_ref();
    let answer = |verdict: Verdict| {
        let (kernel, approval, sent) = (props.room.kernel.clone(), props.approval.clone(), props.sent.clone());
        move || decide(&kernel, &approval, verdict.clone(), &sent)
    };
    let yes = answer(Verdict::Yes);
    let refuse = {
        let said = reason.trim().to_owned();
        let (no, asking) = (answer(Verdict::No((!said.is_empty()).then_some(said))), asking.clone());
        Callback::from(move |()| {
            asking.set(false);
            no();
        })
    };
    let set = |open: bool| {
        let asking = asking.clone();
        move || asking.set(open)
    };
    let (ask, close) = (set(!*asking), set(false));
    html! {
        <>
            <Tooltip text={format!("{}, from the card:", props.yes)} shortcut={Shortcut::parse("A")} describes={false}>
                <Button size={Size::Small} variant={Variant::Primary} busy={props.busy}
                    onclick={Callback::from(move |_| yes())} label={format!("{} what {} asks for", props.yes, props.name)}>
                    { props.yes.clone() }
                </Button>
            </Tooltip>
            <Tooltip text={format!("{}, from the card at once:", props.no)} shortcut={Shortcut::parse("R")} describes={false}>
                <Button size={Size::Small} disabled={props.busy} onclick={Callback::from(move |_| ask())}
                    haspopup="dialog" expanded={*asking} node_ref={anchor.clone()}
                    label={format!("{} what {} asks for", props.no, props.name)}>{ props.no.clone() }</Button>
            </Tooltip>
            if *asking {
                <Popover anchor={Anchor::Element(anchor)} label={props.no.clone()} class="mc-reason"
                    onclose={Callback::from(move |()| close())}>
                    <Field label="Reason" hint="Optional. The agent reads it and goes on without what it asked for.">
                        <TextInput value={(*reason).clone()} onsubmit={refuse.clone()} onchange={
                            Callback::from(move |text| reason.set(text))
                        } />
                    </Field>
                    <div class="mc-reason__acts">
                        <Button onclick={refuse.reform(|_| ())}>{ props.no.clone() }</Button>
                    </div>
                </Popover>
            }
        </>
    }
}

#[derive(Properties, PartialEq)]
struct ReplyProps {
    room: Room,
    approval: Rc<Approval>,
    sent: Sent,
    busy: bool,
    name: AttrValue,
}

#[component]
fn Reply(props: &ReplyProps) -> Html {
    let reply = use_state(String::new);
    let send = {
        let (kernel, approval, sent) = (props.room.kernel.clone(), props.approval.clone(), props.sent.clone());
        let said = reply.trim().to_owned();
        Callback::from(move |()| {
            if !said.is_empty() {
                decide(&kernel, &approval, Verdict::Reply(said.clone()), &sent);
            }
        })
    };
    let onchange = {
        let reply = reply.clone();
        Callback::from(move |text| reply.set(text))
    };
    html! {
        <>
            <p class="mc-ask__about mc-ask__question">{ props.approval.action.clone() }</p>
            <div class="mc-ask__reply">
                <TextArea rows={1} value={(*reply).clone()} {onchange} onsubmit={send.clone()} disabled={props.busy}
                    label={format!("Your answer to {}", props.name)} placeholder="Your answer" />
                <IconButton icon={Glyph::Send} label="Send the answer" variant={Variant::Primary} busy={props.busy}
                    disabled={reply.trim().is_empty()} onclick={send.reform(|_| ())} />
            </div>
        </>
    }
}
