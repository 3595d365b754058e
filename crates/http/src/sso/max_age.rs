//! How long ago a person may have proved who they are, as a link says by `max_age`, in the words of OpenID Connect.

use std::fmt;

use landfall_accounts::SignedIn;
use landfall_saml::{Policy, RequestOptions};
use time::{Duration, OffsetDateTime};

use crate::error::LoginError;

/// Whole seconds.
///
/// # Security
/// Whoever has the link can leave it out: what it guards must look at the time of the authentication itself.
/// Once a login is begun with it, it is kept with the request here, and nothing that a browser brings takes it away [attack E23].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct MaxAge(u32);

impl MaxAge {
    /// A sign-in that is new.
    pub(crate) const ANEW: Self = Self(0);

    /// Reads the parameter of a link or form, which may be absent.
    pub(crate) fn read(text: Option<&str>) -> Result<Option<Self>, LoginError> {
        let Some(text) = text else { return Ok(None) };
        let plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        let seconds = text.parse().ok().filter(|_| plain);
        seconds
            .map(|seconds| Some(Self(seconds)))
            .ok_or_else(|| LoginError::MaxAge { found: text.chars().take(40).collect() })
    }

    /// What the identity provider is asked for; `0` is a sign-in that is new, however long its answer takes.
    pub(super) fn asked(self, options: RequestOptions) -> RequestOptions {
        if self.0 == 0 { options.forcing_authn() } else { options.with_max_age(self.as_duration()) }
    }

    fn as_duration(self) -> Duration {
        Duration::seconds(self.0.into())
    }

    /// Whether a session is good enough as it is; with `0` none is.
    ///
    /// The identity provider's clock may be apart from ours: an answer that is taken is never too old at the next request.
    pub(super) fn admits(self, signed_in: &SignedIn, now: OffsetDateTime) -> bool {
        let authentication = signed_in.session.authentication.as_ref();
        self.0 > 0 && authentication.is_some_and(|one| one.is_within(self.as_duration(), Policy::SKEW, now))
    }

    /// The same without regard to clocks: for a request that does not come back with the age once its sign-in is over,
    /// so that who is asked once too often is not asked again.
    pub(crate) fn is_met_by(self, signed_in: &SignedIn, now: OffsetDateTime) -> bool {
        let authentication = signed_in.session.authentication.as_ref();
        self.0 > 0 && authentication.is_some_and(|one| one.is_within(self.as_duration(), Duration::ZERO, now))
    }
}

impl From<Duration> for MaxAge {
    /// Of what was kept with a request; more than fits is as good as no bound.
    fn from(age: Duration) -> Self {
        Self(u32::try_from(age.whole_seconds()).unwrap_or(u32::MAX))
    }
}

impl fmt::Display for MaxAge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_a_number_of_seconds() {
        for text in ["0", "300", "4294967295"] {
            assert_eq!(MaxAge::read(Some(text)).unwrap().unwrap().to_string(), text);
        }
        for text in ["", "-1", "+1", "5m", "1.5", " 1", "4294967296"] {
            assert_eq!(MaxAge::read(Some(text)).unwrap_err().code(), "max_age", "{text:?}");
        }
        assert_eq!(MaxAge::read(None).unwrap(), None);
    }
}
