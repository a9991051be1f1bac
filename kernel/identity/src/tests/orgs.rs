//! Organisations: what becomes of them, for whom, and what outlives a restart. Who may give which role stands in
//! `orgs/hierarchy.rs`.

use aether_base::ports::Memberships;
use aether_protocol::domains::org::{
    AddTeamMember, CreateTeam, InviteMember, MemberRef, OrgRole, Organization, RemoveTeamMember, Team, TeamRole,
    UpdateMember, UpdateOrg,
};
use serde_json::{Value, json};

use super::*;
use crate::orgs::OrgError;

impl House {
    pub(super) async fn orgs(&self) -> Arc<Orgs> {
        Orgs::open(self.store.clone(), self.bus.clone(), self.identity.clone()).await.expect("opened")
    }
}

pub(super) async fn invite(orgs: &Orgs, by: &Caller, org: &Organization, whom: &Caller, role: OrgRole) {
    try_invite(orgs, by, org, whom, role).await.expect("invited");
}

async fn try_invite(
    orgs: &Orgs,
    by: &Caller,
    org: &Organization,
    whom: &Caller,
    role: OrgRole,
) -> Result<(), OrgError> {
    orgs.invite(by, InviteMember { org_id: org.id.clone(), user_id: user(whom), role: Some(role) }).await
}

fn member(org: &Organization, whom: &Caller) -> MemberRef {
    MemberRef { org_id: org.id.clone(), user_id: user(whom) }
}

fn role(org: &Organization, whom: &Caller, role: OrgRole) -> UpdateMember {
    UpdateMember { org_id: org.id.clone(), user_id: user(whom), role }
}

fn team(org: &Organization, name: &str) -> CreateTeam {
    CreateTeam { org_id: org.id.clone(), name: name.into(), description: None }
}

fn add(team: &Team, whom: &Caller) -> AddTeamMember {
    AddTeamMember { team_id: team.id.clone(), user_id: user(whom), role: Some(TeamRole::Lead), org_id: None }
}

fn take(team: &Team, whom: &Caller) -> RemoveTeamMember {
    RemoveTeamMember { team_id: team.id.clone(), user_id: user(whom), org_id: None }
}

#[tokio::test]
async fn an_organisation_and_its_teams_outlive_a_restart() {
    let root = tempfile::tempdir().expect("a folder");
    let house = open(root.path()).await;
    let (ada, bob) = (house.register("ada").await, house.register("bob").await);
    let orgs = house.orgs().await;
    let acme = orgs.create(&ada, "Acme".into(), None).await.expect("founded");
    assert_eq!((acme.display_name.as_str(), &acme.owner_uid), ("Acme", &user(&ada)));
    invite(&orgs, &ada, &acme, &bob, OrgRole::Viewer).await;
    orgs.set_role(&ada, role(&acme, &bob, OrgRole::Manager)).await.expect("promoted");
    let core = orgs.create_team(&bob, team(&acme, " Core team ")).await.expect("made");
    orgs.add_to_team(&bob, add(&core, &ada)).await.expect("added");
    let settings = [("color".to_owned(), json!({ "h": 1.5 }))].into();
    let change =
        UpdateOrg { org_id: acme.id.clone(), settings: Some(settings), display_name: Some(" Acme Inc. ".into()) };
    let acme = orgs.update(&ada, change).await.expect("changed");
    assert!(acme.display_name == "Acme Inc." && acme.updated_at > acme.created_at, "{acme:?}");
    let before = (orgs.of(&user(&bob)), orgs.members(&acme.id).expect("there"), orgs.teams(&acme.id).expect("there"));
    house.store.close().await;

    let house = open(root.path()).await;
    let orgs = house.orgs().await;
    let after = (orgs.of(&user(&bob)), orgs.members(&acme.id).expect("there"), orgs.teams(&acme.id).expect("there"));
    assert_eq!(before, after);
    assert_eq!(after.0, std::slice::from_ref(&acme));
    let roles: Vec<OrgRole> = after.1.iter().map(|member| member.role).collect();
    assert_eq!((roles, after.2[0].name.as_str()), (vec![OrgRole::Owner, OrgRole::Manager], "Core team"));
    assert_eq!(orgs.team_members(&core.id), [user(&ada)]);

    orgs.delete(&ada, acme.id.clone()).await.expect("dissolved");
    assert!(orgs.of(&user(&bob)).is_empty() && !orgs.has_team(&core.id));
    assert_eq!(orgs.role(&user(&ada), &acme.id), None);
    let rows = house.store.read(|db| {
        let count = "SELECT (SELECT count(*) FROM organizations) + (SELECT count(*) FROM org_members)
                     + (SELECT count(*) FROM teams) + (SELECT count(*) FROM team_members)";
        Ok(db.query_row(count, [], |row| row.get::<_, u64>(0))?)
    });
    assert_eq!(rows.await, Ok(0));
    orgs.create(&bob, "acme".into(), None).await.expect("the name is free again");
}

