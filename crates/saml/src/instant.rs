//! xs:dateTime as SAML uses it: UTC, read by hand in linear time [saml-core 1.3.3], [attack D10].

use time::{Date, Month, OffsetDateTime, Time, UtcOffset};

/// The text is not a date and time that SAML allows.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{found:?} is not a time: expected the form 2030-01-02T03:04:05.678Z")]
pub struct InstantError {
    found: String,
}

/// Reads `YYYY-MM-DDThh:mm:ss`, an optional fraction, and `Z` or an offset; without either it is UTC.
///
/// A fraction is read to the nanosecond, further digits are dropped.
pub(crate) fn read(text: &str) -> Result<OffsetDateTime, InstantError> {
    parse(text).ok_or_else(|| InstantError { found: text.chars().take(64).collect() })
}

fn parse(text: &str) -> Option<OffsetDateTime> {
    let mut rest = text;
    let year = number(&mut rest, 4)?;
    let month = number(expect(&mut rest, "-")?, 2)?;
    let day = number(expect(&mut rest, "-")?, 2)?;
    let hour = number(expect(&mut rest, "T")?, 2)?;
    let minute = number(expect(&mut rest, ":")?, 2)?;
    let second = number(expect(&mut rest, ":")?, 2)?;
    let nanosecond = match rest.strip_prefix('.') {
        Some(after) => {
            rest = after;
            fraction(&mut rest)?
        }
        None => 0,
    };
    let month = Month::try_from(u8::try_from(month).ok()?).ok()?;
    let date = Date::from_calendar_date(i32::try_from(year).ok()?, month, u8::try_from(day).ok()?).ok()?;
    let (hour, minute, second) =
        (u8::try_from(hour).ok()?, u8::try_from(minute).ok()?, u8::try_from(second).ok()?);
    let time = Time::from_hms_nano(hour, minute, second, nanosecond).ok()?;
    let local = date.with_time(time).assume_offset(offset(rest)?);
    local.checked_to_offset(UtcOffset::UTC)
}

fn expect<'r, 't>(rest: &'r mut &'t str, text: &str) -> Option<&'r mut &'t str> {
    *rest = rest.strip_prefix(text)?;
    Some(rest)
}

fn number(rest: &mut &str, digits: usize) -> Option<u32> {
    let (head, tail) = rest.split_at_checked(digits)?;
    *rest = tail;
    head.bytes().all(|byte| byte.is_ascii_digit()).then(|| head.parse().ok())?
}

/// Nanoseconds of the digits behind the point; at least one digit.
fn fraction(rest: &mut &str) -> Option<u32> {
    let length = rest.bytes().take_while(u8::is_ascii_digit).count();
    let (digits, tail) = rest.split_at_checked(length)?;
    *rest = tail;
    let padded = digits.bytes().chain(std::iter::repeat(b'0')).take(9);
    (length > 0).then(|| padded.fold(0, |sum, digit| sum * 10 + u32::from(digit - b'0')))
}

fn offset(text: &str) -> Option<UtcOffset> {
    let sign = match text.chars().next() {
        None => return Some(UtcOffset::UTC),
        Some('Z') => return (text.len() == 1).then_some(UtcOffset::UTC),
        Some('+') => 1,
        Some('-') => -1,
        Some(_) => return None,
    };
    let mut rest = text.get(1..)?;
    let hours = i8::try_from(number(&mut rest, 2)?).ok()?;
    let minutes = i8::try_from(number(expect(&mut rest, ":")?, 2)?).ok()?;
    let known = rest.is_empty() && hours <= 14 && minutes < 60;
    known.then(|| UtcOffset::from_hms(sign * hours, sign * minutes, 0).ok())?
}

/// Writes to the millisecond, in UTC.
pub(crate) fn write(instant: OffsetDateTime) -> String {
    let utc = instant.to_offset(UtcOffset::UTC);
    let (date, time) = (utc.date(), utc.time());
    format!(
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z",
        date.year(),
        u8::from(date.month()),
        date.day(),
        time.hour(),
        time.minute(),
        time.second(),
        time.millisecond()
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use time::macros::datetime;

    use super::*;

    /// [saml-core 1.3.3]
    #[test]
    fn forms_that_are_read() {
        let whole = datetime!(2030-01-02 03:04:05 UTC);
        for (text, expected) in [
            ("2030-01-02T03:04:05Z", whole),
            ("2030-01-02T03:04:05", whole),
            ("2030-01-02T03:04:05.000000000000Z", whole),
            ("2030-01-02T05:34:05+02:30", whole),
            ("2030-01-01T22:04:05-05:00", whole),
            ("2030-01-02T03:04:05.805Z", datetime!(2030-01-02 03:04:05.805 UTC)),
            ("2030-01-02T03:04:05.1234567Z", datetime!(2030-01-02 03:04:05.1234567 UTC)),
            ("2028-02-29T00:00:00Z", datetime!(2028-02-29 00:00 UTC)),
        ] {
            assert_eq!(read(text), Ok(expected), "{text}");
        }
    }

    /// [saml-core 1.3.3]
    #[test]
    fn forms_that_are_refused() {
        for text in [
            "",
            "2030-01-02",
            "2030-01-02T03:04Z",
            "2030-01-02 03:04:05Z",
            "2030-1-2T3:4:5Z",
            "2030-02-30T00:00:00Z",
            "2030-01-02T24:00:00Z",
            "2030-01-02T03:04:60Z",
            "2030-01-02T03:04:05.Z",
            "2030-01-02T03:04:05ZZ",
            "2030-01-02T03:04:05z",
            "2030-01-02T03:04:05+2:00",
            "2030-01-02T03:04:05+15:00",
            "+030-01-02T03:04:05Z",
            " 2030-01-02T03:04:05Z",
            "２030-01-02T03:04:05Z",
            "12030-01-02T03:04:05Z",
            "2030-01-02T03:04:05Z[UTC]",
        ] {
            assert!(read(text).is_err(), "{text}");
        }
    }

    #[test]
    fn d10_a_fraction_may_be_long() {
        let text = format!("2030-01-02T03:04:05.123456789{}Z", "9".repeat(100_000));
        assert_eq!(read(&text), Ok(datetime!(2030-01-02 03:04:05.123456789 UTC)));
    }

    proptest! {
        #[test]
        fn written_times_are_read_back(milliseconds in 0..253_402_300_799_999_i64) {
            let instant = OffsetDateTime::from_unix_timestamp_nanos(i128::from(milliseconds) * 1_000_000).unwrap();
            prop_assert_eq!(read(&write(instant)), Ok(instant));
        }

        #[test]
        fn d9_any_text_is_read_or_refused(text in "[0-9TZé.:+-]{0,30}|2030-0[12]-\\PC{0,20}") {
            let _ = read(&text);
        }
    }
}
