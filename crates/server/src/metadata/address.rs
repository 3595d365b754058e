//! Which addresses a fetch may go to.

use std::collections::HashSet;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use landfall_saml::AggregateReader;
use reqwest::Certificate;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use url::{Host, Url};

/// What the operator allows beyond https to public addresses with approval.
#[derive(Clone, Debug, Default)]
pub(crate) struct Rules {
    /// Hosts whose new keys may count at once.
    pub(crate) auto_hosts: HashSet<String>,
    /// `host:port` that may be private.
    pub(crate) allow_private: HashSet<String>,
    /// How much may come.
    pub(crate) most: Most,
}

/// Most bytes of one fetch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Most(u64);

impl Most {
    const MIB: u64 = 1024 * 1024;
    /// Where an operator does not say otherwise: what is read as a whole.
    const USUAL: u64 = 16 * Self::MIB;

    /// As many as the operator wants; none below a mebibyte, and beyond what a reader of aggregates takes.
    pub(crate) fn new(bytes: u64) -> Option<Self> {
        let most = u64::try_from(AggregateReader::MOST).unwrap_or(u64::MAX);
        (Self::MIB..=most).contains(&bytes).then_some(Self(bytes))
    }

    pub(crate) fn bytes(self) -> u64 {
        self.0
    }

    /// How long that much may take: a second for each mebibyte beyond the usual, so that 256 take less than a lease.
    pub(crate) fn longer_than(self, usual: Duration) -> Duration {
        usual + Duration::from_secs(self.0.saturating_sub(Self::USUAL).div_ceil(Self::MIB))
    }
}

impl Default for Most {
    fn default() -> Self {
        Self(Self::USUAL)
    }
}

/// How a fetch finds its way: who knows the addresses of names, and which authorities vouch for servers.
#[derive(Clone)]
pub(crate) struct Way {
    /// Asked once a connection; what it answers is judged.
    pub(crate) names: Arc<dyn Resolve>,
    /// Beside those that the system trusts.
    pub(crate) authorities: Vec<Certificate>,
}

impl Way {
    /// The system's.
    pub(crate) fn of_the_system() -> Self {
        Self { names: Arc::new(SystemNames), authorities: Vec::new() }
    }
}

impl fmt::Debug for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Way").field("authorities", &self.authorities.len()).finish_non_exhaustive()
    }
}

/// The names that this machine knows.
struct SystemNames;

impl Resolve for SystemNames {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let found: Vec<SocketAddr> = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            let found: Addrs = Box::new(found.into_iter());
            Ok(found)
        })
    }
}

/// Which addresses may be connected to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reach {
    /// Those of the public internet.
    Public,
    /// This machine's, without TLS.
    Loopback,
    /// All.
    Any,
}

/// An address that no fetch goes to.
#[derive(Clone, Debug, thiserror::Error)]
#[error(
    "{host} is at {address}, which is not of the public internet: list it as metadata.allow_private if it is yours"
)]
pub(crate) struct Forbidden {
    host: String,
    address: String,
}

impl Rules {
    /// Where this address may lead; none if its scheme is not taken.
    ///
    /// # Security
    /// Plain http is for what the operator lists, on this machine alone.
    pub(crate) fn reach(&self, url: &Url) -> Option<Reach> {
        let listed = self.allow_private.contains(&host_and_port(url)?);
        match (url.scheme(), listed) {
            ("https", false) => Some(Reach::Public),
            ("https", true) => Some(Reach::Any),
            ("http", true) => Some(Reach::Loopback),
            _ => None,
        }
    }

    /// Whether new keys of a connection with metadata at this address may count without approval.
    pub(crate) fn is_auto(&self, url: &Url) -> bool {
        url.host_str().is_some_and(|host| self.auto_hosts.contains(host))
    }
}

/// How a place is listed.
pub(crate) fn host_and_port(url: &Url) -> Option<String> {
    Some(format!("{}:{}", url.host_str()?, url.port_or_known_default()?))
}

impl Reach {
    /// Where an address may lead that the operator of this installation wrote; none if its scheme is not taken.
    ///
    /// # Security
    /// It may be private, since applications are, and nobody else writes such an address; plain http stays on this machine.
    pub(crate) fn of_our_operator(url: &Url) -> Option<Self> {
        match url.scheme() {
            "https" => Some(Self::Any),
            "http" => Some(Self::Loopback),
            _ => None,
        }
    }

