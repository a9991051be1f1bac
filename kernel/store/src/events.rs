//! The event log: sequence numbers, and the events that outlive a restart.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use aether_base::bus::{Logged, Prepared};
use aether_base::now_ms;
use aether_protocol::{Class, Seq};
use rusqlite::{Connection, OptionalExtension};

use crate::error::Result;
use crate::migrate::Migration;

pub const MIGRATIONS: &[Migration] = &[
    Migration {
        owner: "store",
        number: 1,
        sql: "CREATE TABLE events (
                  seq INTEGER PRIMARY KEY, at INTEGER NOT NULL, wire TEXT NOT NULL, audience TEXT NOT NULL,
                  json TEXT NOT NULL
              );
              CREATE TABLE sequence (reserved INTEGER NOT NULL);
              INSERT INTO sequence VALUES (0);",
    },
    // The highest number that was trimmed. What a log from before the column has lost is not known; that nothing
    // older than its oldest event is there is.
    Migration {
        owner: "store",
        number: 2,
        sql: "ALTER TABLE sequence ADD COLUMN trimmed INTEGER NOT NULL DEFAULT 0;
              UPDATE sequence SET trimmed = coalesce((SELECT min(seq) - 1 FROM events), reserved);",
    },
];

/// Numbers reserved on disk at a time. Events that are not kept take numbers too, and none may be given twice.
const BLOCK: u64 = 4_096;
/// Bytes of events that are read at once. One that is longer comes alone.
const BYTES: usize = 16 * 1024 * 1024;

/// Gives sequence numbers.
pub struct Sequence {
    last: Arc<AtomicU64>,
    reserved: u64,
}

impl Sequence {
    pub fn load(db: &Connection) -> Result<Sequence> {
        let reserved: u64 = db.query_row("SELECT reserved FROM sequence", [], |row| row.get(0))?;
        Ok(Sequence { last: Arc::new(AtomicU64::new(reserved)), reserved })
    }

    pub fn shared(&self) -> Arc<AtomicU64> {
        self.last.clone()
    }

    /// Makes sure that numbers up to `to` are reserved on disk, in the open transaction.
    pub fn reserve(&mut self, db: &Connection, to: u64) -> Result<()> {
        if to > self.reserved {
            db.prepare_cached("UPDATE sequence SET reserved = ?1")?.execute([to + BLOCK])?;
            self.reserved = to + BLOCK;
        }
        Ok(())
    }

    /// True if numbers up to `to` can be given without a write.
    pub fn has_reserved(&self, to: u64) -> bool {
        to <= self.reserved
    }

    /// The reservation went away with its transaction.
    pub fn forget_reservation(&mut self) {
        self.reserved = self.last.load(Ordering::Relaxed);
    }

    /// The last number given in a committed transaction.
    pub fn last(&self) -> u64 {
        self.last.load(Ordering::Relaxed)
    }

    /// Takes the numbers up to `to`.
    pub fn advance(&mut self, to: u64) {
        self.last.store(to, Ordering::Release);
    }
}

/// Gives a prepared event its number.
pub fn numbered(event: Prepared, seq: u64) -> Logged {
    Logged {
        seq: Seq(seq),
        wire: event.wire.to_owned(),
        class: event.class,
        audience: event.audience,
        json: event.json,
    }
}

/// Keeps an event of the journal class, in the open transaction.
pub fn insert(db: &Connection, event: &Logged) -> Result<()> {
    db.prepare_cached("INSERT INTO events (seq, at, wire, audience, json) VALUES (?1, ?2, ?3, ?4, ?5)")?.execute((
        event.seq.0,
        now_ms(),
        &event.wire,
        serde_json::to_string(&event.audience)?,
        &*event.json,
    ))?;
    Ok(())
}

/// Kept events after `since`, oldest first; `None` if some of them are gone, or they are as many as `limit`, or too large
/// to be read at once.
pub fn read_since(db: &Connection, since: Seq, limit: usize) -> Result<Option<Vec<Logged>>> {
    let page = read_up_to(db, since, limit, BYTES)?;
    Ok(page.filter(|page| page.is_whole && page.events.len() < limit).map(|page| page.events))
}

