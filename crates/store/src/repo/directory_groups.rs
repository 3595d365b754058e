use std::collections::HashMap;

use landfall_accounts::{
    Case, Comparison, ConnectionId, ConnectionState, Directory, DirectoryRequest, EventKind, Group,
    GroupField, GroupId, GroupPush, MemberChange, Page, PageOf, TenantId, User, UserId, Wanted,
    ports::{DeleteOutcome, GroupOutcome, GroupRefusal},
};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, ExprTrait, IntoActiveModel, PaginatorTrait,
    QueryFilter, QueryOrder, QuerySelect,
    sea_query::{Expr, OnConflict, Query},
};
use serde_json::json;
use time::OffsetDateTime;
use uuid::Uuid;

use super::{
    connections,
    criterion::{self, Test, Value, condition},
    directory_users::{self, CHUNK},
    first, push,
};
use crate::{
    convert::{broken, instant, millis, new_id, parsed},
    entity::{
        directory_groups::{Column, Entity, Model},
        directory_members as members,
    },
    fault::Fault,
};

/// Makes a group inside the transaction of the caller.
pub(super) async fn create(
    conn: &impl ConnectionTrait,
    by: &DirectoryRequest,
    pushed: GroupPush,
    first_members: Vec<UserId>,
    now: OffsetDateTime,
) -> Result<GroupOutcome, Fault> {
    let directory = by.directory;
    let id = GroupId::from_uuid(new_id(now));
    let changes = [MemberChange::Add(first_members)];
    let group = Group { id, directory, pushed, version: 1, created_at: now, changed_at: now };
    let mut refusal = bar(conn, by, &group, &changes).await?;
    if refusal.is_none() && of(&directory).count(conn).await? >= Group::MOST {
        refusal = Some(GroupRefusal::Full { most: Group::MOST });
    }
    if let Some(refusal) = refusal {
        return refuse(conn, by, None, refusal, now).await;
    }
    Entity::insert(row(&group).into_active_model()).exec_without_returning(conn).await?;
    let (added, _) = change_members(conn, &group, &changes).await?;
    let detail = json!({ "action": "create", "group": id.to_string(), "added": added });
    push::note(conn, by, EventKind::GroupChanged, None, &detail, now).await?;
    Ok(GroupOutcome::Done(Box::new(group)))
}

/// Changes a group and its members inside the transaction of the caller.
pub(super) async fn change(
    conn: &impl ConnectionTrait,
    by: &DirectoryRequest,
    before: Group,
    pushed: GroupPush,
    changes: Vec<MemberChange>,
    now: OffsetDateTime,
) -> Result<GroupOutcome, Fault> {
    let mut group = Group { pushed, ..before.clone() };
    if let Some(refusal) = bar(conn, by, &group, &changes).await? {
        return refuse(conn, by, Some(group.id), refusal, now).await;
    }
    let (added, removed) = change_members(conn, &group, &changes).await?;
    if group == before && added == 0 && removed == 0 {
        return Ok(GroupOutcome::Done(Box::new(group)));
    }
    (group.version, group.changed_at) = (before.version + 1, now);
    row(&group).into_active_model().reset_all().update(conn).await?;
    let fields: Vec<_> = [
        ("name", group.pushed.name != before.pushed.name),
        ("external_id", group.pushed.external_id != before.pushed.external_id),
        ("other", group.pushed.rest != before.pushed.rest),
    ]
    .into_iter()
    .filter_map(|(field, changed)| changed.then_some(field))
    .collect();
    let detail = json!({
        "action": "change",
        "group": group.id.to_string(),
        "fields": fields,
        "added": added,
        "removed": removed,
    });
    push::note(conn, by, EventKind::GroupChanged, None, &detail, now).await?;
    Ok(GroupOutcome::Done(Box::new(group)))
}

/// Deletes a group inside the transaction of the caller.
pub(super) async fn delete(
    conn: &impl ConnectionTrait,
    by: &DirectoryRequest,
    id: &GroupId,
    now: OffsetDateTime,
) -> Result<DeleteOutcome, Fault> {
    if is_disabled(conn, &by.directory).await? {
        return Ok(DeleteOutcome::Disabled);
    }
    let Some(group) = find(conn, &by.directory, id).await? else {
        return Ok(DeleteOutcome::NotFound);
    };
    let removed = members::Entity::delete_many().filter(in_group(&group)).exec(conn).await?.rows_affected;
    Entity::delete_by_id((group.directory.tenant.as_uuid(), group.id.as_uuid())).exec(conn).await?;
    let detail = json!({ "action": "delete", "group": id.to_string(), "removed": removed });
    push::note(conn, by, EventKind::GroupChanged, None, &detail, now).await?;
    Ok(DeleteOutcome::Deleted)
}

pub(super) async fn find(
    conn: &impl ConnectionTrait,
    directory: &Directory,
    id: &GroupId,
) -> Result<Option<Group>, Fault> {
    let row = first(of(directory).filter(Column::Id.eq(id.as_uuid())), conn).await?;
    row.map(group).transpose()
}

/// The groups that fit, in their order.
pub(super) async fn page(
    conn: &impl ConnectionTrait,
    directory: &Directory,
    query: &landfall_accounts::Query<GroupField>,
) -> Result<Page<Group>, Fault> {
    let landfall_accounts::Query { filter, order, page } = query;
    let mut rows = of(directory).filter(condition(filter, &|field, test| match field {
        GroupField::Member => member(directory.tenant, test),
        field => value(*field).test(test),
    }));
    let total = rows.clone().count(conn).await?;
    if let Some(order) = order {
        for (by, direction) in value(order.by).sorted(order.direction) {
            rows = rows.order_by(by, direction);
        }
    }
    let rows = rows
        .order_by_asc(Column::Id)
        .offset(page.offset)
        .limit(u64::from(page.limit.get()))
        .all(conn)
        .await?;
    Ok(Page { items: rows.into_iter().map(group).collect::<Result<_, _>>()?, total })
}

