//! The table of messages between agents, and what of all messages an agent reads next.

use aether_protocol::Pid;
use aether_protocol::domains::agent::UserMessage;
use aether_protocol::domains::ipc::Sender;
use aether_store::Result;
use aether_store::rusqlite::{Connection, OptionalExtension};

use crate::store::add_message;

/// Messages an agent reads at once, and the bytes that end such a reading early. What is left comes with its next step.
const BATCH: u32 = 32;
const BATCH_BYTES: usize = 256 * 1024;

/// A message on its way to disk.
#[derive(Debug)]
pub struct Row {
    pub id: String,
    pub from: Pid,
    pub to: Pid,
    pub channel: String,
    pub key: Option<String>,
    /// What the receiver reads.
    pub text: String,
    /// Bytes it counts for in its queue.
    pub bytes: usize,
    pub at: u64,
}

/// What waits to be read by one agent.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Waiting {
    pub messages: u64,
    pub bytes: u64,
}

/// Keeps a message, and answers its place in the receiver's inbox.
pub fn put(db: &Connection, row: &Row) -> Result<u64> {
    let inbox = add_message(db, row.to, &row.text, row.at)?;
    db.prepare_cached(
        "INSERT INTO ipc_messages (inbox, pid, id, from_pid, channel, key, bytes) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    )?
    .execute((inbox, row.to.0, &row.id, row.from.0, &row.channel, &row.key, row.bytes as u64))?;
    Ok(inbox)
}

/// The message that a sender has sent under this key.
pub fn sent(db: &Connection, from: Pid, key: &str) -> Result<Option<String>> {
    Ok(db
        .prepare_cached("SELECT id FROM ipc_messages WHERE from_pid = ?1 AND key = ?2")?
        .query_row((from.0, key), |row| row.get(0))
        .optional()?)
}

/// What of other agents' messages waits for this one.
pub fn waiting(db: &Connection, pid: Pid) -> Result<Waiting> {
    Ok(db
        .prepare_cached("SELECT count(*), coalesce(sum(bytes), 0) FROM ipc_messages WHERE pid = ?1 AND delivered = 0")?
        .query_row([pid.0], |row| Ok(Waiting { messages: row.get(0)?, bytes: row.get(1)? }))?)
}

/// Takes a message from its receiver's queue.
pub fn delivered(db: &Connection, pid: Pid, id: &str) -> Result<()> {
    db.prepare_cached("UPDATE ipc_messages SET delivered = 1 WHERE id = ?1 AND pid = ?2")?.execute((id, pid.0))?;
    Ok(())
}

/// What people and other agents have told an agent after this message, oldest first.
pub fn unread(db: &Connection, pid: Pid, after: u64) -> Result<Vec<UserMessage>> {
    let mut statement = db.prepare_cached(
        "SELECT messages.id, content, at, ipc_messages.id, from_pid, channel
         FROM messages LEFT JOIN ipc_messages ON inbox = messages.id
         WHERE messages.pid = ?1 AND messages.id > ?2 ORDER BY messages.id LIMIT ?3",
    )?;
    let mut rows = statement.query((pid.0, after, BATCH))?;
    let (mut messages, mut bytes) = (Vec::new(), 0);
    while bytes < BATCH_BYTES
        && let Some(row) = rows.next()?
    {
        let id: Option<String> = row.get(3)?;
        let from = match id {
            Some(message_id) => Some(Sender { message_id, pid: Pid(row.get(4)?), channel: row.get(5)? }),
            None => None,
        };
        let message = UserMessage { id: row.get(0)?, content: row.get(1)?, timestamp: row.get(2)?, from };
        bytes += message.content.len();
        messages.push(message);
    }
    Ok(messages)
}
