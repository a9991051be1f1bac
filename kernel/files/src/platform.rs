//! What differs between operating systems.

use std::io;

use aether_protocol::domains::fs::{FileAccess, FileMode, FileType};
use cap_std::fs::{Dir, DirBuilder, File, FileType as DiskType, Metadata, OpenOptions};

/// True if following links came back to where it began, or a link stood where none may be followed.
#[cfg(unix)]
pub fn is_link_loop(error: &io::Error) -> bool {
    rustix::io::Errno::from_io_error(error) == Some(rustix::io::Errno::LOOP)
}

/// True if nobody is at the other end of a pipe, a socket or a device.
#[cfg(unix)]
pub fn is_no_device(error: &io::Error) -> bool {
    let errno = rustix::io::Errno::from_io_error(error);
    matches!(errno, Some(rustix::io::Errno::NXIO | rustix::io::Errno::NODEV))
}

/// The kind of an entry on disk.
#[cfg(unix)]
pub fn kind(kind: DiskType) -> FileType {
    use cap_std::fs::FileTypeExt;
    if kind.is_dir() {
        FileType::Directory
    } else if kind.is_symlink() {
        FileType::Symlink
    } else if kind.is_fifo() || kind.is_socket() {
        FileType::Pipe
    } else if kind.is_block_device() || kind.is_char_device() {
        FileType::Device
    } else {
        FileType::File
    }
}

/// The permission bits as clients know them.
#[cfg(unix)]
pub fn mode(metadata: &Metadata) -> FileMode {
    let bits = permission_bits(metadata);
    let access = |bits: u32| FileAccess { read: bits & 4 != 0, write: bits & 2 != 0, execute: bits & 1 != 0 };
    FileMode { owner: access(bits >> 6), group: access(bits >> 3), other: access(bits) }
}

/// The permission bits a replaced or copied file keeps; never set-uid or set-gid.
#[cfg(unix)]
pub fn permission_bits(metadata: &Metadata) -> u32 {
    use cap_std::fs::PermissionsExt;
    metadata.permissions().mode() & 0o777
}

/// Gives a file the bits of another one.
#[cfg(unix)]
pub fn set_permission_bits(file: &File, bits: u32) -> io::Result<()> {
    use cap_std::fs::PermissionsExt;
    file.set_permissions(cap_std::fs::Permissions::from_mode(bits))
}

/// Lets the kernel into a directory that is its own, and change what is in it.
#[cfg(unix)]
pub fn unlock_dir(parent: &Dir, name: &std::ffi::OsStr) -> io::Result<()> {
    use cap_std::fs::PermissionsExt;
    parent.set_permissions(name, cap_std::fs::Permissions::from_mode(0o700))
}

/// Gives a directory the bits of another one.
#[cfg(unix)]
pub fn set_dir_bits(parent: &Dir, name: &str, bits: u32) -> io::Result<()> {
    use cap_std::fs::PermissionsExt;
    parent.set_permissions(name, cap_std::fs::Permissions::from_mode(bits))
}

/// Makes a link that says this, wherever that leads.
#[cfg(unix)]
pub fn link(dir: &Dir, target: &str, name: &str) -> io::Result<()> {
    dir.symlink_contents(target, name)
}

/// True if a directory has lost its name since it was opened.
#[cfg(unix)]
pub fn is_removed(dir: &Dir) -> bool {
    use cap_std::fs::MetadataExt;
    dir.dir_metadata().is_ok_and(|metadata| metadata.nlink() == 0)
}

/// Makes a directory that only the kernel's own user can enter.
#[cfg(unix)]
pub fn create_private_dir(parent: &Dir, name: &str) -> io::Result<()> {
    use cap_std::fs::DirBuilderExt;
    let mut builder = DirBuilder::new();
    builder.mode(0o700);
    parent.create_dir_with(name, &builder)
}

