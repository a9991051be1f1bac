//! Tokens: JSON web tokens (RFC 7519) signed by HMAC-SHA256. Times are seconds since the Unix epoch.
//!
//! A token's id starts with the generation of its user's password it was issued under, so that its id alone tells
//! whether it outlived a password change. Its header names the key it is signed by.

use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};
use std::time::Duration;

use aether_protocol::{Role, UserId};
use jsonwebtoken::{Algorithm, Header, Validation};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::directory::User;
use crate::error::{IdentityError, Result};
use crate::keys::{FIRST, Key};
use crate::random;

/// What a token says. The role is for clients to show; the kernel reads it from its users.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Claims {
    pub sub: UserId,
    pub username: String,
    pub role: Role,
    pub iat: u64,
    pub exp: u64,
    pub jti: String,
    /// Set in tokens that are good for one step only; such a token signs nobody in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub purpose: Option<String>,
}

/// The purpose of a token that stands for a right password where a code is still to come.
const MFA: &str = "mfa";
/// Seconds in which the code has to come.
const MFA_LIFETIME: u64 = 5 * 60;

/// What a token says that is good for one step only.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct StepClaims {
    pub sub: UserId,
    pub purpose: String,
    pub iat: u64,
    pub exp: u64,
    pub jti: String,
}

/// Signs tokens and checks them.
pub struct Signer {
    /// Oldest first; there is always one.
    keys: RwLock<Vec<Arc<Key>>>,
    validation: Validation,
    lifetime: u64,
}

impl Signer {
    /// With the kernel's secret as the first key.
    pub fn new(secret: &str, lifetime: Duration) -> Signer {
        let mut validation = Validation::new(Algorithm::HS256);
        // Judged in `verify` against the kernel's clock, without leeway.
        validation.validate_exp = false;
        validation.required_spec_claims.clear();
        Signer {
            keys: RwLock::new(vec![Key::new(FIRST.to_owned(), secret.as_bytes(), 0)]),
            validation,
            lifetime: lifetime.as_secs(),
        }
    }

    fn keys(&self) -> RwLockReadGuard<'_, Vec<Arc<Key>>> {
        self.keys.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Signs by this key from now on.
    pub fn add(&self, key: Arc<Key>) {
        self.keys.write().unwrap_or_else(PoisonError::into_inner).push(key);
    }

    /// When the key that signs was made, in seconds since the Unix epoch; 0 of the kernel's secret.
    pub fn newest(&self) -> u64 {
        self.keys().last().map_or(0, |key| key.created_at)
    }

    /// How long a token lives, in seconds.
    pub fn lifetime(&self) -> u64 {
        self.lifetime
    }

    /// A token for a user as it is now, with what it says.
    pub fn issue(&self, user: &User, now: u64) -> Result<(String, Claims)> {
        let claims = Claims {
            sub: user.id.clone(),
            username: user.username.clone(),
            role: user.role,
            iat: now,
            exp: now.saturating_add(self.lifetime),
            jti: fresh_id(user),
            purpose: None,
        };
        Ok((self.sign(&claims)?, claims))
    }

    /// A token that says: the password was right, a code is still to come.
    pub fn issue_step(&self, user: &User, now: u64) -> Result<String> {
        self.sign(&StepClaims {
            sub: user.id.clone(),
            purpose: MFA.to_owned(),
            iat: now,
            exp: now.saturating_add(MFA_LIFETIME),
            jti: fresh_id(user),
        })
    }

    fn sign(&self, claims: &impl Serialize) -> Result<String> {
        let key = self.keys().last().cloned().ok_or_else(|| IdentityError::Sign("there is no key".to_owned()))?;
        let header = Header { kid: Some(key.kid.clone()), ..Header::new(Algorithm::HS256) };
        jsonwebtoken::encode(&header, claims, &key.encoding).map_err(|error| IdentityError::Sign(error.to_string()))
    }

