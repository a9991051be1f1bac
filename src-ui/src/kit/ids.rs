//! Ids that tie a control to its label.

use std::cell::Cell;

use yew::prelude::*;

thread_local! {
    static NEXT: Cell<u64> = const { Cell::new(1) };
}

/// An id that no other element has, the same for as long as the component lives.
#[hook]
pub fn use_id(prefix: &'static str) -> AttrValue {
    (*use_memo((), move |()| {
        let id = NEXT.get();
        NEXT.set(id + 1);
        AttrValue::from(format!("{prefix}-{id}"))
    }))
    .clone()
}

/// What ARIA calls yes and no.
pub(super) const fn yes_no(on: bool) -> &'static str {
    if on { "true" } else { "false" }
}
