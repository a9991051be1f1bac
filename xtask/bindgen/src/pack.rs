//! Putting the folder together that is served.

use std::path::{Path, PathBuf};

use crate::{Result, compress, names, shell};

/// What is packed into what.
pub struct Job<'a> {
    /// Holds `bound/`, what `bind` wrote, and `bundled/`, what esbuild wrote, with `meta.json` beside it.
    pub parts: &'a Path,
    /// Holds `index.html` and `pwa/`.
    pub sources: &'a Path,
    pub icons: &'a Path,
    pub out: &'a Path,
    pub compress: bool,
}

/// Icons a browser asks for.
const ICONS: [&str; 4] = ["aether.svg", "icon-192.png", "icon-512.png", "icon-maskable-512.png"];

/// Packs into a new folder, and puts it in the old one's place when it is whole.
pub fn run(job: &Job<'_>) -> Result {
    let fresh = job.out.with_extension("new");
    remove(&fresh)?;
    let assets = fresh.join("assets");
    for folder in [&assets, &fresh.join("icons")] {
        std::fs::create_dir_all(folder).map_err(|error| at(folder, &error))?;
    }
    let mut served = names::of_bundle(&text(&job.parts.join("meta.json"))?)?;
    for path in files(&job.parts.join("bundled"))? {
        copy(&path, &assets)?;
    }
    let program = job.parts.join("bound/aether_ui_bg.wasm");
    let bytes = std::fs::read(&program).map_err(|error| at(&program, &error))?;
    let name = names::by_content("aether", "wasm", &bytes);
    write(&assets.join(&name), &bytes)?;
    served.insert("aether.wasm".to_owned(), name);

    let page = shell::page(&text(&job.sources.join("index.html"))?, &served)?;
    write(&fresh.join("index.html"), page.as_bytes())?;
    let kept = kept(&assets, &page)?;
    let worker = shell::worker(&text(&job.sources.join("pwa/sw.js"))?, &page, &kept)?;
    write(&fresh.join("sw.js"), worker.as_bytes())?;
    copy(&job.sources.join("pwa/manifest.json"), &fresh)?;
    for icon in ICONS {
        copy(&job.icons.join(icon), &fresh.join("icons"))?;
    }
    if job.compress {
        compress_all(&fresh, job.out)?;
    }
    remove(job.out)?;
    std::fs::rename(&fresh, job.out).map_err(|error| at(job.out, &error))
}

/// What the service worker keeps: every script and style, because an open page may want one after a newer build has taken
/// its place; the program; and the fonts the page names.
fn kept(assets: &Path, page: &str) -> Result<Vec<String>> {
    let mut kept = Vec::new();
    for path in files(assets)? {
        let name = file_name(&path)?;
        let is_code = [".js", ".css", ".wasm"].iter().any(|ending| name.ends_with(ending));
        let url = format!("/assets/{name}");
        if is_code || page.contains(&format!("=\"{url}\"")) {
            kept.push(url);
        }
    }
    Ok(kept)
}

fn compress_all(fresh: &Path, old: &Path) -> Result {
    for path in files(&fresh.join("assets"))? {
        compress::beside(&fresh.join("assets"), &file_name(&path)?, Some(&old.join("assets")))?;
    }
    for folder in [fresh.to_owned(), fresh.join("icons")] {
        for path in files(&folder)? {
            compress::beside(&folder, &file_name(&path)?, None)?;
        }
    }
    Ok(())
}

/// The files of a folder, in order.
fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let entries = std::fs::read_dir(folder).map_err(|error| at(folder, &error))?;
    let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).filter(|path| path.is_file()).collect();
    paths.sort();
    Ok(paths)
}

fn file_name(path: &Path) -> Result<String> {
    let name = path.file_name().and_then(|name| name.to_str());
    name.map(str::to_owned).ok_or_else(|| format!("{} has no name that a URL can hold", path.display()))
}

fn text(path: &Path) -> Result<String> {
    std::fs::read_to_string(path).map_err(|error| at(path, &error))
}

fn write(path: &Path, bytes: &[u8]) -> Result {
    std::fs::write(path, bytes).map_err(|error| at(path, &error))
}

fn copy(from: &Path, folder: &Path) -> Result {
    std::fs::copy(from, folder.join(file_name(from)?)).map(drop).map_err(|error| at(from, &error))
}

fn remove(folder: &Path) -> Result {
    match std::fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(at(folder, &error)),
        _ => Ok(()),
    }
}

fn at(path: &Path, error: &std::io::Error) -> String {
    format!("{}: {error}", path.display())
}
