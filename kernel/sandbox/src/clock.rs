//! Time limits of commands.

use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{Instant, sleep};

/// Waits until a command has used up its time. While it is frozen, time stands still.
pub(crate) async fn run_out(limit: Duration, mut frozen: watch::Receiver<bool>) {
    let mut left = limit;
    loop {
        if *frozen.borrow_and_update() {
            if frozen.changed().await.is_ok() {
                continue;
            }
            return std::future::pending().await;
        }
        let begun = Instant::now();
        tokio::select! {
            () = sleep(left) => return,
            // Nobody freezes what is being dropped.
            Ok(()) = frozen.changed() => left = left.saturating_sub(begun.elapsed()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn time_stands_still_for_what_is_frozen() {
        let frozen = watch::Sender::new(false);
        let begun = Instant::now();
        let limit = tokio::spawn(run_out(Duration::from_secs(10), frozen.subscribe()));
        sleep(Duration::from_secs(4)).await;
        frozen.send_replace(true);
        sleep(Duration::from_secs(100)).await;
        frozen.send_replace(false);
        limit.await.expect("it ends");
        assert_eq!(begun.elapsed().as_secs(), 110);
    }
}
