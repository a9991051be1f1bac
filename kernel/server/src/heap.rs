//! The memory of the program: what was freed goes back to the system.
//!
//! What one thread allocates and another frees, as every event is, lies scattered over glibc's heaps, of which threads
//! get up to eight for each core. Thousands of agents later the program would hold several times what it uses.

/// Keeps the heaps few, and what is large outside of them. To be called before there are threads that ask for one.
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
        // SAFETY: it takes two numbers, and may be called at any time (mallopt(3)).
        #[allow(unsafe_code)]
        let set = unsafe { libc::mallopt(bound, value) };
        if set == 0 {
            tracing::warn!(bound = variable, "the heap could not be bounded; more memory may be taken than is needed");
        }
    }
}

#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
pub fn bound() {}

/// Gives back to the system what is free between what is in use, whenever the program has grown; never ready.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
pub async fn trim() {
    use std::time::Duration;

    /// How often it is looked at.
    const EVERY: Duration = Duration::from_secs(5);
    /// Growth in bytes that is worth it: every heap is locked meanwhile.
    const GROWTH: u64 = 2 * 1024 * 1024;

    let mut least = resident();
    loop {
        tokio::time::sleep(EVERY).await; // grace: the system tells nobody that a program has grown
        if resident() > least.saturating_add(GROWTH) {
            let trimmed = tokio::task::spawn_blocking(|| {
                // SAFETY: it takes a number, and may be called at any time (malloc_trim(3)).
                #[allow(unsafe_code)]
                unsafe {
                    libc::malloc_trim(0)
                }
            });
            let _ = trimmed.await;
            least = resident();
        }
        least = least.min(resident());
    }
}

#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
pub async fn trim() {
    std::future::pending().await
}

/// Bytes of this program that are in memory (proc_pid_statm(5)); 0 where it cannot be told.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
fn resident() -> u64 {
    let pages = std::fs::read_to_string("/proc/self/statm")
        .ok()
        .and_then(|sizes| sizes.split_whitespace().nth(1).and_then(|pages| pages.parse::<u64>().ok()));
    pages.unwrap_or(0).saturating_mul(rustix::param::page_size() as u64)
}

#[cfg(all(test, target_os = "linux", target_env = "gnu"))]
mod tests {
    use super::*;

    #[test]
    fn a_program_knows_what_it_holds() {
        let before = resident();
        let held = vec![1_u8; 64 * 1024 * 1024];
        assert!(before > 0 && resident() > before + held.len() as u64 / 2);
    }

    #[tokio::test(start_paused = true)]
    async fn what_was_freed_goes_back() {
        bound();
        tokio::spawn(trim());
        tokio::task::yield_now().await;
        // Small pieces with something small in use above each: none of it can go back by itself.
        let mut pieces: Vec<Vec<u8>> = (0..64 * 1024).map(|_| vec![1; 1024]).collect();
        let full = resident();
        let mut nth = 0_usize;
        pieces.retain(|_| {
            nth += 1;
            nth.is_multiple_of(64)
        });
        let left = async {
            while resident() > full - 32 * 1024 * 1024 {
                tokio::time::sleep(std::time::Duration::from_secs(1)).await; // grace: the clock is the test's own
            }
        };
        tokio::time::timeout(std::time::Duration::from_secs(600), left).await.expect("half of it has gone back");
        assert_eq!(pieces.len(), 1024);
    }
}
