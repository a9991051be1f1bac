//! Who may use a folder.

use std::io;
use std::path::Path;
use std::ptr::{null, null_mut};

use windows_sys::Win32::Security::Authorization::{
    ACCESS_MODE, EXPLICIT_ACCESS_W, GRANT_ACCESS, GetNamedSecurityInfoW, NO_MULTIPLE_TRUSTEE, REVOKE_ACCESS,
    SE_FILE_OBJECT, SetEntriesInAclW, SetNamedSecurityInfoW, TRUSTEE_IS_SID, TRUSTEE_IS_UNKNOWN, TRUSTEE_W,
};
use windows_sys::Win32::Security::{DACL_SECURITY_INFORMATION, SUB_CONTAINERS_AND_OBJECTS_INHERIT};
use windows_sys::Win32::Storage::FileSystem::{
    DELETE, FILE_DELETE_CHILD, FILE_GENERIC_EXECUTE, FILE_GENERIC_READ, FILE_GENERIC_WRITE,
};

use super::{Local, Profile, status, wide};

/// What may be done with a folder and everything below it. Changing who may use it is never part of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Right {
    Read,
    Write,
}

/// Lets an identity use a folder, and what is in it now or later.
pub(crate) fn allow(folder: &Path, profile: &Profile, right: Right) -> io::Result<()> {
    let read = FILE_GENERIC_READ | FILE_GENERIC_EXECUTE;
    let permissions = match right {
        Right::Read => read,
        Right::Write => read | FILE_GENERIC_WRITE | DELETE | FILE_DELETE_CHILD,
    };
    change(folder, profile, GRANT_ACCESS, permissions)
}

/// Takes every right of an identity on a folder away again.
pub(crate) fn revoke(folder: &Path, profile: &Profile) -> io::Result<()> {
    change(folder, profile, REVOKE_ACCESS, 0)
}

fn change(folder: &Path, profile: &Profile, mode: ACCESS_MODE, permissions: u32) -> io::Result<()> {
    let path = wide(folder);
    let (mut list, mut descriptor) = (null_mut(), null_mut());
    // SAFETY: the path ends with NUL; the list points into the descriptor, which is freed after the last use of both.
    status(unsafe {
        GetNamedSecurityInfoW(
            path.as_ptr(),
            SE_FILE_OBJECT,
            DACL_SECURITY_INFORMATION,
            null_mut(),
            null_mut(),
            &mut list,
            null_mut(),
            &mut descriptor,
        )
    })?;
    let _descriptor = Local(descriptor);
    if list.is_null() {
        // A list of our entry alone would shut everybody else out.
        return Err(io::Error::other("it is open to everyone, as on a volume that is not NTFS"));
    }
    let entry = EXPLICIT_ACCESS_W {
        grfAccessPermissions: permissions,
        grfAccessMode: mode,
        grfInheritance: SUB_CONTAINERS_AND_OBJECTS_INHERIT,
        Trustee: TRUSTEE_W {
            pMultipleTrustee: null_mut(),
            MultipleTrusteeOperation: NO_MULTIPLE_TRUSTEE,
            TrusteeForm: TRUSTEE_IS_SID,
            TrusteeType: TRUSTEE_IS_UNKNOWN,
            // In this form the name is the identifier itself.
            ptstrName: profile.sid().cast(),
        },
    };
    let mut changed = null_mut();
    // SAFETY: there is one entry, its identifier lives as long as the profile, and the old list is still held.
    status(unsafe { SetEntriesInAclW(1, &entry, list, &mut changed) })?;
    let _changed = Local(changed.cast());
    // SAFETY: the path ends with NUL, and the new list is held until the call is over.
    status(unsafe {
        SetNamedSecurityInfoW(
            path.as_ptr(),
            SE_FILE_OBJECT,
            DACL_SECURITY_INFORMATION,
            null_mut(),
            null_mut(),
            changed,
            null(),
        )
    })
}
