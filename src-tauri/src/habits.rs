//! What the person wants to be called for: the switches of the page's settings, which are one of their preferences.

use aether_protocol::domains::preference::Preference;
use serde::Deserialize;
use serde_json::{Value, json};

/// Under which name the page keeps them.
const PREFERENCE: &str = "desktop.habits";

/// The switches, as they were heard of last.
#[derive(Debug, Default)]
pub struct Habits {
    pub switches: Switches,
    rev: u64,
}

/// What the person wants to hear of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Switches {
    /// An agent is done.
    pub done: bool,
    /// An agent has failed, or its time is over.
    pub failed: bool,
}

impl Default for Switches {
    fn default() -> Switches {
        Switches { done: true, failed: true }
    }
}

#[derive(Deserialize)]
struct Answer {
    data: Preference,
}

impl Habits {
    /// What asks the kernel for them. Preferences stand in no welcome.
    pub fn question() -> Value {
        json!({ "type": "preference.get", "id": "habits", "key": PREFERENCE })
    }

    /// Takes the answer.
    pub fn answered(&mut self, frame: &str) {
        if let Ok(Answer { data }) = serde_json::from_str(frame) {
            self.changed(&data.key, data.value, data.rev);
        }
    }

    /// Takes what a preference is now: nothing where it is gone.
    pub fn changed(&mut self, key: &str, value: Value, rev: u64) {
        if key == PREFERENCE && rev >= self.rev {
            self.rev = rev;
            self.switches = serde_json::from_value(value).unwrap_or_default();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_switched_off_calls_nobody() {
        let mut habits = Habits::default();
        let now = |habits: &Habits| (habits.switches.done, habits.switches.failed);
        assert_eq!(now(&habits), (true, true));
        habits.changed(PREFERENCE, json!({ "restore": true, "done": false, "failed": true, "system": false }), 4);
        assert_eq!(now(&habits), (false, true));
        habits.changed(PREFERENCE, json!({ "failed": false }), 5);
        assert_eq!(now(&habits), (true, false));
        habits.changed(PREFERENCE, Value::Null, 4);
        habits.changed("desktop.look", Value::Null, 6);
        assert_eq!(now(&habits), (true, false), "neither older news nor what is of another preference");
        for nothing in [Value::Null, json!("no switches")] {
            habits.changed(PREFERENCE, nothing, 7);
            assert_eq!(now(&habits), (true, true));
        }
    }
}