#[tokio::test]
async fn names_are_taken_once_and_everything_is_bounded() {
    let root = tempfile::tempdir().expect("a folder");
    let house = open(root.path()).await;
    let (ada, bob) = (house.register("ada").await, house.register("bob").await);
    let orgs = house.orgs().await;
    let acme = orgs.create(&ada, "acme".into(), None).await.expect("founded");
    let taken = orgs.create(&bob, "ACME".into(), None).await.expect_err("taken");
    assert_eq!(taken.to_string(), "Organization \"ACME\" already exists");
    assert!(matches!(orgs.create(&bob, "a".into(), None).await, Err(OrgError::BadName)));
    for number in 1..32 {
        orgs.create(&ada, format!("acme-{number}"), None).await.expect("founded");
    }
    assert!(matches!(orgs.create(&ada, "one-more".into(), None).await, Err(OrgError::TooManyOrgs(32))));
    orgs.create_team(&ada, team(&acme, "core")).await.expect("made");
    assert!(matches!(orgs.create_team(&ada, team(&acme, "Core")).await, Err(OrgError::TeamNameTaken(_))));
    for number in 1..100 {
        orgs.create_team(&ada, team(&acme, &number.to_string())).await.expect("made");
    }
    assert!(matches!(orgs.create_team(&ada, team(&acme, "one more")).await, Err(OrgError::TooManyTeams(100))));
    let nothing = UpdateOrg { org_id: acme.id.clone(), settings: None, display_name: None };
    assert!(matches!(orgs.update(&ada, nothing).await, Err(OrgError::NothingToChange)));
    let large = [("k".to_owned(), Value::from("x".repeat(70_000)))].into();
    let large = UpdateOrg { org_id: acme.id, settings: Some(large), display_name: None };
    assert!(matches!(orgs.update(&ada, large).await, Err(OrgError::SettingsTooLarge)));
}

#[tokio::test]
async fn a_role_is_looked_at_again_when_its_turn_has_come() {
    let root = tempfile::tempdir().expect("a folder");
    let house = open(root.path()).await;
    let (ada, bob, eve) = (house.register("ada").await, house.register("bob").await, house.register("eve").await);
    let (admin, orgs) = (house.login("admin").await, house.orgs().await);
    let acme = orgs.create(&ada, "acme".into(), None).await.expect("founded");
    // Past the gate, which would have refused these.
    assert!(matches!(try_invite(&orgs, &bob, &acme, &eve, OrgRole::Viewer).await, Err(OrgError::NoSuchOrg)));
    invite(&orgs, &ada, &acme, &bob, OrgRole::Manager).await;
    assert!(matches!(try_invite(&orgs, &bob, &acme, &eve, OrgRole::Admin).await, Err(OrgError::AboveYou("admin"))));
    assert!(matches!(try_invite(&orgs, &ada, &acme, &bob, OrgRole::Viewer).await, Err(OrgError::AlreadyMember)));
    invite(&orgs, &bob, &acme, &eve, OrgRole::Viewer).await;
    assert!(matches!(orgs.remove(&bob, member(&acme, &eve)).await, Err(OrgError::RoleTooLow)));
    assert!(matches!(orgs.delete(&bob, acme.id.clone()).await, Err(OrgError::OwnerDeletes)));
    assert!(matches!(orgs.remove(&ada, member(&acme, &ada)).await, Err(OrgError::RemovesOwner)));
    assert!(matches!(orgs.set_role(&admin, role(&acme, &ada, OrgRole::Viewer)).await, Err(OrgError::ChangesOwner)));
    let agent = Caller::agent(Pid(2), user(&ada));
    assert!(matches!(orgs.remove(&agent, member(&acme, &bob)).await, Err(OrgError::NotAPerson)));
    let nobody = InviteMember { org_id: acme.id.clone(), user_id: "nobody".into(), role: None };
    assert!(matches!(orgs.invite(&admin, nobody).await, Err(OrgError::NoSuchUser)));
    let core = orgs.create_team(&bob, team(&acme, "core")).await.expect("made");
    assert!(matches!(orgs.add_to_team(&admin, add(&core, &admin)).await, Err(OrgError::MemberFirst)));
    orgs.add_to_team(&bob, add(&core, &eve)).await.expect("added");
    assert!(matches!(orgs.add_to_team(&bob, add(&core, &eve)).await, Err(OrgError::AlreadyInTeam)));
    assert!(matches!(orgs.delete_team(&bob, core.id.clone()).await, Err(OrgError::RoleTooLow)));
    orgs.remove(&eve, member(&acme, &eve)).await.expect("anybody may leave");
    assert!(orgs.team_members(&core.id).is_empty(), "and leaves the teams");
    assert!(matches!(orgs.remove_from_team(&bob, take(&core, &eve)).await, Err(OrgError::NotInTeam)));
    assert!(matches!(orgs.remove(&eve, member(&acme, &eve)).await, Err(OrgError::NoSuchOrg)));
    assert!(matches!(orgs.remove(&ada, member(&acme, &eve)).await, Err(OrgError::NotMember)));
    assert!(matches!(orgs.remove_from_team(&eve, take(&core, &bob)).await, Err(OrgError::NoSuchTeam)));
}

