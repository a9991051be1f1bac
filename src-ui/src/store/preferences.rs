//! What the kernel keeps for this person's screens: the places of windows, the theme.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use aether_protocol::domains::preference::PreferenceLine;
use serde_json::Value;

use super::Slice;

/// One preference: its value, null where there is none, and its revision. `None` until it has been asked for.
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
            slice.set(Some((value.unwrap_or_default(), rev)));
        }
    }

    /// Shows a value that is on its way to the kernel; whatever the kernel says next replaces it.
    pub fn expect(&self, key: &str, value: Value) {
        let slice = self.of(key);
        let rev = slice.get().as_ref().as_ref().map_or(0, |(_, rev)| *rev);
        slice.set(Some((value, rev)));
    }

    /// What the kernel has of those that are known here, by a list of its revisions: the keys to read again, and the
    /// ones that are gone.
    pub fn differing(&self, listed: &[PreferenceLine]) -> (Vec<String>, Vec<String>) {
        let (mut newer, mut gone) = (Vec::new(), Vec::new());
        for (key, slice) in self.0.borrow().iter() {
            let Some((value, known)) = slice.get().as_ref().clone() else { continue };
            match listed.iter().find(|line| line.key == *key) {
                Some(line) if line.rev > known => newer.push(key.clone()),
                None if !value.is_null() => gone.push(key.clone()),
                Some(_) | None => {}
            }
        }
        (newer, gone)
    }

    /// Those that somebody looks at, and that could not be read yet.
    pub fn unread(&self) -> Vec<String> {
        self.0.borrow().iter().filter(|(_, slice)| slice.get().is_none()).map(|(key, _)| key.clone()).collect()
    }

    /// Takes in that the kernel has none with this key.
    pub fn gone(&self, key: &str) {
        self.of(key).set(Some((Value::Null, 0)));
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
        assert_eq!(*preferences.of("theme").get(), Some((Value::Null, 3)));
    }

    #[test]
    fn what_is_expected_gives_way_to_what_is_heard() {
        let preferences = Preferences::default();
        preferences.heard("theme", Some(json!("dark")), 2);
        preferences.expect("theme", json!("light"));
        preferences.heard("theme", Some(json!("dark")), 2);
        assert_eq!(*preferences.of("theme").get(), Some((json!("light"), 2)), "an echo of what was");
        preferences.heard("theme", Some(json!("system")), 3);
        assert_eq!(*preferences.of("theme").get(), Some((json!("system"), 3)));
    }

    #[test]
    fn what_changed_while_away_is_found_by_its_revision() {
        let preferences = Preferences::default();
        preferences.heard("same", Some(json!(1)), 4);
        preferences.heard("newer", Some(json!(1)), 4);
        preferences.heard("gone", Some(json!(1)), 4);
        preferences.heard("absent", None, 0);
        let _asked_for_by_nobody_yet = preferences.of("unknown");
        let line = |key: &str, rev| PreferenceLine { key: key.to_owned(), rev };
        let lists = [line("same", 4), line("newer", 5), line("unknown", 1)];
        assert_eq!(preferences.differing(&lists), (vec!["newer".to_owned()], vec!["gone".to_owned()]));
    }
}
