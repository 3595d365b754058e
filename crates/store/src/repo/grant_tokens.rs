//! Tokens of grants, known by their hashes alone.

use landfall_accounts::{Grant, NewTokens, Scopes, TokenHash, TokenKind};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter,
    sea_query::{Expr, ExprTrait},
};
use time::OffsetDateTime;

use super::first;
use crate::{
    convert::{broken, bytes, millis, new_id},
    entity::{
        grant_tokens::{Column, Entity, Model},
        grants as granted,
    },
    fault::Fault,
};

/// The token, and its grant.
pub(super) async fn find(
    conn: &impl ConnectionTrait,
    token: &TokenHash,
) -> Result<Option<(Model, granted::Model)>, Fault> {
    let Some(row) = first(Entity::find().filter(Column::Digest.eq(bytes(token))), conn).await? else {
        return Ok(None);
    };
    let grant = first(granted::Entity::find_by_id((row.tenant_id, row.grant_id)), conn).await?;
    Ok(Some((row, grant.ok_or(Fault::Missing { what: "grant" })?)))
}

/// Lets both count from now on, as long as the grant does at most; the access token for these scopes alone, if for fewer.
pub(super) async fn insert(
    conn: &impl ConnectionTrait,
    grant: &Grant,
    (tokens, scopes): (&NewTokens, Option<Scopes>),
    now: OffsetDateTime,
) -> Result<(), Fault> {
    let fewer = scopes.map(|scopes| scopes.to_string());
    let row = |kind: TokenKind, token: &TokenHash| {
        let (lifetime, scopes) = match kind {
            TokenKind::Access => (Grant::ACCESS_LIFETIME, fewer.clone()),
            TokenKind::Refresh => (Grant::REFRESH_LIFETIME, None),
        };
        let row = Model {
            tenant_id: grant.tenant.as_uuid(),
            id: new_id(now),
            grant_id: grant.id.as_uuid(),
            kind: name(kind).to_owned(),
            digest: bytes(token),
            scopes,
            created_at: millis(now),
            expires_at: millis(Ord::min(now + lifetime, grant.expires_at)),
            used_at: None,
        };
        row.into_active_model()
    };
    let both = [row(TokenKind::Access, &tokens.access), row(TokenKind::Refresh, &tokens.refresh)];
    Entity::insert_many(both).exec_without_returning(conn).await?;
    Ok(())
}

/// Uses a token up, and says whether it was the first time: of all who try, one wins.
pub(super) async fn use_up(
    conn: &impl ConnectionTrait,
    row: &Model,
    now: OffsetDateTime,
) -> Result<bool, Fault> {
    let used = Entity::update_many()
        .col_expr(Column::UsedAt, Expr::value(millis(now)))
        .filter(Column::TenantId.eq(row.tenant_id).and(Column::Id.eq(row.id)))
        .filter(Column::UsedAt.is_null())
        .exec(conn)
        .await?;
    Ok(used.rows_affected > 0)
}

pub(super) fn kind(row: &Model) -> Result<TokenKind, Fault> {
    let known = [TokenKind::Access, TokenKind::Refresh].into_iter().find(|kind| name(*kind) == row.kind);
    known.ok_or_else(|| broken("kind", "expected access or refresh"))
}

fn name(kind: TokenKind) -> &'static str {
    match kind {
        TokenKind::Access => "access",
        TokenKind::Refresh => "refresh",
    }
}
