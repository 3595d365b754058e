use landfall_accounts::{
    Connection, ConnectionId, ConnectionName, IdentityLink, LinkedBy, Links, OtherKey, Subject, TenantId,
    Tombstone, User, UserId, ports::PortError,
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, ExprTrait, IntoActiveModel, PaginatorTrait, QueryFilter,
    QueryOrder, QuerySelect,
    sea_query::{Expr, OnConflict, Query},
};
use time::OffsetDateTime;

use super::{connections, first, users};
use crate::{
    AdminError, Store, TombstoneKey,
    convert::{instant, millis, parsed},
    entity::{identity_links as links, tombstones},
    fault::Fault,
    open::Turn,
    store::finish,
};

/// Of a tombstone that does not tell whose it is.
const KEYED: i64 = 1;
/// How many tombstones are keyed at once.
const BATCH: u64 = 1000;

impl Store {
    /// The account that an identity of a connection is linked to.
    ///
    /// # Errors
    /// [`AdminError::NoConnection`].
    pub async fn user_of_subject(
        &self,
        connection: &ConnectionName,
        subject: &Subject,
    ) -> Result<Option<User>, AdminError> {
        let conn = self.reader();
        let connection = connections::required(conn, connection).await?;
        let key = Key { tenant: connection.tenant, connection: connection.id, subject };
        Ok(user_of(conn, key).await?)
    }

    /// The identities that are linked to an account, the oldest link first.
    ///
    /// # Errors
    /// [`PortError`] if the store cannot answer.
    pub async fn identities_of(&self, user: &UserId) -> Result<Vec<IdentityLink>, PortError> {
        let rows = links::Entity::find()
            .filter(links::Column::UserId.eq(user.as_uuid()))
            .order_by_asc(links::Column::LinkedAt)
            .all(self.reader())
            .await
            .map_err(Fault::from)?;
        Ok(rows.iter().map(link).collect::<Result<_, _>>()?)
    }
}

/// The identity key of an arrival: a subject says nothing outside of its connection [attack G3].
#[derive(Clone, Copy)]
pub(super) struct Key<'a> {
    pub(super) tenant: TenantId,
    pub(super) connection: ConnectionId,
    pub(super) subject: &'a Subject,
}

/// The account that an identity is linked to.
pub(super) async fn user_of(conn: &impl ConnectionTrait, key: Key<'_>) -> Result<Option<User>, Fault> {
    let linked = Query::select()
        .column(links::Column::UserId)
        .from(links::Entity)
        .and_where(links::Column::TenantId.eq(key.tenant.as_uuid()))
        .and_where(links::Column::ConnectionId.eq(key.connection.as_uuid()))
        .and_where(links::Column::Subject.eq(key.subject.as_str()))
        .to_owned();
    users::of_ids(conn, key.tenant, linked).await
}

async fn stone(
    conn: &impl ConnectionTrait,
    stones: &TombstoneKey,
    key: Key<'_>,
) -> Result<Option<tombstones::Model>, Fault> {
    let keyed = stones.subject(key.tenant, key.connection, key.subject.as_str());
    let named = tombstones::Entity::find_by_id((key.tenant.as_uuid(), key.connection.as_uuid(), keyed));
    first(named.filter(tombstones::Column::Keyed.eq(KEYED)), conn).await
}

pub(super) async fn tombstone(
    conn: &impl ConnectionTrait,
    stones: &TombstoneKey,
    key: Key<'_>,
) -> Result<Tombstone, Fault> {
    let row = stone(conn, stones, key).await?;
    Ok(if row.is_some() { Tombstone::Standing } else { Tombstone::None })
}

/// The account that had this key when it was deleted last.
pub(super) async fn buried(
    conn: &impl ConnectionTrait,
    stones: &TombstoneKey,
    key: Key<'_>,
) -> Result<Option<User>, Fault> {
    let Some(row) = stone(conn, stones, key).await? else {
        return Ok(None);
    };
    users::load(conn, key.tenant, UserId::from_uuid(row.user_id)).await.map(Some)
}

/// Whether the account has another key of this connection.
pub(super) async fn other_key(
    conn: &impl ConnectionTrait,
    user: &User,
    key: Key<'_>,
) -> Result<OtherKey, Fault> {
    let query = links::Entity::find()
        .filter(links::Column::TenantId.eq(user.tenant.as_uuid()))
        .filter(links::Column::UserId.eq(user.id.as_uuid()))
        .filter(links::Column::ConnectionId.eq(key.connection.as_uuid()))
        .filter(links::Column::Subject.ne(key.subject.as_str()));
    Ok(if first(query, conn).await?.is_some() { OtherKey::Some } else { OtherKey::None })
}

pub(super) async fn links_of(conn: &impl ConnectionTrait, user: &User) -> Result<Links, Fault> {
    let query = links::Entity::find()
        .filter(links::Column::TenantId.eq(user.tenant.as_uuid()))
        .filter(links::Column::UserId.eq(user.id.as_uuid()));
    let row = first(query, conn).await?;
    Ok(if row.is_some() { Links::Some } else { Links::None })
}

