//! Preferences: what programs of a user keep for it on every machine, like the places of its windows.
//!
//! What it owns: keys, values and their revisions, each of one user. What it never does: know what a value means, or show
//! one to anybody else, administrators included.

mod api;
mod error;
mod store;

use std::sync::Arc;

use aether_base::bus::{Audience, Bus};
use aether_base::{Caller, CallerKind};
use aether_protocol::UserId;
use aether_protocol::domains::kernel::event::EntityChanged;
use aether_protocol::domains::preference::{Preference, PreferenceLine};
use aether_store::{Store, StoreError};
use serde_json::{Value, json};

pub use error::PreferenceError;
pub use store::PREFERENCE_MIGRATIONS;

use error::Result;
use store::{Deleted, Kept};

/// Characters of a key.
const KEY: std::ops::RangeInclusive<usize> = 1..=64;
/// Bytes of a value as JSON.
const VALUE: usize = 256 * 1024;
/// Preferences of one user.
const MOST: u64 = 256;

/// Everybody's preferences.
pub struct Preferences {
    store: Arc<Store>,
    bus: Arc<Bus>,
}

impl Preferences {
    pub fn new(store: Arc<Store>, bus: Arc<Bus>) -> Preferences {
        Preferences { store, bus }
    }

    /// One preference, as it is now. Where there is none its value is null and its revision 0.
    ///
    /// # Errors
    /// When the key is none, or the caller is not a person.
    pub async fn get(&self, caller: &Caller, key: String) -> Result<Preference> {
        let (user, key) = (person(caller)?, checked(key)?);
        let name = key.clone();
        let found = self.store.read(move |db| store::get(db, &user, &name)).await?;
        let (text, rev) = found.unwrap_or_else(|| ("null".to_owned(), 0));
        Ok(Preference { key, value: serde_json::from_str(&text).map_err(StoreError::from)?, rev })
    }

    /// Keeps a value, and answers its revision. With `rev`, only in place of that one (0: of none). What is there already
    /// changes nothing.
    ///
    /// # Errors
    /// [`PreferenceError::Conflict`] if another revision is there; when the key or the value breaks the rules, the user
    /// has too many, or the caller is not a person.
    pub async fn set(&self, caller: &Caller, key: String, value: Value, rev: Option<u64>) -> Result<u64> {
        let (user, key) = (person(caller)?, checked(key)?);
        let text = value.to_string();
        if text.len() > VALUE {
            return Err(PreferenceError::TooLarge);
        }
        let (owner, name) = (user.clone(), key.clone());
        let kept = self.store.write(move |db| store::set(db, &owner, &name, &text, rev, MOST)).await;
        match kept.map_err(gone)? {
            Kept::Unchanged(rev) => Ok(rev),
            Kept::Changed(rev) => {
                self.tell(user, &key, rev, Some(value));
                Ok(rev)
            }
            Kept::Conflict => Err(PreferenceError::Conflict(key)),
            Kept::TooMany => Err(PreferenceError::TooMany),
        }
    }

    /// The caller's preferences by key, without their values.
    ///
    /// # Errors
    /// When the caller is not a person.
    pub async fn list(&self, caller: &Caller) -> Result<Vec<PreferenceLine>> {
        let user = person(caller)?;
        Ok(self.store.read(move |db| store::list(db, &user)).await?)
    }

    /// Forgets one preference; nothing happens where there is none.
    ///
    /// # Errors
    /// When the key is none, or the caller is not a person.
    pub async fn delete(&self, caller: &Caller, key: String) -> Result<()> {
        let (user, key) = (person(caller)?, checked(key)?);
        let (owner, name) = (user.clone(), key.clone());
        if let Deleted::At(rev) = self.store.write(move |db| store::delete(db, &owner, &name)).await.map_err(gone)? {
            self.tell(user, &key, rev, None);
        }
        Ok(())
    }

    /// Tells the user's own screens, so that all of them agree. Keys are the user's own: an administrator's screens would
    /// take them for theirs.
    fn tell(&self, user: UserId, key: &str, rev: u64, value: Option<Value>) {
        let entity = value.map(|value| json!({ "key": key, "value": value }));
        let changed = EntityChanged { kind: "preference".to_owned(), id: key.to_owned(), rev, entity };
        self.bus.append(vec![Bus::prepare_to(&changed.into(), Audience::Private(user))]);
    }
}

/// The user who calls in person: what an agent does is no matter of its owner's screens.
fn person(caller: &Caller) -> Result<UserId> {
    match &caller.kind {
        CallerKind::User { user, .. } => Ok(user.clone()),
        CallerKind::Agent { .. } | CallerKind::Kernel | CallerKind::Anonymous => Err(PreferenceError::NotAPerson),
    }
}

fn checked(key: String) -> Result<String> {
    let spelled = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"._-".contains(&byte);
    match KEY.contains(&key.len()) && key.bytes().all(spelled) {
        true => Ok(key),
        false => Err(PreferenceError::BadKey),
    }
}

/// A row of nobody breaks a rule of the tables: the user was deleted meanwhile.
fn gone(error: StoreError) -> PreferenceError {
    match error {
        StoreError::Exists => PreferenceError::NotAPerson,
        other => PreferenceError::Store(other),
    }
}
