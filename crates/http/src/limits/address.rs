//! Whose request it is, as far as an address tells.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use axum::http::{HeaderMap, HeaderName};

use super::Network;

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// An IPv4 address, or the 64 bits of IPv6 that one subscriber is given whole.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Neighbourhood(IpAddr);

impl Neighbourhood {
    pub(super) fn of(address: IpAddr) -> Self {
        match address {
            IpAddr::V4(_) => Self(address),
            IpAddr::V6(address) => {
                let bits = address.to_bits() & !u128::from(u64::MAX);
                Self(IpAddr::V6(Ipv6Addr::from_bits(bits)))
            }
        }
    }
}

/// The address of the person's side: the peer itself, or what the listed proxies say of it.
///
/// A proxy writes behind what was there, so that the last address that is none of theirs is the last that one of them
/// has seen; what stands before it anybody may have written.
/// None where nobody can be told from another: the peer is unknown, or is loopback, which is a proxy that was not listed,
/// or a listed proxy says nothing.
///
/// # Security
/// A header from anybody else does not count [attack D12].
pub(super) fn client(peer: Option<IpAddr>, headers: &HeaderMap, proxies: &[Network]) -> Option<IpAddr> {
    let listed = |address| is_listed(address, proxies);
    let peer = peer?.to_canonical();
    let found = if listed(peer) {
        let lines = headers.get_all(FORWARDED_FOR).iter().rev();
        let mut hops = lines.flat_map(|line| line.to_str().unwrap_or_default().rsplit(',')).map(read);
        hops.find(|hop| !hop.is_some_and(listed)).flatten()?
    } else {
        peer
    };
    (!found.is_loopback()).then_some(found)
}

/// Whether an address is a listed proxy's.
pub(crate) fn is_listed(address: IpAddr, proxies: &[Network]) -> bool {
    proxies.iter().any(|network| network.contains(address.to_canonical()))
}

/// `192.0.2.1`, `2001:db8::1`, and with a port, as some proxies write it: `192.0.2.1:50000`, `[2001:db8::1]:50000`.
fn read(hop: &str) -> Option<IpAddr> {
    let hop = hop.trim();
    let bare = hop.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(hop);
    let address = bare.parse().ok().or_else(|| hop.parse::<SocketAddr>().ok().map(|socket| socket.ip()));
    address.map(|address| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    const PROXIES: [&str; 2] = ["127.0.0.1", "10.0.0.0/8"];

    fn found(peer: &str, lines: &[&str]) -> Option<String> {
        let proxies = PROXIES.map(|network| network.parse().unwrap());
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(FORWARDED_FOR, line.parse().unwrap());
        }
        client(Some(peer.parse().unwrap()), &headers, &proxies).map(|address| address.to_string())
    }

    #[test]
    fn d12_a_header_counts_from_listed_proxies_alone() {
        for (peer, lines, expected) in [
            // Nobody's proxy: the socket says who it is.
            ("192.0.2.1", &["198.51.100.7"][..], Some("192.0.2.1")),
            ("192.0.2.1", &[], Some("192.0.2.1")),
            ("::ffff:192.0.2.1", &[], Some("192.0.2.1")),
            ("2001:db8::1", &["198.51.100.7"], Some("2001:db8::1")),
            // A listed one: the last that none of them is.
            ("127.0.0.1", &["198.51.100.7"], Some("198.51.100.7")),
            ("::ffff:127.0.0.1", &["198.51.100.7"], Some("198.51.100.7")),
            ("127.0.0.1", &["203.0.113.9, 198.51.100.7"], Some("198.51.100.7")),
            ("127.0.0.1", &["203.0.113.9, 198.51.100.7, 10.1.2.3"], Some("198.51.100.7")),
            ("10.9.9.9", &["203.0.113.9", "198.51.100.7", " 10.1.2.3 ,127.0.0.1"], Some("198.51.100.7")),
            ("127.0.0.1", &["198.51.100.7:50000"], Some("198.51.100.7")),
            ("127.0.0.1", &["[2001:db8::1]:50000"], Some("2001:db8::1")),
            ("127.0.0.1", &["[2001:db8::1]"], Some("2001:db8::1")),
            ("127.0.0.1", &["::ffff:198.51.100.7"], Some("198.51.100.7")),
            // Nobody can be told.
            ("127.0.0.1", &[], None),
            ("127.0.0.1", &[""], None),
            ("127.0.0.1", &["unknown"], None),
            ("127.0.0.1", &["198.51.100.7, unknown"], None),
            ("127.0.0.1", &["10.1.2.3, 127.0.0.1"], None),
            ("127.0.0.1", &["::1"], None),
            // Loopback that is not listed: a proxy that nobody told us of.
            ("::1", &["198.51.100.7"], None),
        ] {
            assert_eq!(found(peer, lines).as_deref(), expected, "{peer} {lines:?}");
        }
        assert_eq!(client(None, &HeaderMap::new(), &[]), None);
    }

    #[test]
    fn d12_one_subscriber_is_one_key() {
        let key = |text: &str| Neighbourhood::of(text.parse().unwrap());
        assert!(key("2001:db8:1:2::1") == key("2001:db8:1:2:ffff::2"));
        assert!(key("2001:db8:1:2::1") != key("2001:db8:1:3::1"));
        assert!(key("192.0.2.1") != key("192.0.2.2"));
    }
}
