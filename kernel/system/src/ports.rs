//! Adapters: what one part of the kernel needs, made from what another offers.

use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use aether_base::ports::{Audit, AuditRecord, Audited, Departures, EndedAgent, Homes, Models, Owner};
use aether_base::{Caller, Error, Gate, Result, audit, now_ms};
use aether_files::{Files, Snapshots};
use aether_identity::{Identity, Orgs, Permissions};
use aether_process::{AgentJournal, JournalLine, Processes, Spent, Teller, Told};
use aether_protocol::{Command, ErrorCode, Pid, Reply, UserId, WireError};
use aether_runtime::chat::Delta;
use aether_runtime::entry::Entry;
use aether_runtime::ports::{Clock, Ended, Gate as RuntimeGate, Journal, JournalError, Line, ToolUse, Watchers};
use aether_runtime::providers::Registry;
use aether_runtime::trajectory::{self, Trajectory};
use aether_schedule::Schedule;
use aether_store::StoreError;
use aether_webhook::Webhooks;
use async_trait::async_trait;

/// Homes from the file system and the users.
pub struct HomesPort {
    pub files: Arc<Files>,
    pub identity: Arc<Identity>,
}

#[async_trait]
impl Homes for HomesPort {
    async fn agent_home(&self, pid: Pid) -> Result<PathBuf> {
        self.files.create_home(pid).await?;
        Ok(self.files.home_dir(pid))
    }

    async fn user_home(&self, user: &UserId) -> Result<(PathBuf, String)> {
        let name = self.identity.username(user).ok_or_else(|| {
            Error::from(WireError::not_found("This user does not exist any more. Sign in with another account."))
        })?;
        Ok((self.files.user_home(&name).await?, name))
    }
}

/// Who is who, for the file system.
pub struct DirectoryPort {
    pub identity: Arc<Identity>,
    pub processes: OnceLock<Arc<Processes>>,
}

#[async_trait]
impl aether_files::Directory for DirectoryPort {
    fn username(&self, user: &UserId) -> Option<String> {
        self.identity.username(user)
    }

    fn user_named(&self, name: &str) -> Option<UserId> {
        self.identity.user_by_name(name).map(|user| user.id)
    }

    fn owner_of(&self, pid: Pid) -> Option<UserId> {
        match self.processes.get()?.owner(pid) {
            Owner::User { user, .. } => Some(user),
            Owner::Org(_) | Owner::Everyone | Owner::Kernel | Owner::Missing => None,
        }
    }

    fn agents_of(&self, user: &UserId) -> Vec<Pid> {
        self.processes.get().map(|processes| processes.pids_of(user)).unwrap_or_default()
    }

    async fn ended(&self, pids: Vec<Pid>) -> Result<Vec<EndedAgent>> {
        match self.processes.get() {
            Some(processes) => processes.ended(pids).await,
            None => Ok(Vec::new()),
        }
    }
}

/// What users leave behind: agents and terminals, jobs and triggers, webhooks, memberships, policies, snapshots.
pub struct DeparturesPort {
    pub processes: Arc<Processes>,
    pub schedule: Arc<Schedule>,
    pub orgs: Arc<Orgs>,
    pub permissions: Arc<Permissions>,
    pub webhooks: Arc<Webhooks>,
    pub snapshots: Arc<Snapshots>,
}

#[async_trait]
impl Departures for DeparturesPort {
    fn obstacle(&self, user: &UserId) -> Option<String> {
        self.orgs.obstacle(user)
    }

    async fn departed(&self, user: &UserId) {
        // First of all nothing more is started for them.
        self.schedule.departed(user);
        self.webhooks.departed(user);
        self.processes.end_all_of(user).await;
        self.snapshots.departed(user).await;
        self.orgs.departed(user).await;
        self.permissions.departed(user).await;
    }
}

/// The models, as far as spawning needs to know.
pub struct ModelsPort {
    pub registry: Arc<Registry>,
    pub permissions: Arc<Permissions>,
}

#[async_trait]
impl Models for ModelsPort {
    async fn check(&self, user: &UserId, model: Option<&str>) -> std::result::Result<(), WireError> {
        match self.registry.resolve(model).await {
            Ok((provider, _)) => match self.permissions.check_model(user, provider.name()) {
                // The run itself asks, before its first request.
                Err(asks) if asks.code == ErrorCode::ApprovalRequired => Ok(()),
                checked => checked,
            },
            Err(error) => Err(WireError::invalid(error.to_string())),
        }
    }
}

/// The gate, as one agent passes it.
pub struct AgentGatePort {
    pub gate: Arc<Gate>,
    pub caller: Arc<Caller>,
    pub permissions: Arc<Permissions>,
    pub audit: Arc<dyn Audit>,
}

#[async_trait]
impl RuntimeGate for AgentGatePort {
    async fn call(&self, command: Command) -> std::result::Result<Reply, WireError> {
        self.gate.call(&self.caller, command).await
    }

    fn may_use(&self, tool: &str) -> std::result::Result<(), WireError> {
        self.caller.user().map_or(Ok(()), |user| self.permissions.check_tool(user, tool))
    }

