//! The list of pages, with a search that finds single settings too.

use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};
use yew::prelude::*;

use super::pages::{self, Page, Setting};
use crate::kit::{Glyph, Icon, SearchField};

#[derive(Properties, PartialEq)]
pub struct SidebarProps {
    /// The page that is shown; none where the list stands alone.
    pub current: Option<Page>,
    /// Goes to a page or a setting.
    pub goto: Callback<String>,
    pub compact: bool,
}

/// See the module.
#[component]
pub fn Sidebar(props: &SidebarProps) -> Html {
    let query = use_state(String::new);
    let list = use_node_ref();
    let found = pages::search(&query);
    let onchange = {
        let query = query.clone();
        Callback::from(move |text| query.set(text))
    };
    let first = found.first().map(|(page, settings)| pages::write(*page, settings.first().copied()));
    let onsubmit = {
        let goto = props.goto.clone();
        Callback::from(move |()| {
            if let Some(first) = &first {
                goto.emit(first.clone());
            }
        })
    };
    let into_list = {
        let list = list.clone();
        Callback::from(move |event: KeyboardEvent| {
            if event.key() == "ArrowDown" {
                event.prevent_default();
                step(&list, Step::To(0));
            }
        })
    };
    html! {
        <nav class="settings__side" aria-label="Settings">
            <SearchField value={(*query).clone()} {onchange} {onsubmit} onkeydown={into_list} label="Search settings" />
            if found.is_empty() {
                <p class="settings__none" role="status">{ format!("No setting is called \u{201c}{}\u{201d}.", query.trim()) }</p>
            }
            <ul ref={list.clone()} class="settings__pages" onkeydown={keys(list)}>
                { for found.into_iter().map(|(page, settings)| html! {
                    <li key={page.id()}>
                        { entry(props, page) }
                        if !settings.is_empty() {
                            <ul class="settings__found">
                                { for settings.into_iter().map(|setting| hit(props, page, setting)) }
                            </ul>
                        }
                    </li>
                }) }
            </ul>
        </nav>
    }
}

fn entry(props: &SidebarProps, page: Page) -> Html {
    let onclick = props.goto.reform(move |_: MouseEvent| pages::write(page, None));
    let here = props.current == Some(page);
    html! {
        <button type="button" class="settings__entry" {onclick} aria-current={here.then_some("page")}
            data-test={format!("settings-page-{}", page.id())}>
            <Icon icon={page.icon()} size={16} />
            <span>{ page.title() }</span>
            if props.compact { <Icon icon={Glyph::ChevronRight} size={16} class="settings__chevron" /> }
        </button>
    }
}

fn hit(props: &SidebarProps, page: Page, setting: &'static Setting) -> Html {
    let onclick = props.goto.reform(move |_: MouseEvent| pages::write(page, Some(setting)));
    html! {
        <li key={setting.id}>
            <button type="button" class="settings__entry settings__entry--found" {onclick}>{ setting.label }</button>
        </li>
    }
}

#[derive(Clone, Copy)]
enum Step {
    To(usize),
    By(isize),
    End,
}

/// Moves the focus along the list.
fn step(list: &NodeRef, step: Step) {
    let Some(list) = list.cast::<Element>() else { return };
    let Ok(entries) = list.query_selector_all("button") else { return };
    let count = entries.length() as isize;
    let active = web_sys::window().and_then(|window| window.document()).and_then(|page| page.active_element());
    let now = (0..count).find(|index| {
        let entry = entries.get(*index as u32);
        entry.is_some_and(|entry| active.as_ref().is_some_and(|active| active.is_same_node(Some(&entry))))
    });
    let to = match step {
        Step::To(index) => index as isize,
        Step::By(by) => (now.unwrap_or(-1) + by).clamp(0, (count - 1).max(0)),
        Step::End => count - 1,
    };
    let entry = u32::try_from(to).ok().and_then(|to| entries.get(to));
    if let Some(entry) = entry.and_then(|entry| entry.dyn_into::<HtmlElement>().ok()) {
        let _ = entry.focus();
    }
}

fn keys(list: NodeRef) -> Callback<KeyboardEvent> {
    Callback::from(move |event: KeyboardEvent| {
        let to = match event.key().as_str() {
            "ArrowDown" => Step::By(1),
            "ArrowUp" => Step::By(-1),
            "Home" => Step::To(0),
            "End" => Step::End,
            _ => return,
        };
        event.prevent_default();
        step(&list, to);
    })
}
