//! Who is in which group of a directory.

use std::collections::HashMap;

use landfall_accounts::{
    Comparison, Directory, Group, GroupId, MemberChange, Page, PageOf, TenantId, User, UserId, Wanted,
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, ExprTrait, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect, Select,
    sea_query::{Expr, OnConflict, Query},
};
use time::OffsetDateTime;
use uuid::Uuid;

use super::{
    criterion::{self, Test},
    directory_groups::{find, group, of},
    directory_users::{self, CHUNK},
};
use crate::{
    convert::millis,
    entity::{
        directory_groups::{Column, Entity},
        directory_members as members,
    },
    fault::Fault,
};

/// One of the members is this account, or none is; or there are members at all.
pub(super) fn test(tenant: TenantId, test: Test<'_>) -> Expr {
    match test {
        Test::Present => {
            let any = Query::select()
                .column(members::Column::GroupId)
                .from(members::Entity)
                .and_where(members::Column::TenantId.eq(tenant.as_uuid()))
                .to_owned();
            Column::Id.in_subquery(any)
        }
        Test::Compare(Comparison::Equal, Wanted::Id(user)) => with_member(tenant, &UserId::from_uuid(*user)),
        Test::Compare(Comparison::NotEqual, Wanted::Id(user)) => {
            with_member(tenant, &UserId::from_uuid(*user)).not()
        }
        Test::Compare(..) => criterion::never(),
    }
}

/// The members of a group, the oldest account first; none if the directory has no such group.
pub(super) async fn page(
    conn: &impl ConnectionTrait,
    directory: &Directory,
    id: &GroupId,
    page: PageOf,
) -> Result<Page<UserId>, Fault> {
    let Some(group) = find(conn, directory, id).await? else {
        return Ok(Page { items: Vec::new(), total: 0 });
    };
    let query = members::Entity::find().filter(in_group(&group));
    let total = query.clone().count(conn).await?;
    let ids: Vec<Uuid> = query
        .select_only()
        .column(members::Column::UserId)
        .order_by_asc(members::Column::UserId)
        .offset(page.offset)
        .limit(u64::from(page.limit.get()))
        .into_tuple()
        .all(conn)
        .await?;
    Ok(Page { items: ids.into_iter().map(UserId::from_uuid).collect(), total })
}

/// The groups of each of these accounts: two statements for a page of them.
pub(super) async fn groups_of(
    conn: &impl ConnectionTrait,
    directory: &Directory,
    users: &[UserId],
) -> Result<HashMap<UserId, Vec<Group>>, Fault> {
    let mut memberships: Vec<(Uuid, Uuid)> = Vec::new();
    for some in users.chunks(CHUNK) {
        let theirs = memberships_of(directory, some);
        memberships.extend(theirs.into_tuple::<(Uuid, Uuid)>().all(conn).await?);
    }
    // Ids sort by age.
    memberships.sort_unstable();
    let mut ids: Vec<Uuid> = memberships.iter().map(|(group, _)| *group).collect();
    ids.dedup();
    let mut known = HashMap::with_capacity(ids.len());
    for some in ids.chunks(CHUNK) {
        for row in of(directory).filter(Column::Id.is_in(some.iter().copied())).all(conn).await? {
            known.insert(row.id, group(row)?);
        }
    }
    let mut groups: HashMap<UserId, Vec<Group>> = HashMap::new();
    for (group, user) in memberships {
        if let Some(group) = known.get(&group) {
            groups.entry(UserId::from_uuid(user)).or_default().push(group.clone());
        }
    }
    Ok(groups)
}

/// Group and account of each membership of these accounts.
fn memberships_of(directory: &Directory, users: &[UserId]) -> Select<members::Entity> {
    members::Entity::find()
        .select_only()
        .columns([members::Column::GroupId, members::Column::UserId])
        .filter(members::Column::TenantId.eq(directory.tenant.as_uuid()))
        .filter(members::Column::UserId.is_in(users.iter().map(UserId::as_uuid)))
}

/// The first of those who are to become members that is no account of the directory.
pub(super) async fn stranger(
    conn: &impl ConnectionTrait,
    directory: &Directory,
    changes: &[MemberChange],
) -> Result<Option<UserId>, Fault> {
    for change in changes {
        let (MemberChange::Add(users) | MemberChange::Replace(users)) = change else {
            continue;
        };
        for ids in users.chunks(CHUNK) {
            let there = directory_users::among(conn, directory, ids).await?;
            if let Some(user) = ids.iter().find(|id| !there.contains(&id.as_uuid())) {
                return Ok(Some(*user));
            }
        }
    }
    Ok(None)
}

