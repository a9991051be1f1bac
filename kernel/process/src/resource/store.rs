//! The statements on what agents have used.

use aether_protocol::domains::resource::DayUsage;
use aether_protocol::{Pid, UserId};
use aether_store::Result;
use aether_store::rusqlite::{Connection, OptionalExtension};

use super::{Reply, Used};

/// Counts one reply, in the commit that journals it.
pub fn count(db: &Connection, pid: Pid, owner: &UserId, reply: &Reply) -> Result<()> {
    let (provider, model) = reply.model.split_once(':').unwrap_or(("", &reply.model));
    db.prepare_cached(
        "INSERT INTO usage
             (pid, day, provider, model, owner, replies, input_tokens, output_tokens, cost_usd, unpriced)
         VALUES (?1, date(?2 / 1000, 'unixepoch'), ?3, ?4, ?5, 1, ?6, ?7, ?8, ?9)
         ON CONFLICT (pid, day, provider, model) DO UPDATE SET
             replies = replies + 1, input_tokens = input_tokens + excluded.input_tokens,
             output_tokens = output_tokens + excluded.output_tokens, cost_usd = cost_usd + excluded.cost_usd,
             unpriced = unpriced + excluded.unpriced",
    )?
    .execute((
        pid.0,
        reply.at,
        provider,
        model,
        owner.as_str(),
        reply.input_tokens,
        reply.output_tokens,
        reply.cost_usd.unwrap_or_default(),
        reply.cost_usd.is_none(),
    ))?;
    Ok(())
}

/// What an agent has used in all, and on the day of this time.
pub fn used(db: &Connection, pid: Pid, now: u64) -> Result<Used> {
    let mut used = db
        .prepare_cached(
            "SELECT coalesce(sum(replies), 0), coalesce(sum(input_tokens), 0), coalesce(sum(output_tokens), 0),
                    coalesce(sum(cost_usd), 0.0), coalesce(sum(unpriced), 0),
                    coalesce(sum(input_tokens + output_tokens) FILTER (WHERE day = date(?2 / 1000, 'unixepoch')), 0)
             FROM usage WHERE pid = ?1",
        )?
        .query_row((pid.0, now), |row| {
            Ok(Used {
                replies: row.get(0)?,
                input_tokens: row.get(1)?,
                output_tokens: row.get(2)?,
                cost_usd: row.get(3)?,
                unpriced: row.get(4)?,
                today: (super::day(now), row.get(5)?),
                provider: String::new(),
            })
        })?;
    let provider = db
        .prepare_cached("SELECT provider FROM usage WHERE pid = ?1 ORDER BY day DESC LIMIT 1")?
        .query_row([pid.0], |row| row.get(0))
        .optional()?;
    used.provider = provider.unwrap_or_default();
    Ok(used)
}

/// Agents that have used anything, newest first: of one user, or of all.
pub fn spenders(db: &Connection, owner: Option<&UserId>, limit: u32) -> Result<Vec<Pid>> {
    let mut statement =
        db.prepare_cached("SELECT DISTINCT pid FROM usage WHERE ?1 IS NULL OR owner = ?1 ORDER BY pid DESC LIMIT ?2")?;
    let rows = statement.query_map((owner.map(UserId::as_str), limit), |row| row.get(0))?;
    rows.map(|row| Ok(Pid(row?))).collect()
}

/// What a user's agents have used on each of the last days, oldest first.
pub fn days(db: &Connection, owner: &UserId, now: u64, days: u32) -> Result<Vec<DayUsage>> {
    let mut statement = db.prepare_cached(
        "SELECT day, sum(input_tokens), sum(output_tokens), sum(cost_usd), count(DISTINCT pid)
         FROM usage WHERE owner = ?1 AND day > date(?2 / 1000 - ?3 * 86400, 'unixepoch') GROUP BY day ORDER BY day",
    )?;
    let rows = statement.query_map((owner.as_str(), now, days), |row| {
        Ok(DayUsage {
            day: row.get(0)?,
            input_tokens: row.get(1)?,
            output_tokens: row.get(2)?,
            cost_usd: row.get(3)?,
            agents: row.get(4)?,
        })
    })?;
    rows.map(|row| Ok(row?)).collect()
}
