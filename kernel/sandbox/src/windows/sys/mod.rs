//! The calls of Windows that the standard library has no name for, each behind a type that gives back what it holds.

#![allow(unsafe_code)]

mod access;
mod console;
mod job;
mod process;
mod profile;
mod threads;

use std::ffi::OsStr;
use std::io;
use std::os::windows::ffi::OsStrExt;

use windows_sys::Win32::Foundation::LocalFree;

pub(crate) use access::{Right, allow, revoke};
pub(crate) use console::PseudoConsole;
pub(crate) use job::{Job, Ui};
pub(crate) use process::{Process, Start};
pub(crate) use profile::Profile;
pub(crate) use threads::Frozen;

/// Text as Windows takes it, up to a NUL.
fn wide(text: impl AsRef<OsStr>) -> Vec<u16> {
    text.as_ref().encode_wide().take_while(|unit| *unit != 0).chain([0]).collect()
}

/// The answer of a call that says no by zero, and why in the error of the thread.
fn succeeded(answer: i32) -> io::Result<()> {
    if answer == 0 { Err(io::Error::last_os_error()) } else { Ok(()) }
}

/// The answer of a call that is itself the error.
fn status(answer: u32) -> io::Result<()> {
    if answer == 0 { Ok(()) } else { Err(io::Error::from_raw_os_error(answer.cast_signed())) }
}

/// The answer of a call in the manner of COM, where an error of the system is wrapped once more.
fn outcome(answer: i32) -> io::Result<()> {
    const FACILITY_WIN32: i32 = 7;
    match answer {
        0.. => Ok(()),
        _ if (answer >> 16) & 0x1fff == FACILITY_WIN32 => Err(io::Error::from_raw_os_error(answer & 0xffff)),
        _ => Err(io::Error::from_raw_os_error(answer)),
    }
}

/// Memory that a call has allocated for its answer.
struct Local(*mut core::ffi::c_void);

impl Drop for Local {
    fn drop(&mut self) {
        // SAFETY: it was allocated by a call whose answers are freed this way, and nothing points to it any more.
        unsafe {
            LocalFree(self.0);
        }
    }
}
