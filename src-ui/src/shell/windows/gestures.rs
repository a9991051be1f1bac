//! The pointer on windows: from a press on a title bar or an edge to its end.

use std::cell::RefCell;
use std::rc::Rc;

use wasm_bindgen::JsCast;
use web_sys::{Document, Element, Event, KeyboardEvent, PointerEvent};
use yew::NodeRef;

use crate::kit::browser::Listener;
use crate::store::Slice;
use crate::wm::{Desktop, Drag, Gesture, Point, WindowId};

/// The one gesture that may be under way in a layer; clones are the same.
#[derive(Clone)]
pub(super) struct Gestures {
    pub(super) desktop: Slice<Desktop>,
    pub(super) drag: Slice<Option<Drag>>,
    layer: NodeRef,
    /// They hear the pointer for as long as the gesture goes on, so that nothing is heard at other times.
    listeners: Rc<RefCell<Vec<Listener>>>,
}

impl PartialEq for Gestures {
    fn eq(&self, other: &Self) -> bool {
        self.desktop == other.desktop && Rc::ptr_eq(&self.listeners, &other.listeners)
    }
}

impl Gestures {
    pub(super) fn new(desktop: Slice<Desktop>, layer: NodeRef) -> Self {
        Gestures { desktop, drag: Slice::default(), layer, listeners: Rc::default() }
    }

    /// The pointer was pressed on what `gesture` is done with.
    pub(super) fn begin(&self, event: &PointerEvent, window: WindowId, gesture: Gesture) {
        if event.button() != 0 || !event.is_primary() || self.drag.get().is_some() {
            return;
        }
        let Some(layer) = self.layer.cast::<Element>() else { return };
        let Some(document) = layer.owner_document() else { return };
        let corner = layer.get_bounding_client_rect();
        let corner = Point { x: corner.left(), y: corner.top() };
        let mut drag = None;
        self.desktop.update(|desktop| drag = Drag::start(desktop, window, gesture, point(event, corner)));
        if drag.is_none() {
            return;
        }
        self.drag.set(drag);
        capture(event);
        self.listeners.replace(self.listen(&document, event.pointer_id(), corner));
    }

    fn listen(&self, document: &Document, pointer: i32, corner: Point) -> Vec<Listener> {
        let of_pointer =
            move |event: Event| event.dyn_into::<PointerEvent>().ok().filter(|event| event.pointer_id() == pointer);
        let moved = self.clone();
        let ended = self.clone();
        let taken = self.clone();
        let lost = self.clone();
        let escaped = self.clone();
        vec![
            Listener::new(document, "pointermove", move |event| {
                if let Some(event) = of_pointer(event) {
                    moved.update(point(&event, corner));
                }
            }),
            Listener::new(document, "pointerup", move |event| {
                if let Some(event) = of_pointer(event) {
                    ended.update(point(&event, corner));
                    ended.finish(Drag::end);
                }
            }),
            Listener::new(document, "pointercancel", move |event| {
                if of_pointer(event).is_some() {
                    taken.finish(Drag::cancel);
                }
            }),
            Listener::new(document, "lostpointercapture", move |event| {
                if of_pointer(event).is_some() {
                    lost.finish(Drag::cancel);
                }
            }),
            // On its way down: Escape ends the drag and nothing else that is open.
            Listener::capturing(document, "keydown", move |event| {
                if event.dyn_ref::<KeyboardEvent>().is_some_and(|event| event.key() == "Escape") {
                    event.stop_propagation();
                    escaped.finish(Drag::cancel);
                }
            }),
        ]
    }

    fn update(&self, to: Point) {
        let Some(mut drag) = self.drag.get().as_ref().clone() else { return };
        self.desktop.update(|desktop| drag.update(desktop, to));
        if self.drag.get().as_ref().as_ref() != Some(&drag) {
            self.drag.set(Some(drag));
        }
    }

    /// Ends the gesture as `how` says.
    pub(super) fn finish(&self, how: impl FnOnce(Drag, &mut Desktop)) {
        drop(self.listeners.take());
        let Some(drag) = self.drag.get().as_ref().clone() else { return };
        self.drag.set(None);
        self.desktop.update(|desktop| how(drag, desktop));
    }
}

fn point(event: &PointerEvent, corner: Point) -> Point {
    Point { x: f64::from(event.client_x()) - corner.x, y: f64::from(event.client_y()) - corner.y }
}

/// From now on the pointer is heard wherever it goes, over frames of other pages too.
fn capture(event: &PointerEvent) {
    let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
    let held = target.and_then(|target| target.closest(".window__bar, .window__edge").ok().flatten());
    if let Some(held) = held {
        // It fails only for a pointer that is already gone; its end is then heard as a lost capture.
        let _ = held.set_pointer_capture(event.pointer_id());
    }
}
