//! The clock of the double, which may be wrong on purpose.

use std::str::FromStr;

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::{SettingError, Tenant};

/// A change of the clock: `offset=-300`, `by=60` or `at=2030-01-02T03:04:05Z`.
///
/// The clock goes on from there; it never stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ClockChange {
    /// So many seconds before the real time, or behind it; 0 sets it right.
    Offset(i64),
    /// So many seconds on, or back.
    By(i64),
    /// To this moment.
    At(OffsetDateTime),
}

/// A century: no certificate and no session lasts longer.
const MOST: i64 = 100 * 366 * 24 * 60 * 60;

impl ClockChange {
    /// Makes it; `real` is the time of the clock that is not wrong.
    ///
    /// The clock is never wrong by more than a century.
    pub fn make(self, tenant: &mut Tenant, real: OffsetDateTime) {
        let offset = match self {
            Self::Offset(seconds) => seconds,
            Self::By(seconds) => tenant.clock_offset.saturating_add(seconds),
            Self::At(moment) => (moment - real).whole_seconds(),
        };
        tenant.clock_offset = offset.clamp(-MOST, MOST);
    }
}

impl FromStr for ClockChange {
    type Err = SettingError;

    fn from_str(text: &str) -> Result<Self, SettingError> {
        let wrong = || SettingError::Value {
            name: "the clock",
            expected: "offset=SECONDS, by=SECONDS or at=TIME, such as 2030-01-02T03:04:05Z",
            got: text.to_owned(),
        };
        match text.split_once('=').ok_or_else(wrong)? {
            ("offset", seconds) => seconds.parse().map(Self::Offset).map_err(|_| wrong()),
            ("by", seconds) => seconds.parse().map(Self::By).map_err(|_| wrong()),
            ("at", moment) => OffsetDateTime::parse(moment, &Rfc3339).map(Self::At).map_err(|_| wrong()),
            _ => Err(wrong()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Seed;
    use time::macros::datetime;

    #[test]
    fn the_clock_is_set_and_moved() {
        let real = datetime!(2030-01-02 03:04:05 UTC);
        let mut tenant = Seed::Contoso.tenant().unwrap();
        for (change, offset) in [
            ("offset=-300", -300),
            ("by=60", -240),
            ("by=-60", -300),
            ("at=2030-01-02T04:04:05Z", 3600),
            ("at=2030-01-02T03:04:05+01:00", -3600),
            ("offset=0", 0),
            ("offset=9223372036854775807", MOST),
            ("by=9223372036854775807", MOST),
            ("at=0001-01-01T00:00:00Z", -MOST),
        ] {
            change.parse::<ClockChange>().unwrap().make(&mut tenant, real);
            assert_eq!(tenant.clock_offset, offset, "{change}");
        }
        for text in ["", "60", "by=", "by=1h", "at=now", "at=2030-01-02", "offset=9223372036854775808"] {
            assert_eq!(text.parse::<ClockChange>().unwrap_err().code(), "setting-value", "{text}");
        }
    }
}
