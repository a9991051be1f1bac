//! Tokens for programs: what they are good for, and until when.

use aether_protocol::domains::auth::{CreateToken, CreatedToken, IssueReset};

use super::*;

fn request(name: &str, scopes: &[&str]) -> CreateToken {
    CreateToken { name: name.to_owned(), scopes: scopes.iter().map(|scope| (*scope).to_owned()).collect(), days: None }
}

impl House {
    async fn make(&self, caller: &Caller, scopes: &[&str]) -> CreatedToken {
        self.identity.create_token(caller, request("build", scopes)).await.expect("made")
    }
}

#[tokio::test]
async fn a_token_stands_for_its_user_until_it_is_revoked() {
    let root = tempfile::tempdir().expect("a folder");
    let house = open(root.path()).await;
    let ada = house.register("ada").await;
    let made = house.make(&ada, &["fs:read", "process:read"]).await;
    assert!(made.token.starts_with(&made.info.prefix) && made.token.len() > 40, "{made:?}");
    assert_eq!((made.info.last_used_at, made.info.expires_at), (None, None));
    let program = house.caller(&made.token);
    assert_eq!((program.user(), program.is_admin()), (ada.user(), false));
    assert_eq!(program.scopes().map(|scopes| scopes.list()), Some(made.info.scopes.clone()));
    assert!(house.identity.is_live(&program));
    let listed = house.identity.list_tokens(&ada, None).expect("a list");
    assert!(listed[0].last_used_at.is_some(), "{listed:?}");
    for file in ["kernel.db", "kernel.db-wal"] {
        let bytes = std::fs::read(root.path().join(file)).unwrap_or_default();
        assert!(!bytes.windows(made.token.len()).any(|window| window == made.token.as_bytes()), "{file}");
    }

    house.store.close().await;
    let house = open(root.path()).await;
    assert!(house.identity.is_live(&program), "it survives a restart");
    assert!(house.identity.authenticate(&format!("{}x", made.token)).is_none());
    let bob = house.register("bob").await;
    let strange = house.identity.revoke_token(&bob, made.info.id.clone(), None).await.expect_err("another's");
    assert_eq!(wire(strange).code, ErrorCode::NotFound);
    let endings = house.identity.endings();
    house.identity.revoke_token(&ada, made.info.id, None).await.expect("revoked");
    assert!(endings.has_changed().expect("it lives") && !house.identity.is_live(&program));
    assert!(house.identity.authenticate(&made.token).is_none());

    house.store.close().await;
    let house = open(root.path()).await;
    assert!(house.identity.authenticate(&made.token).is_none());
}

#[tokio::test]
async fn administration_has_to_be_given_to_a_token() {
    let root = tempfile::tempdir().expect("a folder");
    let house = open(root.path()).await;
    let (admin, ada) = (house.login("admin").await, house.register("ada").await);
    let token = house.make(&admin, &["*:write"]).await.token;
    assert!(!house.caller(&token).is_admin());
    let token = house.make(&admin, &["*:write", "admin"]).await.token;
    assert!(house.caller(&token).is_admin());
    let refused = house.identity.create_token(&ada, request("mine", &["admin"])).await.expect_err("no administrator");
    assert_eq!(wire(refused).code, ErrorCode::Forbidden);
}

#[tokio::test]
async fn tokens_keep_the_rules_and_go_with_their_user() {
    let root = tempfile::tempdir().expect("a folder");
    let house = open(root.path()).await;
    let (admin, ada) = (house.login("admin").await, house.register("ada").await);
    for (request, code) in [
        (request(" ", &["fs:read"]), ErrorCode::InvalidInput),
        (request("x", &[]), ErrorCode::InvalidInput),
        (request("x", &["fs:everything"]), ErrorCode::InvalidInput),
        (request("x", &["auth:write"]), ErrorCode::InvalidInput),
        (CreateToken { days: Some(0), ..request("x", &["fs:read"]) }, ErrorCode::InvalidInput),
    ] {
        let error = wire(house.identity.create_token(&ada, request).await.expect_err("refused"));
        assert_eq!(error.code, code, "{error}");
    }
    let agent = Caller::agent(Pid(2), user(&ada));
    let refused = house.identity.create_token(&agent, request("x", &["fs:read"])).await;
    assert!(matches!(refused, Err(IdentityError::NotAPerson)));
    let token = house.make(&ada, &["fs:read"]).await.token;
    house.identity.change_password(&ada, PASSWORD.into(), "battery staple".into()).await.expect("changed");
    assert!(house.identity.authenticate(&token).is_some(), "a program goes on");
    for _ in 1..100 {
        house.make(&ada, &["fs:read"]).await;
    }
    let full = house.identity.create_token(&ada, request("x", &["fs:read"])).await.expect_err("full");
    assert_eq!(wire(full).code, ErrorCode::QuotaExceeded);
    house.identity.delete_user(&admin, user(&ada)).await.expect("deleted");
    assert!(house.identity.authenticate(&token).is_none());
}

#[tokio::test]
async fn a_token_on_its_way_does_not_outlive_a_password_that_is_set_anew() {
    let root = tempfile::tempdir().expect("a folder");
    let house = open(root.path()).await;
    let (admin, ada) = (house.login("admin").await, house.register("ada").await);
    let issued = IssueReset { user_id: user(&ada), minutes: None };
    let reset = house.identity.issue_reset(&admin, issued).await.expect("issued").token;
    let turn = house.identity.tokens.turn().await;
    let mut making = std::pin::pin!(house.identity.create_token(&ada, request("late", &["fs:read"])));
    tokio::select! {
        biased;
        made = &mut making => panic!("it waits for its turn: {made:?}"),
        () = std::future::ready(()) => {}
    }
    house.identity.reset_password(&reset, "battery staple".into(), None).await.expect("set");
    drop(turn);
    assert!(matches!(making.await, Err(IdentityError::Changed)), "whoever asked for it is out");
    assert!(house.identity.list_tokens(&admin, Some(user(&ada))).expect("a list").is_empty());
}
