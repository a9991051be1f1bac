//! The panel above the composer: it asks, and takes the answer.

use aether_protocol::Pid;
use web_sys::{Element, HtmlElement};
use yew::prelude::*;

use super::approval::About;
use super::need::Need;
use crate::apps;
use crate::desk::use_desk;
use crate::kernel::use_kernel;
use crate::kit::{
    Button, Glyph, Icon, Markdown, NumberInput, Shortcut, TextArea, TextInput, TimeAgo, Tone, Tooltip, Variant,
};
use crate::store::{Ask, use_select};
use crate::verbs::MORE_STEPS;

#[derive(Properties, PartialEq)]
pub struct AskPanelProps {
    pub pid: Pid,
    pub name: AttrValue,
    pub need: Need,
    /// True while the window is the one that is worked in.
    pub front: bool,
}

/// See the module.
#[component]
pub fn AskPanel(props: &AskPanelProps) -> Html {
    let kernel = use_kernel();
    let online = use_select(&kernel.store().connection, |connection| connection.is_online());
    let node = use_node_ref();
    use_gentle_focus(&node, &props.need, props.front);
    let ask = props.need.ask(&props.name);
    let (icon, tone) = match &props.need {
        Need::Approval(_) => (Glyph::Hand, Tone::NeedsYou),
        Need::Question(_) => (Glyph::CircleQuestionMark, Tone::NeedsYou),
        Need::Steps(_) => (Glyph::Gauge, Tone::NeedsYou),
        Need::Trouble(_) => (Glyph::TriangleAlert, Tone::Failed),
    };
    let title = match &props.need {
        // The question itself stands below, with its lists and its code.
        Need::Question(_) => format!("{} asks", props.name),
        Need::Approval(_) | Need::Steps(_) | Need::Trouble(_) => ask.headline.clone(),
    };
    let at = match &props.need {
        Need::Approval(approval) | Need::Question(approval) => Some(approval.created_at as i64),
        Need::Steps(_) | Need::Trouble(_) => None,
    };
    let body = match &props.need {
        Need::Approval(approval) => html! { <Decide approval={approval.clone()} {ask} {online} /> },
        Need::Question(approval) => html! { <Reply approval={approval.clone()} name={props.name.clone()} {online} /> },
        Need::Steps(_) => html! { <Steps pid={props.pid} why={ask.why} {online} /> },
        Need::Trouble(_) => html! { <Trouble pid={props.pid} why={ask.why} {online} /> },
    };
    html! {
        <section ref={node} class={classes!("ask", tone.class())} tabindex="-1" data-test="agent-ask"
            aria-label={props.need.sentence(&props.name)}>
            <header class="ask__head">
                <Icon {icon} /><h3 class="ask__title">{ title }</h3>
                if let Some(at) = at { <span class="ask__time"><TimeAgo {at} /></span> }
            </header>
            { body }
        </section>
    }
}

/// The focus goes to what is new, unless the person writes or works in something else. It goes to the panel and not to
/// a button, so that no key that was meant for another place answers.
#[hook]
fn use_gentle_focus(node: &NodeRef, need: &Need, front: bool) {
    let node = node.clone();
    use_effect_with((need.key(), front), move |(_, front)| {
        let Some(panel) = node.cast::<HtmlElement>().filter(|_| *front) else { return };
        let active = panel.owner_document().and_then(|document| document.active_element());
        let busy = active.as_ref().is_some_and(is_worked_in);
        if !busy {
            let _ = panel.focus();
        }
    });
}

/// Whether the person writes here, or has this among open controls.
fn is_worked_in(active: &Element) -> bool {
    let selector = "input, textarea, select, button, [contenteditable], .dialog, .menu, .popover, [data-keys]";
    active.closest(selector).ok().flatten().is_some()
}

#[derive(Properties, PartialEq)]
struct DecideProps {
    approval: std::rc::Rc<aether_protocol::domains::agent::Approval>,
    ask: Ask,
    online: bool,
}

