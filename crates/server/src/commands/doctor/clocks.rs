//! Our clock against that of an identity provider.

use landfall_accounts::{ClockSkew, Connection, ConnectionName, MetadataSource};
use landfall_http::error_chain;
use landfall_saml::Policy;
use time::{Duration, OffsetDateTime};
use url::Url;

use super::report::{Health, Report};
use crate::environment::now;
use crate::metadata::Fetcher;

/// More is warned of; more than the rules allow refuses logins.
const MUCH: Duration = Duration::seconds(30);

/// What two clocks showed.
struct Clocks {
    theirs: OffsetDateTime,
    asked: OffsetDateTime,
    answered: OffsetDateTime,
}

/// Asks where the metadata are fetched from in any case; elsewhere only if the operator wants it.
pub(super) async fn compare(
    fetcher: &Fetcher,
    connection: &Connection,
    source: Option<&MetadataSource>,
    online: bool,
    report: &mut Report,
) {
    let what = format!("connection {}", connection.name);
    let url = match source {
        Some(source) => Some(source.url.as_str().to_owned()),
        None if online => connection.idp.sso.first().and_then(|sso| root(sso.location.as_str())),
        None => {
            let how = "clock: not compared, since the metadata are from a file: `landfall doctor --online` asks the sign-on address";
            return report.add(Health::Ok, what, how);
        }
    };
    // That there is no sign-on address is said elsewhere.
    let Some(url) = url else { return };
    let asked = now();
    let (health, how) = match fetcher.look(&url).await.map(|seen| seen.time()) {
        Ok(Some(theirs)) => judge(&Clocks { theirs, asked, answered: now() }),
        Ok(None) => (Health::Ok, format!("clock: not compared, since {url} does not say what time it is")),
        Err(error) => {
            (Health::Warn, format!("clock: not compared, {url} does not answer: {}", error_chain(&error)))
        }
    };
    report.add(health, what, how);
}

/// What the logins of a connection have shown of the identity provider's clock, without asking anybody.
pub(super) fn shown(connection: &ConnectionName, skew: &ClockSkew, report: &mut Report) {
    let most = Policy::SKEW.whole_seconds();
    let said =
        format!("clock: {}, as logins of the day until {} showed", in_words(skew), minute(skew.last_seen));
    let (health, how) = if skew.most > MUCH {
        let how = "set this server's clock by NTP, or have theirs set";
        (Health::Warn, format!("{said}; logins fail from {most} s on (issue_instant); {how}"))
    } else {
        (Health::Ok, said)
    };
    report.add(health, format!("connection {connection}"), how);
}

/// Ahead is certain, and behind may be the time that people took.
pub(in crate::commands) fn in_words(skew: &ClockSkew) -> String {
    let seconds = skew.most.whole_seconds();
    if seconds > 0 {
        format!("the identity provider's clock is {seconds} s ahead")
    } else {
        format!("the identity provider's clock is not ahead, and at most {} s behind", -seconds)
    }
}

fn minute(time: OffsetDateTime) -> String {
    let (date, hour, minute) = (time.date(), time.hour(), time.minute());
    format!("{date} {hour:02}:{minute:02} UTC")
}

/// Where the server of an address begins: what is asked there says nothing about anybody.
fn root(address: &str) -> Option<String> {
    Some(format!("{}/", Url::parse(address).ok()?.origin().ascii_serialization()))
}

impl Clocks {
    /// How far theirs is ahead of ours beyond the time that the answer took.
    ///
    /// Their time has whole seconds alone, so that up to one of them says nothing.
    fn ahead(&self) -> Duration {
        let latest = self.theirs + Duration::SECOND;
        if self.theirs > self.answered {
            self.theirs - self.answered
        } else if latest < self.asked {
            latest - self.asked
        } else {
            Duration::ZERO
        }
    }
}

fn judge(clocks: &Clocks) -> (Health, String) {
    let (ahead, most) = (clocks.ahead(), Policy::SKEW.whole_seconds());
    let times = format!("the identity provider says {}, this server {}", clocks.theirs, clocks.answered);
    let far = ahead.abs();
    if far <= MUCH {
        return (Health::Ok, format!("clock: {times}"));
    }
    let symptoms = if ahead.is_positive() {
        "assertions are not valid yet (issue_instant, conditions.not_before), requests too old (AADSTS76026)"
    } else {
        "assertions have expired (conditions.not_on_or_after, authn.session_end)"
    };
    let expected = format!(
        "clock: expected at most {most} s between the clocks, found {} s: {times}; beyond that {symptoms}; \
         set this server's clock by NTP, or have theirs set",
        far.whole_seconds()
    );
    (if far > Policy::SKEW { Health::Fail } else { Health::Warn }, expected)
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    const NOW: OffsetDateTime = datetime!(2030-01-02 03:04:05.5 UTC);

    fn found(theirs: OffsetDateTime) -> (Health, String) {
        judge(&Clocks { theirs, asked: NOW, answered: NOW + Duration::SECOND })
    }

    #[test]
    fn a_difference_is_warned_of_and_beyond_the_rules_it_fails() {
        let whole = datetime!(2030-01-02 03:04:05 UTC);
        for (seconds, health) in [
            (0, Health::Ok),
            (31, Health::Ok),
            (32, Health::Warn),
            (61, Health::Warn),
            (62, Health::Fail),
            (-30, Health::Ok),
            (-31, Health::Warn),
            (-60, Health::Warn),
            (-61, Health::Fail),
        ] {
            assert_eq!(found(whole + Duration::seconds(seconds)).0, health, "{seconds}");
        }
    }

    #[test]
    fn what_logins_showed_is_warned_of_before_they_fail() {
        for (seconds, health, part) in [
            (
                42,
                Health::Warn,
                "the identity provider's clock is 42 s ahead, as logins of the day until 2030-01-02 03:04 UTC showed; logins fail from 60 s on",
            ),
            (31, Health::Warn, "31 s ahead"),
            (30, Health::Ok, "30 s ahead"),
            (-2, Health::Ok, "not ahead, and at most 2 s behind"),
            (-200, Health::Ok, "at most 200 s behind"),
        ] {
            let most = Duration::seconds(seconds);
            let skew = ClockSkew { last: Duration::ZERO, last_seen: NOW, most, most_seen: NOW };
            let mut report = Report::default();
            shown(&"contoso".parse().unwrap(), &skew, &mut report);
            let (found, _, how) = report.lines.pop().unwrap();
            assert!(found == health && how.contains(part), "{how}");
        }
    }

    #[test]
    fn both_times_and_what_follows_are_named() {
        let behind = found(datetime!(2030-01-02 03:06:06 UTC)).1;
        for part in ["found 119 s", "says 2030-01-02 3:06:06.0", "server 2030-01-02 3:04:06.5", "not_before"]
        {
            assert!(behind.contains(part), "no {part} in {behind}");
        }
        assert!(found(datetime!(2030-01-02 03:00:00 UTC)).1.contains("conditions.not_on_or_after"));
    }

    #[test]
    fn an_answer_that_takes_long_is_no_difference() {
        let slow = Clocks { theirs: NOW, asked: NOW, answered: NOW + Duration::minutes(2) };
        assert_eq!(slow.ahead(), Duration::ZERO);
    }

    #[test]
    fn the_root_of_an_address_says_nothing_about_anybody() {
        let root = root("https://login.microsoftonline.com:8443/tenant/saml2?x=y");
        assert_eq!(root.as_deref(), Some("https://login.microsoftonline.com:8443/"));
        assert_eq!(super::root("no address"), None);
    }
}
