//! A list that draws what is near, and room for the rest.

use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap};
use std::rc::Rc;

use wasm_bindgen::{JsCast, prelude::Closure};
use web_sys::{Element, IntersectionObserver, IntersectionObserverEntry, IntersectionObserverInit, ResizeObserver};
use yew::prelude::*;

use super::chunk::{Chunk, chunks, height};
use super::stick::{Scrolled, sticks, unseen};
use crate::kit::{Button, Glyph, Size, format};

#[derive(Properties, PartialEq)]
pub struct ChunkedListProps {
    /// How many rows there are.
    pub count: usize,
    /// Draws the row of an index; give a new callback when what it draws has changed.
    pub row: Callback<usize, Html>,
    /// What the list is of.
    pub label: AttrValue,
    /// A row's likely height in pixels, until some are measured.
    #[prop_or(28.0)]
    pub row_height: f64,
    /// Begins at the end and stays there while rows come, until a person scrolls away from it.
    #[prop_or_default]
    pub stick_to_bottom: bool,
    /// How many rows were put before the first one since the list began: what is in sight stays there.
    #[prop_or_default]
    pub before: usize,
    /// `log` for what is added to at the end; `list` else.
    #[prop_or_default]
    pub log: bool,
    #[prop_or_default]
    pub class: Classes,
}

#[derive(Default)]
struct Measured {
    by_chunk: HashMap<i64, (usize, f64)>,
}

impl Measured {
    fn mean_row(&self, fallback: f64) -> f64 {
        let (rows, height) = self.by_chunk.values().fold((0, 0.0), |(rows, all), (r, h)| (rows + r, all + h));
        if rows > 0 && height > 0.0 { height / rows as f64 } else { fallback }
    }
}

/// Thousands of rows in a scrolling box.
#[function_component]
pub fn ChunkedList(props: &ChunkedListProps) -> Html {
    let scroller = use_node_ref();
    let near = use_state(BTreeSet::<i64>::new);
    let measured = use_mut_ref(Measured::default);
    let end_seen = use_state(|| true);
    let last_scroll = use_mut_ref(Scrolled::default);
    let seen = use_mut_ref(|| props.count);
    let all: Vec<(i64, usize, usize)> = chunks(props.count, props.before).collect();
    use_near(&scroller, &all, &near, &measured);
    use_place(&scroller, props.before);
    use_stick(&scroller, props.stick_to_bottom && *end_seen);
    if *end_seen {
        *seen.borrow_mut() = props.count;
    }
    let onscroll = {
        let (scroller, end_seen) = (scroller.clone(), end_seen.clone());
        Callback::from(move |_: Event| {
            let Some(element) = scroller.cast::<Element>() else { return };
            let scrolled = Scrolled {
                top: f64::from(element.scroll_top()),
                sight: f64::from(element.client_height()),
                whole: f64::from(element.scroll_height()),
            };
            let before = last_scroll.replace(scrolled);
            let now = sticks(*end_seen, before, scrolled);
            if now != *end_seen {
                end_seen.set(now);
            }
        })
    };
    let fresh = unseen(*seen.borrow(), props.count, *end_seen);
    let mean = measured.borrow().mean_row(props.row_height);
    let ends = (all.first().map(|chunk| chunk.0), all.last().map(|chunk| chunk.0));
    html! {
        <div class={classes!("chunked", props.class.clone())}>
            <div ref={scroller.clone()} class="chunked__scroll" tabindex="0" role="region" aria-label={props.label.clone()}
                {onscroll}>
                <div class="chunked__rows" role={if props.log { "log" } else { "list" }} aria-label={props.label.clone()}
                    aria-live="off">
                    { for all.iter().map(|&(index, from, to)| {
                        let at_end = ends.0 == Some(index) || ends.1 == Some(index);
                        let near = near.contains(&index) || (near.is_empty() && at_end);
                        let known = measured.borrow().by_chunk.get(&index).copied();
                        html! {
                            <Chunk key={index.to_string()} {index} {from} {to} before={props.before} {near}
                            height={height(known, to - from, mean)} row={props.row.clone()} items={!props.log} />
                        }
                    }) }
                </div>
            </div>
            if props.stick_to_bottom && !*end_seen {
                <div class="chunked__more">
                    <Button icon={Glyph::ArrowDown} size={Size::Small} onclick={to_end(&scroller)}>
                        { if fresh > 0 { format!("{} new", format::count(fresh as u64)) } else { String::from("To the end") } }
                    </Button>
                </div>
            }
        </div>
    }
}

