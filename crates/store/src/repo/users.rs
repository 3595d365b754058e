use landfall_accounts::{
    Access, ConnectionId, EndReason, EventKind, LoginName, Namesake, NewUser, Origin, Room, Tenant, TenantId,
    TenantName, User, UserId, UserState,
};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder,
    sea_query::SelectStatement,
};
use serde_json::{Value, json};
use time::OffsetDateTime;

use super::{
    directory_users,
    ends::{self, Whose},
    events, first, identities, memberships, tenants,
};
use crate::{
    AdminError, Store, TombstoneKey,
    convert::{broken, instant, millis, new_id, parsed},
    entity::users::{Column, Entity, Model},
    fault::Fault,
    open::Turn,
    store::finish,
};

impl Store {
    /// Makes an account, pending or active.
    ///
    /// Its first login links it, if that comes within [`FIRST_LINK_WINDOW`](landfall_accounts::FIRST_LINK_WINDOW).
    ///
    /// # Errors
    /// [`AdminError::NoTenant`]; [`AdminError::UserExists`] if a living account of the tenant has the user name,
    /// without case; [`AdminError::NewUserState`] if the state is neither pending nor active;
    /// [`AdminError::TenantFull`] if the tenant has as many accounts as its limit.
    pub async fn create_user(
        &self,
        tenant: &TenantName,
        new: NewUser,
        now: OffsetDateTime,
    ) -> Result<User, AdminError> {
        if !matches!(new.state, UserState::Pending | UserState::Active) {
            return Err(AdminError::NewUserState { state: new.state });
        }
        let txn = self.transaction(Turn::Alone).await?;
        let tenant = tenants::required(&txn, tenant).await?;
        if let Some(taken) = living(&txn, tenant.id, &new.user_name).await? {
            return Err(AdminError::UserExists { tenant: tenant.name, user: taken.id });
        }
        let user = create(&txn, &tenant, new, now).await?;
        finish(txn).await?;
        Ok(user)
    }

    /// The living account of this name, without case.
    ///
    /// # Errors
    /// [`AdminError::NoTenant`], [`AdminError::NoUserNamed`].
    pub async fn user_named(&self, tenant: &TenantName, user_name: &LoginName) -> Result<User, AdminError> {
        required(self.reader(), tenant, user_name).await
    }

    /// The account of this id, living or not.
    ///
    /// # Errors
    /// [`AdminError::NoUser`].
    pub async fn user(&self, id: &UserId) -> Result<User, AdminError> {
        by_id(self.reader(), id).await?.ok_or(AdminError::NoUser { user: *id })
    }

    /// All accounts of a tenant, the deleted ones too, by user name.
    ///
    /// # Errors
    /// [`AdminError::NoTenant`].
    pub async fn users(&self, tenant: &TenantName) -> Result<Vec<User>, AdminError> {
        let tenant = tenants::required(self.reader(), tenant).await?;
        let rows = Entity::find()
            .filter(Column::TenantId.eq(tenant.id.as_uuid()))
            .order_by_asc(Column::UserNameFolded)
            .order_by_asc(Column::CreatedAt)
            .all(self.reader())
            .await
            .map_err(Fault::from)?;
        Ok(rows.into_iter().map(user).collect::<Result<_, _>>()?)
    }

    /// Activates, suspends or deletes an account.
    ///
    /// To suspend or delete it ends every session of the person.
    /// An account that its directory suspended may be suspended again, and then the directory does not bring it back.
    /// To delete it leaves a tombstone for each identity that was linked to it, so that no login revives it,
    /// and its user name to whoever gets it next.
    ///
    /// # Errors
    /// [`AdminError::NoUser`]; [`AdminError::UserState`] if there is no such step in the life of an account;
    /// [`AdminError::InactiveInDirectory`] if the directory of the customer has the last word.
    pub async fn set_user_state(
        &self,
        id: &UserId,
        state: UserState,
        now: OffsetDateTime,
    ) -> Result<User, AdminError> {
        let txn = self.transaction(Turn::Alone).await?;
        let before = by_id(&txn, id).await?.ok_or(AdminError::NoUser { user: *id })?;
        let state_by = Origin::Operator;
        // An operator's word in place of the directory's: the directory cannot take it back.
        let over_directory = state == UserState::Suspended && before.state_by == Origin::Directory;
        if !(over_directory && before.state == state) {
            before.state.may_become(state).map_err(|source| AdminError::UserState { user: *id, source })?;
        }
        if state == UserState::Active && directory_users::is_inactive(&txn, &before).await? {
            return Err(AdminError::InactiveInDirectory { user: *id });
        }
        let after = User { state, state_by, updated_at: now, ..before.clone() };
        save(&txn, &after).await?;
        let detail = json!({ "by": "operator", "from": before.state.name(), "to": state.name() });
        let mut event = events::about(EventKind::AccountChanged, after.tenant, now, &detail);
        event.user = Some(after.id);
        events::write(&txn, &event).await?;
        match state {
            UserState::Pending | UserState::Active => {}
            UserState::Suspended => {
                ends::end_all(&txn, Whose::user(after.tenant, after.id), EndReason::Suspended, now).await?;
            }
            UserState::Deprovisioned => {
                retire(&txn, self, &after, now).await?;
            }
        }
        directory_users::touch(&txn, &after, now).await?;
        finish(txn).await?;
        Ok(after)
    }
}

