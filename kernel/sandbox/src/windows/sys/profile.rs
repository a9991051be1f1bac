//! The identity of an agent: an AppContainer of its own.

use std::io;
use std::ptr::null_mut;

use windows_sys::Win32::Foundation::ERROR_ALREADY_EXISTS;
use windows_sys::Win32::Security::Isolation::{
    CreateAppContainerProfile, DeleteAppContainerProfile, DeriveAppContainerSidFromAppContainerName,
};
use windows_sys::Win32::Security::{FreeSid, PSID};

use super::{outcome, wide};

/// An AppContainer, known to the system for as long as this is kept.
pub(crate) struct Profile {
    name: Vec<u16>,
    sid: PSID,
}

// SAFETY: the identifier is only read, and freed by its one owner.
unsafe impl Send for Profile {}
// SAFETY: as above.
unsafe impl Sync for Profile {}

impl Profile {
    /// Makes it, or takes over what a kernel that was killed has left of it.
    pub fn create(name: &str, shown: &str) -> io::Result<Profile> {
        let (name, shown) = (wide(name), wide(shown));
        let mut sid = null_mut();
        // SAFETY: the texts end with NUL, there are no capabilities, and the identifier is written where it is taken.
        let made = outcome(unsafe {
            CreateAppContainerProfile(name.as_ptr(), shown.as_ptr(), shown.as_ptr(), std::ptr::null(), 0, &mut sid)
        });
        match made {
            Err(error) if error.raw_os_error() == Some(ERROR_ALREADY_EXISTS.cast_signed()) => {
                // SAFETY: as above.
                outcome(unsafe { DeriveAppContainerSidFromAppContainerName(name.as_ptr(), &mut sid) })?;
            }
            made => made?,
        }
        Ok(Profile { name, sid })
    }

    /// Valid for as long as the profile.
    pub(super) fn sid(&self) -> PSID {
        self.sid
    }
}

impl Drop for Profile {
    fn drop(&mut self) {
        // SAFETY: the name ends with NUL; the identifier was allocated with the profile and is not used after this.
        let deleted = outcome(unsafe {
            FreeSid(self.sid);
            DeleteAppContainerProfile(self.name.as_ptr())
        });
        if let Err(error) = deleted {
            tracing::warn!(%error, "the profile of a sandbox was not deleted");
        }
    }
}
