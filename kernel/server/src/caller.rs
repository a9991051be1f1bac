//! Who is at the other end: from a bearer token, a cookie, or the credentials of a local peer.

use std::net::IpAddr;
use std::sync::Arc;

use aether_base::{Caller, Door, now_ms};
use aether_identity::Identity;
use aether_protocol::SessionId;
use axum::http::{HeaderMap, Method, header};

use crate::io::Meter;
use crate::limits::Key;
use crate::origin::Page;

/// The cookie that login sets.
pub const COOKIE: &str = "aether_token";

/// A connection, as its requests see it.
#[derive(Debug, Clone)]
pub struct Peer {
    /// Absent on the Unix socket.
    pub address: Option<IpAddr>,
    /// True if it came over TLS.
    pub secure: bool,
    /// What it has taken from us, and may send.
    pub meter: Arc<Meter>,
}

impl Peer {
    /// True on the Unix socket, which only the owner of the kernel gets to.
    pub fn is_local(&self) -> bool {
        self.address.is_none()
    }

    /// The door for its plain requests.
    pub fn rest(&self) -> Door {
        if self.is_local() { Door::Local } else { Door::Rest }
    }

    /// The door for its sockets.
    pub fn socket(&self) -> Door {
        if self.is_local() { Door::Local } else { Door::WebSocket }
    }
}

/// Who a connection speaks for, as long as it may.
#[derive(Debug, Clone)]
pub struct Credential {
    pub caller: Arc<Caller>,
    /// Seconds since the Unix epoch; absent where no token stands behind it.
    expires_at: Option<u64>,
}

impl Credential {
    pub fn anonymous(door: Door, session: Option<SessionId>) -> Credential {
        let caller = Caller { session, ..Caller::anonymous(door) };
        Credential { caller: Arc::new(caller), expires_at: None }
    }

    /// Whom a token stands for, if it is any good.
    pub fn of_token(identity: &Identity, token: &str, door: Door, session: Option<SessionId>) -> Option<Credential> {
        let known = identity.authenticate(token)?;
        let expires_at = known.expires_at;
        Some(Credential { caller: Arc::new(known.caller(door, session)), expires_at })
    }

    /// The local owner, for a peer whose credentials the listener has checked.
    pub fn of_owner(identity: &Identity, session: Option<SessionId>) -> Option<Credential> {
        let caller = identity.stand_in(&identity.local_owner()?.id, Door::Local)?;
        Some(Credential { caller: Arc::new(Caller { session, ..caller }), expires_at: None })
    }

    pub fn is_signed_in(&self) -> bool {
        self.caller.user().is_some()
    }

    /// False once the token behind it has expired or was revoked, or its user is gone.
    pub fn is_live(&self, identity: &Identity) -> bool {
        self.expires_at.is_none_or(|at| now_ms() / 1_000 < at) && identity.is_live(&self.caller)
    }

    /// Whom its requests count for; nobody on the Unix socket.
    pub fn limit_key(&self, peer: &Peer) -> Option<Key> {
        let address = peer.address?;
        Some(self.caller.user().map_or_else(|| Key::address(address), |user| Key::User(user.clone())))
    }
}

/// A token as a request's head carries it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Token<'a> {
    Bearer(&'a str),
    Cookie(&'a str),
}

/// What a client calls itself.
pub fn user_agent(headers: &HeaderMap) -> Option<&str> {
    headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok())
}

/// The token of a request, the header before the cookie (RFC 6750, RFC 6265).
pub fn token(headers: &HeaderMap) -> Option<Token<'_>> {
    let bearer = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()).and_then(|value| {
        let (scheme, token) = value.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
    });
    if let Some(bearer) = bearer {
        return Some(Token::Bearer(bearer));
    }
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(name, value)| *name == COOKIE && !value.is_empty())
        .map(|(_, value)| Token::Cookie(value.trim_matches('"')))
}

/// The credential of a plain request, and whether a cookie it brought was left aside because of the page it came from.
pub fn of_request(
    identity: &Identity,
    peer: &Peer,
    headers: &HeaderMap,
    method: &Method,
    page: Page,
) -> (Credential, bool) {
    let door = peer.rest();
    let mut refused_cookie = false;
    let known = match token(headers) {
        Some(Token::Bearer(token)) => {
            let known = Credential::of_token(identity, token, door, None);
            return (known.unwrap_or_else(|| Credential::anonymous(door, None)), false);
        }
        Some(Token::Cookie(token)) => {
            let known = Credential::of_token(identity, token, door, None);
            refused_cookie = known.is_some() && !page.may_use_cookie(method, headers);
            known.filter(|_| !refused_cookie)
        }
        None => None,
    };
    let owner = || if peer.is_local() { Credential::of_owner(identity, None) } else { None };
    (known.or_else(owner).unwrap_or_else(|| Credential::anonymous(door, None)), refused_cookie)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(pairs: &[(&'static str, &str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(*name, value.parse().expect("a header"));
        }
        headers
    }

    #[test]
    fn a_token_is_found_in_the_header_then_in_the_cookie() {
        let both = head(&[("authorization", "bearer  abc"), ("cookie", "aether_token=def")]);
        assert_eq!(token(&both), Some(Token::Bearer("abc")));
        let cookie = head(&[("cookie", "a=b; aether_token=\"def\"; c=d")]);
        assert_eq!(token(&cookie), Some(Token::Cookie("def")));
        let basic = head(&[("authorization", "Basic abc"), ("cookie", "aether_token=; xaether_token=1")]);
        assert_eq!(token(&basic), None);
    }
}
