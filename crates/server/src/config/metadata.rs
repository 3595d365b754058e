//! `[metadata]`: where metadata may be fetched from beyond public addresses, whose keys may count at once, and how much may come.

use anyhow::{Result, bail};
use serde::Deserialize;
use url::Url;

use crate::metadata::{Most, Rules};

/// What the file and the environment may say.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Raw {
    auto_hosts: Option<Vec<String>>,
    allow_private: Option<Vec<String>>,
    max_bytes: Option<u64>,
}

impl Raw {
    pub(super) fn check(self) -> Result<Rules> {
        let mut rules = Rules::default();
        for host in self.auto_hosts.unwrap_or_default() {
            // As it stands in an address, so that it can be compared.
            let url = Url::parse(&format!("https://{host}/"));
            if !plain(&host) || url.ok().and_then(|url| Some(url.host_str()? == host)) != Some(true) {
                bail!(
                    "metadata.auto_hosts: {host:?} is refused: write a host alone, in lower case, such as \"idp.example\""
                );
            }
            rules.auto_hosts.insert(host);
        }
        for place in self.allow_private.unwrap_or_default() {
            let url = Url::parse(&format!("https://{place}/"));
            let written = url
                .ok()
                .and_then(|url| Some(format!("{}:{}", url.host_str()?, url.port_or_known_default()?)));
            if !plain(&place) || written.as_deref() != Some(place.as_str()) {
                bail!(
                    "metadata.allow_private: {place:?} is refused: write host and port, such as \"idp.internal:443\""
                );
            }
            rules.allow_private.insert(place);
        }
        if let Some(bytes) = self.max_bytes {
            let Some(most) = Most::new(bytes) else {
                bail!("metadata.max_bytes: {bytes} is refused: write 1048576 (1 MiB) to 268435456 (256 MiB)");
            };
            rules.most = most;
        }
        Ok(rules)
    }
}

/// No pattern: it is compared, letter by letter.
fn plain(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._[]:".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_and_ports_are_written_as_addresses_have_them() {
        let auto = |host: &str| Raw { auto_hosts: Some(vec![host.to_owned()]), ..Raw::default() }.check();
        for host in ["idp.example", "192.0.2.1", "[2001:db8::1]"] {
            assert!(auto(host).unwrap().auto_hosts.contains(host));
        }
        for host in
            ["", "*", "IDP.example", "idp.example:443", "https://idp.example", "idp.example/", "a@b", "1"]
        {
            assert!(auto(host).unwrap_err().to_string().contains("metadata.auto_hosts"), "{host}");
        }
        let private =
            |place: &str| Raw { allow_private: Some(vec![place.to_owned()]), ..Raw::default() }.check();
        for place in ["127.0.0.1:8080", "idp.internal:443", "[::1]:80"] {
            assert!(private(place).unwrap().allow_private.contains(place));
        }
        for place in
            ["", "127.0.0.1", "idp.internal", "IDP.internal:443", "http://127.0.0.1:80", "127.1:80", ":80"]
        {
            assert!(private(place).unwrap_err().to_string().contains("metadata.allow_private"), "{place}");
        }
    }

    #[test]
    fn f8_the_size_has_bounds() {
        let most = |bytes| Raw { max_bytes: bytes, ..Raw::default() }.check().map(|rules| rules.most.bytes());
        assert_eq!(most(None).unwrap(), 16 << 20);
        for bytes in [1 << 20, 256 << 20] {
            assert_eq!(most(Some(bytes)).unwrap(), bytes);
        }
        for bytes in [0, (1 << 20) - 1, (256 << 20) + 1, u64::MAX] {
            assert!(most(Some(bytes)).unwrap_err().to_string().contains("metadata.max_bytes"), "{bytes}");
        }
    }
}
