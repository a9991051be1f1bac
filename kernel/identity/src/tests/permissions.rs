//! Policies: who they speak of, what outlives a restart, what is told. How they are judged stands in
//! `permissions/verdict.rs`.

use aether_protocol::ErrorCode;
use aether_protocol::domains::org::{AddTeamMember, CreateTeam, MemberRef, OrgRole};
use aether_protocol::domains::permission::{Effect, NewPolicy, PermissionPolicy};

use super::orgs::invite;
use super::*;
use crate::permissions::{PermissionError, Verdict};

impl House {
    async fn permissions(&self, orgs: &Arc<Orgs>) -> Arc<Permissions> {
        Permissions::open(self.store.clone(), self.bus.clone(), self.identity.clone(), orgs.clone())
            .await
            .expect("opened")
    }
}

fn policy(subject: &str, action: &str, resource: &str, effect: Effect) -> NewPolicy {
    NewPolicy { subject: subject.into(), action: action.into(), resource: resource.into(), effect }
}

const RUN: &str = "tool.run_command.execute";

/// Policies of one millisecond have no order in time.
fn sorted(mut policies: Vec<PermissionPolicy>) -> Vec<PermissionPolicy> {
    policies.sort_by(|a, b| a.id.cmp(&b.id));
    policies
}

#[tokio::test]
async fn policies_bind_users_by_name_by_team_and_by_role() {
    let root = tempfile::tempdir().expect("a folder");
    let house = open(root.path()).await;
    let (admin, ada, bob) = (house.login("admin").await, house.register("ada").await, house.register("bob").await);
    let orgs = house.orgs().await;
    let permissions = house.permissions(&orgs).await;
    let acme = orgs.create(&ada, "acme".into(), None).await.expect("founded");
    invite(&orgs, &ada, &acme, &bob, OrgRole::Viewer).await;
    let team = CreateTeam { org_id: acme.id.clone(), name: "core".into(), description: None };
    let team = orgs.create_team(&ada, team).await.expect("made");
    let ask = |caller: &Caller| permissions.verdict(&user(caller), RUN, "run_command");
    assert_eq!(ask(&ada), Some(Verdict::Free));
    assert_eq!(permissions.verdict(&"nobody".into(), RUN, "run_command"), None);
    assert!(!permissions.allows(&"nobody".into(), RUN, "run_command"));

    let by = Some(user(&admin));
    let grant = async |policy| permissions.grant(by.clone(), policy).await.expect("granted");
    let of_role = grant(policy("role:viewer", "tool.*.execute", "*", Effect::Allow)).await;
    assert_eq!((ask(&ada), ask(&bob)), (Some(Verdict::Free), Some(Verdict::Allowed)));
    let of_team = grant(policy(&format!("team:{}", team.id), RUN, "*", Effect::Deny)).await;
    assert_eq!(ask(&bob), Some(Verdict::Allowed));
    let add = AddTeamMember { team_id: team.id.clone(), user_id: user(&bob), role: None, org_id: None };
    orgs.add_to_team(&ada, add).await.expect("added");
    assert_eq!(ask(&bob), Some(Verdict::Denied));
    assert!(permissions.check_tool(&user(&bob), "run_command").is_err());
    assert!(permissions.check_tool(&user(&bob), "read_file").is_ok());
    assert!(permissions.check_model(&user(&bob), "openai").is_err(), "nothing mentions it");
    let asking = grant(policy(&format!("user:{}", user(&bob)), "tool.*.execute", "*", Effect::Ask)).await;
    assert_eq!(ask(&bob), Some(Verdict::Denied), "no person may allow what is denied");
    assert!(!permissions.allows(&user(&bob), "tool.read_file.execute", "read_file"));
    let asked = permissions.check_tool(&user(&bob), "read_file").expect_err("a person first");
    assert_eq!(asked.code, ErrorCode::ApprovalRequired, "{asked}");
    permissions.revoke(asking.id).await.expect("revoked");
    permissions.revoke(of_team.id.clone()).await.expect("revoked");
    assert!(matches!(permissions.revoke(of_team.id).await, Err(PermissionError::NoSuchPolicy)));
    assert_eq!(ask(&bob), Some(Verdict::Allowed));
    orgs.remove(&bob, MemberRef { org_id: acme.id, user_id: user(&bob) }).await.expect("left");
    assert_eq!(ask(&bob), Some(Verdict::Free), "without the role it is not bound");
    let of_admin = grant(policy(&format!("user:{}", user(&admin)), "*", "*", Effect::Deny)).await;
    assert_eq!(ask(&admin), Some(Verdict::Allowed), "nobody locks administrators out");
    assert_eq!(sorted(permissions.list(None)), sorted(vec![of_role, of_admin.clone()]));
    assert_eq!(permissions.list(Some(&of_admin.subject)), [of_admin]);
    assert!(permissions.list(Some("role:member")).is_empty());
}

#[tokio::test]
async fn policies_outlive_a_restart_but_not_their_user() {
    let root = tempfile::tempdir().expect("a folder");
    let house = open(root.path()).await;
    let (admin, ada) = (house.login("admin").await, house.register("ada").await);
    let orgs = house.orgs().await;
    let permissions = house.permissions(&orgs).await;
    let deny = policy(&format!("user:{}", user(&ada)), RUN, "*", Effect::Deny);
    let denied = permissions.grant(Some(user(&admin)), deny.clone()).await.expect("granted");
    assert_eq!(permissions.grant(None, deny).await.expect("there already"), denied, "once is enough");
    let other = permissions.grant(None, policy("role:owner", "*", "*", Effect::Ask)).await.expect("granted");
    house.store.close().await;

    let house = open(root.path()).await;
    let orgs = house.orgs().await;
    let permissions = house.permissions(&orgs).await;
    assert_eq!(sorted(permissions.list(None)), sorted(vec![denied.clone(), other.clone()]));
    assert_eq!(permissions.verdict(&user(&ada), RUN, "run_command"), Some(Verdict::Denied));
    let mut hears = house.bus.subscribe(Viewer::of(&admin));
    permissions.departed(&user(&ada)).await;
    let told = hears.next().await.expect("an event");
    assert_eq!(*told.json, format!(r#"{{"type":"permission.revoked","policyId":"{}"}}"#, denied.id));
    assert_eq!(permissions.list(None), [other]);
}

#[tokio::test]
async fn a_policy_about_nothing_is_refused() {
    let root = tempfile::tempdir().expect("a folder");
    let house = open(root.path()).await;
    let orgs = house.orgs().await;
    let permissions = house.permissions(&orgs).await;
    for subject in ["probe", "user:nobody", "team:none", "role:root", ""] {
        let refused = permissions.grant(None, policy(subject, "*", "*", Effect::Deny)).await;
        assert!(matches!(refused, Err(PermissionError::BadSubject)), "{subject}: {refused:?}");
    }
    let refused = permissions.grant(None, policy("role:viewer", "probe", "*", Effect::Deny)).await;
    assert!(matches!(refused, Err(PermissionError::BadAction)), "{refused:?}");
    for resource in ["", "a\nb", &"x".repeat(4_097)] {
        let refused = permissions.grant(None, policy("role:viewer", "*", resource, Effect::Deny)).await;
        assert!(matches!(refused, Err(PermissionError::BadResource)), "{resource:?}: {refused:?}");
    }
    assert!(permissions.list(None).is_empty());
}
