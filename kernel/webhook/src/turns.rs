//! Calls that are the same wait for each other: one is taken, and the others see what became of it.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

use crate::sign::Name;

/// Who is at what, by its name.
#[derive(Default)]
pub struct Turns(Mutex<HashMap<Name, watch::Receiver<()>>>);

/// The turn of one; the next begins when it is dropped.
pub struct Turn<'t> {
    turns: &'t Turns,
    name: Name,
    /// Closed when this is over, which is what others wait for.
    _over: watch::Sender<()>,
}

impl Turns {
    /// Waits until nobody is at what has this name.
    pub async fn next(&self, name: Name) -> Turn<'_> {
        loop {
            let mut other = {
                let mut turns = self.lock();
                match turns.get(&name) {
                    Some(other) => other.clone(),
                    None => {
                        let (over, waits) = watch::channel(());
                        turns.insert(name, waits);
                        return Turn { turns: self, name, _over: over };
                    }
                }
            };
            // Nothing is ever sent: it ends when the other one does.
            let _ = other.changed().await;
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Name, watch::Receiver<()>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.turns.lock().remove(&self.name);
    }
}
