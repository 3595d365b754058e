use std::{fmt, str::FromStr};

use time::{Duration, OffsetDateTime};

use crate::{ConnectionId, Endpoints, IdpUrl, TenantId, UnknownName, named};

/// How long nobody but an operator can have metadata fetched again.
pub const ASK_AGAIN: Duration = Duration::minutes(10);
/// So many days before the end of a certificate it is warned of.
pub const EXPIRY_WARNINGS: [i64; 4] = [60, 30, 7, 1];

const SHORTEST: Duration = Duration::hours(1);
const LONGEST: Duration = Duration::hours(24);

/// Where the metadata of a connection are fetched anew from, and how that went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MetadataSource {
    /// The tenant of the connection.
    pub tenant: TenantId,
    /// The connection.
    pub connection: ConnectionId,
    /// Where they are.
    pub url: IdpUrl,
    /// Whether an operator must approve new keys.
    pub approval: Approval,
    /// The certificate, DER, whose key must have signed them; none where TLS alone vouches for them.
    pub signed_by: Option<Vec<u8>>,
    /// What the server said about the copy that was last taken.
    pub validators: Validators,
    /// When they were last fetched, whole and well.
    pub last_success: OffsetDateTime,
    /// How the last fetch failed, if it did.
    pub failure: Option<Failure>,
    /// When the last fetch began.
    pub last_attempt: OffsetDateTime,
    /// When the next fetch is due.
    pub next_attempt: OffsetDateTime,
    /// Addresses at another host that wait for an operator.
    pub waiting: Option<Endpoints>,
}

/// Whose keys stand at an address of metadata, as far as the address says it.
///
/// Entra has one address for a directory and one for each application in it, and signs for an application with the
/// application's own key.
///
/// ```
/// use landfall_accounts::EntraKeys;
///
/// let directory = "https://login.microsoftonline.com/T/federationmetadata/2007-06/federationmetadata.xml";
/// assert_eq!(EntraKeys::at(directory), EntraKeys::Directory);
/// assert_eq!(EntraKeys::at(&format!("{directory}?appid=A")), EntraKeys::Application);
/// assert_eq!(EntraKeys::at("https://mirror.example/contoso.xml"), EntraKeys::Unknown);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "whoever tells an operator must tell all three apart")]
pub enum EntraKeys {
    /// The application's.
    Application,
    /// The directory's, which sign nothing for an application.
    Directory,
    /// It is no address of Entra's own.
    Unknown,
}

impl EntraKeys {
    /// Where each directory has its metadata, in every cloud.
    const PATH: &str = "/federationmetadata/2007-06/federationmetadata.xml";

    /// What the address says.
    #[must_use]
    pub fn at(url: &str) -> Self {
        let before = url.split_once('#').map_or(url, |(before, _)| before);
        let (path, query) = before.split_once('?').unwrap_or((before, ""));
        if !path.to_ascii_lowercase().ends_with(Self::PATH) {
            return Self::Unknown;
        }
        let is_appid = |pair: &str| {
            pair.split_once('=')
                .is_some_and(|(name, id)| name.eq_ignore_ascii_case("appid") && !id.is_empty())
        };
        if query.split('&').any(is_appid) { Self::Application } else { Self::Directory }
    }
}

/// What an operator connects a connection to: an address that has just been fetched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Watched {
    /// Where the metadata are.
    pub url: IdpUrl,
    /// Whether an operator must approve new keys.
    pub approval: Approval,
    /// The certificate, DER, whose key must have signed them; none where TLS alone vouches for them.
    pub signed_by: Option<Vec<u8>>,
    /// What the server said about this copy.
    pub validators: Validators,
    /// When the next fetch is due.
    pub next_attempt: OffsetDateTime,
}

/// How a fetch failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// When.
    pub at: OffsetDateTime,
    /// The stable code of the reason.
    pub code: String,
}

/// What a server says about a copy, so that it can say later that it is current: sent back as it came.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Validators {
    /// `ETag`.
    pub etag: Option<String>,
    /// `Last-Modified`.
    pub last_modified: Option<String>,
}

/// What becomes of a key that fetched metadata list and that is not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "the decision of a refresh must handle every value")]
pub enum Approval {
    /// `approve`: it waits for an operator.
    Approve,
    /// `auto`: it counts at once.
    ///
    /// # Security
    /// Whoever can write at that address signs for the connection: for hosts that the operator lists.
    Auto,
}

