//! Tools on files: the agent's own home, and what a person allows beyond it.

use aether_protocol::domains::agent::event;
use aether_protocol::domains::fs::{self, FileStat, FileType};
use async_trait::async_trait;
use schemars::JsonSchema;
use serde::Deserialize;

use super::{Effect, Output, Tool, ToolCx, ToolError};

/// Bytes of a written file that its event carries.
const EVENT_CONTENT: usize = 64 * 1024;

/// Reads a text file and gives its content.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct ReadFileInput {
    /// The file.
    path: String,
}

pub struct ReadFile;

#[async_trait]
impl Tool for ReadFile {
    const NAME: &'static str = "read_file";
    const EFFECT: Effect = Effect::Read;
    type Input = ReadFileInput;

    async fn run(cx: &ToolCx, input: ReadFileInput) -> Result<Output, ToolError> {
        let path = cx.path(&input.path);
        let file = fs::Client(&cx.gate).read(fs::Read { path: path.clone() }).await?;
        Ok(file.content.into())
    }
}

/// Writes a text file, replacing what was there. Missing directories are made.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct WriteFileInput {
    /// The file.
    path: String,
    /// The whole new content.
    content: String,
}

pub struct WriteFile;

#[async_trait]
impl Tool for WriteFile {
    const NAME: &'static str = "write_file";
    const EFFECT: Effect = Effect::Idempotent;
    type Input = WriteFileInput;

    async fn run(cx: &ToolCx, input: WriteFileInput) -> Result<Output, ToolError> {
        if input.content.is_empty() {
            return Err(ToolError::Tell("The content is empty. Give the whole content of the file.".to_owned()));
        }
        let path = cx.path(&input.path);
        let written = input.content.len();
        let request = fs::Write { path: path.clone(), content: input.content.clone() };
        fs::Client(&cx.gate).write(request).await?;
        Ok(written_output(cx, path, input.content, format!("Wrote {written} bytes.")))
    }
}

fn written_output(cx: &ToolCx, path: String, mut content: String, text: String) -> Output {
    let end = content.floor_char_boundary(EVENT_CONTENT);
    content.truncate(end);
    Output { text, events: vec![event::FileCreated { pid: cx.pid, path, content }.into()] }
}

/// Replaces text in a file. The old text must occur exactly once, unless `all` is true.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct EditFileInput {
    /// The file.
    path: String,
    /// The text to replace, exactly as it stands in the file.
    old: String,
    /// What to put in its place.
    new: String,
    /// True to replace every occurrence.
    #[serde(default)]
    all: bool,
}

pub struct EditFile;

#[async_trait]
impl Tool for EditFile {
    const NAME: &'static str = "edit_file";
    const EFFECT: Effect = Effect::Act;
    type Input = EditFileInput;

    async fn run(cx: &ToolCx, input: EditFileInput) -> Result<Output, ToolError> {
        let path = cx.path(&input.path);
        let file = fs::Client(&cx.gate).read(fs::Read { path: path.clone() }).await?;
        let edited = replace(&file.content, &input)?;
        let request = fs::Write { path: path.clone(), content: edited.clone() };
        fs::Client(&cx.gate).write(request).await?;
        Ok(written_output(cx, path, edited, "Edited.".to_owned()))
    }
}

fn replace(content: &str, input: &EditFileInput) -> Result<String, ToolError> {
    if input.old.is_empty() {
        return Err(ToolError::Tell("The old text is empty. Name the text to replace.".to_owned()));
    }
    match content.matches(&input.old).count() {
        0 => Err(ToolError::Tell("The old text does not occur in the file. Read the file and copy it exactly.".into())),
        1 => Ok(content.replacen(&input.old, &input.new, 1)),
        _ if input.all => Ok(content.replace(&input.old, &input.new)),
        count => Err(ToolError::Tell(format!(
            "The old text occurs {count} times. Take more of its surroundings, or set `all`."
        ))),
    }
}

/// Lists what a directory holds, with types and sizes.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct ListFilesInput {
    /// The directory; your home if absent.
    #[serde(default)]
    path: Option<String>,
}

pub struct ListFiles;

#[async_trait]
impl Tool for ListFiles {
    const NAME: &'static str = "list_files";
    const EFFECT: Effect = Effect::Read;
    type Input = ListFilesInput;

    async fn run(cx: &ToolCx, input: ListFilesInput) -> Result<Output, ToolError> {
        let path = cx.path(input.path.as_deref().unwrap_or("."));
        let entries = fs::Client(&cx.gate).ls(fs::Ls { path: path.clone() }).await?;
        if entries.is_empty() {
            return Ok("(empty directory)".to_owned().into());
        }
        Ok(entries.iter().map(line).collect::<Vec<_>>().join("\n").into())
    }
}

