//! What the tests of several parts stand on.

use std::path::Path;

use aether_server::Network;
use aether_server::program::{Options, Program};
use tauri::Url;

/// Where the page is that came with the program.
pub const PAGE: &str = if cfg!(windows) { "http://tauri.localhost/" } else { "tauri://localhost/" };

/// Addresses of what is another page, or none.
pub const STRANGERS: [&str; 9] = [
    "tauri://evil/",
    "tauri://localhost:1/",
    "http://tauri.localhost:8080/",
    "http://localhost/",
    "https://tauri.localhost.example/",
    "aether-file://localhost/home/agent_7/page.html",
    "aether-file://localhost/home/agent_7/a.pdf",
    "blob:aether-file://localhost/7c7fd5d3",
    "about:blank",
];

pub fn url(text: &str) -> Url {
    Url::parse(text).expect("a URL")
}

/// Runs a test as the program runs.
pub fn block_on<T>(test: impl Future<Output = T>) -> T {
    aether_server::program::runtime().expect("threads").block_on(test)
}

/// A kernel without a network door.
pub async fn program(root: &Path) -> Program {
    let options = Options { root: Some(root.to_owned()), ..Options::default() };
    let mut config = options.configure().expect("a configuration");
    config.keyring = false;
    Program::start(config, Network::Closed).await.expect("a kernel")
}
