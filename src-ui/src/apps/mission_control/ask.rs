//! What an agent wants of the person, and the controls that answer it.

use std::rc::Rc;

use aether_protocol::domains::agent::Approval;
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use super::exact::breakable;
use super::need::Need;
use super::room::Room;
use crate::apps;
use crate::kernel::Kernel;
use crate::kit::{
    Anchor, Button, Field, Glyph, IconButton, Popover, Shortcut, Size, TextArea, TextInput, Tooltip, Variant,
};
use crate::store::{Agent, AskKind, Slice};
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
        if let Err(error) = kernel.settle(pid, id.clone(), verdict).await {
            // Another one may be on its way by now.
            if sent.get().as_deref() == Some(id.as_str()) {
                sent.set(None);
            }
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
pub fn AskBox(props: &AskProps) -> Html {
    let AskProps { agent, need, sent, .. } = props;
    let busy = {
        let sent = crate::store::use_slice(sent);
        need.approval.as_ref().is_some_and(|approval| sent.as_deref() == Some(approval.id.as_str()))
    };
    let title = need.title(agent.name());
    html! {
        <section class="mc-ask tone-needs-you" aria-label={format!("{} needs you", agent.name())}>
            <h4 class="mc-ask__title">{ title }</h4>
            if let Some(text) = &need.ask.exact {
                <pre class="mc-ask__exact mono" tabindex="0" data-own="true" role="region"
                    aria-label="What will run or change">{ breakable(text) }</pre>
            }
            if let Some(more) = need.more() { <p class="mc-ask__more">{ more }</p> }
            { answers(props, busy) }
        </section>
    }
}

/// The controls that answer it. What was typed for one approval is not sent with the next.
fn answers(props: &AskProps, busy: bool) -> Html {
    let AskProps { room, agent, need, sent } = props;
    let pid = agent.pid();
    let details = html! { <Details room={room.clone()} agent={agent.clone()} asks={true} /> };
    match (need.ask.kind, &need.approval) {
        (AskKind::Allow | AskKind::Limit, Some(approval)) => {
            let (yes, no) = need.ask.answers().unwrap_or(("Approve", "Reject"));
            html! {
                <div class="mc-ask__acts">
                    <YesNo key={approval.id.clone()} room={room.clone()} approval={approval.clone()} sent={sent.clone()}
                        {busy} {yes} {no} name={name(agent)} />
                    { details }
                </div>
            }
        }
        (AskKind::Question, Some(approval)) => {
            html! {
                <Reply key={approval.id.clone()} room={room.clone()} approval={approval.clone()} sent={sent.clone()}
                    {busy} name={name(agent)} />
            }
        }
        (AskKind::Steps, _) => {
            let grant = {
                let kernel = room.kernel.clone();
                Callback::from(move |_: MouseEvent| kernel.extend(pid, MORE_STEPS))
            };
            let stop = {
                let room = room.clone();
                Callback::from(move |_: MouseEvent| room.stopping.set(vec![pid]))
            };
            html! {
                <div class="mc-ask__acts">
                    <Button size={Size::Small} variant={Variant::Primary} onclick={grant}>
                        { format!("Grant {MORE_STEPS} more") }
                    </Button>
                    <Button size={Size::Small} onclick={stop}>{ "Stop\u{2026}" }</Button>
                    { details }
                </div>
            }
        }
        (AskKind::Trouble | AskKind::Allow | AskKind::Limit | AskKind::Question, _) => {
            let again = {
                let kernel = room.kernel.clone();
                Callback::from(move |_: MouseEvent| kernel.resume(pid))
            };
            let settings = {
                let desk = room.desk.clone();
                Callback::from(move |_: MouseEvent| desk.open(apps::SETTINGS, "models"))
            };
            html! {
                <div class="mc-ask__acts">
                    <Button size={Size::Small} variant={Variant::Primary} onclick={again}>{ "Try again" }</Button>
                    <Button size={Size::Small} onclick={settings}>{ "Open Settings" }</Button>
                    { details }
                </div>
            }
        }
    }
}

fn name(agent: &Agent) -> AttrValue {
    AttrValue::from(agent.name().to_owned())
}

#[derive(Properties, PartialEq)]
pub struct DetailsProps {
    pub room: Room,
    pub agent: Rc<Agent>,
    /// It is about what the agent asks for.
    #[prop_or_default]
    pub asks: bool,
}

/// Opens an agent's window, where all of it is.
#[component]
pub fn Details(props: &DetailsProps) -> Html {
    let (desk, pid, name) = (props.room.desk.clone(), props.agent.pid(), props.agent.name());
    let label = if props.asks { format!("Details of what {name} asks for") } else { format!("Details of {name}") };
    let onclick = Callback::from(move |_: MouseEvent| desk.open_agent(pid));
    html! {
        <Button size={Size::Small} variant={Variant::Ghost} class="mc-details" {onclick} {label}>{ "Details" }</Button>
    }
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
        <div class="mc-ask__reply">
            <TextArea rows={1} value={(*reply).clone()} {onchange} onsubmit={send.clone()} disabled={props.busy}
                label={format!("Your answer to {}", props.name)} placeholder="Your answer" />
            <IconButton icon={Glyph::Send} label="Send the answer" variant={Variant::Primary} busy={props.busy}
                disabled={reply.trim().is_empty()} onclick={send.reform(|_| ())} />
        </div>
    }
}