    /// The claims of a token by one of our keys, and until when that key signed.
    fn read<C: DeserializeOwned>(&self, token: &str) -> Option<(C, u64)> {
        let kid = jsonwebtoken::decode_header(token).ok()?.kid;
        let kid = kid.as_deref().unwrap_or(FIRST);
        let (key, until) = {
            let keys = self.keys();
            let at = keys.iter().position(|key| key.kid == kid)?;
            (keys.get(at)?.clone(), keys.get(at + 1).map_or(u64::MAX, |next| next.created_at))
        };
        let claims = jsonwebtoken::decode::<C>(token, &key.decoding, &self.validation).ok()?.claims;
        Some((claims, until))
    }

    /// The claims of a token that we signed, is meant to sign somebody in, and has not expired. `exp` is never later
    /// than the lifetime in force allows.
    pub fn verify(&self, token: &str, now: u64) -> Option<Claims> {
        let (mut claims, until) = self.read::<Claims>(token)?;
        claims.exp = claims.exp.min(claims.iat.saturating_add(self.lifetime));
        (claims.purpose.is_none() && claims.iat <= until && claims.exp > now).then_some(claims)
    }

    /// The claims of a token by [`Signer::issue_step`] that has not expired.
    pub fn verify_step(&self, token: &str, now: u64) -> Option<StepClaims> {
        let (claims, until) = self.read::<StepClaims>(token)?;
        (claims.purpose == MFA && claims.iat <= until && claims.exp > now).then_some(claims)
    }

    /// When a token issued by now has expired for certain.
    pub fn latest_expiry(&self, now: u64) -> u64 {
        now.saturating_add(self.lifetime)
    }
}

fn fresh_id(user: &User) -> String {
    format!("{}.{}", user.generation, random::text::<16>())
}

