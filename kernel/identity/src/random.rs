//! Random text from the operating system's generator, for secrets, passwords and token ids.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;

/// `N` random bytes in base64url without padding (RFC 4648, section 5).
pub fn text<const N: usize>() -> String {
    let mut bytes = [0_u8; N];
    rand::fill(&mut bytes);
    BASE64_URL_SAFE_NO_PAD.encode(bytes)
}
