//! Background work that belongs to no subsystem alone: trimming what is kept, and telling what the kernel uses.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use aether_base::bus::Bus;
use aether_base::now_ms;
use aether_base::tasks::Tasks;
use aether_files::Files;
use aether_identity::{AuditLog, Identity};
use aether_process::Processes;
use aether_protocol::domains::kernel::{KernelMetricRecord, event};
use aether_store::Store;

use crate::metrics::Metrics;

const HOUR: Duration = Duration::from_secs(3_600);
const DAY: Duration = Duration::from_secs(24 * 3_600);
/// How often the kernel tells what it uses; existing clients draw a point for each.
const SAMPLE: Duration = Duration::from_secs(5);
/// How often agents are looked at that wait for a day's budget.
const RENEWAL: Duration = Duration::from_secs(60);
/// Events the log keeps, and for how long.
const KEPT_EVENTS: u64 = 100_000;
const KEPT_FOR: Duration = DAY.saturating_mul(7);

/// What upkeep works on.
#[derive(Clone)]
pub struct Upkeep {
    pub store: Arc<Store>,
    pub audit: Arc<AuditLog>,
    pub identity: Arc<Identity>,
    pub processes: Arc<Processes>,
    pub bus: Arc<Bus>,
    pub files: Arc<Files>,
    pub metrics: Arc<Metrics>,
    pub retention_days: u64,
    /// Days the audit log keeps a line; 0 for ever.
    pub audit_days: u64,
    /// Days things stay in the trash; 0 for as long as nobody deletes them.
    pub trash_days: u64,
}

impl Upkeep {
    pub fn register(self, tasks: &Tasks) {
        let trim = self.clone();
        tasks.register("trim", HOUR, Box::new(move || boxed(trim.clone().trim())));
        let processes = self.processes.clone();
        let renew = move || -> Pin<Box<dyn Future<Output = ()> + Send>> {
            let processes = processes.clone();
            boxed(async move { processes.release().await })
        };
        // A day's budget is renewed at midnight; who waits for it goes on soon after.
        tasks.register("budgets", RENEWAL, Box::new(renew));
        tasks.register("metrics", SAMPLE, Box::new(move || boxed(self.clone().measure())));
    }

    async fn trim(self) {
        let days = |days: u64| DAY.saturating_mul(u32::try_from(days).unwrap_or(u32::MAX));
        let trash = async {
            match self.trash_days {
                0 => Ok(0),
                kept => self.files.purge_trash_before(ago(days(kept))).await,
            }
        };
        let (events, audit, runs, trash, key) = tokio::join!(
            self.store.trim_events(KEPT_EVENTS, ago(KEPT_FOR)),
            self.audit.trim(if self.audit_days == 0 { 0 } else { ago(days(self.audit_days)) }),
            self.processes.forget_before(ago(days(self.retention_days))),
            trash,
            self.identity.rotate_old_key(),
        );
        if let Err(error) = key {
            tracing::warn!(%error, "the key that signs tokens could not be replaced");
        }
        let failed = [
            events.err().map(|error| error.to_string()),
            audit.err().map(|error| error.to_string()),
            runs.err().map(|error| error.to_string()),
            trash.err().map(|error| error.to_string()),
        ];
        for error in failed.into_iter().flatten() {
            tracing::warn!(%error, "old records could not be dropped");
        }
    }

    async fn measure(self) {
        let load = self.processes.sample();
        let process_count = u32::try_from(load.processes).unwrap_or(u32::MAX);
        self.metrics.push(KernelMetricRecord {
            timestamp: now_ms(),
            process_count,
            cpu_percent: load.cpu_percent,
            memory_mb: load.memory_mb,
            container_count: 0,
        });
        if self.bus.has_viewers() {
            self.bus.publish(event::Metrics {
                processCount: process_count,
                cpuPercent: load.cpu_percent,
                memoryMB: load.memory_mb,
                containerCount: Some(0),
            });
        }
    }
}

/// Milliseconds since the Unix epoch, this long ago.
fn ago(time: Duration) -> u64 {
    now_ms().saturating_sub(u64::try_from(time.as_millis()).unwrap_or(u64::MAX))
}

fn boxed(work: impl Future<Output = ()> + Send + 'static) -> Pin<Box<dyn Future<Output = ()> + Send>> {
    Box::pin(work)
}
