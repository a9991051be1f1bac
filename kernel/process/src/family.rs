//! Parents and children: what a child may have of its parent, how its end is waited for, and what ends it.
//!
//! A child belongs to its parent's user and never gets more than its parent has. It is reaped by the kernel as soon as
//! it ends, and its record keeps how: waiting for one that has ended answers at once. Whatever ends a parent other than
//! its own success ends its children too; children of one that has completed go on.

use std::time::Duration;

use aether_base::now_ms;
use aether_protocol::domains::agent::{Outcome, WaitChild};
use aether_protocol::domains::process::{AgentConfig, PidRef, ProcessInfo, SandboxConfig, Spawned};
use aether_protocol::{Pid, UserId};
use serde_json::{Value, json};

use crate::error::{ProcessError, Result};
use crate::life::Exit;
use crate::table::{Entry, Record, Table};
use crate::{Processes, store};

/// Where a child's configuration says which call of its parent it came of.
const SPAWNED_BY: &str = "spawnedBy";
/// How long the end of a child may be waited for at once.
const LONGEST_WAIT: Duration = Duration::from_secs(600);

impl Processes {
    /// Starts a child of an agent, once for each call of its parent.
    pub(crate) async fn spawn_child(&self, owner: &UserId, parent: Pid, mut config: AgentConfig) -> Result<Spawned> {
        let call =
            config.extra.get(SPAWNED_BY).and_then(|by| by["call"].as_str()).map(|call| format!("{parent}/{call}"));
        if let Some(call) = &call
            && let Some(child) = self.started_for(owner, SPAWNED_BY, "call", call).await?
        {
            return Ok(self.spawned(child));
        }
        let of_parent = {
            let table = self.table();
            let entry = table.entries.get(&parent).ok_or(ProcessError::NotFound(parent))?;
            check_family(&table, entry, self.config.max_children, self.config.max_depth)?;
            let model = entry.record.model.clone();
            AgentConfig { model: model.or_else(|| entry.record.config.model.clone()), ..entry.record.config.clone() }
        };
        config = inherited(&of_parent, config);
        if let Some(call) = call {
            config.extra.insert(SPAWNED_BY.to_owned(), json!({ "call": call }));
        }
        self.spawn_within(owner, parent, config, true).await
    }

    /// What the spawn of a process answered.
    fn spawned(&self, pid: Pid) -> Spawned {
        let table = self.table();
        let record = table.entries.get(&pid).map(|entry| &entry.record);
        let queued = record.filter(|record| record.life.queued).map(|record| record.pid);
        Spawned {
            pid,
            uid: pid.uid(),
            tty_id: record.map(|record| record.tty.clone()),
            container_id: None,
            vnc_ws_port: None,
            runtime: None,
            queued: queued.map(|_| true),
            position: queued.and_then(|pid| table.place_of(pid)),
        }
    }

    /// Waits until a child has ended and its end is on disk, or the time is over. Meanwhile the place of the parent is
    /// free, so that a child that queues can have it.
    pub(crate) async fn wait_for_child(&self, request: WaitChild) -> Result<ProcessInfo> {
        let WaitChild { pid, child, wait_ms } = request;
        if !self.is_child(pid, child) {
            return Err(ProcessError::NotAChild(child));
        }
        let watched = {
            let mut table = self.table();
            let lives = table.entries.get(&child).map(|entry| entry.live.lives.subscribe());
            let parent = table.entries.get_mut(&pid).ok_or(ProcessError::NotFound(pid))?;
            lives.map(|lives| {
                parent.live.lent += 1;
                (lives, parent.live.cancel.clone())
            })
        };
        if let Some((mut lives, cancel)) = watched {
            let _back = Lent { processes: self, pid };
            self.launch_ready();
            let over = async {
                tokio::select! {
                    _ = lives.changed() => {}
                    () = cancel.cancelled() => {}
                }
            };
            // Not ended by then is an answer, too.
            let _ = tokio::time::timeout(Duration::from_millis(wait_ms).min(LONGEST_WAIT), over).await;
        }
        self.look_up(PidRef { pid: child }).await
    }

    /// Ends what is left of the descendants of a process that was ended, or has failed.
    pub(crate) async fn end_children(&self, parent: Pid, code: i32, signal: Option<&str>) {
        let children: Vec<Pid> = self.table().children(parent).map(|entry| entry.record.pid).collect();
        for child in children {
            let summary = format!("Its parent, process {parent}, was ended or has failed.");
            let exit = Exit { code, outcome: Outcome::Aborted, summary, at: now_ms() };
            match Box::pin(self.end(child, signal, exit)).await {
                // It may have ended by itself meanwhile.
                Ok(()) | Err(ProcessError::NotFound(_)) => {}
                Err(error) => tracing::warn!(pid = %child, %error, "the end of a child could not be kept"),
            }
        }
    }

    /// The living whose parent was ended without them: the kernel was killed in between.
    pub(crate) async fn left_behind(&self) -> Result<Vec<(Pid, Pid)>> {
        let living: Vec<(Pid, Pid)> = {
            let table = self.table();
            let entries = table.entries.values().filter(|entry| !entry.record.life.has_ended());
            let of_an_agent = entries.filter(|entry| entry.record.ppid.0 > Pid::SESSION.0);
            of_an_agent.map(|entry| (entry.record.pid, entry.record.ppid)).collect()
        };
        let found = self.store.read(move |db| {
            let mut left = Vec::new();
            for (pid, ppid) in living {
                let exit = store::record(db, ppid)?.and_then(|parent| parent.life.exit);
                if exit.is_some_and(|exit| exit.outcome != Outcome::Success) {
                    left.push((pid, ppid));
                }
            }
            Ok(left)
        });
        Ok(found.await?)
    }
}

