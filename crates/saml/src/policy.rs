//! What a connection demands of a message beyond the profile.

use landfall_xmldsig::AlgorithmPolicy;
use time::Duration;

/// What becomes of a response that answers no request of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Unsolicited {
    /// It is refused.
    Refuse,
    /// It is verified whole, opens nothing, and a login that we begin takes its place.
    Restart,
    /// It is accepted as a login.
    ///
    /// # Security
    /// Anybody can post a response of his own into somebody else's browser:
    /// ask the person before it replaces another person's session.
    Accept,
}

/// What the dates of the signer's own certificate mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CertificateDates {
    /// Outside them the signature counts for nothing, as Entra's own validation asks.
    Refuse,
    /// They are noted in the [`Decision`](crate::Decision), and the key counts.
    Warn,
}

/// The choices of one connection; the rules of the profile are no choice.
///
/// ```
/// use landfall_saml::{CertificateDates, Policy, Unsolicited};
///
/// let policy = Policy::new(Unsolicited::Restart, CertificateDates::Refuse);
/// assert_eq!(policy.skew(), time::Duration::seconds(60));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy {
    unsolicited: Unsolicited,
    certificate_dates: CertificateDates,
    algorithms: AlgorithmPolicy,
    audience: Audience,
}

/// Whether an assertion must say for whom it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Audience {
    Required,
    Optional,
}

impl Policy {
    /// How far the identity provider's clock may be from ours, either way.
    pub const SKEW: Duration = Duration::seconds(60);
    /// The latest that an assertion may end, from now: longer would have to be remembered longer against replay.
    pub const LONGEST: Duration = Duration::hours(25);

    /// How long a logout message may be on its way: a browser carries it at once.
    pub const LOGOUT_AGE: Duration = Duration::minutes(10);

    /// Both choices must be made: neither has a harmless default.
    #[must_use]
    pub const fn new(unsolicited: Unsolicited, certificate_dates: CertificateDates) -> Self {
        Self {
            unsolicited,
            certificate_dates,
            algorithms: AlgorithmPolicy::strict(),
            audience: Audience::Required,
        }
    }

    /// Opens what an [`AlgorithmPolicy`] opens.
    ///
    /// # Security
    /// Each `danger_*` method of it says what is given up.
    #[must_use]
    pub const fn danger_algorithms(self, algorithms: AlgorithmPolicy) -> Self {
        Self { algorithms, ..self }
    }

    /// Accepts an assertion that has no AudienceRestriction at all; one that has any must name us all the same.
    ///
    /// # Security
    /// Whatever the identity provider signs for another service provider without naming it is then good for us too,
    /// as far as Recipient and Destination let it through.
    #[must_use]
    pub const fn danger_allow_missing_audience(self) -> Self {
        Self { audience: Audience::Optional, ..self }
    }

    pub(crate) const fn audience(&self) -> Audience {
        self.audience
    }

    pub(crate) const fn algorithms(&self) -> AlgorithmPolicy {
        self.algorithms
    }

    /// The same demands, with another choice for responses that answer no request.
    #[must_use]
    pub const fn with_unsolicited(self, unsolicited: Unsolicited) -> Self {
        Self { unsolicited, ..self }
    }

    /// What becomes of a response that answers no request.
    #[must_use]
    pub const fn unsolicited(&self) -> Unsolicited {
        self.unsolicited
    }

    /// What the dates of the signer's certificate mean.
    #[must_use]
    pub const fn certificate_dates(&self) -> CertificateDates {
        self.certificate_dates
    }

    /// How far the two clocks may be apart.
    #[must_use]
    pub const fn skew(&self) -> Duration {
        Self::SKEW
    }
}
