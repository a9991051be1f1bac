//! How wide an element is, as long as it is there.

use wasm_bindgen::{JsCast, prelude::Closure};
use web_sys::{Element, ResizeObserver};
use yew::prelude::*;

/// The element's width in pixels; `fallback` until it is there.
#[hook]
pub(super) fn use_width(node: &NodeRef, fallback: f64) -> f64 {
    let width = use_state(|| fallback);
    let (node, setter) = (node.clone(), width.setter());
    use_effect_with((), move |()| {
        let watch = node.cast::<Element>().and_then(|element| {
            let watched = element.clone();
            let heard = Closure::<dyn FnMut()>::new(move || {
                let now = watched.get_bounding_client_rect().width();
                if now > 0.0 {
                    setter.set(now.round());
                }
            });
            let observer = ResizeObserver::new(heard.as_ref().unchecked_ref()).ok()?;
            observer.observe(&element);
            Some((observer, heard))
        });
        move || {
            if let Some((observer, heard)) = watch {
                observer.disconnect();
                drop(heard);
            }
        }
    });
    *width
}
