//! How far the clock of an identity provider is from ours, as logins show it.

use time::{Duration, OffsetDateTime};

/// Two logins of one key: the last that was written down, and the one of a day whose message came the fastest.
///
/// Each shows how far the identity provider's clock is ahead of ours, less the time that the message took;
/// so the greatest of a day is the nearest to the truth, and what is below zero may be a person who waited.
///
/// ```
/// use landfall_accounts::ClockSkew;
/// use time::{Duration, macros::datetime};
///
/// let now = datetime!(2030-01-02 03:04:05 UTC);
/// let first = ClockSkew::seen(None, Duration::seconds(-2), now).ok_or("nothing was known before")?;
/// assert_eq!(ClockSkew::seen(Some(first), Duration::seconds(-9), now), None, "a message that took longer");
/// let second = ClockSkew::seen(Some(first), Duration::seconds(42), now).ok_or("its clock is ahead")?;
/// assert_eq!(second.most, Duration::seconds(42));
/// # Ok::<(), &str>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "a store writes each field")]
pub struct ClockSkew {
    /// How far it was ahead at the last login that was written down.
    pub last: Duration,
    /// When that was.
    pub last_seen: OffsetDateTime,
    /// The greatest of a day.
    pub most: Duration,
    /// When that was.
    pub most_seen: OffsetDateTime,
}

impl ClockSkew {
    /// How often a login that shows nothing new is written down.
    const EVERY: Duration = Duration::HOUR;
    /// How long the greatest counts.
    const DAY: Duration = Duration::DAY;
    /// By how much a login must show more to be written down at once: so few do.
    const MORE: Duration = Duration::SECOND;

    /// What is known once a login shows that it is so far `ahead`; none if that need not be written down.
    #[must_use]
    pub fn seen(before: Option<Self>, ahead: Duration, now: OffsetDateTime) -> Option<Self> {
        let this = Self { last: ahead, last_seen: now, most: ahead, most_seen: now };
        let Some(before) = before else { return Some(this) };
        if ahead >= before.most + Self::MORE || before.most_seen + Self::DAY <= now {
            return Some(this);
        }
        let later = Self { last: ahead, last_seen: now, ..before };
        (before.last_seen + Self::EVERY <= now).then_some(later)
    }
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    const NOW: OffsetDateTime = datetime!(2030-01-02 03:04:05 UTC);

    fn at(most: i64, last: i64) -> ClockSkew {
        let (most, last) = (Duration::seconds(most), Duration::seconds(last));
        ClockSkew { last, last_seen: NOW, most, most_seen: NOW }
    }

    #[test]
    fn what_shows_more_counts_at_once_and_the_rest_once_an_hour() {
        let seen = |ahead: i64, after: Duration| {
            ClockSkew::seen(Some(at(10, 5)), Duration::seconds(ahead), NOW + after)
        };
        assert_eq!(seen(11, Duration::ZERO), Some(at(11, 11)));
        assert_eq!(seen(10, Duration::ZERO), None);
        assert_eq!(seen(-300, Duration::minutes(59)), None);
        let hour = NOW + Duration::HOUR;
        assert_eq!(seen(3, Duration::HOUR), Some(ClockSkew { last_seen: hour, ..at(10, 3) }));
    }

    #[test]
    fn the_greatest_counts_for_a_day() {
        let day = NOW + Duration::DAY;
        let seen = |now| ClockSkew::seen(Some(at(50, 50)), Duration::seconds(-1), now);
        assert_eq!(seen(day - Duration::SECOND).unwrap().most, Duration::seconds(50));
        let next = seen(day).unwrap();
        assert_eq!((next.most, next.most_seen), (Duration::seconds(-1), day));
    }
}