/// A yes, or a no with its reason.
#[component]
fn Decide(props: &DecideProps) -> Html {
    let kernel = use_kernel();
    let reason = use_state(String::new);
    let refusing = use_state(|| false);
    let (approval, ask) = (props.approval.clone(), &props.ask);
    let (approve, reject) = ask.answers().unwrap_or(("Approve", "Reject"));
    let yes = {
        let (kernel, approval) = (kernel.clone(), approval.clone());
        Callback::from(move |_: MouseEvent| kernel.approve(&approval))
    };
    let no = {
        let (kernel, approval, reason) = (kernel, approval.clone(), reason.clone());
        Callback::from(move |()| {
            let why = reason.trim();
            kernel.reject(&approval, (!why.is_empty()).then(|| why.to_owned()));
        })
    };
    let begin = {
        let refusing = refusing.clone();
        Callback::from(move |_: MouseEvent| refusing.set(!*refusing))
    };
    let onchange = {
        let reason = reason.clone();
        Callback::from(move |text| reason.set(text))
    };
    html! {
        <>
            <div class="ask__body">
                if !ask.why.is_empty() { <p class="ask__action">{ ask.why.clone() }</p> }
                <About approval={approval.clone()} ask={ask.clone()} />
            </div>
            if *refusing {
                <div class="ask__line">
                    <TextInput value={(*reason).clone()} {onchange} onsubmit={no.clone()} autofocus=true
                        label="Reason, which the agent reads" placeholder="Why not? Optional; the agent reads it." />
                    <Button variant={Variant::Danger} disabled={!props.online} onclick={no.reform(|_| ())}>{ reject }</Button>
                    <Button variant={Variant::Ghost} onclick={begin}>{ "Cancel" }</Button>
                </div>
            } else {
                <div class="ask__line">
                    <Hinted text={approve} keys="Alt+Enter">
                        <Button variant={Variant::Primary} icon={Glyph::Check} disabled={!props.online} onclick={yes}>{ approve }</Button>
                    </Hinted>
                    <Hinted text={reject} keys="Alt+Backspace">
                        <Button disabled={!props.online} onclick={begin}>{ format!("{reject}\u{2026}") }</Button>
                    </Hinted>
                    if !props.online { <span class="ask__note">{ "You can answer when the connection is back." }</span> }
                </div>
            }
        </>
    }
}

#[derive(Properties, PartialEq)]
struct HintedProps {
    text: AttrValue,
    keys: &'static str,
    children: Html,
}

/// A control with its keys.
#[component]
fn Hinted(props: &HintedProps) -> Html {
    html! {
        <Tooltip text={props.text.clone()} shortcut={Shortcut::parse(props.keys)} describes=false>{ props.children.clone() }</Tooltip>
    }
}

#[derive(Properties, PartialEq)]
struct ReplyProps {
    approval: std::rc::Rc<aether_protocol::domains::agent::Approval>,
    name: AttrValue,
    online: bool,
}

/// An answer to a question.
#[component]
fn Reply(props: &ReplyProps) -> Html {
    let kernel = use_kernel();
    let text = use_state(String::new);
    let send = {
        let (approval, text, online) = (props.approval.clone(), text.clone(), props.online);
        Callback::from(move |()| {
            let reply = text.trim();
            if !reply.is_empty() && online {
                kernel.answer(&approval, reply.to_owned());
            }
        })
    };
    let onchange = {
        let text = text.clone();
        Callback::from(move |now| text.set(now))
    };
    let ready = props.online && !text.trim().is_empty();
    html! {
        <>
            <div class="ask__body"><Markdown text={props.approval.action.clone()} class="ask__question" /></div>
            <div class="ask__line ask__line--reply">
                <TextArea value={(*text).clone()} {onchange} onsubmit={send.clone()} rows={1}
                    label={format!("Answer to {}", props.name)} placeholder="Your answer" />
                <Button variant={Variant::Primary} icon={Glyph::Send} disabled={!ready} onclick={send.reform(|_| ())}>{ "Answer" }</Button>
            </div>
        </>
    }
}

#[derive(Properties, PartialEq)]
struct StepsProps {
    pid: Pid,
    why: String,
    online: bool,
}

/// More steps.
#[component]
fn Steps(props: &StepsProps) -> Html {
    let kernel = use_kernel();
    let more = use_state(|| Some(f64::from(MORE_STEPS)));
    let wanted = more.filter(|more| (1.0..=10_000.0).contains(more)).map(|more| more as u32);
    let onclick = {
        let pid = props.pid;
        Callback::from(move |_: MouseEvent| {
            if let Some(steps) = wanted {
                kernel.extend(pid, steps);
            }
        })
    };
    let onchange = {
        let more = more.clone();
        Callback::from(move |now| more.set(now))
    };
    html! {
        <>
            <div class="ask__body">
                <p class="ask__action">{ &props.why }</p>
            </div>
            <div class="ask__line">
                <NumberInput value={*more} {onchange} min={1.0} max={10_000.0} unit="more steps" label="More steps" />
                <Button variant={Variant::Primary} icon={Glyph::Play} disabled={!props.online || wanted.is_none()} {onclick}>{ "Go on" }</Button>
            </div>
        </>
    }
}

#[derive(Properties, PartialEq)]
struct TroubleProps {
    pid: Pid,
    why: String,
    online: bool,
}

/// What has to be set right, and another attempt.
#[component]
fn Trouble(props: &TroubleProps) -> Html {
    let (kernel, desk) = (use_kernel(), use_desk());
    let again = {
        let pid = props.pid;
        Callback::from(move |_: MouseEvent| kernel.resume(pid))
    };
    let settings = Callback::from(move |_: MouseEvent| desk.open(apps::SETTINGS, "models"));
    html! {
        <>
            <div class="ask__body"><p class="ask__action">{ &props.why }</p></div>
            <div class="ask__line">
                <Button variant={Variant::Primary} icon={Glyph::RefreshCw} disabled={!props.online} onclick={again}>{ "Try again" }</Button>
                <Button icon={Glyph::Settings} onclick={settings}>{ "Open Settings" }</Button>
            </div>
        </>
    }
}
