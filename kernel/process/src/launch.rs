//! Starting and ending agents: admission, the queue, launches, recovery after a restart, the end.

use aether_base::{Result as BaseResult, now_ms};
use aether_protocol::domains::agent::{Directive, Outcome};
use aether_protocol::domains::org::Permission;
use aether_protocol::domains::process::{AgentConfig, AgentRuntime, Signal, Spawned, event};
use aether_protocol::{Event, OrgId, Pid, TtyId, UserId};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::error::{ProcessError, Result};
use crate::life::{Exit, Life};
use crate::resource::Limits;
use crate::table::{Entry, Record, Table};
use crate::{Processes, environment, settle, store};

/// Bytes of a goal, of a role, and of all the rest but the environment. It is all kept anew with every change of its agent.
const GOAL: usize = 64 * 1024;
const ROLE: usize = 256;
const FURTHER: usize = 16 * 1024;

/// An agent whose loop is to be driven now: newly admitted, dequeued, or found after a restart.
#[derive(Debug)]
pub struct Launch {
    pub pid: Pid,
    pub owner: UserId,
    pub config: AgentConfig,
    /// Whether the loop may go on.
    pub directive: watch::Receiver<Directive>,
    /// The id of the newest message.
    pub inbox: watch::Receiver<u64>,
    /// Steps granted beyond the configuration.
    pub extra_steps: watch::Receiver<u32>,
    /// Cancelled when the process is ended from outside.
    pub cancel: CancellationToken,
}

impl Processes {
    /// Puts an agent into the table, whatever share of it its owner has.
    pub async fn spawn(&self, owner: &UserId, ppid: Pid, config: AgentConfig) -> Result<Spawned> {
        self.spawn_within(owner, ppid, config, false).await
    }

    /// Puts an agent into the table: it starts at once, or queues if all places are taken.
    pub(crate) async fn spawn_within(
        &self,
        owner: &UserId,
        ppid: Pid,
        config: AgentConfig,
        within_share: bool,
    ) -> Result<Spawned> {
        let config = valid(config)?;
        config.org_id.as_ref().map_or(Ok(()), |org| self.check_org(owner, org))?;
        self.models.check(owner, config.model.as_deref()).await?;
        let (pid, spawned, pending) = {
            let mut table = self.table();
            let depth = match table.entries.get(&ppid) {
                // Whatever ends a parent looks for its children afterwards, so that none is missed.
                Some(parent) if parent.record.life.has_ended() => return Err(ProcessError::Ended(ppid)),
                Some(parent) => parent.record.depth + 1,
                None if ppid.0 > Pid::SESSION.0 => return Err(ProcessError::Ended(ppid)),
                None => 0,
            };
            let living = table.entries.values().filter(|entry| !entry.record.life.has_ended()).count();
            if living >= self.config.max_processes {
                return Err(ProcessError::TableFull(living));
            }
            if within_share {
                // Under the lock it is put in by: of many that come at once, each would find the same room.
                self.has_share(&table, owner)?;
            }
            let queued = self.must_wait(&table, owner);
            let pid = Pid(table.next);
            table.next += 1;
            let mut entry = Entry::new(Record { depth, ..self.new_record(pid, ppid, owner, config, queued) });
            entry.live.kept = false;
            let tty = entry.record.tty.clone();
            self.terminals.register(tty.clone(), pid, owner.clone());
            let priority = entry.record.priority;
            let mut events: Vec<Event> = vec![event::Spawned { pid, info: entry.info() }.into()];
            let next = table.next;
            table.insert(entry);
            if !queued {
                table.started(owner);
            }
            let position = if queued { table.place_of(pid) } else { None };
            if let Some(position) = position {
                events.push(event::Queued { pid, priority: priority.into(), position }.into());
            }
            let entry = table.entries.get_mut(&pid).ok_or(ProcessError::NotFound(pid))?;
            let pending = self.save_with(entry, &events, move |db| store::put_next_pid(db, next));
            let spawned = Spawned {
                pid,
                uid: pid.uid(),
                tty_id: Some(tty),
                container_id: None,
                vnc_ws_port: None,
                runtime: None,
                queued: queued.then_some(true),
                position,
            };
            (pid, spawned, pending)
        };
        if let Err(error) = settle(pending).await {
            // What is not on disk was refused, and must not start later.
            self.table().remove(pid);
            self.terminals.close_all(pid);
            return Err(error);
        }
        if let Err(error) = self.homes.agent_home(pid).await {
            let exit = Exit { code: 1, outcome: Outcome::Error, summary: error.to_string(), at: now_ms() };
            self.end(pid, None, exit).await?;
            return Err(error.into());
        }
        if let Some(entry) = self.table().entries.get_mut(&pid) {
            entry.live.kept = true;
        }
        if let Some(tty) = spawned.tty_id.as_ref().and_then(|id| self.terminals.get(id)) {
            self.terminals.announce(&tty);
        }
        self.launch_ready();
        Ok(spawned)
    }

