//! A box that belongs to an anchor: under menus, popovers, suggestions.

use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement, Node};
use yew::prelude::*;

use super::focus::use_focus_return;
use super::{Align, Extent, Frame, Portal, Side, place};
use crate::kit::browser::Listener;

/// What a floating box belongs to.
#[derive(Clone, Debug, PartialEq)]
pub enum Anchor {
    Element(NodeRef),
    /// A point of the viewport, in pixels.
    Point(f64, f64),
}

impl Anchor {
    fn frame(&self) -> Option<Frame> {
        match self {
            Anchor::Element(node) => {
                let rect = node.cast::<Element>()?.get_bounding_client_rect();
                Some(Frame { x: rect.x(), y: rect.y(), width: rect.width(), height: rect.height() })
            }
            Anchor::Point(x, y) => Some(Frame { x: *x, y: *y, width: 0.0, height: 0.0 }),
        }
    }

    fn contains(&self, node: &Node) -> bool {
        match self {
            Anchor::Element(anchor) => anchor.cast::<Node>().is_some_and(|anchor| anchor.contains(Some(node))),
            Anchor::Point(..) => false,
        }
    }
}

#[derive(Clone, Properties, PartialEq)]
pub struct FloatingProps {
    pub anchor: Anchor,
    #[prop_or(Side::Bottom)]
    pub side: Side,
    #[prop_or(Align::Start)]
    pub align: Align,
    /// Pixels between it and its anchor.
    #[prop_or(4.0)]
    pub gap: f64,
    /// Asked for by Escape, a press elsewhere, and the viewport's change of size.
    #[prop_or_default]
    pub onclose: Callback<()>,
    /// At least as wide as the anchor.
    #[prop_or_default]
    pub match_width: bool,
    /// When it goes, the focus returns to where it was.
    #[prop_or(true)]
    pub restore_focus: bool,
    #[prop_or_default]
    pub class: Classes,
    pub children: Html,
}

/// A box that belongs to an anchor, turned and moved so that it is in sight.
#[function_component]
pub fn Floating(props: &FloatingProps) -> Html {
    let node = use_node_ref();
    use_focus_return(&node, props.restore_focus);
    html! { <Portal><Placed {node} of={props.clone()} /></Portal> }
}

#[derive(Properties, PartialEq)]
struct PlacedProps {
    node: NodeRef,
    of: FloatingProps,
}

#[function_component]
fn Placed(PlacedProps { node, of: props }: &PlacedProps) -> Html {
    {
        let (node, anchor) = (node.clone(), props.anchor.clone());
        let (side, align, gap, match_width) = (props.side, props.align, props.gap, props.match_width);
        // After every rendering: what is in it may have changed its size.
        use_effect(move || {
            if let Some(element) = node.cast::<HtmlElement>() {
                put(&element, &anchor, side, align, gap, match_width);
            }
        });
    }
    use_close_from_outside(node, &props.anchor, &props.onclose);
    let onclose = props.onclose.clone();
    let onkeydown = Callback::from(move |event: KeyboardEvent| {
        if event.key() == "Escape" {
            event.prevent_default();
            event.stop_propagation();
            onclose.emit(());
        }
    });
    // What is pressed in here is no press on what stands around it in the component tree.
    let stop_click = Callback::from(|event: MouseEvent| event.stop_propagation());
    let stop_press = Callback::from(|event: PointerEvent| event.stop_propagation());
    html! {
        <div ref={node.clone()} class={classes!("floating", props.class.clone())} {onkeydown} onclick={stop_click.clone()}
            onmousedown={stop_click.clone()} ondblclick={stop_click} onpointerdown={stop_press}>
            { props.children.clone() }
        </div>
    }
}

fn viewport() -> Option<Extent> {
    let window = web_sys::window()?;
    Some(Extent { width: window.inner_width().ok()?.as_f64()?, height: window.inner_height().ok()?.as_f64()? })
}

pub(super) fn put(element: &HtmlElement, anchor: &Anchor, side: Side, align: Align, gap: f64, match_width: bool) {
    let (Some(frame), Some(view)) = (anchor.frame(), viewport()) else { return };
    let style = element.style();
    if match_width {
        let _ = style.set_property("min-width", &format!("{}px", frame.width));
    }
    let _ = style.set_property("max-height", "none");
    let size = Extent { width: f64::from(element.offset_width()), height: f64::from(element.offset_height()) };
    let placed = place(frame, size, view, side, align, gap);
    let _ = style.set_property("left", &format!("{}px", placed.x));
    let _ = style.set_property("top", &format!("{}px", placed.y));
    let _ = style.set_property("max-height", &format!("{}px", placed.max_height));
    let _ = element.set_attribute("data-side", placed.side.name());
}

#[hook]
fn use_close_from_outside(node: &NodeRef, anchor: &Anchor, onclose: &Callback<()>) {
    let node = node.clone();
    use_effect_with((anchor.clone(), onclose.clone()), move |(anchor, onclose)| {
        let window = web_sys::window();
        let document = window.as_ref().and_then(web_sys::Window::document);
        let pressed = document.map(|document| {
            let (anchor, onclose, node) = (anchor.clone(), onclose.clone(), node.clone());
            Listener::capturing(&document, "pointerdown", move |event| {
                let Some(target) = event.target().and_then(|target| target.dyn_into::<Node>().ok()) else { return };
                let Some(own) = node.cast::<Node>() else { return };
                if !anchor.contains(&target) && !own.contains(Some(&target)) && !above(&own, &target) {
                    onclose.emit(());
                }
            })
        });
        let resized = window.map(|window| {
            let onclose = onclose.clone();
            Listener::new(&window, "resize", move |_| onclose.emit(()))
        });
        move || drop((pressed, resized))
    });
}

// A menu that a popover opened is beside it in `#overlays`, and after it.
fn above(own: &Node, target: &Node) -> bool {
    let in_overlays = own.parent_node().is_some_and(|host| host.contains(Some(target)));
    in_overlays && own.compare_document_position(target) & Node::DOCUMENT_POSITION_FOLLOWING != 0
}
