//! Building the desktop: the program for the browser, its scripts and styles, and the folder they are served from.

use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::Result;
use crate::setup::{self, For, Wasm, ensure};
use crate::sh::{self, cargo, npm_program, program, root, step, target};

const TARGET: &str = "wasm32-unknown-unknown";
/// Bytes that a browser may have to load before the desktop is there: program, scripts and styles, compressed.
const HEAVIEST: u64 = 2_000_000;
/// Scripts that esbuild begins with; each becomes a file of its own.
const ENTRIES: [&str; 2] = ["src-ui/js/start.js", "src-ui/js/terminal.js"];
/// Endings of files that styles and scripts name, and that are served as they are.
const COPIED: [&str; 6] = ["woff2", "svg", "png", "jpg", "webp", "avif"];

/// `cargo xtask build-ui [--release]`.
pub fn command(words: &[String]) -> Result {
    ensure(For::Run)?;
    let release = words.iter().any(|word| word == "--release");
    let folder = build(release)?;
    println!("The desktop is in {}.", folder.display());
    if release { weigh(&folder) } else { Ok(()) }
}

/// Builds the desktop and answers the folder that is served. What has not changed is not built again.
pub fn build(release: bool) -> Result<PathBuf> {
    let name = if release { "release" } else { "debug" };
    let out = target().join("ui").join(name);
    let title = if release { "building the desktop (release)" } else { "building the desktop" };
    step(title, || {
        let wasm = compile(release)?;
        Work { release, wasm, parts: target().join("ui-parts").join(name), out: out.clone() }.run()
    })?;
    Ok(out)
}

/// One build.
struct Work {
    release: bool,
    wasm: PathBuf,
    /// What the steps hand to each other.
    parts: PathBuf,
    out: PathBuf,
}

impl Work {
    fn run(&self) -> Result {
        let packer = program_files(&root().join("xtask/bindgen/src"));
        let bound = fingerprint(&[vec![self.wasm.clone()], packer])?;
        std::fs::create_dir_all(&self.parts).map_err(|error| format!("{}: {error}", self.parts.display()))?;
        once(&self.parts.join("bound.stamp"), bound, || self.bind())?;
        let sources = program_files(&root().join("src-ui"));
        let packed = fingerprint(&[sources, program_files(&root().join("icons"))])?;
        let page = self.out.join("index.html");
        let stamp = self.parts.join("packed.stamp");
        if !page.is_file() {
            forget(&stamp)?;
        }
        once(&stamp, hash(&(bound, packed)), || self.bundle().and_then(|()| self.pack()))
    }

    /// Gives the program its JavaScript, and makes it smaller if it is to be shipped.
    fn bind(&self) -> Result {
        let bound = self.parts.join("bound");
        empty(&bound)?;
        sh::run(bindgen().arg("bind").arg(&self.wasm).arg(&bound))?;
        if self.release {
            let program = bound.join("aether_ui_bg.wasm");
            let mut smaller = npm_program("src-ui", "wasm-opt");
            smaller.args(["-Oz", "--strip-debug", "--strip-producers", "--strip-target-features"]);
            sh::run(smaller.arg(&program).arg("-o").arg(&program))?;
        }
        Ok(())
    }

    /// Scripts, styles and the fonts they name.
    fn bundle(&self) -> Result {
        let bundled = self.parts.join("bundled");
        empty(&bundled)?;
        let mut esbuild = npm_program("src-ui", "esbuild");
        esbuild.args(ENTRIES).args([
            "--bundle",
            "--splitting",
            "--format=esm",
            "--target=es2022",
            "--log-level=warning",
        ]);
        esbuild.args(["--entry-names=[name]-[hash]", "--chunk-names=[name]-[hash]", "--asset-names=[name]-[hash]"]);
        esbuild.args(COPIED.map(|ending| format!("--loader:.{ending}=file")));
        esbuild.arg(format!("--alias:aether-ui={}", self.parts.join("bound/aether_ui.js").display()));
        esbuild.arg(format!("--outdir={}", bundled.display()));
        esbuild.arg(format!("--metafile={}", self.parts.join("meta.json").display()));
        if self.release {
            esbuild.arg("--minify");
        }
        sh::run(&mut esbuild)
    }

    /// Names by content, the page, the service worker, compression.
    fn pack(&self) -> Result {
        let mut pack = bindgen();
        pack.arg("pack").arg(&self.parts).arg(root().join("src-ui")).arg(root().join("icons")).arg(&self.out);
        if self.release {
            pack.arg("--compress");
        }
        std::fs::create_dir_all(target().join("ui")).map_err(|error| error.to_string())?;
        sh::run(&mut pack)
    }
}

/// Compiles the program for the browser and answers where it is.
fn compile(release: bool) -> Result<PathBuf> {
    let (mut cargo, compiler) = compiler()?;
    let profile = if release { "wasm" } else { "wasm-dev" };
    cargo.args(["build", "-p", "aether-ui", "--lib", "--profile", profile]);
    for_browser(&mut cargo, compiler);
    sh::run(&mut cargo)?;
    Ok(folder(compiler).join(TARGET).join(profile).join("aether_ui.wasm"))
}

/// The Cargo that compiles for the browser here.
pub fn compiler() -> Result<(Command, Wasm)> {
    match setup::wasm() {
        Some(Wasm::Rustup) => Ok((cargo(), Wasm::Rustup)),
        Some(Wasm::Debian) => {
            println!("    rustup has no WebAssembly here; Debian's compiler is used");
            let mut cargo = program("/usr/bin/cargo");
            cargo.env("RUSTC", "/usr/bin/rustc").env("RUSTC_BOOTSTRAP", "1").env_remove("RUSTUP_TOOLCHAIN");
            Ok((cargo, Wasm::Debian))
        }
        None => Err("there is no WebAssembly compiler; `cargo xtask setup` installs one".to_owned()),
    }
}

