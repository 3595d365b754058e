use std::net::SocketAddr;
use std::str::FromStr;

use anyhow::{Context, Result, bail};

/// Where the server listens: loopback alone, since it speaks plain http and a proxy beside it speaks TLS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Listen(SocketAddr);

impl Listen {
    pub(crate) fn address(self) -> SocketAddr {
        self.0
    }
}

impl FromStr for Listen {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> Result<Self> {
        let address: SocketAddr = text
            .parse()
            .with_context(|| format!("{text:?} is no address and port, such as 127.0.0.1:8080"))?;
        if !address.ip().is_loopback() {
            bail!("{text:?} is refused: plain http is for loopback alone, put a TLS proxy in front of it");
        }
        Ok(Self(address))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loopback_alone() {
        for (text, taken) in [
            ("127.0.0.1:8080", true),
            ("[::1]:0", true),
            ("0.0.0.0:8080", false),
            ("192.0.2.1:80", false),
            ("localhost:8080", false),
            ("8080", false),
        ] {
            assert_eq!(text.parse::<Listen>().is_ok(), taken, "{text}");
        }
    }
}
