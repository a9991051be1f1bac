//! Preferences: what programs of a user keep for it, like the places of its windows.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::table::Empty;

/// Names one preference of the caller: 1 to 64 characters of `a-z`, `0-9`, `.`, `_` and `-`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct PreferenceRef {
    pub key: String,
}

/// One preference.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Preference {
    pub key: String,
    /// Null also where there is none.
    pub value: Value,
    /// Grows with every change; 0 where there is none.
    pub rev: u64,
}

/// `preference.set`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct SetPreference {
    pub key: String,
    /// Any JSON, at most 256 KiB of it.
    pub value: Value,
    /// The `rev` that is to be replaced, 0 for none; absent to replace whatever is there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rev: Option<u64>,
}

/// What a preference is numbered by now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PreferenceRev {
    pub rev: u64,
}

/// One line of the list of preferences.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PreferenceLine {
    pub key: String,
    pub rev: u64,
}

domain! {
    /// Preferences: what programs of a user keep for it, like the places of its windows.
    preference;
    commands {
        /// Reads one preference of the caller.
        get "preference.get" (PreferenceRef) -> Preference, needs SignedIn, audit refusals;
        /// Keeps a value under a key; with `rev`, only if nobody else wrote meanwhile.
        set "preference.set" (SetPreference) -> PreferenceRev, needs SignedIn, audit refusals;
        /// Lists the caller's preferences by key, without their values.
        list "preference.list" (Empty) -> Vec<PreferenceLine>, needs SignedIn, audit refusals;
        /// Forgets one preference of the caller.
        delete "preference.delete" (PreferenceRef) -> (), needs SignedIn, audit refusals;
    }
    events {}
}
