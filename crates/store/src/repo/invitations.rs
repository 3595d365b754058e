use landfall_accounts::{
    Access, EventKind, FIRST_LINK_WINDOW, InvitationEnd, InvitationLifetime, InvitationRefusal, Links,
    LoginName, NewUser, Origin, Redeemed, Standing, TenantId, TenantName, TokenHash, TraceId, User, UserId,
    UserState,
    ports::{InvitationStore, PortError},
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter,
    sea_query::{Expr, ExprTrait},
};
use serde_json::json;
use time::{Duration, OffsetDateTime};

use super::{directory_users, events, first, identities, tenants, users};
use crate::{
    AdminError, Store,
    convert::{bytes, millis, parsed},
    entity::invitations::{Column, Entity, Model},
    fault::Fault,
    open::Turn,
    store::finish,
};

/// How long it is remembered of a dead link what became of it.
pub(super) const REMEMBERED: Duration = Duration::days(30);

/// A person who was invited.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Invited {
    /// The account, which is pending.
    pub user: User,
    /// Until when the link can be redeemed, exclusive.
    pub expires_at: OffsetDateTime,
    /// Until when the first login must come, if no identity is linked to the account yet.
    pub first_link_until: Option<OffsetDateTime>,
}

impl Store {
    /// Keeps the link of an invitation to a pending account, which is made if nobody has the user name.
    ///
    /// A link that the person got before ends.
    ///
    /// # Errors
    /// [`AdminError::NoTenant`]; [`AdminError::NotInvited`] if the account is not pending;
    /// [`AdminError::InvitedTooLate`] if no login could be linked to it any more;
    /// [`AdminError::TenantFull`] if it is to be made and the tenant has as many accounts as its limit.
    pub async fn invite(
        &self,
        tenant: &TenantName,
        user_name: &LoginName,
        link: &TokenHash,
        lasting: InvitationLifetime,
        now: OffsetDateTime,
    ) -> Result<Invited, AdminError> {
        let txn = self.transaction(Turn::Alone).await?;
        let tenant = tenants::required(&txn, tenant).await?;
        let user = match users::living(&txn, tenant.id, user_name).await? {
            Some(user) => user,
            None => users::create(&txn, &tenant, pending(user_name.clone()), now).await?,
        };
        if user.state != UserState::Pending {
            return Err(AdminError::NotInvited { user: user.id, state: user.state });
        }
        let first_link_until = match identities::links_of(&txn, &user).await? {
            Links::Some => None,
            Links::None => Some(user.created_at + FIRST_LINK_WINDOW),
        };
        if first_link_until.is_some_and(|until| now > until) {
            return Err(AdminError::InvitedTooLate { user: user.id });
        }
        end(&txn, &user, InvitationEnd::Replaced).await?;
        let expires_at = now + lasting.as_duration();
        let row = Model {
            tenant_id: user.tenant.as_uuid(),
            link: bytes(link),
            user_id: user.id.as_uuid(),
            expires_at: millis(expires_at),
            ended: None,
        };
        Entity::insert(row.into_active_model()).exec_without_returning(&txn).await.map_err(Fault::from)?;
        let detail = json!({ "seconds": lasting.as_duration().whole_seconds() });
        let mut event = events::about(EventKind::InvitationMade, user.tenant, now, &detail);
        event.user = Some(user.id);
        events::write(&txn, &event).await?;
        finish(txn).await?;
        Ok(Invited { user, expires_at, first_link_until })
    }

    /// Takes the open invitation of a person back; the account stays as it is.
    ///
    /// # Errors
    /// [`AdminError::NoTenant`], [`AdminError::NoUserNamed`]; [`AdminError::NoInvitation`] if none is open.
    pub async fn withdraw_invitation(
        &self,
        tenant: &TenantName,
        user_name: &LoginName,
        now: OffsetDateTime,
    ) -> Result<User, AdminError> {
        let txn = self.transaction(Turn::Alone).await?;
        let tenant = tenants::required(&txn, tenant).await?;
        let user = users::living(&txn, tenant.id, user_name).await?;
        let user = user.ok_or(AdminError::NoUserNamed { tenant: tenant.name })?;
        if end(&txn, &user, InvitationEnd::Withdrawn).await? == 0 {
            return Err(AdminError::NoInvitation { user: user.id });
        }
        let mut event = events::about(EventKind::InvitationWithdrawn, user.tenant, now, &json!({}));
        event.user = Some(user.id);
        events::write(&txn, &event).await?;
        finish(txn).await?;
        Ok(user)
    }
}

