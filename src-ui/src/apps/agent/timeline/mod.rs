//! The journal as a line of bars: where the run is, and a way back to any moment of it.

mod scrub;

use aether_protocol::domains::agent::TrajectoryKind;
use web_sys::Element;
use yew::prelude::*;

use self::scrub::{Move, at_share, moved, share};
use super::record::{Record, bars};
use crate::kit::format::{self, LocalTime};
use crate::kit::{Glyph, IconButton, Side, Size};

/// Bars at the most; more would be thinner than they can be seen.
const MOST: usize = 120;
/// Bars up to which there is room between them.
const FEW: usize = 48;

#[derive(Properties, PartialEq)]
pub struct TimelineProps {
    /// The whole of it.
    pub record: Record,
    /// The entry that is looked at; nothing where it is now.
    pub at: Option<u64>,
    pub onmove: Callback<Option<u64>>,
    /// True while the agent may still do something.
    pub alive: bool,
    /// The step it is on, or the last one.
    pub step: u32,
    /// Steps it may take.
    pub most: Option<u32>,
    /// What it has cost, as words.
    pub cost: Option<String>,
}

/// See the module.
#[component]
pub fn Timeline(props: &TimelineProps) -> Html {
    let node = use_node_ref();
    let dragging = use_state(|| false);
    let all = props.record.all();
    let count = all.len();
    let drawn = use_memo(props.record.clone(), |record| bars(record.all(), MOST));
    let highest = drawn.iter().map(|bar| bar.height).fold(0.1, f64::max);
    let place = place(props);
    let go = {
        let (record, onmove) = (props.record.clone(), props.onmove.clone());
        Callback::from(move |to: Option<usize>| {
            onmove.emit(to.and_then(|index| record.all().get(index)).map(|entry| entry.n));
        })
    };
    let to_pointer = {
        let (node, go) = (node.clone(), go.clone());
        Callback::from(move |event: PointerEvent| {
            let Some(field) = node.cast::<Element>() else { return };
            let rect = field.get_bounding_client_rect();
            if rect.width() > 0.0 {
                go.emit(at_share((f64::from(event.client_x()) - rect.x()) / rect.width(), count));
            }
        })
    };
    let onpointerdown = {
        let (dragging, node, to_pointer) = (dragging.clone(), node.clone(), to_pointer.clone());
        Callback::from(move |event: PointerEvent| {
            if event.button() != 0 {
                return;
            }
            // The event's own current target is the root, where all events of the page are heard.
            if let Some(field) = node.cast::<Element>() {
                let _ = field.set_pointer_capture(event.pointer_id());
            }
            dragging.set(true);
            to_pointer.emit(event);
        })
    };
    let onpointermove = {
        let dragging = dragging.clone();
        Callback::from(move |event: PointerEvent| {
            if *dragging {
                to_pointer.emit(event);
            }
        })
    };
    let end = {
        let dragging = dragging;
        Callback::from(move |_: PointerEvent| dragging.set(false))
    };
    let onkeydown = {
        let go = go.clone();
        Callback::from(move |event: KeyboardEvent| {
            let by = match event.key().as_str() {
                "ArrowLeft" | "ArrowDown" => Move::By(-1),
                "ArrowRight" | "ArrowUp" => Move::By(1),
                "PageUp" => Move::By(-10),
                "PageDown" => Move::By(10),
                "Home" => Move::First,
                "End" | "Escape" => Move::Live,
                _ => return,
            };
            if event.alt_key() || event.ctrl_key() || event.meta_key() || (event.key() == "Escape" && place.is_none()) {
                return;
            }
            event.prevent_default();
            event.stop_propagation();
            go.emit(moved(place, by, count));
        })
    };
    if count == 0 {
        return Html::default();
    }
    let rewind = go.reform(move |_: MouseEvent| Some(0));
    let live = props.at.is_none();
    let now = place.unwrap_or(count - 1);
    // The field is as wide as its bars, so that each of them lies under the pointer that means it.
    let style = format!("--at: {}%; --bars: {}", share(place, count) * 100.0, drawn.len());
    let class =
        classes!("timeline", (!live).then_some("timeline--past"), (drawn.len() > FEW).then_some("timeline--dense"));
    html! {
        <div {class}>
            <IconButton icon={Glyph::Rewind} label="Back to the beginning" size={Size::Small} onclick={rewind}
                disabled={place == Some(0)} tooltip={Side::Top} />
            <div ref={node} class="timeline__field" role="slider" tabindex="0" aria-label="Time line of the run"
                data-test="agent-timeline" aria-valuemin="1" aria-valuemax={count.to_string()}
                aria-valuenow={(now + 1).to_string()} aria-valuetext={words(props, now)}
                {onpointerdown} {onpointermove} onpointerup={end.clone()} onpointercancel={end} {onkeydown} {style}>
                <div class="timeline__bars" aria-hidden="true">
                    { for drawn.iter().enumerate().map(|(index, bar)| {
                        let after = place.is_some_and(|place| bar.from > place);
                        let height = format!("--h: {:.0}%", 14.0 + bar.height / highest * 86.0);
                        html! {
                            <i key={index} class={classes!("bar", bar.lane.class(), bar.lane.tone().class(), after.then_some("bar--after"))}
                                style={height} />
                        }
                    }) }
                </div>
                if !live { <span class="timeline__needle" aria-hidden="true" /> }
            </div>
            <span class="timeline__label">{ label(props) }</span>
        </div>
    }
}

fn place(props: &TimelineProps) -> Option<usize> {
    let all = props.record.all();
    props.at.map(|at| all.partition_point(|entry| entry.n <= at).saturating_sub(1))
}

/// Steps and money, and whether it is now.
fn label(props: &TimelineProps) -> Html {
    let Some(place) = place(props) else {
        let steps = match (props.alive, props.most) {
            (false, _) => format::plural(props.step.into(), "step", "steps"),
            (true, Some(most)) => format!("step {} of {most}", props.step),
            (true, None) => format!("step {}", props.step),
        };
        let cost = props.cost.iter().map(|cost| html! { <span class="timeline__part">{ cost }</span> });
        return html! {
            <>
                <span>{ steps }</span>
                { for cost }
                if props.alive { <span class="timeline__part timeline__live">{ "live" }</span> }
            </>
        };
    };
    let here = props.record.all().get(place).map_or(0, |entry| entry.step);
    html! { format!("step {here} of {}", props.step) }
}

/// Where it stands, in words.
fn words(props: &TimelineProps, index: usize) -> String {
    let Some(entry) = props.record.all().get(index) else { return String::new() };
    let what = match (entry.kind, &entry.tool) {
        (TrajectoryKind::Action, Some(tool)) => tool.clone(),
        (kind, _) => format!("{kind:?}").to_lowercase(),
    };
    let when = LocalTime::of(entry.at as i64).clock_seconds();
    let live = if props.at.is_none() && props.alive { ", live" } else { "" };
    format!("Step {}, {what}, {when}{live}", entry.step)
}
