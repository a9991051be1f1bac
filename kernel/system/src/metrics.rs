//! What the kernel's processes used during the last hour, in memory.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use aether_protocol::domains::kernel::KernelMetricRecord;

/// Minutes that are kept.
pub const KEPT: u32 = 60;

/// The measurements of the last hour, oldest first.
#[derive(Debug, Default)]
pub struct Metrics(Mutex<VecDeque<KernelMetricRecord>>);

impl Metrics {
    /// Keeps one more measurement, and drops those that have become too old.
    pub fn push(&self, record: KernelMetricRecord) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let oldest = since(record.timestamp, KEPT);
        kept.retain(|known| known.timestamp >= oldest);
        kept.push_back(record);
    }

    /// The measurements of the last minutes.
    pub fn last(&self, minutes: u32, now: u64) -> Vec<KernelMetricRecord> {
        let oldest = since(now, minutes.min(KEPT));
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.iter().filter(|known| known.timestamp >= oldest).cloned().collect()
    }
}

fn since(now: u64, minutes: u32) -> u64 {
    now.saturating_sub(u64::from(minutes) * 60_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_hour_is_kept_and_the_last_minutes_of_it_answered() {
        let metrics = Metrics::default();
        for minute in 0..90_u64 {
            let timestamp = minute * 60_000;
            metrics.push(KernelMetricRecord {
                timestamp,
                process_count: 0,
                cpu_percent: 0.0,
                memory_mb: 0.0,
                container_count: 0,
            });
        }
        let now = 89 * 60_000;
        assert_eq!(metrics.last(600, now).len(), 61);
        let last: Vec<u64> = metrics.last(2, now).iter().map(|record| record.timestamp / 60_000).collect();
        assert_eq!(last, [87, 88, 89]);
    }
}