#[tokio::test]
async fn what_happens_is_told_to_those_it_concerns() {
    let root = tempfile::tempdir().expect("a folder");
    let house = open(root.path()).await;
    let (ada, bob, eve) = (house.register("ada").await, house.register("bob").await, house.register("eve").await);
    let orgs = house.orgs().await;
    house.store.write(|_| Ok(())).await.expect("the start is over");
    let listen = |caller: &Caller| house.bus.subscribe(Viewer::of(caller));
    let (mut ada_hears, mut bob_hears, mut eve_hears) = (listen(&ada), listen(&bob), listen(&eve));
    let acme = orgs.create(&ada, "acme".into(), None).await.expect("founded");
    invite(&orgs, &ada, &acme, &bob, OrgRole::Member).await;
    let core = orgs.create_team(&ada, team(&acme, "core")).await.expect("made");
    orgs.set_role(&ada, role(&acme, &bob, OrgRole::Member)).await.expect("as it was");
    orgs.set_role(&ada, role(&acme, &bob, OrgRole::Viewer)).await.expect("changed");
    orgs.remove(&ada, member(&acme, &bob)).await.expect("removed");
    orgs.delete_team(&ada, core.id.clone()).await.expect("dissolved");
    orgs.delete(&ada, acme.id.clone()).await.expect("dissolved");
    orgs.create(&eve, "eves".into(), None).await.expect("founded");
    async fn hear(hears: &mut aether_base::bus::Subscription, count: usize) -> Vec<Value> {
        let mut heard: Vec<Value> = Vec::new();
        while heard.len() < count {
            let event = hears.next().await.expect("an event");
            // Whole entities go beside the events.
            if event.wire != "entity.changed" {
                heard.push(serde_json::from_str(&event.json).expect("JSON"));
            }
        }
        heard
    }
    let bobs = hear(&mut bob_hears, 4).await;
    let kinds = |events: &[Value]| {
        events.iter().map(|event| event["type"].as_str().unwrap_or("").to_owned()).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(kinds(&bobs), "org.member.invited org.team.created org.member.updated org.member.removed");
    assert_eq!(
        bobs[2],
        json!({ "type": "org.member.updated", "orgId": acme.id, "userId": user(&bob), "role": "viewer" })
    );
    let adas = hear(&mut ada_hears, 7).await;
    assert_eq!(
        kinds(&adas),
        "org.created org.member.invited org.team.created org.member.updated org.member.removed org.team.deleted org.deleted"
    );
    assert_eq!(adas[0]["org"], serde_json::to_value(&acme).expect("JSON"));
    assert_eq!(hear(&mut eve_hears, 1).await[0]["org"]["name"], "eves", "its own is the first it hears of");
}

#[tokio::test]
async fn a_deleted_user_leaves_and_an_owner_is_not_deleted() {
    let root = tempfile::tempdir().expect("a folder");
    let house = open(root.path()).await;
    let (admin, ada, bob) = (house.login("admin").await, house.register("ada").await, house.register("bob").await);
    let orgs = house.orgs().await;
    let acme = orgs.create(&ada, "acme".into(), None).await.expect("founded");
    invite(&orgs, &ada, &acme, &bob, OrgRole::Member).await;
    let core = orgs.create_team(&ada, team(&acme, "core")).await.expect("made");
    orgs.add_to_team(&ada, add(&core, &bob)).await.expect("added");
    let obstacle = orgs.obstacle(&user(&ada)).expect("one");
    assert!(obstacle.contains("acme") && obstacle.contains(acme.id.as_str()), "{obstacle}");
    assert_eq!(orgs.obstacle(&user(&bob)), None);
    // Also where nobody looked before: the tables hold it.
    let held = house.identity.delete_user(&admin, user(&ada)).await.expect_err("an owner");
    assert_eq!(wire(held).code, ErrorCode::InvalidState);
    assert!(house.identity.user_info(&user(&ada)).is_some());

    let mut hears = house.bus.subscribe(Viewer::of(&ada));
    house.identity.delete_user(&admin, user(&bob)).await.expect("deleted");
    orgs.departed(&user(&bob)).await;
    let told: Value = serde_json::from_str(&hears.next().await.expect("an event").json).expect("JSON");
    assert_eq!(told, json!({ "type": "org.member.removed", "orgId": acme.id, "userId": user(&bob) }));
    assert_eq!((orgs.members(&acme.id).expect("there").len(), orgs.team_members(&core.id).len()), (1, 0));
    let again = house.orgs().await;
    assert_eq!((again.members(&acme.id).expect("there").len(), again.team_members(&core.id).len()), (1, 0));
    let late = try_invite(&again, &ada, &acme, &bob, OrgRole::Member).await;
    assert!(matches!(late, Err(OrgError::NoSuchUser)), "{late:?}");
}
