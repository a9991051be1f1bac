//! The shelves with their counts: a rail at the left, or chips above where there is no room for one.

use wasm_bindgen::JsCast;
use web_sys::HtmlElement;
use yew::prelude::*;

use super::shelf::Shelf;
use super::spent::Today;
use crate::kit::{Icon, format};

#[derive(Properties, PartialEq)]
pub struct RailProps {
    pub chosen: Shelf,
    /// How many agents each shelf holds, in the order of `Shelf::ALL`.
    pub counts: Vec<usize>,
    pub onchoose: Callback<Shelf>,
}

/// See the module.
#[component]
pub fn Rail(props: &RailProps) -> Html {
    html! {
        <nav class="mc-rail" aria-label="Agents by state">
            <div class="mc-rail__list" onkeydown={Callback::from(|event| move_focus(&event))}>
                { for Shelf::ALL.into_iter().zip(&props.counts).map(|(shelf, count)| item(props, shelf, *count)) }
            </div>
            <Today />
        </nav>
    }
}

fn item(props: &RailProps, shelf: Shelf, count: usize) -> Html {
    let chosen = props.chosen == shelf;
    let onclick = props.onchoose.reform(move |_: MouseEvent| shelf);
    let lit = count > 0 && shelf != Shelf::All;
    let bare = count == 0 && !chosen;
    html! {
        <button key={shelf.id()} type="button" {onclick} aria-current={chosen.then_some("true")}
            data-test={format!("shelf-{}", shelf.id())}
            class={classes!("mc-rail__item", shelf.tone().class(), chosen.then_some("mc-rail__item--chosen"),
                lit.then_some("mc-rail__item--lit"), bare.then_some("mc-rail__item--bare"), (shelf == Shelf::default()).then_some("mc-rail__item--all"))}>
            <Icon icon={shelf.glyph()} class="mc-rail__icon" />
            <span class="mc-rail__label">{ shelf.label() }</span>
            <span class="mc-rail__count">{ format::count(count as u64) }</span>
        </button>
    }
}

/// Arrow keys go from one shelf to the next.
fn move_focus(event: &KeyboardEvent) {
    let Some(here) = event.target().and_then(|target| target.dyn_into::<HtmlElement>().ok()) else { return };
    let to = match event.key().as_str() {
        "ArrowDown" | "ArrowRight" => here.next_element_sibling(),
        "ArrowUp" | "ArrowLeft" => here.previous_element_sibling(),
        "Home" => here.parent_element().and_then(|list| list.first_element_child()),
        "End" => here.parent_element().and_then(|list| list.last_element_child()),
        _ => return,
    };
    event.prevent_default();
    if let Some(to) = to.and_then(|to| to.dyn_into::<HtmlElement>().ok()) {
        let _ = to.focus();
    }
}
