//! A folder of the person's own machine, as a drop gives it: everything in it, read by the browser.

use aether_protocol::{ErrorCode, WireError};
use js_sys::{Array, Function, Promise};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{File, FileSystemDirectoryEntry, FileSystemDirectoryReader, FileSystemEntry, FileSystemFileEntry};

use super::name::isolated;
use crate::kit::format::{bytes, count};

/// Files and folders that are taken at a time, and bytes of all of them.
const MOST: usize = 5_000;
const MOST_BYTES: f64 = 2e9;

/// See the module. Places are below the folder: nothing for itself, `/a/b` for what is deeper.
#[derive(Default)]
pub struct Tree {
    /// Each after the one that it is in.
    pub folders: Vec<String>,
    /// With the place of the folder that they are in.
    pub files: Vec<(String, File)>,
}

impl Tree {
    /// Reads a folder.
    ///
    /// # Errors
    /// When something in it cannot be read, and when it holds more than is taken at a time.
    pub async fn of(top: &FileSystemEntry) -> Result<Tree, WireError> {
        let mut tree = Tree::default();
        let mut open = vec![(String::new(), top.clone())];
        let mut size = 0.0;
        while let Some((below, folder)) = open.pop() {
            for entry in entries(folder.unchecked_ref()).await? {
                if entry.is_directory() {
                    open.push((format!("{below}/{}", entry.name()), entry));
                } else {
                    let file = file(entry.unchecked_ref()).await?;
                    size += file.size();
                    tree.files.push((below.clone(), file));
                }
            }
            tree.folders.push(below);
            within(&top.name(), tree.files.len() + tree.folders.len() + open.len(), size)?;
        }
        Ok(tree)
    }
}

/// Refuses what is too much, in words.
fn within(name: &str, things: usize, size: f64) -> Result<(), WireError> {
    let much = if things > MOST {
        format!("more than {} files and folders", count(MOST as u64))
    } else if size > MOST_BYTES {
        format!("more than {}", bytes(MOST_BYTES as u64))
    } else {
        return Ok(());
    };
    let text = format!("{} holds {much}. Send it in parts, or as an archive.", isolated(name));
    Err(WireError::new(ErrorCode::TooLarge, text))
}

/// A reader gives a part at a time, and nothing once it has given all.
async fn entries(folder: &FileSystemDirectoryEntry) -> Result<Vec<FileSystemEntry>, WireError> {
    let reader: FileSystemDirectoryReader = folder.create_reader();
    let mut all = Vec::new();
    loop {
        let part = answer(|done, failed| reader.read_entries_with_callback_and_callback(done, failed)).await?;
        let part: Array = part.unchecked_into();
        if part.length() == 0 {
            return Ok(all);
        }
        all.extend(part.iter().map(JsCast::unchecked_into::<FileSystemEntry>));
    }
}

async fn file(entry: &FileSystemFileEntry) -> Result<File, WireError> {
    let file = answer(|done, failed| {
        entry.file_with_callback_and_callback(done, failed);
        Ok(())
    });
    Ok(file.await?.unchecked_into())
}

/// What the browser answers to one of two functions.
async fn answer(ask: impl Fn(&Function, &Function) -> Result<(), JsValue>) -> Result<JsValue, WireError> {
    let promise = Promise::new(&mut |done, failed| {
        if let Err(error) = ask(&done, &failed) {
            // A function that is given by the browser itself does not refuse.
            let _ = failed.call1(&JsValue::NULL, &error);
        }
    });
    let unreadable = |_| {
        let text = "Something in the folder could not be read on this machine. Look whether it is still there.";
        WireError::new(ErrorCode::Unavailable, text)
    };
    JsFuture::from(promise).await.map_err(unreadable)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_that_is_too_much_is_refused_in_words() {
        assert!(within("photos", MOST, MOST_BYTES).is_ok());
        let said = |things, size| within("photos", things, size).expect_err("too much").message;
        assert!(said(MOST + 1, 0.0).contains("more than 5\u{202f}000 files and folders"), "{}", said(MOST + 1, 0.0));
        assert!(said(1, 3e9).contains("more than 2.0 GB. Send it in parts"), "{}", said(1, 3e9));
    }
}
