//! The Smart Bar: everything within reach by typing.

mod ahead;
mod results;

use std::rc::Rc;

use aether_protocol::domains::fs::{self, FileStat};
use wasm_bindgen_futures::spawn_local;
use web_sys::{Element, HtmlInputElement};
use yew::prelude::*;

pub(super) use self::ahead::type_ahead;

use self::results::{Found, Named, Searched, Target, search};
use super::actions::{ACTIONS, Reach};
use crate::apps::agent::state_of;
use crate::apps::{self, APPS};
use crate::desk::{Overlay, use_desk};
use crate::kernel::{Kernel, use_kernel};
use crate::kit::{Glyph, Icon, StateBadge, use_focus_return};
use crate::store::{Agent, Ask, use_select, use_slice};
use crate::transport::sleep;

/// How long typing rests before files are searched.
const REST: i32 = 120;

/// See the module. It is there only while it is open, so every opening begins anew.
#[component]
pub fn SmartBar() -> Html {
    let desk = use_desk();
    let open = use_select(&desk.overlay, |overlay| *overlay == Overlay::SmartBar);
    if open {
        html! { <Bar /> }
    } else {
        Html::default()
    }
}

#[component]
fn Bar() -> Html {
    let (kernel, desk) = (use_kernel(), use_desk());
    let reach = Reach { kernel: kernel.clone(), desk: desk.clone() };
    let agents = use_asking(&kernel);
    let query = use_state(String::new);
    let chosen = use_state(|| 0usize);
    let (files, unsearched) = use_files(&kernel, &query);
    let (bar, field, list) = (use_node_ref(), use_node_ref(), use_node_ref());
    use_focus_return(&bar, true);
    let compact = *use_slice(&desk.compact);
    let sections = search(&query, named(&reach), &agents, &files);
    let all: Vec<Found> = sections.iter().flat_map(|section| section.found.clone()).collect();
    let current = (*chosen).min(all.len().saturating_sub(1));

    {
        let (field, query) = (field.clone(), query.clone());
        use_effect_with((), move |()| {
            let Some(field) = field.cast::<HtmlInputElement>() else { return };
            let typed = ahead::take();
            // At once, so that the next key comes after these.
            field.set_value(&typed);
            query.set(typed);
            // A field that cannot be focused can still be clicked.
            let _ = field.focus();
        });
    }
    use_in_sight(&list, current);
    let choose = Callback::from(move |target: Target| go(&reach, target));
    let onkeydown = keys(&all, current, &chosen, &choose);
    let oninput = {
        let query = query.clone();
        Callback::from(move |event: InputEvent| {
            query.set(event.target_unchecked_into::<HtmlInputElement>().value());
            chosen.set(0);
        })
    };
    let close = Callback::from(move |_| desk.close_overlay());
    let mut place = 0;
    html! {
        <>
            <div class="scrim" onclick={close}></div>
            <div ref={bar} class="smart-bar" role="dialog" aria-modal="true" aria-label="Smart Bar">
                <div class="smart-bar__field">
                    <Icon icon={Glyph::Search} size={18} />
                    <input ref={field} class="smart-bar__input" type="text" value={(*query).clone()} {oninput} {onkeydown}
                        placeholder={if compact { "Search, or a goal" } else { "Search, or a goal for a new agent" }}
                        aria-label="Search"
                        role="combobox" aria-expanded="true" aria-controls="smart-list" autocomplete="off"
                        spellcheck="false" aria-activedescendant={(!all.is_empty()).then(|| format!("smart-{current}"))} />
                </div>
                <div ref={list} id="smart-list" class="smart-bar__list" role="listbox" aria-label="Results">
                    { for sections.iter().map(|section| html! {
                        <div role="group" aria-label={section.title} key={section.title}>
                            <div class="smart-bar__heading" aria-hidden="true">{ section.title }</div>
                            { for section.found.iter().map(|found| {
                                let line = line(found, place, place == current, &choose);
                                place += 1;
                                line
                            }) }
                        </div>
                    }) }
                </div>
                if let Some(why) = unsearched {
                    <p class="smart-bar__note" role="status">{ format!("Files could not be searched. {why}") }</p>
                }
            </div>
        </>
    }
}

/// Keeps the chosen line in sight.
#[hook]
fn use_in_sight(list: &NodeRef, current: usize) {
    let list = list.clone();
    use_effect_with(current, move |current| {
        let line =
            list.cast::<Element>().and_then(|list| list.query_selector(&format!("#smart-{current}")).ok().flatten());
        if let Some(line) = line {
            let options = web_sys::ScrollIntoViewOptions::new();
            options.set_block(web_sys::ScrollLogicalPosition::Nearest);
            line.scroll_into_view_with_scroll_into_view_options(&options);
        }
    });
}

