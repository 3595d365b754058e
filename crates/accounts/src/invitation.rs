use std::{fmt, str::FromStr};

use time::Duration;

use crate::{UnknownName, User, UserState, named};

/// How long the link of an invitation can be redeemed: more than nothing, and at most [`InvitationLifetime::LONGEST`].
///
/// ```
/// use landfall_accounts::InvitationLifetime;
/// use time::Duration;
///
/// assert_eq!(InvitationLifetime::default().as_duration(), Duration::days(7));
/// assert!(InvitationLifetime::new(Duration::days(31)).is_err());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvitationLifetime(Duration);

impl InvitationLifetime {
    /// The longest one.
    pub const LONGEST: Duration = Duration::days(30);

    /// Takes a time.
    ///
    /// # Errors
    /// [`InvitationLifetimeError`] for no time at all or more than [`InvitationLifetime::LONGEST`].
    pub fn new(lasting: Duration) -> Result<Self, InvitationLifetimeError> {
        if lasting <= Duration::ZERO || lasting > Self::LONGEST {
            return Err(InvitationLifetimeError { got: lasting });
        }
        Ok(Self(lasting))
    }

    /// The time.
    #[must_use]
    pub fn as_duration(self) -> Duration {
        self.0
    }
}

impl Default for InvitationLifetime {
    fn default() -> Self {
        Self(Duration::days(7))
    }
}

/// No time that an invitation can last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an invitation cannot last {got}: name a time of at most 30d, such as 7d")]
pub struct InvitationLifetimeError {
    /// The time that was given.
    pub got: Duration,
}

/// What ended an invitation before its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "whoever says why a link is dead must handle every end")]
pub enum InvitationEnd {
    /// It was redeemed.
    Used,
    /// An operator took it back.
    Withdrawn,
    /// The person got a new one.
    Replaced,
}

impl InvitationEnd {
    const ALL: [Self; 3] = [Self::Used, Self::Withdrawn, Self::Replaced];

    /// The stable name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Used => "used",
            Self::Withdrawn => "withdrawn",
            Self::Replaced => "replaced",
        }
    }
}

impl fmt::Display for InvitationEnd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for InvitationEnd {
    type Err = UnknownName;

    fn from_str(text: &str) -> Result<Self, UnknownName> {
        named::find("end of an invitation", text, &Self::ALL, Self::name)
    }
}

/// Why a link is not redeemed.
///
/// # Security
/// This is for operators: a browser reads the same sentence for each [attack E20].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvitationRefusal {
    /// Nobody made it, or it ended so long ago that it is forgotten.
    #[error("no invitation that is known has this link: invite the person again")]
    Unknown,
    /// It was redeemed before.
    #[error("the invitation was used before: the account is active, and the person signs in")]
    Used,
    /// An operator took it back.
    #[error("the invitation was withdrawn: invite the person again if they shall come")]
    Withdrawn,
    /// There is a later one.
    #[error("the person got another invitation after this one: only the last one counts")]
    Replaced,
    /// Its time is over.
    #[error("the invitation has expired: invite the person again")]
    Expired,
    /// The account does not wait for activation any more.
    #[error("the account is {state}, and an invitation activates one that is pending")]
    NotPending {
        /// Its state.
        state: UserState,
    },
}

impl InvitationRefusal {
    /// The stable code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Unknown => "invitation.unknown",
            Self::Used => "invitation.used",
            Self::Withdrawn => "invitation.withdrawn",
            Self::Replaced => "invitation.replaced",
            Self::Expired => "invitation.expired",
            Self::NotPending { .. } => "invitation.not_pending",
        }
    }
}

impl From<InvitationEnd> for InvitationRefusal {
    fn from(end: InvitationEnd) -> Self {
        match end {
            InvitationEnd::Used => Self::Used,
            InvitationEnd::Withdrawn => Self::Withdrawn,
            InvitationEnd::Replaced => Self::Replaced,
        }
    }
}

/// What became of a link that somebody redeemed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
#[expect(clippy::exhaustive_enums, reason = "the page must handle both")]
pub enum Redeemed {
    /// The account is active now, and its person can sign in.
    Activated(Box<User>),
    /// Nothing was changed.
    Refused(InvitationRefusal),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_invitation_lasts_more_than_nothing_and_at_most_thirty_days() {
        for (lasting, fine) in [
            (Duration::days(30), true),
            (Duration::seconds(1), true),
            (Duration::days(30) + Duration::seconds(1), false),
            (Duration::ZERO, false),
            (Duration::days(-1), false),
        ] {
            assert_eq!(InvitationLifetime::new(lasting).is_ok(), fine, "{lasting}");
        }
    }

    #[test]
    fn ends_round_trip_and_say_why() {
        for end in InvitationEnd::ALL {
            assert_eq!(end.to_string().parse(), Ok(end));
            assert_eq!(InvitationRefusal::from(end).code(), format!("invitation.{end}"));
        }
    }
}
