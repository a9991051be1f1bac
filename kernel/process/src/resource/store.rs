//! The statements on what agents have used.

use std::collections::HashMap;

use aether_protocol::domains::resource::{BudgetScope, DayUsage};
use aether_protocol::{OrgId, Pid, UserId};
use aether_store::Result;
use aether_store::rusqlite::{Connection, OptionalExtension};

use super::budget::{Budgets, Row, Spending};
use super::tree::{Ancestry, Sum, Tree};
use super::{Reply, Used};

/// Counts one reply, in the commit that journals it.
pub fn count(db: &Connection, pid: Pid, scopes: &[BudgetScope], reply: &Reply) -> Result<()> {
    let owner = scopes.iter().find(|scope| matches!(scope, BudgetScope::User(_))).map(BudgetScope::id);
    let org = scopes.iter().find(|scope| matches!(scope, BudgetScope::Org(_))).map(BudgetScope::id);
    let (provider, model) = reply.model.split_once(':').unwrap_or(("", &reply.model));
    db.prepare_cached(
        "INSERT INTO usage
             (pid, day, provider, model, owner, replies, input_tokens, output_tokens, cost_usd, unpriced, org)
         VALUES (?1, date(?2 / 1000, 'unixepoch'), ?3, ?4, ?5, 1, ?6, ?7, ?8, ?9, ?10)
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
        owner.unwrap_or_default(),
        reply.input_tokens,
        reply.output_tokens,
        reply.cost_usd.unwrap_or_default(),
        reply.cost_usd.is_none(),
        org,
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

/// What a user's agents, or those in an organisation, have used on each of the last days, oldest first.
pub fn days(db: &Connection, scope: &BudgetScope, now: u64, days: u32) -> Result<Vec<DayUsage>> {
    let (column, id) = match scope {
        BudgetScope::User(user) => ("owner", user.as_str()),
        BudgetScope::Org(org) => ("org", org.as_str()),
    };
    let mut statement = db.prepare_cached(&format!(
        "SELECT day, sum(input_tokens), sum(output_tokens), sum(cost_usd), count(DISTINCT pid)
         FROM usage WHERE {column} = ?1 AND day > date(?2 / 1000 - ?3 * 86400, 'unixepoch') GROUP BY day ORDER BY day",
    ))?;
    let rows = statement.query_map((id, now, days), |row| {
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

/// What every user and every organisation has used on the day of this time.
fn spent(db: &Connection, now: u64) -> Result<HashMap<BudgetScope, Spending>> {
    let mut statement = db.prepare_cached(
        "SELECT owner, NULL, sum(input_tokens + output_tokens), sum(cost_usd)
         FROM usage WHERE day = date(?1 / 1000, 'unixepoch') GROUP BY owner
         UNION ALL
         SELECT NULL, org, sum(input_tokens + output_tokens), sum(cost_usd)
         FROM usage WHERE day = date(?1 / 1000, 'unixepoch') AND org IS NOT NULL GROUP BY org",
    )?;
    let rows = statement.query_map([now], |row| {
        let (owner, org): (Option<String>, Option<String>) = (row.get(0)?, row.get(1)?);
        let spent = Spending { day: super::day(now), tokens: row.get(2)?, cost_usd: row.get(3)? };
        let org = || OrgId(org.unwrap_or_default());
        Ok((owner.map_or_else(|| BudgetScope::Org(org()), |user| BudgetScope::User(UserId(user))), spent))
    })?;
    rows.map(|row| Ok(row?)).collect()
}

pub fn put_budget(db: &Connection, scope: &BudgetScope, row: &Row) -> Result<()> {
    db.prepare_cached(
        "INSERT INTO budgets (kind, id, record) VALUES (?1, ?2, ?3)
         ON CONFLICT (kind, id) DO UPDATE SET record = excluded.record",
    )?
    .execute((super::limits::kind(scope), scope.id(), serde_json::to_string(row)?))?;
    Ok(())
}

/// What the resource governor knows at a start.
pub fn open(db: &Connection, ancestry: Ancestry, now: u64) -> Result<(Tree, Budgets)> {
    let mut tree = Tree::default();
    for record in ancestry.above {
        let used = used(db, record.pid, now)?;
        tree.ended.insert(record.pid, (record, used));
    }
    for (record, above) in ancestry.below {
        let below = tree.below.entry(above).or_default();
        *below = below.plus(Sum::own(&record, &used(db, record.pid, now)?));
    }
    Ok((tree, Budgets { rows: budgets(db)?, spent: spent(db, now)? }))
}

/// Every budget that was set.
fn budgets(db: &Connection) -> Result<HashMap<BudgetScope, Row>> {
    let mut statement = db.prepare_cached("SELECT kind, id, record FROM budgets")?;
    let rows = statement
        .query_map([], |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?, row.get::<_, String>(2)?)))?;
    rows.map(|row| {
        let (kind, id, record) = row?;
        let scope = if kind == "org" { BudgetScope::Org(OrgId(id)) } else { BudgetScope::User(UserId(id)) };
        Ok((scope, serde_json::from_str(&record)?))
    })
    .collect()
}
