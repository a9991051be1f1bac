use std::net::IpAddr;
use std::path::Path;
use std::sync::Arc;

use aether_base::bus::{Bus, Viewer};
use aether_base::{Caller, CallerKind, Door};
use aether_protocol::{ErrorCode, Pid, Role, SessionId, UserId, WireError};
use aether_store::{Durability, Store};
use argon2::Params;

use super::*;
use crate::identity::TOKEN_LIFETIME;

mod api_tokens;
mod mfa;
mod orgs;
mod permissions;
mod preferences;
mod profile;
mod sessions;

const PASSWORD: &str = "correct horse";

struct House {
    identity: Arc<Identity>,
    store: Arc<Store>,
    bus: Arc<Bus>,
}

fn settings(root: &Path) -> IdentitySettings {
    IdentitySettings {
        root: root.to_owned(),
        secret: None,
        admin_password: Some(PASSWORD.into()),
        registration_open: true,
        token_lifetime: TOKEN_LIFETIME,
        throttle: true,
    }
}

async fn try_open(settings: IdentitySettings) -> Result<(House, Option<FirstAdmin>)> {
    let bus = Arc::new(Bus::default());
    let database = settings.root.join("kernel.db");
    let migrations = [MIGRATIONS, PREFERENCE_MIGRATIONS, ORG_MIGRATIONS, PERMISSION_MIGRATIONS].concat();
    let store = Store::open(&database, Durability::Full, &migrations, bus.clone())?;
    bus.attach_log(store.clone());
    let cheap = Params::new(8, 1, 1, None).expect("valid");
    let (identity, first) = Identity::open_at_cost(store.clone(), bus.clone(), settings, cheap).await?;
    Ok((House { identity, store, bus }, first))
}

async fn open(root: &Path) -> House {
    try_open(settings(root)).await.expect("opened").0
}

impl House {
    async fn token(&self, name: &str, password: &str) -> String {
        let answer = self.identity.login(name, password.into(), None).await.expect("signed in");
        answer.signed_in().expect("no code").token
    }

    async fn login(&self, name: &str) -> Caller {
        let token = self.token(name, PASSWORD).await;
        self.caller(&token)
    }

    async fn register(&self, name: &str) -> Caller {
        let token = self.identity.register(name, PASSWORD.into(), None, false, None).await.expect("registered").token;
        self.caller(&token)
    }

    fn caller(&self, token: &str) -> Caller {
        self.identity.authenticate(token).expect("a live token").caller(Door::Rest, None)
    }
}

fn user(caller: &Caller) -> UserId {
    caller.user().cloned().expect("a user")
}

fn wire(error: IdentityError) -> WireError {
    aether_base::Error::from(error).wire
}

#[tokio::test]
async fn the_first_start_makes_an_administrator_and_tells_the_password_once() {
    let root = tempfile::tempdir().expect("a folder");
    let unset = || IdentitySettings { admin_password: None, ..settings(root.path()) };
    let (house, first) = try_open(unset()).await.expect("opened");
    let first = first.expect("made");
    assert_eq!((first.username.as_str(), first.password.len()), ("admin", 22));
    let token = house.token("admin", &first.password).await;
    let admin = house.identity.authenticate(&token).expect("a live token");
    assert_eq!(admin.role, Role::Admin);
    assert_eq!(house.identity.local_owner().map(|owner| owner.id), Some(admin.user));
    house.store.close().await;

    let (house, again) = try_open(unset()).await.expect("opened again");
    assert!(again.is_none());
    house.identity.login("admin", first.password, None).await.expect("signed in");
    assert!(house.identity.authenticate(&token).is_some(), "the secret is kept, so tokens survive a restart");
}

