//! What a virtual path turned out to be: a directory handle and the way from there.

use std::sync::Arc;

use aether_protocol::UserId;
use cap_std::fs::Dir;

use crate::error::{FsError, Result};
use crate::path::{is_under, join};

/// What a caller is about to do in a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Intent {
    Read,
    Write,
}

/// How viewers of changes know a path: `/tmp` is another one for every user.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Key {
    pub path: String,
    /// The only user who may know, where the path alone does not say.
    pub user: Option<UserId>,
}

impl Key {
    pub fn below(&self, rel: &str) -> Key {
        Key { path: join(&self.path, rel), user: self.user.clone() }
    }
}

/// A path that has been found: a directory handle, and the way from there.
#[derive(Debug, Clone)]
pub struct Spot {
    pub jail: Arc<Dir>,
    /// Relative to the jail; empty for the jail itself.
    pub rel: String,
    /// The path as the caller named it.
    pub shown: String,
    /// The jail, as viewers know it.
    pub base: Key,
    /// Whose place it is, by name.
    pub uid: String,
    /// True for what no command may remove or replace.
    pub kept: bool,
}

impl Spot {
    pub fn new(jail: Arc<Dir>, rest: &str, shown: &str, base: Key, uid: String) -> Spot {
        Spot { jail, rel: rest.to_owned(), shown: shown.to_owned(), base, uid, kept: rest.is_empty() }
    }

    pub fn key(&self) -> Key {
        self.base.below(&self.rel)
    }

    /// True for `/shared` itself, in which everyone sees something else.
    pub fn is_all_shared(&self) -> bool {
        self.rel.is_empty() && self.is_below_all_shared()
    }

    /// True if the jail is all that is shared, in which each directory is a place of its own.
    pub fn is_below_all_shared(&self) -> bool {
        self.base.path == "/shared"
    }

    /// Refuses a place itself where only what is in it can be meant.
    pub fn changeable(&self) -> Result<()> {
        if self.kept || self.rel.is_empty() { Err(FsError::Kept(self.shown.clone())) } else { Ok(()) }
    }
}

/// What a path turned out to be.
pub enum Found {
    /// `/`.
    Root,
    /// `/home`.
    Homes,
    Spot(Spot),
}

/// Refuses two paths of which one is inside the other; true if they are the same.
pub fn same_or_apart(from: &Spot, to: &Spot) -> Result<bool> {
    let (a, b) = (from.key(), to.key());
    if a == b {
        return Ok(true);
    }
    if a.user == b.user && is_under(&b.path, &a.path) {
        return Err(FsError::IntoItself { from: from.shown.clone(), to: to.shown.clone() });
    }
    Ok(false)
}
