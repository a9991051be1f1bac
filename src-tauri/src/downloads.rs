//! Saving on this machine: files of the kernel, and what the page itself has made to be saved.
//!
//! A file of the kernel is copied from the stream that `fs.download` opens, so it may be of any size and the gate says
//! who may have it. What the page has made (a `blob:`) the webview saves by itself, where it is told to.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use aether_server::program::Program;
use tauri::webview::DownloadEvent;
use tauri::{AppHandle, Manager, Url, Webview};
use tokio::io::AsyncWriteExt;

use crate::desktop::{Desktop, is_page};
use crate::landing::{Landing, free_path, safe_name};
use crate::{files, notice};

/// Why there is no place for a file.
const NO_FOLDER: &str = "This system names no folder for downloads. Set HOME.";

/// Has the page's links to files that are to be saved come here.
pub const SCRIPT: &str = include_str!("downloads.js");

/// Saves the file that a link of the page names. The person is told how it went.
#[tauri::command]
#[allow(clippy::needless_pass_by_value)] // The shape that Tauri asks for.
pub fn download(app: AppHandle, webview: Webview, url: Url) -> Result<(), String> {
    let path = wanted(webview.url(), &url)?;
    tauri::async_runtime::spawn(async move {
        let name = name(&path);
        let saved = match app.state::<Arc<Desktop>>().program().await {
            Some(program) => save(&program, &path, folder(&app)).await,
            None => Err("Aether OS is shutting down.".to_owned()),
        };
        tell(&app, &name, saved);
    });
    Ok(())
}

/// The virtual path of the file that whoever shows this address may have saved.
fn wanted(asking: tauri::Result<Url>, url: &Url) -> Result<String, String> {
    // Tauri lets in whatever a scheme of the program's shows, and that of files shows what agents write.
    if !asking.is_ok_and(|url| is_page(&url)) {
        return Err("Only the page of Aether OS saves files.".to_owned());
    }
    files::to_save(url).ok_or_else(|| "This is no address of a file that is to be saved.".to_owned())
}

fn name(path: &str) -> String {
    safe_name(path.rsplit('/').next().unwrap_or_default())
}

/// Copies a file of the kernel into a folder, and answers where it is.
async fn save(program: &Program, path: &str, folder: Option<PathBuf>) -> Result<PathBuf, String> {
    let folder = folder.ok_or(NO_FOLDER)?;
    let mut source = program.server().read(path).await.map_err(|error| error.message)?;
    let name = name(path);
    let begin = move || Landing::begin(&folder, &name);
    let begun = tauri::async_runtime::spawn_blocking(begin).await.map_err(|error| error.to_string())?;
    let (landing, file) = begun.map_err(failed)?;
    let mut file = tokio::fs::File::from_std(file);
    let mut came = 0;
    while let Some(chunk) = source.next().await {
        came += chunk.len() as u64;
        file.write_all(&chunk).await.map_err(failed)?;
    }
    file.flush().await.map_err(failed)?;
    // Some disks say only now that they are full.
    file.sync_all().await.map_err(failed)?;
    if came != source.size {
        return Err(format!("Only {} of its {} came. Save it again.", shown(came), shown(source.size)));
    }
    // Systems move no file that is open.
    drop(file.into_std().await);
    let settled = tauri::async_runtime::spawn_blocking(move || landing.settle()).await;
    settled.map_err(|error| error.to_string())?.map_err(failed)
}

