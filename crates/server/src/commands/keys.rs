//! `landfall connection refresh`, `keys`, `approve`, `rehearse`: the keys of a connection while it lives.

use anyhow::{Context, Result, bail};
use landfall_accounts::ports::ConnectionDirectory;
use landfall_accounts::{
    CertificateFingerprint, CertificateState, Connection, ConnectionName, Endpoints, MetadataSource,
    TrustChange, TrustedCertificate,
};
use landfall_store::{AdminError, SessionsOf, Store};
use time::OffsetDateTime;
use time::macros::format_description;

use crate::cli::Waiting;
use crate::config::Config;
use crate::environment::now;
use crate::metadata::{Refreshed, warnings};
use crate::{glue, table};

/// Fetches now, whenever the next fetch is due.
pub(super) async fn refresh(config: &Config, name: &ConnectionName) -> Result<()> {
    let store = glue::store(config).await?;
    let (connection, source) = store.metadata_source(name).await?;
    match glue::refresher(config, &store).refresh_now(&connection, &source).await? {
        Refreshed::Unchanged => println!("{name}: the server says that nothing changed"),
        Refreshed::Taken(refresh) => {
            if refresh.changes.is_empty() {
                println!("{name}: the metadata say nothing new");
            }
            for change in &refresh.changes {
                println!("{name}: {}", told(change, name));
            }
        }
    }
    Ok(())
}

fn told(change: &TrustChange, name: &ConnectionName) -> String {
    match change {
        TrustChange::KeyTrusted(key) => format!("{key} is new, and counts"),
        TrustChange::KeyWaits(key) => {
            format!("{key} is new, and waits: `landfall connection approve {name} {key}`, or refuse")
        }
        TrustChange::KeyGone(key) => format!("{key} has left the metadata, and counts no more"),
        TrustChange::Endpoints => "the addresses for logins or logouts changed".to_owned(),
        TrustChange::EndpointsWait => format!(
            "addresses at another host wait: look at `landfall connection keys {name}`, then `landfall connection approve {name} endpoints`"
        ),
    }
}

/// Prints each key, where the metadata come from, and what is wrong.
pub(super) async fn list(store: &Store, name: &ConnectionName) -> Result<()> {
    let (connection, source) = found(store, name).await?;
    let row = |key: &TrustedCertificate| {
        let used = key.last_used.map_or_else(|| "never".to_owned(), minute);
        [
            key.fingerprint.to_string(),
            key.state.to_string(),
            minute(key.first_seen),
            used,
            minute(key.not_after),
        ]
    };
    let rows: Vec<_> = connection.idp.certificates.iter().map(row).collect();
    table::print(["KEY", "STATE", "FIRST SEEN", "LAST USED", "EXPIRES"], &rows);
    if let Some(source) = &source {
        let fetched = minute(source.last_success);
        println!("metadata {}, new keys: {}, last fetched {fetched}", source.url.as_str(), source.approval);
        for location in source.waiting.iter().flat_map(Endpoints::locations) {
            println!("waiting address {}", location.as_str());
        }
    } else {
        println!("metadata from a file, which stays as it is until `landfall connection renew`");
    }
    if let Some(until) = connection.idp.valid_until {
        println!("metadata valid until {}", minute(until));
    }
    for (_, warning) in warnings(&connection, source.as_ref(), now()) {
        println!("warning: {warning}");
    }
    Ok(())
}

/// The connection, and where its metadata come from unless a file was pinned.
async fn found(store: &Store, name: &ConnectionName) -> Result<(Connection, Option<MetadataSource>)> {
    match store.metadata_source(name).await {
        Ok((connection, source)) => Ok((connection, Some(source))),
        Err(AdminError::NoSource { .. }) => {
            let connection = store.connection_named(name).await?;
            Ok((connection.context("the connection is gone")?, None))
        }
        Err(error) => Err(error.into()),
    }
}

fn minute(at: OffsetDateTime) -> String {
    at.format(format_description!("[year]-[month]-[day] [hour]:[minute]")).unwrap_or_else(|_| at.to_string())
}

pub(super) async fn approve(store: &Store, name: &ConnectionName, what: Waiting) -> Result<()> {
    match what {
        Waiting::Key(key) => {
            store.approve_key(name, &key, now()).await?;
            println!("{name}: {key} counts");
        }
        Waiting::Endpoints => {
            let connection = store.approve_endpoints(name, now()).await?;
            for location in connection.idp.endpoints().locations() {
                println!("{name}: people are sent to {}", location.as_str());
            }
        }
    }
    Ok(())
}

/// Says what is known of the last logins, and what the next ones would meet.
pub(super) async fn rehearse(
    store: &Store,
    name: &ConnectionName,
    fingerprint: &CertificateFingerprint,
) -> Result<()> {
    let (connection, _) = found(store, name).await?;
    let keys = &connection.idp.certificates;
    let Some(key) = keys.iter().find(|key| key.fingerprint == *fingerprint) else {
        bail!("the connection `{name}` has no key {fingerprint}: see `landfall connection keys {name}`")
    };
    if key.state != CertificateState::Trusted {
        println!("{name}: {fingerprint} is {}, so that nothing depends on it", key.state);
        return Ok(());
    }
    let others: Vec<_> = connection
        .idp
        .in_state(CertificateState::Trusted)
        .filter(|one| one.fingerprint != *fingerprint)
        .collect();
    let used = |key: &TrustedCertificate| match key.last_used {
        Some(at) => format!("last signed a login on {}, to the hour", minute(at)),
        None => "has signed no login yet".to_owned(),
    };
    println!("{name}: if {fingerprint} stopped counting now");
    println!("  it {}", used(key));
    for other in &others {
        println!(
            "  {} would count on until {}; it {}",
            other.fingerprint,
            minute(other.not_after),
            used(other)
        );
    }
    let signed_later = |other: &&TrustedCertificate| other.last_used > key.last_used;
    let verdict = match others.iter().any(signed_later) {
        _ if others.is_empty() => "nobody could sign in: no other key counts",
        true => "the identity provider has signed with another key since: few should notice, or nobody",
        false if key.last_used.is_none() => {
            "no key has signed a login yet: nobody can tell by which one the next will be"
        }
        false => {
            "everybody who signs in would be refused: this is the key by which the identity provider signs"
        }
    };
    println!("  {verdict}");
    let theirs = SessionsOf::Connection(connection.name.clone());
    let live = store.sessions(Some(&theirs), now()).await?.len();
    println!(
        "  {live} sessions are open: a key that leaves the metadata ends none, `connection revoke` ends all"
    );
    println!(
        "  a person who is refused reads: Your sign-in could not be verified. Start again; if it happens again, give your administrator the code below."
    );
    Ok(())
}
