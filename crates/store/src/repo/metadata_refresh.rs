//! What a fetch of metadata changes.

use landfall_accounts::{
    Approval, CertificateFingerprint, CertificateState, Connection, ConnectionId, EXPIRY_WARNINGS, EventKind,
    IdpTrust, MetadataSource, Refresh, RefreshRefusal, TenantId, Validators, decide_refresh, expiry_warning,
    ports::PortError,
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter,
    sea_query::{Expr, ExprTrait},
};
use serde_json::{Value, json};
use time::{Duration, OffsetDateTime};

use super::{
    connections, events,
    metadata_sources::{find, of},
};
use crate::{
    Store,
    convert::{digest, instant, millis},
    entity::{connection_certificates as certificates, metadata_sources::Column},
    fault::Fault,
    open::Turn,
    store::finish,
};

/// Metadata that were fetched and read, and what came with them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fetched {
    /// What they say.
    pub idp: IdpTrust,
    /// Whether new keys wait.
    pub approval: Approval,
    /// What the server said about this copy.
    pub validators: Validators,
    /// When the next fetch is due.
    pub next_attempt: OffsetDateTime,
}

/// A certificate that counts and ends soon.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyWarning {
    /// Whose it is.
    pub connection: Connection,
    /// The certificate.
    pub certificate: CertificateFingerprint,
    /// The end of it.
    pub not_after: OffsetDateTime,
}

impl Store {
    /// Lets metadata that were fetched change a connection, as far as [`decide_refresh`] says: all of that, or nothing.
    ///
    /// What they say is decided by what is stored at this moment.
    /// A refusal is remembered as a failure that is tried again at `retry`.
    ///
    /// # Errors
    /// [`PortError`] if the store cannot answer.
    ///
    /// # Security
    /// No row of another connection is written.
    pub async fn metadata_fetched(
        &self,
        source: &MetadataSource,
        fetched: &Fetched,
        retry: OffsetDateTime,
        now: OffsetDateTime,
    ) -> Result<Result<Refresh, RefreshRefusal>, PortError> {
        let txn = self.transaction(Turn::Tenant(source.tenant)).await?;
        let mut connection = connections::load(&txn, source.tenant, source.connection).await?;
        let stored = find(&txn, source.tenant, source.connection).await?;
        // An operator may have pinned a file meanwhile, or named another address.
        let Some(stored) = stored.filter(|stored| stored.url == source.url) else {
            finish(txn).await?;
            let (idp, waiting) = (connection.idp, None);
            return Ok(Ok(Refresh { idp, waiting, changes: Vec::new() }));
        };
        let waiting = stored.waiting.as_ref();
        let decided = decide_refresh(&connection.idp, waiting, &fetched.idp, fetched.approval, now);
        match &decided {
            Ok(refresh) => {
                connection.idp = refresh.idp.clone();
                connections::save(&txn, &connection).await?;
                connections::save_certificates(&txn, &connection).await?;
                succeed(&txn, source, fetched, refresh, now).await?;
                if !refresh.changes.is_empty() {
                    note(&txn, EventKind::MetadataChanged, source, &changes(&connection, refresh), now)
                        .await?;
                }
            }
            Err(refusal) => {
                fail(&txn, &stored, EventKind::MetadataRefused, refusal.code(), retry, now).await?;
            }
        }
        finish(txn).await?;
        Ok(decided)
    }

    /// Remembers that the server still has the copy that was taken.
    ///
    /// # Errors
    /// [`PortError`] if the store cannot answer.
    pub async fn metadata_unchanged(
        &self,
        source: &MetadataSource,
        next_attempt: OffsetDateTime,
        now: OffsetDateTime,
    ) -> Result<(), PortError> {
        of(source.tenant, source.connection)
            .col_expr(Column::LastSuccess, Expr::value(millis(now)))
            .col_expr(Column::FailedAt, Expr::value(Option::<i64>::None))
            .col_expr(Column::Failure, Expr::value(Option::<String>::None))
            .col_expr(Column::NextAttempt, Expr::value(millis(next_attempt)))
            .exec(self.writer())
            .await
            .map_err(Fault::from)?;
        Ok(())
    }

    /// Remembers that metadata could not be fetched or read; what was trusted is trusted on.
    ///
    /// # Errors
    /// [`PortError`] if the store cannot answer.
    pub async fn metadata_failed(
        &self,
        source: &MetadataSource,
        code: &str,
        retry: OffsetDateTime,
        now: OffsetDateTime,
    ) -> Result<(), PortError> {
        let txn = self.transaction(Turn::Tenant(source.tenant)).await?;
        if let Some(stored) = find(&txn, source.tenant, source.connection).await? {
            fail(&txn, &stored, EventKind::MetadataFailed, code, retry, now).await?;
        }
        Ok(finish(txn).await?)
    }

