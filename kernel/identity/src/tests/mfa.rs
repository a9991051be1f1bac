//! The second factor from set-up to the day the app is gone.

use aether_protocol::domains::auth::{LoginAnswer, SignedIn};

use super::*;
use crate::identity::now;

/// The app's side: the secret as it was shown.
struct App(Vec<u8>);

impl App {
    async fn of(house: &House, caller: &Caller) -> App {
        let shown = house.identity.mfa_setup(caller, None).await.expect("set up");
        assert!(shown.otpauth_uri.contains(&format!("secret={}", shown.secret)), "{shown:?}");
        App(totp_rs::Secret::try_from_base32(&shown.secret).expect("base32").as_bytes().to_vec())
    }

    /// The code of now, or one of another step. A later one stays good if the step ends meanwhile.
    fn code(&self, steps: u64) -> String {
        crate::mfa::code_at(&self.0, now() + steps * 30)
    }
}

impl House {
    /// A user with a second factor that is on, by the code of now.
    async fn with_factor(&self, name: &str) -> (Caller, App, Vec<String>) {
        let caller = self.register(name).await;
        let app = App::of(self, &caller).await;
        let codes = self.identity.mfa_enable(&caller, app.code(0)).await.expect("on").recovery_codes;
        (caller, app, codes)
    }

    async fn asked(&self, name: &str) -> String {
        match self.identity.login(name, PASSWORD.into(), None).await.expect("the password is right") {
            LoginAnswer::MfaRequired(asked) => asked.mfa_token,
            LoginAnswer::SignedIn(_) => panic!("no code was asked for"),
        }
    }

    async fn code(&self, token: &str, code: &str) -> Result<SignedIn> {
        self.identity.mfa_login(token, code.into(), None).await
    }
}

#[tokio::test]
async fn a_factor_counts_once_a_code_was_seen() {
    let root = tempfile::tempdir().expect("a folder");
    let house = open(root.path()).await;
    let ada = house.register("ada").await;
    let enable = house.identity.mfa_enable(&ada, "123456".into()).await.expect_err("nothing is set up");
    assert_eq!(wire(enable).code, ErrorCode::InvalidState);
    let first = App::of(&house, &ada).await;
    let app = App::of(&house, &ada).await;
    house.login("ada").await;
    assert!(!house.identity.me(&ada).expect("a person").mfa_enabled, "it waits for its first code");

    let stale = house.identity.mfa_enable(&ada, first.code(0)).await.expect_err("another secret is set up");
    assert_eq!(wire(stale).code, ErrorCode::InvalidInput);
    for _ in 0..2 {
        assert!(house.identity.mfa_verify(&ada, app.code(0)).await.expect("judged").valid, "it is not used up");
    }
    let on = house.identity.mfa_enable(&ada, app.code(0)).await.expect("on");
    assert!(on.enabled && on.recovery_codes.len() == 10);
    assert!(house.identity.is_live(&ada), "tokens from before live on");
    assert!(house.identity.me(&ada).expect("a person").mfa_enabled);

    let again = house.identity.mfa_setup(&ada, None).await.expect_err("it is on");
    assert_eq!(wire(again).code, ErrorCode::InvalidState);
    assert!(matches!(house.identity.mfa_enable(&ada, app.code(1)).await, Err(IdentityError::FactorOn)));
    let agent = Caller::agent(Pid(2), user(&ada));
    assert!(matches!(house.identity.mfa_setup(&agent, None).await, Err(IdentityError::NotAPerson)));
    assert!(matches!(house.identity.mfa_disable(&agent, app.code(1)).await, Err(IdentityError::NotAPerson)));
}

#[tokio::test]
async fn the_password_asks_for_a_code_and_the_code_signs_in_once() {
    let root = tempfile::tempdir().expect("a folder");
    let house = open(root.path()).await;
    let (ada, app, recovery) = house.with_factor("ada").await;
    let asked = house.asked("ada").await;
    assert!(house.identity.authenticate(&asked).is_none(), "it is no sign-in");
    assert!(!house.identity.mfa_verify(&ada, app.code(0)).await.expect("judged").valid, "turning it on used it");
    let replayed = wire(house.code(&asked, &app.code(0)).await.expect_err("used"));
    assert_eq!(replayed.code, ErrorCode::Unauthenticated);

    let code = app.code(1);
    let signed_in = house.code(&asked, &code).await.expect("signed in");
    assert_eq!(signed_in.user.mfa_enabled, Some(true));
    assert_eq!(user(&house.caller(&signed_in.token)), user(&ada));
    assert!(matches!(house.code(&asked, &recovery[0]).await, Err(IdentityError::InvalidToken)), "it is used");
    let other = house.asked("ada").await;
    assert!(matches!(house.code(&other, &code).await, Err(IdentityError::InvalidCode)), "a step counts once");
    house.code(&other, &recovery[1].to_uppercase()).await.expect("signed in by a recovery code");
    let third = house.asked("ada").await;
    assert!(matches!(house.code(&third, &recovery[1]).await, Err(IdentityError::InvalidCode)), "it was used");
    for bad in ["", "x", &signed_in.token, &format!("{third}x")] {
        assert!(matches!(house.code(bad, &recovery[2]).await, Err(IdentityError::InvalidToken)), "{bad}");
    }

    let wrong = house.identity.mfa_disable(&ada, recovery[1].clone()).await.expect_err("used");
    assert_eq!(wire(wrong).code, ErrorCode::InvalidInput);
    assert!(!house.identity.mfa_disable(&ada, recovery[3].clone()).await.expect("off").enabled);
    assert!(matches!(house.code(&third, &recovery[2]).await, Err(IdentityError::InvalidToken)));
    assert!(matches!(house.identity.mfa_disable(&ada, recovery[4].clone()).await, Err(IdentityError::FactorOff)));
    house.login("ada").await;
}