fn line(entry: &FileStat) -> String {
    match entry.kind {
        FileType::Directory => format!("d {}/", entry.name),
        FileType::File | FileType::Symlink | FileType::Pipe | FileType::Device => {
            format!("- {} ({} bytes)", entry.name, entry.size)
        }
    }
}

/// Makes a directory, with the ones above it.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct MakeDirectoryInput {
    /// The directory.
    path: String,
}

pub struct MakeDirectory;

#[async_trait]
impl Tool for MakeDirectory {
    const NAME: &'static str = "mkdir";
    const EFFECT: Effect = Effect::Idempotent;
    type Input = MakeDirectoryInput;

    async fn run(cx: &ToolCx, input: MakeDirectoryInput) -> Result<Output, ToolError> {
        let path = cx.path(&input.path);
        let request = fs::Mkdir { path: path.clone(), recursive: Some(true) };
        fs::Client(&cx.gate).mkdir(request).await?;
        Ok("Made.".to_owned().into())
    }
}

/// Removes a file, or an empty directory. A missing one counts as removed.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct RemoveInput {
    /// What to remove.
    path: String,
    /// True to remove a directory with all that is in it.
    #[serde(default)]
    recursive: bool,
}

pub struct Remove;

#[async_trait]
impl Tool for Remove {
    const NAME: &'static str = "rm";
    const EFFECT: Effect = Effect::Idempotent;
    type Input = RemoveInput;

    async fn run(cx: &ToolCx, input: RemoveInput) -> Result<Output, ToolError> {
        let path = cx.path(&input.path);
        let request = fs::Rm { path: path.clone(), recursive: Some(input.recursive) };
        fs::Client(&cx.gate).rm(request).await?;
        Ok("Removed.".to_owned().into())
    }
}

/// Tells a file's type, size and times.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct StatInput {
    /// The file or directory.
    path: String,
}

pub struct Stat;

#[async_trait]
impl Tool for Stat {
    const NAME: &'static str = "stat";
    const EFFECT: Effect = Effect::Read;
    type Input = StatInput;

    async fn run(cx: &ToolCx, input: StatInput) -> Result<Output, ToolError> {
        let path = cx.path(&input.path);
        let stat = fs::Client(&cx.gate).stat(fs::Stat { path: path.clone() }).await?;
        Ok(format!(
            "Path: {}\nName: {}\nType: {:?}\nSize: {} bytes\nModified: {} (ms since 1970)",
            stat.path, stat.name, stat.kind, stat.size, stat.modified_at
        )
        .into())
    }
}

/// Moves or renames a file or directory.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct MoveInput {
    /// What to move.
    source: String,
    /// Where to, with the new name.
    destination: String,
}

pub struct Move;

#[async_trait]
impl Tool for Move {
    const NAME: &'static str = "mv";
    const EFFECT: Effect = Effect::Act;
    type Input = MoveInput;

    async fn run(cx: &ToolCx, input: MoveInput) -> Result<Output, ToolError> {
        let (from, to) = (cx.path(&input.source), cx.path(&input.destination));
        let request = fs::Mv { from, to };
        fs::Client(&cx.gate).mv(request).await?;
        Ok("Moved.".to_owned().into())
    }
}

/// Copies a file, or a directory with all that is in it.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct CopyInput {
    /// What to copy.
    source: String,
    /// Where to, with the new name.
    destination: String,
}

pub struct Copy;

#[async_trait]
impl Tool for Copy {
    const NAME: &'static str = "cp";
    const EFFECT: Effect = Effect::Idempotent;
    type Input = CopyInput;

    async fn run(cx: &ToolCx, input: CopyInput) -> Result<Output, ToolError> {
        let (from, to) = (cx.path(&input.source), cx.path(&input.destination));
        let request = fs::Cp { from, to };
        fs::Client(&cx.gate).cp(request).await?;
        Ok("Copied.".to_owned().into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edit(content: &str, old: &str, all: bool) -> Result<String, String> {
        let input = EditFileInput { path: "f".into(), old: old.into(), new: "X".into(), all };
        replace(content, &input).map_err(|error| format!("{error:?}"))
    }

    #[test]
    fn an_edit_wants_its_text_once_unless_told_otherwise() {
        assert_eq!(edit("a b c", "b", false).expect("edited"), "a X c");
        assert_eq!(edit("b b", "b", true).expect("edited"), "X X");
        assert!(edit("b b", "b", false).expect_err("twice").contains("2 times"));
        assert!(edit("a", "b", false).expect_err("missing").contains("does not occur"));
        assert!(edit("a", "", true).is_err());
    }
}