    fn new_record(&self, pid: Pid, ppid: Pid, owner: &UserId, config: AgentConfig, queued: bool) -> Record {
        let now = now_ms();
        let max_steps = config.max_steps.unwrap_or(self.config.max_steps).max(1);
        Record {
            pid,
            ppid,
            owner: owner.clone(),
            priority: config.priority.unwrap_or(3).clamp(1, 5),
            depth: 0,
            model: config.model.clone(),
            config,
            life: Life::new(queued),
            created_at: now,
            tty: TtyId(format!("tty_{pid}_{now}_0")),
            step: 0,
            max_steps,
            limits: Limits::default(),
            started_at: None,
            last_action: None,
            worked_ms: 0,
            cpu_ms: 0,
            forked_from: None,
            rev: 0,
        }
    }

    /// True if one more of this user's has to queue: no place is free, or others wait for it already.
    pub(crate) fn must_wait(&self, table: &Table, owner: &UserId) -> bool {
        let per_user = self.config.max_active_per_user;
        let no_place = table.active() >= self.config.max_active || table.active_of(owner) >= per_user;
        no_place || table.line(per_user).next().is_some()
    }

    /// Launches what has a place and does not run yet: new ones, then queued ones in their order. Idempotent.
    pub fn launch_ready(&self) {
        let mut table = self.table();
        let free = self.config.max_active.saturating_sub(table.active());
        let next: Vec<Pid> = table.line(self.config.max_active_per_user).take(free).collect();
        for pid in next {
            let Some(owner) = table.entries.get(&pid).map(|entry| entry.record.owner.clone()) else { continue };
            table.started(&owner);
            let Some(entry) = table.entries.get_mut(&pid) else { continue };
            entry.record.life.queued = false;
            entry.record.life.waiting_for = None;
            let event = event::Dequeued { pid, priority: entry.record.priority.into() }.into();
            drop(self.save(entry, &[event]));
        }
        for entry in table.entries.values_mut() {
            let life = &entry.record.life;
            if life.is_active() && entry.live.kept && !entry.live.launched {
                entry.live.launched = true;
                let launch = Launch {
                    pid: entry.record.pid,
                    owner: entry.record.owner.clone(),
                    config: entry.record.config.clone(),
                    directive: entry.live.directive.subscribe(),
                    inbox: entry.live.inbox.subscribe(),
                    extra_steps: entry.live.extra_steps.subscribe(),
                    cancel: entry.live.cancel.clone(),
                };
                // Nobody takes launches only while the kernel closes; the next start finds the agent again.
                let _ = self.launches.send(launch);
            }
        }
    }