    /// Writes an event for each certificate that counts and for which it is time, once for each of
    /// [`EXPIRY_WARNINGS`](landfall_accounts::EXPIRY_WARNINGS), whichever node asks.
    ///
    /// # Errors
    /// [`PortError`] if the store cannot answer.
    pub async fn warn_of_expiry(&self, now: OffsetDateTime) -> Result<Vec<KeyWarning>, PortError> {
        let soon = now + Duration::days(EXPIRY_WARNINGS[0]);
        let rows = certificates::Entity::find()
            .filter(certificates::Column::State.eq(CertificateState::Trusted.name()))
            .filter(certificates::Column::NotAfter.lte(millis(soon)))
            .all(self.reader())
            .await
            .map_err(Fault::from)?;
        let mut warnings = Vec::new();
        for row in rows {
            let not_after = instant("not_after", row.not_after)?;
            let Some(days) = expiry_warning(not_after, now) else { continue };
            if row.expiry_warned.is_none_or(|warned| days < warned) {
                warnings.extend(warn(self, &row, not_after, days, now).await?);
            }
        }
        Ok(warnings)
    }
}

async fn succeed(
    conn: &impl ConnectionTrait,
    source: &MetadataSource,
    fetched: &Fetched,
    refresh: &Refresh,
    now: OffsetDateTime,
) -> Result<(), Fault> {
    let validators = fetched.validators.clone();
    let waiting = refresh.waiting.as_ref().map(connections::endpoints_text).transpose()?;
    of(source.tenant, source.connection)
        .col_expr(Column::LastSuccess, Expr::value(millis(now)))
        .col_expr(Column::FailedAt, Expr::value(Option::<i64>::None))
        .col_expr(Column::Failure, Expr::value(Option::<String>::None))
        .col_expr(Column::NextAttempt, Expr::value(millis(fetched.next_attempt)))
        .col_expr(Column::Etag, Expr::value(validators.etag))
        .col_expr(Column::LastModified, Expr::value(validators.last_modified))
        .col_expr(Column::Waiting, Expr::value(waiting))
        .exec(conn)
        .await?;
    Ok(())
}

/// Each failure is remembered; an event is left where it begins, and where its reason changes.
async fn fail(
    conn: &impl ConnectionTrait,
    stored: &MetadataSource,
    kind: EventKind,
    code: &str,
    retry: OffsetDateTime,
    now: OffsetDateTime,
) -> Result<(), Fault> {
    of(stored.tenant, stored.connection)
        .col_expr(Column::FailedAt, Expr::value(millis(now)))
        .col_expr(Column::Failure, Expr::value(code))
        .col_expr(Column::NextAttempt, Expr::value(millis(retry)))
        .exec(conn)
        .await?;
    if stored.failure.as_ref().is_some_and(|failure| failure.code == code) {
        return Ok(());
    }
    note(conn, kind, stored, &json!({ "code": code }), now).await
}

fn changes(connection: &Connection, refresh: &Refresh) -> Value {
    let changes: Vec<Value> = refresh
        .changes
        .iter()
        .map(
            |change| json!({ "code": change.code(), "certificate": change.key().map(|key| key.to_string()) }),
        )
        .collect();
    json!({ "name": connection.name.as_str(), "changes": changes })
}

async fn note(
    conn: &impl ConnectionTrait,
    kind: EventKind,
    source: &MetadataSource,
    detail: &Value,
    now: OffsetDateTime,
) -> Result<(), Fault> {
    let mut event = events::about(kind, source.tenant, now, detail);
    event.connection = Some(source.connection);
    events::write(conn, &event).await
}

/// The warning, if no other node has given it meanwhile.
async fn warn(
    store: &Store,
    row: &certificates::Model,
    not_after: OffsetDateTime,
    days: i64,
    now: OffsetDateTime,
) -> Result<Option<KeyWarning>, Fault> {
    let certificate = CertificateFingerprint::from_bytes(digest("fingerprint", &row.fingerprint)?);
    let tenant = TenantId::from_uuid(row.tenant_id);
    let txn = store.transaction(Turn::Tenant(tenant)).await?;
    let warned = certificates::Column::ExpiryWarned;
    let first = certificates::Entity::update_many()
        .col_expr(warned, Expr::value(days))
        .filter(certificates::Column::TenantId.eq(row.tenant_id))
        .filter(certificates::Column::ConnectionId.eq(row.connection_id))
        .filter(certificates::Column::Fingerprint.eq(row.fingerprint.clone()))
        .filter(warned.is_null().or(warned.gt(days)))
        .exec(&txn)
        .await?;
    if first.rows_affected != 1 {
        finish(txn).await?;
        return Ok(None);
    }
    let connection = connections::load(&txn, tenant, ConnectionId::from_uuid(row.connection_id)).await?;
    let (name, until) = (connection.name.as_str(), not_after.unix_timestamp());
    let key = certificate.to_string();
    let detail = json!({ "name": name, "certificate": key, "days": days, "not_after": until });
    let mut event = events::about(EventKind::KeyExpires, tenant, now, &detail);
    event.connection = Some(connection.id);
    events::write(&txn, &event).await?;
    finish(txn).await?;
    Ok(Some(KeyWarning { connection, certificate, not_after }))
}
