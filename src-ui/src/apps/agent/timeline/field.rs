//! The bars, and what the pointer and the keys do on them.

use std::rc::Rc;

use web_sys::Element;
use yew::prelude::*;

use super::scrub::{Move, at_share, moved, share};
use crate::apps::agent::record::Bar;

#[derive(Properties, PartialEq)]
pub struct FieldProps {
    pub bars: Rc<Vec<Bar>>,
    /// The place that is looked at, of so many; nothing where it is now.
    pub place: Option<usize>,
    pub count: usize,
    /// That place in words.
    pub words: String,
    pub ongo: Callback<Option<usize>>,
}

/// See the module. It is as wide as its bars, so that each of them lies under the pointer that means it.
#[component]
pub fn Field(props: &FieldProps) -> Html {
    let FieldProps { bars, place, count, words, ongo } = props;
    let node = use_node_ref();
    let drag = use_drag(&node, *count, ongo);
    let onkeydown = keys(*place, *count, ongo);
    let now = place.map_or(*count, |place| place + 1);
    let style = format!("--at: {}%; --bars: {}", share(*place, *count) * 100.0, bars.len());
    html! {
        <div ref={node} class="timeline__field" role="slider" tabindex="0" aria-label="Time line of the run"
            data-test="agent-timeline" aria-valuemin="1" aria-valuemax={count.to_string()}
            aria-valuenow={now.to_string()} aria-valuetext={words.clone()}
            onpointerdown={drag.begin} onpointermove={drag.follow} onpointerup={drag.end.clone()}
            onpointercancel={drag.end} {onkeydown} {style}>
            <div class="timeline__bars" aria-hidden="true">{ drawn(bars, *place) }</div>
            if place.is_some() { <span class="timeline__needle" aria-hidden="true" /> }
        </div>
    }
}

fn drawn(bars: &[Bar], place: Option<usize>) -> Html {
    let highest = bars.iter().map(|bar| bar.height).fold(0.1, f64::max);
    let bar = |(index, bar): (usize, &Bar)| {
        let after = place.is_some_and(|place| bar.from > place).then_some("bar--after");
        let height = format!("--h: {:.0}%", 14.0 + bar.height / highest * 86.0);
        html! {
            <i key={index} class={classes!("bar", bar.lane.class(), bar.lane.tone().class(), after)} style={height} />
        }
    };
    bars.iter().enumerate().map(bar).collect()
}

/// What a pointer that is held on the field does.
struct Drag {
    begin: Callback<PointerEvent>,
    follow: Callback<PointerEvent>,
    end: Callback<PointerEvent>,
}

#[hook]
fn use_drag(node: &NodeRef, count: usize, ongo: &Callback<Option<usize>>) -> Drag {
    let dragging = use_state(|| false);
    let to_pointer = {
        let (node, ongo) = (node.clone(), ongo.clone());
        move |event: &PointerEvent| {
            let Some(field) = node.cast::<Element>() else { return };
            let rect = field.get_bounding_client_rect();
            if rect.width() > 0.0 {
                ongo.emit(at_share((f64::from(event.client_x()) - rect.x()) / rect.width(), count));
            }
        }
    };
    let begin = {
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
            to_pointer(&event);
        })
    };
    let follow = {
        let dragging = dragging.clone();
        Callback::from(move |event: PointerEvent| {
            if *dragging {
                to_pointer(&event);
            }
        })
    };
    Drag { begin, follow, end: Callback::from(move |_: PointerEvent| dragging.set(false)) }
}

fn keys(place: Option<usize>, count: usize, ongo: &Callback<Option<usize>>) -> Callback<KeyboardEvent> {
    let ongo = ongo.clone();
    Callback::from(move |event: KeyboardEvent| {
        let by = match event.key().as_str() {
            "ArrowLeft" | "ArrowDown" => Move::By(-1),
            "ArrowRight" | "ArrowUp" => Move::By(1),
            "PageDown" => Move::By(-10),
            "PageUp" => Move::By(10),
            "Home" => Move::First,
            "End" | "Escape" => Move::Live,
            _ => return,
        };
        if event.alt_key() || event.ctrl_key() || event.meta_key() || (event.key() == "Escape" && place.is_none()) {
            return;
        }
        event.prevent_default();
        event.stop_propagation();
        ongo.emit(moved(place, by, count));
    })
}
