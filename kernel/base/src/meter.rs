//! Counting what passes the gate and the bus, for whoever watches over the kernel.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use crate::bus::Logged;

/// Counts. It is called on every command and every event, so it answers from memory and waits for nothing.
pub trait Meter: Send + Sync {
    /// A command was answered: `outcome` is `ok` or the REST spelling of its error.
    fn command(&self, wire: &'static str, outcome: &'static str, took: Duration);

    /// An event was delivered.
    fn event(&self, event: &Logged);
}

/// The place of a meter, which may come later than what it counts, or never.
#[derive(Default)]
pub struct Metered(OnceLock<Arc<dyn Meter>>);

impl Metered {
    pub fn attach(&self, meter: Arc<dyn Meter>) {
        let _ = self.0.set(meter);
    }

    pub fn tell(&self, what: impl FnOnce(&dyn Meter)) {
        if let Some(meter) = self.0.get() {
            what(&**meter);
        }
    }
}
