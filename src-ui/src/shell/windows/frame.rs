//! One window on the screen.

use web_sys::{Element, FocusOptions, HtmlElement, Node};
use yew::prelude::*;

use super::by_key::follows_a_key;
use super::gestures::Gestures;
use super::title_bar::TitleBar;
use crate::shell::phone::is_root;
use crate::store::use_select;
use crate::wm::{Content, Desktop, Edge, Gesture, Mode, Rect, Window, WindowId};

#[derive(Properties, PartialEq)]
pub(super) struct FrameProps {
    pub window: WindowId,
    /// It is closed, and only still to be seen going.
    pub leaving: bool,
    pub compact: bool,
    pub gestures: Gestures,
    pub body: Callback<Content, Html>,
    /// It has gone.
    pub ongone: Callback<WindowId>,
}

/// What of the desktop a frame shows.
#[derive(Clone, PartialEq)]
struct Shown {
    window: Window,
    depth: usize,
    front: bool,
    /// Of its app, the first: on a phone the tab bar leads to it, so that there is nothing to go back to.
    first: bool,
}

impl Shown {
    fn of(desktop: &Desktop, id: WindowId) -> Option<Shown> {
        let window = desktop.get(id)?.clone();
        let first = desktop.of_app(&window.app).map(|other| other.id).min() == Some(id);
        Some(Shown { window, depth: desktop.depth(id)?, front: desktop.is_front(id), first })
    }
}

#[component]
pub(super) fn Frame(props: &FrameProps) -> Html {
    let id = props.window;
    let gestures = &props.gestures;
    let now = use_select(&gestures.desktop, move |desktop| Shown::of(desktop, id));
    let dragged = use_select(&gestures.drag, move |drag| {
        drag.as_ref().is_some_and(|drag| drag.window() == id && drag.is_moving())
    });
    // A window that is closed goes as it was last seen.
    let last = use_mut_ref(|| None::<Shown>);
    let node = use_node_ref();
    let front = now.as_ref().is_some_and(|shown| shown.front);
    use_focus(&node, front);
    use_leave(&node, props.leaving, &props.ongone, id);
    if now.is_some() {
        last.borrow_mut().clone_from(&now);
    }
    let Some(Shown { window, depth, first, .. }) = last.borrow().clone() else { return Html::default() };

    let desktop = gestures.desktop.clone();
    let raise = move || {
        let now = desktop.get();
        // Whoever heard the event before may have put the window in the dock.
        if now.get(id).is_some_and(|window| !window.minimised) && !now.is_front(id) {
            desktop.update(|desktop| desktop.focus(id));
        }
    };
    let onpointerdown = {
        let raise = raise.clone();
        Callback::from(move |_: PointerEvent| raise())
    };
    let onkeydown = {
        let raise = raise.clone();
        // A key that the shell has used may have brought another window to the front.
        Callback::from(move |event: KeyboardEvent| {
            if !event.default_prevented() {
                raise();
            }
        })
    };
    let onfocusin = Callback::from(move |event: FocusEvent| {
        if is_from_another_window(&event, id) {
            raise();
        }
    });
    let onanimationend = {
        let (leaving, ongone) = (props.leaving, props.ongone.clone());
        Callback::from(move |event: AnimationEvent| {
            if leaving && event.animation_name() == "window-leave" {
                ongone.emit(id);
            }
        })
    };
    let flag = |set: bool| set.then_some("true");
    let root = props.compact && first && is_root(&window.app);
    let edges = !props.compact && !props.leaving && window.mode != Mode::Maximised;
    html! {
        <section ref={node} id={format!("window-{id}")} class="window" tabindex="-1" aria-label={window.title.clone()}
            style={style(window.bounds, depth, props.compact)} data-mode={window.mode.name()} data-focused={flag(front)}
            data-minimised={flag(window.minimised)} data-dragging={flag(dragged)} data-leaving={flag(props.leaving)} data-root={flag(root)}
            {onpointerdown} {onkeydown} {onfocusin} {onanimationend}>
            <div class="window__surface">
                <TitleBar window={id} title={window.title.clone()} mode={window.mode} compact={props.compact} {root}
                    gestures={gestures.clone()} />
                <div class="window__body">
                    <Body content={window.content()} body={props.body.clone()} />
                </div>
            </div>
            if edges {
                <Edges window={id} gestures={gestures.clone()} />
            }
        </section>
    }
}