    /// Goes on after a restart: what had ended is reaped, what ran is launched again, what queued still queues.
    ///
    /// Agents whose owner does not exist any more have ended with it.
    pub async fn recover(&self, exists: impl Fn(&UserId) -> bool) -> BaseResult<()> {
        let found: Vec<(Pid, bool, TtyId, UserId)> = self
            .table()
            .entries
            .values()
            .map(|entry| {
                let record = &entry.record;
                (record.pid, record.life.has_ended(), record.tty.clone(), record.owner.clone())
            })
            .collect();
        for (pid, ended, tty, owner) in found {
            if ended {
                self.reap(pid).await?;
            } else if !exists(&owner) {
                match self.end(pid, None, orphaned()).await {
                    // It went with its parent.
                    Ok(()) | Err(ProcessError::NotFound(_)) => {}
                    Err(error) => return Err(error.into()),
                }
            } else {
                self.terminals.register(tty, pid, owner);
            }
        }
        for (_, parent) in self.left_behind().await? {
            self.end_children(parent, 143, None).await;
        }
        self.launch_ready();
        Ok(())
    }

    /// Ends a process: its loop, its terminals, everything in its sandbox. The first end is the one that counts.
    pub async fn end(&self, pid: Pid, signal: Option<&str>, exit: Exit) -> Result<()> {
        let (code, name) = (exit.code, signal.map(str::to_owned));
        let alone = exit.outcome == Outcome::Success;
        let mut ended = false;
        let pending = self.change(pid, |entry| {
            let (first, mut events) = entry.live_on(|life| life.end(exit));
            ended = first;
            if first {
                events.push(event::Exit { pid, code, signal: name }.into());
                events.extend(crate::approvals::withdrawn(entry));
                entry.live.waiting.clear();
            }
            entry.live.cancel.cancel();
            Ok(events)
        })?;
        let kept = settle(pending).await;
        if ended {
            // Also when the end could not be kept: stop is stop.
            let reaped = self.reap(pid).await;
            if !alone {
                let code = if signal.is_some() { code } else { 143 };
                self.end_children(pid, code, signal).await;
            }
            self.launch_ready();
            return kept.and(reaped);
        }
        kept
    }

    /// Takes down what an ended process has left, and its place in the table.
    async fn reap(&self, pid: Pid) -> Result<()> {
        // What was used up to now is gone with the sandbox.
        self.measure(pid);
        self.terminals.close_all(pid);
        self.sandboxes.close(pid).await;
        let pending = {
            let mut table = self.table();
            let Some(entry) = table.entries.get_mut(&pid) else { return Ok(()) };
            entry.record.life.reap();
            self.save(entry, &[event::Reaped { pid }.into()])
        };
        let kept = settle(pending).await;
        // Not before: meanwhile it would be neither in the table nor in the history.
        self.table().retire(pid);
        kept
    }

    /// Ends everything of a user who is gone: agents, terminals, the sandbox of its own shells.
    pub async fn end_all_of(&self, user: &UserId) {
        for pid in self.pids_of(user) {
            match self.end(pid, None, orphaned()).await {
                // It went with its parent.
                Ok(()) | Err(ProcessError::NotFound(_)) => {}
                Err(error) => tracing::warn!(%pid, %error, "the end of an agent could not be kept"),
            }
        }
        self.terminals.close_of(user);
        self.sandboxes.close_of(user).await;
    }

    /// Refuses an organisation that this user may not put agents into.
    pub(crate) fn check_org(&self, owner: &UserId, org: &OrgId) -> Result<()> {
        match self.memberships.role(owner, org) {
            Some(role) if role.allows(Permission::AgentsSpawn) => Ok(()),
            Some(_) => Err(ProcessError::OrgRefuses),
            None => Err(ProcessError::NoOrg),
        }
    }

    /// Refuses a user that has its share of the table already.
    pub(crate) fn check_share(&self, owner: &UserId) -> Result<()> {
        self.has_share(&self.table(), owner)
    }

    fn has_share(&self, table: &Table, owner: &UserId) -> Result<()> {
        let living = |entry: &&Entry| entry.record.owner == *owner && !entry.record.life.has_ended();
        let own = table.entries.values().filter(living).count();
        if own >= self.config.max_per_user { Err(ProcessError::ShareTaken(own)) } else { Ok(()) }
    }