#[tokio::test]
async fn a_password_from_the_settings_is_used_and_not_told() {
    let root = tempfile::tempdir().expect("a folder");
    let short = IdentitySettings { admin_password: Some("short".into()), ..settings(root.path()) };
    assert!(matches!(try_open(short).await, Err(IdentityError::BadAdminPassword)));
    let (house, first) = try_open(settings(root.path())).await.expect("opened");
    assert!(first.is_none());
    house.login("admin").await;
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_user_look_alike() {
    let root = tempfile::tempdir().expect("a folder");
    let house = open(root.path()).await;
    house.register("Ada").await;
    assert_eq!(house.login("aDA").await.kind, house.login("Ada").await.kind, "names have no case");
    for (name, password) in [("Ada", "wrong horse"), ("Ada", ""), ("nobody", PASSWORD), ("", ""), ("a b", PASSWORD)] {
        let error = wire(house.identity.login(name, password.into(), None).await.expect_err("refused"));
        assert_eq!((error.code, error.message.as_str()), (ErrorCode::Unauthenticated, "Invalid credentials"), "{name}");
    }
}

#[tokio::test]
async fn registration_keeps_the_rules() {
    let root = tempfile::tempdir().expect("a folder");
    let house = open(root.path()).await;
    let ada = user(&house.register("Ada").await);
    let info = house.identity.user_info(&ada).expect("there");
    assert_eq!((info.username.as_str(), info.display_name.as_str(), info.role), ("Ada", "Ada", Role::User));
    assert_eq!(house.identity.username(&ada).as_deref(), Some("Ada"));
    assert_eq!(house.identity.user_by_name("ADA").map(|info| info.id), Some(ada));

    for (name, password, code, message) in [
        ("aDA", PASSWORD, ErrorCode::Conflict, "Username \"aDA\" already exists"),
        ("b", PASSWORD, ErrorCode::InvalidInput, "A username has"),
        ("root", PASSWORD, ErrorCode::InvalidInput, "The username \"root\" is reserved"),
        ("bob", "1234567", ErrorCode::InvalidInput, "A password has at least 8"),
    ] {
        let error = wire(house.identity.register(name, password.into(), None, false, None).await.expect_err("refused"));
        assert_eq!(error.code, code, "{name}");
        assert!(error.message.starts_with(message), "{error}");
    }
}

#[tokio::test]
async fn one_name_is_given_once_however_many_ask() {
    let root = tempfile::tempdir().expect("a folder");
    let house = open(root.path()).await;
    let ask = |name: &'static str| {
        let identity = house.identity.clone();
        tokio::spawn(async move { identity.register(name, PASSWORD.into(), None, false, None).await.is_ok() })
    };
    let asked = [ask("ada"), ask("ADA"), ask("Ada"), ask("aDa")];
    let mut given = 0;
    for one in asked {
        given += usize::from(one.await.expect("answered"));
    }
    assert_eq!(given, 1);
    assert_eq!(house.identity.users().len(), 2);
}

#[tokio::test]
async fn closed_registration_is_for_administrators_only() {
    let root = tempfile::tempdir().expect("a folder");
    let closed = IdentitySettings { registration_open: false, ..settings(root.path()) };
    let (house, _) = try_open(closed).await.expect("opened");
    let error = wire(house.identity.register("ada", PASSWORD.into(), None, false, None).await.expect_err("refused"));
    assert_eq!((error.code, error.message.as_str()), (ErrorCode::Forbidden, "Registration is closed"));
    house.identity.register("ada", PASSWORD.into(), None, true, None).await.expect("an administrator may");
}

#[tokio::test]
async fn a_logout_kills_its_token_and_a_restart_does_not_revive_it() {
    let root = tempfile::tempdir().expect("a folder");
    let house = open(root.path()).await;
    let dead = house.token("admin", PASSWORD).await;
    let other = house.token("admin", PASSWORD).await;
    let caller = house.caller(&dead);
    assert!(house.identity.is_live(&caller));
    house.identity.logout(&caller).await.expect("out");
    house.identity.logout(&caller).await.expect("out still");
    house.identity.logout(&Caller::anonymous(Door::Local)).await.expect("nothing to do");
    for again in [false, true] {
        let house = if again {
            house.store.close().await;
            &open(root.path()).await
        } else {
            &house
        };
        assert!(house.identity.authenticate(&dead).is_none());
        assert!(!house.identity.is_live(&caller));
        assert!(house.identity.authenticate(&other).is_some(), "only this token died");
    }
}

#[tokio::test]
async fn a_refresh_replaces_a_token_once() {
    let root = tempfile::tempdir().expect("a folder");
    let house = open(root.path()).await;
    let caller = house.login("admin").await;
    let fresh = house.identity.refresh(&caller).await.expect("refreshed").token;
    assert!(!house.identity.is_live(&caller));
    assert!(house.identity.authenticate(&fresh).is_some());
    assert!(matches!(house.identity.refresh(&caller).await, Err(IdentityError::InvalidToken)));
}

