//! The row of tabs, where there are several.

use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};
use yew::prelude::*;

use super::tabs::{Change, Tab, Tabs};
use crate::kit::{Glyph, Icon};

#[derive(Properties, PartialEq)]
pub(super) struct StripProps {
    pub tabs: UseReducerHandle<Tabs>,
    pub onclose: Callback<u32>,
}

/// See the module.
#[component]
pub(super) fn Strip(props: &StripProps) -> Html {
    let node = use_node_ref();
    {
        let node = node.clone();
        use_effect_with((props.tabs.selected, props.tabs.tabs.len()), move |_| {
            // The shown one is in sight, however many there are.
            let shown = node.cast::<Element>().and_then(|row| row.query_selector("[aria-current]").ok().flatten());
            if let Some(shown) = shown {
                let options = web_sys::ScrollIntoViewOptions::new();
                options.set_block(web_sys::ScrollLogicalPosition::Nearest);
                options.set_inline(web_sys::ScrollLogicalPosition::Nearest);
                shown.scroll_into_view_with_scroll_into_view_options(&options);
            }
        });
    }
    html! {
        <div ref={node} class="term-tabs" role="group" aria-label="Shells" onkeydown={Callback::from(|event: KeyboardEvent| on_key(&event))}>
            { for props.tabs.tabs.iter().map(|tab| one(props, tab)) }
        </div>
    }
}

fn one(props: &StripProps, tab: &Tab) -> Html {
    let (key, shown) = (tab.key, tab.key == props.tabs.selected);
    let name = tab.name();
    let select = {
        let (tabs, handle) = (props.tabs.dispatcher(), tab.handle.clone());
        Callback::from(move |_: MouseEvent| {
            tabs.dispatch(Change::Select(key));
            handle.focus();
        })
    };
    let close = props.onclose.reform(move |_: MouseEvent| key);
    let onauxclick = {
        let onclose = props.onclose.clone();
        Callback::from(move |event: MouseEvent| {
            if event.button() == 1 {
                event.prevent_default();
                onclose.emit(key);
            }
        })
    };
    html! {
        <div key={key} class={classes!("term-tab", shown.then_some("term-tab--shown"))} {onauxclick}>
            <button type="button" class="term-tab__name" onclick={select} title={name.clone()}
                aria-current={shown.then_some("true")} data-test={format!("terminal-tab-{key}")}>
                if tab.rang { <Icon icon={Glyph::Bell} size={12} /><span class="hidden-text">{ "It rang: " }</span> }
                <span class="term-tab__text">{ &name }</span>
            </button>
            <button type="button" class="term-tab__close" aria-label={format!("Close {name}")} onclick={close}>
                <Icon icon={Glyph::X} size={12} />
            </button>
        </div>
    }
}

/// Arrow keys go from one to the next.
fn on_key(event: &KeyboardEvent) {
    let Some(button) = event.target().and_then(|target| target.dyn_into::<Element>().ok()) else { return };
    let Some(row) = button.closest(".term-tabs").ok().flatten() else { return };
    let Ok(all) = row.query_selector_all(".term-tab__name") else { return };
    let buttons: Vec<HtmlElement> =
        (0..all.length()).filter_map(|at| all.item(at)).filter_map(|node| node.dyn_into().ok()).collect();
    let now = buttons.iter().position(|other| other.contains(Some(&button)));
    let last = buttons.len().saturating_sub(1);
    let to = match (event.key().as_str(), now) {
        ("ArrowRight", Some(now)) => (now + 1).min(last),
        ("ArrowLeft", Some(now)) => now.saturating_sub(1),
        ("Home", _) => 0,
        ("End", _) => last,
        _ => return,
    };
    if let Some(button) = buttons.get(to) {
        event.prevent_default();
        event.stop_propagation();
        let _ = button.focus();
    }
}
