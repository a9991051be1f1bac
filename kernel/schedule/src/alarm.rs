//! Waiting for a time of day: by the wall clock, which may be set and which goes on while the machine sleeps.

use aether_base::{Clock, SystemClock};
use async_trait::async_trait;

/// A clock that wakes.
#[async_trait]
pub trait Alarm: Clock {
    /// Returns once the clock shows this time (milliseconds since the Unix epoch) or a later one. It may return earlier:
    /// whoever waits looks at the clock again.
    async fn reached(&self, at: u64);
}

#[async_trait]
impl Alarm for SystemClock {
    async fn reached(&self, at: u64) {
        #[cfg(target_os = "linux")]
        match timer(at) {
            Ok(timer) => return drop(timer.readable().await),
            Err(error) => tracing::warn!(%error, "no timer of the wall clock could be had; another one is used"),
        }
        wait(at.saturating_sub(self.now_ms())).await;
    }
}

/// A timer on the wall clock itself (timerfd_create(2)): a clock that is set, or a machine that wakes, moves it.
#[cfg(target_os = "linux")]
fn timer(at: u64) -> std::io::Result<tokio::io::unix::AsyncFd<std::os::fd::OwnedFd>> {
    use rustix::time::{
        Itimerspec, TimerfdClockId, TimerfdFlags, TimerfdTimerFlags, Timespec, timerfd_create, timerfd_settime,
    };

    let timer = timerfd_create(TimerfdClockId::Realtime, TimerfdFlags::NONBLOCK | TimerfdFlags::CLOEXEC)?;
    // Nothing at all would disarm it.
    let at = at.max(1);
    let value = Timespec { tv_sec: (at / 1_000) as _, tv_nsec: (at % 1_000 * 1_000_000) as _ };
    let once = Itimerspec { it_interval: Timespec { tv_sec: 0, tv_nsec: 0 }, it_value: value };
    timerfd_settime(&timer, TimerfdTimerFlags::ABSTIME, &once)?;
    // SAFETY: what is owned stays open, and the same, for as long as it is watched.
    #[allow(unsafe_code)]
    unsafe {
        Ok(tokio::io::unix::AsyncFd::register_with_interest(timer, tokio::io::Interest::READABLE)?)
    }
}

/// Waits by a clock that stands still while the machine sleeps; so never for long.
async fn wait(ms: u64) {
    const LONGEST: std::time::Duration = std::time::Duration::from_secs(300);
    let time = std::time::Duration::from_millis(ms).min(LONGEST);
    tokio::time::sleep_until(tokio::time::Instant::now() + time).await;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_time_is_reached_by_the_clock_it_is_read_from() {
        let clock = SystemClock;
        clock.reached(0).await;
        let at = clock.now_ms() + 30;
        clock.reached(at).await;
        assert!(clock.now_ms() >= at);
    }
}