fn to_end(scroller: &NodeRef) -> Callback<MouseEvent> {
    let scroller = scroller.clone();
    Callback::from(move |_| {
        if let Some(element) = scroller.cast::<Element>() {
            element.set_scroll_top(element.scroll_height());
        }
    })
}

/// Keeps `near` to the chunks within a screen or so of what is in sight, and notes the height of those that leave.
#[hook]
fn use_near(
    scroller: &NodeRef,
    chunks: &[(i64, usize, usize)],
    near: &UseStateHandle<BTreeSet<i64>>,
    measured: &Rc<RefCell<Measured>>,
) {
    let observer = use_mut_ref(|| None::<IntersectionObserver>);
    let sizes = use_mut_ref(HashMap::<i64, usize>::new);
    *sizes.borrow_mut() = chunks.iter().map(|(index, from, to)| (*index, to - from)).collect();
    {
        let (scroller, observer, setter) = (scroller.clone(), observer.clone(), near.setter());
        let measured = measured.clone();
        use_effect_with((), move |()| {
            // The handle would show what was near when the observer was made.
            let mut now = BTreeSet::<i64>::new();
            let heard = Closure::<dyn FnMut(js_sys::Array)>::new(move |entries: js_sys::Array| {
                let before = now.clone();
                for entry in entries.iter().filter_map(|entry| entry.dyn_into::<IntersectionObserverEntry>().ok()) {
                    note(&entry, &mut now, &sizes.borrow(), &mut measured.borrow_mut());
                }
                if now != before {
                    setter.set(now.clone());
                }
            });
            let options = IntersectionObserverInit::new();
            options.set_root(scroller.cast::<Element>().as_ref());
            options.set_root_margin("800px 0px");
            *observer.borrow_mut() =
                IntersectionObserver::new_with_options(heard.as_ref().unchecked_ref(), &options).ok();
            move || {
                if let Some(observer) = observer.take() {
                    observer.disconnect();
                }
                drop(heard);
            }
        });
    }
    let scroller = scroller.clone();
    use_effect_with((chunks.first().map(|chunk| chunk.0), chunks.len()), move |_| {
        let rows = scroller.cast::<Element>().and_then(|root| root.first_element_child());
        if let (Some(observer), Some(rows)) = (observer.borrow().as_ref(), rows) {
            let children = rows.children();
            // To observe what is observed already changes nothing.
            for child in (0..children.length()).filter_map(|index| children.item(index)) {
                observer.observe(&child);
            }
        }
    });
}

/// Takes one chunk that came near or left into account.
fn note(
    entry: &IntersectionObserverEntry,
    near: &mut BTreeSet<i64>,
    sizes: &HashMap<i64, usize>,
    measured: &mut Measured,
) {
    let index = entry.target().get_attribute("data-chunk").and_then(|index| index.parse().ok());
    let Some(index) = index else { return };
    if entry.is_intersecting() {
        near.insert(index);
    } else if near.remove(&index)
        && let Some(rows) = sizes.get(&index)
    {
        measured.by_chunk.insert(index, (*rows, entry.bounding_client_rect().height()));
    }
}

/// While `stuck`, whatever makes the rows taller or shorter leaves the end in sight.
#[hook]
fn use_stick(scroller: &NodeRef, stuck: bool) {
    let scroller = scroller.clone();
    use_effect_with(stuck, move |stuck| {
        let root = scroller.cast::<Element>().filter(|_| *stuck);
        let watch = root.and_then(|root| {
            root.set_scroll_top(root.scroll_height());
            let rows = root.first_element_child()?;
            let again = root.clone();
            let heard = Closure::<dyn FnMut()>::new(move || again.set_scroll_top(again.scroll_height()));
            let observer = ResizeObserver::new(heard.as_ref().unchecked_ref()).ok()?;
            observer.observe(&rows);
            observer.observe(&root);
            Some((observer, heard))
        });
        move || {
            if let Some((observer, heard)) = watch {
                observer.disconnect();
                drop(heard);
            }
        }
    });
}

/// Rows that come before the first one leave what is in sight where it is. Browsers see to that themselves, except at
/// the very top.
#[hook]
fn use_place(scroller: &NodeRef, before: usize) {
    let scroller = scroller.clone();
    let last = use_mut_ref(|| before);
    use_effect_with(before, move |before| {
        let added = last.replace(*before) < *before;
        let Some(root) = scroller.cast::<Element>().filter(|root| added && root.scroll_top() <= 1) else { return };
        let first = root.query_selector("[data-chunk='0']").ok().flatten();
        if let Some(first) = first {
            let moved = first.get_bounding_client_rect().y() - root.get_bounding_client_rect().y();
            root.set_scroll_top(moved.max(0.0) as i32);
        }
    });
}
