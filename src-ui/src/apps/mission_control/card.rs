//! One agent as a card.

use std::rc::Rc;

use aether_protocol::domains::agent::Outcome;
use web_sys::Element;
use yew::prelude::*;

use super::acts::entries;
use super::ask::{AskBox, Details, Sent, decide};
use super::end::End;
use super::figures;
use super::need::Need;
use super::room::{MenuAt, Room, is_at, is_own};
use super::screen::{Elapsed, Screen, use_told};
use crate::apps::agent::{state_of, work_state};
use crate::kit::{Align, Checkbox, Glyph, MenuButton, Progress, Size, StateBadge, Variant};
use crate::store::{Agent, Standing, use_select};
use crate::verbs::Verdict;

#[derive(Properties, PartialEq)]
pub struct AgentCardProps {
    pub room: Room,
    pub agent: Rc<Agent>,
    /// Its place among the cards, from 1, and how many there are.
    pub place: usize,
    pub of: usize,
    /// The Tab key leads here.
    pub first: bool,
}

/// See the module. The whole card opens the agent; what is pressed inside does not.
#[component]
pub fn AgentCard(props: &AgentCardProps) -> Html {
    let AgentCardProps { room, agent, .. } = props;
    let pid = agent.pid();
    let approval = use_select(&room.kernel.store().approvals, move |approvals| approvals.open_of(pid));
    let picked = use_select(&room.picked, move |picked| picked.contains(&pid));
    let sent = (*use_memo((), |()| Sent::default())).clone();
    let node = use_node_ref();
    let need = Need::of(agent, approval);
    let standing = agent.standing();
    let (title, about) = (format!("mc-{pid}-name"), format!("mc-{pid}-state mc-{pid}-goal"));

    let onclick = {
        let (desk, node) = (room.desk.clone(), node.clone());
        Callback::from(move |event: MouseEvent| {
            if is_own(&event, &node) && !has_selection() {
                desk.open_agent(pid);
            }
        })
    };
    let onfocus = {
        let room = room.clone();
        Callback::from(move |_: FocusEvent| room.activate(pid))
    };
    let onkeydown = keys(room, agent, &node, need.as_ref(), &sent);
    let oncontextmenu = menu(room, agent);
    let asks = need.is_some();
    let class = classes!(
        "card",
        "mc-card",
        asks.then_some("card--edged"),
        asks.then_some("mc-card--asks"),
        picked.then_some("mc-card--picked"),
        state_of(standing).tone().class()
    );
    html! {
        <article ref={node} {class} tabindex={if props.first { "0" } else { "-1" }} data-card="true" data-pid={pid.to_string()}
            data-test={format!("agent-card-{pid}")} aria-labelledby={title.clone()} aria-describedby={about}
            aria-posinset={props.place.to_string()} aria-setsize={props.of.to_string()}
            {onclick} {onfocus} {onkeydown} {oncontextmenu}>
            <div class="mc-card__media"><Screen room={room.clone()} agent={agent.clone()} /></div>
            <Pick room={room.clone()} agent={agent.clone()} {picked} />
            <div class="mc-card__inner">
                <header class="mc-card__head">
                    <div class="mc-card__who">
                        <h3 class="mc-card__name" id={title} title={agent.name().to_owned()}>{ agent.name().to_owned() }</h3>
                        <span class="mc-card__pid">{ format!("#{pid}") }</span>
                    </div>
                    <span class="mc-card__state" id={format!("mc-{pid}-state")}>
                        <StateBadge state={work_state(agent, false)} label={label(agent)} />
                    </span>
                    <More room={room.clone()} agent={agent.clone()} {picked} />
                </header>
                <Goal id={format!("mc-{pid}-goal")} text={agent.goal().to_owned()} />
                if let Some(need) = need {
                    <AskBox room={room.clone()} agent={agent.clone()} {need} {sent} />
                } else {
                    <End room={room.clone()} agent={agent.clone()} />
                }
                <Foot room={room.clone()} agent={agent.clone()} {asks} />
            </div>
        </article>
    }
}

#[derive(Properties, PartialEq)]
struct FootProps {
    room: Room,
    agent: Rc<Agent>,
    asks: bool,
}

/// How far it is and what it has used; of one that has ended, the way to the rest of it.
#[component]
fn Foot(props: &FootProps) -> Html {
    let FootProps { room, agent, asks } = props;
    let told = use_told(room, agent.pid());
    let alive = agent.standing().is_alive();
    let elapsed = html! { <Elapsed agent={agent.clone()} /> };
    html! {
        <div class={classes!("mc-card__foot", (!alive).then_some("mc-card__foot--ended"))}>
            if alive && !asks {
                <Progress value={f64::from(agent.info.step.unwrap_or_default())}
                    total={f64::from(agent.info.max_steps.unwrap_or_default())} tone={state_of(agent.standing()).tone()}
                    label={format!("Steps of {}", agent.name())} />
            }
            <div class="mc-card__figures">
                <span>
                    { figures::steps(agent, told) }
                    if let Some(cost) = figures::cost(agent) { { " \u{b7} " }{ cost } }
                    if !alive { { " \u{b7} " }{ elapsed.clone() } }
                </span>
                if alive { { elapsed } } else { <Details room={room.clone()} agent={agent.clone()} /> }
            </div>
        </div>
    }
}

