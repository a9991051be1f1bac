//! Why a command on files was refused.

use std::io;
use std::path::PathBuf;

use aether_protocol::{ErrorCode, Pid, WireError};
use aether_store::StoreError;

pub type Result<T, E = FsError> = std::result::Result<T, E>;

/// A refused or failed command on files. The message is for the person; paths in it are virtual.
#[derive(Debug, thiserror::Error)]
pub enum FsError {
    #[error("ENOENT: no such file or directory, {0}")]
    NotFound(String),
    #[error("EEXIST: file already exists, {0}")]
    Exists(String),
    #[error("EISDIR: illegal operation on a directory, {0}")]
    IsDirectory(String),
    #[error("ENOTDIR: not a directory, {0}")]
    NotDirectory(String),
    #[error("ELOOP: too many symbolic links, {0}")]
    LinkLoop(String),
    #[error("ENOTEMPTY: directory not empty, {0}. To remove it with all that is in it, ask for it recursively.")]
    NotEmpty(String),
    #[error("Access denied: path traversal detected ({0})")]
    Traversal(String),
    #[error("Access denied: symlink target outside aether root ({0})")]
    LinkOutside(String),
    #[error("Access denied: {0} is outside /home, /shared and /tmp. Choose a path in one of them.")]
    Outside(String),
    #[error("Permission denied: cannot read {0}")]
    CannotRead(String),
    #[error("Permission denied: cannot write to {0}")]
    CannotWrite(String),
    #[error("{0} is kept: it is the place of files, not one of them. Choose what is in it.")]
    Kept(String),
    #[error("Disk full: cannot write to {0}")]
    DiskFull(String),
    #[error("{path} is over the limit of {limit} bytes. Use an upload or a download for large files.")]
    TooLarge { path: String, limit: u64 },
    #[error("{path} would have {size} bytes, and an upload at most {limit}. Send less, or raise AETHER_MAX_UPLOAD.")]
    UploadTooLarge { path: String, size: u64, limit: u64 },
    #[error(
        "Quota exceeded: {home} holds {held} bytes and may hold {limit}. Delete something in it, or raise \
         AETHER_HOME_QUOTA."
    )]
    QuotaExceeded { home: String, held: u64, limit: u64 },
    #[error("{0} is in no home. Name a home, or something in one.")]
    NoQuota(String),
    #[error("The upload of {path} ended {left} bytes before its {size} had come. Nothing was changed; send it again.")]
    UploadCut { path: String, size: u64, left: u64 },
    #[error("The upload of {0} ended before its end was said. Nothing was changed; send it again.")]
    UploadEndless(String),
    #[error("The upload of {path} went beyond the {size} bytes it had said. Nothing was changed; say its real size.")]
    UploadOver { path: String, size: u64 },
    #[error("{path} holds more than {limit} entries. Choose a directory below it.")]
    TooMany { path: String, limit: usize },
    #[error("{path} has directories more than {limit} levels deep. Work on the deeper ones first.")]
    TooDeep { path: String, limit: usize },
    #[error("{0} is not UTF-8 text. Fetch its bytes with fs.download or GET /api/fs/raw instead.")]
    NotText(String),
    #[error("{0} is a pipe, a socket or a device. Only files and directories can be used here.")]
    NotRegular(String),
    #[error("The path is empty. Name a file or directory, such as /home/root.")]
    EmptyPath,
    #[error("A path cannot hold this character or name: {0:?}. Choose another name.")]
    BadName(String),
    #[error("A path has at most 4096 bytes and a name in it at most 255. Choose a shorter one.")]
    TooLong,
    #[error("Failed to cleanup workspace: {0}. A workspace is named by the uid of its agent, such as agent_7.")]
    BadWorkspace(String),
    #[error("Failed to cleanup workspace: {0}. Its agent has not ended; stop it first.")]
    WorkspaceInUse(String),
    #[error("Workspace {0} not found")]
    NoWorkspace(String),
    #[error("{0} not found")]
    NotInTrash(String),
    #[error("{0} is on another disk than the trash. Delete it for good, or move it first.")]
    NoTrashThere(String),
    #[error("The trash holds {0} things already. Delete some of them for good first.")]
    TrashFull(usize),
    #[error("{0} was among somebody else's temporary files. Name another place for it.")]
    RestoreWhere(String),
    #[error("There is nothing to look for. Type a part of a name.")]
    EmptyQuery,
    #[error("{to} is inside {from}. Choose a place outside of it.")]
    IntoItself { from: String, to: String },
    #[error("{to} is on another disk than {from}. Copy it, then remove the original.")]
    OtherDisk { from: String, to: String },
    #[error("This needs a user's home, and this caller has none. Sign in and try again.")]
    NoHome,
    #[error("A shared mount's name has 1 to 64 characters and must match [A-Za-z0-9_-]+. Choose another one.")]
    BadShareName,
    #[error("Shared mount \"{0}\" does not exist")]
    NoShare(String),
    #[error("Shared mount \"{0}\" already exists. Choose another name.")]
    ShareExists(String),
    #[error("Process {0} not found")]
    NoProcess(Pid),
    #[error("A shared directory is mounted in an agent's home. Name the pid of an agent.")]
    NotAnAgent,
    #[error("Access denied: mount point path traversal detected")]
    MountTraversal,
    #[error("{0} is in use already. Choose another mount point.")]
    PointTaken(String),
    #[error("Changes are told to a connection. Watch over a WebSocket.")]
    NoSession,
    #[error("Bytes of files travel beside a connection's commands. Use a socket that speaks aether.2, or REST.")]
    NoStreams,
    #[error("This connection watches {0} paths already. End one of these watches first.")]
    TooManyWatches(usize),
    #[error("{path} cannot be watched: {cause}. Choose a smaller directory, or end other watches.")]
    Watch { path: String, cause: io::Error },
    #[error("{path} could not be set up: {cause}. Check that the folder belongs to you and the disk has space.")]
    Setup { path: PathBuf, cause: io::Error },
    #[error("{what} failed: {cause}")]
    Io { what: String, cause: io::Error },
    #[error("A command on files did not finish: {0}")]
    Interrupted(String),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<FsError> for aether_base::Error {
    fn from(error: FsError) -> Self {
        let code = match error {
            FsError::NotFound(_)
            | FsError::NoShare(_)
            | FsError::NoProcess(_)
            | FsError::NotInTrash(_)
            | FsError::NoWorkspace(_) => ErrorCode::NotFound,
            FsError::Exists(_) | FsError::ShareExists(_) | FsError::PointTaken(_) => ErrorCode::Conflict,
            FsError::NotEmpty(_)
            | FsError::NoSession
            | FsError::NoStreams
            | FsError::WorkspaceInUse(_)
            | FsError::OtherDisk { .. }
            | FsError::NoTrashThere(_) => ErrorCode::InvalidState,
            FsError::Traversal(_)
            | FsError::LinkOutside(_)
            | FsError::Outside(_)
            | FsError::CannotRead(_)
            | FsError::CannotWrite(_)
            | FsError::Kept(_)
            | FsError::MountTraversal => ErrorCode::Forbidden,
            FsError::QuotaExceeded { .. } => ErrorCode::QuotaExceeded,
            FsError::DiskFull(_) | FsError::Watch { .. } => ErrorCode::Unavailable,
            FsError::TooLarge { .. }
            | FsError::UploadTooLarge { .. }
            | FsError::TooMany { .. }
            | FsError::TooDeep { .. } => ErrorCode::TooLarge,
            FsError::IsDirectory(_)
            | FsError::NotDirectory(_)
            | FsError::LinkLoop(_)
            | FsError::NotText(_)
            | FsError::NotRegular(_)
            | FsError::EmptyPath
            | FsError::NoQuota(_)
            | FsError::BadWorkspace(_)
            | FsError::BadName(_)
            | FsError::TooLong
            | FsError::UploadCut { .. }
            | FsError::UploadEndless(_)
            | FsError::UploadOver { .. }
            | FsError::IntoItself { .. }
            | FsError::BadShareName
            | FsError::RestoreWhere(_)
            | FsError::EmptyQuery
            | FsError::NotAnAgent => ErrorCode::InvalidInput,
            FsError::NoHome => ErrorCode::Unauthenticated,
            FsError::TooManyWatches(_) | FsError::TrashFull(_) => ErrorCode::QuotaExceeded,
            FsError::Store(error) => return error.into(),
            FsError::Setup { .. } | FsError::Io { .. } | FsError::Interrupted(_) => {
                return aether_base::Error::internal(error);
            }
        };
        WireError::new(code, error.to_string()).into()
    }
}

