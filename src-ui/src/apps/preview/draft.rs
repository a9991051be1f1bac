//! Texts that a person has typed and not saved: kept in the tab's own storage, so that no closed window and no reload
//! loses them.

use serde::{Deserialize, Serialize};
use web_sys::Storage;

/// What the keys of texts begin with, and where it is kept whose they are.
const PREFIX: &str = "aether.draft.";
const OWNER: &str = "aether.drafts-of";

/// A text that is not saved.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Draft {
    pub text: String,
    /// When the file was changed that it began from, in milliseconds since the Unix epoch.
    pub base: f64,
}

/// What was kept for a file.
pub fn kept(path: &str) -> Option<Draft> {
    serde_json::from_str(&storage()?.get_item(&key(path)).ok()??).ok()
}

/// Keeps a text; false where the browser has no room for it.
pub fn keep(path: &str, draft: &Draft) -> bool {
    let text = serde_json::to_string(draft).ok();
    storage().zip(text).is_some_and(|(storage, text)| storage.set_item(&key(path), &text).is_ok())
}

/// Forgets a text that is saved, or that nobody wants.
pub fn forget(path: &str) {
    if let Some(storage) = storage() {
        // One that cannot be removed was never kept.
        let _ = storage.remove_item(&key(path));
    }
}

/// Says whose texts are kept from now on. Another person on the same tab has paths by the same names, and is not shown what
/// was typed at them before.
pub fn belong_to(user: &str) {
    let Some(storage) = storage() else { return };
    if storage.get_item(OWNER).ok().flatten().as_deref() == Some(user) {
        return;
    }
    let keys: Vec<String> =
        (0..storage.length().unwrap_or(0)).filter_map(|index| storage.key(index).ok().flatten()).collect();
    for key in keys.iter().filter(|key| key.starts_with(PREFIX)) {
        let _ = storage.remove_item(key);
    }
    // Where it cannot be kept, no text can be either.
    let _ = storage.set_item(OWNER, user);
}

fn key(path: &str) -> String {
    format!("{PREFIX}{path}")
}

fn storage() -> Option<Storage> {
    web_sys::window()?.session_storage().ok().flatten()
}
