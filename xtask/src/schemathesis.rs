//! `cargo xtask schemathesis`: asks a server everything its own description says can be asked, as everybody who may ask.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Stdio};

use serde_json::{Value, json};

use crate::sh::{self, program, step};
use crate::{Result, build, setup};

/// What does not end, or ends the session that asks.
const LEFT_OUT: [&str; 8] = [
    "/api/v1/events",
    "/api/auth/logout",
    "/api/auth/password",
    "/api/auth/refresh",
    "/api/v1/commands/auth.logout",
    "/api/v1/commands/auth.refresh",
    "/api/v1/commands/auth.changePassword",
    "/api/v1/commands/llm.test",
];
const PASSWORD: &str = "correct horse battery";

/// Who asks.
#[derive(Debug, Clone, Copy)]
enum Role {
    Admin,
    User,
    /// Who may look on in an organisation, and no more.
    Viewer,
    Stranger,
}

/// A server on a folder of its own for each role; words that follow are for schemathesis.
pub fn run(words: &[String]) -> Result {
    let tool = setup::schemathesis()?;
    build::programs(false, None)?;
    let mut failed = Vec::new();
    for role in [Role::Admin, Role::User, Role::Viewer, Role::Stranger] {
        let asked = step(&format!("schemathesis as {role:?}"), || ask(&tool, role, words));
        if let Err(error) = asked {
            println!("    {error}");
            failed.push(format!("{role:?}"));
        }
    }
    if failed.is_empty() {
        Ok(())
    } else {
        Err(format!("what was answered to {} is not as described", failed.join(", ")))
    }
}

fn ask(tool: &Path, role: Role, words: &[String]) -> Result {
    let folder = sh::target().join("schemathesis").join(format!("{role:?}").to_lowercase());
    let server = Server::start(&folder.join("root"))?;
    let mut command = program(tool);
    command.arg("--config-file").arg(sh::root().join("tests/schemathesis.toml"));
    command.arg("run").arg(format!("{}/openapi.json", server.url)).arg("--no-color");
    // How quickly requests can be made up is no property of the server.
    command.args(["--suppress-health-check", "all"]);
    command.args(["--phases", "examples,coverage,fuzzing,stateful", "--generation-database", "none"]);
    command.arg("--report").arg("junit").arg("--report-dir").arg(&folder);
    if let Some(token) = server.token(role)? {
        command.arg("--header").arg(format!("Authorization: Bearer {token}"));
    }
    for path in LEFT_OUT {
        command.args(["--exclude-path", path]);
    }
    sh::run(command.args(words))
}

/// A server without limits that would make its answers a matter of pace.
struct Server {
    child: Child,
    url: String,
}

impl Server {
    fn start(root: &Path) -> Result<Server> {
        let told = |error: std::io::Error| format!("the server could not be started: {error}");
        if root.exists() {
            std::fs::remove_dir_all(root).map_err(told)?;
        }
        std::fs::create_dir_all(root).map_err(told)?;
        let log = std::fs::File::create(root.with_extension("log")).map_err(told)?;
        let name = format!("debug/aetherd{}", std::env::consts::EXE_SUFFIX);
        let mut child = program(sh::target().join(name))
            .args(["--port", "0"])
            .env("AETHER_FS_ROOT", root)
            .env("HOME", root)
            .env("AETHER_ADMIN_PASSWORD", PASSWORD)
            .env("AETHER_RATE_LIMIT", "0")
            .env("AETHER_KEYRING", "0")
            .env("AETHER_LOG_LEVEL", "warn")
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .map_err(told)?;
        let said = child.stdout.take().ok_or("the server says nothing")?;
        let mut url = String::new();
        for line in BufReader::new(said).lines() {
            let line = line.map_err(told)?;
            if let Some(open) = line.trim().strip_prefix("Open") {
                url = open.trim().to_owned();
            }
            if line.trim_start().starts_with("Data") {
                return Ok(Server { child, url });
            }
        }
        Err(format!("the server ended before it could be used; see {}", root.with_extension("log").display()))
    }

    fn token(&self, role: Role) -> Result<Option<String>> {
        let admin = || self.post("/api/auth/login", None, &json!({ "username": "admin", "password": PASSWORD }));
        let person = json!({ "username": "ada", "password": PASSWORD, "displayName": "Ada" });
        let answer = match role {
            Role::Stranger => return Ok(None),
            Role::Admin => admin()?,
            Role::User => self.post("/api/auth/register", None, &person)?,
            Role::Viewer => {
                let admin = token_of(&admin()?)?;
                let viewer = self.post("/api/auth/register", None, &person)?;
                let org = self.post("/api/v1/orgs", Some(&admin), &json!({ "name": "probe" }))?;
                let path = format!("/api/v1/orgs/{}/members", org["data"]["id"].as_str().unwrap_or_default());
                let member = json!({ "userId": viewer["user"]["id"], "role": "viewer" });
                self.post(&path, Some(&admin), &member)?;
                viewer
            }
        };
        token_of(&answer).map(Some)
    }

    /// One request, by hand: xtask has no client of its own.
    fn post(&self, path: &str, token: Option<&str>, body: &Value) -> Result<Value> {
        let told = |error: std::io::Error| format!("{path}: {error}");
        let host = self.url.trim_start_matches("http://");
        let body = body.to_string();
        let sign_in = token.map(|token| format!("Authorization: Bearer {token}\r\n")).unwrap_or_default();
        let mut stream = TcpStream::connect(host).map_err(told)?;
        let head = format!("POST {path} HTTP/1.1\r\nHost: {host}\r\n{sign_in}Connection: close\r\n");
        let rest = format!("Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}", body.len());
        stream.write_all((head + &rest).as_bytes()).map_err(told)?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).map_err(told)?;
        let (head, body) = answer.split_once("\r\n\r\n").ok_or_else(|| format!("{path}: no answer"))?;
        let value: Value = serde_json::from_str(body).map_err(|error| format!("{path}: {error}: {body}"))?;
        match head.split(' ').nth(1) {
            Some("200" | "201") => Ok(value),
            status => Err(format!("{path}: {status:?} {value}")),
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself, which the run has noticed.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn token_of(answer: &Value) -> Result<String> {
    answer["token"].as_str().map(str::to_owned).ok_or_else(|| format!("no token in {answer}"))
}