impl Approval {
    const ALL: [Self; 2] = [Self::Approve, Self::Auto];

    /// The stable name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Approve => "approve",
            Self::Auto => "auto",
        }
    }
}

impl fmt::Display for Approval {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Approval {
    type Err = UnknownName;

    fn from_str(text: &str) -> Result<Self, UnknownName> {
        named::find("way to take new keys", text, &Self::ALL, Self::name)
    }
}

/// When metadata are due that were just fetched: in a day or after their `cacheDuration`, 1 to 24 hours,
/// and up to a tenth earlier, so that not all connections are due at once.
///
/// `jitter` is random.
///
/// ```
/// use landfall_accounts::next_fetch;
/// use time::{Duration, macros::datetime};
///
/// let now = datetime!(2030-01-02 03:04:05 UTC);
/// assert_eq!(next_fetch(now, None, 0), now + Duration::DAY);
/// assert_eq!(next_fetch(now, Some(Duration::SECOND), u16::MAX), now + Duration::HOUR);
/// ```
#[must_use]
pub fn next_fetch(now: OffsetDateTime, cache_duration: Option<Duration>, jitter: u16) -> OffsetDateTime {
    let interval = cache_duration.unwrap_or(LONGEST).clamp(SHORTEST, LONGEST);
    let earlier = interval * tenth(jitter);
    now.saturating_add((interval - earlier).max(SHORTEST))
}

/// When a fetch is tried again that failed: in an hour, and up to a tenth earlier.
#[must_use]
pub fn next_try(now: OffsetDateTime, jitter: u16) -> OffsetDateTime {
    now.saturating_add(SHORTEST - SHORTEST * tenth(jitter))
}

fn tenth(jitter: u16) -> f64 {
    f64::from(jitter) / f64::from(u16::MAX) / 10.0
}

/// Which of [`EXPIRY_WARNINGS`] it is time for: the days that a certificate has left, rounded up to one of them.
///
/// ```
/// use landfall_accounts::expiry_warning;
/// use time::{Duration, macros::datetime};
///
/// let now = datetime!(2030-01-02 03:04:05 UTC);
/// assert_eq!(expiry_warning(now + Duration::days(61), now), None);
/// assert_eq!(expiry_warning(now + Duration::days(29), now), Some(30));
/// ```
#[must_use]
pub fn expiry_warning(not_after: OffsetDateTime, now: OffsetDateTime) -> Option<i64> {
    EXPIRY_WARNINGS.into_iter().rev().find(|days| not_after - now <= Duration::days(*days))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::NOW;

    #[test]
    fn names_round_trip() {
        for approval in Approval::ALL {
            assert_eq!(approval.to_string().parse(), Ok(approval));
        }
        assert_eq!("never".parse::<Approval>().unwrap_err().valid, ["approve", "auto"]);
    }

    #[test]
    fn a_fetch_is_due_between_an_hour_and_a_day_after_the_last() {
        let (hour, day) = (Duration::HOUR, Duration::DAY);
        for (cache_duration, jitter, expected) in [
            (None, 0, day),
            (None, u16::MAX, day - day / 10),
            (Some(day * 30), 0, day),
            (Some(Duration::ZERO), 0, hour),
            (Some(-day), u16::MAX, hour),
            (Some(hour), u16::MAX, hour),
            (Some(hour * 5), 0, hour * 5),
            (Some(hour * 5), u16::MAX, hour * 5 - Duration::minutes(30)),
            (Some(Duration::MAX), 0, day),
        ] {
            assert_eq!(
                next_fetch(NOW, cache_duration, jitter),
                NOW + expected,
                "{cache_duration:?} {jitter}"
            );
        }
        assert_eq!(next_try(NOW, 0), NOW + hour);
        assert_eq!(next_try(NOW, u16::MAX), NOW + hour - Duration::minutes(6));
    }

    #[test]
    fn a_certificate_is_warned_of_four_times() {
        let left = |left| expiry_warning(NOW + left, NOW);
        let (day, second) = (Duration::DAY, Duration::SECOND);
        for days in [60, 30, 7, 1] {
            assert_eq!(left(day * days as i32), Some(days));
        }
        assert_eq!(left(day * 60 + second), None);
        assert_eq!(left(day * 30 + second), Some(60));
        assert_eq!(left(day * 7 + second), Some(30));
        assert_eq!(left(day + second), Some(7));
        assert_eq!(left(-day), Some(1), "and also where it was first seen after its end");
    }
}