/// Takes the place of an agent back when it no longer waits for a child.
struct Lent<'p> {
    processes: &'p Processes,
    pid: Pid,
}

impl Drop for Lent<'_> {
    fn drop(&mut self) {
        if let Some(entry) = self.processes.table().entries.get_mut(&self.pid) {
            entry.live.lent = entry.live.lent.saturating_sub(1);
        }
    }
}

/// Refuses one more child to an agent that has ended, has as many as it may have, or stands too deep.
fn check_family(table: &Table, parent: &Entry, most: usize, deepest: u32) -> Result<()> {
    let Record { pid, depth, ref life, .. } = parent.record;
    let children = table.children(pid).count();
    match () {
        () if life.has_ended() => Err(ProcessError::Ended(pid)),
        () if depth >= deepest => Err(ProcessError::TooDeep(deepest)),
        () if children >= most => Err(ProcessError::TooManyChildren(children)),
        () => Ok(()),
    }
}

/// A child's configuration: what its parent asks for, as far as its parent has it.
fn inherited(parent: &AgentConfig, asked: AgentConfig) -> AgentConfig {
    let tools = match (&parent.tools, asked.tools) {
        (Some(own), Some(wanted)) => Some(wanted.into_iter().filter(|tool| own.contains(tool)).collect()),
        (own, wanted) => wanted.or_else(|| own.clone()),
    };
    let priority = asked.priority.or(parent.priority).map(|level| level.max(parent.priority.unwrap_or(level)));
    let mut env = parent.env.clone().unwrap_or_default();
    env.extend(asked.env.unwrap_or_default());
    AgentConfig {
        role: asked.role,
        goal: asked.goal,
        model: asked.model.or_else(|| parent.model.clone()),
        tools,
        max_steps: least(asked.max_steps, parent.max_steps),
        max_tokens: least(asked.max_tokens, parent.max_tokens),
        max_cost_usd: match (asked.max_cost_usd, parent.max_cost_usd) {
            (Some(asked), Some(own)) => Some(asked.min(own)),
            (asked, own) => asked.or(own),
        },
        priority,
        sandbox: narrowed(parent.sandbox.as_ref(), asked.sandbox.as_ref()),
        skills: asked.skills,
        runtime: asked.runtime,
        env: Some(env).filter(|env| !env.is_empty()),
        org_id: parent.org_id.clone(),
        extra: asked.extra.into_iter().filter(|(key, value)| key == SPAWNED_BY && value != &Value::Null).collect(),
    }
}

/// The parent's sandbox; a child may do without the network, and cannot ask for one that its parent has not.
fn narrowed(parent: Option<&SandboxConfig>, asked: Option<&SandboxConfig>) -> Option<SandboxConfig> {
    let offline = asked.and_then(|sandbox| sandbox.network_access) == Some(false);
    let mut sandbox = parent.cloned();
    if let Some(sandbox) = sandbox.as_mut().filter(|_| offline) {
        sandbox.network_access = Some(false);
    }
    sandbox
}

fn least<T: Ord>(one: Option<T>, other: Option<T>) -> Option<T> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_child_gets_nothing_that_its_parent_has_not() {
        let names = |names: &[&str]| Some(names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>());
        let network = |network_access| Some(SandboxConfig { network_access, ..SandboxConfig::default() });
        let parent = AgentConfig {
            model: Some("openai:a".into()),
            tools: names(&["read_file", "spawn_agent"]),
            max_tokens: Some(100),
            max_cost_usd: Some(1.0),
            priority: Some(4),
            env: Some([("A".to_owned(), "1".to_owned()), ("B".to_owned(), "2".to_owned())].into()),
            org_id: Some("acme".into()),
            ..AgentConfig::default()
        };
        let asked = AgentConfig {
            goal: "help".into(),
            tools: names(&["read_file", "run_command"]),
            max_tokens: Some(1_000),
            max_cost_usd: Some(9.0),
            priority: Some(1),
            sandbox: network(Some(true)),
            env: Some([("B".to_owned(), "3".to_owned())].into()),
            org_id: Some("other".into()),
            extra: [("scheduledBy".to_owned(), json!({ "run": "r" }))].into(),
            ..AgentConfig::default()
        };
        let child = inherited(&parent, asked.clone());
        assert_eq!(child.tools, names(&["read_file"]));
        assert_eq!((child.max_tokens, child.max_cost_usd, child.priority), (Some(100), Some(1.0), Some(4)));
        assert_eq!((child.sandbox, child.org_id.as_ref()), (None, parent.org_id.as_ref()));
        assert_eq!((child.model.as_deref(), child.goal.as_str()), (Some("openai:a"), "help"));
        let env: Vec<(String, String)> = child.env.into_iter().flatten().collect();
        assert_eq!(env, [("A".to_owned(), "1".to_owned()), ("B".to_owned(), "3".to_owned())]);
        assert!(child.extra.is_empty(), "a child is no run of a job");

        let online = AgentConfig { sandbox: network(Some(true)), ..parent.clone() };
        assert_eq!(inherited(&online, AgentConfig::default()).sandbox, network(Some(true)));
        let offline = AgentConfig { sandbox: network(Some(false)), ..asked };
        assert_eq!(inherited(&online, offline).sandbox, network(Some(false)));
        let bare = inherited(&parent, AgentConfig::default());
        assert_eq!(
            (bare.tools, bare.max_tokens),
            (parent.tools, Some(100)),
            "what is not said is as the parent has it"
        );
    }
}
