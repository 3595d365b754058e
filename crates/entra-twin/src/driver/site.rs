//! What a browser means by "site" and by "trustworthy".

use std::net::IpAddr;

use url::{Host, Url};

/// Scheme and registrable domain: what SameSite compares; the port does not count.
///
/// There is no public suffix list here: the last two labels of a name are taken for its registrable domain,
/// and an address or a name of one label stands for itself.
/// So `localhost` and `127.0.0.1` are two sites.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Site {
    scheme: String,
    domain: String,
}

impl Site {
    pub(crate) fn of(url: &Url) -> Self {
        let domain = match url.host() {
            Some(Host::Domain(name)) => {
                let labels: Vec<&str> = name.rsplitn(3, '.').take(2).collect();
                labels.into_iter().rev().collect::<Vec<_>>().join(".")
            }
            Some(address) => address.to_string(),
            None => String::new(),
        };
        Self { scheme: url.scheme().to_owned(), domain }
    }
}

/// Whether a browser treats the origin as secure: https, and http on loopback.
pub(crate) fn is_trustworthy(url: &Url) -> bool {
    url.scheme() == "https"
        || match url.host() {
            Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
            Some(Host::Ipv4(address)) => IpAddr::V4(address).is_loopback(),
            Some(Host::Ipv6(address)) => IpAddr::V6(address).is_loopback(),
            None => false,
        }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        Url::parse(text).unwrap()
    }

    #[test]
    fn sites() {
        for (left, right, same) in [
            ("http://localhost:1/", "http://localhost:2/a", true),
            ("http://localhost:1/", "http://127.0.0.1:1/", false),
            ("http://localhost/", "https://localhost/", false),
            ("https://a.example.com/", "https://b.example.com/", true),
            ("https://a.example.com/", "https://a.example.org/", false),
            ("http://a.localhost/", "http://b.localhost/", false),
            ("http://127.0.0.1/", "http://127.0.0.2/", false),
            ("http://[::1]:1/", "http://[::1]:2/", true),
        ] {
            assert_eq!(Site::of(&url(left)) == Site::of(&url(right)), same, "{left} {right}");
        }
    }

    #[test]
    fn trustworthy_origins() {
        for (text, expected) in [
            ("https://example.com/", true),
            ("http://example.com/", false),
            ("http://localhost:1/", true),
            ("http://a.localhost/", true),
            ("http://notlocalhost/", false),
            ("http://127.9.9.9/", true),
            ("http://[::1]/", true),
            ("http://10.0.0.1/", false),
        ] {
            assert_eq!(is_trustworthy(&url(text)), expected, "{text}");
        }
    }
}
