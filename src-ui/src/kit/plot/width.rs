//! How wide an element is, as long as it is there.

use web_sys::Element;
use yew::prelude::*;

use crate::kit::browser::SizeWatch;

/// The element's width in pixels; `fallback` until it is there.
#[hook]
pub(super) fn use_width(node: &NodeRef, fallback: f64) -> f64 {
    let width = use_state(|| fallback);
    let (node, setter) = (node.clone(), width.setter());
    use_effect_with((), move |()| {
        let watch = node.cast::<Element>().and_then(|element| {
            let watched = element.clone();
            SizeWatch::new(&element, move || {
                let now = watched.get_bounding_client_rect().width();
                if now > 0.0 {
                    setter.set(now.round());
                }
            })
        });
        move || drop(watch)
    });
    *width
}
