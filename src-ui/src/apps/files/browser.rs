//! What only the browser can do with files: save them, have them picked.

use wasm_bindgen::JsCast;
use web_sys::{DataTransfer, File, FileList, FileSystemEntry, HtmlAnchorElement};

/// Saves what is at a URL under a name.
pub fn save(url: &str, name: &str) {
    let document = web_sys::window().and_then(|window| window.document());
    let anchor = document.as_ref().and_then(|document| document.create_element("a").ok());
    let Some(anchor) = anchor.and_then(|anchor| anchor.dyn_into::<HtmlAnchorElement>().ok()) else { return };
    anchor.set_href(url);
    anchor.set_download(name);
    if let Some(body) = document.and_then(|document| document.body()) {
        // Some browsers save nothing for a link that is in no page.
        let _ = body.append_child(&anchor);
        anchor.click();
        anchor.remove();
    }
}

pub fn all(list: &FileList) -> Vec<File> {
    (0..list.length()).filter_map(|index| list.get(index)).collect()
}

/// Whether a drag carries this kind of data.
pub fn carries(transfer: &DataTransfer, kind: &str) -> bool {
    transfer.types().includes(&wasm_bindgen::JsValue::from_str(kind), 0)
}

/// The files of a drop, and its folders.
pub fn dropped(transfer: &DataTransfer) -> (Vec<File>, Vec<FileSystemEntry>) {
    let items = transfer.items();
    let (mut files, mut folders) = (Vec::new(), Vec::new());
    for item in (0..items.length()).filter_map(|index| items.get(index)) {
        if item.kind() != "file" {
            continue;
        }
        let folder = item.webkit_get_as_entry().ok().flatten().filter(FileSystemEntry::is_directory);
        if let Some(folder) = folder {
            folders.push(folder);
        } else if let Ok(Some(file)) = item.get_as_file() {
            files.push(file);
        }
    }
    if files.is_empty() && folders.is_empty() {
        files = transfer.files().as_ref().map(all).unwrap_or_default();
    }
    (files, folders)
}
