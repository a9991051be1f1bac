//! What the page may do, told to the browser: where it loads from and connects to, and that nobody frames it.

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};

/// Of these, styles alone may be inline: the terminal and every moved window set theirs by script.
const RULES: &str = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self' 'unsafe-inline'; \
                     img-src 'self' data: blob:; media-src 'self' blob:; font-src 'self'; frame-src 'self' blob:; \
                     frame-ancestors 'none'; base-uri 'none'; form-action 'self'; object-src 'none'; connect-src 'self'";

const PERMISSIONS: &str = "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()";

/// Adds the headers. `host` is what the browser calls us: its sockets go there and nowhere else, which not every browser
/// takes `'self'` to mean.
pub fn guard(head: &mut HeaderMap, host: Option<&HeaderValue>) {
    let host = host.and_then(|host| host.to_str().ok()).filter(|host| is_authority(host));
    let rules = match host {
        Some(host) => format!("{RULES} ws://{host} wss://{host}"),
        None => RULES.to_owned(),
    };
    if let Ok(rules) = HeaderValue::from_str(&rules) {
        head.insert(header::CONTENT_SECURITY_POLICY, rules);
    }
    for (name, value) in [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (HeaderName::from_static("permissions-policy"), PERMISSIONS),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    ] {
        head.insert(name, HeaderValue::from_static(value));
    }
}

/// True if a host can stand in a policy and mean only itself.
fn is_authority(host: &str) -> bool {
    !host.is_empty() && host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-:[]".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sockets_go_to_this_host_alone() {
        let policy = |host: &'static str| {
            let mut head = HeaderMap::new();
            guard(&mut head, Some(&HeaderValue::from_static(host)));
            head[header::CONTENT_SECURITY_POLICY].to_str().expect("text").to_owned()
        };
        assert!(policy("localhost:3001").ends_with("connect-src 'self' ws://localhost:3001 wss://localhost:3001"));
        assert!(policy("[::1]:3001").ends_with("ws://[::1]:3001 wss://[::1]:3001"));
        for odd in ["a b", "a;script-src *", "*", "a/b", "*.evil", ""] {
            assert!(policy(odd).ends_with("connect-src 'self'"), "{odd}");
        }
    }
}