/// Takes the steps, and says how many became members and how many ceased to be.
pub(super) async fn change(
    conn: &impl ConnectionTrait,
    group: &Group,
    changes: &[MemberChange],
) -> Result<(u64, u64), Fault> {
    let (mut added, mut removed) = (0, 0);
    for change in changes {
        match change {
            MemberChange::Add(users) => added += add(conn, group, users).await?,
            MemberChange::Remove(users) => {
                for ids in users.chunks(CHUNK) {
                    let these = members::Column::UserId.is_in(ids.iter().map(UserId::as_uuid));
                    let gone = members::Entity::delete_many().filter(in_group(group).and(these));
                    removed += gone.exec(conn).await?.rows_affected;
                }
            }
            MemberChange::Replace(users) => {
                removed += end_all(conn, group).await?;
                added += add(conn, group, users).await?;
            }
        }
    }
    Ok((added, removed))
}

async fn add(conn: &impl ConnectionTrait, group: &Group, users: &[UserId]) -> Result<u64, Fault> {
    let mut added = 0;
    for ids in users.chunks(CHUNK) {
        let rows = ids.iter().map(|id| members::ActiveModel {
            tenant_id: sea_orm::Set(group.directory.tenant.as_uuid()),
            group_id: sea_orm::Set(group.id.as_uuid()),
            user_id: sea_orm::Set(id.as_uuid()),
        });
        added += members::Entity::insert_many(rows)
            .on_conflict(OnConflict::new().do_nothing().to_owned())
            .exec_without_returning(conn)
            .await?;
    }
    Ok(added)
}

/// Ends each membership in a group, and says how many there were.
pub(super) async fn end_all(conn: &impl ConnectionTrait, group: &Group) -> Result<u64, Fault> {
    let gone = members::Entity::delete_many().filter(in_group(group)).exec(conn).await?;
    Ok(gone.rows_affected)
}

/// Ends each membership of an account that is deprovisioned.
pub(super) async fn leave_all(
    conn: &impl ConnectionTrait,
    user: &User,
    now: OffsetDateTime,
) -> Result<(), Fault> {
    Entity::update_many()
        .col_expr(Column::Version, Expr::col(Column::Version).add(1))
        .col_expr(Column::ChangedAt, Expr::value(millis(now)))
        .filter(Column::TenantId.eq(user.tenant.as_uuid()))
        .filter(with_member(user.tenant, &user.id))
        .exec(conn)
        .await?;
    members::Entity::delete_many()
        .filter(members::Column::TenantId.eq(user.tenant.as_uuid()))
        .filter(members::Column::UserId.eq(user.id.as_uuid()))
        .exec(conn)
        .await?;
    Ok(())
}

fn in_group(group: &Group) -> Expr {
    members::Column::TenantId
        .eq(group.directory.tenant.as_uuid())
        .and(members::Column::GroupId.eq(group.id.as_uuid()))
}

fn with_member(tenant: TenantId, user: &UserId) -> Expr {
    let theirs = Query::select()
        .column(members::Column::GroupId)
        .from(members::Entity)
        .and_where(members::Column::TenantId.eq(tenant.as_uuid()))
        .and_where(members::Column::UserId.eq(user.as_uuid()))
        .to_owned();
    Column::Id.in_subquery(theirs)
}

#[cfg(test)]
mod tests {
    use landfall_accounts::ConnectionId;
    use sea_orm::QueryTrait;

    use super::*;
    use crate::repo::plan::plan;

    #[tokio::test]
    async fn the_groups_of_an_account_are_found_whatever_the_number_of_members() {
        let directory = Directory {
            tenant: TenantId::from_uuid(Uuid::from_u128(1)),
            connection: ConnectionId::from_uuid(Uuid::from_u128(2)),
        };
        let theirs = memberships_of(&directory, &[UserId::from_uuid(Uuid::from_u128(3))]);
        let plan = plan(&theirs.into_query()).await;
        assert!(plan.iter().all(|step| step.ends_with("(tenant_id=? AND user_id=?)")), "{plan:#?}");
    }
}
