use std::collections::HashMap;

use landfall_accounts::{
    Activity, Case, Comparison, ConnectionId, Criterion, Directory, DirectoryUser, Home, Page, Push, Query,
    TenantId, User, UserField, UserId, UserState, Wanted,
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbBackend, EntityTrait, ExprTrait, IntoActiveModel, JoinType,
    PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, RelationDef, sea_query::Expr,
};
use time::OffsetDateTime;
use uuid::Uuid;

use super::{
    criterion::{Test, Value, condition, inside_json},
    first, users,
};
use crate::{
    TombstoneKey,
    convert::{broken, instant, millis, parsed},
    entity::{
        directory_users::{Column, Entity, Model},
        users as accounts,
    },
    fault::Fault,
};

/// How many ids one statement names: far below what either database takes.
pub(super) const CHUNK: usize = 500;

/// The account of this id, if it is of the directory and lives.
pub(super) async fn find(
    conn: &impl ConnectionTrait,
    directory: &Directory,
    id: &UserId,
) -> Result<Option<DirectoryUser>, Fault> {
    let query = living(directory).filter(Column::UserId.eq(id.as_uuid()));
    let Some(row) = first(query, conn).await? else {
        return Ok(None);
    };
    let account = users::load(conn, directory.tenant, *id).await?;
    directory_user(row, account).map(Some)
}

/// The accounts that fit, in their order.
pub(super) async fn page(
    conn: &impl ConnectionTrait,
    directory: &Directory,
    query: &Query<UserField>,
) -> Result<Page<DirectoryUser>, Fault> {
    let Query { filter, order, page } = query;
    let backend = conn.get_database_backend();
    let mut rows = asked(directory, filter, backend);
    let total = rows.clone().count(conn).await?;
    if let Some(order) = order {
        for (by, direction) in value(&order.by, backend).sorted(order.direction) {
            rows = rows.order_by(by, direction);
        }
    }
    let rows = rows
        .order_by_asc(Column::UserId)
        .offset(page.offset)
        .limit(u64::from(page.limit.get()))
        .all(conn)
        .await?;
    let mut known = HashMap::with_capacity(rows.len());
    for ids in rows.chunks(CHUNK) {
        let of_page = accounts::Column::TenantId
            .eq(directory.tenant.as_uuid())
            .and(accounts::Column::Id.is_in(ids.iter().map(|row| row.user_id)));
        for account in accounts::Entity::find().filter(of_page).all(conn).await? {
            known.insert(account.id, account);
        }
    }
    let mut items = Vec::with_capacity(rows.len());
    for row in rows {
        let account = known.remove(&row.user_id).ok_or(Fault::Missing { what: "user" })?;
        items.push(directory_user(row, users::user(account)?)?);
    }
    Ok(Page { items, total })
}

/// The accounts that fit, in no order.
fn asked(
    directory: &Directory,
    filter: &Criterion<UserField>,
    backend: DbBackend,
) -> sea_orm::Select<Entity> {
    let fits = condition(filter, &|field, test| leaf(directory.tenant, field, test, backend));
    living(directory).join(JoinType::InnerJoin, to_account()).filter(fits)
}

/// Of which directory an account is, seen from a connection.
pub(super) async fn home(
    conn: &impl ConnectionTrait,
    user: &User,
    from: ConnectionId,
) -> Result<Home, Fault> {
    let row = of_user(conn, user).await?;
    Ok(match row {
        None => Home::None,
        Some(row) if row.connection_id == from.as_uuid() => Home::Here,
        Some(_) => Home::Elsewhere,
    })
}

/// Whether the account is of a directory that said last that it is inactive.
pub(super) async fn is_inactive(conn: &impl ConnectionTrait, user: &User) -> Result<bool, Fault> {
    let row = of_user(conn, user).await?;
    Ok(row.is_some_and(|row| row.activity == Activity::Inactive.name()))
}

/// The living account of the directory that it calls so.
pub(super) async fn of_external_id(
    conn: &impl ConnectionTrait,
    directory: &Directory,
    push: &Push,
) -> Result<Option<UserId>, Fault> {
    let Some(external_id) = &push.external_id else {
        return Ok(None);
    };
    let row = first(living(directory).filter(Column::ExternalId.eq(external_id.as_str())), conn).await?;
    Ok(row.map(|row| UserId::from_uuid(row.user_id)))
}

/// The account that the directory called so and that was deleted last.
pub(super) async fn deleted(
    conn: &impl ConnectionTrait,
    stones: &TombstoneKey,
    directory: &Directory,
    push: &Push,
) -> Result<Option<User>, Fault> {
    let Some(external_id) = &push.external_id else {
        return Ok(None);
    };
    let keyed = stones.external_id(directory.tenant, directory.connection, external_id.as_str());
    let query = of_directory(directory)
        .filter(Column::ExternalId.is_in([external_id.as_str(), &keyed]))
        .filter(Column::RemovedAt.is_not_null())
        .order_by_desc(Column::RemovedAt)
        .order_by_desc(Column::UserId);
    match first(query, conn).await? {
        Some(row) => users::load(conn, directory.tenant, UserId::from_uuid(row.user_id)).await.map(Some),
        None => Ok(None),
    }
}

