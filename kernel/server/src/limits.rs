//! Rate limits of the doors, by user, or by address where nobody has signed in. Commands of a user are counted by the
//! gate; what is counted here never becomes one, or is a whole REST request.

use std::net::{IpAddr, Ipv6Addr};
use std::time::Instant;

use aether_base::window::Windows;
use aether_protocol::{ErrorCode, UserId, WireError};

/// What is being limited, each in windows of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Use {
    /// A REST request.
    Request,
    /// A frame on a socket that is not the command of a user.
    Frame,
}

/// Whom a use counts for.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Key {
    User(UserId),
    Address(IpAddr),
}

impl Key {
    pub fn address(address: IpAddr) -> Key {
        Key::Address(network(address))
    }
}

/// An address as one client; of IPv6 the network, because a client has all of it (RFC 4291: 64 bits of interface).
pub fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => address.into(),
        IpAddr::V6(address) => Ipv6Addr::from(u128::from(address) & !u128::from(u64::MAX)).into(),
    }
}

/// Counts uses.
#[derive(Debug)]
pub struct Limits {
    on: bool,
    windows: Windows<(Use, Key)>,
}

impl Limits {
    /// With `on` false everything is admitted.
    pub fn new(on: bool) -> Limits {
        Limits { on, windows: Windows::default() }
    }

    /// Counts one use, or says when to come back.
    pub fn admit(&self, what: Use, key: Key) -> Result<(), WireError> {
        if !self.on {
            return Ok(());
        }
        self.admit_at(what, key, Instant::now())
    }

    fn admit_at(&self, what: Use, key: Key, now: Instant) -> Result<(), WireError> {
        let most = match (what, &key) {
            (Use::Request, Key::User(_)) => 120,
            (Use::Request, Key::Address(_)) => 30,
            (Use::Frame, _) => 600,
        };
        let message = match what {
            Use::Request => "Too many requests",
            Use::Frame => "Too many commands",
        };
        let admitted = self.windows.admit((what, key), most, now);
        admitted.map_err(|seconds| WireError::new(ErrorCode::RateLimited, message).with_retry_after(seconds))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn user(name: &str) -> Key {
        Key::User(UserId::from(name))
    }

    #[test]
    fn users_addresses_and_uses_are_apart() {
        let limits = Limits::new(true);
        let now = Instant::now();
        let home = Key::address("192.0.2.1".parse().expect("an address"));
        for _ in 0..30 {
            limits.admit_at(Use::Request, home.clone(), now).expect("admitted");
        }
        limits.admit_at(Use::Request, home.clone(), now).expect_err("30 for an address");
        limits.admit_at(Use::Frame, home, now).expect("sockets count apart");
        limits.admit_at(Use::Request, user("ada"), now).expect("users count apart");
    }

    #[test]
    fn one_network_of_ipv6_is_one_client() {
        let key = |text: &str| Key::address(text.parse().expect("an address"));
        assert_eq!(key("2001:db8::1"), key("2001:db8::2:3"));
        assert_ne!(key("2001:db8::1"), key("2001:db8:0:1::1"));
        assert_eq!(key("::ffff:192.0.2.1"), key("192.0.2.1"));
    }

    #[test]
    fn a_switch_turns_them_off() {
        let limits = Limits::new(false);
        for _ in 0..1_000 {
            limits.admit(Use::Request, user("ada")).expect("admitted");
        }
    }
}
