//! Sandboxes in use: one an agent, one a user's own session, opened when first needed.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use aether_base::config::Effect;
use aether_base::ports::Homes;
use aether_base::sandbox::{Engine, Exec as SandboxExec, Sandbox, SandboxSpec};
use aether_protocol::domains::agent::{Directive, Exec, ExecResult, Grant};
use aether_protocol::domains::process::SandboxType;
use aether_protocol::{Pid, UserId};
use futures_util::future::join_all;
use tokio::sync::OnceCell;
use tokio_util::sync::CancellationToken;

use crate::error::{ProcessError, Result};
use crate::{Processes, environment};

/// Seconds a command may take: unless asked otherwise, and at most.
const TIMEOUT: u64 = 120;
const LONGEST_TIMEOUT: u64 = 600;
/// Bytes of output kept of each of stdout and stderr.
const OUTPUT_LIMIT: usize = 1024 * 1024;

/// Whose sandbox it is.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum SandboxKey {
    Agent(Pid),
    /// An agent that a person has allowed onto the bare host.
    Host(Pid),
    User(UserId),
}

type Cell = Arc<OnceCell<Arc<dyn Sandbox>>>;

/// The sandboxes that are open.
pub struct Sandboxes {
    engine: Arc<dyn Engine>,
    host: Arc<dyn Engine>,
    homes: Arc<dyn Homes>,
    open: Mutex<HashMap<SandboxKey, Cell>>,
}

impl Sandboxes {
    pub fn new(engine: Arc<dyn Engine>, host: Arc<dyn Engine>, homes: Arc<dyn Homes>) -> Sandboxes {
        Sandboxes { engine, host, homes, open: Mutex::default() }
    }

    /// The sandbox of this key, opened if it is not. An agent's gets this environment and niceness.
    pub async fn get(
        &self,
        key: &SandboxKey,
        of: impl FnOnce() -> Option<(BTreeMap<String, String>, u8)> + Send,
    ) -> Result<Arc<dyn Sandbox>> {
        let cell = self.lock().entry(key.clone()).or_default().clone();
        let sandbox = cell
            .get_or_try_init(|| async {
                let engine = if matches!(key, SandboxKey::Host(_)) { &self.host } else { &self.engine };
                Ok::<_, ProcessError>(engine.open(self.spec(key, of()).await?).await?)
            })
            .await?;
        Ok(sandbox.clone())
    }

    /// The sandboxes of an agent that are open.
    pub fn running(&self, pid: Pid) -> Vec<Arc<dyn Sandbox>> {
        let open = self.lock();
        let cells = [SandboxKey::Agent(pid), SandboxKey::Host(pid)].map(|key| open.get(&key).cloned());
        cells.into_iter().flatten().filter_map(|cell| cell.get().cloned()).collect()
    }

    pub async fn close(&self, pid: Pid) {
        let running = self.running(pid);
        for key in [SandboxKey::Agent(pid), SandboxKey::Host(pid)] {
            self.lock().remove(&key);
        }
        for sandbox in running {
            sandbox.close().await;
        }
    }

    /// Closes the sandbox of a user's own shells.
    pub async fn close_of(&self, user: &UserId) {
        let cell = self.lock().remove(&SandboxKey::User(user.clone()));
        if let Some(sandbox) = cell.and_then(|cell| cell.get().cloned()) {
            sandbox.close().await;
        }
    }

    pub async fn close_everything(&self) {
        let open: Vec<Cell> = self.lock().drain().map(|(_, cell)| cell).collect();
        join_all(open.iter().filter_map(|cell| cell.get()).map(|sandbox| sandbox.close())).await;
    }

