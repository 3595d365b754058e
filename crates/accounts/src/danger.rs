use std::{fmt, str::FromStr};

use time::{Duration, OffsetDateTime};

use crate::{Connection, UnknownName, named};

/// A demand on the messages of an identity provider that a connection can be freed from, for a while and for a reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "whoever judges responses must handle every one")]
pub enum Danger {
    /// `sha1`: SHA-1 in digests and signatures counts, of responses and of logout messages.
    Sha1,
    /// `short-rsa`: RSA keys from 1024 bits on count.
    ShortRsa,
    /// `empty-reference`: a signature may refer to the whole document instead of its element's ID.
    EmptyReference,
    /// `other-c14n`: canonicalization may be inclusive, 1.0 or 1.1, and may keep comments.
    OtherC14n,
    /// `missing-audience`: an assertion need not say for whom it is.
    MissingAudience,
}

impl Danger {
    const ALL: [Self; 5] =
        [Self::Sha1, Self::ShortRsa, Self::EmptyReference, Self::OtherC14n, Self::MissingAudience];

    /// The stable name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Sha1 => "sha1",
            Self::ShortRsa => "short-rsa",
            Self::EmptyReference => "empty-reference",
            Self::OtherC14n => "other-c14n",
            Self::MissingAudience => "missing-audience",
        }
    }
}

impl fmt::Display for Danger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Danger {
    type Err = UnknownName;

    fn from_str(text: &str) -> Result<Self, UnknownName> {
        named::find("dangerous setting", text, &Self::ALL, Self::name)
    }
}

/// One demand that a connection is freed from, with why and until when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Weakening {
    danger: Danger,
    reason: String,
    until: OffsetDateTime,
}

impl Weakening {
    /// Longest time for which a demand can be dropped at once: then somebody must give a reason again.
    pub const LONGEST: Duration = Duration::days(366);

    /// Frees from one demand until `until`, exclusive.
    ///
    /// # Errors
    /// [`WeakeningError`] without a reason, for a time that has passed, and for one more than a year ahead.
    ///
    /// ```
    /// use landfall_accounts::{Danger, Weakening};
    /// use time::macros::datetime;
    ///
    /// let (now, until) = (datetime!(2030-01-02 03:04:05 UTC), datetime!(2030-06-30 00:00 UTC));
    /// assert!(Weakening::new(Danger::Sha1, "their IdP is upgraded in June", until, now).is_ok());
    /// assert!(Weakening::new(Danger::Sha1, " ", until, now).is_err());
    /// ```
    pub fn new(
        danger: Danger,
        reason: &str,
        until: OffsetDateTime,
        now: OffsetDateTime,
    ) -> Result<Self, WeakeningError> {
        let reason = reason.trim();
        if reason.is_empty() || reason.chars().count() > 200 || reason.chars().any(char::is_control) {
            return Err(WeakeningError::Reason);
        }
        if until <= now || until > now + Self::LONGEST {
            return Err(WeakeningError::Until { until, now });
        }
        Ok(Self { danger, reason: reason.to_owned(), until })
    }

    /// Takes what a store kept.
    #[must_use]
    pub fn kept(danger: Danger, reason: String, until: OffsetDateTime) -> Self {
        Self { danger, reason, until }
    }

    /// The demand.
    #[must_use]
    pub fn danger(&self) -> Danger {
        self.danger
    }

    /// Why it is dropped.
    #[must_use]
    pub fn reason(&self) -> &str {
        &self.reason
    }

    /// When it holds again.
    #[must_use]
    pub fn until(&self) -> OffsetDateTime {
        self.until
    }
}

impl Connection {
    /// The demands that this connection is freed from now; one that has run out is in force again by itself.
    pub fn dangers(&self, now: OffsetDateTime) -> impl Iterator<Item = Danger> {
        self.weakenings
            .iter()
            .filter(move |weakening| now < weakening.until)
            .map(|weakening| weakening.danger)
    }
}

/// Why a demand is not dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WeakeningError {
    /// Nobody says why.
    #[error("give the reason in one line of 1 to 200 characters: whoever reads it later must know why")]
    Reason,
    /// Not a time that can be.
    #[error("until {until} is refused, now is {now}: name a day within the next 366")]
    Until {
        /// The time that was given.
        until: OffsetDateTime,
        /// Our time.
        now: OffsetDateTime,
    },
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;
    use crate::testing;

    const NOW: OffsetDateTime = datetime!(2030-01-02 03:04:05 UTC);

    #[test]
    fn a_reason_and_a_near_end_are_needed() {
        let at = |days: i64| Weakening::new(Danger::Sha1, "why", NOW + Duration::days(days), NOW);
        assert!(at(1).is_ok() && at(366).is_ok());
        for days in [-1, 0, 367] {
            assert!(matches!(at(days), Err(WeakeningError::Until { .. })), "{days}");
        }
        for reason in ["", " \t", "a\nb", &"x".repeat(201)] {
            assert_eq!(
                Weakening::new(Danger::Sha1, reason, NOW + Duration::DAY, NOW),
                Err(WeakeningError::Reason)
            );
        }
    }

    #[test]
    fn what_has_run_out_is_in_force_again() {
        let mut connection = testing::entra_connection();
        connection.weakenings =
            vec![Weakening::new(Danger::ShortRsa, "why", NOW + Duration::DAY, NOW).unwrap()];
        let at = |now| connection.dangers(now).collect::<Vec<_>>();
        assert_eq!(at(NOW + Duration::DAY - Duration::MILLISECOND), [Danger::ShortRsa]);
        assert!(at(NOW + Duration::DAY).is_empty());
    }

    #[test]
    fn names_round_trip() {
        for danger in Danger::ALL {
            assert_eq!(danger.to_string().parse(), Ok(danger));
        }
    }
}