/// Has a Cargo build for the browser, in a folder of the compiler's own: two compilers never share one.
pub fn for_browser(cargo: &mut Command, compiler: Wasm) {
    cargo.args(["--target", TARGET, "--target-dir"]).arg(folder(compiler));
    if compiler == Wasm::Debian {
        cargo.arg("-Zbuild-std=std,panic_abort");
    }
}

fn folder(compiler: Wasm) -> PathBuf {
    target().join(if compiler == Wasm::Rustup { "wasm" } else { "wasm-debian" })
}

fn bindgen() -> Command {
    let mut bindgen = cargo();
    bindgen.args(["run", "--quiet", "-p", "xtask-bindgen", "--"]);
    bindgen
}

/// Prints what a browser has to load before the desktop is there, and fails if that is too much. Parts that are loaded
/// when they are first needed do not count.
pub fn weigh(desktop: &Path) -> Result {
    let page = desktop.join("index.html");
    let page = std::fs::read_to_string(&page).map_err(|error| format!("{}: {error}", page.display()))?;
    let mut total = 0;
    for name in first(&page) {
        let path = desktop.join("assets").join(format!("{name}.br"));
        let size = std::fs::metadata(&path).map_err(|error| format!("{}: {error}", path.display()))?.len();
        println!("    {:>8.1} KB  {name}", size as f64 / 1000.0);
        total += size;
    }
    println!("    {:>8.1} KB  of {} KB", total as f64 / 1000.0, HEAVIEST / 1000);
    if total == 0 {
        return Err("the page names no program, script or style".to_owned());
    }
    if total > HEAVIEST {
        return Err(format!(
            "the desktop is too heavy by {} bytes; load parts of it when they are needed",
            total - HEAVIEST
        ));
    }
    Ok(())
}

/// The program, scripts and styles that a page's own attributes name.
fn first(page: &str) -> Vec<&str> {
    let names = page.split("=\"/assets/").skip(1).filter_map(|rest| rest.split_once('"')).map(|(name, _)| name);
    let mut names: Vec<&str> =
        names.filter(|name| [".wasm", ".js", ".css"].iter().any(|ending| name.ends_with(ending))).collect();
    names.sort_unstable();
    names.dedup();
    names
}

/// The files of a folder that say what is built; what tools put there does not.
fn program_files(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut files = Vec::new();
    for path in entries.flatten().map(|entry| entry.path()) {
        let name = path.file_name().unwrap_or_default();
        if path.is_dir() && name != "node_modules" && name != "target" {
            files.extend(program_files(&path));
        } else if path.is_file() && name != "Cargo.toml" {
            files.push(path);
        }
    }
    files.sort();
    files
}

/// A number that changes when one of these files does.
fn fingerprint(lists: &[Vec<PathBuf>]) -> Result<u64> {
    let mut seen = Vec::new();
    for path in lists.iter().flatten() {
        let data = std::fs::metadata(path).map_err(|error| format!("{}: {error}", path.display()))?;
        let changed = data.modified().map_err(|error| format!("{}: {error}", path.display()))?;
        seen.push((path, data.len(), changed));
    }
    Ok(hash(&seen))
}

fn hash(value: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

/// Does work unless it was done for this fingerprint already.
fn once(stamp: &Path, print: u64, work: impl FnOnce() -> Result) -> Result {
    let print = format!("{print:016x}");
    if std::fs::read_to_string(stamp).is_ok_and(|done| done == print) {
        return Ok(());
    }
    forget(stamp)?;
    work()?;
    std::fs::write(stamp, print).map_err(|error| format!("{}: {error}", stamp.display()))
}

fn forget(stamp: &Path) -> Result {
    match std::fs::remove_file(stamp) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(format!("{}: {error}", stamp.display())),
        _ => Ok(()),
    }
}

/// Makes a folder that has nothing in it.
pub fn empty(folder: &Path) -> Result {
    match std::fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(format!("{}: {error}", folder.display())),
        _ => std::fs::create_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_page_lists_for_later_is_not_loaded_first() {
        let page = r#"<link href="/assets/start-1.css"><script src="/assets/start-2.js"></script>
            <link href="/assets/aether-3.wasm"><link href="/assets/start-1.css"><link href="/assets/latin-4.woff2">
            <script>{"terminal.js":"/assets/terminal-5.js"}</script>"#;
        assert_eq!(first(page), ["aether-3.wasm", "start-1.css", "start-2.js"]);
    }

    #[test]
    fn work_is_done_once_for_what_has_not_changed() {
        let folder = std::env::temp_dir().join(format!("aether-once-{}", std::process::id()));
        empty(&folder).expect("a folder");
        let stamp = folder.join("stamp");
        let mut done = 0;
        let mut work = |print| {
            once(&stamp, print, || {
                done += 1;
                if print == 3 { Err("no".to_owned()) } else { Ok(()) }
            })
        };
        for print in [1, 1, 2] {
            work(print).expect("done");
        }
        work(3).expect_err("it failed");
        work(2).expect("done");
        assert_eq!(done, 4, "what has not changed is left alone, and what failed is not taken for done");
        std::fs::remove_dir_all(&folder).expect("removed");
    }
}