/// Which of these are accounts of the directory that live.
pub(super) async fn among(
    conn: &impl ConnectionTrait,
    directory: &Directory,
    ids: &[UserId],
) -> Result<Vec<Uuid>, Fault> {
    let query = living(directory).filter(Column::UserId.is_in(ids.iter().map(UserId::as_uuid)));
    Ok(query.select_only().column(Column::UserId).into_tuple().all(conn).await?)
}

/// Writes down that an account is of a directory.
pub(super) async fn insert(
    conn: &impl ConnectionTrait,
    directory: &Directory,
    user: User,
    push: &Push,
    suspended_from: Option<UserState>,
    now: OffsetDateTime,
) -> Result<DirectoryUser, Fault> {
    let row = Model {
        tenant_id: directory.tenant.as_uuid(),
        user_id: user.id.as_uuid(),
        connection_id: directory.connection.as_uuid(),
        external_id: push.external_id.as_ref().map(|id| id.as_str().to_owned()),
        activity: push.activity.name().to_owned(),
        suspended_from: suspended_from.map(|state| state.name().to_owned()),
        rest: push.rest.as_str().to_owned(),
        version: 1,
        pushed_at: millis(now),
        changed_at: millis(now),
        removed_at: None,
    };
    Entity::insert(row.clone().into_active_model()).exec_without_returning(conn).await?;
    directory_user(row, user)
}

/// Writes what the directory says of the account, and the next version.
pub(super) async fn save(conn: &impl ConnectionTrait, known: &DirectoryUser) -> Result<(), Fault> {
    Entity::update_many()
        .col_expr(Column::ExternalId, Expr::value(known.external_id.as_ref().map(|id| id.as_str())))
        .col_expr(Column::Activity, Expr::value(known.activity.name()))
        .col_expr(Column::SuspendedFrom, Expr::value(known.suspended_from.map(UserState::name)))
        .col_expr(Column::Rest, Expr::value(known.rest.as_str()))
        .col_expr(Column::Version, Expr::col(Column::Version).add(1))
        .col_expr(Column::ChangedAt, Expr::value(millis(known.changed_at)))
        .filter(of_account(&known.user))
        .exec(conn)
        .await?;
    Ok(())
}

/// Somebody else changed what the directory sees of the account, if it is of one.
pub(super) async fn touch(
    conn: &impl ConnectionTrait,
    user: &User,
    now: OffsetDateTime,
) -> Result<(), Fault> {
    Entity::update_many()
        .col_expr(Column::Version, Expr::col(Column::Version).add(1))
        .col_expr(Column::ChangedAt, Expr::value(millis(now)))
        .filter(of_account(user).and(Column::RemovedAt.is_null()))
        .exec(conn)
        .await?;
    Ok(())
}

/// The account is no more: what remains says whom the directory called what.
pub(super) async fn remove(
    conn: &impl ConnectionTrait,
    user: &User,
    now: OffsetDateTime,
) -> Result<(), Fault> {
    Entity::update_many()
        .col_expr(Column::RemovedAt, Expr::value(millis(now)))
        .col_expr(Column::Rest, Expr::value(""))
        .filter(of_account(user).and(Column::RemovedAt.is_null()))
        .exec(conn)
        .await?;
    Ok(())
}

/// What remains of an account that was removed does not tell whom the directory called so.
pub(super) async fn erase(
    conn: &impl ConnectionTrait,
    stones: &TombstoneKey,
    user: &User,
) -> Result<(), Fault> {
    let Some(row) = first(Entity::find().filter(of_account(user)), conn).await? else { return Ok(()) };
    let keyed = row.external_id.as_deref().map(|external_id| {
        stones.external_id(user.tenant, ConnectionId::from_uuid(row.connection_id), external_id)
    });
    Entity::update_many()
        .col_expr(Column::ExternalId, Expr::value(keyed))
        .col_expr(Column::Rest, Expr::value(""))
        .filter(of_account(user))
        .exec(conn)
        .await?;
    Ok(())
}

fn of_directory(directory: &Directory) -> sea_orm::Select<Entity> {
    Entity::find()
        .filter(Column::TenantId.eq(directory.tenant.as_uuid()))
        .filter(Column::ConnectionId.eq(directory.connection.as_uuid()))
}

fn living(directory: &Directory) -> sea_orm::Select<Entity> {
    of_directory(directory).filter(Column::RemovedAt.is_null())
}