fn style(bounds: Rect, depth: usize, compact: bool) -> String {
    // Every other place is free for what lies between two windows.
    let z = (depth + 1) * 2;
    if compact {
        return format!("z-index:{z}");
    }
    let Rect { x, y, w, h } = bounds;
    format!("translate:{x}px {y}px;width:{w}px;height:{h}px;z-index:{z}")
}

/// The keyboard follows the window in front, unless it is in it already.
#[hook]
fn use_focus(node: &NodeRef, front: bool) {
    let node = node.clone();
    use_effect_with(front, move |front| {
        let Some(frame) = node.cast::<HtmlElement>().filter(|_| *front) else { return };
        let active = frame.owner_document().and_then(|document| document.active_element());
        if !frame.contains(active.as_ref().map(AsRef::<Node>::as_ref)) {
            let _ = frame.focus_with_options(&quietly(!follows_a_key()));
        }
    });
}

/// Options of a focus, with no ring where nobody moved it by a key.
fn quietly(quiet: bool) -> FocusOptions {
    let options = FocusOptions::new();
    if quiet {
        // A browser that does not know it draws the ring.
        let _ = js_sys::Reflect::set(&options, &"focusVisible".into(), &false.into());
    }
    options
}

/// Where nothing moves there is no end of an animation to wait for.
#[hook]
fn use_leave(node: &NodeRef, leaving: bool, ongone: &Callback<WindowId>, id: WindowId) {
    let (node, ongone) = (node.clone(), ongone.clone());
    use_effect_with(leaving, move |leaving| {
        let Some(frame) = node.cast::<Element>().filter(|_| *leaving) else { return };
        let style = web_sys::window().and_then(|window| window.get_computed_style(&frame).ok().flatten());
        let says = |property| style.as_ref().and_then(|style| style.get_property_value(property).ok());
        let moves = says("animation-name").as_deref() == Some("window-leave")
            && says("animation-duration").as_deref() != Some("0s");
        if !moves {
            ongone.emit(id);
        }
    });
}

/// Focus that a dialog gives back, or that a page script sets, says nothing about which window a person wants.
fn is_from_another_window(event: &FocusEvent, id: WindowId) -> bool {
    use wasm_bindgen::JsCast;
    let from = event.related_target().and_then(|from| from.dyn_into::<Element>().ok());
    let window = from.and_then(|from| from.closest(".window").ok().flatten());
    window.is_some_and(|window| window.id() != format!("window-{id}"))
}

#[derive(Properties, PartialEq)]
struct BodyProps {
    content: Content,
    body: Callback<Content, Html>,
}

/// The app; a component of its own, so that moving its window does not render it again.
#[component]
fn Body(props: &BodyProps) -> Html {
    props.body.emit(props.content.clone())
}

#[derive(Properties, PartialEq)]
struct EdgesProps {
    window: WindowId,
    gestures: Gestures,
}

#[component]
fn Edges(props: &EdgesProps) -> Html {
    let edge = |edge: Edge| {
        let (gestures, window) = (props.gestures.clone(), props.window);
        let onpointerdown =
            Callback::from(move |event: PointerEvent| gestures.begin(&event, window, Gesture::Resize(edge)));
        let class = classes!("window__edge", format!("window__edge--{}", edge.name()));
        html! { <div key={edge.name()} {class} {onpointerdown}></div> }
    };
    html! { <div class="window__edges" aria-hidden="true">{ for Edge::ALL.map(edge) }</div> }
}
