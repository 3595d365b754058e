//! Domain values to columns and back; a column that cannot be read is a fault, never a default.

use std::{error::Error, str::FromStr};

use landfall_accounts::TokenHash;
use time::{Duration, OffsetDateTime};
use uuid::{NoContext, Timestamp, Uuid};

use crate::fault::Fault;

/// Milliseconds since 1970, rounded down: what expires never lives longer for having been stored.
pub(crate) fn millis(at: OffsetDateTime) -> i64 {
    let millis = at.unix_timestamp_nanos().div_euclid(1_000_000);
    // The years that `time` can express fit with room to spare.
    i64::try_from(millis).unwrap_or(i64::MAX)
}

/// The same, rounded up: what must be remembered is never forgotten earlier for having been stored.
pub(crate) fn millis_up(at: OffsetDateTime) -> i64 {
    millis(at.saturating_add(Duration::nanoseconds(999_999)))
}

pub(crate) fn instant(column: &'static str, millis: i64) -> Result<OffsetDateTime, Fault> {
    let nanos = i128::from(millis) * 1_000_000;
    OffsetDateTime::from_unix_timestamp_nanos(nanos).map_err(|source| broken(column, source))
}

pub(crate) fn parsed<T>(column: &'static str, text: &str) -> Result<T, Fault>
where
    T: FromStr<Err: Error + Send + Sync + 'static>,
{
    text.parse().map_err(|source: T::Err| broken(column, source))
}

pub(crate) fn digest(column: &'static str, bytes: &[u8]) -> Result<[u8; 32], Fault> {
    bytes.try_into().map_err(|source: std::array::TryFromSliceError| broken(column, source))
}

pub(crate) fn token(column: &'static str, bytes: &[u8]) -> Result<TokenHash, Fault> {
    Ok(TokenHash::from_bytes(digest(column, bytes)?))
}

pub(crate) fn bytes(token: &TokenHash) -> Vec<u8> {
    token.as_bytes().to_vec()
}

pub(crate) fn broken(column: &'static str, source: impl Into<Box<dyn Error + Send + Sync>>) -> Fault {
    Fault::Column { column, source: source.into() }
}

/// A new id that sorts by `now`.
pub(crate) fn new_id(now: OffsetDateTime) -> Uuid {
    let seconds = u64::try_from(now.unix_timestamp()).unwrap_or(0);
    Uuid::new_v7(Timestamp::from_unix(NoContext, seconds, now.nanosecond()))
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    #[test]
    fn milliseconds_round_trip_on_both_sides_of_1970() {
        for at in [datetime!(2030-01-02 03:04:05.678 UTC), datetime!(1969-12-31 23:59:59.999 UTC)] {
            assert_eq!(instant("x", millis(at)).unwrap(), at);
        }
    }

    #[test]
    fn times_are_rounded_down_and_on_request_up() {
        let at = datetime!(2030-01-02 03:04:05.678_000_001 UTC);
        assert_eq!(instant("x", millis(at)).unwrap(), datetime!(2030-01-02 03:04:05.678 UTC));
        assert_eq!(instant("x", millis_up(at)).unwrap(), datetime!(2030-01-02 03:04:05.679 UTC));
        let whole = datetime!(2030-01-02 03:04:05.678 UTC);
        assert_eq!(millis_up(whole), millis(whole));
    }

    #[test]
    fn an_offset_does_not_matter() {
        assert_eq!(millis(datetime!(2030-01-02 05:04:05 +2)), millis(datetime!(2030-01-02 03:04:05 UTC)));
    }

    #[test]
    fn broken_columns_are_faults_that_name_the_column() {
        let fault = parsed::<landfall_accounts::UserState>("state", "gone").unwrap_err();
        assert_eq!(fault.to_string(), "the column `state` of a row cannot be read");
        assert!(digest("token", &[0; 31]).is_err());
        assert!(digest("token", &[0; 32]).is_ok());
        assert!(instant("at", i64::MAX).is_err());
    }

    #[test]
    fn ids_sort_by_time() {
        let early = new_id(datetime!(2030-01-02 03:04:05 UTC));
        assert!(early < new_id(datetime!(2030-01-02 03:04:06 UTC)));
        assert_eq!(early.get_version_num(), 7);
    }
}
