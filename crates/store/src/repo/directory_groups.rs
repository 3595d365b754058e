use landfall_accounts::{
    Case, ConnectionId, ConnectionState, Directory, DirectoryRequest, EventKind, Group, GroupField, GroupId,
    GroupPush, MemberChange, Page, TenantId, UserId,
    ports::{DeleteOutcome, GroupOutcome, GroupRefusal},
};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, PaginatorTrait,
    QueryFilter, QueryOrder, QuerySelect,
};
use serde_json::json;
use time::OffsetDateTime;

use super::{
    connections,
    criterion::{Value, condition},
    first, memberships, push,
};
use crate::{
    convert::{broken, instant, millis, new_id, parsed},
    entity::directory_groups::{Column, Entity, Model},
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
    let (added, _) = memberships::change(conn, &group, &changes).await?;
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
    let (added, removed) = memberships::change(conn, &group, &changes).await?;
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
    let removed = memberships::end_all(conn, &group).await?;
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
        GroupField::Member => memberships::test(directory.tenant, test),
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
    let stranger = memberships::stranger(conn, &by.directory, changes).await?;
    Ok(stranger.map(|user| GroupRefusal::NoMember { user }))
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

pub(super) fn of(directory: &Directory) -> sea_orm::Select<Entity> {
    Entity::find()
        .filter(Column::TenantId.eq(directory.tenant.as_uuid()))
        .filter(Column::ConnectionId.eq(directory.connection.as_uuid()))
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

pub(super) fn group(row: Model) -> Result<Group, Fault> {
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
