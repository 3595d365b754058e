//! Networks of proxies.

use std::net::IpAddr;
use std::str::FromStr;

/// The addresses of a network, as `10.0.0.0/8`; one address is a network of its own.
///
/// ```
/// use landfall_http::Network;
///
/// let network: Network = "10.0.0.0/8".parse()?;
/// assert!(network.contains("10.1.2.3".parse()?));
/// assert!(!network.contains("192.0.2.1".parse()?));
/// assert!("10.0.0.1/8".parse::<Network>().is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    first: IpAddr,
    length: u32,
}

impl Network {
    /// Whether the address lies in it.
    #[must_use]
    pub fn contains(self, address: IpAddr) -> bool {
        match (self.first, address) {
            (IpAddr::V4(first), IpAddr::V4(address)) => {
                bits_above(u128::from(first.to_bits()), 32, self.length)
                    == bits_above(u128::from(address.to_bits()), 32, self.length)
            }
            (IpAddr::V6(first), IpAddr::V6(address)) => {
                bits_above(first.to_bits(), 128, self.length)
                    == bits_above(address.to_bits(), 128, self.length)
            }
            _ => false,
        }
    }
}

/// The first bits of an address of this width.
fn bits_above(address: u128, width: u32, length: u32) -> u128 {
    address.checked_shr(width - length).unwrap_or_default()
}

impl FromStr for Network {
    type Err = NetworkError;

    fn from_str(text: &str) -> Result<Self, NetworkError> {
        let refused = |problem| NetworkError { found: text.to_owned(), problem };
        let (first, length) = text.split_once('/').map_or((text, None), |(first, rest)| (first, Some(rest)));
        let first: IpAddr = first.parse().map_err(|_| refused("it is no address"))?;
        let width = if first.is_ipv4() { 32 } else { 128 };
        let length = match length {
            None => width,
            Some(length) => length
                .parse()
                .ok()
                .filter(|length| *length <= width)
                .ok_or_else(|| refused("what stands behind / is no number of bits"))?,
        };
        let bits = match first {
            IpAddr::V4(first) => u128::from(first.to_bits()),
            IpAddr::V6(first) => first.to_bits(),
        };
        let rest = width - length;
        if bits_above(bits, width, length).checked_shl(rest).unwrap_or_default() != bits {
            return Err(refused("it has bits behind its length"));
        }
        Ok(Self { first, length })
    }
}

/// Why a text is no network.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{found:?} is no network: {problem}; expected for example \"127.0.0.1\" or \"10.0.0.0/8\"")]
pub struct NetworkError {
    found: String,
    problem: &'static str,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_lies_in_it_or_not() {
        for (network, address, is) in [
            ("10.0.0.0/8", "10.255.255.255", true),
            ("10.0.0.0/8", "11.0.0.0", false),
            ("192.0.2.1", "192.0.2.1", true),
            ("192.0.2.1", "192.0.2.2", false),
            ("0.0.0.0/0", "203.0.113.9", true),
            ("0.0.0.0/0", "::1", false),
            ("::/0", "2001:db8::1", true),
            ("2001:db8::/32", "2001:db8:ffff::", true),
            ("2001:db8::/32", "2001:db9::", false),
            ("::1", "::1", true),
        ] {
            let found = network.parse::<Network>().unwrap().contains(address.parse().unwrap());
            assert_eq!(found, is, "{address} in {network}");
        }
    }

    #[test]
    fn what_is_no_network_is_refused() {
        for text in [
            "",
            "proxy",
            "10.0.0.0/33",
            "::/129",
            "10.0.0.0/",
            "10.0.0.0/-1",
            "10.0.0.1/8",
            "::1/64",
            "10.0.0.0/8/8",
        ] {
            assert!(text.parse::<Network>().is_err(), "{text}");
        }
    }
}