/// What the webview asks and tells about what it saves.
pub fn follow() -> impl Fn(Webview, DownloadEvent<'_>) -> bool + Send + Sync + 'static {
    // Where each goes: not every system says so once it is done.
    let going: Mutex<HashMap<Url, PathBuf>> = Mutex::default();
    move |webview, event| {
        let app = webview.app_handle();
        let mut going = going.lock().unwrap_or_else(PoisonError::into_inner);
        match event {
            DownloadEvent::Requested { url, destination } => {
                let is_going = |path: &Path| going.values().any(|other| other == path);
                match place(&url, destination, folder(app), is_going) {
                    Some(Ok(place)) => {
                        destination.clone_from(&place);
                        going.insert(url, place);
                        true
                    }
                    Some(Err(reason)) => {
                        tell(app, &file_name(destination), Err(reason));
                        false
                    }
                    None => {
                        tracing::warn!(scheme = url.scheme(), "nothing is saved from here");
                        false
                    }
                }
            }
            DownloadEvent::Finished { url, success, .. } => {
                if let Some(path) = going.remove(&url) {
                    let name = file_name(&path);
                    let lost = || "The window could not write it. Look whether there is room on the disk.".to_owned();
                    tell(app, &name, if success { Ok(path) } else { Err(lost()) });
                }
                true
            }
            _ => false,
        }
    }
}

/// Where the webview may save something; nowhere unless our page has made it. What it is still saving has its place
/// already, though there may be no file yet.
fn place(
    url: &Url,
    suggested: &Path,
    folder: Option<PathBuf>,
    is_going: impl Fn(&Path) -> bool,
) -> Option<Result<PathBuf, String>> {
    let page = url.path().rsplit_once('/').map(|(origin, _)| origin)?;
    if url.scheme() != "blob" || !files::is_our_page(page.as_bytes()) {
        return None;
    }
    let found = folder.ok_or_else(|| NO_FOLDER.to_owned());
    Some(found.and_then(|folder| free_path(&folder, &file_name(suggested), is_going).map_err(failed)))
}

#[allow(clippy::needless_pass_by_value)] // What an error is mapped by.
fn failed(error: std::io::Error) -> String {
    format!("It could not be written: {error}.")
}

fn file_name(path: &Path) -> String {
    safe_name(&path.file_name().unwrap_or_default().to_string_lossy())
}

/// The person's folder for downloads. Not every desktop on Linux names one.
fn folder(app: &AppHandle) -> Option<PathBuf> {
    let home = || app.path().home_dir().map(|home| home.join("Downloads"));
    app.path().download_dir().or_else(|_| home()).ok()
}

fn tell(app: &AppHandle, name: &str, saved: Result<PathBuf, String>) {
    match saved {
        Ok(path) => {
            let landed = file_name(&path);
            let size = std::fs::metadata(&path).map(|data| shown(data.len())).unwrap_or_default();
            let folder = path.parent().map(|folder| folder.display().to_string()).unwrap_or_default();
            notice::tell(app, format!("Saved {landed}"), format!("{size} in {folder}"), move |_| reveal(&path));
        }
        Err(reason) => {
            tracing::warn!(name, reason, "a file was not saved");
            notice::tell(app, format!("{name} was not saved"), reason, crate::desktop::reveal);
        }
    }
}

/// Shows a file where it lies.
fn reveal(path: &Path) {
    if let Err(error) = tauri_plugin_opener::reveal_item_in_dir(path) {
        tracing::warn!(%error, "the folder could not be shown");
    }
}

/// A size as a person reads it.
fn shown(bytes: u64) -> String {
    let units = ["bytes", "KB", "MB", "GB"];
    let mut size = bytes as f64;
    let mut unit = 0;
    while size >= 999.95 && unit + 1 < units.len() {
        size /= 1000.0;
        unit += 1;
    }
    if unit == 0 { format!("{bytes} bytes") } else { format!("{size:.1} {}", units[unit]) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{PAGE, STRANGERS, block_on, program, url};

    #[test]
    fn only_the_page_has_a_file_saved() {
        let file = url("aether-file://localhost/home/ada/a.txt?download=1");
        assert_eq!(wanted(Ok(url(PAGE)), &file).as_deref(), Ok("/home/ada/a.txt"));
        for stranger in STRANGERS {
            assert!(wanted(Ok(url(stranger)), &file).is_err(), "{stranger}");
        }
        assert!(wanted(Err(tauri::Error::WindowNotFound), &file).is_err());
        assert!(wanted(Ok(url(PAGE)), &url("https://example.org/a.txt?download=1")).is_err());
    }

    #[test]
    fn the_webview_saves_what_the_page_has_made_and_nothing_else() {
        let folder = tempfile::tempdir().expect("a folder");
        let place = |from: &str, going: &[&str]| {
            let is_going = |path: &Path| going.iter().any(|name| *path == folder.path().join(name));
            place(&url(from), Path::new("/elsewhere/.made.txt"), Some(folder.path().to_owned()), is_going)
        };
        let ours = format!("blob:{PAGE}7c7fd5d3");
        assert_eq!(place(&ours, &[]), Some(Ok(folder.path().join("made.txt"))));
        assert_eq!(place(&ours, &["made.txt"]), Some(Ok(folder.path().join("made (1).txt"))));
        let data =
            ["data:text/plain,a", "https://example.org/a.txt", "blob:null/7c7fd5d3", "blob:https://evil/7c7fd5d3"];
        for other in STRANGERS.into_iter().chain(data).chain([PAGE]) {
            assert_eq!(place(other, &[]), None, "{other}");
        }
        assert!(super::place(&url(&ours), Path::new("a"), None, |_| false).is_some_and(|place| place.is_err()));
    }

    #[test]
    fn a_file_is_saved_past_the_gate_and_nothing_else() {
        block_on(saved_and_refused());
    }

    async fn saved_and_refused() {
        let root = tempfile::tempdir().expect("a folder");
        let program = program(root.path()).await;
        let folder = root.path().join("saved");
        let content: Vec<u8> = (0..3_000_000_u32).flat_map(u32::to_le_bytes).collect();
        let shared = root.path().join("shared/made");
        std::fs::create_dir_all(&shared).expect("a folder");
        std::fs::write(shared.join("big.bin"), &content).expect("written");
        for name in ["big.bin", "big (1).bin"] {
            let saved = save(&program, "/shared/made/big.bin", Some(folder.clone())).await.expect("saved");
            assert_eq!(saved, folder.join(name));
            assert!(std::fs::read(&saved).expect("read") == content, "{name} is another file");
        }
        for path in ["/shared/made", "/shared/made/none", "/etc/passwd", "/shared/../var/kernel.db", "/var/kernel.db"] {
            let refused = save(&program, path, Some(folder.clone())).await;
            assert!(refused.is_err(), "{path} was saved");
        }
        assert_eq!(std::fs::read_dir(&folder).expect("read").count(), 2, "what is refused leaves nothing");
        program.end().await.expect("an end");
    }

    #[test]
    fn sizes_are_short() {
        for (bytes, expect) in
            [(0, "0 bytes"), (999, "999 bytes"), (1_000, "1.0 KB"), (999_999, "1.0 MB"), (1 << 30, "1.1 GB")]
        {
            assert_eq!(shown(bytes), expect);
        }
    }
}
