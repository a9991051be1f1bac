//! A change that the page could not hand to the kernel before it went: kept in the browser, and taken up by the next page.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::kit::browser::storage;

/// See the module.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Unsent {
    /// Whose it is: another person of the same browser has no part in it.
    pub user: String,
    /// The newest revision that the page had heard of.
    pub rev: u64,
    /// What the page had told the kernel before, whose answer may have been lost with it.
    pub told: Value,
    pub value: Value,
}

impl Unsent {
    /// The change, unless somebody has kept something else since.
    pub fn over(self, user: &str, kept: &Value, rev: u64) -> Option<Value> {
        let newest = rev == self.rev || *kept == self.told;
        (newest && user == self.user).then_some(self.value)
    }

    /// What a page left for this key; it is left no longer.
    pub fn take(key: &str) -> Option<Unsent> {
        let text = storage()?.get_item(&name(key)).ok()??;
        forget(key);
        serde_json::from_str(&text).ok()
    }

    /// Leaves it for the next page. A browser that keeps nothing comes back with what the kernel has.
    pub fn leave(&self, key: &str) {
        if let (Some(storage), Ok(text)) = (storage(), serde_json::to_string(self)) {
            let _ = storage.set_item(&name(key), &text);
        }
    }
}

/// The kernel has it after all.
pub fn forget(key: &str) {
    if let Some(storage) = storage() {
        // One that cannot be removed was never left.
        let _ = storage.remove_item(&name(key));
    }
}

fn name(key: &str) -> String {
    format!("aether.unsent.{key}")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn left() -> Unsent {
        Unsent { user: "ada".into(), rev: 4, told: json!("before"), value: json!("after") }
    }

    #[test]
    fn a_change_that_nobody_was_told_of_comes_back() {
        assert_eq!(left().over("ada", &json!("older"), 4), Some(json!("after")));
    }

    #[test]
    fn a_change_comes_back_over_the_one_before_it_though_its_answer_was_lost() {
        assert_eq!(left().over("ada", &json!("before"), 5), Some(json!("after")));
    }

    #[test]
    fn what_another_screen_has_kept_since_stays_and_nobody_gets_what_is_somebody_elses() {
        assert_eq!(left().over("ada", &json!("of another screen"), 5), None);
        assert_eq!(left().over("bob", &json!("older"), 4), None);
    }
}