    /// An address that is written as numbers is asked of nobody: it is judged here.
    pub(crate) fn check(self, url: &Url) -> Result<(), Forbidden> {
        let address = match url.host() {
            Some(Host::Ipv4(address)) => IpAddr::V4(address),
            Some(Host::Ipv6(address)) => IpAddr::V6(address),
            _ => return Ok(()),
        };
        let host = url.host_str().unwrap_or_default();
        if self.takes(address) { Ok(()) } else { Err(forbidden(host, &[address])) }
    }

    fn takes(self, address: IpAddr) -> bool {
        match self {
            Self::Public => is_public(address),
            Self::Loopback => address.is_loopback(),
            Self::Any => true,
        }
    }
}

fn forbidden(host: &str, found: &[IpAddr]) -> Forbidden {
    let address = found.first().map_or_else(|| "no address".to_owned(), IpAddr::to_string);
    Forbidden { host: host.to_owned(), address }
}

/// Asks for the addresses of a name, and gives those alone that may be connected to.
///
/// # Security
/// What is checked is what is connected to: a name that is first public and then private gains nothing [attack F6].
pub(super) struct Reachable {
    pub(super) reach: Reach,
    pub(super) names: Arc<dyn Resolve>,
}

impl Resolve for Reachable {
    fn resolve(&self, name: Name) -> Resolving {
        let (reach, host) = (self.reach, name.as_str().to_owned());
        let asked = self.names.resolve(name);
        Box::pin(async move {
            let (taken, others): (Vec<_>, Vec<_>) =
                asked.await?.partition(|address: &SocketAddr| reach.takes(address.ip()));
            if taken.is_empty() {
                let others: Vec<IpAddr> = others.iter().map(SocketAddr::ip).collect();
                return Err(forbidden(&host, &others).into());
            }
            let taken: Addrs = Box::new(taken.into_iter());
            Ok(taken)
        })
    }
}

/// Whether an address is one of the public internet, and of no cloud's own services [attack F6].
pub(crate) fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => !V4.iter().any(|(net, bits)| within_v4(address, *net, *bits)),
        IpAddr::V6(address) => {
            within_v6(address, Ipv6Addr::new(0x2000, 0, 0, 0, 0, 0, 0, 0), 3)
                && !V6.iter().any(|(net, bits)| within_v6(address, *net, *bits))
        }
    }
}

/// The special blocks of IPv4 (RFC 6890), and Azure's own service.
const V4: [(Ipv4Addr, u32); 16] = [
    (Ipv4Addr::new(0, 0, 0, 0), 8),
    (Ipv4Addr::new(10, 0, 0, 0), 8),
    (Ipv4Addr::new(100, 64, 0, 0), 10),
    (Ipv4Addr::new(127, 0, 0, 0), 8),
    (Ipv4Addr::new(168, 63, 129, 16), 32),
    (Ipv4Addr::new(169, 254, 0, 0), 16),
    (Ipv4Addr::new(172, 16, 0, 0), 12),
    (Ipv4Addr::new(192, 0, 0, 0), 24),
    (Ipv4Addr::new(192, 0, 2, 0), 24),
    (Ipv4Addr::new(192, 88, 99, 0), 24),
    (Ipv4Addr::new(192, 168, 0, 0), 16),
    (Ipv4Addr::new(198, 18, 0, 0), 15),
    (Ipv4Addr::new(198, 51, 100, 0), 24),
    (Ipv4Addr::new(203, 0, 113, 0), 24),
    (Ipv4Addr::new(224, 0, 0, 0), 4),
    (Ipv4Addr::new(240, 0, 0, 0), 4),
];

/// Of what is global in IPv6, that which is not, or stands for an IPv4 address.
///
/// Loopback, link-local and unique-local addresses, mapped ones and NAT64 are not in 2000::/3 at all.
const V6: [(Ipv6Addr, u32); 4] = [
    (Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 23),
    (Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0), 32),
    (Ipv6Addr::new(0x2002, 0, 0, 0, 0, 0, 0, 0), 16),
    (Ipv6Addr::new(0x3fff, 0, 0, 0, 0, 0, 0, 0), 20),
];

fn within_v4(address: Ipv4Addr, net: Ipv4Addr, bits: u32) -> bool {
    (address.to_bits() ^ net.to_bits()).leading_zeros() >= bits
}

fn within_v6(address: Ipv6Addr, net: Ipv6Addr, bits: u32) -> bool {
    (address.to_bits() ^ net.to_bits()).leading_zeros() >= bits
}
