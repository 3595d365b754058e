//! `landfall audit`: what happened, all of it for somewhere else, and whether it is as it was written.

use std::io::{self, BufWriter, Write};
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use clap::Subcommand;
use landfall_accounts::{EventKind, TenantId, TenantName};
use landfall_store::{AuditError, EventFilter, Following, Head, RecordedEvent, Store};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::inspect::instant;
use super::lines::{Names, print, whole};
use crate::environment::now;
use crate::table;

#[derive(Subcommand)]
pub(crate) enum Audit {
    /// Prints the last events, the newest last, one a line.
    Tail {
        /// Prints those that come, until it is ended.
        #[arg(long)]
        follow: bool,
        /// Of this tenant alone.
        #[arg(long, value_name = "NAME")]
        tenant: Option<TenantName>,
        /// Of this kind alone, such as login.refused.
        #[arg(long)]
        kind: Option<EventKind>,
        /// From this time on, RFC 3339.
        #[arg(long, value_name = "TIME", value_parser = instant)]
        since: Option<OffsetDateTime>,
        /// How many at most.
        #[arg(short = 'n', value_name = "COUNT", default_value_t = 20)]
        count: u64,
    },
    /// Prints every event as a line of JSON, and then the head of each chain: to be kept where nobody can change it.
    Export {
        /// From the event with this id on.
        #[arg(long, value_name = "ID", default_value_t = 1)]
        from: i64,
    },
    /// Says whether all events are as they were written, and prints how many there are and the head of each chain.
    Verify {
        /// Also whether these earlier heads are among them: an export, what `verify` printed, or one head.
        #[arg(long, value_name = "FILE|HEAD")]
        against: Option<String>,
    },
}

/// How often it is looked for new events.
const INTERVAL: Duration = Duration::from_secs(1);

pub(crate) async fn run(store: &Store, command: Audit) -> Result<()> {
    match command {
        Audit::Tail { follow, tenant, kind, since, count } => {
            let tenant = match tenant {
                Some(name) => Some(id_of(store, &name).await?),
                None => None,
            };
            let filter = EventFilter { tenant, kind, since };
            whole(tail(store, &filter, count, follow).await)
        }
        Audit::Export { from } => whole(export(store, from).await),
        Audit::Verify { against } => verify(store, against.as_deref()).await,
    }
}

async fn id_of(store: &Store, name: &TenantName) -> Result<TenantId> {
    let found = store.tenants().await?.into_iter().find(|tenant| tenant.name == *name);
    Ok(found.with_context(|| format!("there is no tenant `{name}`: see `landfall tenant list`"))?.id)
}

async fn tail(store: &Store, filter: &EventFilter, count: u64, follow: bool) -> Result<()> {
    // What comes while it is looked up is printed once, by whichever finds it.
    let newest = store.events(&EventFilter::default(), 1).await?;
    let mut following = Following::after(newest.first().map_or(0, |recorded| recorded.id));
    let mut last = store.events(filter, count).await?;
    last.retain(|recorded| newest.first().is_some_and(|newest| recorded.id <= newest.id));
    last.reverse();
    print(store, &last, line).await?;
    if !follow {
        return Ok(());
    }
    loop {
        tokio::time::sleep(INTERVAL).await;
        let mut came = store.follow_events(&mut following, now()).await?;
        came.retain(|recorded| filter.takes(&recorded.event));
        print(store, &came, line).await?;
    }
}

fn line(recorded: &RecordedEvent, names: &Names) -> Result<String> {
    let event = &recorded.event;
    let mut line = format!("{} {} {}", recorded.id, event.at.format(&Rfc3339)?, event.kind);
    if let Some(tenant) = event.tenant {
        line += &format!(" tenant={}", names.tenant(tenant));
    }
    if let Some(connection) = event.connection {
        line += &format!(" connection={}", names.connection(connection));
    }
    if let Some(user) = event.user {
        line += &format!(" user={user}");
    }
    if let Some(trace) = &event.trace {
        line += &format!(" trace={trace}");
    }
    Ok(format!("{line} {}", event.detail.as_str()))
}

async fn export(store: &Store, from: i64) -> Result<()> {
    let mut out = BufWriter::new(io::stdout().lock());
    store.export_events(from, |line| writeln!(out, "{line}")).await?;
    Ok(out.flush()?)
}

async fn verify(store: &Store, against: Option<&str>) -> Result<()> {
    let kept = match against {
        Some(against) => heads(against)?,
        None => Vec::new(),
    };
    let verified = store.verify_events(&kept).await.map_err(|error| match error {
        AuditError::Chain(fault) => anyhow::Error::from(fault).context("the log is not as it was written"),
        other => other.into(),
    })?;
    let names = Names::read(store).await?;
    let rows: Vec<_> = verified
        .heads
        .iter()
        .map(|head| {
            let name = head.tenant.map_or_else(|| "(installation)".to_owned(), |id| names.tenant(id));
            [name, head.seq.to_string(), head.to_string()]
        })
        .collect();
    table::print(["CHAIN OF", "EVENTS", "HEAD"], &rows);
    println!("{} events are as they were written", verified.events);
    if verified.earlier > 0 {
        println!("{} of them were there before the chain, which vouches for them since", verified.earlier);
    }
    if !kept.is_empty() {
        println!("all {} heads that were kept are among them", kept.len());
    }
    Ok(())
}

/// One head, or those in a file.
fn heads(against: &str) -> Result<Vec<Head>> {
    if let Ok(head) = against.parse() {
        return Ok(vec![head]);
    }
    let text = std::fs::read_to_string(Path::new(against))
        .with_context(|| format!("{against} is no head, and no file that can be read"))?;
    let heads = Head::kept_in(&text);
    if heads.is_empty() {
        bail!("no head is in {against}: keep what `landfall audit export` or `landfall audit verify` prints");
    }
    Ok(heads)
}