    fn used(&self, used: &ToolUse<'_>) {
        self.audit.record(AuditRecord {
            at: now_ms(),
            about: Audited::Tool,
            actor_user: self.caller.user().cloned(),
            actor_pid: self.caller.pid(),
            // Whatever a model has called it.
            action: audit::name(used.tool).into(),
            target: None,
            arguments: audit::arguments(used.arguments),
            result: match used.ended {
                Ended::Well => "ok",
                Ended::Badly => "FAILED",
                Ended::Interrupted => "INTERRUPTED",
                Ended::Cancelled => "CANCELLED",
            },
            result_hash: used.output.map(|output| audit::digest(output.as_bytes())),
        });
    }

    fn may_think(&self, provider: &str) -> std::result::Result<(), WireError> {
        self.caller.user().map_or(Ok(()), |user| self.permissions.check_model(user, provider))
    }
}

/// The journal of one agent, as its loop writes it.
pub struct JournalPort(pub AgentJournal);

#[async_trait]
impl Journal for JournalPort {
    async fn load(&self) -> std::result::Result<Vec<Entry>, JournalError> {
        let entries = self.0.load().await.map_err(|error| match error {
            // A read that failed may work in a moment; a journal that is damaged does not mend.
            StoreError::Failed(reason) => JournalError::Later(reason),
            other => journal_error(other),
        })?;
        entries
            .iter()
            .map(|text| {
                serde_json::from_str(text).map_err(|error| {
                    JournalError::Broken(format!("The journal has an entry that cannot be read: {error}."))
                })
            })
            .collect()
    }

    async fn append(&self, lines: Vec<Line>) -> std::result::Result<(), JournalError> {
        let lines = lines
            .into_iter()
            .map(|line| {
                let entry = serde_json::to_string(&line.entry)
                    .map_err(|error| JournalError::Broken(format!("An entry could not be written: {error}.")))?;
                let (parts, events, step) = (line.parts, line.events, line.step);
                Ok(JournalLine { n: line.n, entry, parts, events, step, told: line.told.map(told) })
            })
            .collect::<std::result::Result<Vec<_>, JournalError>>()?;
        self.0.append(lines).await.map_err(journal_error)
    }
}

/// What journal entries tell people, by the runtime that gave them their meaning.
pub struct TellerPort;

impl Teller for TellerPort {
    fn tell_all(&self, entries: &[String]) -> std::result::Result<Vec<Told>, String> {
        let mut story = Trajectory::default();
        let told = entries.iter().map(|text| {
            let entry = serde_json::from_str(text)
                .map_err(|error| format!("The journal has an entry that cannot be read: {error}."))?;
            Ok(story.tell(&entry).map(told))
        });
        told.filter_map(std::result::Result::transpose).collect()
    }

    fn restored(&self, from: Pid, pid: Pid, at: u64) -> std::result::Result<String, String> {
        serde_json::to_string(&Entry::Restored { from, pid, at }).map_err(|error| error.to_string())
    }
}

fn told(told: trajectory::Told) -> Told {
    let spent = told.spent.map(|trajectory::Spent { model, input_tokens, output_tokens }| Spent {
        model,
        input_tokens,
        output_tokens,
    });
    Told { entry: told.entry, brief: told.brief, spent }
}

#[allow(clippy::needless_pass_by_value)] // For `map_err`, which gives it away.
fn journal_error(error: StoreError) -> JournalError {
    match error {
        StoreError::DiskFull | StoreError::Locked => JournalError::Later(error.to_string()),
        StoreError::Exists => JournalError::Broken("Another loop drives this agent.".to_owned()),
        StoreError::Closed | StoreError::Damaged(_) | StoreError::Failed(_) => JournalError::Broken(error.to_string()),
    }
}

/// The machine's clock, for loops.
pub struct ClockPort;

impl Clock for ClockPort {
    fn now_ms(&self) -> u64 {
        now_ms()
    }
}

/// Hands the pieces of replies to whoever watches the agent.
pub struct WatchersPort(pub Arc<Processes>);

impl Watchers for WatchersPort {
    fn delta(&self, pid: Pid, delta: &Delta) {
        if let Delta::Text(text) = delta {
            self.0.write_thought(pid, text);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_journal_of_an_earlier_version_can_still_be_told() {
        let journal = [
            r#"{"kind":"started","at":5,"role":"r","goal":"g","model":"ollama:m","max_steps":3,"max_tokens":9,"tools":[]}"#,
            r#"{"kind":"request","attempt":1,"parts":[],"at":6}"#,
            r#"{"kind":"request_failed","error":"away"}"#,
            r#"{"kind":"step_limit","steps":3}"#,
            r#"{"kind":"extended","extra":2}"#,
        ];
        let told = TellerPort.tell_all(&journal.map(str::to_owned)).expect("told");
        let seen: Vec<(u64, u64)> = told.iter().map(|told| (told.entry.n, told.entry.at)).collect();
        assert_eq!(seen, [(0, 5), (2, 6), (3, 6), (4, 6)]);
        assert!(TellerPort.tell_all(&["{".to_owned()]).is_err());
    }
}