/// What was done to which path when the disk refused, in the words clients know.
#[derive(Clone, Copy)]
pub struct Doing<'a> {
    /// The system call people know it by: `open`, `scandir`, `rename`.
    pub call: &'static str,
    pub path: &'a str,
    /// Where to, where there is one.
    pub to: Option<&'a str>,
    pub writes: bool,
}

impl<'a> Doing<'a> {
    pub fn read(call: &'static str, path: &'a str) -> Self {
        Doing { call, path, to: None, writes: false }
    }

    pub fn write(call: &'static str, path: &'a str) -> Self {
        Doing { call, path, to: None, writes: true }
    }

    pub fn between(call: &'static str, path: &'a str, to: &'a str) -> Self {
        Doing { call, path, to: Some(to), writes: true }
    }

    pub fn words(&self) -> String {
        match self.to {
            Some(to) => format!("{} '{}' -> '{to}'", self.call, self.path),
            None => format!("{} '{}'", self.call, self.path),
        }
    }

    /// The error for people from what the operating system answered.
    pub fn failed(&self, cause: io::Error) -> FsError {
        let changed = self.to.unwrap_or(self.path).to_owned();
        match cause.kind() {
            // The jail refuses with an error of its own, which no system call stands behind.
            io::ErrorKind::PermissionDenied if cause.raw_os_error().is_none() => FsError::LinkOutside(changed),
            io::ErrorKind::PermissionDenied if self.writes => FsError::CannotWrite(changed),
            io::ErrorKind::PermissionDenied => FsError::CannotRead(self.path.to_owned()),
            io::ErrorKind::ReadOnlyFilesystem => FsError::CannotWrite(changed),
            io::ErrorKind::NotFound => FsError::NotFound(self.words()),
            io::ErrorKind::AlreadyExists => FsError::Exists(self.words()),
            io::ErrorKind::IsADirectory => FsError::IsDirectory(self.words()),
            io::ErrorKind::NotADirectory => FsError::NotDirectory(self.words()),
            io::ErrorKind::DirectoryNotEmpty => FsError::NotEmpty(self.words()),
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => FsError::DiskFull(changed),
            io::ErrorKind::InvalidFilename => FsError::TooLong,
            io::ErrorKind::CrossesDevices => FsError::OtherDisk { from: self.path.to_owned(), to: changed },
            _ if crate::platform::is_link_loop(&cause) => FsError::LinkLoop(self.words()),
            _ if crate::platform::is_no_device(&cause) => FsError::NotRegular(self.path.to_owned()),
            _ => FsError::Io { what: self.words(), cause },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_disk_answers_becomes_a_sentence_and_a_code() {
        let told = |kind: io::ErrorKind, doing: Doing<'_>| {
            let error = aether_base::Error::from(doing.failed(kind.into()));
            (error.wire.code, error.wire.message)
        };
        let (read, write) = (Doing::read("open", "/tmp/a"), Doing::write("open", "/tmp/a"));
        let moved = Doing::between("rename", "/tmp/a", "/tmp/b");
        for (kind, doing, code, text) in [
            (io::ErrorKind::StorageFull, write, ErrorCode::Unavailable, "Disk full: cannot write to /tmp/a"),
            (io::ErrorKind::QuotaExceeded, moved, ErrorCode::Unavailable, "Disk full: cannot write to /tmp/b"),
            (
                io::ErrorKind::ReadOnlyFilesystem,
                write,
                ErrorCode::Forbidden,
                "Permission denied: cannot write to /tmp/a",
            ),
            (io::ErrorKind::NotFound, read, ErrorCode::NotFound, "ENOENT: no such file or directory, open '/tmp/a'"),
            (
                io::ErrorKind::Unsupported,
                read,
                ErrorCode::Internal,
                "Something went wrong inside the kernel. Its log has the details.",
            ),
        ] {
            assert_eq!(told(kind, doing), (code, text.to_owned()), "{kind}");
        }
        let denied = |doing: Doing<'_>| doing.failed(io::Error::from_raw_os_error(13)).to_string();
        if cfg!(unix) {
            assert_eq!(denied(read), "Permission denied: cannot read /tmp/a");
            assert_eq!(denied(moved), "Permission denied: cannot write to /tmp/b");
        }
    }
}
