//! Files: the virtual root with homes, shared mounts and temporary files.

mod trash;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::error::WireError;
use crate::ids::Pid;
use crate::table::Empty;

pub use trash::{Purge, Restore, Restored, Trash, TrashEntry};

/// What an entry of a directory is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum FileType {
    File,
    Directory,
    Symlink,
    /// A named pipe or a socket.
    Pipe,
    Device,
}

/// What happened to a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ChangeType {
    Create,
    Modify,
    Delete,
}

/// What one class of users may do with a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FileAccess {
    pub read: bool,
    pub write: bool,
    pub execute: bool,
}

/// The permission bits of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FileMode {
    pub owner: FileAccess,
    pub group: FileAccess,
    pub other: FileAccess,
}

/// A file or directory as clients know it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct FileStat {
    /// The virtual path.
    pub path: String,
    pub name: String,
    #[serde(rename = "type")]
    pub kind: FileType,
    /// Bytes.
    pub size: u64,
    pub mode: FileMode,
    /// Whose place it is in: `agent_<pid>`, a username, or `root`.
    pub uid: String,
    /// Milliseconds since the Unix epoch, with fractions.
    pub created_at: f64,
    /// Milliseconds since the Unix epoch, with fractions.
    pub modified_at: f64,
    /// True if the name begins with a dot.
    pub is_hidden: bool,
}

/// How the bytes of a file are written down in JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum FileEncoding {
    #[serde(rename = "utf-8")]
    Utf8,
    #[serde(rename = "base64")]
    Base64,
}

/// A file with its content, as an event carries it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FileContent {
    pub path: String,
    pub content: String,
    pub encoding: FileEncoding,
    /// Bytes.
    pub size: u64,
}

/// A directory that agents share.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SharedMountInfo {
    pub name: String,
    /// `/shared/<name>`.
    pub path: String,
    /// The agent it was created for; 0 for a directory that nobody created through the kernel.
    pub owner_pid: Pid,
    /// The agents that have it mounted, as far as the caller may know.
    pub mounted_by: Vec<Pid>,
}

/// `fs.read`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct Read {
    pub path: String,
}

/// The text of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FileText {
    pub content: String,
    /// Bytes.
    pub size: u64,
}

/// `fs.write`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct Write {
    pub path: String,
    /// The whole new content.
    pub content: String,
}

/// `fs.mkdir`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct Mkdir {
    pub path: String,
    /// True to make the directories above it too, and to accept that it exists.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recursive: Option<bool>,
}

/// `fs.rm`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct Rm {
    pub path: String,
    /// True to remove a directory with all that is in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recursive: Option<bool>,
}

/// `fs.ls`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct Ls {
    pub path: String,
}

/// `fs.search`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct Search {
    /// The directory to look below: any place, or `/` and `/home` for all that the caller may see.
    pub path: String,
    /// A part of a name, whatever its case.
    pub query: String,
    /// How many are wanted at most: 50 if absent, 500 at most.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
}

/// `fs.stat`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct Stat {
    pub path: String,
}

/// `fs.usage`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct Usage {
    /// A home, or something in one.
    pub path: String,
}

/// What a home holds, and what it may.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct HomeUsage {
    /// The home.
    pub path: String,
    /// Bytes of the files in it.
    pub held: u64,
    pub entries: u64,
    /// Bytes it may hold; absent where there is no limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u64>,
    /// True if there is more than was counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub partial: Option<bool>,
}

/// `fs.mv`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct Mv {
    pub from: String,
    /// The new path, with the new name.
    pub to: String,
}

/// `fs.cp`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct Cp {
    pub from: String,
    /// The path of the copy, with its name.
    pub to: String,
}

/// `fs.watch`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct Watch {
    pub path: String,
}

/// `fs.unwatch`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct Unwatch {
    pub path: String,
}

/// `fs.createShared`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CreateShared {
    /// Letters, digits, `_` and `-`.
    pub name: String,
    pub owner_pid: Pid,
}

/// `fs.mountShared`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct MountShared {
    pub pid: Pid,
    pub name: String,
    /// Where in the agent's home; `shared/<name>` if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mount_point: Option<String>,
}

/// `fs.unmountShared`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct UnmountShared {
    pub pid: Pid,
    pub name: String,
}

/// `fs.download`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct Download {
    pub path: String,
    /// The first byte that is wanted; the beginning if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offset: Option<u64>,
    /// How many bytes are wanted at most; all if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub length: Option<u64>,
}

/// What `fs.download` answers: a binary stream, to the client only.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Downloading {
    pub stream: u32,
    /// Bytes of the whole file, also where only a part was asked for.
    pub size: u64,
    /// Milliseconds since the Unix epoch, with fractions.
    pub modified_at: f64,
}

/// `fs.upload`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct Upload {
    pub path: String,
    /// Bytes of the whole new content. Without it, an empty chunk says that all of it has come.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<u64>,
}

/// What `fs.upload` answers: a binary stream to the kernel, which says how it went before it ends.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct Uploading {
    pub stream: u32,
}

/// How an upload went: the only data its stream has for the client.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum UploadEnd {
    /// The file is in its place.
    Done {
        /// Bytes.
        size: u64,
    },
    /// Nothing was changed.
    Failed(WireError),
}

