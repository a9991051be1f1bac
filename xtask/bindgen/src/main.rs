//! Makes the folder a browser loads the desktop from: `bind` gives the compiled program its JavaScript, `pack` names every
//! file by its content, writes the page and the service worker for those names, and compresses.
//!
//! It is a program apart from xtask because it needs large libraries that nothing else of xtask's needs.
#![allow(clippy::print_stderr)] // It is a program for a terminal.

mod compress;
mod names;
mod pack;
mod shell;

use std::path::Path;
use std::process::ExitCode;

use wasm_bindgen_cli_support::Bindgen;

const HELP: &str = "\
xtask-bindgen bind WASM FOLDER
xtask-bindgen pack PARTS SOURCES ICONS OUT [--compress]";

/// Why a step stopped. The sentence is for the person.
type Result<T = ()> = std::result::Result<T, String>;

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let done = match words.as_slice() {
        ["bind", wasm, folder] => bind(Path::new(wasm), Path::new(folder)),
        ["pack", parts, sources, icons, out, options @ ..] => pack::run(&pack::Job {
            parts: Path::new(parts),
            sources: Path::new(sources),
            icons: Path::new(icons),
            out: Path::new(out),
            compress: options.contains(&"--compress"),
        }),
        _ => Err(HELP.to_owned()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask-bindgen: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Writes `aether_ui.js`, `aether_ui_bg.wasm` and the scripts that crates bring along.
fn bind(wasm: &Path, folder: &Path) -> Result {
    let mut bindgen = Bindgen::new();
    let made = bindgen
        .input_path(wasm)
        .web(true)
        // The page says where the program is: its name holds its content.
        .map(|bindgen| bindgen.omit_default_module_path(true).typescript(false).out_name("aether_ui"))
        .and_then(|bindgen| bindgen.generate(folder));
    made.map_err(|error| format!("{}: {error:#}", wasm.display()))
}
