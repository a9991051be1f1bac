//! macOS: each command and shell is confined by the system's own seatbelt.
//!
//! The home is shown where it is, not at `/home`, and commands of one sandbox see the processes of the machine.

use std::path::Path;
use std::sync::Arc;

use aether_base::sandbox::{Engine, Sandbox, SandboxError, SandboxSpec};
use async_trait::async_trait;

use crate::detect::{Confines, Unconfined};
use crate::local::Local;

const SANDBOX_EXEC: &str = "/usr/bin/sandbox-exec";

/// What every command is held to. The last rule that fits counts. What another program would start for it, by launchd,
/// an event or a request to open something, would be held to nothing.
const RULES: &str = r#"(version 1)
(allow default)
(deny file-read* (subpath "/Users") (subpath "/Volumes") (subpath "/private/var/root") (subpath "/private/etc/ssh"))
(deny file-read* (subpath (param "DATA")))
(allow file-read-metadata)
(deny file-write*)
(allow file-read* (subpath (param "HOME")))
(allow file-write* (subpath (param "HOME")) (literal "/dev/null") (literal "/dev/tty") (regex #"^/dev/ttys"))
(deny signal)
(allow signal (target same-sandbox))
(deny process-info*)
(allow process-info* (target same-sandbox))
(deny mach-task-name mach-priv-task-port)
(deny job-creation)
(deny appleevent-send)
(deny lsopen)
(deny network*)
"#;

/// A grant: the world, but neither the loopback nor a socket in the file system, save the one that resolves names.
const NETWORK: &str = r#"(allow network-outbound)
(allow network-inbound (local ip "localhost:*"))
(deny network-outbound (remote ip "localhost:*") (remote unix-socket))
(allow network-outbound (literal "/private/var/run/mDNSResponder"))
"#;

pub(crate) struct Seatbelt;

#[async_trait]
impl Engine for Seatbelt {
    fn name(&self) -> &'static str {
        "seatbelt"
    }

    async fn open(&self, spec: SandboxSpec) -> Result<Arc<dyn Sandbox>, SandboxError> {
        Ok(Arc::new(Local::new(spec, wrap)))
    }
}

#[async_trait]
impl Confines for Seatbelt {
    async fn probe(&self) -> Result<(), Unconfined> {
        let words = ["-p", "(version 1)(allow default)", "/usr/bin/true"];
        let tried = tokio::process::Command::new(SANDBOX_EXEC).args(words).output().await;
        match tried {
            Ok(output) if output.status.success() => Ok(()),
            Ok(output) => Err(unable(String::from_utf8_lossy(&output.stderr).trim())),
            Err(error) => Err(unable(&error.to_string())),
        }
    }
}

fn unable(reason: &str) -> Unconfined {
    Unconfined {
        reason: format!("{SANDBOX_EXEC} does not work ({reason})"),
        remedy: "It is part of macOS; a kernel that is itself confined by it cannot use it.".to_owned(),
    }
}

fn wrap(spec: &SandboxSpec, network: bool, argv: Vec<String>) -> Vec<String> {
    let mut rules = RULES.to_owned();
    if network {
        rules.push_str(NETWORK);
    }
    let home = spec.home.canonicalize().unwrap_or_else(|_| spec.home.clone());
    // Homes lie two folders below the root of the kernel's data.
    let data = home.parent().and_then(Path::parent).unwrap_or(&home);
    let mut words =
        vec![SANDBOX_EXEC.to_owned(), format!("-DHOME={}", home.display()), format!("-DDATA={}", data.display())];
    for (index, (outside, _, may_write)) in spec.mounts.iter().enumerate() {
        words.push(format!("-DMOUNT{index}={}", outside.display()));
        let write = if *may_write { " file-write*" } else { "" };
        rules.push_str(&format!("(allow file-read*{write} (subpath (param \"MOUNT{index}\")))\n"));
    }
    words.extend(["-p".to_owned(), rules]);
    words.extend(argv);
    words
}
