//! The process groups that were started: each command and shell leads one of its own.

use std::collections::HashSet;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use aether_protocol::domains::process::Signal;

/// The groups, by leader. One stays after its leader's end, for what the leader left behind.
#[derive(Default)]
pub(crate) struct Groups {
    leaders: Mutex<HashSet<u32>>,
    /// How far they all stand back.
    nice: AtomicU8,
}

impl Groups {
    pub fn add(&self, leader: u32) {
        let mut groups = self.lock();
        groups.retain(|leader| lives(*leader));
        groups.insert(leader);
        stand_back(leader, self.nice.load(Ordering::Relaxed));
    }

    pub fn set_nice(&self, nice: u8) {
        let leaders = self.lock();
        self.nice.store(nice, Ordering::Relaxed);
        leaders.iter().for_each(|leader| stand_back(*leader, nice));
    }

    pub fn signal(&self, signal: Signal) {
        for leader in self.lock().iter() {
            send(*leader, signal);
        }
    }

    pub fn kill(&self, leader: u32) {
        send(leader, Signal::SigKill);
    }

    fn lock(&self) -> MutexGuard<'_, HashSet<u32>> {
        self.leaders.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(unix)]
fn group(leader: u32) -> Option<rustix::process::Pid> {
    rustix::process::Pid::from_raw(i32::try_from(leader).ok()?)
}

#[cfg(unix)]
fn lives(leader: u32) -> bool {
    group(leader).is_some_and(|group| rustix::process::test_kill_process_group(group).is_ok())
}

#[cfg(unix)]
fn send(leader: u32, signal: Signal) {
    use rustix::process::Signal as Number;
    let number = match signal {
        Signal::SigTerm => Number::TERM,
        Signal::SigKill => Number::KILL,
        Signal::SigStop => Number::STOP,
        Signal::SigCont => Number::CONT,
        Signal::SigInt => Number::INT,
        Signal::SigUsr1 => Number::USR1,
        Signal::SigUsr2 => Number::USR2,
    };
    if let Some(group) = group(leader) {
        // It may have ended by itself.
        let _ = rustix::process::kill_process_group(group, number);
    }
}

#[cfg(unix)]
fn stand_back(leader: u32, nice: u8) {
    if let Some(group) = group(leader) {
        // It may have ended, or be one that only root could bring forward.
        let _ = rustix::process::setpriority_pgrp(Some(group), nice.into());
    }
}

/// Windows has classes of priority, and none of them is changed here.
#[cfg(not(unix))]
fn stand_back(_leader: u32, _nice: u8) {}

#[cfg(not(unix))]
fn lives(_leader: u32) -> bool {
    true
}

/// Windows knows no signals, and no groups either: the tree below a process is ended by a program of the system.
#[cfg(not(unix))]
fn send(leader: u32, signal: Signal) {
    match signal {
        Signal::SigKill | Signal::SigTerm => {
            let ended = std::process::Command::new("taskkill").args(["/T", "/F", "/PID", &leader.to_string()]).output();
            if let Err(error) = ended {
                tracing::warn!(%error, "a process tree was not ended");
            }
        }
        Signal::SigStop | Signal::SigCont | Signal::SigInt | Signal::SigUsr1 | Signal::SigUsr2 => {}
    }
}