fn of_account(user: &User) -> Expr {
    Column::TenantId.eq(user.tenant.as_uuid()).and(Column::UserId.eq(user.id.as_uuid()))
}

async fn of_user(conn: &impl ConnectionTrait, user: &User) -> Result<Option<Model>, Fault> {
    first(Entity::find().filter(of_account(user)).filter(Column::RemovedAt.is_null()), conn).await
}

fn to_account() -> RelationDef {
    Entity::belongs_to(accounts::Entity)
        .from((Column::TenantId, Column::UserId))
        .to((accounts::Column::TenantId, accounts::Column::Id))
        .into()
}

/// What must hold of a field.
fn leaf(tenant: TenantId, field: &UserField, test: Test<'_>, backend: DbBackend) -> Expr {
    match (field, test) {
        (UserField::UserName, Test::Compare(Comparison::Equal, Wanted::Text(name))) => named(tenant, name),
        (field, test) => value(field, backend).test(test),
    }
}

/// The account of this name, by its index.
///
/// As a condition on the joined account it would depend on statistics, of which a young database has none, whether
/// everybody in the directory is looked at for it.
fn named(tenant: TenantId, name: &str) -> Expr {
    let named = sea_orm::sea_query::Query::select()
        .column(accounts::Column::Id)
        .from(accounts::Entity)
        .and_where(accounts::Column::TenantId.eq(tenant.as_uuid()))
        .and_where(accounts::Column::UserNameFolded.eq(name.to_lowercase()))
        .to_owned();
    Column::UserId.in_subquery(named)
}

/// Where the value of a field is kept.
fn value(field: &UserField, backend: DbBackend) -> Value {
    let account = |column: accounts::Column| column.into_expr();
    match field {
        UserField::Id => Value::id(Column::UserId.into_expr()),
        UserField::UserName => {
            Value::kept_folded(account(accounts::Column::UserName), account(accounts::Column::UserNameFolded))
        }
        UserField::ExternalId => Value::text(Column::ExternalId.into_expr(), Case::Exact),
        UserField::DisplayName => Value::text(account(accounts::Column::DisplayName), Case::Folded),
        UserField::FirstName => Value::text(account(accounts::Column::FirstName), Case::Folded),
        UserField::LastName => Value::text(account(accounts::Column::LastName), Case::Folded),
        UserField::Email => Value::text(account(accounts::Column::Email), Case::Folded),
        UserField::Active => Value::flag(Column::Activity.eq(Activity::Active.name())),
        UserField::Pushed => Value::moment(Column::PushedAt.into_expr()),
        UserField::Changed => Value::moment(Column::ChangedAt.into_expr()),
        UserField::Rest { path, case } => {
            Value::text(inside_json(Column::Rest.into_expr(), path, backend), *case)
        }
    }
}

fn directory_user(row: Model, user: User) -> Result<DirectoryUser, Fault> {
    Ok(DirectoryUser {
        user,
        connection: ConnectionId::from_uuid(row.connection_id),
        external_id: row.external_id.as_deref().map(|id| parsed("external_id", id)).transpose()?,
        activity: parsed("activity", &row.activity)?,
        suspended_from: row
            .suspended_from
            .as_deref()
            .map(|state| parsed("suspended_from", state))
            .transpose()?,
        rest: parsed("rest", &row.rest)?,
        version: u64::try_from(row.version).map_err(|source| broken("version", source))?,
        pushed_at: instant("pushed_at", row.pushed_at)?,
        changed_at: instant("changed_at", row.changed_at)?,
    })
}

#[cfg(test)]
mod tests {
    use sea_orm::QueryTrait;

    use super::*;
    use crate::repo::plan::plan;

    #[tokio::test]
    async fn a_look_up_reads_one_account_whatever_the_number_of_them() {
        let directory = Directory {
            tenant: TenantId::from_uuid(Uuid::from_u128(1)),
            connection: ConnectionId::from_uuid(Uuid::from_u128(2)),
        };
        for field in [UserField::Id, UserField::UserName, UserField::ExternalId] {
            let with = match field {
                UserField::Id => Wanted::Id(Uuid::from_u128(3)),
                _ => Wanted::Text("ada@contoso.example".to_owned()),
            };
            let filter = Criterion::Compare { field: field.clone(), how: Comparison::Equal, with };
            let found = asked(&directory, &filter, DbBackend::Sqlite).order_by_asc(Column::UserId);
            let plan = plan(&found.into_query()).await;
            assert!(plan.iter().any(|step| step.contains("directory_users USING")), "{plan:#?}");
            let all =
                |step: &String| step.contains("SCAN") || step.ends_with("(tenant_id=? AND connection_id=?)");
            assert!(!plan.iter().any(all), "{field:?} looks at everybody: {plan:#?}");
        }
    }
}
