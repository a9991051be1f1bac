//! The tables of organisations, members and teams, and the statements on them.

use aether_protocol::domains::org::{OrgMember, Organization, Team, TeamMember};
use aether_protocol::{OrgId, UserId};
use aether_store::rusqlite::{Connection, Row};
use aether_store::{Migration, Result, StoreError};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::directory::{Directory, Edit};

/// Organisations, members and teams. They refer to users: the migrations of identity go before.
pub const ORG_MIGRATIONS: &[Migration] =
    &[Migration { owner: "org", number: 1, sql: include_str!("../../migrations/orgs/001.sql") }];

/// Everything that is kept.
pub fn load(db: &Connection) -> Result<Directory> {
    let mut directory = Directory::default();
    let mut members = all(db, "SELECT id, org_id, user_id, role, joined_at FROM org_members", |row| {
        Ok(OrgMember {
            id: row.get(0)?,
            org_id: OrgId(row.get(1)?),
            user_id: UserId(row.get(2)?),
            role: word(row, 3)?,
            joined_at: row.get(4)?,
        })
    })?;
    let orgs = all(
        db,
        "SELECT id, name, display_name, owner_uid, settings, created_at, updated_at FROM organizations",
        |row| {
            Ok(Organization {
                id: OrgId(row.get(0)?),
                name: row.get(1)?,
                display_name: row.get(2)?,
                owner_uid: UserId(row.get(3)?),
                settings: serde_json::from_str(&row.get::<_, String>(4)?)?,
                created_at: row.get(5)?,
                updated_at: row.get(6)?,
            })
        },
    )?;
    for org in orgs {
        let is_owner = |member: &OrgMember| member.org_id == org.id && member.user_id == org.owner_uid;
        let owner = members.iter().position(is_owner).map(|at| members.swap_remove(at));
        let owner = owner.ok_or_else(|| StoreError::Damaged(format!("organisation {} has no owner", org.id)))?;
        directory.apply(Edit::Found(org, owner));
    }
    members.into_iter().for_each(|member| directory.apply(Edit::PutMember(member)));
    let teams = all(db, "SELECT id, org_id, name, description, created_at FROM teams", |row| {
        Ok(Team {
            id: row.get(0)?,
            org_id: OrgId(row.get(1)?),
            name: row.get(2)?,
            description: row.get(3)?,
            created_at: row.get(4)?,
        })
    })?;
    teams.into_iter().for_each(|team| directory.apply(Edit::AddTeam(team)));
    let members = all(db, "SELECT id, team_id, user_id, role, joined_at FROM team_members", |row| {
        Ok(TeamMember {
            id: row.get(0)?,
            team_id: row.get(1)?,
            user_id: UserId(row.get(2)?),
            role: word(row, 3)?,
            joined_at: row.get(4)?,
        })
    })?;
    members.into_iter().for_each(|member| directory.apply(Edit::AddToTeam(member)));
    Ok(directory)
}

/// Carries out a change.
pub fn apply(db: &Connection, edit: &Edit) -> Result<()> {
    match edit {
        Edit::Found(org, owner) => {
            insert_org(db, org)?;
            put_member(db, owner)?;
        }
        Edit::Update(org) => {
            db.prepare_cached(
                "UPDATE organizations SET display_name = ?2, settings = ?3, updated_at = ?4 WHERE id = ?1",
            )?
            .execute((
                org.id.as_str(),
                &org.display_name,
                serde_json::to_string(&org.settings)?,
                org.updated_at,
            ))?;
        }
        Edit::Transfer(org, owner, before) => {
            db.prepare_cached("UPDATE organizations SET owner_uid = ?2, updated_at = ?3 WHERE id = ?1")?.execute((
                org.id.as_str(),
                org.owner_uid.as_str(),
                org.updated_at,
            ))?;
            put_member(db, owner)?;
            put_member(db, before)?;
        }
        Edit::Dissolve(id) => {
            db.prepare_cached("DELETE FROM organizations WHERE id = ?1")?.execute([id.as_str()])?;
        }
        Edit::PutMember(member) => put_member(db, member)?,
        Edit::DropMember(org, user) => {
            db.prepare_cached("DELETE FROM org_members WHERE org_id = ?1 AND user_id = ?2")?
                .execute((org.as_str(), user.as_str()))?;
        }
        Edit::AddTeam(team) => {
            db.prepare_cached(
                "INSERT INTO teams (id, org_id, name, description, created_at) VALUES (?1, ?2, ?3, ?4, ?5)",
            )?
            .execute((&team.id, team.org_id.as_str(), &team.name, &team.description, team.created_at))?;
        }
        Edit::DropTeam(id) => {
            db.prepare_cached("DELETE FROM teams WHERE id = ?1")?.execute([id])?;
        }
        Edit::AddToTeam(member) => {
            db.prepare_cached(
                "INSERT INTO team_members (id, team_id, org_id, user_id, role, joined_at)
                 VALUES (?1, ?2, (SELECT org_id FROM teams WHERE id = ?2), ?3, ?4, ?5)",
            )?
            .execute((
                &member.id,
                &member.team_id,
                member.user_id.as_str(),
                spelled(&member.role)?,
                member.joined_at,
            ))?;
        }
        Edit::DropFromTeam(team, user) => {
            db.prepare_cached("DELETE FROM team_members WHERE team_id = ?1 AND user_id = ?2")?
                .execute((team, user.as_str()))?;
        }
    }
    Ok(())
}

fn insert_org(db: &Connection, org: &Organization) -> Result<()> {
    db.prepare_cached(
        "INSERT INTO organizations (id, name, display_name, owner_uid, settings, created_at, updated_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    )?
    .execute((
        org.id.as_str(),
        &org.name,
        &org.display_name,
        org.owner_uid.as_str(),
        serde_json::to_string(&org.settings)?,
        org.created_at,
        org.updated_at,
    ))?;
    Ok(())
}

fn put_member(db: &Connection, member: &OrgMember) -> Result<()> {
    db.prepare_cached(
        "INSERT INTO org_members (id, org_id, user_id, role, joined_at) VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT (org_id, user_id) DO UPDATE SET role = excluded.role",
    )?
    .execute((
        &member.id,
        member.org_id.as_str(),
        member.user_id.as_str(),
        spelled(&member.role)?,
        member.joined_at,
    ))?;
    Ok(())
}

fn all<T>(db: &Connection, sql: &str, read: impl Fn(&Row<'_>) -> Result<T>) -> Result<Vec<T>> {
    let mut statement = db.prepare(sql)?;
    let mut rows = statement.query([])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(read(row)?);
    }
    Ok(found)
}

/// A role as the table spells it, which is as the wire does.
fn spelled<T: Serialize>(role: &T) -> Result<String> {
    let value = serde_json::to_value(role)?;
    value.as_str().map(str::to_owned).ok_or_else(|| StoreError::Failed("a role is no word".to_owned()))
}

fn word<T: DeserializeOwned>(row: &Row<'_>, column: usize) -> Result<T> {
    Ok(serde_json::from_value(row.get::<_, String>(column)?.into())?)
}