/// Moves to a name that is free, in one step where the disk can; [`io::ErrorKind::AlreadyExists`] where it is taken.
#[cfg(any(target_os = "linux", target_vendor = "apple"))]
pub fn rename_new(from: &Dir, old: &str, to: &Dir, new: &str) -> io::Result<()> {
    use rustix::fs::{RenameFlags, renameat_with};
    use rustix::io::Errno;
    match renameat_with(from, old, to, new, RenameFlags::NOREPLACE) {
        Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP) => rename_if_free(from, old, to, new),
        renamed => Ok(renamed?),
    }
}

/// Moves to a name that is free; [`io::ErrorKind::AlreadyExists`] where it is taken.
#[cfg(not(any(target_os = "linux", target_vendor = "apple")))]
pub fn rename_new(from: &Dir, old: &str, to: &Dir, new: &str) -> io::Result<()> {
    rename_if_free(from, old, to, new)
}

fn rename_if_free(from: &Dir, old: &str, to: &Dir, new: &str) -> io::Result<()> {
    match to.symlink_metadata(new) {
        Ok(_) => Err(io::ErrorKind::AlreadyExists.into()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => from.rename(old, to, new),
        Err(error) => Err(error),
    }
}

/// Makes a change of names in a directory outlast the power failing, where the disk can.
#[cfg(unix)]
pub fn flush(dir: &Dir) {
    // The move itself has worked: what fails here only makes it last a little later.
    if let Ok(dir) = dir.try_clone() {
        let _ = dir.into_std_file().sync_all();
    }
}

#[cfg(not(unix))]
pub fn flush(_dir: &Dir) {}

#[cfg(not(unix))]
pub fn is_link_loop(_error: &io::Error) -> bool {
    false
}

#[cfg(not(unix))]
pub fn is_no_device(_error: &io::Error) -> bool {
    false
}

#[cfg(not(unix))]
pub fn kind(kind: DiskType) -> FileType {
    if kind.is_dir() {
        FileType::Directory
    } else if kind.is_symlink() {
        FileType::Symlink
    } else {
        FileType::File
    }
}

#[cfg(not(unix))]
pub fn mode(metadata: &Metadata) -> FileMode {
    let write = !metadata.permissions().readonly();
    let access = FileAccess { read: true, write, execute: metadata.is_dir() };
    FileMode { owner: access, group: access, other: access }
}

#[cfg(not(unix))]
pub fn permission_bits(_metadata: &Metadata) -> u32 {
    0
}

#[cfg(not(unix))]
pub fn set_permission_bits(_file: &File, _bits: u32) -> io::Result<()> {
    Ok(())
}

#[cfg(not(unix))]
pub fn unlock_dir(_parent: &Dir, _name: &std::ffi::OsStr) -> io::Result<()> {
    Ok(())
}

#[cfg(not(unix))]
pub fn set_dir_bits(_parent: &Dir, _name: &str, _bits: u32) -> io::Result<()> {
    Ok(())
}

#[cfg(not(unix))]
pub fn link(dir: &Dir, target: &str, name: &str) -> io::Result<()> {
    cap_fs_ext::DirExt::symlink(dir, target, name)
}

#[cfg(not(unix))]
pub fn is_removed(_dir: &Dir) -> bool {
    false
}

#[cfg(not(unix))]
pub fn create_private_dir(parent: &Dir, name: &str) -> io::Result<()> {
    parent.create_dir_with(name, &DirBuilder::new())
}

/// Options that open a file to read and never wait: opening a named pipe would, until somebody writes to it.
pub fn reading() -> OpenOptions {
    use cap_fs_ext::OpenOptionsSyncExt;
    let mut options = OpenOptions::new();
    options.read(true).nonblock(true);
    options
}

/// True if this operating system takes the name as one name of a file, and not as a path or a device.
pub fn is_name(name: &str) -> bool {
    if cfg!(windows) {
        !name.contains(['\\', ':', '<', '>', '"', '|', '?', '*']) && !name.ends_with(['.', ' '])
    } else {
        true
    }
}
