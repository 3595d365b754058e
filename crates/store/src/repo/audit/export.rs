use std::io;

use landfall_accounts::ports::PortError;
use serde_json::json;
use time::format_description::well_known::Rfc3339;

use super::{head::heads, page, snapshot, verify::ChainFault};
use crate::{
    Store,
    chain::hex,
    convert::{broken, instant},
    entity::events::Model,
    fault::Fault,
};

/// Why the log was not read to its end, or what is wrong with it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AuditError {
    /// The log is not as it was written.
    #[error(transparent)]
    Chain(#[from] ChainFault),
    /// A line cannot be written.
    #[error("the log cannot be written out")]
    Write(#[source] io::Error),
    /// The store cannot answer.
    #[error(transparent)]
    Store(#[from] PortError),
}

impl From<Fault> for AuditError {
    fn from(fault: Fault) -> Self {
        Self::Store(fault.into())
    }
}

impl Store {
    /// Gives each event from this id on as a line of JSON, in the order in which they were written,
    /// and then a line for the head of each chain; a thousand events are in memory at once.
    ///
    /// An event is what is hashed, with `detail` as the text that it is, and `hash`.
    ///
    /// # Errors
    /// [`AuditError`] if the store cannot answer or a line cannot be written.
    pub async fn export_events(
        &self,
        from: i64,
        mut line: impl FnMut(&str) -> io::Result<()>,
    ) -> Result<(), AuditError> {
        let txn = snapshot(self).await?;
        let mut last = from.saturating_sub(1);
        loop {
            let rows = page(&txn, last).await?;
            for row in &rows {
                line(&written(row)?).map_err(AuditError::Write)?;
                last = row.id;
            }
            if rows.is_empty() {
                break;
            }
        }
        for head in heads(&txn).await? {
            line(&head.json().to_string()).map_err(AuditError::Write)?;
        }
        Ok(txn.commit().await.map_err(Fault::from)?)
    }
}

fn written(row: &Model) -> Result<String, Fault> {
    let at = instant("at", row.at)?.format(&Rfc3339).map_err(|source| broken("at", source))?;
    let id = |id: Option<uuid::Uuid>| id.map(|id| id.to_string());
    let line = json!({
        "id": row.id,
        "tenant": id(row.tenant_id),
        "seq": row.seq,
        "form": row.form,
        "at": at,
        "kind": row.kind,
        "connection": id(row.connection_id),
        "user": id(row.user_id),
        "trace": row.trace,
        "detail": row.detail,
        "hash": row.hash.as_deref().map(hex),
    });
    Ok(line.to_string())
}
