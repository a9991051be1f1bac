//! Messages between agents: a queue a receiver, bounded by count and bytes, read together with what people say.
//!
//! A message is in its receiver's queue from the commit that acknowledges it until the commit that journals that its
//! loop has read it, so that no kill loses it or has it read twice.

pub mod store;

use std::time::Duration;

use aether_base::{Bus, Cx, Result as BaseResult, Viewer, now_ms};
use aether_protocol::domains::agent::{InboxQuery, UserMessage};
use aether_protocol::domains::ipc::{Api, IpcAgent, IpcMessage, NewMessage, Sent, event};
use aether_protocol::domains::process::ProcessState;
use aether_protocol::{Empty, Event, Pid, UserId};
use aether_store::StoreError;
use rand::Rng;
use serde_json::Value;

use crate::Processes;
use crate::error::{ProcessError, Result};
use crate::table::Entry;

/// Bytes of one payload as JSON.
const MESSAGE: usize = 1024 * 1024;
/// Messages that may wait for one agent, and their bytes together.
const QUEUE: u64 = 100;
const QUEUE_BYTES: u64 = 4 * 1024 * 1024;
/// Bytes of a payload that its event carries.
const TOLD: usize = 64 * 1024;
/// Bytes of a channel's name, and of a key.
const CHANNEL: usize = 128;
const KEY: usize = 256;
/// How long an agent may wait for a message at once.
const LONGEST_WAIT: Duration = Duration::from_secs(600);

impl Api<Cx> for Processes {
    async fn send(&self, cx: &Cx, request: NewMessage) -> BaseResult<Sent> {
        let NewMessage { from_pid, to_pid, channel, payload, key } = request;
        if cx.caller.pid().is_some_and(|own| own != from_pid) {
            return Err(ProcessError::Refused("An agent sends messages in its own name only.".to_owned()).into());
        }
        let named = |byte: u8| byte.is_ascii_alphanumeric() || b"._:-/".contains(&byte);
        if channel.is_empty() || channel.len() > CHANNEL || !channel.bytes().all(named) {
            return Err(ProcessError::BadChannel.into());
        }
        if key.as_ref().is_some_and(|key| key.is_empty() || key.len() > KEY) {
            return Err(ProcessError::BadKey.into());
        }
        let json = payload.to_string();
        if json.len() > MESSAGE {
            return Err(ProcessError::TooLong { what: "A message", limit: MESSAGE }.into());
        }
        if !self.reaches(cx, from_pid, to_pid) {
            return Err(ProcessError::Unreachable.into());
        }
        let (from, name) = (from_pid, key.clone());
        let (before, waiting) = self
            .store
            .read(move |db| {
                let before = name.map(|key| store::sent(db, from, &key)).transpose()?.flatten();
                Ok((before, store::waiting(db, to_pid)?))
            })
            .await?;
        if let Some(message_id) = before {
            return Ok(Sent { message_id });
        }
        // No other message to this receiver is on its way: the gate lets them through one after another.
        if waiting.messages >= QUEUE {
            return Err(full(to_pid, format!("{QUEUE} messages")).into());
        }
        if waiting.bytes + json.len() as u64 > QUEUE_BYTES {
            return Err(full(to_pid, format!("{} MiB of messages", QUEUE_BYTES / 1024 / 1024)).into());
        }
        let (at, bytes) = (now_ms(), json.len());
        let id = message_id(at);
        let text = match &payload {
            Value::String(text) => text.clone(),
            _ => json,
        };
        let same = key.clone();
        let row = store::Row { id: id.clone(), from: from_pid, to: to_pid, channel, key, text, bytes, at };
        let prepared = {
            let message = told(&row, payload);
            let table = self.table();
            let entry = table.entries.get(&to_pid).ok_or(ProcessError::Unreachable)?;
            crate::prepare(entry, &[Event::from(event::Message { message })])
        };
        match (self.store.commit(prepared, move |db| store::put(db, &row)).await, same) {
            (Ok(inbox), _) => {
                self.wake(to_pid, inbox);
                Ok(Sent { message_id: id })
            }
            // Under the same key to another receiver, which the gate does not make wait for this one.
            (Err(StoreError::Exists), Some(key)) => {
                let before = self.store.read(move |db| store::sent(db, from, &key)).await?;
                Ok(Sent { message_id: before.ok_or(StoreError::Exists)? })
            }
            (Err(error), _) => Err(error.into()),
        }
    }

