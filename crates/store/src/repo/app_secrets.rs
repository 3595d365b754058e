//! What applications prove themselves with, and what of it was used up.

use landfall_accounts::{AppCredential, AppId, Application, CredentialId, NewAppCredential, TokenHash};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, Set,
    sea_query::{Expr, ExprTrait, OnConflict},
};
use time::OffsetDateTime;

use super::first;
use crate::{
    convert::{bytes, instant, millis, millis_up, new_id, parsed},
    entity::{
        app_assertions as used,
        app_secrets::{Column, Entity, Model},
    },
    fault::Fault,
};

/// Whether this is a secret of the application that counts now.
pub(super) async fn counts(
    conn: &impl ConnectionTrait,
    app: AppId,
    secret: &TokenHash,
    now: OffsetDateTime,
) -> Result<bool, Fault> {
    let own = Column::Digest.eq(bytes(secret)).and(Column::AppId.eq(app.as_uuid())).and(live(now));
    Ok(first(Entity::find().filter(own), conn).await?.is_some())
}

/// Uses up what an application signed: of all who try, one wins.
pub(super) async fn claim(
    conn: &impl ConnectionTrait,
    app: AppId,
    jti: &TokenHash,
    until: OffsetDateTime,
) -> Result<bool, Fault> {
    let row =
        used::ActiveModel { app_id: Set(app.as_uuid()), jti: Set(bytes(jti)), until: Set(millis_up(until)) };
    let claimed = used::Entity::insert(row)
        .on_conflict(OnConflict::new().do_nothing().to_owned())
        .exec_without_returning(conn)
        .await?;
    Ok(claimed > 0)
}

/// Makes a secret, and lets those before end at this time, if they do not end before.
pub(super) async fn rotate(
    conn: &impl ConnectionTrait,
    app: &Application,
    new: &NewAppCredential,
    others_until: OffsetDateTime,
    now: OffsetDateTime,
) -> Result<AppCredential, Fault> {
    let longer = Column::ExpiresAt.is_null().or(Column::ExpiresAt.gt(millis(others_until)));
    Entity::update_many()
        .col_expr(Column::ExpiresAt, Expr::value(millis(others_until)))
        .filter(Column::AppId.eq(app.id.as_uuid()).and(longer))
        .exec(conn)
        .await?;
    let row = Model {
        id: new_id(now),
        app_id: app.id.as_uuid(),
        prefix: new.prefix.as_str().to_owned(),
        digest: bytes(&new.hash),
        created_at: millis(now),
        expires_at: None,
    };
    let made = credential(row.clone())?;
    Entity::insert(row.into_active_model()).exec_without_returning(conn).await?;
    Ok(made)
}

/// Those of an application that count, the newest first.
pub(super) async fn of(
    conn: &impl ConnectionTrait,
    app: AppId,
    now: OffsetDateTime,
) -> Result<Vec<AppCredential>, Fault> {
    let newest = Entity::find()
        .filter(Column::AppId.eq(app.as_uuid()).and(live(now)))
        .order_by_desc(Column::CreatedAt)
        .order_by_desc(Column::Id);
    newest.all(conn).await?.into_iter().map(credential).collect()
}

fn live(now: OffsetDateTime) -> Expr {
    Column::ExpiresAt.is_null().or(Column::ExpiresAt.gt(millis(now)))
}

fn credential(row: Model) -> Result<AppCredential, Fault> {
    Ok(AppCredential {
        id: CredentialId::from_uuid(row.id),
        app: AppId::from_uuid(row.app_id),
        prefix: parsed("prefix", &row.prefix)?,
        created_at: instant("created_at", row.created_at)?,
        expires_at: row.expires_at.map(|at| instant("expires_at", at)).transpose()?,
    })
}
