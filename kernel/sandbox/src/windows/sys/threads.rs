//! Stopping processes, thread by thread: Windows has no documented call for a whole one.

use std::collections::HashMap;
use std::io;
use std::mem::size_of;
use std::os::windows::io::{AsRawHandle, FromRawHandle, OwnedHandle};

use windows_sys::Win32::Foundation::{FALSE, INVALID_HANDLE_VALUE};
use windows_sys::Win32::System::Diagnostics::ToolHelp::{
    CreateToolhelp32Snapshot, TH32CS_SNAPTHREAD, THREADENTRY32, Thread32First, Thread32Next,
};
use windows_sys::Win32::System::Threading::{OpenThread, ResumeThread, SuspendThread, THREAD_SUSPEND_RESUME};

use super::Job;

/// Looks taken at most: a thread that was seen running may have started another one meanwhile.
const LOOKS: usize = 16;

/// Threads that stand still, by number. An open handle keeps the number from being given to another one.
#[derive(Default)]
pub(crate) struct Frozen(HashMap<u32, OwnedHandle>);

impl Frozen {
    /// Stops every thread in a job that does not stand still yet.
    pub fn freeze(&mut self, job: &Job) -> io::Result<()> {
        for _ in 0..LOOKS {
            let members = job.members()?;
            let threads = threads()?.into_iter().filter(|(_, owner)| members.contains(owner));
            let running: Vec<u32> = threads.map(|(thread, _)| thread).filter(|id| !self.0.contains_key(id)).collect();
            let before = self.0.len();
            self.0.extend(running.into_iter().filter_map(|id| Some((id, suspend(id)?))));
            if self.0.len() == before {
                break;
            }
        }
        Ok(())
    }

    /// Lets what was stopped go on.
    pub fn thaw(&mut self) {
        for (_, thread) in self.0.drain() {
            // SAFETY: the thread is open for this. It may have ended, which does no harm.
            unsafe {
                ResumeThread(thread.as_raw_handle());
            }
        }
    }
}

/// None if it has ended since it was seen.
fn suspend(id: u32) -> Option<OwnedHandle> {
    // SAFETY: any number may be asked for.
    let thread = unsafe { OpenThread(THREAD_SUSPEND_RESUME, FALSE, id) };
    if thread.is_null() {
        return None;
    }
    // SAFETY: it was just opened, and belongs to nobody else.
    let thread = unsafe { OwnedHandle::from_raw_handle(thread) };
    // SAFETY: the thread is open for this, and is none of this process: those are in no job of a sandbox.
    (unsafe { SuspendThread(thread.as_raw_handle()) } != u32::MAX).then_some(thread)
}

/// The threads of the machine, each with its process.
fn threads() -> io::Result<Vec<(u32, u32)>> {
    // SAFETY: a snapshot of threads is always of all of them.
    let snapshot = unsafe { CreateToolhelp32Snapshot(TH32CS_SNAPTHREAD, 0) };
    if snapshot == INVALID_HANDLE_VALUE {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: it was just opened, and belongs to nobody else.
    let snapshot = unsafe { OwnedHandle::from_raw_handle(snapshot) };
    let mut entry = THREADENTRY32 { dwSize: size_of::<THREADENTRY32>() as u32, ..THREADENTRY32::default() };
    let mut found = Vec::new();
    // SAFETY: the snapshot is open, and the entry says how long it is.
    let mut more = unsafe { Thread32First(snapshot.as_raw_handle(), &mut entry) };
    while more != FALSE {
        found.push((entry.th32ThreadID, entry.th32OwnerProcessID));
        // SAFETY: as above.
        more = unsafe { Thread32Next(snapshot.as_raw_handle(), &mut entry) };
    }
    Ok(found)
}