/// Whether the account ever had an identity, before it was deleted.
pub(super) async fn has_tombstone(conn: &impl ConnectionTrait, user: &User) -> Result<bool, Fault> {
    let query = tombstones::Entity::find()
        .filter(tombstones::Column::TenantId.eq(user.tenant.as_uuid()))
        .filter(tombstones::Column::UserId.eq(user.id.as_uuid()));
    let row = first(query, conn).await?;
    Ok(row.is_some())
}

pub(super) async fn link_to(
    conn: &impl ConnectionTrait,
    key: Key<'_>,
    user: UserId,
    how: LinkedBy,
    now: OffsetDateTime,
) -> Result<(), Fault> {
    let row = links::Model {
        tenant_id: key.tenant.as_uuid(),
        connection_id: key.connection.as_uuid(),
        subject: key.subject.as_str().to_owned(),
        user_id: user.as_uuid(),
        linked_at: millis(now),
        how: how.name().to_owned(),
    };
    links::Entity::insert(row.into_active_model()).exec_without_returning(conn).await?;
    Ok(())
}

/// Turns every link of an account into a tombstone, and says how many.
pub(super) async fn bury(
    conn: &impl ConnectionTrait,
    store: &Store,
    user: &User,
    now: OffsetDateTime,
) -> Result<u64, Fault> {
    let of_user =
        links::Column::TenantId.eq(user.tenant.as_uuid()).and(links::Column::UserId.eq(user.id.as_uuid()));
    for link in links::Entity::find().filter(of_user.clone()).all(conn).await? {
        let row = tombstones::Model {
            tenant_id: link.tenant_id,
            connection_id: link.connection_id,
            subject: store.tombstones()?.subject(
                TenantId::from_uuid(link.tenant_id),
                ConnectionId::from_uuid(link.connection_id),
                &link.subject,
            ),
            user_id: link.user_id,
            created_at: millis(now),
            keyed: KEYED,
        };
        // One is there already where a directory made a person anew whom it had deleted.
        let last = OnConflict::columns([
            tombstones::Column::TenantId,
            tombstones::Column::ConnectionId,
            tombstones::Column::Subject,
        ])
        .update_columns([tombstones::Column::UserId, tombstones::Column::CreatedAt])
        .to_owned();
        tombstones::Entity::insert(row.into_active_model())
            .on_conflict(last)
            .exec_without_returning(conn)
            .await?;
    }
    Ok(links::Entity::delete_many().filter(of_user).exec(conn).await?.rows_affected)
}

/// Keys the tombstones that an earlier version left as they were.
pub(crate) async fn key_tombstones(store: &Store, key: &TombstoneKey) -> Result<(), Fault> {
    let plain = || tombstones::Entity::find().filter(tombstones::Column::Keyed.ne(KEYED)).limit(BATCH);
    if plain().all(store.reader()).await?.is_empty() {
        return Ok(());
    }
    let txn = store.transaction(Turn::Alone).await?;
    loop {
        let rows = plain().all(&txn).await?;
        if rows.is_empty() {
            return finish(txn).await;
        }
        for row in rows {
            let (tenant, connection) =
                (TenantId::from_uuid(row.tenant_id), ConnectionId::from_uuid(row.connection_id));
            tombstones::Entity::update_many()
                .col_expr(
                    tombstones::Column::Subject,
                    Expr::value(key.subject(tenant, connection, &row.subject)),
                )
                .col_expr(tombstones::Column::Keyed, Expr::value(KEYED))
                .filter(tombstones::Column::TenantId.eq(row.tenant_id))
                .filter(tombstones::Column::ConnectionId.eq(row.connection_id))
                .filter(tombstones::Column::Subject.eq(row.subject))
                .exec(&txn)
                .await?;
        }
    }
}

/// How many identity keys a connection has given out, those of deleted accounts included.
pub(super) async fn count_of_connection(
    conn: &impl ConnectionTrait,
    connection: &Connection,
) -> Result<u64, Fault> {
    let (tenant, id) = (connection.tenant.as_uuid(), connection.id.as_uuid());
    let living = links::Entity::find()
        .filter(links::Column::TenantId.eq(tenant))
        .filter(links::Column::ConnectionId.eq(id))
        .count(conn)
        .await?;
    let deleted = tombstones::Entity::find()
        .filter(tombstones::Column::TenantId.eq(tenant))
        .filter(tombstones::Column::ConnectionId.eq(id))
        .count(conn)
        .await?;
    Ok(living + deleted)
}

fn link(row: &links::Model) -> Result<IdentityLink, Fault> {
    Ok(IdentityLink {
        tenant: TenantId::from_uuid(row.tenant_id),
        connection: ConnectionId::from_uuid(row.connection_id),
        subject: parsed("subject", &row.subject)?,
        user: UserId::from_uuid(row.user_id),
        linked_at: instant("linked_at", row.linked_at)?,
        how: parsed("how", &row.how)?,
    })
}
