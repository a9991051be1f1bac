//! Sessions, keys, and passwords that were lost.

use aether_protocol::domains::auth::IssueReset;

use super::*;

#[tokio::test]
async fn a_session_is_listed_until_it_ends() {
    let root = tempfile::tempdir().expect("a folder");
    let house = open(root.path()).await;
    let address = IpAddr::from([192, 0, 2, 1]);
    let from = Origin::new(address, Some("a browser\u{7}"));
    house.register("ada").await;
    let answer = house.identity.login("ada", PASSWORD.into(), Some(from)).await.expect("signed in");
    let here = house.caller(&answer.signed_in().expect("no code").token);
    let there = house.login("ada").await;
    let list = |house: &House, caller: &Caller| house.identity.list_sessions(caller, None).expect("a list");
    let seen = list(&house, &here);
    assert_eq!(seen.len(), 3, "{seen:?}");
    let own: Vec<_> = seen.iter().filter(|session| session.current).collect();
    assert_eq!((own.len(), own[0].address.as_deref()), (1, Some("192.0.2.1")));
    assert_eq!(own[0].user_agent.as_deref(), Some("a browser"));
    let own = own[0].id.clone();

    let token = house.identity.refresh(&here).await.expect("refreshed").token;
    let here = house.caller(&token);
    let refreshed = list(&house, &here);
    let current = refreshed.iter().find(|session| session.current).expect("its own");
    assert_eq!(
        (refreshed.len(), &current.id, current.created_at),
        (3, &own, seen.iter().find(|s| s.id == own).expect("there").created_at)
    );

    house.store.close().await;
    let house = open(root.path()).await;
    assert_eq!(list(&house, &here).len(), 3);
    let other = list(&house, &there).into_iter().find(|session| session.current).expect("its own");
    let endings = house.identity.endings();
    house.identity.revoke_session(&here, &other.id, None).await.expect("ended");
    assert!(endings.has_changed().expect("it lives"));
    assert!(!house.identity.is_live(&there) && house.identity.is_live(&here));
    let again = house.identity.revoke_session(&here, &other.id, None).await.expect_err("gone");
    assert_eq!(wire(again).code, ErrorCode::NotFound);
    assert_eq!(house.identity.revoke_sessions(&here, None).await.expect("ended").ended, 1);
    assert!(house.identity.is_live(&here));
    let admin = house.login("admin").await;
    assert_eq!(house.identity.list_sessions(&admin, Some(user(&here))).expect("a list").len(), 1);
    assert_eq!(house.identity.revoke_sessions(&admin, Some(user(&here))).await.expect("ended").ended, 1);
    assert!(!house.identity.is_live(&here) && house.identity.is_live(&admin));
}

#[tokio::test]
async fn a_new_key_signs_and_the_older_ones_check_across_restarts() {
    let root = tempfile::tempdir().expect("a folder");
    let house = open(root.path()).await;
    let mut tokens = vec![house.token("admin", PASSWORD).await];
    let mut kids = Vec::new();
    for _ in 0..2 {
        kids.push(house.identity.rotate_key().await.expect("rotated").kid);
        tokens.push(house.token("admin", PASSWORD).await);
    }
    assert_ne!(kids[0], kids[1]);
    house.identity.rotate_old_key().await.expect("looked");
    let good = |house: &House| tokens.iter().all(|token| house.identity.authenticate(token).is_some());
    assert!(good(&house));
    house.store.close().await;
    let again = open(root.path()).await;
    assert!(good(&again));
    again.store.close().await;

    let secret = Some("another secret of thirty-two bytes".to_owned());
    let (other, _) = try_open(IdentitySettings { secret, ..settings(root.path()) }).await.expect("opened");
    assert!(tokens.iter().all(|token| other.identity.authenticate(token).is_none()));
    let fresh = other.token("admin", PASSWORD).await;
    assert!(other.identity.authenticate(&fresh).is_some());
}

#[tokio::test]
async fn a_reset_token_sets_a_password_once_and_ends_everything() {
    let root = tempfile::tempdir().expect("a folder");
    let house = open(root.path()).await;
    let (admin, ada) = (house.login("admin").await, house.register("ada").await);
    let issue = |user: UserId, minutes| {
        let (identity, admin) = (house.identity.clone(), admin.clone());
        async move { identity.issue_reset(&admin, IssueReset { user_id: user, minutes }).await }
    };
    assert!(matches!(issue(user(&admin), None).await, Err(IdentityError::OwnReset)));
    assert!(matches!(issue(user(&ada), Some(0)).await, Err(IdentityError::BadResetTime)));
    let local = Caller { token: None, ..admin.clone() };
    let own = IssueReset { user_id: user(&admin), minutes: None };
    house.identity.issue_reset(&local, own).await.expect("whoever has the machine gets back in");
    let older = issue(user(&ada), None).await.expect("issued").token;
    let token = issue(user(&ada), Some(5)).await.expect("issued").token;
    let reset = |token: &str, new: &str| {
        let (identity, token, new) = (house.identity.clone(), token.to_owned(), new.to_owned());
        async move { identity.reset_password(&token, new, None).await }
    };
    assert!(matches!(reset(&older, "battery staple").await, Err(IdentityError::BadResetToken)), "replaced");
    assert!(matches!(reset(&token, "short").await, Err(IdentityError::BadPassword)), "and the token is left");
    reset(&token, "battery staple").await.expect("set");
    assert!(!house.identity.is_live(&ada));
    assert!(house.identity.login("ada", PASSWORD.into(), None).await.is_err());
    let again = house.caller(&house.token("ada", "battery staple").await);
    let unused = issue(user(&ada), None).await.expect("issued").token;
    house.identity.change_password(&again, "battery staple".into(), PASSWORD.into()).await.expect("changed");
    let refused = reset(&unused, "another horse").await;
    assert!(matches!(refused, Err(IdentityError::BadResetToken)), "its user has set one: {refused:?}");
    assert!(matches!(reset(&token, "another horse").await, Err(IdentityError::BadResetToken)), "used");
    let mut last = Ok(());
    for _ in 0..6 {
        last = reset("a guess", "another horse").await;
    }
    assert_eq!(wire(last.expect_err("refused")).code, ErrorCode::RateLimited);
}
