//! A list that draws what is near, and room for the rest.

use web_sys::Element;
use yew::prelude::*;

use super::chunk::{Chunk, Grouping};
use super::sight::use_sight;
use super::stick::{Scrolled, sticks, unseen, use_stick};
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

/// Thousands of rows in a scrolling box.
#[function_component]
pub fn ChunkedList(props: &ChunkedListProps) -> Html {
    let ChunkedListProps { count, before, row_height, stick_to_bottom, .. } = *props;
    let scroller = use_node_ref();
    let end_seen = use_state(|| true);
    let last_scroll = use_mut_ref(Scrolled::default);
    let seen = use_mut_ref(|| count);
    let stuck = stick_to_bottom && *end_seen;
    let grouping = Grouping::new(count, before, row_height);
    let (drawn, look) = use_sight(&scroller, grouping, row_height, stick_to_bottom, stuck);
    use_stick(&scroller, stuck);
    if *end_seen {
        *seen.borrow_mut() = count;
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
            look.emit(());
        })
    };
    let fresh = unseen(*seen.borrow(), count, *end_seen);
    html! {
        <div class={classes!("chunked", props.class.clone())}>
            <div ref={scroller.clone()} class="chunked__scroll" tabindex="0" role="region" aria-label={props.label.clone()}
                {onscroll}>
                <div class="chunked__rows" role={if props.log { "log" } else { "list" }} aria-label={props.label.clone()}
                    aria-live="off">
                    <div key="above" class="chunked__room" aria-hidden="true" style={format!("height: {}px", drawn.above)} />
                    { for drawn.chunks.into_iter().map(|(index, rows)| html! {
                        <Chunk key={index.to_string()} {index} {rows} {before} row={props.row.clone()} items={!props.log} />
                    }) }
                    <div key="below" class="chunked__room" aria-hidden="true" style={format!("height: {}px", drawn.below)} />
                </div>
            </div>
            if stick_to_bottom && !*end_seen {
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
