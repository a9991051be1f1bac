//! A model server by others (aimock), which answers in the formats of OpenAI, Anthropic, Gemini and Ollama.

use std::process::Stdio;

use serde_json::Value;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::process::{Child, Command};

use crate::kernel::Options;
use crate::{programs, within};

/// A running model server. Dropping it ends it.
pub struct Model {
    pub port: u16,
    _child: Child,
    _fixtures: TempDir,
}

/// The formats, as `provider:model`.
pub const FORMATS: [&str; 4] =
    ["openai:gpt-4.1", "anthropic:claude-sonnet-4-5", "gemini:gemini-2.5-flash", "ollama:llama3.1"];

impl Model {
    /// Starts a server that answers by these fixtures (aimock's own format), and refuses what none of them matches.
    pub async fn start(fixtures: &Value) -> Model {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("fixtures.json");
        std::fs::write(&file, fixtures.to_string()).expect("written");
        let port = free_port().await;
        let server = programs::repository().join("tests/peers/node_modules/@copilotkit/aimock/dist/cli.js");
        assert!(server.is_file(), "aimock is missing; `cargo xtask setup` installs it");
        let mut child = Command::new("node")
            .arg(server)
            .args(["-p", &port.to_string(), "--strict", "--chunk-size", "7", "-f"])
            .arg(&file)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .expect("node starts");
        let mut lines = BufReader::new(child.stdout.take().expect("its output")).lines();
        within("the model server's start", async {
            // It says so when it listens; what it says after that is of no interest.
            while let Ok(Some(_)) = lines.next_line().await {
                if TcpStream::connect(("127.0.0.1", port)).await.is_ok() {
                    return;
                }
            }
            panic!("the model server ended");
        })
        .await;
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        Model { port, _child: child, _fixtures: folder }
    }

    /// The settings that make a kernel ask this server, whatever the format.
    pub fn options(&self, options: Options) -> Options {
        let url = format!("http://127.0.0.1:{}", self.port);
        options
            .set("OPENAI_API_KEY", "test-key")
            .set("OPENAI_BASE_URL", &format!("{url}/v1"))
            .set("ANTHROPIC_API_KEY", "test-key")
            .set("ANTHROPIC_BASE_URL", &url)
            .set("GEMINI_API_KEY", "test-key")
            .set("GEMINI_BASE_URL", &url)
            .set("OLLAMA_HOST", &url)
    }
}

async fn free_port() -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
    listener.local_addr().expect("an address").port()
}
