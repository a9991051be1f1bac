//! What this machine has, what it lacks, and the remedy.

use std::net::TcpListener;
use std::path::PathBuf;

use crate::Result;
use crate::setup::{For, PARTS};

/// `cargo xtask doctor`. Fails only if something is missing without which Aether OS does not run.
pub fn run() -> Result {
    let mut broken = false;
    for part in PARTS {
        if (part.present)() {
            println!("ok    {}", part.name);
            continue;
        }
        let needed = part.needed_for == For::Run;
        broken |= needed;
        println!("{}  {}: {}. Remedy: {}", if needed { "fail" } else { "warn" }, part.name, part.why, (part.remedy)());
    }
    port();
    broken |= !data_folder();
    models();
    if broken { Err("something is missing; see above".to_owned()) } else { Ok(()) }
}

fn port() {
    let port: u16 = std::env::var("AETHER_PORT").ok().and_then(|port| port.parse().ok()).unwrap_or(3001);
    match TcpListener::bind(("127.0.0.1", port)) {
        Ok(_) => println!("ok    port {port} is free"),
        Err(error) => println!("warn  port {port}: {error}. Remedy: stop what uses it, or set AETHER_PORT."),
    }
}

fn data_folder() -> bool {
    let home = std::env::var_os(if cfg!(windows) { "USERPROFILE" } else { "HOME" }).map(PathBuf::from);
    let Some(folder) = std::env::var_os("AETHER_FS_ROOT").map(PathBuf::from).or(home.map(|home| home.join(".aether")))
    else {
        println!("fail  data folder: there is no home directory. Remedy: set AETHER_FS_ROOT.");
        return false;
    };
    if !folder.exists() {
        println!("ok    data folder {} (made on the first start)", folder.display());
        return true;
    }
    let probe = folder.join(".doctor");
    let writable = std::fs::write(&probe, b"").and_then(|()| std::fs::remove_file(&probe));
    match &writable {
        Ok(()) => println!("ok    data folder {}", folder.display()),
        Err(error) => println!(
            "fail  data folder {}: {error}. Remedy: make it writable, or set AETHER_FS_ROOT.",
            folder.display()
        ),
    }
    writable.is_ok()
}

fn models() {
    let keys = ["GEMINI_API_KEY", "OPENAI_API_KEY", "ANTHROPIC_API_KEY"];
    let set: Vec<&str> =
        keys.into_iter().filter(|key| std::env::var(key).is_ok_and(|value| !value.is_empty())).collect();
    let ollama = std::net::TcpStream::connect_timeout(
        &std::net::SocketAddr::from(([127, 0, 0, 1], 11434)),
        std::time::Duration::from_millis(300),
    );
    if set.is_empty() && ollama.is_err() {
        println!("warn  no model: set {} or start Ollama. The tour works without.", keys.join(", "));
    } else {
        println!(
            "ok    models: {}",
            set.into_iter().chain(ollama.is_ok().then_some("Ollama")).collect::<Vec<_>>().join(", ")
        );
    }
}
