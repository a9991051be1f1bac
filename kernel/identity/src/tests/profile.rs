//! Who a caller is, and how it is called.

use aether_protocol::domains::auth::Via;

use super::*;

#[tokio::test]
async fn a_caller_learns_who_it_is_and_until_when() {
    let root = tempfile::tempdir().expect("a folder");
    let house = open(root.path()).await;
    let registered = house.identity.register("ada", PASSWORD.into(), None, false, None).await.expect("registered");
    let token = registered.token;
    let known = house.identity.authenticate(&token).expect("a live token");
    let expires_at = known.expires_at.map(|at| at * 1_000);
    for (door, via) in [
        (Door::WebSocket, Via::Socket),
        (Door::Rest, Via::Rest),
        (Door::Local, Via::Local),
        (Door::Window, Via::Window),
    ] {
        let caller = known.clone().caller(door, None);
        let me = house.identity.me(&caller).expect("a person");
        assert_eq!((me.user.username.as_str(), me.mfa_enabled, me.via), ("ada", false, via));
        assert_eq!(me.expires_at, expires_at);
        let tokenless = house.identity.me(&Caller { token: None, ..caller }).expect("a person");
        assert_eq!(tokenless.expires_at, None);
    }
    let agent = Caller::agent(Pid(2), known.user);
    assert!(matches!(house.identity.me(&agent), Err(IdentityError::NotAPerson)));
    assert!(matches!(house.identity.me(&Caller::anonymous(Door::Rest)), Err(IdentityError::InvalidToken)));
}

#[tokio::test]
async fn a_display_name_is_changed_and_told_to_its_user() {
    let root = tempfile::tempdir().expect("a folder");
    let house = open(root.path()).await;
    let (ada, bob) = (house.register("ada").await, house.register("bob").await);
    house.store.write(|_| Ok(())).await.expect("the start is over");
    let mut own = house.bus.subscribe(Viewer::of(&ada));
    let mut others = house.bus.subscribe(Viewer::of(&bob));
    for _ in 0..2 {
        let info = house.identity.update_profile(&ada, " Ada L. ").await.expect("changed");
        assert_eq!((info.display_name.as_str(), info.username.as_str()), ("Ada L.", "ada"));
    }
    let info = house.identity.update_profile(&bob, "Bob B.").await.expect("changed");
    let told = own.next().await.expect("an event");
    let text = r#"{"type":"user.updated","user":{"id":"ID","username":"ada","displayName":"Ada L.","role":"user"}}"#;
    assert_eq!(&*told.json, text.replace("ID", user(&ada).as_str()));
    assert!(others.next().await.expect("an event").json.contains(info.id.as_str()), "only of oneself");
    assert_eq!(house.identity.update_profile(&ada, " ").await.expect("changed").display_name, "ada");
    let next = own.next().await.expect("an event");
    assert!(next.json.contains(r#""displayName":"ada""#), "what changes nothing is not told: {}", next.json);
    assert!(matches!(house.identity.update_profile(&ada, &"x".repeat(129)).await, Err(IdentityError::BadDisplayName)));
    let agent = Caller::agent(Pid(2), user(&ada));
    assert!(matches!(house.identity.update_profile(&agent, "x").await, Err(IdentityError::NotAPerson)));

    house.identity.update_profile(&ada, "Ada L.").await.expect("changed");
    house.store.close().await;
    let house = open(root.path()).await;
    assert_eq!(house.identity.user_info(&user(&ada)).map(|info| info.display_name).as_deref(), Some("Ada L."));
}
