//! The baselines: the same work with nothing of ours in it, where it must not share a process with what measures it.

use std::io::Write;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use futures_util::{SinkExt, StreamExt};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::net::TcpListener;
use tokio::process::{Child, Command};
use tokio_tungstenite::tungstenite::Message;

/// What this program does as a baseline's other side.
pub async fn play(role: &str) {
    match role {
        "echo" => echo().await,
        "idle" => idle().await,
        "crowd" => crowd().await,
        other => panic!("there is no baseline {other}"),
    }
}

/// A baseline in a process of its own, and the first line it said.
pub async fn start(role: &str) -> (Child, String) {
    let mut child = Command::new(std::env::current_exe().expect("this program"))
        .arg(format!("--bare-{role}"))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .expect("it starts");
    let mut lines = BufReader::new(child.stdout.take().expect("its output")).lines();
    let line = lines.next_line().await.expect("its output").expect("a line");
    (child, line)
}

/// A WebSocket server that sends back what it gets.
async fn echo() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
    say(&listener.local_addr().expect("an address").to_string());
    loop {
        let (stream, _) = listener.accept().await.expect("a connection");
        stream.set_nodelay(true).expect("an option");
        tokio::spawn(async move {
            let mut socket = tokio_tungstenite::accept_async(stream).await.expect("an upgrade");
            while let Some(Ok(message)) = socket.next().await {
                if message.is_text() && socket.send(message).await.is_err() {
                    return;
                }
            }
        });
    }
}

/// A WebSocket server that tells everybody the same batch of events, as fast as each takes it.
async fn crowd() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
    say(&listener.local_addr().expect("an address").to_string());
    let batch = tokio_tungstenite::tungstenite::Utf8Bytes::from(crate::crowd::batch());
    loop {
        let (stream, _) = listener.accept().await.expect("a connection");
        let batch = batch.clone();
        tokio::spawn(async move {
            let mut socket = tokio_tungstenite::accept_async(stream).await.expect("an upgrade");
            while socket.send(Message::Text(batch.clone())).await.is_ok() {}
        });
    }
}

/// A runtime that listens and does nothing.
async fn idle() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
    say("ready");
    drop(listener.accept().await);
}

fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}").and_then(|()| out.flush()).expect("written");
}

/// Writes to a temporary file and renames it into place, as often as `times`.
pub fn rename_loop(folder: &Path, content: &str, times: u32) -> Duration {
    let begun = Instant::now();
    for n in 0..times {
        let temporary = folder.join(format!(".{n}.tmp"));
        std::fs::write(&temporary, content).expect("written");
        std::fs::rename(&temporary, folder.join(format!("{n}.txt"))).expect("renamed");
    }
    begun.elapsed()
}

/// One SQLite commit that survives a power cut, as often as `times`.
pub fn full_commits(file: &Path, times: u32) -> Duration {
    let db = rusqlite::Connection::open(file).expect("a database");
    db.pragma_update(None, "journal_mode", "WAL").expect("an option");
    db.pragma_update(None, "synchronous", "FULL").expect("an option");
    db.execute_batch("CREATE TABLE t (n INTEGER PRIMARY KEY, entry TEXT)").expect("a table");
    let entry = "x".repeat(300);
    let begun = Instant::now();
    for n in 0..times {
        db.prepare_cached("INSERT INTO t VALUES (?1, ?2)").expect("a statement").execute((n, &entry)).expect("kept");
    }
    begun.elapsed()
}
