//! Users, organisations, policies and preferences.

use serde_json::{Value, json};

use super::world::{Case, PASSWORD, World, text};

pub async fn case(w: &mut World, wire: &str) -> Option<Case> {
    Some(match wire {
        "auth.login" => w.own(json!({ "username": "ada", "password": PASSWORD })),
        "auth.register" => {
            let name = w.name();
            w.own(json!({ "username": format!("new-{name}"), "password": PASSWORD }))
        }
        "auth.mfaLogin" => {
            let mut person = w.person().await;
            let code = person.protect().await;
            let login = json!({ "username": person.name, "password": PASSWORD });
            let half = w.kernel.rest().post("/api/auth/login", None, &login).await.1;
            w.own(json!({ "mfaToken": text(&half["mfaToken"]), "code": code }))
        }
        "auth.validate" => w.own(json!({ "token": w.token })),
        "auth.logout" | "auth.refresh" | "auth.mfaSetup" => Case { token: w.person().await.token, fields: json!({}) },
        "auth.changePassword" => {
            let fields = json!({ "currentPassword": PASSWORD, "newPassword": "another fine password" });
            Case { token: w.person().await.token, fields }
        }
        "auth.mfaVerify" | "auth.mfaEnable" => {
            let mut person = w.person().await;
            let code = person.set_up().await;
            Case { token: person.token, fields: json!({ "code": code }) }
        }
        "auth.mfaDisable" => {
            let mut person = w.person().await;
            let code = person.protect().await;
            Case { token: person.token, fields: json!({ "code": code }) }
        }
        "auth.me" => w.own(json!({})),
        "auth.updateProfile" => w.own(json!({ "displayName": "Ada" })),
        "auth.listSessions" | "auth.listTokens" => w.own(json!({ "userId": w.id })),
        "auth.revokeSession" => {
            let mut person = w.person().await;
            w.kernel.token(&person.name, PASSWORD).await;
            let sessions = person.client.call("auth.listSessions", json!({})).await;
            let others = |sessions: &Vec<Value>| sessions.iter().find(|session| session["current"] == false).cloned();
            let other = sessions.as_array().and_then(others).expect("another session");
            let fields = json!({ "sessionId": other["id"], "userId": person.id().await });
            Case { token: person.token, fields }
        }
        "auth.revokeSessions" => {
            let mut person = w.person().await;
            let fields = json!({ "userId": person.id().await });
            Case { token: person.token, fields }
        }
        "auth.createToken" => w.own(json!({ "name": "build", "scopes": ["fs:read"], "days": 1 })),
        "auth.revokeToken" => {
            let made = w.ada.call("auth.createToken", json!({ "name": "old", "scopes": ["fs:read"] })).await;
            w.own(json!({ "tokenId": made["info"]["id"], "userId": w.id }))
        }
        "auth.rotateKey" => w.as_admin(json!({})),
        "auth.resetPassword" => {
            let id = w.person().await.id().await;
            let issued = w.by_admin("user.resetPassword", json!({ "userId": id })).await;
            w.own(json!({ "token": issued["token"], "newPassword": "another fine password" }))
        }
        "user.resetPassword" => {
            let id = w.person().await.id().await;
            w.as_admin(json!({ "userId": id }))
        }
        "user.list" => w.as_admin(json!({})),
        "user.delete" => {
            let id = w.person().await.id().await;
            w.as_admin(json!({ "userId": id }))
        }
        "permission.grant" => w.as_admin(policy(w)),
        "permission.revoke" => {
            let made = w.by_admin("permission.grant", policy(w)).await;
            w.as_admin(json!({ "policyId": made["id"] }))
        }
        "permission.list" => w.as_admin(json!({})),
        "permission.check" => w.own(json!({ "userId": w.id, "action": "tool.think.execute", "resource": "think" })),
        "preference.get" => w.own(json!({ "key": "a.key" })),
        "preference.set" => w.own(json!({ "key": "a.key", "value": { "a": 1 } })),
        "preference.list" => w.own(json!({})),
        "preference.delete" => {
            w.ada.call("preference.set", json!({ "key": "old", "value": 1 })).await;
            w.own(json!({ "key": "old" }))
        }
        _ => return org(w, wire).await,
    })
}

/// A policy that changes nothing for those who are tried.
fn policy(w: &World) -> Value {
    json!({ "subject": format!("user:{}", w.bob), "action": "tool.think.execute", "resource": "think", "effect": "deny" })
}

async fn org(w: &mut World, wire: &str) -> Option<Case> {
    Some(match wire {
        "org.create" => {
            let name = w.name();
            w.own(json!({ "name": name, "displayName": "Another" }))
        }
        "org.list" => w.own(json!({})),
        "org.get" | "org.members.list" | "org.teams.list" => w.own(json!({ "orgId": w.org })),
        "org.update" => w.own(json!({ "orgId": w.org, "displayName": "First" })),
        "org.delete" => {
            let org = w.shared_org().await;
            w.own(json!({ "orgId": org }))
        }
        "org.members.invite" => {
            let name = w.name();
            let org = w.made("org.create", json!({ "name": name }), "id").await;
            w.own(json!({ "orgId": org, "userId": w.bob, "role": "viewer" }))
        }
        "org.members.update" => {
            let org = w.shared_org().await;
            w.own(json!({ "orgId": org, "userId": w.bob, "role": "manager" }))
        }
        "org.members.remove" | "org.transfer" => {
            let org = w.shared_org().await;
            w.own(json!({ "orgId": org, "userId": w.bob }))
        }
        "org.teams.create" => {
            let name = w.name();
            w.own(json!({ "orgId": w.org, "name": name }))
        }
        "org.teams.delete" => {
            let team = w.team().await;
            w.own(json!({ "teamId": team, "orgId": w.org }))
        }
        "org.teams.addMember" => {
            let team = w.team().await;
            w.own(json!({ "teamId": team, "userId": w.id, "orgId": w.org }))
        }
        "org.teams.removeMember" => {
            let team = w.team().await;
            w.ada.call("org.teams.addMember", json!({ "teamId": team, "userId": w.id })).await;
            w.own(json!({ "teamId": team, "userId": w.id, "orgId": w.org }))
        }
        _ => return None,
    })
}