    async fn spec(&self, key: &SandboxKey, of: Option<(BTreeMap<String, String>, u8)>) -> Result<SandboxSpec> {
        let (pid, user, home, home_inside) = match key {
            SandboxKey::Agent(pid) | SandboxKey::Host(pid) => {
                (*pid, pid.uid(), self.homes.agent_home(*pid).await?, pid.home())
            }
            SandboxKey::User(user) => {
                let (home, name) = self.homes.user_home(user).await?;
                let inside = format!("/home/{name}");
                (Pid::SESSION, name, home, inside)
            }
        };
        let (env, nice) = of.unwrap_or_else(|| {
            let mut env = environment::base(&user, &home_inside);
            env.insert("AETHER_PID".to_owned(), pid.to_string());
            (env, 0)
        });
        Ok(SandboxSpec { pid, user, home, home_inside, mounts: Vec::new(), env: env.into_iter().collect(), nice })
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<SandboxKey, Cell>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How far what an agent runs stands back at the processor, by its priority (1 to 5): not at all, to 16.
pub fn niceness(priority: u8) -> u8 {
    priority.clamp(1, 5).saturating_sub(1) * 4
}

impl Processes {
    /// Runs one command of an agent in its sandbox. While the agent is held, nothing is started.
    pub async fn exec(&self, request: Exec) -> Result<ExecResult> {
        let pid = request.pid;
        self.let_run(pid).await?;
        let sandbox = if self.wants_host(&request)? {
            self.sandbox_of(pid, SandboxKey::Host(pid)).await?
        } else {
            let network = self.wants_network(&request)?;
            let sandbox = self.sandbox_of(pid, SandboxKey::Agent(pid)).await?;
            sandbox.set_network(network).await?;
            sandbox
        };
        // Whoever held the agent while its sandbox was opened found none to stop.
        let cancel = self.let_run(pid).await?;
        let seconds = request.timeout_seconds.unwrap_or(TIMEOUT).clamp(1, LONGEST_TIMEOUT);
        let exec = SandboxExec {
            argv: vec!["/bin/bash".to_owned(), "-c".to_owned(), request.command],
            cwd: pid.home(),
            timeout: Duration::from_secs(seconds),
            output_limit: OUTPUT_LIMIT,
        };
        let outcome = sandbox.exec(exec, &cancel).await?;
        Ok(ExecResult {
            exit_code: outcome.exit_code,
            stdout: String::from_utf8_lossy(&outcome.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&outcome.stderr).into_owned(),
            truncated: outcome.truncated,
            timed_out: outcome.timed_out,
            duration_ms: u64::try_from(outcome.duration.as_millis()).unwrap_or(u64::MAX),
        })
    }

    /// Waits while an agent is held, and while a snapshot of it is taken. Answers what is cancelled when it ends.
    async fn let_run(&self, pid: Pid) -> Result<CancellationToken> {
        let (cancel, mut directive) = {
            let table = self.table();
            let live = &table.entries.get(&pid).ok_or(ProcessError::NotFound(pid))?.live;
            (live.cancel.clone(), live.directive.subscribe())
        };
        tokio::select! {
            // Whoever holds the other end has ended.
            _ = directive.wait_for(|directive| *directive != Directive::Pause) => {}
            () = cancel.cancelled() => return Err(ProcessError::Ended(pid)),
        }
        self.captured(pid).await;
        Ok(cancel)
    }

    /// A sandbox for a process that lives. One that was opened while its process ended is closed again.
    pub(crate) async fn sandbox_of(&self, pid: Pid, key: SandboxKey) -> Result<Arc<dyn Sandbox>> {
        let opened = self.sandboxes.get(&key, || {
            let table = self.table();
            let record = &table.entries.get(&pid)?.record;
            Some((environment::of(record), niceness(record.priority)))
        });
        let sandbox = opened.await?;
        if self.is_living(pid) {
            return Ok(sandbox);
        }
        sandbox.close().await;
        self.sandboxes.close(pid).await;
        Err(ProcessError::Ended(pid))
    }

    /// Whether the command runs on the bare host: if the agent is set up so, and an administrator has said so in this
    /// run.
    fn wants_host(&self, request: &Exec) -> Result<bool> {
        let pid = request.pid;
        let table = self.table();
        let entry = table.entries.get(&pid).ok_or(ProcessError::NotFound(pid))?;
        let kind = entry.record.config.sandbox.as_ref().and_then(|sandbox| sandbox.kind);
        if kind != Some(SandboxType::Host) {
            return Ok(false);
        }
        match entry.live.host {
            _ if !self.policy.host_on_request => Err(ProcessError::Refused(
                "Agents run nothing on the bare host of this kernel (sandbox.host_on_request = false). Deploy the agent \
                 without the sandbox type host."
                    .to_owned(),
            )),
            Some(true) => Ok(true),
            Some(false) => Err(ProcessError::Refused("The bare host was refused for this run.".to_owned())),
            None => Err(ProcessError::NeedsApproval {
                action: asking(
                    "Run commands on this machine itself, outside any sandbox, for the rest of this run.",
                    &request.command,
                ),
                grant: Grant::Host,
            }),
        }
    }

    /// Whether the command gets the network: as policy says, or as the person has said in this run.
    fn wants_network(&self, request: &Exec) -> Result<bool> {
        let table = self.table();
        let entry = table.entries.get(&request.pid).ok_or(ProcessError::NotFound(request.pid))?;
        let configured = entry.record.config.sandbox.as_ref().and_then(|sandbox| sandbox.network_access);
        let explicit = request.network == Some(true);
        if !explicit && (request.network == Some(false) || configured != Some(true)) {
            let allowed = entry.live.network == Some(true) && self.policy.network != Effect::Deny;
            return Ok(allowed && request.network != Some(false));
        }
        match (self.policy.network, entry.live.network) {
            (Effect::Allow, _) | (Effect::Ask, Some(true)) => Ok(true),
            (Effect::Ask, None) => Err(ProcessError::NeedsApproval {
                action: asking("Use the network for the rest of this run.", &request.command),
                grant: Grant::Network,
            }),
            (Effect::Deny, _) if explicit => Err(ProcessError::Refused(
                "The network is off for agents on this kernel (sandbox.network = \"deny\").".to_owned(),
            )),
            (Effect::Ask, Some(false)) if explicit => {
                Err(ProcessError::Refused("A person has refused the network for this run.".to_owned()))
            }
            (Effect::Deny, _) | (Effect::Ask, Some(false)) => Ok(false),
        }
    }
}

/// Characters of a command that a description tells; the details have all of it.
const TOLD: usize = 300;

/// What a person is asked: the permission on a line of its own, then the command, for whoever is shown nothing else.
/// Signs that could make the line look like another one are written out.
fn asking(permission: &str, command: &str) -> String {
    let mut told = String::new();
    for sign in command.trim().chars().take(TOLD) {
        match sign {
            '"' | '\'' | '\\' => told.push(sign),
            sign => told.extend(sign.escape_debug()),
        }
    }
    let more = if command.trim().chars().nth(TOLD).is_some() { " \u{2026}" } else { "" };
    format!("{permission}\nThe first command: {told}{more}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_description_tells_the_first_command_on_one_line() {
        assert_eq!(
            asking("Use it.", " echo \"a\"\nrm b\u{202e} "),
            "Use it.\nThe first command: echo \"a\"\\nrm b\\u{202e}"
        );
        let long = asking("Use it.", &"x".repeat(TOLD + 1));
        assert!(long.ends_with("x \u{2026}") && long.lines().count() == 2);
    }
}
