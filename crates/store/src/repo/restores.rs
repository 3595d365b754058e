use landfall_accounts::{AssertionUse, CredentialKind, EndReason, EventKind, ports::PortError};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder};
use serde_json::json;
use time::OffsetDateTime;

use super::{
    ends::{self, Whose},
    events, first, sessions,
};
use crate::{
    Store,
    convert::{instant, millis},
    entity::{
        device_requests, pending_logins,
        restores::{Column, Entity, Model},
        scim_credentials, sessions as rows, test_logins,
    },
    fault::Fault,
    open::Turn,
    store::finish,
};

impl Store {
    /// Says that the database was restored from a backup: what happened since the backup is not known here.
    ///
    /// Every session, everything that applications were granted and every access token of a directory ends, logins that were begun are forgotten, and assertions that were issued before `now` are refused,
    /// whether or not they were used.
    ///
    /// # Errors
    /// [`PortError`] if the store cannot answer.
    ///
    /// # Security
    /// Call it before the first request is served; [`Store::restore`] does.
    /// What an operator changed after the backup, such as suspended accounts, revoked keys and revoked SCIM tokens,
    /// must be changed again.
    pub async fn mark_restored(&self, now: OffsetDateTime) -> Result<(), PortError> {
        Ok(mark(self, now).await?)
    }

    /// When the database was last restored from a backup, if it ever was.
    ///
    /// # Errors
    /// [`PortError`] if the store cannot answer.
    pub async fn restored_at(&self) -> Result<Option<OffsetDateTime>, PortError> {
        Ok(last(self.reader()).await?)
    }
}

async fn mark(store: &Store, now: OffsetDateTime) -> Result<(), Fault> {
    let txn = store.transaction(Turn::Alone).await?;
    Entity::insert(Model { at: millis(now) }.into_active_model()).exec_without_returning(&txn).await?;
    pending_logins::Entity::delete_many().exec(&txn).await?;
    test_logins::Entity::delete_many().exec(&txn).await?;
    rows::Entity::delete_many().filter(rows::Column::OpenedAt.is_null()).exec(&txn).await?;
    device_requests::Entity::delete_many().exec(&txn).await?;
    let live = Whose::everybody().only(sessions::live(now));
    ends::end_all(&txn, live, EndReason::Restored, now).await?;
    // Their clients get others; whether one was revoked since the backup is not known here.
    let access = scim_credentials::Column::Kind.eq(CredentialKind::Access.name());
    scim_credentials::Entity::delete_many().filter(access).exec(&txn).await?;
    events::write(&txn, &events::of_installation(EventKind::Restored, now, &json!({}))).await?;
    finish(txn).await
}

/// Whether the assertion may have been used in a time that is lost.
pub(super) async fn may_have_lost(conn: &impl ConnectionTrait, used: &AssertionUse) -> Result<bool, Fault> {
    Ok(last(conn).await?.is_some_and(|restored| used.issued_since < restored))
}

async fn last(conn: &impl ConnectionTrait) -> Result<Option<OffsetDateTime>, Fault> {
    let row = first(Entity::find().order_by_desc(Column::At), conn).await?;
    row.map(|row| instant("at", row.at)).transpose()
}
