//! Background work: every task is an idempotent `activate`, run by its period or when told to, one at a time.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

type Activate = Box<dyn FnMut() -> Pin<Box<dyn Future<Output = ()> + Send>> + Send>;

/// Runs the kernel's background tasks and stops them together.
#[derive(Debug, Clone, Default)]
pub struct Tasks {
    tracker: TaskTracker,
    stop: CancellationToken,
}

/// Runs a task now, whatever its period says. Calls while it runs count as one.
#[derive(Debug, Clone)]
pub struct Activator(Arc<Notify>);

impl Activator {
    pub fn activate(&self) {
        self.0.notify_one();
    }
}

impl Tasks {
    /// Registers a task: it looks what there is to do and does it, with no memory of why it was woken.
    pub fn register(&self, name: &'static str, period: Duration, mut activate: Activate) -> Activator {
        let wake = Arc::new(Notify::new());
        let activator = Activator(wake.clone());
        let stop = self.stop.clone();
        self.tracker.spawn(async move {
            let mut tick = tokio::time::interval_at(tokio::time::Instant::now() + period, period);
            tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
            loop {
                tokio::select! {
                    () = stop.cancelled() => break,
                    _ = tick.tick() => {}
                    () = wake.notified() => {}
                }
                tracing::trace!(task = name, "activated");
                activate().await;
            }
        });
        activator
    }

    /// Stops every task after the activation it is in, and waits for it.
    pub async fn stop(&self) {
        self.stop.cancel();
        self.tracker.close();
        self.tracker.wait().await;
    }
}