/// Where the value of a field is kept; members have no place in an order.
fn value(field: GroupField) -> Value {
    match field {
        GroupField::Id | GroupField::Member => Value::id(Column::Id.into_expr()),
        GroupField::Name => Value::kept_folded(Column::Name.into_expr(), Column::NameFolded.into_expr()),
        GroupField::ExternalId => Value::text(Column::ExternalId.into_expr(), Case::Exact),
        GroupField::Created => Value::moment(Column::CreatedAt.into_expr()),
        GroupField::Changed => Value::moment(Column::ChangedAt.into_expr()),
    }
}

/// One of the members is this account, or none is; or there are members at all.
fn member(tenant: TenantId, test: Test<'_>) -> Expr {
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
pub(super) async fn members_page(
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
        let theirs = members::Entity::find()
            .select_only()
            .columns([members::Column::GroupId, members::Column::UserId])
            .filter(members::Column::TenantId.eq(directory.tenant.as_uuid()))
            .filter(members::Column::UserId.is_in(some.iter().map(UserId::as_uuid)));
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

/// Why the group cannot be as it is given, if it cannot; everything is looked at before anything is written.
async fn bar(
    conn: &impl ConnectionTrait,
    by: &DirectoryRequest,
    group: &Group,
    changes: &[MemberChange],
) -> Result<Option<GroupRefusal>, Fault> {
    if is_disabled(conn, &by.directory).await? {
        return Ok(Some(GroupRefusal::ConnectionDisabled));
    }
    let others = || of(&by.directory).filter(Column::Id.ne(group.id.as_uuid()));
    let named = others().filter(Column::NameFolded.eq(group.pushed.name.folded()));
    if let Some(other) = first(named, conn).await? {
        return Ok(Some(GroupRefusal::NameTaken { with: GroupId::from_uuid(other.id) }));
    }
    if let Some(external_id) = &group.pushed.external_id
        && let Some(other) = first(others().filter(Column::ExternalId.eq(external_id.as_str())), conn).await?
    {
        return Ok(Some(GroupRefusal::ExternalIdTaken { with: GroupId::from_uuid(other.id) }));
    }
    for change in changes {
        let (MemberChange::Add(users) | MemberChange::Replace(users)) = change else {
            continue;
        };
        for ids in users.chunks(CHUNK) {
            let there = directory_users::among(conn, &by.directory, ids).await?;
            if let Some(user) = ids.iter().find(|id| !there.contains(&id.as_uuid())) {
                return Ok(Some(GroupRefusal::NoMember { user: *user }));
            }
        }
    }
    Ok(None)
}

/// Takes the steps, and says how many became members and how many ceased to be.
async fn change_members(
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
                let gone = members::Entity::delete_many().filter(in_group(group)).exec(conn).await?;
                removed += gone.rows_affected;
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

async fn refuse(
    conn: &impl ConnectionTrait,
    by: &DirectoryRequest,
    group: Option<GroupId>,
    refusal: GroupRefusal,
    now: OffsetDateTime,
) -> Result<GroupOutcome, Fault> {
    let detail = json!({ "code": refusal.code(), "group": group.map(|id| id.to_string()) });
    push::note(conn, by, EventKind::PushRefused, None, &detail, now).await?;
    Ok(GroupOutcome::Refused(refusal))
}

async fn is_disabled(conn: &impl ConnectionTrait, directory: &Directory) -> Result<bool, Fault> {
    let (state, _) = connections::state_and_settings(conn, directory.tenant, directory.connection).await?;
    Ok(state == ConnectionState::Disabled)
}

fn of(directory: &Directory) -> sea_orm::Select<Entity> {
    Entity::find()
        .filter(Column::TenantId.eq(directory.tenant.as_uuid()))
        .filter(Column::ConnectionId.eq(directory.connection.as_uuid()))
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

fn row(group: &Group) -> Model {
    let pushed = &group.pushed;
    Model {
        tenant_id: group.directory.tenant.as_uuid(),
        id: group.id.as_uuid(),
        connection_id: group.directory.connection.as_uuid(),
        name: pushed.name.as_str().to_owned(),
        name_folded: pushed.name.folded(),
        external_id: pushed.external_id.as_ref().map(|id| id.as_str().to_owned()),
        rest: pushed.rest.as_str().to_owned(),
        version: group.version.cast_signed(),
        created_at: millis(group.created_at),
        changed_at: millis(group.changed_at),
    }
}

fn group(row: Model) -> Result<Group, Fault> {
    Ok(Group {
        id: GroupId::from_uuid(row.id),
        directory: Directory {
            tenant: TenantId::from_uuid(row.tenant_id),
            connection: ConnectionId::from_uuid(row.connection_id),
        },
        pushed: GroupPush {
            name: parsed("name", &row.name)?,
            external_id: row.external_id.as_deref().map(|id| parsed("external_id", id)).transpose()?,
            rest: parsed("rest", &row.rest)?,
        },
        version: u64::try_from(row.version).map_err(|source| broken("version", source))?,
        created_at: instant("created_at", row.created_at)?,
        changed_at: instant("changed_at", row.changed_at)?,
    })
}
