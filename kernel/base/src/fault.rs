//! Exact places where a test may kill the kernel, as if the power failed there.
//!
//! Without the feature `fault-points` a point costs nothing and does nothing. With it, `AETHER_FAULT_POINT=name:n`
//! kills the process by SIGKILL the n-th time (from 1) that the point `name` is passed.

/// Passes the point `name`.
#[cfg(not(feature = "fault-points"))]
#[inline(always)]
pub fn point(_name: &'static str) {}

/// Passes the point `name`, and dies there if the environment says so.
#[cfg(feature = "fault-points")]
pub fn point(name: &'static str) {
    use std::collections::HashMap;
    use std::sync::{LazyLock, Mutex, PoisonError};

    static TARGET: LazyLock<Option<(String, u64)>> = LazyLock::new(|| {
        let text = std::env::var("AETHER_FAULT_POINT").ok()?;
        let (name, nth) = text.rsplit_once(':')?;
        Some((name.to_owned(), nth.parse().ok()?))
    });
    static PASSED: LazyLock<Mutex<HashMap<&'static str, u64>>> = LazyLock::new(Mutex::default);

    let Some((target, nth)) = &*TARGET else { return };
    if target != name {
        return;
    }
    let mut passed = PASSED.lock().unwrap_or_else(PoisonError::into_inner);
    let count = passed.entry(name).or_insert(0);
    *count += 1;
    if *count == *nth {
        let _ = rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::KILL);
    }
}
