//! What is ours: engines, limits, keys, the clock.

use std::path::Path;

use anyhow::Result;
use landfall_http::{Settings, error_chain};
use landfall_store::{EventFilter, KeyPurpose, SpKey, SpKeys, Store};
use landfall_xmldsig::Certificate;
use time::{Duration, OffsetDateTime};

use super::connection::dates;
use super::report::{Health, Report};
use crate::config::{Config, SecondOpinion};
use crate::keys::{self, KeyPlace, LOST, MasterKey};

/// Whether browsers keep our cookies, which are bound to the whole host and to https.
pub(super) fn public_url(settings: &Settings, report: &mut Report) {
    if settings.public_url.origin().starts_with("https:") {
        return report.add(
            Health::Ok,
            "cookies",
            "public_url is https, so that browsers keep `__Host-` cookies",
        );
    }
    // The settings take plain http on loopback alone.
    report.add(Health::Warn, "public_url", "plain http, which is for trying out on this machine alone");
    let how = "browsers keep `__Host-` cookies of this machine over plain http, and of no other";
    report.add(Health::Ok, "cookies", how);
}

/// What judges signatures.
pub(super) fn engines(second_opinion: SecondOpinion) -> &'static str {
    match second_opinion {
        SecondOpinion::Off => "landfall-xmldsig alone",
        SecondOpinion::Advise => "landfall-xmldsig, then libxmlsec1, whose silence is let pass",
        SecondOpinion::Require => "landfall-xmldsig, then libxmlsec1, whose silence refuses",
    }
}

/// By what floods are held.
pub(super) fn limits(settings: &Settings) -> &'static str {
    if settings.trusted_proxies.is_empty() {
        "by connection alone: trusted_proxies lists nobody, so that no address is known"
    } else {
        "by connection, and by address as the listed proxies say it"
    }
}

pub(super) async fn own_keys(config: &Config, store: &Store, now: OffsetDateTime, report: &mut Report) {
    let mut all = Vec::new();
    for purpose in KeyPurpose::ALL {
        match store.sp_keys(purpose).await {
            Ok(keys) => all.push((purpose, keys)),
            Err(error) => return report.add(Health::Fail, "keys", error_chain(&error)),
        }
    }
    let place = &config.master_key;
    match place {
        KeyPlace::Environment(_) => report.add(Health::Ok, "master key", place.to_string()),
        KeyPlace::File(path) => {
            match (permissions(path), all.iter().any(|(_, keys)| keys.current.is_some())) {
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
    for (purpose, keys) in &all {
        let open = |key: &SpKey| keys::opens(&master, *purpose, key);
        each_key(&format!("{purpose} key"), keys, open, now, report);
    }
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

/// Whether the proxies before sites are listed, without which no site admits anybody.
pub(super) async fn sites(store: &Store, settings: &Settings, report: &mut Report) {
    match store.sites().await {
        Ok(sites) if sites.is_empty() => {}
        Ok(_) if settings.trusted_proxies.is_empty() => {
            let how =
                "trusted_proxies lists nobody, so that no site admits anybody: list the proxy before them";
            report.add(Health::Fail, "sites", how);
        }
        Ok(sites) => report.add(Health::Ok, "sites", format!("{}, as the listed proxies say", sites.len())),
        Err(error) => report.add(Health::Fail, "sites", error_chain(&error)),
    }
}

#[cfg(unix)]
fn permissions(path: &Path) -> Option<u32> {
    let metadata = std::fs::metadata(path).ok()?;
    Some(std::os::unix::fs::PermissionsExt::mode(&metadata.permissions()) & 0o777)
}

/// Time must not run backwards: what the last event says is past.
pub(super) async fn clock(store: &Store, now: OffsetDateTime, report: &mut Report) {
    match store.events(&EventFilter::default(), 1).await {
        Ok(events) => match events.first().map(|recorded| &recorded.event) {
            Some(last) if last.at > now + Duration::minutes(1) => {
                let how = format!("now is {now}, but the last event is of {}: set the clock", last.at);
                report.add(Health::Fail, "clock", how);
            }
            _ => report.add(Health::Ok, "clock", now.to_string()),
        },
        Err(error) => report.add(Health::Fail, "clock", error_chain(&error)),
    }
}
