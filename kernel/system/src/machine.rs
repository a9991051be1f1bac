//! The machine: how busy and how full it is.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use aether_protocol::WireError;
use sysinfo::{Disks, MINIMUM_CPU_UPDATE_INTERVAL, Networks, ProcessRefreshKind, ProcessesToUpdate, System};

/// Looks at the machine. Processor time is measured from one look to the next.
pub struct Machine {
    system: Arc<Mutex<Option<System>>>,
    /// The data root, whose disk is meant.
    root: PathBuf,
}

/// What the machine is using up. Sizes are in bytes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Figures {
    /// Of all cores together, 0 to 100.
    pub cpu_percent: f64,
    pub cores: usize,
    pub memory_used: u64,
    pub memory_total: u64,
    pub disk_used: u64,
    pub disk_total: u64,
    pub received: u64,
    pub sent: u64,
}

impl Machine {
    pub fn new(root: &Path) -> Machine {
        Machine { system: Arc::default(), root: root.to_owned() }
    }

    /// The figures now.
    ///
    /// # Errors
    /// When the operating system does not give them.
    pub async fn look(&self) -> Result<Figures, WireError> {
        let (system, root) = (self.system.clone(), self.root.clone());
        // Mounts may be slow to answer, and the first measurement waits for a second look.
        let looked = tokio::task::spawn_blocking(move || look(&system, &root)).await;
        looked.map_err(|error| error.to_string()).and_then(|look| look.map_err(|error| error.to_string())).map_err(
            |error| {
                tracing::error!(error, "measuring failed");
                WireError::unavailable("The machine's figures could not be read. The kernel's log has the details.")
            },
        )
    }
}

/// What our own process uses.
#[derive(Debug, Clone, Copy, Default)]
pub struct Own {
    /// Bytes of it that are in memory.
    pub memory: u64,
    pub files: Option<usize>,
}

/// Looks at our own process.
pub fn own() -> Own {
    let Ok(pid) = sysinfo::get_current_pid() else { return Own::default() };
    let Ok(mut system) = System::new() else { return Own::default() };
    let what = ProcessRefreshKind::nothing().with_memory();
    system.refresh_processes_specifics(ProcessesToUpdate::Some(&[pid]), true, what);
    let process = system.process(pid);
    Own { memory: process.map_or(0, sysinfo::Process::memory), files: process.and_then(sysinfo::Process::open_files) }
}

/// The machine's name, where it has one.
pub fn hostname() -> Option<String> {
    System::host_name().ok()
}

/// The operating system's name and version.
pub fn os() -> String {
    System::long_os_version().unwrap_or_else(|_| std::env::consts::OS.to_owned())
}

fn look(system: &Mutex<Option<System>>, root: &Path) -> Result<Figures, sysinfo::Error> {
    let mut system = system.lock().unwrap_or_else(PoisonError::into_inner);
    let system = match &mut *system {
        Some(system) => system,
        none => {
            let system = none.insert(System::new()?);
            system.refresh_cpu_usage();
            std::thread::sleep(MINIMUM_CPU_UPDATE_INTERVAL); // grace: two looks make a measure
            system
        }
    };
    system.refresh_cpu_usage();
    system.refresh_memory();
    let disks = Disks::new_with_refreshed_list()?;
    let disk = disks
        .iter()
        .filter(|disk| root.starts_with(disk.mount_point()))
        .max_by_key(|disk| disk.mount_point().as_os_str().len());
    let (disk_total, disk_free) = disk.map_or((0, 0), |disk| (disk.total_space(), disk.available_space()));
    let networks = Networks::new_with_refreshed_list()?;
    let (received, sent) = networks.values().fold((0_u64, 0_u64), |(received, sent), network| {
        (received + network.total_received(), sent + network.total_transmitted())
    });
    Ok(Figures {
        cpu_percent: f64::from(system.global_cpu_usage()),
        cores: system.cpus().len(),
        memory_used: system.used_memory(),
        memory_total: system.total_memory(),
        disk_used: disk_total.saturating_sub(disk_free),
        disk_total,
        received,
        sent,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_machine_has_figures() {
        let figures = Machine::new(Path::new("/")).look().await.expect("figures");
        assert!(figures.cores > 0 && figures.memory_used > 0);
        assert!(figures.memory_used < figures.memory_total && figures.disk_used <= figures.disk_total);
        assert!(!os().is_empty());
    }
}