#[tokio::test]
async fn a_password_change_leaves_only_the_token_it_was_made_with() {
    let root = tempfile::tempdir().expect("a folder");
    let house = open(root.path()).await;
    let (own, other) = (house.login("admin").await, house.login("admin").await);
    let change = |caller: &Caller, from: &str, to: &str| {
        let (identity, caller, from, to) = (house.identity.clone(), caller.clone(), from.to_owned(), to.to_owned());
        async move { identity.change_password(&caller, from, to).await }
    };
    assert!(matches!(change(&own, "wrong horse", "battery staple").await, Err(IdentityError::WrongPassword)));
    assert!(matches!(change(&own, PASSWORD, "short").await, Err(IdentityError::BadPassword)));
    let agent = Caller::agent(Pid(2), user(&own));
    assert!(matches!(change(&agent, PASSWORD, "battery staple").await, Err(IdentityError::NotAPerson)));
    assert!(house.identity.is_live(&other), "refused changes change nothing");

    change(&own, PASSWORD, "battery staple").await.expect("changed");
    assert!(house.identity.is_live(&own));
    assert!(!house.identity.is_live(&other));
    assert!(matches!(house.identity.refresh(&other).await, Err(IdentityError::InvalidToken)));
    assert!(house.identity.login("admin", PASSWORD.into(), None).await.is_err());
    let token = house.token("admin", "battery staple").await;
    let later = house.caller(&token);

    house.store.close().await;
    let house = open(root.path()).await;
    assert!(house.identity.is_live(&own), "the exception is kept");
    assert!(house.identity.is_live(&later), "signed in within the same second, and lives");
    assert!(!house.identity.is_live(&other));
    house.identity.change_password(&later, "battery staple".into(), PASSWORD.into()).await.expect("changed");
    assert!(!house.identity.is_live(&own), "there is one exception, not a list");
    assert!(house.identity.is_live(&later));
}

#[tokio::test]
async fn a_deleted_user_is_gone_and_its_name_is_not_given_to_anybody() {
    let root = tempfile::tempdir().expect("a folder");
    let house = open(root.path()).await;
    let admin = house.login("admin").await;
    let ada = house.register("Ada").await;
    house.identity.delete_user(&admin, user(&ada)).await.expect("deleted");
    assert!(!house.identity.is_live(&ada));
    assert!(!house.identity.is_live(&Caller::agent(Pid(2), user(&ada))));
    assert!(house.identity.user_info(&user(&ada)).is_none());
    assert!(house.identity.login("ada", PASSWORD.into(), None).await.is_err());
    let error = wire(house.identity.delete_user(&admin, user(&ada)).await.expect_err("gone"));
    assert_eq!(error.code, ErrorCode::NotFound);

    house.store.close().await;
    let house = open(root.path()).await;
    let taken = house.identity.register("ada", PASSWORD.into(), None, false, None).await;
    assert!(matches!(taken, Err(IdentityError::UsernameTaken(_))), "its home may still be there");
    house.identity.register("ada", PASSWORD.into(), None, true, None).await.expect("an administrator may");
    assert!(!house.identity.is_live(&ada), "another account, not the old one");
}

#[tokio::test]
async fn nobody_deletes_the_last_administrator_or_oneself() {
    let root = tempfile::tempdir().expect("a folder");
    let house = open(root.path()).await;
    let admin = house.login("admin").await;
    let own = house.identity.delete_user(&admin, user(&admin)).await.expect_err("refused");
    assert!(matches!(own, IdentityError::OwnAccount), "{own}");
    let last = house.identity.delete_user(&Caller::kernel(), user(&admin)).await.expect_err("refused");
    assert!(matches!(last, IdentityError::LastAdmin), "{last}");
    assert_eq!(wire(last).code, ErrorCode::InvalidState);
}

