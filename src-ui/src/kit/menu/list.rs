//! The open menu.

use std::cell::RefCell;
use std::rc::Rc;

use web_sys::HtmlElement;
use yew::prelude::*;

use super::entry::{Move, moved, typed};
use super::{MenuEntry, MenuItem};
use crate::kit::{Align, Anchor, Floating, Glyph, Icon, Kbd, Side, Tone, browser::now_ms, ids::yes_no};

/// Letters typed within this time are one word.
const WORD_MS: i64 = 600;

#[derive(Clone, Properties, PartialEq)]
pub struct MenuProps {
    pub anchor: Anchor,
    /// The menu's name.
    pub label: AttrValue,
    pub entries: Vec<MenuEntry>,
    /// Told the id of the item; the menu asks to be closed right after.
    pub onselect: Callback<AttrValue>,
    pub onclose: Callback<()>,
    #[prop_or(Side::Bottom)]
    pub side: Side,
    #[prop_or(Align::Start)]
    pub align: Align,
    /// For menu bars: the left (-1) and right (1) arrow keys.
    #[prop_or_default]
    pub onside: Option<Callback<i32>>,
}

/// A menu with the focus in it. Show it only while it is open.
#[function_component]
pub fn Menu(props: &MenuProps) -> Html {
    html! {
        <Floating anchor={props.anchor.clone()} side={props.side} align={props.align} onclose={props.onclose.clone()}>
            <List ..props.clone() />
        </Floating>
    }
}

#[function_component]
fn List(props: &MenuProps) -> Html {
    let node = use_node_ref();
    let active = use_state(|| None::<usize>);
    let word = use_mut_ref(|| (String::new(), 0_i64));
    {
        let (active, entries) = (active.clone(), props.entries.clone());
        use_effect_with((), move |()| active.set(moved(&entries, None, Move::First)));
    }
    {
        let node = node.clone();
        use_effect_with(*active, move |active| {
            let selector = active.map_or(String::from("[role=menu]"), |index| format!("[data-index='{index}']"));
            let root = node.cast::<HtmlElement>();
            let item = root.as_ref().and_then(|root| root.query_selector(&selector).ok().flatten());
            let target = item.and_then(|item| wasm_bindgen::JsCast::dyn_into::<HtmlElement>(item).ok()).or(root);
            if let Some(target) = target {
                let _ = target.focus();
            }
        });
    }
    let choose = {
        let (onselect, onclose) = (props.onselect.clone(), props.onclose.clone());
        Callback::from(move |id: AttrValue| {
            onclose.emit(());
            onselect.emit(id);
        })
    };
    let onkeydown = keys(props, &active, word);
    html! {
        <div ref={node} class="menu" role="menu" tabindex="-1" aria-label={props.label.clone()} {onkeydown}>
            { for props.entries.iter().enumerate().map(|(index, entry)| match entry {
                MenuEntry::Item(item) => line(index, item, &active, &choose),
                MenuEntry::Separator => html! { <div key={index} class="menu__separator" role="separator" /> },
                MenuEntry::Heading(text) => html! {
                    <div key={index} class="menu__heading" role="presentation">{ text }</div>
                },
            }) }
        </div>
    }
}

/// The keys of an open menu: they move, close, and find a line by its first letters.
fn keys(
    props: &MenuProps,
    active: &UseStateHandle<Option<usize>>,
    word: Rc<RefCell<(String, i64)>>,
) -> Callback<KeyboardEvent> {
    let (active, entries, onclose, onside) =
        (active.clone(), props.entries.clone(), props.onclose.clone(), props.onside.clone());
    Callback::from(move |event: KeyboardEvent| {
        let key = event.key();
        let to = match key.as_str() {
            "ArrowDown" => moved(&entries, *active, Move::Next),
            "ArrowUp" => moved(&entries, *active, Move::Previous),
            "Home" => moved(&entries, *active, Move::First),
            "End" => moved(&entries, *active, Move::Last),
            "Tab" => {
                onclose.emit(());
                None
            }
            "ArrowLeft" | "ArrowRight" => {
                if let Some(onside) = &onside {
                    event.prevent_default();
                    event.stop_propagation();
                    onside.emit(if key == "ArrowLeft" { -1 } else { 1 });
                }
                return;
            }
            key if key.chars().count() == 1 && key != " " && !(event.ctrl_key() || event.meta_key()) => {
                let (text, at) = &mut *word.borrow_mut();
                let now = now_ms();
                if now - *at > WORD_MS {
                    text.clear();
                }
                *at = now;
                text.push_str(key);
                typed(&entries, *active, text)
            }
            _ => return,
        };
        event.prevent_default();
        event.stop_propagation();
        if to.is_some() {
            active.set(to);
        }
    })
}

fn line(index: usize, item: &MenuItem, active: &UseStateHandle<Option<usize>>, choose: &Callback<AttrValue>) -> Html {
    let (id, disabled, choose) = (item.id.clone(), item.disabled, choose.clone());
    let onclick = Callback::from(move |_| {
        if !disabled {
            choose.emit(id.clone());
        }
    });
    let onpointermove = {
        let active = active.clone();
        Callback::from(move |_| {
            if *active != Some(index) {
                active.set(Some(index));
            }
        })
    };
    let role = if item.checked.is_some() { "menuitemcheckbox" } else { "menuitem" };
    let icon = match (item.checked, item.icon) {
        (Some(true), _) => Some(Glyph::Check),
        (Some(false), _) => None,
        (None, icon) => icon,
    };
    let toned = (item.tone != Tone::Neutral).then(|| classes!("menu__item--toned", item.tone.class()));
    html! {
        <button key={index} type="button" {role} tabindex="-1" data-index={index.to_string()}
            class={classes!("menu__item", item.danger.then_some("menu__item--danger"), toned)}
            aria-checked={item.checked.map(yes_no)} aria-disabled={disabled.then_some("true")} {onclick} {onpointermove}>
            <span class="menu__icon">if let Some(icon) = icon { <Icon {icon} size={14} /> }</span>
            <span class="menu__label">{ &item.label }</span>
            if let Some(hint) = &item.hint { <span class="menu__hint">{ hint }</span> }
            if let Some(shortcut) = &item.shortcut { <Kbd shortcut={shortcut.clone()} plain={true} /> }
        </button>
    }
}
