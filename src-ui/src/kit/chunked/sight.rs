//! What of a list is drawn, as it is scrolled and as it grows.

use std::ops::Range;

use web_sys::Element;
use yew::prelude::*;

use super::chunk::Grouping;
use super::room::Room;
use crate::kit::browser::SizeWatch;

/// What may be in sight until that is known, in pixels.
const LIKELY: f64 = 1_000.0;

/// The chunks that are drawn, and the room of the others.
pub(super) struct Sight {
    room: Room,
    drawn: Range<i64>,
    /// How tall the part in sight is, in pixels.
    tall: f64,
}

/// What to draw.
pub(super) struct Drawn {
    pub chunks: Vec<(i64, Range<usize>)>,
    /// The room of what is not drawn, in pixels.
    pub above: f64,
    pub below: f64,
}

impl Sight {
    /// Takes what the list is now. Whoever is at the end sees what is added there.
    fn settle(&mut self, grouping: Grouping, row_height: f64, from_end: bool, at_end: bool) -> Drawn {
        self.room.grouping = grouping;
        self.room.row_height = row_height;
        let all = grouping.chunks();
        self.drawn = self.drawn.start.max(all.start)..self.drawn.end.min(all.end);
        let last = self.room.near(self.room.whole() - self.tall, self.tall);
        if self.drawn.is_empty() {
            self.drawn = if from_end { last } else { self.room.near(0.0, self.tall) };
        } else if at_end {
            self.drawn = self.drawn.start.max(last.start)..last.end;
        }
        Drawn {
            chunks: self.drawn.clone().map(|chunk| (chunk, grouping.rows(chunk))).collect(),
            above: self.room.top(self.drawn.start),
            below: (self.room.whole() - self.room.top(self.drawn.end)).max(0.0),
        }
    }

    /// Measures what is drawn, and says whether other chunks have to be.
    fn look(&mut self, scroller: &Element) -> bool {
        for (chunk, element) in drawn(scroller) {
            self.room.measure(chunk, element.get_bounding_client_rect().height());
        }
        let tall = f64::from(scroller.client_height());
        if tall == 0.0 {
            return false;
        }
        self.tall = tall;
        let near = self.room.near(f64::from(scroller.scroll_top()), tall);
        let other = near != self.drawn;
        self.drawn = near;
        other
    }
}

/// The chunks that are in the page, in their order.
fn drawn(scroller: &Element) -> Vec<(i64, Element)> {
    let children = scroller.first_element_child().map(|rows| rows.children());
    let all = children.into_iter().flat_map(|all| (0..all.length()).filter_map(move |index| all.item(index)));
    all.filter_map(|child| Some((child.get_attribute("data-chunk")?.parse().ok()?, child))).collect()
}

/// What to draw of a list, and what to call when it was scrolled. `stuck`: it stays at its end.
#[hook]
pub(super) fn use_sight(
    scroller: &NodeRef,
    grouping: Grouping,
    row_height: f64,
    stick_to_bottom: bool,
    stuck: bool,
) -> (Drawn, Callback<()>) {
    let sight = use_mut_ref(|| Sight { room: Room::default(), drawn: 0..0, tall: LIKELY });
    let update = use_force_update();
    let look = {
        let (scroller, sight) = (scroller.clone(), sight.clone());
        use_callback((), move |(), ()| {
            let Some(root) = scroller.cast::<Element>() else { return };
            let other = sight.borrow_mut().look(&root);
            if other {
                update.force_update();
            }
        })
    };
    use_anchor(scroller, !stuck);
    {
        let (scroller, look) = (scroller.clone(), look.clone());
        use_effect_with((), move |()| {
            let root = scroller.cast::<Element>();
            let rows = root.as_ref().and_then(Element::first_element_child);
            let watch = |element: Element| {
                let look = look.clone();
                SizeWatch::new(&element, move || look.emit(()))
            };
            let watches: Vec<_> = root.into_iter().chain(rows).filter_map(watch).collect();
            move || drop(watches)
        });
    }
    let drawn = sight.borrow_mut().settle(grouping, row_height, stick_to_bottom, stuck);
    (drawn, look)
}

/// While `held`, what is in sight stays where it is, however tall what is above it turns out to be. Most browsers see to
/// that themselves except at the very top; WebKit does not.
#[hook]
fn use_anchor(scroller: &NodeRef, held: bool) {
    let root = scroller.cast::<Element>().filter(|root| held && (root.scroll_top() <= 1 || !anchors(root)));
    let anchor = root.as_ref().and_then(first_in_sight);
    use_effect(move || {
        let (Some(root), Some((chunk, was))) = (root, anchor) else { return };
        let now =
            drawn(&root).into_iter().find(|(other, _)| *other == chunk).map(|(_, element)| place(&root, &element));
        if let Some(moved) = now.map(|now| now - was).filter(|moved| moved.abs() >= 1.0) {
            root.set_scroll_top(root.scroll_top() + moved.round() as i32);
        }
    });
}

fn first_in_sight(root: &Element) -> Option<(i64, f64)> {
    let below_top = |(_, element): &(i64, Element)| place(root, element) + f64::from(element.client_height()) > 0.0;
    drawn(root).into_iter().find(below_top).map(|(chunk, element)| (chunk, place(root, &element)))
}

/// How far below the top of the part in sight an element begins.
fn place(root: &Element, element: &Element) -> f64 {
    element.get_bounding_client_rect().y() - root.get_bounding_client_rect().y()
}

/// Whether the browser keeps what is in sight where it is.
fn anchors(root: &Element) -> bool {
    let style = web_sys::window().and_then(|window| window.get_computed_style(root).ok().flatten());
    style.and_then(|style| style.get_property_value("overflow-anchor").ok()).is_some_and(|value| !value.is_empty())
}
