//! The process table in memory: every process that is not dead, with what only the living have.

use std::collections::{BTreeMap, HashMap};

use aether_base::bus::{Audience, Prepared};
use aether_base::now_ms;
use aether_protocol::domains::agent::{Answer, Approval, Directive, Grant, TrajectoryKind};
use aether_protocol::domains::process::{AgentConfig, ProcessInfo, ProcessState, QueuedSpawnRequest, event};
use aether_protocol::{Event, OrgId, Pid, TtyId, UserId};
use bytes::Bytes;
use serde::{Deserialize, Serialize};
use tokio::sync::{mpsc, oneshot, watch};
use tokio_util::sync::CancellationToken;

use crate::entries::Entries;
use crate::life::Life;
use crate::resource::{Limits, Used};
use crate::trajectory::Told;
use crate::upkeep::Usage;

/// What is kept of a process on disk.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Record {
    pub pid: Pid,
    pub ppid: Pid,
    pub owner: UserId,
    pub config: AgentConfig,
    pub life: Life,
    pub created_at: u64,
    pub priority: u8,
    pub tty: TtyId,
    #[serde(default)]
    pub model: Option<String>,
    #[serde(default)]
    pub step: u32,
    /// Steps it may take by its configuration, or the kernel's; 0 in records of earlier versions.
    #[serde(default)]
    pub max_steps: u32,
    #[serde(default)]
    pub limits: Limits,
    #[serde(default)]
    pub started_at: Option<u64>,
    /// What it is doing or last did, on one line.
    #[serde(default)]
    pub last_action: Option<String>,
    /// Milliseconds it has worked: neither what it waited nor what the kernel was away.
    #[serde(default)]
    pub worked_ms: u64,
    /// Grows with every change, so that a viewer knows which of two copies is newer.
    #[serde(default)]
    pub rev: u64,
}

/// What only a living process has.
#[derive(Debug)]
pub struct Live {
    pub directive: watch::Sender<Directive>,
    /// The id of the newest message, to wake a loop that waits for one.
    pub inbox: watch::Sender<u64>,
    pub extra_steps: watch::Sender<u32>,
    pub cancel: CancellationToken,
    /// What people were asked in this run, oldest first.
    pub approvals: Vec<Approval>,
    /// Loops that wait for an answer, by approval.
    pub waiting: HashMap<String, oneshot::Sender<Answer>>,
    /// What a person has allowed for the step that runs now.
    pub grants: Vec<Grant>,
    /// What a person has said about the network for this run.
    pub network: Option<bool>,
    /// What an administrator has said about the bare host for this run.
    pub host: Option<bool>,
    /// Whoever reads the agent's thoughts while they are being written.
    pub watchers: Vec<mpsc::Sender<Bytes>>,
    /// True once it is on disk with its home made: what is not may still be refused.
    pub kept: bool,
    /// True once the loop has been launched in this life of the kernel.
    pub launched: bool,
    pub usage: Usage,
    /// What it has used of its model. The store has it from the journal, so that it is counted once.
    pub used: Used,
    /// Since when it works, where it does.
    pub working_since: Option<u64>,
}

/// One process.
#[derive(Debug)]
pub struct Entry {
    pub record: Record,
    pub live: Live,
}

/// The table.
#[derive(Debug)]
pub struct Table {
    pub entries: Entries,
    /// Whose every process was that has a record, the dead ones too.
    pub owners: HashMap<Pid, (UserId, Option<OrgId>)>,
    pub next: u64,
}

impl Table {
    pub fn new(records: Vec<Record>, next: u64) -> Table {
        let owners = records.iter().map(|record| (record.pid, record.owners())).collect();
        let living = records.into_iter().filter(|record| record.life.state != ProcessState::Dead);
        let entries = living.map(Entry::new).collect();
        Table { entries, owners, next }
    }

    pub fn insert(&mut self, entry: Entry) -> &mut Entry {
        let pid = entry.record.pid;
        self.owners.insert(pid, entry.record.owners());
        self.entries.insert(entry)
    }

    /// Takes a process out as if it had never been.
    pub fn remove(&mut self, pid: Pid) {
        self.owners.remove(&pid);
        if let Some(entry) = self.entries.remove(&pid) {
            entry.live.cancel.cancel();
        }
    }

    /// The place a process that has just come takes in the queue, from 1.
    pub fn place_of(&self, new: &Record) -> u32 {
        let queued = self.entries.values().map(|entry| &entry.record).filter(|record| record.life.queued);
        1 + queued.filter(|record| record.priority <= new.priority).count() as u32
    }

    /// Agents that hold one of the places for running ones.
    pub fn active(&self) -> usize {
        self.entries.values().filter(|entry| entry.record.life.is_active()).count()
    }

    /// Queued processes in the order they will start: by priority, then by age.
    pub fn queue(&self) -> Vec<Pid> {
        let mut queued: Vec<&Record> =
            self.entries.values().filter(|e| e.live.kept).map(|e| &e.record).filter(|r| r.life.queued).collect();
        queued.sort_by_key(|record| (record.priority, record.pid));
        queued.into_iter().map(|record| record.pid).collect()
    }
}

impl Record {
    fn owners(&self) -> (UserId, Option<OrgId>) {
        (self.owner.clone(), self.config.org_id.clone())
    }

    /// Steps the loop may take before it asks for more.
    pub fn loop_steps(&self) -> u32 {
        self.max_steps.max(self.config.max_steps.unwrap_or(0)).saturating_add(self.life.extra_steps)
    }

    /// Steps it may take in all.
    pub fn max_steps(&self) -> u32 {
        self.loop_steps().min(self.limits.steps().unwrap_or(u32::MAX))
    }

