//! What agents do, by the events that tell of it.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use aether_base::Logged;
use aether_protocol::Pid;
use prometheus::{HistogramVec, IntCounter, IntCounterVec};
use serde::Deserialize;

use super::{Family, LONG, Names, QUICK, Result, count, observe};

/// Tools that are being used at a time, at most; beyond that they are counted and not timed.
const MOST_TOOLS: usize = 4_096;

pub struct Agents {
    spawned: IntCounter,
    steps: IntCounter,
    completions: IntCounterVec,
    duration: HistogramVec,
    tools: IntCounterVec,
    tool_seconds: HistogramVec,
    tool_names: Names,
    /// The tool each agent uses, and since when.
    using: Mutex<HashMap<Pid, (String, Instant)>>,
}

#[derive(Deserialize)]
struct Action {
    pid: Pid,
    tool: String,
}

#[derive(Deserialize)]
struct Subject {
    pid: Pid,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Completed {
    outcome: String,
    duration_ms: u64,
}

impl Agents {
    pub(super) fn new(family: &Family<'_>) -> Result<Agents> {
        Ok(Agents {
            spawned: family.enter(IntCounter::new("aether_agents_total", "Agents started since the kernel did."))?,
            steps: family.enter(IntCounter::new("aether_agent_steps_total", "Steps that agents took."))?,
            completions: family.counter("aether_agent_completions_total", "Runs that are over.", &["outcome"])?,
            duration: family.histogram("aether_agent_duration_seconds", "How long runs took.", &["outcome"], &LONG)?,
            tools: family.counter("aether_tool_executions_total", "Tools that agents used.", &["tool_name"])?,
            tool_seconds: family.histogram(
                "aether_tool_latency_seconds",
                "Time from a tool's call to its answer, what people were asked meanwhile included.",
                &["tool_name"],
                &QUICK,
            )?,
            tool_names: Names::default(),
            using: Mutex::default(),
        })
    }

    pub fn hear(&self, event: &Logged) {
        match event.wire.as_str() {
            "process.spawned" => self.spawned.inc(),
            "agent.progress" => self.steps.inc(),
            "agent.action" => self.begin(event),
            "agent.observation" => self.end(event),
            "agent.completed" => {
                if let Ok(run) = serde_json::from_str::<Completed>(&event.json) {
                    count(&self.completions, &[&run.outcome]);
                    observe(&self.duration, &[&run.outcome], Duration::from_millis(run.duration_ms));
                }
            }
            "process.reaped" => {
                if let Ok(Subject { pid }) = serde_json::from_str(&event.json) {
                    self.using.lock().unwrap_or_else(PoisonError::into_inner).remove(&pid);
                }
            }
            _ => {}
        }
    }

    fn begin(&self, event: &Logged) {
        let Ok(Action { pid, tool }) = serde_json::from_str(&event.json) else { return };
        count(&self.tools, &[self.tool_names.known(&tool)]);
        let mut using = self.using.lock().unwrap_or_else(PoisonError::into_inner);
        if using.len() < MOST_TOOLS || using.contains_key(&pid) {
            using.insert(pid, (tool, Instant::now()));
        }
    }

    fn end(&self, event: &Logged) {
        let Ok(Subject { pid }) = serde_json::from_str(&event.json) else { return };
        let used = self.using.lock().unwrap_or_else(PoisonError::into_inner).remove(&pid);
        if let Some((tool, since)) = used {
            observe(&self.tool_seconds, &[self.tool_names.known(&tool)], since.elapsed());
        }
    }
}
