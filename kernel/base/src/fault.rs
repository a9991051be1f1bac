//! Exact places where a test may kill the kernel, as if the power failed there.
//!
//! Without the feature `fault-points` a point costs nothing and does nothing. With it, `AETHER_FAULT_POINT=name:n`
//! kills the process by SIGKILL the n-th time (from 1) that the point `name` is passed; with `name:n@other`, the n-th
//! time after the point `other` was passed.

/// Passes the point `name`.
#[cfg(not(feature = "fault-points"))]
#[inline(always)]
pub fn point(_name: &'static str) {}

/// Passes the point `name`, and dies there if the environment says so.
#[cfg(feature = "fault-points")]
pub fn point(name: &'static str) {
    use std::sync::{LazyLock, Mutex, PoisonError};

    struct Target {
        name: String,
        left: u64,
        after: Option<String>,
    }

    fn read() -> Option<Target> {
        let text = std::env::var("AETHER_FAULT_POINT").ok()?;
        let (text, after) = match text.split_once('@') {
            Some((text, after)) => (text, Some(after.to_owned())),
            None => (text.as_str(), None),
        };
        let (name, nth) = text.rsplit_once(':')?;
        Some(Target { name: name.to_owned(), left: nth.parse().ok()?, after })
    }

    static TARGET: LazyLock<Option<Mutex<Target>>> = LazyLock::new(|| read().map(Mutex::new));

    let Some(target) = &*TARGET else { return };
    let mut target = target.lock().unwrap_or_else(PoisonError::into_inner);
    if target.after.as_deref() == Some(name) {
        target.after = None;
    }
    if target.after.is_some() || target.name != name {
        return;
    }
    target.left = target.left.saturating_sub(1);
    if target.left == 0 {
        let _ = rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::KILL);
    }
}
