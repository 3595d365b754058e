//! What is stored of a connection: keys, metadata, policy.

use landfall_accounts::{
    CertificateDates, CertificateState, Connection, Danger, MetadataSource, Unsolicited,
};
use landfall_xmldsig::{Certificate, KeyWeakness};
use time::{Duration, OffsetDateTime};

use super::report::{Health, Report};
use crate::metadata::{Urgency, warnings};

/// From here on before its end a certificate is warned of.
const SOON: Duration = Duration::days(60);

pub(super) fn look_at(connection: &Connection, now: OffsetDateTime, report: &mut Report) {
    let what = format!("connection {}", connection.name);
    let trusted = connection.idp.in_state(CertificateState::Trusted);
    let mut counting = 0;
    for trusted in trusted {
        match Certificate::from_der(&trusted.der) {
            Ok(certificate) => {
                dates(&what, &certificate, now, report);
                counting += usize::from(counts(connection, &certificate, now));
            }
            Err(error) => report.add(Health::Fail, &what, format!("{}: {error}", trusted.fingerprint)),
        }
    }
    if counting == 0 {
        let how = "no certificate counts now, nobody can sign in by it: `landfall connection renew` takes current ones";
        report.add(Health::Fail, &what, how);
    }
    if connection.idp.sso.is_empty() {
        report.add(Health::Warn, &what, "no sign-on address: only the identity provider can start a login");
    }
    if connection.settings.unsolicited == Unsolicited::Accept {
        let how = "unsolicited=accept: whoever gets hold of a response is signed in by it; restart takes one click as well";
        report.add(Health::Warn, &what, how);
    }
    for weakening in &connection.weakenings {
        let (danger, until, reason) = (weakening.danger(), weakening.until().date(), weakening.reason());
        let tense = if now < weakening.until() { "is" } else { "was" };
        report.add(Health::Warn, &what, format!("DANGER: {danger} {tense} allowed until {until}: {reason}"));
    }
    if let Some(kept) = crate::commands::connection::kept(connection, now) {
        report.add(Health::Warn, &what, format!("TRACED: {kept}"));
    }
}

/// How old the metadata are, and what of them waits.
pub(super) fn metadata(
    connection: &Connection,
    source: Option<&MetadataSource>,
    now: OffsetDateTime,
    report: &mut Report,
) {
    for (urgency, how) in warnings(connection, source, now) {
        let health = if urgency == Urgency::Fail { Health::Fail } else { Health::Warn };
        report.add(health, format!("connection {}", connection.name), how);
    }
}

/// Until when a certificate is valid.
pub(super) fn dates(what: &str, certificate: &Certificate, now: OffsetDateTime, report: &mut Report) {
    let (fingerprint, until) = (certificate.fingerprint(), certificate.not_after());
    let days = (until - now).whole_days();
    let (health, how) = match certificate.weakness() {
        Some(weakness) => (Health::Warn, format!("{fingerprint} is weak: {weakness}")),
        None if now < certificate.not_before() => (Health::Warn, format!("{fingerprint} is not valid yet")),
        None if until < now => (Health::Warn, format!("{fingerprint} expired on {}", until.date())),
        None if until < now + SOON => {
            (Health::Warn, format!("{fingerprint} expires in {days} days: import the new one in time"))
        }
        None => (Health::Ok, format!("{fingerprint} until {}", until.date())),
    };
    report.add(health, what, how);
}

/// Whether a signature of this key can be accepted now.
fn counts(connection: &Connection, certificate: &Certificate, now: OffsetDateTime) -> bool {
    let dates_matter = connection.settings.certificate_dates == CertificateDates::Refuse;
    let in_time = certificate.not_before() <= now && now <= certificate.not_after();
    let strong = match certificate.weakness() {
        None => true,
        Some(KeyWeakness::Short { .. }) => connection.dangers(now).any(|danger| danger == Danger::ShortRsa),
        Some(_) => false,
    };
    strong && (in_time || !dates_matter)
}