#[tokio::test]
async fn one_code_signs_one_in_however_many_send_it() {
    let root = tempfile::tempdir().expect("a folder");
    let house = open(root.path()).await;
    let (_, app, recovery) = house.with_factor("ada").await;
    for (same_token, code) in [(true, None), (false, Some(app.code(1)))] {
        let mut sent = Vec::new();
        let shared = house.asked("ada").await;
        for own in &recovery[..4] {
            let token = if same_token { shared.clone() } else { house.asked("ada").await };
            let (identity, code) = (house.identity.clone(), code.clone().unwrap_or_else(|| own.clone()));
            sent.push(tokio::spawn(async move { identity.mfa_login(&token, code, None).await.is_ok() }));
        }
        let mut signed_in = 0;
        for one in sent {
            signed_in += usize::from(one.await.expect("answered"));
        }
        assert_eq!(signed_in, 1, "same token: {same_token}");
    }
}

#[tokio::test]
async fn guesses_at_codes_have_to_wait_wherever_they_come_from() {
    let root = tempfile::tempdir().expect("a folder");
    let house = open(root.path()).await;
    let (ada, _, recovery) = house.with_factor("ada").await;
    let from = |last| Some(Origin::from(IpAddr::from([192, 0, 2, last])));
    let token = house.asked("ada").await;
    for last in 0..5 {
        let guess = house.identity.mfa_login(&token, "no code".into(), from(last)).await;
        assert!(matches!(guess, Err(IdentityError::InvalidCode)), "{guess:?}");
        // The password, which the guesser has, makes nothing afresh.
        house.identity.login("ada", PASSWORD.into(), from(last)).await.expect("the password is right");
    }
    let error = wire(house.identity.mfa_login(&token, recovery[0].clone(), from(9)).await.expect_err("refused"));
    assert!(error.code == ErrorCode::RateLimited && error.retry_after.is_some(), "{error:?}");
    for _ in 0..5 {
        assert!(!house.identity.mfa_verify(&ada, "no code".into()).await.expect("judged").valid);
    }
    let tried = house.identity.mfa_disable(&ada, recovery[0].clone()).await;
    assert!(matches!(tried, Err(IdentityError::TooManyAttempts(_))), "who is signed in may not guess either");
    house.code(&token, &recovery[1]).await.expect("on the owner's machine nobody has guessed");
}

#[tokio::test]
async fn a_new_password_ends_what_waits_for_a_code() {
    let root = tempfile::tempdir().expect("a folder");
    let house = open(root.path()).await;
    let (ada, app, _) = house.with_factor("ada").await;
    let asked = house.asked("ada").await;
    house.identity.change_password(&ada, PASSWORD.into(), "battery staple".into()).await.expect("changed");
    assert!(matches!(house.code(&asked, &app.code(1)).await, Err(IdentityError::InvalidToken)));
}

#[tokio::test]
async fn a_factor_is_kept_and_not_in_clear() {
    let root = tempfile::tempdir().expect("a folder");
    let house = open(root.path()).await;
    house.store.write(|_| Ok(())).await.expect("the start is over");
    let mut seen = house.bus.subscribe(Viewer { user: None, admin: true, session: None });
    let (ada, app, recovery) = house.with_factor("ada").await;
    seen.next().await.expect("the user was created");
    let text = r#"{"type":"auth.mfa.enabled","userId":"ID"}"#.replace("ID", user(&ada).as_str());
    assert_eq!(&*seen.next().await.expect("an event").json, text);
    house.store.close().await;
    let base32 = totp_rs::Secret::from(app.0.clone()).to_base32();
    for file in ["kernel.db", "kernel.db-wal"] {
        let bytes = std::fs::read(root.path().join(file)).unwrap_or_default();
        for secret in [&app.0[..], base32.as_bytes(), recovery[0].as_bytes(), recovery[0].replace('-', "").as_bytes()] {
            assert!(!bytes.windows(secret.len()).any(|window| window == secret), "{file}");
        }
    }

    let house = open(root.path()).await;
    let asked = house.asked("ada").await;
    assert!(matches!(house.code(&asked, &app.code(0)).await, Err(IdentityError::InvalidCode)), "used before");
    house.code(&asked, &app.code(1)).await.expect("signed in");
    house.store.close().await;

    let other = IdentitySettings { secret: Some("another secret of 32 characters!".into()), ..settings(root.path()) };
    let (house, _) = try_open(other).await.expect("opened");
    let asked = house.asked("ada").await;
    let error = house.code(&asked, &app.code(1)).await.expect_err("it cannot be read");
    assert!(matches!(error, IdentityError::FactorUnreadable), "{error}");
    let token = house.code(&asked, &recovery[0]).await.expect("signed in").token;
    house.identity.mfa_disable(&house.caller(&token), recovery[1].clone()).await.expect("off");
    house.login("ada").await;
}

#[tokio::test]
async fn a_deleted_user_leaves_no_factor() {
    let root = tempfile::tempdir().expect("a folder");
    let house = open(root.path()).await;
    let admin = house.login("admin").await;
    let (ada, _, _) = house.with_factor("ada").await;
    let count =
        || house.store.read(|db| Ok(db.query_row("SELECT count(*) FROM second_factors", [], |row| row.get(0))?));
    assert_eq!(count().await, Ok(1_u64));
    house.identity.delete_user(&admin, user(&ada)).await.expect("deleted");
    assert_eq!(count().await, Ok(0));
    house.identity.register("ada", PASSWORD.into(), None, true, None).await.expect("registered");
    house.login("ada").await;
}