impl InvitationStore for Store {
    async fn invitation_refusal(
        &self,
        link: &TokenHash,
        now: OffsetDateTime,
    ) -> Result<Option<InvitationRefusal>, PortError> {
        let Some(row) = of_link(self.reader(), link).await? else {
            return Ok(Some(InvitationRefusal::Unknown));
        };
        let user = invited(self.reader(), &row).await?;
        Ok(refusal(&row, &user, now)?)
    }

    async fn redeem(
        &self,
        link: &TokenHash,
        trace: &TraceId,
        now: OffsetDateTime,
    ) -> Result<Redeemed, PortError> {
        let Some(row) = of_link(self.reader(), link).await? else {
            return Ok(Redeemed::Refused(InvitationRefusal::Unknown));
        };
        let txn = self.transaction(Turn::Tenant(TenantId::from_uuid(row.tenant_id))).await?;
        let redeemed = redeem(&txn, link, trace, now).await?;
        finish(txn).await?;
        Ok(redeemed)
    }
}

async fn redeem(
    conn: &impl ConnectionTrait,
    link: &TokenHash,
    trace: &TraceId,
    now: OffsetDateTime,
) -> Result<Redeemed, Fault> {
    let Some(row) = of_link(conn, link).await? else {
        return Ok(Redeemed::Refused(InvitationRefusal::Unknown));
    };
    let user = invited(conn, &row).await?;
    if let Some(refusal) = refusal(&row, &user, now)? {
        let detail = json!({ "code": refusal.code() });
        let mut event = events::about(EventKind::InvitationRefused, user.tenant, now, &detail);
        (event.user, event.trace) = (Some(user.id), Some(trace.clone()));
        events::write(conn, &event).await?;
        return Ok(Redeemed::Refused(refusal));
    }
    end(conn, &user, InvitationEnd::Used).await?;
    let after = User { state: UserState::Active, state_by: Origin::Operator, updated_at: now, ..user };
    users::save(conn, &after).await?;
    directory_users::touch(conn, &after, now).await?;
    let detail = users::activated_by("invitation");
    let mut event = events::about(EventKind::AccountChanged, after.tenant, now, &detail);
    (event.user, event.trace) = (Some(after.id), Some(trace.clone()));
    events::write(conn, &event).await?;
    Ok(Redeemed::Activated(Box::new(after)))
}

fn refusal(row: &Model, user: &User, now: OffsetDateTime) -> Result<Option<InvitationRefusal>, Fault> {
    if let Some(ended) = &row.ended {
        return Ok(Some(parsed::<InvitationEnd>("ended", ended)?.into()));
    }
    if row.expires_at <= millis(now) {
        return Ok(Some(InvitationRefusal::Expired));
    }
    let waits = user.state == UserState::Pending;
    Ok((!waits).then_some(InvitationRefusal::NotPending { state: user.state }))
}

/// Ends the open invitation of a person, if there is one, whether it has expired or not.
async fn end(conn: &impl ConnectionTrait, user: &User, how: InvitationEnd) -> Result<u64, Fault> {
    let open = Column::TenantId
        .eq(user.tenant.as_uuid())
        .and(Column::UserId.eq(user.id.as_uuid()))
        .and(Column::Ended.is_null());
    let ended = Entity::update_many().col_expr(Column::Ended, Expr::value(how.name())).filter(open);
    Ok(ended.exec(conn).await?.rows_affected)
}

async fn of_link(conn: &impl ConnectionTrait, link: &TokenHash) -> Result<Option<Model>, Fault> {
    first(Entity::find().filter(Column::Link.eq(bytes(link))), conn).await
}

async fn invited(conn: &impl ConnectionTrait, row: &Model) -> Result<User, Fault> {
    users::load(conn, TenantId::from_uuid(row.tenant_id), UserId::from_uuid(row.user_id)).await
}

fn pending(user_name: LoginName) -> NewUser {
    NewUser {
        user_name,
        state: UserState::Pending,
        standing: Standing::Person,
        origin: Origin::Operator,
        first_name: None,
        last_name: None,
        email: None,
        display_name: None,
        access: Access::none(),
    }
}