/// The password generation a token's id belongs to.
pub fn generation(jti: &str) -> Option<u64> {
    jti.split_once('.')?.0.parse().ok()
}

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::prelude::BASE64_URL_SAFE_NO_PAD;
    use jsonwebtoken::EncodingKey;
    use serde_json::{Value, json};

    use super::*;

    const NOW: u64 = 1_800_000_000;
    const DAY: u64 = 24 * 60 * 60;

    fn signer() -> Signer {
        Signer::new("a secret for tests", Duration::from_secs(DAY))
    }

    fn user() -> User {
        User {
            id: UserId::from("u-1"),
            username: "ada".into(),
            display_name: "Ada".into(),
            role: Role::User,
            password: String::new(),
            generation: 7,
            kept_token: None,
            created_at: 0,
            factor: None,
        }
    }

    fn part(token: &str, index: usize) -> Value {
        let part = token.split('.').nth(index).expect("a part");
        serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(part).expect("base64url")).expect("JSON")
    }

    #[test]
    fn a_token_has_the_declared_shape_and_lives_a_day() {
        let token = signer().issue(&user(), NOW).expect("issued").0;
        assert_eq!(part(&token, 0), json!({"typ": "JWT", "alg": "HS256", "kid": "0"}));
        let mut payload = part(&token, 1);
        let jti = payload["jti"].take();
        assert_eq!(generation(jti.as_str().expect("an id")), Some(7));
        let expected =
            json!({"sub": "u-1", "username": "ada", "role": "user", "iat": NOW, "exp": NOW + DAY, "jti": null});
        assert_eq!(payload, expected);

        assert!(signer().verify(&token, NOW + DAY - 1).is_some());
        assert!(signer().verify(&token, NOW + DAY).is_none(), "expired");
        let shorter = Signer::new("a secret for tests", Duration::from_secs(60));
        assert!(shorter.verify(&token, NOW + 60).is_none(), "a shorter lifetime holds for older tokens too");
    }

    #[test]
    fn a_token_that_was_changed_is_refused() {
        let signer = signer();
        let token = signer.issue(&user(), NOW).expect("issued").0;
        let [head, body, signature] = token.split('.').collect::<Vec<_>>().try_into().expect("three parts");
        let mut claims = part(&token, 1);
        claims["role"] = json!("admin");
        let forged = BASE64_URL_SAFE_NO_PAD.encode(claims.to_string());
        let none = BASE64_URL_SAFE_NO_PAD.encode(r#"{"typ":"JWT","alg":"none"}"#);
        let longer = BASE64_URL_SAFE_NO_PAD.encode(r#"{"typ":"JWT","alg":"HS512"}"#);
        for bad in [
            format!("{head}.{forged}.{signature}"),
            format!("{none}.{body}."),
            format!("{none}.{body}.{signature}"),
            format!("{longer}.{body}.{signature}"),
            format!("{head}.{body}."),
            format!("{head}.{body}"),
            format!("{token}x"),
            String::new(),
        ] {
            assert!(signer.verify(&bad, NOW).is_none(), "{bad}");
        }
        let other = Signer::new("another secret", Duration::from_secs(DAY));
        assert!(other.verify(&token, NOW).is_none());
    }

    #[test]
    fn another_algorithm_is_refused_even_with_our_secret() {
        let claims = part(&signer().issue(&user(), NOW).expect("issued").0, 1);
        let key = EncodingKey::from_secret(b"a secret for tests");
        let token = jsonwebtoken::encode(&Header::new(Algorithm::HS384), &claims, &key).expect("signed");
        assert!(signer().verify(&token, NOW).is_none());
    }

    #[test]
    fn a_step_token_is_good_for_its_step_and_for_five_minutes() {
        let signer = signer();
        let step = signer.issue_step(&user(), NOW).expect("issued");
        assert!(signer.verify(&step, NOW).is_none(), "it signs nobody in");
        let claims = signer.verify_step(&step, NOW + MFA_LIFETIME - 1).expect("good");
        assert_eq!((claims.sub.as_str(), generation(&claims.jti)), ("u-1", Some(7)));
        assert!(signer.verify_step(&step, NOW + MFA_LIFETIME).is_none(), "expired");
        let token = signer.issue(&user(), NOW).expect("issued").0;
        assert!(signer.verify_step(&token, NOW).is_none(), "a sign-in is no step");
        let mut other = part(&step, 1);
        other["purpose"] = json!("reset");
        let other = signer.sign(&other).expect("signed");
        assert!(signer.verify_step(&other, NOW).is_none());
    }

    #[test]
    fn a_token_with_a_purpose_or_without_an_id_signs_nobody_in() {
        let signer = signer();
        let claims = part(&signer.issue(&user(), NOW).expect("issued").0, 1);
        let sign = |claims: &Value| {
            let key = EncodingKey::from_secret(b"a secret for tests");
            jsonwebtoken::encode(&Header::new(Algorithm::HS256), claims, &key).expect("signed")
        };
        assert!(signer.verify(&sign(&claims), NOW).is_some());
        for (field, value) in
            [("purpose", json!("mfa")), ("purpose", json!(1)), ("jti", Value::Null), ("exp", Value::Null)]
        {
            let mut claims = claims.clone();
            claims[field] = value;
            assert!(signer.verify(&sign(&claims), NOW).is_none(), "{claims}");
        }
    }

    #[test]
    fn a_key_that_was_replaced_checks_what_it_signed_and_no_more() {
        let signer = signer();
        let older = signer.issue(&user(), NOW).expect("issued").0;
        signer.add(Key::new("k-1".to_owned(), b"another key", NOW + 60));
        let newer = signer.issue(&user(), NOW + 60).expect("issued").0;
        assert_eq!(part(&newer, 0)["kid"], "k-1");
        for token in [&older, &newer] {
            assert!(signer.verify(token, NOW + 61).is_some());
        }
        assert!(signer.verify(&older, NOW + DAY).is_none(), "expired");

        let sign = |kid: Option<&str>, secret: &[u8], iat: u64| {
            let claims =
                json!({ "sub": "u-1", "username": "ada", "role": "user", "iat": iat, "exp": iat + DAY, "jti": "7.x" });
            let header = Header { kid: kid.map(str::to_owned), ..Header::new(Algorithm::HS256) };
            jsonwebtoken::encode(&header, &claims, &EncodingKey::from_secret(secret)).expect("signed")
        };
        let first = b"a secret for tests";
        assert!(signer.verify(&sign(None, first, NOW), NOW + 61).is_some(), "a token of an earlier version");
        assert!(signer.verify(&sign(None, first, NOW + 61), NOW + 61).is_none(), "it signs no more");
        assert!(signer.verify(&sign(Some("k-1"), first, NOW), NOW + 61).is_none(), "the key that is named counts");
        assert!(signer.verify(&sign(Some("k-2"), first, NOW), NOW + 61).is_none(), "there is no such key");
    }
}