    /// Ends an agent whose loop has failed in a way that it could not report.
    pub async fn crashed(&self, pid: Pid) {
        let summary = "Something went wrong inside the kernel. Its log has the details.".to_owned();
        let exit = Exit { code: 70, outcome: Outcome::Error, summary, at: now_ms() };
        if let Err(error) = self.end(pid, None, exit).await {
            tracing::warn!(%pid, %error, "the end of an agent could not be kept");
        }
    }

    /// The loop has finished by itself.
    pub async fn finish(&self, pid: Pid, exit: Exit) -> Result<()> {
        self.end(pid, None, exit).await
    }

    /// Closes every sandbox and terminal without ending any agent: the next start goes on with them.
    pub async fn shut_down(&self) {
        self.table().entries.values().for_each(|entry| entry.live.cancel.cancel());
        self.terminals.close_everything();
        self.sandboxes.close_everything().await;
    }

    /// Holds an agent, and what runs inside.
    pub(crate) fn hold(&self, entry: &Entry) {
        entry.live.directive.send_replace(Directive::Pause);
        self.sandboxes.running(entry.record.pid).iter().for_each(|sandbox| sandbox.signal(Signal::SigStop));
    }

    /// Lets an agent go on, and what runs inside.
    pub(crate) fn let_go(&self, entry: &Entry) {
        entry.live.directive.send_replace(Directive::Run);
        if *entry.live.captures.borrow() > 0 {
            // What runs inside goes on when the snapshot is taken.
            return;
        }
        self.sandboxes.running(entry.record.pid).iter().for_each(|sandbox| sandbox.signal(Signal::SigCont));
    }

    /// True while the process is in the table and has not ended.
    pub fn is_living(&self, pid: Pid) -> bool {
        self.table().entries.get(&pid).is_some_and(|entry| !entry.record.life.has_ended())
    }
}

/// The exit of a process that was ended by a signal.
pub fn killed(code: i32, signal: &str) -> Exit {
    Exit { code, outcome: Outcome::Aborted, summary: format!("Ended by {signal}."), at: now_ms() }
}

/// The exit of a process whose owner is gone.
fn orphaned() -> Exit {
    let summary = "Its owner does not exist any more.".to_owned();
    Exit { code: 143, outcome: Outcome::Aborted, summary, at: now_ms() }
}

/// Completes a configuration, or says what it lacks.
fn valid(mut config: AgentConfig) -> Result<AgentConfig> {
    let further = AgentConfig { goal: String::new(), role: String::new(), env: None, ..config.clone() };
    let further = serde_json::to_string(&further).map_or(usize::MAX, |text| text.len());
    for (what, length, limit) in [
        ("A goal", config.goal.len(), GOAL),
        ("A role", config.role.len(), ROLE),
        ("The rest of a configuration", further, FURTHER),
    ] {
        if length > limit {
            return Err(ProcessError::TooLong { what, limit });
        }
    }
    config.env.as_ref().map_or(Ok(()), environment::check)?;
    config.goal = config.goal.trim().to_owned();
    if config.goal.is_empty() {
        return Err(ProcessError::NoGoal);
    }
    if config.max_cost_usd.is_some_and(|cost| !(cost.is_finite() && cost > 0.0)) {
        return Err(ProcessError::BadLimit("maxCostUsd"));
    }
    if config.max_tokens == Some(0) {
        // As much again as nothing is nothing: it could never be let go on.
        return Err(ProcessError::BadLimit("maxTokens"));
    }
    if config.role.trim().is_empty() {
        config.role = "Assistant".to_owned();
    }
    match config.runtime.unwrap_or_default() {
        AgentRuntime::Builtin => Ok(config),
        other => {
            let name = serde_json::to_value(other).ok().and_then(|value| value.as_str().map(str::to_owned));
            Err(ProcessError::NoRuntime(name.unwrap_or_default()))
        }
    }
}