#[tokio::test]
async fn guessing_is_slowed_down_even_side_by_side_and_can_be_left_alone() {
    let root = tempfile::tempdir().expect("a folder");
    let house = open(root.path()).await;
    house.register("ada").await;
    for name in ["ada", "nobody"] {
        let guesses = (0..20).map(|_| {
            let identity = house.identity.clone();
            tokio::spawn(async move { identity.login(name, "wrong horse".into(), None).await.err() })
        });
        let mut judged = 0;
        for guess in guesses.collect::<Vec<_>>() {
            match guess.await.expect("answered").expect("refused") {
                IdentityError::InvalidCredentials => judged += 1,
                other => {
                    let error = wire(other);
                    assert_eq!(error.code, ErrorCode::RateLimited);
                    assert!(error.retry_after.is_some_and(|seconds| (1..=60).contains(&seconds)), "{error:?}");
                }
            }
        }
        assert!((5..=6).contains(&judged), "{judged} guesses were judged");
    }
    house.login("admin").await;
    house.store.close().await;

    let off = IdentitySettings { throttle: false, ..settings(root.path()) };
    let (house, _) = try_open(off).await.expect("opened");
    for _ in 0..10 {
        assert!(house.identity.login("ada", "wrong horse".into(), None).await.is_err());
    }
    house.login("ada").await;
}

#[tokio::test]
async fn guesses_from_elsewhere_keep_nobody_out() {
    let root = tempfile::tempdir().expect("a folder");
    let house = open(root.path()).await;
    let (stranger, own) = (IpAddr::from([192, 0, 2, 1]), IpAddr::from([192, 0, 2, 2]));
    let login = |password: &str, from| house.identity.login("admin", password.into(), Some(Origin::from(from)));
    for _ in 0..5 {
        assert!(matches!(login("wrong horse", stranger).await, Err(IdentityError::InvalidCredentials)));
    }
    assert!(matches!(login(PASSWORD, stranger).await, Err(IdentityError::TooManyAttempts(_))));
    let token = login(PASSWORD, own).await.expect("signed in").signed_in().expect("no code").token;
    let caller = house.caller(&token);
    house.identity.change_password(&caller, PASSWORD.into(), "battery staple".into()).await.expect("changed");
    let session = SessionId::from("connection-1");
    let presence = house.identity.comes_from(&session, stranger);
    assert_eq!(house.identity.origin(&session), Some(stranger.into()));
    drop(presence);
    assert_eq!(house.identity.origin(&session), None);
}

#[tokio::test]
async fn no_event_and_no_row_holds_a_token_or_a_password() {
    let root = tempfile::tempdir().expect("a folder");
    let house = open(root.path()).await;
    house.store.write(|_| Ok(())).await.expect("the start is over");
    let mut seen = house.bus.subscribe(Viewer { user: None, admin: true, session: None });
    let ada = house.identity.register("ada", PASSWORD.into(), None, false, None).await.expect("registered");
    let token = house.token("ada", PASSWORD).await;
    let _ = house.identity.login("ada", "wrong horse".into(), None).await;
    let admin = house.login("admin").await;
    house.identity.delete_user(&admin, ada.user.id.clone()).await.expect("deleted");
    house.store.close().await;

    let created = seen.next().await.expect("an event");
    let text = r#"{"type":"user.created","user":{"id":"ID","username":"ada","displayName":"ada","role":"user"}}"#;
    assert_eq!(&*created.json, text.replace("ID", ada.user.id.as_str()));
    let deleted = seen.next().await.expect("an event");
    let text = r#"{"type":"user.deleted","userId":"ID"}"#;
    assert_eq!(&*deleted.json, text.replace("ID", ada.user.id.as_str()), "sign-ins are for nobody");

    for file in ["kernel.db", "kernel.db-wal"] {
        let bytes = std::fs::read(root.path().join(file)).unwrap_or_default();
        for secret in [token.as_bytes(), ada.token.as_bytes(), PASSWORD.as_bytes(), b"wrong horse"] {
            assert!(!bytes.windows(secret.len()).any(|window| window == secret), "{file}");
        }
    }
}

#[tokio::test]
async fn the_door_and_the_connection_go_into_the_caller() {
    let root = tempfile::tempdir().expect("a folder");
    let house = open(root.path()).await;
    let token = house.token("admin", PASSWORD).await;
    let authenticated = house.identity.authenticate(&token).expect("a live token");
    let caller = authenticated.clone().caller(Door::WebSocket, Some("s-1".into()));
    assert_eq!(caller.token.as_ref().map(|token| &token.id), Some(&authenticated.jti));
    assert!(matches!(caller.kind, CallerKind::User { role: Role::Admin, .. }));
    assert!(house.identity.is_live(&Caller { token: None, ..caller }), "the window has no token");
}
