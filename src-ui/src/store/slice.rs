//! One slice of the store: a value that few change and many look at.
//!
//! Changes are told to watchers once a frame, however many there were, so that ten thousand events a second cost sixty
//! renderings and not ten thousand.

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};

use yew::prelude::*;

use super::frame;

type Watcher = Rc<dyn Fn()>;

struct Inner<T> {
    value: RefCell<Rc<T>>,
    watchers: RefCell<Vec<(u64, Watcher)>>,
    next: Cell<u64>,
    due: Cell<bool>,
}

/// A handle to a slice; clones are the same slice.
pub struct Slice<T>(Rc<Inner<T>>);

impl<T> Clone for Slice<T> {
    fn clone(&self) -> Self {
        Slice(self.0.clone())
    }
}

impl<T> PartialEq for Slice<T> {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

impl<T: Default> Default for Slice<T> {
    fn default() -> Self {
        Slice::new(T::default())
    }
}

impl<T> Slice<T> {
    pub fn new(value: T) -> Self {
        Slice(Rc::new(Inner {
            value: RefCell::new(Rc::new(value)),
            watchers: RefCell::default(),
            next: Cell::new(0),
            due: Cell::new(false),
        }))
    }

    /// The value as it is now.
    pub fn get(&self) -> Rc<T> {
        self.0.value.borrow().clone()
    }
}

impl<T: Clone + 'static> Slice<T> {
    /// Changes the value; watchers hear of it in the next frame.
    pub fn update(&self, change: impl FnOnce(&mut T)) {
        change(Rc::make_mut(&mut self.0.value.borrow_mut()));
        self.tell();
    }

    /// Replaces the value.
    pub fn set(&self, value: T) {
        *self.0.value.borrow_mut() = Rc::new(value);
        self.tell();
    }

    fn tell(&self) {
        if self.0.due.replace(true) {
            return;
        }
        let inner = Rc::downgrade(&self.0);
        frame::next(move || {
            let Some(inner) = inner.upgrade() else { return };
            inner.due.set(false);
            let watchers: Vec<Watcher> = inner.watchers.borrow().iter().map(|(_, watcher)| watcher.clone()).collect();
            for watcher in watchers {
                watcher();
            }
        });
    }
}

impl<T: 'static> Slice<T> {
    /// Calls `watcher` after changes for as long as the answer is kept.
    pub fn watch(&self, watcher: impl Fn() + 'static) -> Watch {
        let id = self.0.next.get();
        self.0.next.set(id + 1);
        self.0.watchers.borrow_mut().push((id, Rc::new(watcher)));
        let inner: Weak<Inner<T>> = Rc::downgrade(&self.0);
        Watch::until(move || {
            if let Some(inner) = inner.upgrade() {
                inner.watchers.borrow_mut().retain(|(other, _)| *other != id);
            }
        })
    }
}

/// A watch on a slice: it ends when this is dropped.
pub struct Watch(Option<Box<dyn FnOnce()>>);

impl Watch {
    /// A watch that ends by calling this.
    pub(super) fn until(end: impl FnOnce() + 'static) -> Watch {
        Watch(Some(Box::new(end)))
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        if let Some(end) = self.0.take() {
            end();
        }
    }
}

/// The whole slice; the component renders again after every change.
#[hook]
pub fn use_slice<T: Clone + 'static>(slice: &Slice<T>) -> Rc<T> {
    let update = use_force_update();
    use_effect_with(slice.clone(), move |slice| {
        let watch = slice.watch(move || update.force_update());
        move || drop(watch)
    });
    slice.get()
}

/// What `select` makes of the slice; the component renders again only when that has changed.
#[hook]
pub fn use_select<T, S, F>(slice: &Slice<T>, select: F) -> S
where
    T: Clone + 'static,
    S: PartialEq + Clone + 'static,
    F: Fn(&T) -> S + 'static,
{
    let update = use_force_update();
    let shown = use_mut_ref(|| None::<S>);
    let selector = use_mut_ref(|| None::<Rc<dyn Fn(&T) -> S>>);
    let selected = select(&slice.get());
    *shown.borrow_mut() = Some(selected.clone());
    *selector.borrow_mut() = Some(Rc::new(select));
    use_effect_with(slice.clone(), move |slice| {
        let again = slice.clone();
        let check = move || {
            let Some(select) = selector.borrow().clone() else { return };
            let now = select(&again.get());
            let changed = shown.borrow().as_ref() != Some(&now);
            if changed {
                update.force_update();
            }
        };
        // It may have changed between rendering and now.
        check();
        let watch = slice.watch(check);
        move || drop(watch)
    });
    selected
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn watchers_hear_of_changes_until_they_are_dropped() {
        let slice = Slice::new(1);
        let heard = Rc::new(Cell::new(0));
        let count = heard.clone();
        let watch = slice.watch(move || count.set(count.get() + 1));
        slice.update(|value| *value += 1);
        assert_eq!((*slice.get(), heard.get()), (2, 1));
        drop(watch);
        slice.set(7);
        assert_eq!((*slice.get(), heard.get()), (7, 1));
    }

    #[test]
    fn whoever_holds_a_value_keeps_it_as_it_was() {
        let slice = Slice::new(vec![1]);
        let before = slice.get();
        slice.update(|value| value.push(2));
        assert_eq!((before.len(), slice.get().len()), (1, 2));
    }
}