/// The first kept events after `since`, oldest first, as many as `limit` and no more than are read at once; `None` if some
/// of them are gone.
pub fn read_page(db: &Connection, since: Seq, limit: usize) -> Result<Option<Vec<Logged>>> {
    Ok(read_up_to(db, since, limit, BYTES)?.map(|page| page.events))
}

struct Page {
    events: Vec<Logged>,
    /// False if it was ended by the bytes of its events.
    is_whole: bool,
}

fn read_up_to(db: &Connection, since: Seq, limit: usize, most: usize) -> Result<Option<Page>> {
    let (reserved, trimmed): (u64, u64) = db
        .prepare_cached("SELECT reserved, trimmed FROM sequence")?
        .query_row([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    if since.0 < trimmed || since.0 > reserved {
        return Ok(None);
    }
    let mut statement =
        db.prepare_cached("SELECT seq, wire, audience, json FROM events WHERE seq > ?1 ORDER BY seq LIMIT ?2")?;
    let rows = statement.query_map((since.0, limit), |row| {
        Ok((row.get::<_, u64>(0)?, row.get::<_, String>(1)?, row.get::<_, String>(2)?, row.get::<_, String>(3)?))
    })?;
    let (mut events, mut bytes) = (Vec::new(), 0_usize);
    for row in rows {
        let (seq, wire, audience, json) = row?;
        bytes += json.len();
        if bytes > most && !events.is_empty() {
            return Ok(Some(Page { events, is_whole: false }));
        }
        let audience = serde_json::from_str(&audience)?;
        events.push(Logged { seq: Seq(seq), wire, class: Class::Journal, audience, json: json.into() });
    }
    Ok(Some(Page { events, is_whole: true }))
}

/// The highest number of those that were dropped.
pub fn trimmed(db: &Connection) -> Result<Seq> {
    Ok(db.prepare_cached("SELECT trimmed FROM sequence")?.query_row([], |row| Ok(Seq(row.get(0)?)))?)
}

/// Drops events beyond `keep` and those older than `before`, and answers how many. Only the oldest go, up to one that
/// is young enough: where the clock was set back, older times come after younger ones, and a gap would go unnoticed.
pub fn trim(db: &Connection, keep: u64, before: u64) -> Result<usize> {
    let one = |sql: &str, value: u64| -> Result<Option<u64>> {
        Ok(db.prepare_cached(sql)?.query_row([value], |row| row.get(0)).optional()?.flatten())
    };
    let beyond = one("SELECT seq FROM events ORDER BY seq DESC LIMIT 1 OFFSET ?1", keep)?;
    let young = one("SELECT seq FROM events WHERE at >= ?1 ORDER BY seq LIMIT 1", before)?;
    let old = one("SELECT max(seq) FROM events WHERE seq < ?1", young.unwrap_or(i64::MAX as u64))?;
    let Some(to) = beyond.max(old) else { return Ok(0) };
    let dropped = db.prepare_cached("DELETE FROM events WHERE seq <= ?1")?.execute([to])?;
    db.prepare_cached("UPDATE sequence SET trimmed = max(trimmed, ?1)")?.execute([to])?;
    Ok(dropped)
}

#[cfg(test)]
mod tests {
    use aether_base::bus::Audience;

    use super::*;

    #[test]
    fn a_page_ends_with_its_bytes_and_goes_on_from_there() {
        let db = Connection::open_in_memory().expect("a database");
        for migration in MIGRATIONS {
            db.execute_batch(migration.sql).expect("migrated");
        }
        db.execute_batch("UPDATE sequence SET trimmed = 0, reserved = 10").expect("reserved");
        for seq in 1..=3 {
            let json = format!("{{\"type\":\"a\",\"n\":{seq}}}").into();
            let event =
                Logged { seq: Seq(seq), wire: "a".into(), class: Class::Journal, audience: Audience::Everyone, json };
            insert(&db, &event).expect("kept");
        }
        let read = |since, most| {
            let page = read_up_to(&db, Seq(since), 10, most).expect("read").expect("there");
            (page.events.iter().map(|event| event.seq.0).collect::<Vec<_>>(), page.is_whole)
        };
        assert_eq!(read(0, 1_000), (vec![1, 2, 3], true));
        assert_eq!(read(0, 40), (vec![1, 2], false));
        assert_eq!(read(2, 40), (vec![3], true));
        assert_eq!(read(0, 1), (vec![1], false), "one comes in any case");
    }
}
