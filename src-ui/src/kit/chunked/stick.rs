//! Staying at the end while rows are added.

use web_sys::Element;
use yew::prelude::*;

use crate::kit::browser::SizeWatch;

/// Whether the end of the list is in sight. Within a few pixels: fractions of them stay behind on scaled screens.
pub(super) fn at_end(scrolled: f64, sight: f64, whole: f64) -> bool {
    whole - sight - scrolled <= 24.0
}

/// Where a list is scrolled to, in pixels.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Scrolled {
    pub top: f64,
    pub sight: f64,
    pub whole: f64,
}

/// Whether the end is stuck to after a scroll. A person leaves it by going up; a list that got shorter moves up by itself.
pub(super) fn sticks(stuck: bool, before: Scrolled, now: Scrolled) -> bool {
    if at_end(now.top, now.sight, now.whole) {
        return true;
    }
    let went_up = now.top < before.top - 1.0 && now.whole >= before.whole && now.sight <= before.sight;
    stuck && !went_up
}

/// Rows that came since the end was last in sight.
pub(super) fn unseen(seen: usize, count: usize, at_end: bool) -> usize {
    if at_end { 0 } else { count.saturating_sub(seen) }
}

/// While `stuck`, whatever makes the rows taller or shorter leaves the end in sight.
#[hook]
pub(super) fn use_stick(scroller: &NodeRef, stuck: bool) {
    let scroller = scroller.clone();
    use_effect_with(stuck, move |stuck| {
        let root = scroller.cast::<Element>().filter(|_| *stuck);
        let rows = root.as_ref().and_then(Element::first_element_child);
        let watches: Vec<_> = root.iter().chain(rows.iter()).filter_map(|element| to_end_of(&root, element)).collect();
        move || drop(watches)
    });
}

/// Scrolls to the end now, and whenever the size of `element` changes.
fn to_end_of(root: &Option<Element>, element: &Element) -> Option<SizeWatch> {
    let root = root.clone()?;
    root.set_scroll_top(root.scroll_height());
    SizeWatch::new(element, move || root.set_scroll_top(root.scroll_height()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_is_the_end_within_a_few_pixels() {
        assert!(at_end(900.4, 100.0, 1000.0));
        assert!(at_end(880.0, 100.0, 1000.0));
        assert!(!at_end(800.0, 100.0, 1000.0));
        assert!(at_end(0.0, 100.0, 40.0));
    }

    #[test]
    fn only_a_person_who_goes_up_leaves_the_end() {
        let at = |top: f64, whole: f64| Scrolled { top, sight: 100.0, whole };
        assert!(sticks(true, at(900.0, 1000.0), at(900.0, 1400.0)), "rows came");
        assert!(sticks(true, at(900.0, 1000.0), at(500.0, 800.0)), "rows above turned out shorter");
        assert!(!sticks(true, at(900.0, 1000.0), at(850.0, 1000.0)), "scrolled up");
        assert!(!sticks(true, at(900.0, 1000.0), at(850.0, 1400.0)), "scrolled up while rows came");
        assert!(!sticks(false, at(100.0, 1000.0), at(300.0, 1000.0)), "on the way down");
        assert!(sticks(false, at(100.0, 1000.0), at(900.0, 1000.0)), "back at the end");
    }

    #[test]
    fn new_rows_count_only_while_the_end_is_out_of_sight() {
        assert_eq!(unseen(10, 13, false), 3);
        assert_eq!(unseen(10, 13, true), 0);
        assert_eq!(unseen(10, 4, false), 0);
    }
}