/// The keys that walk through the lines, and the one that takes the chosen one.
fn keys(
    all: &[Found],
    current: usize,
    chosen: &UseStateHandle<usize>,
    choose: &Callback<Target>,
) -> Callback<KeyboardEvent> {
    let (count, taken) = (all.len().max(1), all.get(current).map(|found| found.target.clone()));
    let (chosen, choose) = (chosen.clone(), choose.clone());
    Callback::from(move |event: KeyboardEvent| {
        let next = match event.key().as_str() {
            "ArrowDown" => (current + 1) % count,
            "ArrowUp" => (current + count - 1) % count,
            "Home" if event.ctrl_key() => 0,
            "End" if event.ctrl_key() => count - 1,
            // There is nothing else in it to go to, and what lies under it is out of reach.
            "Tab" if !(event.ctrl_key() || event.alt_key() || event.meta_key()) => return event.prevent_default(),
            "Enter" if event.is_composing() => return,
            "Enter" => {
                event.prevent_default();
                if let Some(target) = &taken {
                    choose.emit(target.clone());
                }
                return;
            }
            _ => return,
        };
        event.prevent_default();
        chosen.set(next);
    })
}

fn line(found: &Found, place: usize, chosen: bool, choose: &Callback<Target>) -> Html {
    let onclick = {
        let (choose, target) = (choose.clone(), found.target.clone());
        Callback::from(move |_| choose.emit(target.clone()))
    };
    let icon = match &found.target {
        Target::App(id) => apps::find(id).map_or(Glyph::AppWindow, |app| app.icon),
        Target::Action(id) => {
            ACTIONS.iter().find(|action| action.id == *id).and_then(|action| action.icon).unwrap_or(Glyph::Command)
        }
        Target::Agent(_) => Glyph::Bot,
        Target::Path { is_folder: true, .. } => Glyph::Folder,
        Target::Path { is_folder: false, .. } => Glyph::File,
        Target::Deploy(_) => Glyph::Plus,
    };
    html! {
        <div id={format!("smart-{place}")} class="smart-bar__line" role="option" key={place}
            aria-selected={if chosen { "true" } else { "false" }} {onclick}>
            <Icon {icon} size={16} />
            <span class="smart-bar__title">{ found.title.clone() }</span>
            <span class="smart-bar__detail">{ found.detail.clone() }</span>
            if let Some(standing) = found.standing { <StateBadge state={state_of(standing)} /> }
            if chosen {
                <span class="smart-bar__does" aria-hidden="true">{ "\u{21b5} " }{ verb(&found.target) }</span>
            }
        </div>
    }
}

/// What Enter does with it.
fn verb(target: &Target) -> &'static str {
    match target {
        Target::App(_) | Target::Agent(_) | Target::Path { .. } => "Open",
        Target::Action(_) => "Run",
        Target::Deploy(_) => "Deploy",
    }
}

/// Apps and actions by name.
fn named(reach: &Reach) -> Vec<Named> {
    let apps = APPS.iter().filter(|app| app.in_dock).map(|app| Named {
        target: Target::App(app.id),
        title: app.title,
        detail: String::new(),
    });
    let known = |id: &str| id == "smart-bar" || APPS.iter().any(|app| app.id == id);
    let actions = ACTIONS.iter().filter(|action| !known(action.id) && (action.enabled)(reach)).map(|action| Named {
        target: Target::Action(action.id),
        title: action.label,
        detail: String::new(),
    });
    apps.chain(actions).collect()
}

fn go(reach: &Reach, target: Target) {
    reach.desk.close_overlay();
    match target {
        Target::App(id) => reach.desk.open(id, ""),
        Target::Agent(pid) => reach.desk.open_agent(pid),
        Target::Path { path, is_folder } => reach.desk.open_path(&path, is_folder),
        Target::Deploy(goal) => reach.desk.show(Overlay::Deploy { goal }),
        Target::Action(id) => {
            if let Some(action) = ACTIONS.iter().find(|action| action.id == id) {
                (action.run)(reach);
            }
        }
    }
}

/// Every agent, with what it asks for.
#[hook]
fn use_asking(kernel: &Kernel) -> Vec<(Rc<Agent>, Option<Ask>)> {
    let agents = use_slice(&kernel.store().agents);
    let approvals = use_slice(&kernel.store().approvals);
    let with_ask = |agent: Rc<Agent>| {
        let ask = Ask::of_agent(&agent, approvals.open_of(agent.pid()).as_deref());
        (agent, ask)
    };
    agents.sorted().into_iter().map(with_ask).collect()
}

/// The files a query finds, once typing rests, and why they could not be searched.
#[hook]
fn use_files(kernel: &Kernel, query: &str) -> (Vec<FileStat>, Option<String>) {
    let (files, failed) = (use_state(Searched::default), use_state(|| None::<String>));
    let newest = use_mut_ref(|| 0u64);
    {
        let (kernel, files, failed) = (kernel.clone(), files.clone(), failed.clone());
        use_effect_with(query.trim().to_owned(), move |query| {
            *newest.borrow_mut() += 1;
            let mine = *newest.borrow();
            if query.chars().count() < 2 {
                files.set(Searched::default());
                failed.set(None);
                return;
            }
            let query = query.clone();
            spawn_local(async move {
                sleep(REST).await;
                if *newest.borrow() != mine {
                    return;
                }
                let request = fs::Search { path: "/".to_owned(), query: query.clone(), limit: Some(8) };
                let found = fs::Client(&kernel).search(request).await;
                if *newest.borrow() == mine {
                    failed.set(found.as_ref().err().map(|error| error.message.clone()));
                    files.set(Searched { query, found: found.unwrap_or_default() });
                }
            });
        });
    }
    (files.of(query.trim()), (*failed).clone())
}
