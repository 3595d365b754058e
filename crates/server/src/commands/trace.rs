//! `landfall trace`: what was kept of connections that are traced.

use std::io::Write;

use anyhow::{Context, Result};
use landfall_accounts::ports::ConnectionDirectory;
use landfall_accounts::{Connection, TraceId};
use landfall_http::KeptTrace;
use landfall_store::Store;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::decision;
use crate::cli::Trace;
use crate::config::Config;
use crate::environment::now;
use crate::visible::visible;
use crate::{glue, table};

pub(crate) async fn run(config: &Config, command: Trace) -> Result<()> {
    let store = glue::store(config).await?;
    match command {
        Trace::List { name } => {
            let connection = match name {
                Some(name) => Some(store.connection_named(&name).await?.with_context(|| {
                    format!("there is no connection `{name}`: see `landfall connection list`")
                })?),
                None => None,
            };
            list(config, &store, connection.as_ref()).await
        }
        Trace::Show { trace, raw: false } => show(config, &store, &trace).await,
        Trace::Show { trace, raw: true } => {
            let (kept, _) = opened(config, &store, &trace).await?;
            eprintln!("warning: this message holds personal data: keep it no longer than you need it");
            std::io::stdout().write_all(kept.message()).context("standard output")
        }
        Trace::Forget { trace, connection } => {
            if let Some(name) = connection {
                println!("{name}: {} are forgotten", store.forget_traces(&name, now()).await?);
            }
            if let Some(trace) = trace {
                store.forget_trace(&trace, now()).await?;
                println!("{trace} is forgotten");
            }
            Ok(())
        }
    }
}

/// What is kept of a request, and its connection as it is today.
pub(super) async fn opened(
    config: &Config,
    store: &Store,
    trace: &TraceId,
) -> Result<(KeptTrace, Connection)> {
    let sealed = store.trace(trace, now()).await?;
    let sealed = sealed.with_context(|| {
        format!("no message is kept of the trace {trace}: see `landfall trace list`; the table `events` has its decision")
    })?;
    let connection = store.connection(&sealed.place.connection).await?;
    let connection = connection.context("the connection of the message is gone")?;
    Ok((glue::sealer(config)?.open(&sealed)?, connection))
}

/// Opened one after the other: no more than one message is in memory.
async fn list(config: &Config, store: &Store, connection: Option<&Connection>) -> Result<()> {
    let sealer = glue::sealer(config)?;
    let (connections, now) = (store.connections().await?, now());
    let mut rows = Vec::new();
    for (place, at) in store.traces(connection.map(|connection| connection.id), now).await? {
        // It may have been forgotten since.
        let Some(sealed) = store.trace(&place.trace, now).await? else { continue };
        let outcome =
            sealer.open(&sealed).map_or_else(|_| "cannot be opened".to_owned(), |kept| kept.outcome);
        let of = connections.iter().find(|connection| connection.id == place.connection);
        let name = of.map(|connection| connection.name.to_string()).unwrap_or_default();
        rows.push([place.trace.to_string(), time(at)?, name, outcome]);
    }
    table::print(["TRACE", "CAME", "CONNECTION", "OUTCOME"], &rows);
    Ok(())
}

async fn show(config: &Config, store: &Store, trace: &TraceId) -> Result<()> {
    let (kept, connection) = opened(config, store, trace).await?;
    let lines = described(trace, &kept, &connection)?;
    let judged = kept.decision.as_ref().map(decision::lines);
    let judged = judged.unwrap_or_else(|| vec!["it was refused before it was judged".to_owned()]);
    for line in lines.iter().chain(&judged) {
        println!("{}", visible(line));
    }
    Ok(())
}

/// What is known of the message beside the decision.
pub(super) fn described(trace: &TraceId, kept: &KeptTrace, connection: &Connection) -> Result<Vec<String>> {
    let at = time(kept.at)?;
    let request = kept.request.as_deref().and_then(|state| state.split('\n').nth(1));
    let answers = request.map_or_else(|| "no request".to_owned(), |request| format!("the request {request}"));
    let relay_state = if kept.relay_state { "with" } else { "without" };
    let settings: Vec<String> = kept.settings().map(|(key, value)| format!("{key}={value}")).collect();
    let mut lines = vec![
        format!("{trace} at {} came {at}: {}", connection.name, kept.outcome),
        format!("  answers {answers}, {relay_state} RelayState, {} bytes of XML", kept.message().len()),
        format!("  to {} at {}", kept.entity_id, kept.acs),
        format!("  under {}", settings.join(" ")),
    ];
    lines.extend(kept.certificates().map(|fingerprint| format!("  by the key {fingerprint}")));
    Ok(lines)
}

fn time(at: OffsetDateTime) -> Result<String> {
    Ok(at.format(&Rfc3339)?)
}
