//! Which machines deliveries may go to: those of the public internet, unless the owner of the kernel says otherwise.
//!
//! A name is resolved here, and only addresses that pass are handed to the connection: there is no second look-up that
//! could answer otherwise.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use reqwest::dns::{Name, Resolve, Resolving};

/// Why an address was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0} is not on the public internet, and this kernel delivers nowhere else. Whoever runs it can allow it by \
     AETHER_WEBHOOK_ALLOW_PRIVATE=1."
)]
pub struct NotPublic(pub IpAddr);

/// True for an address of a machine on the public internet, by the registries of special addresses (IANA, RFC 6890).
pub fn is_public(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let special = match address.octets() {
        // This network, and shared address space of carriers (RFC 6598).
        [0, ..] | [100, 64..=127, ..] => true,
        // Protocol assignments, and the relay of 6to4 (RFC 7526).
        [192, 0, 0, _] | [192, 88, 99, _] => true,
        // Benchmarks (RFC 2544), and what is reserved.
        [198, 18..=19, ..] | [240..=255, ..] => true,
        // Where a cloud's machines ask about themselves.
        [168, 63, 129, 16] => true,
        _ => false,
    };
    !(special
        || address.is_loopback()
        || address.is_private()
        || address.is_link_local()
        || address.is_multicast()
        || address.is_documentation())
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let embedded = |high: u16, low: u16| {
        let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
        is_public_v4(Ipv4Addr::new(a, b, c, d))
    };
    match address.segments() {
        // Addresses of IPv4 behind a translator (RFC 6052), and 6to4 (RFC 3056).
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] | [0x2002, high, low, ..] => embedded(high, low),
        // Protocol assignments, Teredo among them, and documentation (RFC 3849, RFC 9637).
        [0x2001, 0..=0x1ff, ..] | [0x2001, 0xdb8, ..] | [0x3fff, 0..=0xfff, ..] => false,
        // Nothing else has been given out (RFC 4291).
        [first, ..] => first & 0xe000 == 0x2000,
    }
}

/// Checks an address before it is connected to.
///
/// # Errors
/// [`NotPublic`] if it is none of the public internet and no other is allowed.
pub fn checked(address: IpAddr, allow_private: bool) -> Result<IpAddr, NotPublic> {
    if allow_private || is_public(address) { Ok(address) } else { Err(NotPublic(address)) }
}

/// Resolves names for connections, to addresses that may be connected to.
#[derive(Debug, Clone, Copy)]
pub struct Resolver {
    pub allow_private: bool,
}

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let allow_private = self.allow_private;
        Box::pin(async move {
            // The port is put in by whoever connects.
            let found: Vec<SocketAddr> = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            // One that is refused refuses the name: a name that mixes them is up to something.
            for address in &found {
                checked(address.ip(), allow_private).map_err(io::Error::other)?;
            }
            Ok(Box::new(found.into_iter()) as Box<dyn Iterator<Item = SocketAddr> + Send>)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_public_internet_is_public() {
        let public = [
            "1.1.1.1",
            "100.63.255.255",
            "100.128.0.1",
            "172.32.0.1",
            "192.0.1.1",
            "2606:4700::1111",
            "2002:101:101::1",
        ];
        for address in public.into_iter().chain(["::ffff:8.8.8.8", "64:ff9b::808:808", "2001:4860:4860::8888"]) {
            assert!(is_public(address.parse().expect("an address")), "{address}");
        }
        let v4 = [
            "0.0.0.0",
            "0.1.2.3",
            "10.0.0.1",
            "100.64.0.1",
            "100.100.100.200",
            "100.127.255.255",
            "127.0.0.1",
            "127.1.2.3",
            "168.63.129.16",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.192",
            "192.0.2.1",
            "192.88.99.1",
            "192.168.1.1",
            "198.18.0.1",
            "198.51.100.1",
            "203.0.113.1",
            "224.0.0.1",
            "239.255.255.250",
            "240.0.0.1",
            "255.255.255.255",
        ];
        let v6 = [
            "::",
            "::1",
            "::7f00:1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "::ffff:169.254.169.254",
            "64:ff9b::a00:1",
            "64:ff9b::7f00:1",
            "64:ff9b:1::1",
            "100::1",
            "2001::1",
            "2001:db8::1",
            "2002:a00:1::1",
            "2002:7f00:1::1",
            "3fff::1",
            "fc00::1",
            "fd00:ec2::254",
            "fe80::1",
            "fec0::1",
            "ff02::1",
            "4000::1",
        ];
        for address in v4.into_iter().chain(v6) {
            let address = address.parse().expect("an address");
            assert_eq!(checked(address, false), Err(NotPublic(address)));
            assert_eq!(checked(address, true), Ok(address));
        }
    }

    #[tokio::test]
    async fn a_name_of_this_machine_is_refused_unless_allowed() {
        let resolve = |allow_private| Resolver { allow_private }.resolve("localhost".parse().expect("a name"));
        let refusal = resolve(false).await.map(Iterator::collect::<Vec<_>>).expect_err("loopback");
        assert!(refusal.to_string().contains("AETHER_WEBHOOK_ALLOW_PRIVATE"), "{refusal}");
        assert!(resolve(true).await.expect("allowed").all(|address| address.ip().is_loopback()));
    }
}
