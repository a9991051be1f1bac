//! Where the keyboard's focus may go, and where it goes back to.

use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement, Node};
use yew::prelude::*;

const FOCUSABLE: &str = "a[href], button:not([disabled]), input:not([disabled]), select:not([disabled]), \
     textarea:not([disabled]), summary, [tabindex]:not([tabindex='-1'])";

/// What inside `root` the Tab key reaches, in order.
pub fn focusable(root: &Element) -> Vec<HtmlElement> {
    let Ok(found) = root.query_selector_all(FOCUSABLE) else { return Vec::new() };
    (0..found.length())
        .filter_map(|index| found.item(index)?.dyn_into::<HtmlElement>().ok())
        .filter(|element| element.tab_index() >= 0 && (element.offset_width() > 0 || element.offset_height() > 0))
        .collect()
}

/// The element that has the focus.
pub fn focused() -> Option<HtmlElement> {
    web_sys::window()?.document()?.active_element()?.dyn_into().ok()
}

/// When the component goes, the focus returns from `node` to where it was before. Call it outside the portal: what is
/// inside takes the focus before its own parent could see where it was.
#[hook]
pub fn use_focus_return(node: &NodeRef, wanted: bool) {
    let node = node.clone();
    use_effect_with((), move |()| {
        let before = if wanted { focused() } else { None };
        move || {
            let Some(before) = before else { return };
            let lost = match (focused(), node.cast::<Node>()) {
                (Some(now), Some(own)) => now.tag_name() == "BODY" || own.contains(Some(&now)),
                (Some(now), None) => now.tag_name() == "BODY",
                (None, _) => true,
            };
            if lost && before.is_connected() {
                let _ = before.focus();
            }
        }
    });
}

/// Moves the focus round inside `root`; true if the key was for that.
pub(super) fn keep_inside(root: &Element, backwards: bool) -> bool {
    let reachable = focusable(root);
    let (Some(first), Some(last)) = (reachable.first(), reachable.last()) else { return true };
    let now = focused();
    let inside = now.as_ref().is_some_and(|now| root.contains(Some(now)));
    let at = |edge: &HtmlElement| now.as_ref() == Some(edge);
    let target = match (backwards, inside) {
        (true, true) if at(first) || now.as_ref().is_some_and(|now| now.is_same_node(Some(root))) => last,
        (false, true) if at(last) => first,
        (_, false) => first,
        _ => return false,
    };
    let _ = target.focus();
    true
}
