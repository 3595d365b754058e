//! Activations as people and operators see them: what people granted for longer than a session.

use landfall_accounts::{
    AppId, Application, EndOutcome, Grant, GrantId, Lasting, TenantName, User, UserId,
    ports::{GrantStore, PortError},
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, JoinType, PaginatorTrait, QueryFilter,
    QueryOrder, QueryResult, QuerySelect, QueryTrait,
    sea_query::{Expr, SelectStatement},
};
use time::OffsetDateTime;

use super::{applications, connections, grants, session_admin, users, whole};
use crate::{
    AdminError, ApplicationError, SessionsOf, Store,
    convert::parsed,
    entity::{
        applications as applications_row, connections as connections_row,
        grants::{Column, Entity, Model},
        tenants as tenants_row, users as users_row,
    },
    fault::Fault,
};

/// A live grant that lasts of itself, with its person and its application.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Activation {
    /// The grant.
    pub grant: Grant,
    /// Its user, who is active.
    pub user: User,
    /// The name of the tenant.
    pub tenant: TenantName,
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
        let live = grants::living(grants::at(*app), now).filter(Column::RedeemedAt.is_not_null());
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
    Ok(live.into_iter().map(|one| (one.grant, one.application)).collect())
}

async fn live_activations(
    conn: &impl ConnectionTrait,
    theirs: Expr,
    now: OffsetDateTime,
) -> Result<Vec<Activation>, Fault> {
    let rows = conn.query_all(&asked(theirs, now)).await?;
    rows.iter().filter_map(|row| activation(row).transpose()).collect()
}

const USER: &str = "user_";
const APPLICATION: &str = "application_";
const STATE: &str = "connection_state";
const TENANT: &str = "tenant_name";

/// Everything that tells whether an activation counts, in one statement.
fn asked(theirs: Expr, now: OffsetDateTime) -> SelectStatement {
    let user = Entity::belongs_to(users_row::Entity)
        .from((Column::TenantId, Column::UserId))
        .to((users_row::Column::TenantId, users_row::Column::Id));
    let connection = Entity::belongs_to(connections_row::Entity)
        .from((Column::TenantId, Column::ConnectionId))
        .to((connections_row::Column::TenantId, connections_row::Column::Id));
    let tenant = Entity::belongs_to(tenants_row::Entity).from(Column::TenantId).to(tenants_row::Column::Id);
    let application =
        Entity::belongs_to(applications_row::Entity).from(Column::AppId).to(applications_row::Column::Id);
    let mut asked = grants::living(theirs, now)
        .join(JoinType::InnerJoin, user.into())
        .join(JoinType::InnerJoin, connection.into())
        .join(JoinType::InnerJoin, tenant.into())
        .join(JoinType::InnerJoin, application.into())
        .filter(grants::lasting(Lasting::OfItself))
        .filter(Column::RedeemedAt.is_not_null())
        .order_by_desc(Column::CreatedAt)
        .order_by_desc(Column::Id)
        .into_query();
    whole::<users_row::Entity>(&mut asked, USER);
    whole::<applications_row::Entity>(&mut asked, APPLICATION);
    asked
        .expr_as(connections_row::Column::State.into_expr(), STATE)
        .expr_as(tenants_row::Column::Name.into_expr(), TENANT);
    asked
}

/// None if account or connection admit nobody.
fn activation(row: &QueryResult) -> Result<Option<Activation>, Fault> {
    let text = |column: &str| row.try_get::<String>("", column);
    let grant = grants::grant(&Model::from_query_result(row, "")?)?;
    let user = users::user(users_row::Model::from_query_result(row, USER)?)?;
    if !user.is_admitted_by(connections::state(&text(STATE)?)?) {
        return Ok(None);
    }
    let tenant = parsed("name", &text(TENANT)?)?;
    let application = applications_row::Model::from_query_result(row, APPLICATION)?;
    let application = applications::application(application)?;
    Ok(Some(Activation { grant, user, tenant, application }))
}

#[cfg(test)]
mod tests {
    use landfall_accounts::TenantId;
    use time::macros::datetime;
    use uuid::Uuid;

    use super::*;
    use crate::repo::plan::plan;

    #[tokio::test]
    async fn the_activations_of_a_person_are_found_in_one_statement_whatever_the_tenant_has() {
        let (tenant, user) = (TenantId::from_uuid(Uuid::from_u128(1)), UserId::from_uuid(Uuid::from_u128(2)));
        let theirs = grants::of_user(tenant, user);
        let plan = plan(&asked(theirs, datetime!(2030-01-02 03:04:05 UTC))).await;
        let of_person =
            |step: &String| step.contains(" grants ") && step.ends_with("(tenant_id=? AND user_id=?)");
        assert!(plan.iter().any(of_person), "{plan:#?}");
        assert!(!plan.iter().any(|step| step.starts_with("SCAN")), "{plan:#?}");
    }
}
