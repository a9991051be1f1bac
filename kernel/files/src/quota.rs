//! How much a home may hold.
//!
//! The kernel refuses what would make a home larger than that. What commands write inside a sandbox passes nobody: it is
//! found when the home is counted next, and from then on nothing is written into it until something has gone.

use std::collections::HashMap;
use std::io;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use aether_protocol::domains::fs::HomeUsage;
use cap_std::fs::Dir;

use crate::error::{Doing, FsError, Result};
use crate::measure::{ENTRIES, measure};
use crate::places::{Places, Spot};

/// How long a count is trusted while others than the kernel may write.
const TRUSTED: Duration = Duration::from_secs(10);

/// What a home held when it was counted, and what the kernel has written since.
#[derive(Debug, Clone, Copy)]
struct Held {
    bytes: u64,
    counted: Instant,
}

/// The quota of homes. All have the same.
pub struct Quotas {
    /// Bytes; none is no limit.
    limit: Option<u64>,
    homes: Mutex<HashMap<String, Held>>,
}

impl Quotas {
    pub fn new(limit: Option<u64>) -> Quotas {
        Quotas { limit, homes: Mutex::default() }
    }

    pub fn limit(&self) -> Option<u64> {
        self.limit
    }

    fn held(&self) -> MutexGuard<'_, HashMap<String, Held>> {
        self.homes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts what is about to be written into a home as written. `replaced` says how many bytes make room for it.
    ///
    /// # Errors
    /// [`FsError::QuotaExceeded`] if the home would hold more than it may; then nothing is counted.
    pub fn admit(&self, homes: &Dir, name: &str, bytes: u64, replaced: impl FnOnce() -> u64) -> Result<()> {
        let Some(limit) = self.limit.filter(|_| bytes > 0) else { return Ok(()) };
        let fresh = |held: &&mut Held| held.counted.elapsed() < TRUSTED;
        if let Some(held) = self.held().get_mut(name).filter(fresh)
            && held.bytes.saturating_add(bytes) <= limit
        {
            // What it replaces shows when the home is counted again.
            held.bytes += bytes;
            return Ok(());
        }
        // Outside the lock: it reads every directory of the home.
        let counted = match measure(homes, name, ENTRIES) {
            Ok(measured) => measured.size,
            Err(error) if error.kind() == io::ErrorKind::NotFound => 0,
            Err(cause) => return Err(FsError::Io { what: format!("counting /home/{name}"), cause }),
        };
        let held = counted.saturating_sub(replaced()).saturating_add(bytes);
        if held > limit {
            self.held().remove(name);
            return Err(FsError::QuotaExceeded { home: format!("/home/{name}"), held: counted, limit });
        }
        self.held().insert(name.to_owned(), Held { bytes: held, counted: Instant::now() });
        Ok(())
    }

    /// Forgets the count of a home, because it is gone.
    pub fn forget(&self, name: &str) {
        self.held().remove(name);
    }
}

/// What the home that a spot is in holds, and what it may.
///
/// # Errors
/// [`FsError::NoQuota`] for a spot outside of every home, and what the disk says.
pub fn usage(places: &Places, spot: &Spot) -> Result<HomeUsage> {
    let home = &spot.base.path;
    let name = home.strip_prefix("/home/").ok_or_else(|| FsError::NoQuota(spot.shown.clone()))?;
    let measured = measure(&places.homes, name, ENTRIES).map_err(|error| Doing::read("scandir", home).failed(error))?;
    Ok(HomeUsage {
        path: home.clone(),
        held: measured.size,
        entries: measured.entries,
        limit: places.quotas.limit(),
        partial: measured.partial.then_some(true),
    })
}