    async fn list_agents(&self, cx: &Cx, _request: Empty) -> BaseResult<Vec<IpcAgent>> {
        let viewer = Viewer { admin: cx.caller.is_admin(), ..viewer_for(cx.caller.user().cloned()) };
        let table = self.table();
        let own = cx.caller.pid().and_then(|pid| table.entries.get(&pid));
        let at_work = |entry: &&Entry| {
            matches!(entry.record.life.state, ProcessState::Running | ProcessState::Sleeping)
                && cx.bus.visible(&entry.audience(), &viewer)
                // An agent is told of those alone that it may write to.
                && own.is_none_or(|own| sees(&cx.bus, entry, own))
        };
        let listed = table.entries.values().filter(at_work).map(|entry| {
            let record = &entry.record;
            IpcAgent {
                pid: record.pid,
                uid: record.pid.uid(),
                name: format!("{} Agent", record.config.role),
                role: record.config.role.clone(),
                state: record.life.state,
                agent_phase: Some(record.life.phase),
            }
        });
        Ok(listed.collect())
    }
}

impl Processes {
    /// True if both are there, and the owner of each may see the other. An administrator reaches every agent.
    fn reaches(&self, cx: &Cx, from: Pid, to: Pid) -> bool {
        let table = self.table();
        let living = |pid| table.entries.get(&pid).filter(|entry: &&Entry| !entry.record.life.has_ended());
        let (Some(from), Some(to)) = (living(from), living(to)) else { return false };
        cx.caller.is_admin() || (sees(&cx.bus, from, to) && sees(&cx.bus, to, from))
    }

    /// Lets a loop know that there is something to read.
    pub(crate) fn wake(&self, pid: Pid, message: u64) {
        if let Some(entry) = self.table().entries.get(&pid) {
            entry.live.inbox.send_if_modified(|newest| std::mem::replace(newest, message.max(*newest)) < message);
        }
    }

    /// What an agent has not read yet. Waits for it where the agent wants to.
    pub(crate) async fn unread(&self, query: InboxQuery) -> Result<Vec<UserMessage>> {
        let InboxQuery { pid, after, wait_ms } = query;
        if let Some(wait) = wait_ms {
            let (mut inbox, cancel) = {
                let table = self.table();
                let entry = table.entries.get(&pid).ok_or(ProcessError::NotFound(pid))?;
                (entry.live.inbox.subscribe(), entry.live.cancel.clone())
            };
            let wait = Duration::from_millis(wait).min(LONGEST_WAIT);
            let heard = async {
                tokio::select! {
                    _ = inbox.wait_for(|newest| *newest > after) => {}
                    () = cancel.cancelled() => {}
                }
            };
            // Nothing said by then is an answer, too.
            let _ = tokio::time::timeout(wait, heard).await;
        }
        Ok(self.store.read(move |db| store::unread(db, pid, after)).await?)
    }
}

/// A user as one who looks on, with no more rights than the user's own agents have.
fn viewer_for(user: Option<UserId>) -> Viewer {
    Viewer { user, admin: false, session: None }
}

/// True if the owner of the one agent may see the other.
fn sees(bus: &Bus, one: &Entry, other: &Entry) -> bool {
    bus.visible(&other.audience(), &viewer_for(Some(one.record.owner.clone())))
}

fn full(receiver: Pid, limit: String) -> ProcessError {
    ProcessError::QueueFull { receiver: receiver.uid(), limit }
}

/// `msg_<ms>_<6 of 0-9 a-z>`.
fn message_id(at: u64) -> String {
    const DIGITS: &[u8; 36] = b"0123456789abcdefghijklmnopqrstuvwxyz";
    let mut rng = rand::rng();
    let end: String = (0..6).map(|_| char::from(DIGITS[rng.random_range(0..DIGITS.len())])).collect();
    format!("msg_{at}_{end}")
}

/// The message as its event tells it. The log keeps many events, and none of them a large payload.
fn told(row: &store::Row, payload: Value) -> IpcMessage {
    let truncated = row.bytes > TOLD;
    IpcMessage {
        id: row.id.clone(),
        from_pid: row.from,
        to_pid: row.to,
        from_uid: row.from.uid(),
        to_uid: row.to.uid(),
        channel: row.channel.clone(),
        payload: if truncated { Value::Null } else { payload },
        timestamp: row.at,
        delivered: false,
        truncated: truncated.then_some(true),
    }
}
