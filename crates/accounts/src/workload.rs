use std::{fmt, str::FromStr};

use crate::{Connection, ConnectionKind, EntraTenantId};

/// Who signs the assertions of Entra's own workloads: `https://HOST/DIRECTORY/v2.0`, of one directory in one cloud.
///
/// ```
/// use landfall_accounts::WorkloadIssuer;
///
/// let issuer = "https://login.microsoftonline.com/11111111-2222-4333-8444-555555555555/v2.0";
/// let issuer: WorkloadIssuer = issuer.parse()?;
/// assert!(issuer.keys_url().ends_with("/discovery/v2.0/keys"));
/// # Ok::<(), landfall_accounts::NotAWorkloadIssuer>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct WorkloadIssuer {
    host: &'static str,
    tid: EntraTenantId,
}

const GLOBAL: &str = "login.microsoftonline.com";
const US_GOVERNMENT: &str = "login.microsoftonline.us";
const CHINA: &str = "login.partner.microsoftonline.cn";

impl WorkloadIssuer {
    /// The issuer of the directory behind an Entra connection; none behind another one.
    ///
    /// The name of the directory's identity provider tells China's cloud, and its sign-on address that of the US Government.
    ///
    /// # Security
    /// The directory is the connection's own: no setting names another one [attack H1].
    #[must_use]
    pub fn of(connection: &Connection) -> Option<Self> {
        let ConnectionKind::Entra { tid } = &connection.kind else { return None };
        let at = |host: &str| {
            connection.idp.sso.iter().any(|sso| sso.location.origin() == format!("https://{host}"))
        };
        let host = match connection.idp.entity_id.as_str() {
            china if china.starts_with("https://sts.chinacloudapi.cn/") => CHINA,
            _ if at(US_GOVERNMENT) => US_GOVERNMENT,
            _ => GLOBAL,
        };
        Some(Self { host, tid: *tid })
    }

    /// Where it publishes its keys.
    ///
    /// # Security
    /// It follows from the connection: no address in an assertion is looked at.
    #[must_use]
    pub fn keys_url(&self) -> String {
        format!("https://{}/{}/discovery/v2.0/keys", self.host, self.tid)
    }

    /// The directory.
    #[must_use]
    pub fn directory(&self) -> EntraTenantId {
        self.tid
    }
}

/// As it stands in an assertion.
impl fmt::Display for WorkloadIssuer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "https://{}/{}/v2.0", self.host, self.tid)
    }
}

impl FromStr for WorkloadIssuer {
    type Err = NotAWorkloadIssuer;

    fn from_str(text: &str) -> Result<Self, NotAWorkloadIssuer> {
        let place = text.strip_prefix("https://").and_then(|rest| rest.strip_suffix("/v2.0"));
        let (host, tid) = place.and_then(|place| place.split_once('/')).ok_or(NotAWorkloadIssuer)?;
        let host = [GLOBAL, US_GOVERNMENT, CHINA].into_iter().find(|known| *known == host);
        let issuer =
            Self { host: host.ok_or(NotAWorkloadIssuer)?, tid: tid.parse().map_err(|_| NotAWorkloadIssuer)? };
        // Exactly as it is written: it is compared so.
        if issuer.to_string() == text { Ok(issuer) } else { Err(NotAWorkloadIssuer) }
    }
}

/// A text that is no issuer of workloads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected https://login.microsoftonline.com/DIRECTORY/v2.0, or the same at a national cloud's host")]
pub struct NotAWorkloadIssuer;

/// Which assertions speak for a client: all three claims must be these, exactly [rfc7523 3].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trust {
    /// `iss`.
    pub issuer: WorkloadIssuer,
    /// `sub`: the object id of the workload.
    pub subject: TrustedClaim,
    /// `aud`: for whom the assertion must be.
    pub audience: TrustedClaim,
}

/// A value that a claim must have: 1 to 512 characters without blanks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrustedClaim(String);

impl TrustedClaim {
    /// The text, exactly.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for TrustedClaim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for TrustedClaim {
    type Err = NotAClaim;

    fn from_str(text: &str) -> Result<Self, NotAClaim> {
        let blank = |char: char| char.is_whitespace() || char.is_control();
        if text.is_empty() || text.chars().count() > 512 || text.chars().any(blank) {
            return Err(NotAClaim);
        }
        Ok(Self(text.to_owned()))
    }
}

/// A text that no claim should have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected 1 to 512 characters without blanks, exactly as the assertion has them")]
pub struct NotAClaim;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        IdpBinding, IdpUrl, SsoEndpoint,
        testing::{self, TID},
    };

    #[test]
    fn the_issuer_is_of_the_directory_and_the_cloud_of_its_connection() {
        let mut connection = testing::entra_connection();
        let issuer = |connection: &Connection| WorkloadIssuer::of(connection).unwrap().to_string();
        assert_eq!(issuer(&connection), format!("https://login.microsoftonline.com/{TID}/v2.0"));
        let keys = WorkloadIssuer::of(&connection).unwrap().keys_url();
        assert_eq!(keys, format!("https://login.microsoftonline.com/{TID}/discovery/v2.0/keys"));
        let sso = |url: &str| SsoEndpoint { binding: IdpBinding::Redirect, location: IdpUrl::new(url) };
        connection.idp.sso = vec![sso(&format!("https://login.microsoftonline.us/{TID}/saml2"))];
        assert_eq!(issuer(&connection), format!("https://login.microsoftonline.us/{TID}/v2.0"));
        connection.idp.sso = vec![sso("https://login.microsoftonline.us.evil.example/saml2")];
        assert_eq!(issuer(&connection), format!("https://login.microsoftonline.com/{TID}/v2.0"));
        connection.idp.entity_id = format!("https://sts.chinacloudapi.cn/{TID}/").parse().unwrap();
        assert_eq!(issuer(&connection), format!("https://login.partner.microsoftonline.cn/{TID}/v2.0"));
        assert_eq!(WorkloadIssuer::of(&testing::other_connection()), None);
    }

    #[test]
    fn nothing_else_is_an_issuer() {
        let right = format!("https://login.microsoftonline.com/{TID}/v2.0");
        assert_eq!(right.parse::<WorkloadIssuer>().unwrap().to_string(), right);
        for wrong in [
            String::new(),
            format!("{right}/"),
            right.replace("v2.0", "v1.0"),
            right.replace("https", "http"),
            right.replace(".com", ".com.evil.example"),
            right.replace(TID, "common"),
            right.replace(TID, &TID.to_uppercase()),
            right.replace("login", "LOGIN"),
            format!("https://sts.windows.net/{TID}/"),
        ] {
            assert!(wrong.parse::<WorkloadIssuer>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn trusted_claims_have_no_blanks() {
        assert_eq!("api://landfall".parse::<TrustedClaim>().unwrap().as_str(), "api://landfall");
        for wrong in ["", " ", "a b", "a\n", &"x".repeat(513)] {
            assert_eq!(wrong.parse::<TrustedClaim>(), Err(NotAClaim), "{wrong:?}");
        }
    }
}
