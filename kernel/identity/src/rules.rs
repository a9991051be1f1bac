//! What a username, a display name and a password may look like.

use crate::error::{IdentityError, Result};

/// Characters of a username, at least and at most.
const USERNAME: std::ops::RangeInclusive<usize> = 2..=64;
/// Characters of a display name, at most.
const DISPLAY_NAME: usize = 128;
/// Characters of a password, at least.
pub const PASSWORD_MIN: usize = 8;
/// Bytes of a password, at most: a bound on what one hashing reads.
pub const PASSWORD_MAX: usize = 1024;
/// Names that mean something else under the virtual root or as a user id.
const RESERVED: &[&str] = &["root", "shared", "tmp"];

/// Refuses a username that is no name, or one that stands for something else.
pub fn username(name: &str) -> Result<()> {
    let spelled = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-');
    if !spelled || !USERNAME.contains(&name.len()) {
        return Err(IdentityError::BadUsername);
    }
    let lower = name.to_ascii_lowercase();
    if RESERVED.contains(&lower.as_str()) || lower.starts_with("agent_") {
        return Err(IdentityError::ReservedUsername(name.to_owned()));
    }
    Ok(())
}

/// Refuses a password that is too short to resist guessing, or too long to hash.
pub fn password(password: &str) -> Result<()> {
    let long_enough = password.chars().count() >= PASSWORD_MIN;
    if long_enough && password.len() <= PASSWORD_MAX { Ok(()) } else { Err(IdentityError::BadPassword) }
}

/// The display name as it is kept: trimmed, the username if there is none.
pub fn display_name(given: Option<&str>, username: &str) -> Result<String> {
    let name = given.map(str::trim).filter(|name| !name.is_empty()).unwrap_or(username);
    if name.chars().count() > DISPLAY_NAME || name.chars().any(char::is_control) {
        return Err(IdentityError::BadDisplayName);
    }
    Ok(name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usernames() {
        for good in ["ab", "Ada-1_2", "rooted", "agent", &"x".repeat(64)] {
            assert!(username(good).is_ok(), "{good}");
        }
        for bad in ["", "a", "a b", "a/b", "..", "adä", "a\n", &"x".repeat(65)] {
            assert!(matches!(username(bad), Err(IdentityError::BadUsername)), "{bad}");
        }
        for reserved in ["root", "Root", "agent_1", "AGENT_x", "shared", "tmp"] {
            assert!(matches!(username(reserved), Err(IdentityError::ReservedUsername(_))), "{reserved}");
        }
    }

    #[test]
    fn passwords_and_display_names() {
        assert!(password("12345678").is_ok());
        assert!(password("1234567").is_err());
        assert!(password("äöüäöüä").is_err(), "characters count, not bytes");
        assert!(password(&"x".repeat(1025)).is_err());
        assert_eq!(display_name(None, "ada").expect("a name"), "ada");
        assert_eq!(display_name(Some("  "), "ada").expect("a name"), "ada");
        assert_eq!(display_name(Some(" Ada L. "), "ada").expect("a name"), "Ada L.");
        assert!(display_name(Some("a\u{7}b"), "ada").is_err());
        assert!(display_name(Some(&"x".repeat(129)), "ada").is_err());
    }
}
