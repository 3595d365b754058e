//! `landfall doctor`: looks at everything and changes nothing.

pub(super) mod clocks;
mod connection;
mod credentials;
mod entra;
mod own;
mod proxy;
mod report;

use std::path::Path;

use anyhow::Result;
use landfall_accounts::{Connection, ConnectionName, MetadataSource};
use landfall_http::error_chain;
use landfall_store::{OpenError, Store};

use crate::cli::Doctor;
use crate::config::Config;
use crate::environment::now;
use crate::glue;
use crate::visible::visible;
use report::{Health, Report};

/// Prints a line for each thing; an error if any of them fails.
pub(crate) async fn run(file: Option<&Path>, wanted: &Doctor) -> Result<()> {
    let mut report = Report::default();
    match Config::read(file) {
        Ok(config) => look(&config, wanted, &mut report).await,
        Err(error) => report.add(Health::Fail, "settings", format!("{error:#}")),
    }
    for (health, what, how) in &report.lines {
        println!("{health:<4}  {what:<24} {}", visible(how));
    }
    let failed = report.lines.iter().filter(|(health, ..)| *health == Health::Fail).count();
    if failed == 0 { Ok(()) } else { anyhow::bail!("{failed} of these must be mended") }
}

async fn look(config: &Config, wanted: &Doctor, report: &mut Report) {
    report.add(
        Health::Ok,
        "settings",
        format!("public_url {}, entity ID {}", config.http.public_url.origin(), config.entity_id),
    );
    own::public_url(&config.http, report);
    if wanted.online {
        proxy::look_at(config, report).await;
    }
    report.add(Health::Ok, "engines", own::engines(config.second_opinion));
    report.add(Health::Ok, "limits", own::limits(&config.http));
    let store = match Store::open(&config.database).await {
        Ok(store) => store,
        Err(OpenError::Empty { database }) => {
            let how = format!("{database} is not there or empty: `landfall serve` makes it");
            return report.add(Health::Warn, "database", how);
        }
        Err(error) => return report.add(Health::Fail, "database", error_chain(&error)),
    };
    report.add(Health::Ok, "database", config.database.to_string());
    let now = now();
    own::own_keys(config, &store, now, report).await;
    own::clock(&store, now, report).await;
    own::sites(&store, &config.http, report).await;
    match (store.connections().await, store.metadata_sources().await) {
        (Ok(connections), Ok(sources)) => {
            let connections = named(connections, wanted.connection.as_ref(), report);
            match store.clock_skews().await {
                Ok(skews) => connections.iter().for_each(|connection| {
                    if let Some(skew) = skews.get(&connection.id) {
                        clocks::shown(&connection.name, skew, report);
                    }
                }),
                Err(error) => report.add(Health::Fail, "clocks", error_chain(&error)),
            }
            look_at_each(config, &connections, &sources, wanted.online, report).await;
            match store.scim_credentials(None).await {
                Ok(credentials) => {
                    connections.iter().for_each(|one| credentials::look_at(one, &credentials, now, report));
                }
                Err(error) => report.add(Health::Fail, "SCIM", error_chain(&error)),
            }
        }
        (Err(error), _) => report.add(Health::Fail, "connections", error_chain(&error)),
        (_, Err(error)) => report.add(Health::Fail, "metadata", error_chain(&error)),
    }
    store.close().await;
}

/// All connections, or the one that is asked about.
fn named(all: Vec<Connection>, name: Option<&ConnectionName>, report: &mut Report) -> Vec<Connection> {
    let Some(name) = name else { return all };
    let found: Vec<_> = all.into_iter().filter(|connection| connection.name == *name).collect();
    if found.is_empty() {
        let how = "there is no such connection: see `landfall connection list`";
        report.add(Health::Fail, format!("connection {name}"), how);
    }
    found
}

async fn look_at_each(
    config: &Config,
    connections: &[Connection],
    sources: &[MetadataSource],
    online: bool,
    report: &mut Report,
) {
    let fetcher = glue::fetcher(config);
    for connection in connections {
        let source = sources.iter().find(|source| source.connection == connection.id);
        let now = now();
        connection::look_at(connection, now, report);
        connection::metadata(connection, source, now, report);
        entra::look_at(config, connection, source, report);
        clocks::compare(&fetcher, connection, source, online, report).await;
    }
}
