//! Linux: a namespace by bubblewrap, with landlock and seccomp inside it.

mod bwrap;
mod capture;
mod channel;
mod namespace;
mod network;
mod sandbox;
mod terminal;
mod thread;
mod usage;
#[path = "../../init/src/wire.rs"]
#[allow(dead_code)] // The supervisor inside speaks the other half.
mod wire;

use std::io;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;

use aether_base::sandbox::{Engine, Sandbox, SandboxError, SandboxSpec};
use async_trait::async_trait;
use tokio::io::unix::AsyncFd;

use crate::detect::{Confines, Unconfined};
use sandbox::Confined;
use thread::Spawner;

/// A descriptor whose readiness is told.
fn watched(descriptor: OwnedFd) -> io::Result<AsyncFd<OwnedFd>> {
    // SAFETY: what is owned stays open, and the same, for as long as it is watched.
    #[allow(unsafe_code)]
    unsafe {
        Ok(AsyncFd::register(descriptor)?)
    }
}

/// The programs a sandbox is made with.
pub(crate) struct Programs {
    pub bwrap: PathBuf,
    pub init: PathBuf,
    pub pasta: Option<PathBuf>,
    pub slirp: Option<PathBuf>,
    pub spawner: Spawner,
}

/// Sandboxes by bubblewrap.
pub(crate) struct Bubblewrap(Arc<Programs>);

impl Bubblewrap {
    pub fn new(init: Option<PathBuf>) -> Bubblewrap {
        let init = init.or_else(|| Some(std::env::current_exe().ok()?.with_file_name("aether-init")));
        Bubblewrap(Arc::new(Programs {
            // A name without a folder is looked for, and missed, when it is first started.
            bwrap: find("bwrap").unwrap_or_else(|| "bwrap".into()),
            init: init.unwrap_or_else(|| "aether-init".into()),
            pasta: find("pasta"),
            slirp: find("slirp4netns"),
            spawner: Spawner::default(),
        }))
    }
}

#[async_trait]
impl Engine for Bubblewrap {
    fn name(&self) -> &'static str {
        "bubblewrap"
    }

    async fn open(&self, spec: SandboxSpec) -> Result<Arc<dyn Sandbox>, SandboxError> {
        Ok(Arc::new(Confined::new(self.0.clone(), spec)))
    }
}

#[async_trait]
impl Confines for Bubblewrap {
    async fn probe(&self) -> Result<(), Unconfined> {
        let Programs { bwrap, init, .. } = &*self.0;
        if !init.is_file() {
            return Err(Unconfined {
                reason: format!("the program aether-init is not at {}", init.display()),
                remedy: "Put it there, or say where it is with AETHER_INIT or sandbox.init.".to_owned(),
            });
        }
        let arguments = bwrap::probe_arguments();
        let tried = tokio::process::Command::new(bwrap)
            .args(arguments)
            .env_clear()
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .output()
            .await;
        match tried {
            Ok(output) if output.status.success() => Ok(()),
            Ok(output) => Err(Unconfined {
                reason: String::from_utf8_lossy(&output.stderr).trim().replace('\n', "; "),
                remedy: allow_namespaces(|setting| std::fs::read_to_string(setting).ok()),
            }),
            Err(error) => Err(Unconfined {
                reason: format!("bubblewrap does not start ({error})"),
                remedy: "Install it: `apt install bubblewrap`, or the package of that name of your system.".to_owned(),
            }),
        }
    }
}

/// The setting that most likely keeps users from making namespaces.
fn allow_namespaces(read: impl Fn(&str) -> Option<String>) -> String {
    const SETTINGS: [(&str, &str, &str); 3] = [
        ("/proc/sys/kernel/unprivileged_userns_clone", "0", "kernel.unprivileged_userns_clone=1"),
        (
            "/proc/sys/kernel/apparmor_restrict_unprivileged_userns",
            "1",
            "kernel.apparmor_restrict_unprivileged_userns=0",
        ),
        ("/proc/sys/user/max_user_namespaces", "0", "user.max_user_namespaces=15000"),
    ];
    let shut = SETTINGS.iter().find(|(path, shut, _)| read(path).is_some_and(|value| value.trim() == *shut));
    match shut {
        Some((_, _, open)) => format!("Let users make namespaces: `sysctl -w {open}`."),
        None => "Let this user make namespaces: in a container, start it with a seccomp profile that allows unshare \
                 and mount."
            .to_owned(),
    }
}

fn find(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    // Helpers are often kept where only the administrator's PATH looks.
    let folders = std::env::split_paths(&path).chain(["/usr/sbin", "/sbin"].map(Path::new).map(Path::to_owned));
    folders.filter(|folder| folder.is_absolute()).map(|folder| folder.join(name)).find(|program| program.is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_remedy_names_the_setting_that_is_shut() {
        let check = |path: &'static str, value: &'static str, expect: &str| {
            let remedy = allow_namespaces(|asked| (asked == path).then(|| value.to_owned()));
            assert!(remedy.contains(expect), "{remedy}");
        };
        check("/proc/sys/user/max_user_namespaces", "0\n", "user.max_user_namespaces=15000");
        check("/proc/sys/kernel/apparmor_restrict_unprivileged_userns", "1\n", "apparmor");
        check("/proc/sys/user/max_user_namespaces", "96364\n", "container");
    }
}
