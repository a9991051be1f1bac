//! Texts that a person has typed and not saved: kept in the tab's own storage, so that no closed window and no reload
//! loses them.

use serde::{Deserialize, Serialize};
use web_sys::Storage;

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

fn key(path: &str) -> String {
    format!("aether.draft.{path}")
}

fn storage() -> Option<Storage> {
    web_sys::window()?.session_storage().ok().flatten()
}
