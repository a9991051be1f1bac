//! Recovery codes: what a person writes down for the day the authenticator app is gone.

use aether_protocol::UserId;

/// How many a person gets.
const COUNT: usize = 10;
/// Hexadecimal digits of one: 80 random bits, which nobody guesses, not even from the hash.
const DIGITS: usize = 20;

/// The hash of a recovery code, which is all that is kept.
pub type Hash = [u8; 32];

/// New codes, and what is kept of them.
pub fn fresh(user: &UserId) -> (Vec<String>, Vec<Hash>) {
    let codes: Vec<String> = (0..COUNT).map(|_| fresh_code()).collect();
    let hashes = codes.iter().filter_map(|code| hash(user, code)).collect();
    (codes, hashes)
}

/// Four groups of five digits.
fn fresh_code() -> String {
    let groups: Vec<String> = (0..4).map(|_| format!("{:05x}", rand::random::<u32>() >> 12)).collect();
    groups.join("-")
}

/// The hash of what somebody typed as a recovery code of this user; `None` if it does not look like one.
pub fn hash(user: &UserId, typed: &str) -> Option<Hash> {
    let digits: String =
        typed.chars().filter(|character| !character.is_whitespace() && *character != '-').take(DIGITS + 1).collect();
    let is_code = digits.len() == DIGITS && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_code.then(|| {
        let mut hasher = blake3::Hasher::new_derive_key("Aether OS recovery codes of a second factor");
        hasher.update(user.as_str().as_bytes()).update(&[0]).update(digits.to_ascii_lowercase().as_bytes());
        *hasher.finalize().as_bytes()
    })
}

/// What is left once this one is used; `None` if it is not among them.
pub fn without(hashes: &[Hash], used: Hash) -> Option<Vec<Hash>> {
    // Compared in constant time.
    let is_used = |hash: &Hash| blake3::Hash::from_bytes(*hash) == blake3::Hash::from_bytes(used);
    hashes.iter().any(is_used).then(|| hashes.iter().filter(|hash| !is_used(hash)).copied().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_code_is_found_once_however_it_is_typed() {
        let (ada, bob) = (UserId::from("ada"), UserId::from("bob"));
        let (codes, mut hashes) = fresh(&ada);
        assert_eq!((codes.len(), hashes.len()), (10, 10));
        for code in &codes {
            assert_eq!((code.len(), code.matches('-').count()), (23, 3), "{code}");
            let typed = format!(" {} ", code.to_uppercase().replace('-', " "));
            let typed = hash(&ada, &typed).expect("a code");
            assert_eq!(without(&hashes, hash(&bob, code).expect("a code")), None, "another user's");
            hashes = without(&hashes, typed).expect("found");
            assert_eq!(without(&hashes, typed), None, "used");
        }
        assert!(hashes.is_empty());
        for no in ["", "123456", "zzzzz-zzzzz-zzzzz-zzzzz", &format!("{}0", codes[0]), &"é".repeat(10)] {
            assert_eq!(hash(&ada, no), None, "{no}");
        }
    }
}
