//! The cards, and how keys and pointers move among them.

use std::collections::BTreeSet;
use std::rc::Rc;

use aether_protocol::Pid;
use wasm_bindgen::{JsCast, prelude::Closure};
use web_sys::{Element, HtmlElement, IntersectionObserver, IntersectionObserverEntry, IntersectionObserverInit, Node};
use yew::prelude::*;

use super::card::AgentCard;
use super::room::{Room, is_at};
use crate::store::{Agent, use_select};

#[derive(Properties, PartialEq)]
pub struct GridProps {
    pub room: Room,
    pub agents: Vec<Rc<Agent>>,
    /// A pointer or the focus is among the cards, or no longer.
    pub onhold: Callback<bool>,
}

/// See the module.
#[component]
pub fn Grid(props: &GridProps) -> Html {
    let GridProps { room, agents, onhold } = props;
    let node = use_node_ref();
    let order: Vec<Pid> = agents.iter().map(|agent| agent.pid()).collect();
    use_near(&node, &order, room);
    let active = use_select(&room.active, |active| *active);
    let first = active.filter(|pid| order.contains(pid)).or_else(|| order.first().copied());
    let held = use_mut_ref(|| (false, false));
    let tell = {
        let (held, onhold) = (held, onhold.clone());
        Rc::new(move |pointer: Option<bool>, focus: Option<bool>| {
            let mut held = held.borrow_mut();
            let before = held.0 || held.1;
            *held = (pointer.unwrap_or(held.0), focus.unwrap_or(held.1));
            let now = held.0 || held.1;
            drop(held);
            if before != now {
                onhold.emit(now);
            }
        })
    };
    let (enter, leave, focus, blur) = (tell.clone(), tell.clone(), tell.clone(), tell);
    let onpointerenter = {
        let node = node.clone();
        Callback::from(move |event: PointerEvent| {
            // A finger that has gone is nowhere.
            if event.pointer_type() == "mouse" && is_at(&event, &node) {
                enter(Some(true), None);
            }
        })
    };
    let onpointerleave = {
        let node = node.clone();
        Callback::from(move |event: PointerEvent| {
            if is_at(&event, &node) {
                leave(Some(false), None);
            }
        })
    };
    let onfocusin = Callback::from(move |_: FocusEvent| focus(None, Some(true)));
    let onfocusout = {
        let node = node.clone();
        Callback::from(move |event: FocusEvent| {
            let to = event.related_target().and_then(|to| to.dyn_into::<Node>().ok());
            if !node.cast::<Node>().is_some_and(|grid| grid.contains(to.as_ref())) {
                blur(None, Some(false));
            }
        })
    };
    let of = agents.len();
    let picking = use_select(&room.picked, |picked| !picked.is_empty());
    html! {
        <div ref={node.clone()} class={classes!("mc-grid", picking.then_some("mc-grid--picking"))} role="feed" aria-label="Agents" onkeydown={arrows(&node)}
            {onpointerenter} {onpointerleave} {onfocusin} {onfocusout}>
            { for agents.iter().enumerate().map(|(index, agent)| html! {
                <AgentCard key={agent.pid().0} room={room.clone()} agent={agent.clone()} place={index + 1} {of}
                    first={first == Some(agent.pid())} />
            }) }
        </div>
    }
}

/// Where a key leads from a card: rows have `columns` of them.
fn step(from: usize, count: usize, columns: usize, key: &str) -> Option<usize> {
    let last = count.checked_sub(1)?;
    let to = match key {
        "ArrowRight" => from + 1,
        "ArrowLeft" => from.checked_sub(1)?,
        "ArrowDown" if from + columns > last && from / columns < last / columns => last,
        "ArrowDown" => from + columns,
        "ArrowUp" => from.checked_sub(columns)?,
        "Home" => 0,
        "End" => last,
        _ => return None,
    };
    (to <= last).then_some(to)
}

fn arrows(node: &NodeRef) -> Callback<KeyboardEvent> {
    let node = node.clone();
    Callback::from(move |event: KeyboardEvent| {
        let Some(grid) = node.cast::<Element>() else { return };
        let cards: Vec<HtmlElement> =
            (0..grid.children().length()).filter_map(|index| grid.children().item(index)?.dyn_into().ok()).collect();
        let target = event.target().and_then(|target| target.dyn_into::<HtmlElement>().ok());
        // Keys of a control on a card are that control's.
        let Some(from) = cards.iter().position(|card| Some(card) == target.as_ref()) else { return };
        let top = cards.first().map(HtmlElement::offset_top);
        let columns = cards.iter().take_while(|card| Some(card.offset_top()) == top).count().max(1);
        if event.ctrl_key() || event.meta_key() || event.alt_key() {
            return;
        }
        if let Some(card) = step(from, cards.len(), columns, &event.key()).and_then(|to| cards.get(to)) {
            event.prevent_default();
            let _ = card.focus();
        }
    })
}

/// Keeps the room's `near` to the cards within half a screen of what is in sight.
#[hook]
fn use_near(node: &NodeRef, order: &[Pid], room: &Room) {
    let (node, near) = (node.clone(), room.near.clone());
    use_effect_with(order.to_vec(), move |order| {
        let known: BTreeSet<Pid> = order.iter().copied().collect();
        near.update(|near| near.retain(|pid| known.contains(pid)));
        let heard = Closure::<dyn FnMut(js_sys::Array)>::new(move |entries: js_sys::Array| {
            let mut now = (*near.get()).clone();
            for entry in entries.iter().filter_map(|entry| entry.dyn_into::<IntersectionObserverEntry>().ok()) {
                let pid = entry.target().get_attribute("data-pid").and_then(|pid| Pid::parse(&pid));
                match (pid, entry.is_intersecting()) {
                    (Some(pid), true) => drop(now.insert(pid)),
                    (Some(pid), false) => drop(now.remove(&pid)),
                    (None, _) => {}
                }
            }
            if now != *near.get() {
                near.set(now);
            }
        });
        let grid = node.cast::<Element>();
        let options = IntersectionObserverInit::new();
        let scroller = grid.as_ref().and_then(|grid| grid.closest(".mc-scroll").ok().flatten());
        options.set_root(scroller.as_ref());
        options.set_root_margin("50% 0px");
        let observer = IntersectionObserver::new_with_options(heard.as_ref().unchecked_ref(), &options).ok();
        if let (Some(observer), Some(grid)) = (&observer, grid) {
            let cards = grid.children();
            (0..cards.length()).filter_map(|index| cards.item(index)).for_each(|card| observer.observe(&card));
        }
        move || {
            if let Some(observer) = observer {
                observer.disconnect();
            }
            drop(heard);
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrows_lead_from_card_to_card_and_not_beyond() {
        // Three in a row, seven in all.
        let to = |from: usize, key: &str| step(from, 7, 3, key);
        assert_eq!((to(0, "ArrowRight"), to(6, "ArrowRight")), (Some(1), None));
        assert_eq!((to(3, "ArrowLeft"), to(0, "ArrowLeft")), (Some(2), None));
        assert_eq!((to(1, "ArrowDown"), to(6, "ArrowDown")), (Some(4), None));
        // The last row is short: its last card is below.
        assert_eq!(to(5, "ArrowDown"), Some(6));
        assert_eq!((to(4, "ArrowUp"), to(2, "ArrowUp")), (Some(1), None));
        assert_eq!((to(4, "Home"), to(4, "End"), to(4, "x")), (Some(0), Some(6), None));
        assert_eq!(step(0, 0, 1, "End"), None);
    }
}
