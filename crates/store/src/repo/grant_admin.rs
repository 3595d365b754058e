//! Activations as people and operators see them: what people granted for longer than a session.

use std::collections::{HashMap, hash_map::Entry};

use landfall_accounts::{
    AppId, Application, EndOutcome, Grant, GrantId, Granted, Lasting, UserId,
    ports::{GrantStore, PortError},
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, sea_query::Expr,
};
use time::OffsetDateTime;
use uuid::Uuid;

use super::{applications, grants, session_admin, users};
use crate::{
    AdminError, ApplicationError, SessionsOf, Store,
    entity::grants::{Column, Entity},
    fault::Fault,
};

/// A live grant that lasts of itself, with its person and its application.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Activation {
    /// The grant, and whose it is.
    pub granted: Granted,
    /// The application that has it.
    pub application: Application,
}

impl Store {
    /// The live activations of the installation, or of some of its people, the newest first.
    ///
    /// # Errors
    /// [`AdminError::NoTenant`], [`AdminError::NoConnection`], [`AdminError::NoUserNamed`].
    pub async fn activations(
        &self,
        whose: Option<&SessionsOf>,
        now: OffsetDateTime,
    ) -> Result<Vec<Activation>, AdminError> {
        let conn = self.reader();
        let theirs = match whose {
            Some(whose) => session_admin::whose(conn, whose).await?.which_grants(),
            None => None,
        };
        let theirs = theirs.unwrap_or_else(|| Expr::value(true));
        Ok(live_activations(conn, theirs, now).await?)
    }

    /// Ends a live grant, whoever's it is.
    ///
    /// # Errors
    /// [`AdminError::Application`] if there is none.
    pub async fn revoke_grant(&self, grant: &GrantId, now: OffsetDateTime) -> Result<(), AdminError> {
        match self.end_grant(grant, None, now).await? {
            EndOutcome::Ended => Ok(()),
            EndOutcome::NotFound => Err(ApplicationError::NoGrant { grant: *grant }.into()),
        }
    }

    /// How many grants an application has that have not ended.
    ///
    /// # Errors
    /// [`PortError`] if the store cannot answer.
    pub async fn grants_of_application(&self, app: &AppId, now: OffsetDateTime) -> Result<u64, PortError> {
        let own = Column::AppId.eq(app.as_uuid());
        let redeemed = Column::RedeemedAt.is_not_null();
        let live = Entity::find().filter(own).filter(redeemed).filter(grants::under_way(now));
        Ok(live.count(self.reader()).await.map_err(Fault::from)?)
    }
}

pub(super) async fn activations_of(
    conn: &impl ConnectionTrait,
    user: &UserId,
    now: OffsetDateTime,
) -> Result<Vec<(Grant, Application)>, Fault> {
    let Some(user) = users::by_id(conn, user).await? else { return Ok(Vec::new()) };
    let live = live_activations(conn, grants::of_user(user.tenant, user.id), now).await?;
    Ok(live.into_iter().map(|one| (one.granted.grant, one.application)).collect())
}

async fn live_activations(
    conn: &impl ConnectionTrait,
    theirs: Expr,
    now: OffsetDateTime,
) -> Result<Vec<Activation>, Fault> {
    let rows = Entity::find()
        .filter(theirs)
        .filter(grants::lasting(Lasting::OfItself))
        .filter(grants::under_way(now))
        .filter(Column::RedeemedAt.is_not_null())
        .order_by_desc(Column::CreatedAt)
        .order_by_desc(Column::Id)
        .all(conn)
        .await?;
    let mut apps: HashMap<Uuid, Application> = HashMap::new();
    let mut live = Vec::with_capacity(rows.len());
    for row in rows {
        let Some(granted) = grants::granted(conn, &row, now).await? else { continue };
        let application = match apps.entry(row.app_id) {
            Entry::Occupied(known) => known.get().clone(),
            Entry::Vacant(unknown) => {
                unknown.insert(applications::load(conn, granted.grant.app).await?).clone()
            }
        };
        live.push(Activation { granted, application });
    }
    Ok(live)
}
