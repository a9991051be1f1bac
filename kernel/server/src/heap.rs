//! The heap of the program: how far what was freed may lie scattered.

/// glibc gives threads up to eight heaps of their own for each core, and what one thread allocates and another frees
/// stays with the program: an event is written by one thread and freed by another. Two of them stay as small as what
/// is in use.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
pub fn bound() {
    const HEAPS: i32 = 2;
    if std::env::var_os("MALLOC_ARENA_MAX").is_some() {
        return; // Whoever starts it has said how many.
    }
    // SAFETY: it takes two numbers, and may be called at any time (mallopt(3)).
    #[allow(unsafe_code)]
    let set = unsafe { libc::mallopt(libc::M_ARENA_MAX, HEAPS) };
    if set == 0 {
        tracing::warn!("the number of heaps could not be bounded; the program may take more memory than it needs");
    }
}

#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
pub fn bound() {}
