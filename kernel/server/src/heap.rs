//! The heap of the program: how far what was freed may lie scattered.

/// glibc gives threads up to eight heaps of their own for each core, and comes to keep what is large on them: what one
/// thread allocates and another frees, as every event is, then stays with the program. With few heaps, and what is
/// large outside of them, the program takes little more than what is in use (mallopt(3)).
#[cfg(all(target_os = "linux", target_env = "gnu"))]
pub fn bound() {
    const BOUNDS: [(i32, i32, &str); 3] = [
        (libc::M_ARENA_MAX, 2, "MALLOC_ARENA_MAX"),
        (libc::M_MMAP_THRESHOLD, 128 * 1024, "MALLOC_MMAP_THRESHOLD_"),
        (libc::M_TRIM_THRESHOLD, 256 * 1024, "MALLOC_TRIM_THRESHOLD_"),
    ];
    for (bound, value, variable) in BOUNDS {
        if std::env::var_os(variable).is_some() {
            continue; // Whoever starts it has said otherwise.
        }
        // SAFETY: it takes two numbers, and may be called at any time.
        #[allow(unsafe_code)]
        let set = unsafe { libc::mallopt(bound, value) };
        if set == 0 {
            tracing::warn!(bound = variable, "the heap could not be bounded; more memory may be taken than is needed");
        }
    }
}

#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
pub fn bound() {}
