//! What is printed line by line, with what tenants and connections are called now.

use std::io::{self, Write};

use anyhow::Result;
use landfall_accounts::{ConnectionId, TenantId};
use landfall_store::Store;

use crate::visible::visible;

/// What tenants and connections are called now.
pub(crate) struct Names {
    tenants: Vec<(TenantId, String)>,
    connections: Vec<(ConnectionId, String)>,
}

impl Names {
    pub(crate) async fn read(store: &Store) -> Result<Self> {
        let tenants = store.tenants().await?.into_iter();
        let connections = store.connections().await?.into_iter();
        Ok(Self {
            tenants: tenants.map(|tenant| (tenant.id, tenant.name.to_string())).collect(),
            connections: connections.map(|connection| (connection.id, connection.name.to_string())).collect(),
        })
    }

    /// The name of a tenant, or its id if it is no more.
    pub(crate) fn tenant(&self, id: TenantId) -> String {
        let name = self.tenants.iter().find(|(tenant, _)| *tenant == id);
        name.map_or_else(|| id.to_string(), |(_, name)| name.clone())
    }

    /// The name of a connection, or its id if it is no more.
    pub(crate) fn connection(&self, id: ConnectionId) -> String {
        let name = self.connections.iter().find(|(connection, _)| *connection == id);
        name.map_or_else(|| id.to_string(), |(_, name)| name.clone())
    }
}

/// Prints a line for each, with what tenants and connections are called now.
pub(crate) async fn print<T>(
    store: &Store,
    all: &[T],
    line: impl Fn(&T, &Names) -> Result<String>,
) -> Result<()> {
    if all.is_empty() {
        return Ok(());
    }
    let names = Names::read(store).await?;
    let mut out = io::stdout().lock();
    for one in all {
        writeln!(out, "{}", visible(&line(one, &names)?))?;
    }
    Ok(out.flush()?)
}

/// Whoever reads may have enough before the end, as `head` has.
pub(crate) fn whole(written: Result<()>) -> Result<()> {
    match written {
        Err(error) if error.chain().any(is_closed) => Ok(()),
        other => other,
    }
}

fn is_closed(cause: &(dyn std::error::Error + 'static)) -> bool {
    cause.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}
