//! Keeps one thing of this screen's with the kernel, and does not lose it to a page that goes.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use serde_json::Value;
use wasm_bindgen_futures::spawn_local;

use super::unsent::{self, Unsent};
use crate::kernel::Kernel;
use crate::kit::browser::Timeout;

/// How long it must have stayed the same before it is kept.
const STILL: i32 = 400;

/// See the module.
pub struct Keeper {
    kernel: Kernel,
    key: &'static str,
    user: String,
    now: Box<dyn Fn() -> Value>,
    /// What the kernel has, as far as this screen knows: what it was told last, or told of.
    told: RefCell<Value>,
    /// Writes that are not answered yet.
    open: Cell<u32>,
    due: RefCell<Option<Timeout>>,
}

impl Keeper {
    /// `told` is what the kernel has; `now` gives what it should have.
    pub fn new(
        kernel: Kernel,
        key: &'static str,
        user: &str,
        told: Value,
        now: impl Fn() -> Value + 'static,
    ) -> Rc<Keeper> {
        Rc::new(Keeper {
            kernel,
            key,
            user: user.to_owned(),
            now: Box::new(now),
            told: RefCell::new(told),
            open: Cell::new(0),
            due: RefCell::default(),
        })
    }

    /// True while a change waits to be kept.
    pub fn is_due(&self) -> bool {
        self.due.borrow().is_some()
    }

    /// Another screen has told the kernel this, and this screen follows.
    pub fn agree(&self, told: Value) {
        self.told.replace(told);
    }

    /// It has changed: it is kept once it has stayed the same for a while.
    pub fn touch(self: &Rc<Self>) {
        let keeper = Rc::downgrade(self);
        let timer = Timeout::new(STILL, move || {
            if let Some(keeper) = keeper.upgrade() {
                keeper.save();
            }
        });
        self.due.replace(timer);
    }

    /// Tells the kernel now, if there is something to tell.
    pub fn save(self: &Rc<Self>) {
        self.due.take();
        let value = (self.now)();
        if self.told.replace(value.clone()) == value {
            return;
        }
        self.open.set(self.open.get() + 1);
        let keeper = self.clone();
        spawn_local(async move {
            let taken = keeper.kernel.write_preference(keeper.key, value.clone()).await.is_ok();
            keeper.open.set(keeper.open.get() - 1);
            if !taken && *keeper.told.borrow() == value {
                // The next change, or the page's end, tells it again.
                keeper.told.replace(Value::Null);
            } else if keeper.open.get() == 0 {
                unsent::forget(keeper.key);
            }
        });
    }

    /// The page may be gone before the kernel has heard.
    pub fn leave(self: &Rc<Self>) {
        let (told, value) = (self.told.borrow().clone(), (self.now)());
        if self.open.get() > 0 || told != value {
            let kept = self.kernel.store().preferences.of(self.key).get();
            let rev = kept.as_ref().as_ref().map_or(0, |(_, rev)| *rev);
            Unsent { user: self.user.clone(), rev, told, value }.leave(self.key);
        }
        self.save();
    }
}
