//! Consoles without a window.

use std::io;
use std::os::windows::io::{AsRawHandle, OwnedHandle};

use windows_sys::Win32::System::Console::{COORD, ClosePseudoConsole, CreatePseudoConsole, HPCON, ResizePseudoConsole};

use super::outcome;

/// A console whose keys come from one pipe and whose screen goes to another, as a terminal speaks.
pub(crate) struct PseudoConsole(HPCON);

impl PseudoConsole {
    pub fn open((cols, rows): (u16, u16), keys: &OwnedHandle, screen: &OwnedHandle) -> io::Result<PseudoConsole> {
        let mut console = 0;
        // SAFETY: both pipes are open; the console takes copies of them.
        outcome(unsafe {
            CreatePseudoConsole(size(cols, rows), keys.as_raw_handle(), screen.as_raw_handle(), 0, &mut console)
        })?;
        Ok(PseudoConsole(console))
    }

    pub fn resize(&self, cols: u16, rows: u16) -> io::Result<()> {
        // SAFETY: it is open until it is dropped.
        outcome(unsafe { ResizePseudoConsole(self.0, size(cols, rows)) })
    }

    /// Valid for as long as the console.
    pub(super) fn raw(&self) -> HPCON {
        self.0
    }
}

fn size(cols: u16, rows: u16) -> COORD {
    let within = |count: u16| i16::try_from(count.max(1)).unwrap_or(i16::MAX);
    COORD { X: within(cols), Y: within(rows) }
}

impl Drop for PseudoConsole {
    fn drop(&mut self) {
        let console = self.0;
        // SAFETY: it is open, and this was its only owner.
        let close = move || unsafe { ClosePseudoConsole(console) };
        // It waits until what is still on its way to the screen has been read, maybe by the thread that drops it.
        if let Err(error) = std::thread::Builder::new().name("console-close".to_owned()).spawn(close) {
            tracing::warn!(%error, "a console was not closed");
        }
    }
}
