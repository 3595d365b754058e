//! The head of an answer: what a server says about itself.

use reqwest::header::{AGE, DATE, HeaderMap, HeaderName, LOCATION, STRICT_TRANSPORT_SECURITY};
use reqwest::{Response, StatusCode};
use time::format_description::well_known::Rfc2822;
use time::{Duration, OffsetDateTime};

const TRACE_ID: HeaderName = HeaderName::from_static("x-trace-id");
/// Most of what a server says that is shown.
const MOST_SHOWN: usize = 512;

/// A status and headers, which whoever answers writes as he likes.
#[derive(Debug)]
pub(crate) struct Seen {
    status: StatusCode,
    headers: HeaderMap,
}

impl From<&Response> for Seen {
    fn from(response: &Response) -> Self {
        Self { status: response.status(), headers: response.headers().clone() }
    }
}

impl Seen {
    pub(crate) fn status(&self) -> StatusCode {
        self.status
    }

    /// What time it is there: a copy on the way says how old it is, as RFC 9111 has it.
    pub(crate) fn time(&self) -> Option<OffsetDateTime> {
        let date = OffsetDateTime::parse(self.text(&DATE)?, &Rfc2822).ok()?;
        let age = self.text(&AGE).and_then(|age| age.parse::<u32>().ok()).unwrap_or(0);
        date.checked_add(Duration::seconds(age.into()))
    }

    /// Where it sends on to.
    pub(crate) fn onward(&self) -> Option<String> {
        let to = self.headers.get(LOCATION).filter(|_| self.status.is_redirection())?;
        Some(String::from_utf8_lossy(to.as_bytes()).chars().take(MOST_SHOWN).collect())
    }

    /// Whether it has a trace id as each answer of ours has.
    pub(crate) fn is_ours(&self) -> bool {
        let is_one = |text: &str| text.len() == 16 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        self.text(&TRACE_ID).is_some_and(is_one)
    }

    /// Whether browsers are told to use https from now on.
    pub(crate) fn is_strict(&self) -> bool {
        self.headers.contains_key(STRICT_TRANSPORT_SECURITY)
    }

    fn text(&self, name: &HeaderName) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

#[cfg(test)]
impl Seen {
    /// An answer that nobody gave.
    pub(crate) fn of(status: u16, headers: &[(&'static str, &'static str)]) -> Self {
        let pair = |(name, value): &(&'static str, &'static str)| {
            (HeaderName::from_static(name), reqwest::header::HeaderValue::from_static(value))
        };
        Self { status: StatusCode::from_u16(status).unwrap(), headers: headers.iter().map(pair).collect() }
    }
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    #[test]
    fn a_time_is_read_as_servers_write_it() {
        let time = |headers: &[_]| Seen::of(200, headers).time();
        let date = ("date", "Wed, 02 Jan 2030 03:04:05 GMT");
        assert_eq!(time(&[date]), Some(datetime!(2030-01-02 03:04:05 UTC)));
        assert_eq!(time(&[date, ("age", "55")]), Some(datetime!(2030-01-02 03:05:00 UTC)));
        assert_eq!(time(&[date, ("age", "old")]), Some(datetime!(2030-01-02 03:04:05 UTC)));
        for headers in [&[][..], &[("date", "now")], &[("date", "2030-01-02T03:04:05Z")], &[("age", "1")]] {
            assert_eq!(time(headers), None, "{headers:?}");
        }
        let last = ("date", "Fri, 31 Dec 9999 23:59:59 GMT");
        assert_eq!(time(&[last, ("age", "4294967295")]), None);
    }

    #[test]
    fn a_location_counts_in_a_redirect_alone() {
        let to = &[("location", "https://idp.example/")];
        assert_eq!(Seen::of(302, to).onward().as_deref(), Some("https://idp.example/"));
        assert_eq!(Seen::of(200, to).onward(), None);
        assert_eq!(Seen::of(302, &[]).onward(), None);
    }
}
