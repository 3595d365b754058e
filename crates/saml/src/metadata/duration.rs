//! xs:duration, read by hand in linear time [xmlschema-2 3.2.6], [attack D10].

use time::Duration;

/// The text is not a duration that is read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{found:?} is not a duration: expected the form P1DT2H3M4.5S, not negative and at most a hundred years"
)]
pub struct DurationError {
    found: String,
}

/// Most seconds that are read: a hundred years.
const MOST: i64 = 100 * 365 * DAY;
const DAY: i64 = 24 * 60 * 60;

/// Reads `PnYnMnDTnHnMnS`: one part at least, each once and in this order, the seconds alone with a fraction.
///
/// A month counts 28 days and a year 365, as the shortest do, so that nothing is kept for longer than was meant.
pub(super) fn read(text: &str) -> Result<Duration, DurationError> {
    parse(text).ok_or_else(|| DurationError { found: text.chars().take(64).collect() })
}

fn parse(text: &str) -> Option<Duration> {
    let text = text.strip_prefix('P')?;
    let (date, time) = match text.split_once('T') {
        Some((_, "")) => return None,
        Some((date, time)) => (date, time),
        None => (text, ""),
    };
    if date.is_empty() && time.is_empty() {
        return None;
    }
    let (time, fraction) = without_fraction(time)?;
    let date = seconds(date, &[('Y', 365 * DAY), ('M', 28 * DAY), ('D', DAY)])?;
    let time = seconds(&time, &[('H', 60 * 60), ('M', 60), ('S', 1)])?;
    let whole = date.checked_add(time).filter(|sum| *sum <= MOST)?;
    Some(Duration::new(whole, fraction))
}

/// The seconds of `1H2M3S`, in the order of the units.
fn seconds(text: &str, units: &[(char, i64)]) -> Option<i64> {
    let (mut rest, mut sum) = (text, 0_i64);
    for (unit, length) in units {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let (number, after) = rest.split_at_checked(digits)?;
        let Some(after) = after.strip_prefix(*unit) else { continue };
        // An empty number and one that is too large are no number.
        sum = sum.checked_add(number.parse::<i64>().ok()?.checked_mul(*length)?)?;
        rest = after;
    }
    rest.is_empty().then_some(sum)
}

/// `4.5S` without its fraction, and that in nanoseconds; further digits are dropped.
fn without_fraction(time: &str) -> Option<(String, i32)> {
    let Some((whole, fraction)) = time.split_once('.') else { return Some((time.to_owned(), 0)) };
    let digits = fraction.strip_suffix('S')?;
    let known = !digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_digit());
    let padded = digits.bytes().chain(std::iter::repeat(b'0')).take(9);
    let nanoseconds = known.then(|| padded.fold(0, |sum, digit| sum * 10 + i32::from(digit - b'0')))?;
    Some((format!("{whole}S"), nanoseconds))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// [xmlschema-2 3.2.6]
    #[test]
    fn forms_that_are_read() {
        for (text, expected) in [
            ("PT6H", Duration::hours(6)),
            ("P1D", Duration::days(1)),
            ("PT604800S", Duration::days(7)),
            ("P0Y0M7DT0H0M0.000S", Duration::days(7)),
            ("P1M", Duration::days(28)),
            ("P1Y", Duration::days(365)),
            ("P100Y", Duration::days(36_500)),
            ("P1DT2H3M4.5S", Duration::new(DAY + 7384, 500_000_000)),
            ("PT0.0000000019S", Duration::nanoseconds(1)),
            ("PT0S", Duration::ZERO),
            ("PT36H", Duration::hours(36)),
        ] {
            assert_eq!(read(text), Ok(expected), "{text}");
        }
    }

    /// [xmlschema-2 3.2.6]
    #[test]
    fn forms_that_are_refused() {
        for text in [
            "",
            "P",
            "PT",
            "P1DT",
            "1D",
            "-P1D",
            "+P1D",
            "P-1D",
            "P1",
            "PD",
            "P1H",
            "PT1D",
            "PT1.5H",
            "PT.5S",
            "PT1.S",
            "PT1.5",
            "P1.5D",
            "P1D1Y",
            "P1D1D",
            "P 1D",
            "P1D ",
            " P1D",
            "p1d",
            "P1W",
            "P１D",
            "P1DT1HT1M",
            "P101Y",
            "P36501D",
            "PT99999999999999999999S",
            "P9223372036854775807D",
            "P100YT1S",
        ] {
            assert!(read(text).is_err(), "{text}");
        }
    }

    #[test]
    fn d10_a_fraction_may_be_long() {
        assert_eq!(read(&format!("PT1.5{}S", "0".repeat(100_000))), Ok(Duration::new(1, 500_000_000)));
    }

    proptest! {
        #[test]
        fn d9_any_text_is_read_within_bounds_or_refused(text in "-?P?[0-9YMDTHS.é]{0,30}|\\PC{0,20}") {
            if let Ok(duration) = read(&text) {
                prop_assert!((Duration::ZERO..Duration::days(36_501)).contains(&duration));
            }
        }
    }
}
