//! `[dns]`: who is asked whether a domain is a tenant's.

use std::net::{IpAddr, SocketAddr};

use anyhow::{Result, bail};
use serde::Deserialize;

/// Where a DNS server listens unless it is said.
const PORT: u16 = 53;

/// What the file and the environment may say.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Raw {
    servers: Option<Vec<String>>,
}

impl Raw {
    /// The servers to ask; none means those of the system.
    pub(super) fn check(self) -> Result<Vec<SocketAddr>> {
        self.servers.unwrap_or_default().iter().map(|text| server(text)).collect()
    }
}

fn server(text: &str) -> Result<SocketAddr> {
    if let Ok(address) = text.parse() {
        return Ok(address);
    }
    if let Ok(address) = text.parse::<IpAddr>() {
        return Ok(SocketAddr::new(address, PORT));
    }
    bail!("dns.servers: {text:?} is refused: write an address, such as \"192.0.2.53\" or \"[::1]:5353\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_is_an_address_with_or_without_its_port() {
        let check = |text: &str| Raw { servers: Some(vec![text.to_owned()]) }.check();
        for (text, address) in [
            ("192.0.2.53", "192.0.2.53:53"),
            ("127.0.0.1:5353", "127.0.0.1:5353"),
            ("::1", "[::1]:53"),
            ("[::1]:5353", "[::1]:5353"),
        ] {
            assert_eq!(check(text).unwrap(), [address.parse().unwrap()], "{text}");
        }
        for text in ["", "dns.example", "192.0.2.53:", "192.0.2.53:dns", "192.0.2"] {
            assert!(check(text).unwrap_err().to_string().contains("dns.servers"), "{text}");
        }
        assert_eq!(Raw::default().check().unwrap(), []);
    }
}
