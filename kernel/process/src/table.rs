//! The process table in memory: every process that is not dead, with what only the living have.

use std::collections::HashMap;

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
use crate::environment;
use crate::life::Life;
use crate::queue::{Line, Waiting};
use crate::resource::budget::Budgets;
use crate::resource::tree::Tree;
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
    /// Generations between it and one that a person started.
    #[serde(default)]
    pub depth: u32,
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
    /// Milliseconds of processor time that everything in its sandbox has used, as last looked at.
    #[serde(default)]
    pub cpu_ms: u64,
    /// The process whose snapshot it goes on from.
    #[serde(default)]
    pub forked_from: Option<Pid>,
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
    /// Children it waits for: as long as there is one, its place is free for others.
    pub lent: u32,
    /// How many had been started when it came.
    pub since: u64,
    /// Goes with its place in the table, which whoever waits for its end is told by.
    pub lives: watch::Sender<()>,
    pub usage: Usage,
    /// How many snapshots are being taken of it: meanwhile nothing of it is journalled and no command starts.
    pub captures: watch::Sender<u32>,
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
    /// Whose child each of them was.
    pub parents: HashMap<Pid, Pid>,
    pub next: u64,
    /// How many were given a place, and at which of these starts each user was served last.
    starts: u64,
    served: HashMap<UserId, u64>,
    /// Agents that have ended, as far as those that live spend of theirs.
    pub tree: Tree,
    pub budgets: Budgets,
}

impl Table {
    pub fn new(records: Vec<Record>, next: u64) -> Table {
        let owners = records.iter().map(|record| (record.pid, record.owners())).collect();
        let parents = records.iter().map(|record| (record.pid, record.ppid)).collect();
        let living = records.into_iter().filter(|record| record.life.state != ProcessState::Dead);
        let entries = living.map(Entry::new).collect();
        Table {
            entries,
            owners,
            parents,
            next,
            starts: 0,
            served: HashMap::new(),
            tree: Tree::default(),
            budgets: Budgets::default(),
        }
    }

    pub fn insert(&mut self, mut entry: Entry) -> &mut Entry {
        let pid = entry.record.pid;
        entry.live.since = self.starts;
        self.owners.insert(pid, entry.record.owners());
        self.parents.insert(pid, entry.record.ppid);
        self.entries.insert(entry)
    }

    /// Takes a process out as if it had never been.
    pub fn remove(&mut self, pid: Pid) {
        self.owners.remove(&pid);
        self.parents.remove(&pid);
        if let Some(entry) = self.entries.remove(&pid) {
            entry.live.cancel.cancel();
        }
    }

    /// The children of a process that have not ended.
    pub fn children(&self, parent: Pid) -> impl Iterator<Item = &Entry> {
        let living = self.entries.values().filter(|entry| !entry.record.life.has_ended());
        living.filter(move |entry| entry.record.ppid == parent)
    }

    /// The place of one that waits in the queue, from 1.
    pub fn place_of(&self, pid: Pid) -> Option<u32> {
        let place = self.in_line(|entry| entry.live.kept || entry.record.pid == pid).position(|next| next == pid)?;
        u32::try_from(place + 1).ok()
    }

    /// Agents that hold one of the places for running ones.
    pub fn active(&self) -> usize {
        self.entries.values().filter(|entry| entry.has_place()).count()
    }

    /// Agents of one user that do.
    pub fn active_of(&self, user: &UserId) -> usize {
        self.entries.values().filter(|entry| entry.has_place() && entry.record.owner == *user).count()
    }

    /// Those that may start as places become free, of which one user has so many at most.
    pub fn line(&self, per_user: usize) -> Line<'_> {
        self.line_of(per_user, |entry| entry.live.kept)
    }

    fn line_of(&self, per_user: usize, counts: impl Fn(&Entry) -> bool) -> Line<'_> {
        let mut active: HashMap<&UserId, usize> = HashMap::new();
        for entry in self.entries.values().filter(|entry| entry.has_place()) {
            *active.entry(&entry.record.owner).or_default() += 1;
        }
        // One that is held does not start, and takes its turn when it is let go.
        let waits = |entry: &&Entry| entry.record.life.queued && entry.record.life.state == ProcessState::Created;
        let waiting = self.entries.values().filter(waits).filter(|entry| counts(entry)).map(|entry| Waiting {
            pid: entry.record.pid,
            owner: &entry.record.owner,
            priority: entry.record.priority,
            since: entry.live.since,
        });
        Line {
            waiting: waiting.collect(),
            starts: self.starts,
            active,
            served: self.served.iter().map(|(user, start)| (user, *start)).collect(),
            per_user,
        }
    }

    /// Every queued one that counts, in the order they will start; those that are held come last.
    fn in_line(&self, counts: impl Fn(&Entry) -> bool) -> impl Iterator<Item = Pid> {
        let held: Vec<Pid> = self
            .entries
            .values()
            .filter(|entry| {
                entry.record.life.queued && entry.record.life.state != ProcessState::Created && counts(entry)
            })
            .map(|entry| entry.record.pid)
            .collect();
        let line: Vec<Pid> = self.line_of(usize::MAX, counts).collect();
        line.into_iter().chain(held)
    }

    /// Counts that one was given a place.
    pub fn started(&mut self, user: &UserId) {
        self.starts += 1;
        self.served.insert(user.clone(), self.starts);
    }

    /// Queued processes in the order they will start.
    pub fn queue(&self) -> Vec<Pid> {
        self.in_line(|entry| entry.live.kept).collect()
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
        let env = environment::shown(self);
        ProcessInfo {
            pid: self.pid,
            ppid: self.ppid,
            uid,
            owner_uid: Some(self.owner.0.clone()),
            org_id: config.org_id.clone(),
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
            cpu_time_ms: Some(self.cpu_ms),
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
            forked_from: self.forked_from,
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
            lent: 0,
            since: 0,
            lives: watch::Sender::new(()),
            usage: Usage::after(record.cpu_ms),
            captures: watch::Sender::new(0),
            used: Used::default(),
            working_since: None,
        };
        Entry { record, live }
    }

    /// True if it takes one of the places for running ones.
    fn has_place(&self) -> bool {
        self.record.life.is_active() && self.live.lent == 0
    }

    /// The process as clients know it, with what it uses.
    pub fn info(&self) -> ProcessInfo {
        let Usage { cpu_percent, memory_mb, .. } = self.live.usage;
        let cpu_time_ms = Some(self.live.usage.cpu_ms());
        ProcessInfo { cpu_percent, memory_mb, cpu_time_ms, ..self.record.info(&self.live.used) }
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
