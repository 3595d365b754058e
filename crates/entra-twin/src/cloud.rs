//! The clouds of Entra, each with hosts of its own.

use serde::{Deserialize, Serialize};

/// A cloud of Entra.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Cloud {
    /// Everybody's.
    #[default]
    Global,
    /// That of the United States' authorities.
    UsGovernment,
    /// That in China.
    China,
}

impl Cloud {
    const ALL: [Self; 3] = [Self::Global, Self::UsGovernment, Self::China];

    /// The host of issuers.
    pub(crate) fn issuer_host(self) -> &'static str {
        match self {
            Self::Global | Self::UsGovernment => "sts.windows.net",
            Self::China => "sts.chinacloudapi.cn",
        }
    }

    /// The host of sign-in pages and metadata, which answers to logout requests by that name.
    pub(crate) fn login_host(self) -> &'static str {
        match self {
            Self::Global => "login.microsoftonline.com",
            Self::UsGovernment => "login.microsoftonline.us",
            Self::China => "login.partner.microsoftonline.cn",
        }
    }

    /// Whether an issuer is a tenant of any of them.
    pub(crate) fn is_issuer(name: &str) -> bool {
        let rest = name.strip_prefix("https://");
        rest.and_then(|rest| rest.split_once('/'))
            .is_some_and(|(host, _)| Self::ALL.iter().any(|cloud| cloud.issuer_host() == host))
    }
}
