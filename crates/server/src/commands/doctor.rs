//! `landfall doctor`: looks at everything and changes nothing.

use std::fmt;
use std::path::Path;

use anyhow::Result;
use landfall_accounts::{CertificateDates, CertificateState, Connection, Danger, Unsolicited};
use landfall_http::{Environment, Settings, error_chain};
use landfall_store::{KeyPurpose, OpenError, SpKey, SpKeys, Store};
use landfall_xmldsig::{Certificate, KeyWeakness, Signer};
use time::{Duration, OffsetDateTime};

use crate::config::{Config, SecondOpinion};
use crate::environment::System;
use crate::keys::{self, KeyPlace, LOST, MasterKey};
use crate::metadata::{Urgency, warnings};

/// From here on before its end a certificate is warned of.
const SOON: Duration = Duration::days(60);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Health {
    Ok,
    Warn,
    Fail,
}

impl fmt::Display for Health {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Ok => "ok",
            Self::Warn => "warn",
            Self::Fail => "FAIL",
        })
    }
}

/// What was looked at, and how it is.
#[derive(Default)]
struct Report {
    lines: Vec<(Health, String, String)>,
}

impl Report {
    fn add(&mut self, health: Health, what: impl Into<String>, how: impl Into<String>) {
        self.lines.push((health, what.into(), how.into()));
    }
}

/// Prints a line for each thing; an error if any of them fails.
pub(crate) async fn run(file: Option<&Path>) -> Result<()> {
    let mut report = Report::default();
    match Config::read(file) {
        Ok(config) => look(&config, &mut report).await,
        Err(error) => report.add(Health::Fail, "settings", format!("{error:#}")),
    }
    for (health, what, how) in &report.lines {
        println!("{health:<4}  {what:<24} {how}");
    }
    let failed = report.lines.iter().filter(|(health, ..)| *health == Health::Fail).count();
    if failed == 0 { Ok(()) } else { anyhow::bail!("{failed} of these must be mended") }
}

async fn look(config: &Config, report: &mut Report) {
    report.add(
        Health::Ok,
        "settings",
        format!("public_url {}, entity ID {}", config.http.public_url.origin(), config.entity_id),
    );
    if !config.http.public_url.origin().starts_with("https:") {
        report.add(Health::Warn, "public_url", "plain http, which is for trying out on this machine alone");
    }
    report.add(Health::Ok, "engines", engines(config.second_opinion));
    report.add(Health::Ok, "limits", limits(&config.http));
    let store = match Store::open(&config.database).await {
        Ok(store) => store,
        Err(OpenError::Empty { database }) => {
            let how = format!("{database} is not there or empty: `landfall serve` makes it");
            return report.add(Health::Warn, "database", how);
        }
        Err(error) => return report.add(Health::Fail, "database", error_chain(&error)),
    };
    report.add(Health::Ok, "database", config.database.to_string());
    let now = System::default().now();
    own_keys(config, &store, now, report).await;
    clock(&store, now, report).await;
    match store.connections().await {
        Ok(connections) => {
            connections.iter().for_each(|connection| look_at(connection, now, report));
            metadata(&store, &connections, now, report).await;
        }
        Err(error) => report.add(Health::Fail, "connections", error_chain(&error)),
    }
    store.close().await;
}

/// What judges signatures.
fn engines(second_opinion: SecondOpinion) -> &'static str {
    match second_opinion {
        SecondOpinion::Off => "landfall-xmldsig alone",
        SecondOpinion::Advise => "landfall-xmldsig, then libxmlsec1, whose silence is let pass",
        SecondOpinion::Require => "landfall-xmldsig, then libxmlsec1, whose silence refuses",
    }
}

/// By what floods are held.
fn limits(settings: &Settings) -> &'static str {
    if settings.trusted_proxies.is_empty() {
        "by connection alone: trusted_proxies lists nobody, so that no address is known"
    } else {
        "by connection, and by address as the listed proxies say it"
    }
}

