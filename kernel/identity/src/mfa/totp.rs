//! Codes of authenticator apps: TOTP (RFC 6238) by SHA-1, six digits, 30 seconds, one step either way. Apps agree on
//! nothing else.

use totp_rs::{Builder, Secret, Totp};

use crate::error::{IdentityError, Result};

/// Bytes of a secret, as RFC 4226 recommends.
const SECRET: usize = 20;
/// Whom the app shows the codes under.
const ISSUER: &str = "AetherOS";

/// A new secret.
pub fn fresh_secret() -> [u8; SECRET] {
    let mut secret = [0; SECRET];
    rand::fill(&mut secret);
    secret
}

/// A secret as an app takes it: in base32, and as a URI.
pub fn for_an_app(secret: &[u8], username: &str) -> Result<(String, String)> {
    let totp = totp(secret, username)?;
    let uri = totp.to_url().map_err(|error| IdentityError::Factor(error.to_string()))?;
    Ok((totp.secret().to_base32(), uri))
}

/// The time step a code belongs to, if it is one of now and none of `last_step` or before. `now` is in seconds since the
/// Unix epoch.
pub fn step_of(secret: &[u8], code: &str, last_step: u64, now: u64) -> Result<Option<u64>> {
    let code: String = code.chars().filter(|character| !character.is_whitespace()).collect();
    let step = totp(secret, "")?.check(&code, now);
    Ok(step.filter(|step| *step > last_step))
}

fn totp(secret: &[u8], username: &str) -> Result<Totp> {
    let builder = Builder::new().with_secret(Secret::from(secret.to_vec()));
    let builder = builder.with_issuer(Some(ISSUER)).with_account_name(username);
    builder.build().map_err(|error| IdentityError::Factor(error.to_string()))
}

#[cfg(test)]
pub fn code_at(secret: &[u8], now: u64) -> String {
    totp(secret, "").expect("a secret").generate(now).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    const RFC: &[u8] = b"12345678901234567890";

    #[test]
    fn codes_are_those_of_the_standard() {
        // RFC 6238, appendix B, of which apps show the last six digits.
        let known = [(59, "287082"), (1_111_111_109, "081804"), (1_111_111_111, "050471"), (2_000_000_000, "279037")];
        for (now, code) in known {
            assert_eq!(code_at(RFC, now), code);
            assert_eq!(step_of(RFC, code, 0, now).expect("judged"), Some(now / 30), "{code}");
        }
        let spaced = step_of(RFC, " 081 804 ", 0, 1_111_111_109).expect("judged");
        assert_eq!(spaced, Some(37_037_036));
    }

    #[test]
    fn a_code_counts_one_step_either_way_and_once() {
        let (now, code) = (1_111_111_109, "081804");
        for (at, step) in
            [(now + 30, Some(37_037_036)), (now - 30, Some(37_037_036)), (now + 60, None), (now - 60, None)]
        {
            assert_eq!(step_of(RFC, code, 0, at).expect("judged"), step, "{at}");
        }
        assert_eq!(step_of(RFC, code, 37_037_036, now).expect("judged"), None, "used");
        for bad in ["", "081805", "81804", "0818040", "+81804", "abcdef", "０８１８０４"] {
            assert_eq!(step_of(RFC, bad, 0, now).expect("judged"), None, "{bad}");
        }
    }

    #[test]
    fn an_app_is_told_the_secret_and_whose_it_is() {
        let (secret, uri) = for_an_app(RFC, "ada-1").expect("told");
        assert_eq!(secret, "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
        assert_eq!(uri, format!("otpauth://totp/AetherOS:ada-1?secret={secret}&issuer=AetherOS"));
        assert_ne!(fresh_secret(), fresh_secret());
    }
}