fn label(agent: &Agent) -> AttrValue {
    match agent.info.outcome {
        // It did not fail: somebody ended it.
        Some(Outcome::Aborted) if agent.standing() == Standing::Failed => AttrValue::Static("Stopped"),
        _ => AttrValue::Static(agent.doing()),
    }
}

/// An agent's state in a word.
pub fn badge(agent: &Agent) -> Html {
    html! { <StateBadge state={work_state(agent, false)} label={label(agent)} /> }
}

/// True while a person marks text, whose end is no press on the card.
fn has_selection() -> bool {
    let selection = web_sys::window().and_then(|window| window.get_selection().ok().flatten());
    selection.is_some_and(|selection| !selection.is_collapsed())
}

fn keys(room: &Room, agent: &Agent, node: &NodeRef, need: Option<&Need>, sent: &Sent) -> Callback<KeyboardEvent> {
    let approval = need.and_then(Need::to_approve).cloned();
    let (room, pid, node, sent) = (room.clone(), agent.pid(), node.clone(), sent.clone());
    Callback::from(move |event: KeyboardEvent| {
        let held = event.ctrl_key() || event.meta_key() || event.alt_key();
        if !is_at(&event, &node) || held || event.repeat() {
            return;
        }
        match (event.key().as_str(), &approval) {
            ("Enter", _) => room.desk.open_agent(pid),
            (" ", _) => room.toggle(pid),
            ("a" | "A", Some(approval)) => decide(&room.kernel, approval, Verdict::Yes, &sent),
            ("r" | "R", Some(approval)) => decide(&room.kernel, approval, Verdict::No(None), &sent),
            _ => return,
        }
        event.prevent_default();
    })
}

/// Opens an agent's menu where the pointer is, or by the keys at the element.
pub fn menu(room: &Room, agent: &Agent) -> Callback<MouseEvent> {
    let (room, pid) = (room.clone(), agent.pid());
    Callback::from(move |event: MouseEvent| {
        let field =
            event.target_dyn_into::<Element>().and_then(|target| target.closest("input, textarea").ok().flatten());
        if field.is_some() {
            return;
        }
        event.prevent_default();
        let (mut x, mut y) = (f64::from(event.client_x()), f64::from(event.client_y()));
        if let (true, Some(here)) = (x == 0.0 && y == 0.0, event.target_dyn_into::<Element>()) {
            let corner = here.get_bounding_client_rect();
            (x, y) = (corner.x() + 12.0, corner.y() + 12.0);
        }
        room.menu.set(Some(MenuAt { x, y, pid }));
    })
}

#[derive(Properties, PartialEq)]
struct ToolsProps {
    room: Room,
    agent: Rc<Agent>,
    picked: bool,
}

/// Lies over a card's head while agents are chosen: a box to choose it by.
#[component]
fn Pick(props: &ToolsProps) -> Html {
    let ToolsProps { room, agent, picked } = props;
    let pid = agent.pid();
    let toggle = {
        let room = room.clone();
        Callback::from(move |_: bool| room.toggle(pid))
    };
    html! {
        <div class="mc-card__pick" data-own="true">
            <Checkbox label={format!("Select {} {pid}", agent.name())} label_hidden={true} checked={*picked} onchange={toggle} />
        </div>
    }
}

/// What else can be done to it.
#[component]
fn More(props: &ToolsProps) -> Html {
    let ToolsProps { room, agent, picked } = props;
    let pid = agent.pid();
    let onselect = {
        let room = room.clone();
        Callback::from(move |act: AttrValue| super::acts::run(&room, pid, &act))
    };
    html! {
        <span class="mc-card__more" data-own="true">
            <MenuButton label={format!("More about {} {pid}", agent.name())} icon={Glyph::Ellipsis} icon_only={true}
                size={Size::Small} variant={Variant::Ghost} align={Align::End} entries={entries(agent, *picked)} {onselect} />
        </span>
    }
}

#[derive(Properties, PartialEq)]
struct GoalProps {
    id: String,
    text: String,
}

/// Two lines of it; the whole of it over what is below, for whoever rests on it.
#[component]
fn Goal(props: &GoalProps) -> Html {
    html! {
        <div class="mc-goal">
            <p class="mc-goal__short" id={props.id.clone()}>{ &props.text }</p>
            <p class="mc-goal__whole" aria-hidden="true">{ &props.text }</p>
        </div>
    }
}
