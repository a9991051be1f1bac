//! How the desktop is to behave for its person, on every screen: what it opens with, what it calls them for.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use yew::prelude::*;

use crate::kernel::Kernel;
use crate::store::{Pops, use_slice};

/// Under which name the kernel keeps it.
pub const PREFERENCE: &str = "desktop.habits";

/// See the module.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Habits {
    /// The windows of the last visit are opened again.
    pub restore: bool,
    /// A notice shows itself when an agent is done.
    pub done: bool,
    /// A notice shows itself when an agent has failed.
    pub failed: bool,
    /// The operating system shows notices while the page is out of sight.
    pub system: bool,
}

impl Default for Habits {
    fn default() -> Self {
        Habits { restore: true, done: true, failed: true, system: false }
    }
}

impl Habits {
    /// What was kept; the usual where nothing was, or nothing that this program knows.
    pub fn read(kept: &Value) -> Habits {
        serde_json::from_value(kept.clone()).unwrap_or_default()
    }

    pub fn pops(self) -> Pops {
        Pops { done: self.done, failed: self.failed }
    }
}

impl Kernel {
    pub fn keep_habits(&self, habits: Habits) {
        self.keep(PREFERENCE, json!(habits));
    }
}

/// The habits, `None` until they are known.
#[hook]
pub fn use_habits(kernel: &Kernel) -> Option<Habits> {
    let kept = use_slice(&kernel.preference(PREFERENCE));
    kept.as_ref().as_ref().map(|(value, _)| Habits::read(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_never_set_is_the_usual() {
        assert_eq!(Habits::read(&Value::Null), Habits::default());
        assert_eq!(Habits::read(&json!({"done": false, "later": 1})), Habits { done: false, ..Habits::default() });
        let habits = Habits { restore: false, done: true, failed: false, system: true };
        assert_eq!(Habits::read(&json!(habits)), habits);
    }
}