async fn own_keys(config: &Config, store: &Store, now: OffsetDateTime, report: &mut Report) {
    let signing = store.sp_keys(KeyPurpose::Signing).await;
    let decryption = store.sp_keys(KeyPurpose::Decryption).await;
    let (signing, decryption) = match (signing, decryption) {
        (Ok(signing), Ok(decryption)) => (signing, decryption),
        (Err(error), _) | (_, Err(error)) => return report.add(Health::Fail, "keys", error_chain(&error)),
    };
    let place = &config.master_key;
    match place {
        KeyPlace::Environment(_) => report.add(Health::Ok, "master key", place.to_string()),
        KeyPlace::File(path) => {
            match (permissions(path), signing.current.is_some() || decryption.current.is_some()) {
                (None, false) => {
                    let how = format!("{place} is not there: `landfall serve` makes it");
                    return report.add(Health::Warn, "master key", how);
                }
                (None, true) => return report.add(Health::Fail, "master key", format!("{place} {LOST}")),
                (Some(mode), _) if mode & 0o077 == 0 => {
                    report.add(Health::Ok, "master key", place.to_string())
                }
                (Some(mode), _) => {
                    let how = format!("{place} has mode {mode:o}, so that others can read it: chmod 600 it");
                    report.add(Health::Fail, "master key", how);
                }
            }
        }
    }
    let master = match MasterKey::read(place) {
        Ok(master) => master,
        Err(error) => return report.add(Health::Fail, "signing key", format!("{error:#}")),
    };
    let signing_key =
        |key: &SpKey| -> Result<_> { Ok(keys::open_signing_key(&master, key)?.certificate().clone()) };
    let decryption_key = |key: &SpKey| -> Result<_> { Ok(keys::open_decryption_key(&master, key)?.1) };
    each_key("signing key", &signing, signing_key, now, report);
    each_key("decryption key", &decryption, decryption_key, now, report);
}

/// The keys for one purpose: that each opens, and until when its certificate says that it is valid.
fn each_key(
    what: &str,
    keys: &SpKeys,
    open: impl Fn(&SpKey) -> Result<Certificate>,
    now: OffsetDateTime,
    report: &mut Report,
) {
    if keys.current.is_none() {
        report.add(Health::Warn, what, "there is none: `landfall serve` makes it");
    }
    let next = keys.next.iter().map(|key| (format!("{what}, next"), key));
    let retiring = keys.retiring.iter().map(|key| (format!("{what}, retiring"), key));
    for (what, key) in keys.current.iter().map(|key| (what.to_owned(), key)).chain(next).chain(retiring) {
        match open(key) {
            Ok(certificate) => dates(&what, &certificate, now, report),
            Err(error) => report.add(Health::Fail, &what, format!("{error:#}")),
        }
    }
}

#[cfg(unix)]
fn permissions(path: &Path) -> Option<u32> {
    let metadata = std::fs::metadata(path).ok()?;
    Some(std::os::unix::fs::PermissionsExt::mode(&metadata.permissions()) & 0o777)
}

/// Time must not run backwards: what the last event says is past.
async fn clock(store: &Store, now: OffsetDateTime, report: &mut Report) {
    match store.recent_events(1).await {
        Ok(events) => match events.first() {
            Some(last) if last.at > now + Duration::minutes(1) => {
                let how = format!("now is {now}, but the last event is of {}: set the clock", last.at);
                report.add(Health::Fail, "clock", how);
            }
            _ => report.add(Health::Ok, "clock", now.to_string()),
        },
        Err(error) => report.add(Health::Fail, "clock", error_chain(&error)),
    }
}

async fn metadata(store: &Store, connections: &[Connection], now: OffsetDateTime, report: &mut Report) {
    let sources = match store.metadata_sources().await {
        Ok(sources) => sources,
        Err(error) => return report.add(Health::Fail, "metadata", error_chain(&error)),
    };
    for connection in connections {
        let source = sources.iter().find(|source| source.connection == connection.id);
        for (urgency, how) in warnings(connection, source, now) {
            let health = if urgency == Urgency::Fail { Health::Fail } else { Health::Warn };
            report.add(health, format!("connection {}", connection.name), how);
        }
    }
}

fn look_at(connection: &Connection, now: OffsetDateTime, report: &mut Report) {
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
}

fn dates(what: &str, certificate: &Certificate, now: OffsetDateTime, report: &mut Report) {
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
