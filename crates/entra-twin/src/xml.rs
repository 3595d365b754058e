//! Escaping, and the few pieces of text that every message on the wire is made of.

use time::OffsetDateTime;
use time::macros::format_description;

/// Text of an element.
pub(crate) fn text(value: &str) -> String {
    value.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('\r', "&#xD;")
}

/// ` name="value"`, with the blank before it.
pub(crate) fn attribute(name: &str, value: &str) -> String {
    let value = text(value).replace('"', "&quot;").replace('\t', "&#x9;").replace('\n', "&#xA;");
    format!(" {name}=\"{value}\"")
}

/// Like [`attribute`], and nothing for a value that is absent.
pub(crate) fn optional(name: &str, value: Option<&str>) -> String {
    value.map(|value| attribute(name, value)).unwrap_or_default()
}

/// A time as Entra writes it: UTC with milliseconds, `2030-01-02T03:04:05.805Z`.
pub(crate) fn time(instant: OffsetDateTime) -> String {
    let shape = format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:3]Z");
    // The shape holds only parts that every date has, so formatting cannot fail.
    instant.to_offset(time::UtcOffset::UTC).format(&shape).unwrap_or_default()
}

/// A time as it stands in texts of Entra: `2030-01-02 03:04:05Z`.
pub(crate) fn seconds(instant: OffsetDateTime) -> String {
    let shape = format_description!("[year]-[month]-[day] [hour]:[minute]:[second]Z");
    instant.to_offset(time::UtcOffset::UTC).format(&shape).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    #[test]
    fn markup_in_a_value_stays_a_value() {
        assert_eq!(text("a<b>&\r\"c\""), "a&lt;b&gt;&amp;&#xD;\"c\"");
        assert_eq!(attribute("n", "a\"<\n\t&"), " n=\"a&quot;&lt;&#xA;&#x9;&amp;\"");
        assert_eq!(optional("n", None), "");
        assert_eq!(optional("n", Some("")), " n=\"\"");
    }

    #[test]
    fn times_are_utc_with_three_digits() {
        assert_eq!(time(datetime!(2030-01-02 03:04:05.805_9 UTC)), "2030-01-02T03:04:05.805Z");
        assert_eq!(time(datetime!(2030-01-02 04:04:05 +1)), "2030-01-02T03:04:05.000Z");
        assert_eq!(seconds(datetime!(2030-01-02 04:04:05.9 +1)), "2030-01-02 03:04:05Z");
    }
}
