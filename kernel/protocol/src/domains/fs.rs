//! Files.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// x
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum FileType { File, Directory, Symlink, Pipe, Device }

/// x
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct FileStat {
    pub path: String,
    pub name: String,
    #[serde(rename = "type")]
    pub kind: FileType,
    pub size: u64,
    pub modified_at: f64,
}
/// x
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct FileText { pub content: String, pub size: u64 }
/// x
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct Read { pub path: String }
/// x
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct Ls { pub path: String }
/// x
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct Stat { pub path: String }
/// x
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct Write { pub path: String, pub content: String }
/// x
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct Mkdir { pub path: String, pub recursive: Option<bool> }
/// x
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct Rm { pub path: String, pub recursive: Option<bool> }
/// x
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct Mv { pub from: String, pub to: String }
/// x
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct Cp { pub from: String, pub to: String }

domain! {
    /// Files.
    fs;
    commands {
        /// Reads.
        read "fs.read" (Read) -> FileText, needs Own(ReadPath, |p| &p.path), audit refusals;
        /// Writes.
        write "fs.write" (Write) -> (), needs Own(WritePath, |p| &p.path);
        /// Makes.
        mkdir "fs.mkdir" (Mkdir) -> (), needs Own(WritePath, |p| &p.path);
        /// Removes.
        rm "fs.rm" (Rm) -> (), needs Own(WritePath, |p| &p.path);
        /// Lists.
        ls "fs.ls" (Ls) -> Vec<FileStat>, needs Own(ReadPath, |p| &p.path), audit refusals;
        /// Stats.
        stat "fs.stat" (Stat) -> FileStat, needs Own(ReadPath, |p| &p.path), audit refusals;
        /// Moves.
        mv "fs.mv" (Mv) -> (), needs Own(WritePath, |p| (&p.from, &p.to));
        /// Copies.
        cp "fs.cp" (Cp) -> (), needs Own(WritePath, |p| (&p.from, &p.to));
    }
    events {
    }
}