    /// The process as clients know it.
    pub fn info(&self, used: &Used) -> ProcessInfo {
        let uid = self.pid.uid();
        let home = self.pid.home();
        let config = &self.config;
        let exit = self.life.exit.as_ref();
        let replied = used.replies > 0;
        let mut env: BTreeMap<String, String> = [
            ("HOME", home.as_str()),
            ("USER", &uid),
            ("SHELL", "/bin/bash"),
            ("TERM", "xterm-256color"),
            ("AETHER_ROLE", &config.role),
            ("AETHER_GOAL", &config.goal),
        ]
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
        if let Some(model) = &self.model {
            env.insert("AETHER_MODEL".to_owned(), model.clone());
        }
        ProcessInfo {
            pid: self.pid,
            ppid: self.ppid,
            uid,
            owner_uid: Some(self.owner.0.clone()),
            name: format!("{} Agent", config.role),
            command: format!("aether-agent --role={:?} --goal={:?}", config.role, config.goal),
            state: self.life.state,
            agent_phase: Some(self.life.phase),
            cwd: home,
            env,
            created_at: self.created_at,
            priority: self.priority,
            cpu_percent: 0.0,
            memory_mb: 0.0,
            tty_id: Some(self.tty.clone()),
            container_id: None,
            container_status: None,
            runtime: Some(config.runtime.unwrap_or_default()),
            model: self.model.clone(),
            step: Some(self.step),
            exit_code: exit.map(|exit| exit.code),
            waiting_for: self.life.waiting_for.clone(),
            role: Some(config.role.clone()),
            goal: Some(config.goal.clone()),
            max_steps: Some(self.max_steps()).filter(|steps| *steps > 0),
            max_tokens: config.max_tokens,
            max_cost_usd: config.max_cost_usd,
            sandbox: config.sandbox.clone(),
            last_action: self.last_action.clone(),
            started_at: self.started_at,
            exited_at: exit.map(|exit| exit.at),
            outcome: exit.map(|exit| exit.outcome),
            summary: exit.map(|exit| exit.summary.clone()),
            input_tokens: replied.then_some(used.input_tokens),
            output_tokens: replied.then_some(used.output_tokens),
            cost_usd: used.known_cost().filter(|_| replied),
        }
    }

    /// The process as the queue lists it.
    pub fn queued(&self) -> QueuedSpawnRequest {
        QueuedSpawnRequest {
            pid: self.pid,
            config: self.config.clone(),
            ppid: self.ppid,
            owner_uid: Some(self.owner.0.clone()),
            priority: self.priority,
            queued_at: self.created_at,
        }
    }
}

impl Entry {
    pub fn new(record: Record) -> Entry {
        let directive = match record.life.state {
            ProcessState::Paused => Directive::Pause,
            ProcessState::Stopped if !record.life.at_limit => Directive::Pause,
            _ => Directive::Run,
        };
        let live = Live {
            directive: watch::Sender::new(directive),
            inbox: watch::Sender::new(0),
            extra_steps: watch::Sender::new(record.life.extra_steps),
            cancel: CancellationToken::new(),
            approvals: Vec::new(),
            waiting: HashMap::new(),
            grants: Vec::new(),
            network: None,
            host: None,
            watchers: Vec::new(),
            kept: true,
            launched: false,
            usage: Usage::default(),
            used: Used::default(),
            working_since: None,
        };
        Entry { record, live }
    }

    /// The process as clients know it, with what it uses.
    pub fn info(&self) -> ProcessInfo {
        let Usage { cpu_percent, memory_mb, .. } = self.live.usage;
        ProcessInfo { cpu_percent, memory_mb, ..self.record.info(&self.live.used) }
    }

    pub fn audience(&self) -> Audience {
        crate::audience(&self.record.owner, self.record.config.org_id.as_ref())
    }

    /// The state as an event, where `previous` was the state before.
    pub fn state_change(&self, previous: ProcessState) -> Event {
        event::StateChange {
            pid: self.record.pid,
            state: self.record.life.state,
            previousState: Some(previous),
            agentPhase: Some(self.record.life.phase),
        }
        .into()
    }

    /// Runs a change of its life and answers the event for it, if anything changed.
    pub fn live_on<T>(&mut self, change: impl FnOnce(&mut Life) -> T) -> (T, Vec<Event>) {
        let before = (self.record.life.state, self.record.life.phase);
        let now = now_ms();
        self.work_until(now);
        let answer = change(&mut self.record.life);
        self.live.working_since = (self.record.life.state == ProcessState::Running).then_some(now);
        let after = (self.record.life.state, self.record.life.phase);
        let events = if before == after { Vec::new() } else { vec![self.state_change(before.0)] };
        (answer, events)
    }

    /// Counts what it has worked up to this time.
    pub fn work_until(&mut self, now: u64) {
        if let Some(since) = self.live.working_since.replace(now) {
            self.record.worked_ms = self.record.worked_ms.saturating_add(now.saturating_sub(since));
        } else {
            self.live.working_since = None;
        }
    }

    /// Remembers what a journal entry tells of it.
    pub fn note(&mut self, told: &Told) {
        if told.entry.kind == TrajectoryKind::Started {
            self.record.started_at = Some(told.entry.at);
        }
        if told.entry.kind == TrajectoryKind::Finished {
            // No report comes after it.
            self.record.step = told.entry.step;
        }
        if told.brief.is_some() {
            self.record.last_action.clone_from(&told.brief);
        }
    }

    /// The whole entity, for stores that are fed by changes.
    pub fn changed(&self) -> Prepared {
        let event = crate::entity("process", self.record.pid.to_string(), self.record.rev, Some(&self.info()));
        aether_base::Bus::prepare_to(&event, self.audience())
    }
}