domain! {
    /// Files: the virtual root with homes, shared mounts and temporary files.
    fs;
    commands {
        /// The text of a file.
        read "fs.read" (Read) -> FileText, needs Own(ReadPath, |p| &p.path), audit refusals;
        /// Writes a text file whole, replacing what was there; missing directories above it are made.
        write "fs.write" (Write) -> (), needs Own(WritePath, |p| &p.path), order(|p| &p.path);
        /// Streams the bytes of a file, or a part of them.
        download "fs.download" (Download) -> Downloading, needs Own(ReadPath, |p| &p.path), audit refusals;
        /// Streams a file to the kernel, which replaces what was there once all of it has come.
        upload "fs.upload" (Upload) -> Uploading, needs Own(WritePath, |p| &p.path);
        /// Makes a directory.
        mkdir "fs.mkdir" (Mkdir) -> (), needs Own(WritePath, |p| &p.path), order(|p| &p.path);
        /// Removes a file, or a directory; what is missing counts as removed.
        rm "fs.rm" (Rm) -> (), needs Own(WritePath, |p| &p.path), order(|p| &p.path);
        /// Lists a directory: directories first, then by name.
        ls "fs.ls" (Ls) -> Vec<FileStat>, needs Own(ReadPath, |p| &p.path), audit refusals;
        /// Files and directories below a path by a part of their name: the nearest first, names that begin so before others.
        search "fs.search" (Search) -> Vec<FileStat>, needs Own(ReadPath, |p| &p.path), audit refusals;
        /// One file or directory; a link is followed.
        stat "fs.stat" (Stat) -> FileStat, needs Own(ReadPath, |p| &p.path), audit refusals;
        /// What the home that a path is in holds, and what it may.
        usage "fs.usage" (Usage) -> HomeUsage, needs Own(ReadPath, |p| &p.path), audit refusals;
        /// Moves or renames a file or directory.
        mv "fs.mv" (Mv) -> (), needs Own(WritePath, |p| (&p.from, &p.to));
        /// Copies a file, or a directory with all that is in it.
        cp "fs.cp" (Cp) -> (), needs Own(ReadPath, |p| &p.from; WritePath, |p| &p.to), order(|p| &p.to);
        /// Moves a file or directory into the trash.
        trash "fs.trash" (Trash) -> TrashEntry, needs Own(WritePath, |p| &p.path), order(|p| &p.path);
        /// The caller's trash, newest first.
        list_trash "fs.listTrash" (Empty) -> Vec<TrashEntry>, needs SignedIn, audit refusals;
        /// Puts something from the trash back where it was, or elsewhere. A name that is taken gets a number.
        restore "fs.restore" (Restore) -> Restored,
            needs Own(Trash, |p| &p.entry_id; WritePath, |p| Vec::from_iter(&p.to)), order(|p| &p.entry_id);
        /// Deletes what is in the trash for good.
        purge "fs.purge" (Purge) -> (), needs Own(Trash, |p| Vec::from_iter(p.ids.iter().flatten()));
        /// Tells of changes made under a path by others than this kernel too, until the connection ends.
        watch "fs.watch" (Watch) -> (), needs Own(ReadPath, |p| &p.path), audit refusals;
        /// Ends the connection's watch of a path; without one, nothing happens.
        unwatch "fs.unwatch" (Unwatch) -> (), needs SignedIn, audit refusals;
        /// Makes a directory under `/shared` that agents can mount.
        create_shared "fs.createShared" (CreateShared) -> SharedMountInfo,
            needs Own(Pid, |p| p.owner_pid), order(|p| &p.name);
        /// Shows a shared directory in an agent's home.
        mount_shared "fs.mountShared" (MountShared) -> (), needs Own(Pid, |p| p.pid), order(|p| &p.name);
        /// Takes a shared directory out of an agent's home.
        unmount_shared "fs.unmountShared" (UnmountShared) -> (), needs Own(Pid, |p| p.pid), order(|p| &p.name);
        /// Lists the shared directories.
        list_shared "fs.listShared" (Empty) -> Vec<SharedMountInfo>, needs SignedIn, audit refusals;
    }
    events {
        /// A path was created, modified or deleted.
        Changed "fs.changed" { path: String, changeType: ChangeType } to owner(ReadPath, path), live;
        /// The answer of `fs.ls`, once more, for clients that listen instead of waiting.
        List "fs.list" { path: String, entries: Vec<FileStat> } to requester, live;
        /// The content of a file.
        Content "fs.content" { path: String, content: FileContent } to requester, live;
        /// What is known of a file or directory.
        Stat "fs.stat" { path: String, stat: FileStat } to requester, live;
        /// A shared directory was made.
        SharedCreated "fs.sharedCreated" { mount: SharedMountInfo } to owner(Pid, mount.owner_pid), journal;
        /// An agent got a shared directory in its home.
        SharedMounted "fs.sharedMounted" { pid: Pid, name: String } to owner(Pid, pid), journal;
        /// A shared directory was taken out of an agent's home.
        SharedUnmounted "fs.sharedUnmounted" { pid: Pid, name: String } to owner(Pid, pid), journal;
        /// The answer of `fs.listShared`, once more, for clients that listen instead of waiting.
        SharedList "fs.sharedList" { mounts: Vec<SharedMountInfo> } to requester, live;
        /// The file system is ready.
        Initialized "fs.initialized" { root: String } to nobody, live;
    }
}
