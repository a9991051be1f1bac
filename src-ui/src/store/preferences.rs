//! What the kernel keeps for this person's screens: the places of windows, the theme.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use serde_json::Value;

use super::Slice;

/// One preference: its value and its revision.
pub type Kept = Option<(Value, u64)>;

/// The preferences that this screen uses, by key.
#[derive(Clone, Default)]
pub struct Preferences(Rc<RefCell<BTreeMap<String, Slice<Kept>>>>);

impl Preferences {
    /// The slice of one preference.
    pub fn of(&self, key: &str) -> Slice<Kept> {
        self.0.borrow_mut().entry(key.to_owned()).or_default().clone()
    }

    /// Takes in a value, if it is newer than what is known.
    pub fn heard(&self, key: &str, value: Option<Value>, rev: u64) {
        let slice = self.of(key);
        let older = slice.get().as_ref().as_ref().is_some_and(|(_, known)| *known >= rev);
        if !older {
            slice.set(value.map(|value| (value, rev)));
        }
    }

    pub fn clear(&self) {
        for slice in self.0.borrow().values() {
            slice.set(None);
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_newest_value_stays() {
        let preferences = Preferences::default();
        preferences.heard("theme", Some(json!("dark")), 2);
        preferences.heard("theme", Some(json!("light")), 1);
        assert_eq!(*preferences.of("theme").get(), Some((json!("dark"), 2)));
        preferences.heard("theme", None, 3);
        assert_eq!(*preferences.of("theme").get(), None);
    }
}
