//! Saving a file where the person wants it. A webview keeps no file of another origin than the page's by itself: it would
//! go there and show it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use tauri::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use tauri::{AppHandle, Manager, Url};
use tauri_plugin_dialog::{DialogExt, MessageDialogKind};
use tokio::fs::{self, File};
use tokio::io::AsyncWriteExt;

use super::{PART, SCHEME, path};
use crate::desktop::Desktop;

/// The virtual path of the file that an address asks to have saved.
pub fn to_save(url: &Url) -> Option<String> {
    let is_file = match url.scheme() {
        "http" | "https" => cfg!(windows) && url.host_str() == Some("aether-file.localhost"),
        scheme => scheme == SCHEME,
    };
    if is_file && url.query() == Some("download=1") { path(url.path()) } else { None }
}

/// Asks where a file is to be saved, and saves it there.
pub fn save(app: &AppHandle, path: String) {
    let name = path.rsplit('/').next().unwrap_or_default().to_owned();
    let saving = app.clone();
    app.dialog().file().set_file_name(name).save_file(move |chosen| {
        let Some(to) = chosen.and_then(|chosen| chosen.into_path().ok()) else { return };
        tauri::async_runtime::spawn(async move {
            let desktop = saving.state::<Arc<Desktop>>().inner().clone();
            if let Err(reason) = copy(&desktop, &path, &to).await {
                let dialog = saving.dialog().message(format!("{path} could not be saved: {reason}"));
                dialog.title("Aether OS").kind(MessageDialogKind::Error).show(|_| {});
            }
        });
    });
}

/// Copies a file out of the kernel part by part: what was there is replaced once all of it has come.
async fn copy(desktop: &Desktop, path: &str, to: &Path) -> Result<(), String> {
    let mut beside = to.as_os_str().to_owned();
    beside.push(".part");
    let beside = PathBuf::from(beside);
    let copied = match write(desktop, path, &beside).await {
        Ok(()) => fs::rename(&beside, to).await.map_err(|error| error.to_string()),
        Err(reason) => Err(reason),
    };
    if copied.is_err() {
        // What cannot be removed was never made.
        let _ = fs::remove_file(&beside).await;
    }
    copied
}

async fn write(desktop: &Desktop, path: &str, to: &Path) -> Result<(), String> {
    let program = desktop.program().await.ok_or("Aether OS is shutting down.")?;
    let mut file = File::create(to).await.map_err(|error| error.to_string())?;
    let (mut have, mut version) = (0, None);
    loop {
        let mut headers = HeaderMap::new();
        let range = HeaderValue::from_str(&format!("bytes={have}-")).map_err(|error| error.to_string())?;
        headers.insert(header::RANGE, range);
        let answer = program.server().file(path, &Method::GET, &headers, PART).await;
        match answer.status() {
            StatusCode::PARTIAL_CONTENT => {}
            // An empty file has no part.
            StatusCode::RANGE_NOT_SATISFIABLE if have == 0 => break,
            _ => return Err(reason(answer.body())),
        }
        let (seen, size) = (tag(answer.headers()), size(answer.headers()).unwrap_or_default());
        if version.get_or_insert(seen.clone()) != &seen {
            return Err("it changed meanwhile. Save it again.".to_owned());
        }
        file.write_all(answer.body()).await.map_err(|error| error.to_string())?;
        have += answer.body().len() as u64;
        if have >= size || answer.body().is_empty() {
            break;
        }
    }
    file.flush().await.map_err(|error| error.to_string())
}

/// What names the version of a file, whether the kernel vouches for it yet or not.
fn tag(headers: &HeaderMap) -> String {
    let tag = headers.get(header::ETAG).and_then(|tag| tag.to_str().ok()).unwrap_or_default();
    tag.trim_start_matches("W/").to_owned()
}

/// The bytes of the whole file, of which an answer has a part.
fn size(headers: &HeaderMap) -> Option<u64> {
    headers.get(header::CONTENT_RANGE)?.to_str().ok()?.rsplit_once('/')?.1.parse().ok()
}

/// The sentence of a refusal.
fn reason(body: &[u8]) -> String {
    let said: Option<serde_json::Value> = serde_json::from_slice(body).ok();
    let said = said.as_ref().and_then(|said| said["error"].as_str());
    said.unwrap_or("The kernel did not give it.").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_says_what_is_to_be_saved() {
        let saved = |text: &str| to_save(&Url::parse(text).expect("a URL"));
        let path = "aether-file://localhost/%2Fhome%2Fada%2Fa%20b.html?download=1";
        assert_eq!(saved(path).as_deref(), Some("/home/ada/a b.html"));
        for other in [
            "aether-file://localhost/a.html",
            "aether-file://localhost/a.html?v=1",
            "tauri://localhost/a.html?download=1",
            "https://box/a.html?download=1",
        ] {
            assert_eq!(saved(other), None, "{other}");
        }
    }

    #[test]
    fn an_answer_says_which_part_of_what_it_is() {
        let mut headers = HeaderMap::new();
        headers.insert(header::ETAG, HeaderValue::from_static("W/\"a-1\""));
        headers.insert(header::CONTENT_RANGE, HeaderValue::from_static("bytes 0-9/42"));
        assert_eq!((tag(&headers).as_str(), size(&headers)), ("\"a-1\"", Some(42)));
        assert_eq!(reason(br#"{"error":"No."}"#), "No.");
        assert_eq!(size(&HeaderMap::new()), None);
    }
}
