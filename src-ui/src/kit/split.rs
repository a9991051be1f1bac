//! Two panes with a divider that can be moved.

use web_sys::Element;
use yew::prelude::*;

use super::ids::use_id;

#[derive(Properties, PartialEq)]
pub struct SplitPaneProps {
    pub first: Html,
    pub second: Html,
    /// What the divider changes: "Size of the side bar".
    pub label: AttrValue,
    /// The first pane's share, 0 to 1.
    pub ratio: f64,
    pub onresize: Callback<f64>,
    /// The first above the second, not beside it.
    #[prop_or_default]
    pub stacked: bool,
    /// The smallest share of either pane.
    #[prop_or(0.15)]
    pub min: f64,
    #[prop_or_default]
    pub class: Classes,
}

const STEP: f64 = 0.02;

/// Two panes; the divider is moved by pointer or arrow keys.
#[function_component]
pub fn SplitPane(props: &SplitPaneProps) -> Html {
    let node = use_node_ref();
    let dragging = use_state(|| false);
    let first_id = use_id("pane");
    let bounded = {
        let (min, onresize) = (props.min.clamp(0.0, 0.5), props.onresize.clone());
        Callback::from(move |ratio: f64| onresize.emit(ratio.clamp(min, 1.0 - min)))
    };
    let onpointerdown = {
        let dragging = dragging.clone();
        Callback::from(move |event: PointerEvent| {
            event.prevent_default();
            let _ = event.target_unchecked_into::<Element>().set_pointer_capture(event.pointer_id());
            dragging.set(true);
        })
    };
    let onpointermove = {
        let (dragging, node, bounded, stacked) = (dragging.clone(), node.clone(), bounded.clone(), props.stacked);
        Callback::from(move |event: PointerEvent| {
            let Some(root) = node.cast::<Element>().filter(|_| *dragging) else { return };
            let rect = root.get_bounding_client_rect();
            let (at, length) = if stacked {
                (f64::from(event.client_y()) - rect.y(), rect.height())
            } else {
                (f64::from(event.client_x()) - rect.x(), rect.width())
            };
            if length > 0.0 {
                bounded.emit(at / length);
            }
        })
    };
    let end = {
        let dragging = dragging.clone();
        Callback::from(move |_: PointerEvent| dragging.set(false))
    };
    let onkeydown = {
        let (ratio, bounded) = (props.ratio, bounded);
        Callback::from(move |event: KeyboardEvent| {
            let to = match event.key().as_str() {
                "ArrowLeft" | "ArrowUp" => ratio - STEP,
                "ArrowRight" | "ArrowDown" => ratio + STEP,
                "Home" => 0.0,
                "End" => 1.0,
                _ => return,
            };
            event.prevent_default();
            event.stop_propagation();
            bounded.emit(to);
        })
    };
    let percent = |share: f64| (share * 100.0).round().to_string();
    let orientation = if props.stacked { "horizontal" } else { "vertical" };
    html! {
        <div ref={node} style={format!("--split: {}%", props.ratio * 100.0)}
            class={classes!("split", props.stacked.then_some("split--stacked"), dragging.then_some("split--dragging"),
                props.class.clone())}>
            <div class="split__first" id={first_id.clone()}>{ props.first.clone() }</div>
            <div class="split__divider" role="separator" tabindex="0" aria-orientation={orientation}
                aria-label={props.label.clone()} aria-controls={first_id} aria-valuemin={percent(props.min)}
                aria-valuemax={percent(1.0 - props.min)} aria-valuenow={percent(props.ratio)} {onkeydown}
                {onpointerdown} {onpointermove} onpointerup={end.clone()} onpointercancel={end} />
            <div class="split__second">{ props.second.clone() }</div>
        </div>
    }
}
