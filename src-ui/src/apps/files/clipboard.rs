//! What was cut or copied, in whichever window of files; and what is being dragged.

use std::cell::RefCell;

use super::acts::Item;
use crate::store::Slice;

/// See the module.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Held {
    pub items: Vec<Item>,
    /// They go away from where they are.
    pub moves: bool,
}

thread_local! {
    static HELD: Slice<Held> = Slice::default();
    static DRAGGED: RefCell<Vec<Item>> = const { RefCell::new(Vec::new()) };
}

pub fn slice() -> Slice<Held> {
    HELD.with(Clone::clone)
}

pub fn held() -> Held {
    (*slice().get()).clone()
}

pub fn hold(held: Held) {
    slice().set(held);
}

/// Forgets it all: whoever comes next has no part in it.
pub fn forget() {
    hold(Held::default());
    drag(Vec::new());
}

/// A drag tells what it carries only where it ends; before that, this does.
pub fn drag(items: Vec<Item>) {
    DRAGGED.set(items);
}

pub fn dragged() -> Vec<Item> {
    DRAGGED.with_borrow(Clone::clone)
}
