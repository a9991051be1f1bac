//! Choosing with a band that is drawn around entries.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use wasm_bindgen::JsCast;
use web_sys::{Element, Event, KeyboardEvent, PointerEvent};
use yew::prelude::*;

use super::cabinet::Cabinet;
use super::field::Field;
use super::selection::{How, Selection};
use crate::kit::browser::Listener;
use crate::wm::{Point, Rect};

/// How far the pointer goes before a press is more than a click.
const THRESHOLD: f64 = 4.0;
/// How far the entries go for each move of a pointer that is beyond them.
const SCROLL: i32 = 16;
/// What a press on is a press on the entry itself.
const HELD: &str = ".entry__name, .entry__icon, .entry__picture, .entry--selected, .listing__head, button, input";

/// The band of a list of entries.
pub struct Bands {
    /// Where it is drawn, from the corner of the rows.
    pub shown: Option<Rect>,
    pub begin: Callback<PointerEvent>,
    /// True once for the click by which a band ends: it is no press on the background.
    pub ended: Rc<Cell<bool>>,
}

/// One band, from its press to its end.
struct Drag {
    cabinet: Cabinet,
    list: Element,
    rows: Element,
    from: Point,
    before: Selection,
    /// What was chosen when the pointer was pressed, for Escape.
    undone: Selection,
    field: Rc<RefCell<Field>>,
    shown: UseStateSetter<Option<Rect>>,
    drawn: Rc<Cell<bool>>,
}

/// Draws bands in a list whose rows lie as `field` says. With `off` there are none.
#[hook]
pub fn use_band(cabinet: &Cabinet, node: &NodeRef, field: Field, off: bool) -> Bands {
    let shown = use_state(|| None::<Rect>);
    let now = use_mut_ref(|| field);
    *now.borrow_mut() = field;
    let listeners = use_mut_ref(Vec::<Listener>::new);
    let drawn = (*use_memo((), |()| Rc::new(Cell::new(false)))).clone();
    {
        let listeners = listeners.clone();
        use_effect_with((), move |()| move || listeners.borrow_mut().clear());
    }
    let begin = {
        let (cabinet, node, shown, drawn) = (cabinet.clone(), node.clone(), shown.setter(), drawn.clone());
        Callback::from(move |event: PointerEvent| {
            let (Some(list), false) = (node.cast::<Element>(), off) else { return };
            let Some(rows) = list.query_selector(".listing__rows").ok().flatten() else { return };
            drawn.set(false);
            if !may_begin(&event, &list) {
                return;
            }
            let undone = cabinet.state().get().selection.clone();
            let adds = event.shift_key() || event.ctrl_key() || event.meta_key();
            let drag = Drag {
                cabinet: cabinet.clone(),
                from: place(&event, &rows),
                before: if adds { undone.clone() } else { Selection::default() },
                undone,
                list,
                rows,
                field: now.clone(),
                shown: shown.clone(),
                drawn: drawn.clone(),
            };
            listen(Rc::new(drag), &listeners);
        })
    };
    Bands { shown: *shown, begin, ended: drawn }
}

fn may_begin(event: &PointerEvent, list: &Element) -> bool {
    let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
    let held = target.is_none_or(|target| target.closest(HELD).ok().flatten().is_some());
    let corner = list.get_bounding_client_rect();
    // Beyond it is the scroll bar.
    let inside = f64::from(event.client_x()) < corner.left() + f64::from(list.client_width());
    event.button() == 0 && event.pointer_type() == "mouse" && !held && inside
}

fn listen(drag: Rc<Drag>, listeners: &Rc<RefCell<Vec<Listener>>>) {
    let Some(document) = drag.list.owner_document() else { return };
    let (moved, ended, cancelled, put_back) = (drag.clone(), drag.clone(), drag.clone(), drag);
    let (until, until_too, until_escape) = (listeners.clone(), listeners.clone(), listeners.clone());
    let heard = vec![
        Listener::new(&document, "pointermove", move |event| {
            if let Some(event) = event.dyn_ref::<PointerEvent>() {
                moved.follow(event);
            }
        }),
        Listener::new(&document, "pointerup", move |event| {
            until.borrow_mut().clear();
            ended.end(event.dyn_ref::<PointerEvent>());
        }),
        // Where a band is drawn no entry is taken along.
        Listener::intercepting(&document, "dragstart", move |event: Event| {
            event.prevent_default();
            event.stop_propagation();
        }),
        Listener::intercepting(&document, "pointercancel", move |_| {
            until_too.borrow_mut().clear();
            cancelled.end(None);
        }),
        Listener::intercepting(&document, "keydown", move |event| {
            if event.dyn_ref::<KeyboardEvent>().is_some_and(|event| event.key() == "Escape") {
                event.stop_propagation();
                until_escape.borrow_mut().clear();
                put_back.put_back();
            }
        }),
    ];
    listeners.replace(heard);
}

impl Drag {
    fn follow(&self, event: &PointerEvent) {
        let to = place(event, &self.rows);
        if !self.drawn.get() && (to.x - self.from.x).hypot(to.y - self.from.y) < THRESHOLD {
            return;
        }
        self.drawn.set(true);
        self.scroll(f64::from(event.client_y()));
        let (band, touched) = self.touched(to);
        self.shown.set(Some(band));
        self.cabinet.update(|state| state.choose_these(&touched, &self.before));
    }

    fn touched(&self, to: Point) -> (Rect, Vec<usize>) {
        let (x, y) = (self.from.x.min(to.x), self.from.y.min(to.y));
        let band = Rect::new(x, y, (self.from.x - to.x).abs(), (self.from.y - to.y).abs());
        (band, self.field.borrow().touched(band, f64::from(self.rows.client_width())))
    }

    fn scroll(&self, y: f64) {
        let sight = self.list.get_bounding_client_rect();
        if y < sight.top() {
            self.list.set_scroll_top(self.list.scroll_top() - SCROLL);
        } else if y > sight.bottom() {
            self.list.set_scroll_top(self.list.scroll_top() + SCROLL);
        }
    }

    /// The keyboard goes on from where the pointer was let go.
    fn end(&self, event: Option<&PointerEvent>) {
        self.shown.set(None);
        let Some(to) = event.filter(|_| self.drawn.get()).map(|event| place(event, &self.rows)) else { return };
        let (_, touched) = self.touched(to);
        let nearest = if to.y < self.from.y { touched.first() } else { touched.last() };
        if let Some(nearest) = nearest.copied() {
            self.cabinet.update(|state| state.choose(nearest, How::Keep));
        }
    }

    fn put_back(&self) {
        self.shown.set(None);
        self.cabinet.update(|state| state.selection = self.undone.clone());
    }
}

fn place(event: &PointerEvent, rows: &Element) -> Point {
    let corner = rows.get_bounding_client_rect();
    Point { x: f64::from(event.client_x()) - corner.left(), y: f64::from(event.client_y()) - corner.top() }
}