/// What goes with an account that is deprovisioned: its sessions, its keys, and its place in the directory.
///
/// Says how many keys it had.
pub(super) async fn retire(
    conn: &impl ConnectionTrait,
    store: &Store,
    user: &User,
    now: OffsetDateTime,
) -> Result<u64, Fault> {
    ends::end_all(conn, Whose::user(user.tenant, user.id), EndReason::Deprovisioned, now).await?;
    let identities = identities::bury(conn, store, user, now).await?;
    memberships::leave_all(conn, user, now).await?;
    directory_users::remove(conn, user, now).await?;
    Ok(identities)
}

/// The names of the fields that changed; never what they say.
pub(super) fn changed_fields(before: &User, after: &User) -> Vec<&'static str> {
    [
        ("user_name", before.user_name != after.user_name),
        ("first_name", before.first_name != after.first_name),
        ("last_name", before.last_name != after.last_name),
        ("email", before.email != after.email),
        ("display_name", before.display_name != after.display_name),
        ("roles", before.access.roles != after.access.roles),
        ("groups", before.access.groups != after.access.groups),
    ]
    .into_iter()
    .filter_map(|(field, changed)| changed.then_some(field))
    .collect()
}

/// Makes an account on the word of an operator.
pub(super) async fn create(
    conn: &impl ConnectionTrait,
    tenant: &Tenant,
    new: NewUser,
    now: OffsetDateTime,
) -> Result<User, AdminError> {
    if let Room::Full(limit) = tenants::room(conn, tenant.id).await? {
        return Err(AdminError::TenantFull { tenant: tenant.name.clone(), limit });
    }
    let user = insert(conn, tenant.id, new, now).await?;
    let detail =
        json!({ "by": user.origin.name(), "state": user.state.name(), "standing": user.standing.name() });
    let mut event = events::about(EventKind::AccountCreated, tenant.id, now, &detail);
    event.user = Some(user.id);
    events::write(conn, &event).await?;
    Ok(user)
}

/// What an event says of an account that goes from pending to active by something else than an operator's word.
pub(super) fn activated_by(what: &str) -> Value {
    json!({ "from": UserState::Pending.name(), "to": UserState::Active.name(), "by": what })
}

/// The living account of this name, or the error that says what is missing.
pub(super) async fn required(
    conn: &impl ConnectionTrait,
    tenant: &TenantName,
    user_name: &LoginName,
) -> Result<User, AdminError> {
    let tenant = tenants::required(conn, tenant).await?;
    living(conn, tenant.id, user_name).await?.ok_or(AdminError::NoUserNamed { tenant: tenant.name })
}

/// The account of this id in this tenant; another row has named it.
pub(super) async fn load(conn: &impl ConnectionTrait, tenant: TenantId, id: UserId) -> Result<User, Fault> {
    let row = first(Entity::find_by_id((tenant.as_uuid(), id.as_uuid())), conn).await?;
    user(row.ok_or(Fault::Missing { what: "user" })?)
}

/// The account of this id, if this tenant has it.
pub(super) async fn of_tenant(
    conn: &impl ConnectionTrait,
    tenant: TenantId,
    id: &UserId,
) -> Result<Option<User>, Fault> {
    first(Entity::find_by_id((tenant.as_uuid(), id.as_uuid())), conn).await?.map(user).transpose()
}

/// The accounts of this name, living or not, the newest first.
pub(super) async fn ever_named(
    conn: &impl ConnectionTrait,
    tenant: TenantId,
    user_name: &LoginName,
) -> Result<Vec<User>, Fault> {
    let rows = of_name(tenant, user_name).order_by_desc(Column::CreatedAt).all(conn).await?;
    rows.into_iter().map(user).collect()
}

/// The account whose id a query finds.
pub(super) async fn of_ids(
    conn: &impl ConnectionTrait,
    tenant: TenantId,
    ids: SelectStatement,
) -> Result<Option<User>, Fault> {
    let query =
        Entity::find().filter(Column::TenantId.eq(tenant.as_uuid())).filter(Column::Id.in_subquery(ids));
    first(query, conn).await?.map(user).transpose()
}

