//! One trigger: what it is made from, and which events it hears. Pure.

use std::collections::HashSet;

use aether_base::bus::Logged;
use aether_protocol::domains::process::AgentConfig;
use aether_protocol::domains::trigger::{CreateTrigger, EventTrigger};
use aether_protocol::{Class, Event, Pid, Seq, UserId};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::error::{Result, ScheduleError};
use crate::job::Run;
use crate::rules;

/// Milliseconds between two agents of a trigger unless it says otherwise, and at least.
const COOLDOWN: u64 = 60_000;
const SHORTEST_COOLDOWN: u64 = 1_000;
/// Domains whose events start nothing: they tell what schedules themselves do, and what agents note all the time.
const UNHEARD: [&str; 3] = ["cron", "trigger", "memory"];

/// What is kept of a trigger on disk.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TriggerRecord {
    pub trigger: EventTrigger,
    /// The event that came, while its agent is about to be started.
    #[serde(default)]
    pub waiting: Option<Heard>,
    /// The number of the last event that started an agent of it; before the first, that of the last event that came before
    /// it was made. Absent where an earlier version made it.
    #[serde(default)]
    pub heard: Option<Seq>,
    /// Grows with every change.
    #[serde(default)]
    pub rev: u64,
}

/// An event that a trigger has heard.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Heard {
    pub run: Run,
    /// Triggers, this one included, to which the agent it starts must be silent.
    pub silent: Vec<String>,
}

/// A trigger.
#[derive(Debug, Clone)]
pub struct Trigger {
    pub record: TriggerRecord,
    /// The agents that came of it and have not ended.
    pub living: HashSet<Pid>,
    /// When the last of them ended.
    pub ended_at: Option<u64>,
}

impl Trigger {
    /// Makes a trigger for a user, or says what is wrong with it.
    pub fn new(request: CreateTrigger, owner: &UserId, now: u64, newest: Seq) -> Result<Trigger> {
        let row = Event::rows().find(|row| row.wire == request.event_type);
        let heard = row.is_some_and(|row| {
            row.class != Class::Stream
                && !UNHEARD.contains(&row.domain)
                && !matches!(row.viewers, "requester" | "nobody")
        });
        if !heard {
            return Err(ScheduleError::BadEvent(request.event_type.chars().take(128).collect()));
        }
        let cooldown_ms = request.cooldown_ms.unwrap_or(COOLDOWN);
        if cooldown_ms < SHORTEST_COOLDOWN {
            return Err(ScheduleError::ShortCooldown(SHORTEST_COOLDOWN));
        }
        let agent_config = rules::config(request.agent_config, request.event_filter.as_ref())?;
        let trigger = EventTrigger {
            id: uuid::Uuid::new_v4().to_string(),
            name: rules::name(&request.name)?,
            event_type: request.event_type,
            event_filter: request.event_filter,
            agent_config,
            enabled: true,
            owner_uid: owner.0.clone(),
            cooldown_ms,
            last_fired: None,
            fire_count: 0,
            created_at: now,
            last_pid: None,
            last_error: None,
        };
        Ok(Trigger::read(TriggerRecord { trigger, waiting: None, heard: Some(newest), rev: 1 }))
    }

    /// A trigger as it was kept.
    pub fn read(record: TriggerRecord) -> Trigger {
        Trigger { record, living: HashSet::new(), ended_at: None }
    }

    pub fn id(&self) -> &str {
        &self.record.trigger.id
    }

    pub fn owner(&self) -> UserId {
        UserId(self.record.trigger.owner_uid.clone())
    }

    pub fn config(&self) -> &AgentConfig {
        &self.record.trigger.agent_config
    }

    /// True if it might start something, and has not heard it.
    pub fn is_news(&self, event: &Logged) -> bool {
        self.record.trigger.event_type == event.wire && self.record.heard.is_none_or(|heard| heard < event.seq)
    }

    /// True if this event starts an agent now. `silent` are the triggers of which it came, as far as it says whose it is.
    pub fn hears(&self, logged: &Logged, event: &Value, nobodys: bool, silent: &HashSet<String>, now: u64) -> bool {
        let trigger = &self.record.trigger;
        let fits = trigger.enabled && self.is_news(logged) && fits(event, trigger.event_filter.as_ref());
        let cooled = |since: Option<u64>| since.is_none_or(|since| now >= since.saturating_add(trigger.cooldown_ms));
        // A change of files does not say who made it: it may be our own agent's, also when it is told of a little later.
        let own = nobodys && logged.wire.starts_with("fs.") && !(self.living.is_empty() && cooled(self.ended_at));
        fits && self.record.waiting.is_none() && cooled(trigger.last_fired) && !silent.contains(self.id()) && !own
    }

    /// Lets go of agents that have ended without anybody hearing of it.
    pub fn keep_living(&mut self, now: u64, is_living: impl Fn(Pid) -> bool) {
        let before = self.living.len();
        self.living.retain(|pid| is_living(*pid));
        if self.living.len() < before {
            self.ended_at = Some(now);
        }
    }

    /// Notes that it has heard an event, and answers what is to be done about it. One event is one run.
    pub fn hear(&mut self, seq: Seq, silent: &HashSet<String>, now: u64) -> Heard {
        let mut silent: Vec<String> = silent.iter().cloned().chain([self.id().to_owned()]).collect();
        silent.sort();
        let heard = Heard { run: Run { id: format!("{}/{}", self.id(), seq.0), at: now, missed: false }, silent };
        self.record.heard = Some(seq);
        self.record.trigger.last_fired = Some(now);
        self.record.waiting = Some(heard.clone());
        heard
    }
}

/// True if every field of the filter has its value in the event.
fn fits(event: &Value, filter: Option<&serde_json::Map<String, Value>>) -> bool {
    filter.is_none_or(|filter| filter.iter().all(|(name, value)| event.get(name) == Some(value)))
}

/// The agents an event tells of, wherever it names one.
pub fn agents_in(event: &Value) -> HashSet<Pid> {
    let mut found = HashSet::new();
    collect(event, &mut found);
    found
}

fn collect(value: &Value, found: &mut HashSet<Pid>) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                match value {
                    Value::Number(number) if name.to_lowercase().ends_with("pid") => {
                        found.extend(number.as_u64().map(Pid));
                    }
                    Value::String(text) => found.extend(named(name, text)),
                    other => collect(other, found),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// The agent that a field names: by its uid, its terminal, or a path in its home.
fn named(field: &str, text: &str) -> Option<Pid> {
    let field = field.to_lowercase();
    if field.ends_with("uid") {
        return text.starts_with("agent_").then(|| Pid::parse(text)).flatten();
    }
    if field.ends_with("ttyid") {
        return Pid::parse(text.strip_prefix("tty_")?.split('_').next()?);
    }
    if ["path", "from", "to", "cwd", "home"].iter().any(|ending| field.ends_with(ending)) {
        return Pid::parse(text.strip_prefix("/home/")?.split('/').next().filter(|name| name.starts_with("agent_"))?);
    }
    None
}
