use std::fmt;

use time::{Duration, OffsetDateTime};

use crate::{Connection, ConnectionId, TenantId, TraceId};

/// Until when the messages of a connection are kept, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TraceWindow {
    until: OffsetDateTime,
    reason: Option<String>,
}

impl TraceWindow {
    /// Longest time for which messages are kept at once: then somebody must ask for it again.
    pub const LONGEST: Duration = Duration::hours(72);

    /// Keeps messages for so long from now on.
    ///
    /// # Errors
    /// [`TraceWindowError`] for no time at all or more than [`TraceWindow::LONGEST`], and for a reason that is not one line.
    ///
    /// ```
    /// use landfall_accounts::TraceWindow;
    /// use time::{Duration, macros::datetime};
    ///
    /// let now = datetime!(2030-01-02 03:04:05 UTC);
    /// let window = TraceWindow::new(Duration::hours(24), Some("ticket 17"), now)?;
    /// assert_eq!(window.until(), datetime!(2030-01-03 03:04:05 UTC));
    /// assert!(TraceWindow::new(Duration::hours(73), None, now).is_err());
    /// # Ok::<(), landfall_accounts::TraceWindowError>(())
    /// ```
    pub fn new(
        lasting: Duration,
        reason: Option<&str>,
        now: OffsetDateTime,
    ) -> Result<Self, TraceWindowError> {
        if lasting <= Duration::ZERO || lasting > Self::LONGEST {
            return Err(TraceWindowError::Length { got: lasting });
        }
        let reason = reason.map(str::trim);
        let one_line = |reason: &str| {
            !reason.is_empty() && reason.chars().count() <= 200 && !reason.chars().any(char::is_control)
        };
        if reason.is_some_and(|reason| !one_line(reason)) {
            return Err(TraceWindowError::Reason);
        }
        Ok(Self { until: now + lasting, reason: reason.map(str::to_owned) })
    }

    /// Takes what a store kept.
    #[must_use]
    pub fn kept(until: OffsetDateTime, reason: Option<String>) -> Self {
        Self { until, reason }
    }

    /// When it is over by itself, exclusive.
    #[must_use]
    pub fn until(&self) -> OffsetDateTime {
        self.until
    }

    /// Why, if somebody said so.
    #[must_use]
    pub fn reason(&self) -> Option<&str> {
        self.reason.as_deref()
    }
}

impl Connection {
    /// Whether its messages are kept now; what has run out is over by itself.
    #[must_use]
    pub fn is_traced(&self, now: OffsetDateTime) -> bool {
        self.traced.as_ref().is_some_and(|window| now < window.until)
    }
}

/// Why messages are not kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TraceWindowError {
    /// Not a time that can be.
    #[error("messages cannot be kept for {got}: name a time of at most 72h, such as 24h")]
    Length {
        /// The time that was given.
        got: Duration,
    },
    /// Not a reason.
    #[error("give the reason in one line of 1 to 200 characters, or none")]
    Reason,
}

/// Whose a kept message is, and which: what is sealed is bound to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TracePlace {
    /// The tenant.
    pub tenant: TenantId,
    /// Its connection.
    pub connection: ConnectionId,
    /// The request that brought the message.
    pub trace: TraceId,
}

/// A message with all that it was judged by, sealed.
///
/// # Security
/// It is sealed before it comes here, with its place as associated data: a store sees no more than these octets.
#[derive(Clone, PartialEq, Eq)]
pub struct SealedTrace {
    /// Whose it is.
    pub place: TracePlace,
    /// When the message came.
    pub at: OffsetDateTime,
    /// The octets.
    pub sealed: Vec<u8>,
}

impl SealedTrace {
    /// How long one is kept after its message came, whatever else is said.
    pub const LIFETIME: Duration = Duration::hours(72);
    /// Most of one connection: when there are more, the oldest go.
    pub const MOST: u64 = 1000;
}

impl fmt::Debug for SealedTrace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (place, at) = (&self.place, &self.at);
        f.debug_struct("SealedTrace").field("place", place).field("at", at).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{self, NOW};

    #[test]
    fn a_window_has_an_end_within_three_days() {
        let lasting = |lasting: Duration| TraceWindow::new(lasting, None, NOW);
        assert!(lasting(Duration::SECOND).is_ok() && lasting(Duration::hours(72)).is_ok());
        for wrong in [Duration::ZERO, -Duration::HOUR, Duration::hours(72) + Duration::SECOND] {
            assert_eq!(lasting(wrong), Err(TraceWindowError::Length { got: wrong }));
        }
        let because = |reason: &str| TraceWindow::new(Duration::HOUR, Some(reason), NOW);
        assert_eq!(because(" ticket 17 ").unwrap().reason(), Some("ticket 17"));
        for wrong in ["", "\t", "a\nb", &"x".repeat(201)] {
            assert_eq!(because(wrong), Err(TraceWindowError::Reason), "{wrong:?}");
        }
    }

    #[test]
    fn no_connection_is_traced_by_itself_and_none_for_ever() {
        let mut connection = testing::entra_connection();
        assert!(!connection.is_traced(NOW));
        connection.traced = Some(TraceWindow::new(Duration::HOUR, None, NOW).unwrap());
        assert!(connection.is_traced(NOW + Duration::HOUR - Duration::MILLISECOND));
        assert!(!connection.is_traced(NOW + Duration::HOUR));
    }
}