/// Whose name this is in the tenant, seen from a connection.
pub(super) async fn namesake(
    conn: &impl ConnectionTrait,
    stones: &TombstoneKey,
    (tenant, from): (TenantId, ConnectionId),
    login_name: &LoginName,
) -> Result<Namesake, Fault> {
    if let Some(user) = living(conn, tenant, login_name).await? {
        let links = identities::links_of(conn, &user).await?;
        let home = directory_users::home(conn, &user, from).await?;
        return Ok(Namesake::Living { user: Box::new(user), links, home });
    }
    let erased = stones.name(tenant, &login_name.folded());
    let ever = Entity::find()
        .filter(Column::TenantId.eq(tenant.as_uuid()))
        .filter(Column::UserNameFolded.is_in([login_name.folded(), erased]));
    let last = first(ever.order_by_desc(Column::CreatedAt), conn).await?;
    let Some(deleted) = last.map(user).transpose()? else {
        return Ok(Namesake::Nobody);
    };
    let known = identities::has_tombstone(conn, &deleted).await?;
    Ok(if known { Namesake::Nobody } else { Namesake::Deleted })
}

pub(super) async fn insert(
    conn: &impl ConnectionTrait,
    tenant: TenantId,
    new: NewUser,
    now: OffsetDateTime,
) -> Result<User, Fault> {
    let row = row(&User {
        id: UserId::from_uuid(new_id(now)),
        tenant,
        user_name: new.user_name,
        state: new.state,
        state_by: new.origin,
        standing: new.standing,
        origin: new.origin,
        first_name: new.first_name,
        last_name: new.last_name,
        email: new.email,
        display_name: new.display_name,
        access: new.access,
        created_at: now,
        updated_at: now,
        last_login_at: None,
    });
    Entity::insert(row.clone().into_active_model()).exec_without_returning(conn).await?;
    user(row)
}

pub(super) async fn save(conn: &impl ConnectionTrait, user: &User) -> Result<(), Fault> {
    Entity::update(row(user).into_active_model().reset_all()).exec(conn).await?;
    Ok(())
}

pub(super) async fn by_id(conn: &impl ConnectionTrait, id: &UserId) -> Result<Option<User>, Fault> {
    let row = first(Entity::find().filter(Column::Id.eq(id.as_uuid())), conn).await?;
    row.map(user).transpose()
}

pub(super) async fn living(
    conn: &impl ConnectionTrait,
    tenant: TenantId,
    user_name: &LoginName,
) -> Result<Option<User>, Fault> {
    let of_name = of_name(tenant, user_name).filter(Column::State.ne(UserState::Deprovisioned.name()));
    first(of_name, conn).await?.map(user).transpose()
}

fn of_name(tenant: TenantId, user_name: &LoginName) -> sea_orm::Select<Entity> {
    Entity::find()
        .filter(Column::TenantId.eq(tenant.as_uuid()))
        .filter(Column::UserNameFolded.eq(user_name.folded()))
}

fn row(user: &User) -> Model {
    let (roles, groups) = access_text(&user.access);
    Model {
        tenant_id: user.tenant.as_uuid(),
        id: user.id.as_uuid(),
        user_name: user.user_name.as_str().to_owned(),
        user_name_folded: user.user_name.folded(),
        state: user.state.to_string(),
        standing: user.standing.to_string(),
        origin: user.origin.to_string(),
        first_name: user.first_name.clone(),
        last_name: user.last_name.clone(),
        email: user.email.clone(),
        display_name: user.display_name.clone(),
        created_at: millis(user.created_at),
        updated_at: millis(user.updated_at),
        last_login_at: user.last_login_at.map(millis),
        state_by: user.state_by.to_string(),
        roles,
        groups,
    }
}

/// Lists as JSON; groups that are incomplete are null, which no list is.
fn access_text(access: &Access) -> (String, String) {
    (json!(access.roles).to_string(), json!(access.listed_groups()).to_string())
}

fn access(row: &Model) -> Result<Access, Fault> {
    let roles = serde_json::from_str(&row.roles).map_err(|source| broken("roles", source))?;
    let groups = serde_json::from_str(&row.groups).map_err(|source| broken("groups", source))?;
    Ok(Access::kept(roles, groups))
}

pub(super) fn user(row: Model) -> Result<User, Fault> {
    Ok(User {
        access: access(&row)?,
        id: UserId::from_uuid(row.id),
        tenant: TenantId::from_uuid(row.tenant_id),
        user_name: parsed("user_name", &row.user_name)?,
        state: parsed("state", &row.state)?,
        state_by: parsed("state_by", &row.state_by)?,
        standing: parsed("standing", &row.standing)?,
        origin: parsed("origin", &row.origin)?,
        first_name: row.first_name,
        last_name: row.last_name,
        email: row.email,
        display_name: row.display_name,
        created_at: instant("created_at", row.created_at)?,
        updated_at: instant("updated_at", row.updated_at)?,
        last_login_at: row.last_login_at.map(|at| instant("last_login_at", at)).transpose()?,
    })
}
