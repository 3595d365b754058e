use landfall_accounts::{
    ConnectionId, ConnectionName, Domain, DomainName, DomainStanding, EventKind, LoginName, TenantId,
    TenantName, VerifiedBy, ports::PortError,
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, sea_query::Expr,
};
use serde_json::json;
use time::OffsetDateTime;

use super::{connections, events, first, tenants};
use crate::{
    AdminError, Store,
    convert::{instant, millis, parsed},
    entity::domains::{Column, Entity, Model},
    fault::Fault,
    open::Turn,
    store::finish,
};

impl Store {
    /// Lists a domain as the tenant's own, on the operator's word.
    ///
    /// # Errors
    /// [`AdminError::NoTenant`]; [`AdminError::DomainTaken`] if it is listed already, for this tenant or another.
    ///
    /// # Security
    /// Whoever controls a domain decides whose login names may end in it: the operator has verified that it is the tenant's.
    pub async fn add_domain(
        &self,
        tenant: &TenantName,
        name: DomainName,
        now: OffsetDateTime,
    ) -> Result<Domain, AdminError> {
        let txn = self.transaction(Turn::Alone).await?;
        let tenant = tenants::required(&txn, tenant).await?;
        if let Some(taken) = find(&txn, &name).await? {
            let owner = tenants::load(&txn, taken.tenant).await?;
            return Err(AdminError::DomainTaken { domain: name, tenant: owner.name });
        }
        let added = insert(&txn, tenant.id, &name, VerifiedBy::Operator, now).await?;
        let detail = json!({ "by": "operator", "action": "domain.add", "domain": name.as_str() });
        events::write(&txn, &events::about(EventKind::ConfigurationChanged, tenant.id, now, &detail)).await?;
        finish(txn).await?;
        Ok(added)
    }

    /// Binds a listed domain to the connection by which its people sign in, in place of the one it was bound to.
    ///
    /// # Errors
    /// [`AdminError::NoDomain`], [`AdminError::NoConnection`]; [`AdminError::OtherTenant`] if they have different owners.
    pub async fn bind_domain(
        &self,
        name: &DomainName,
        connection: &ConnectionName,
        now: OffsetDateTime,
    ) -> Result<Domain, AdminError> {
        let txn = self.transaction(Turn::Alone).await?;
        let Some(found) = find(&txn, name).await? else {
            let there_are = all(&txn).await?.into_iter().map(|domain| domain.name).collect();
            return Err(AdminError::NoDomain { domain: name.clone(), there_are });
        };
        let connection = connections::required(&txn, connection).await?;
        if found.tenant != connection.tenant {
            return Err(AdminError::OtherTenant {
                domain: name.clone(),
                domain_tenant: tenants::load(&txn, found.tenant).await?.name,
                connection: connection.name,
                connection_tenant: tenants::load(&txn, connection.tenant).await?.name,
            });
        }
        Entity::update_many()
            .col_expr(Column::ConnectionId, Expr::value(connection.id.as_uuid()))
            .filter(Column::Name.eq(name.as_str()))
            .exec(&txn)
            .await
            .map_err(Fault::from)?;
        let detail = json!({ "by": "operator", "action": "domain.bind", "domain": name.as_str() });
        let mut event = events::about(EventKind::ConfigurationChanged, found.tenant, now, &detail);
        event.connection = Some(connection.id);
        events::write(&txn, &event).await?;
        finish(txn).await?;
        Ok(Domain { connection: Some(connection.id), ..found })
    }

    /// All listed domains, by name.
    ///
    /// # Errors
    /// [`PortError`] if the store cannot answer.
    pub async fn domains(&self) -> Result<Vec<Domain>, PortError> {
        Ok(all(self.reader()).await?)
    }
}

/// Where the domain of a login name stands, seen from a connection [attack G4].
pub(super) async fn standing(
    conn: &impl ConnectionTrait,
    login_name: &LoginName,
    tenant: TenantId,
    connection: ConnectionId,
) -> Result<DomainStanding, Fault> {
    let Some(name) = login_name.domain() else {
        return Ok(DomainStanding::None);
    };
    Ok(match find(conn, &name).await? {
        None => DomainStanding::NotListed,
        Some(domain) if domain.tenant != tenant => DomainStanding::OtherTenant,
        Some(Domain { connection: None, .. }) => DomainStanding::Unbound,
        Some(Domain { connection: Some(bound), .. }) if bound == connection => DomainStanding::BoundHere,
        Some(_) => DomainStanding::BoundElsewhere,
    })
}

/// Whether the domain of an e-mail address is this tenant's own.
pub(super) async fn proves(
    conn: &impl ConnectionTrait,
    tenant: TenantId,
    email: &str,
) -> Result<bool, Fault> {
    let Some(name) = email.rsplit_once('@').and_then(|(_, domain)| domain.parse().ok()) else {
        return Ok(false);
    };
    Ok(find(conn, &name).await?.is_some_and(|domain| domain.tenant == tenant))
}

/// Makes a tenant the owner of a domain that has none.
pub(super) async fn insert(
    conn: &impl ConnectionTrait,
    tenant: TenantId,
    name: &DomainName,
    verified_by: VerifiedBy,
    now: OffsetDateTime,
) -> Result<Domain, Fault> {
    let row = Model {
        tenant_id: tenant.as_uuid(),
        name: name.as_str().to_owned(),
        connection_id: None,
        verified_at: millis(now),
        verified_by: verified_by.to_string(),
    };
    let added = domain(&row)?;
    Entity::insert(row.into_active_model()).exec_without_returning(conn).await?;
    Ok(added)
}

/// Notes that a domain was verified by DNS once more.
pub(super) async fn confirm(
    conn: &impl ConnectionTrait,
    found: Domain,
    now: OffsetDateTime,
) -> Result<Domain, Fault> {
    Entity::update_many()
        .col_expr(Column::VerifiedAt, Expr::value(millis(now)))
        .col_expr(Column::VerifiedBy, Expr::value(VerifiedBy::Dns.name()))
        .filter(Column::Name.eq(found.name.as_str()))
        .exec(conn)
        .await?;
    Ok(Domain { verified_by: VerifiedBy::Dns, verified_at: now, ..found })
}

pub(super) async fn find(conn: &impl ConnectionTrait, name: &DomainName) -> Result<Option<Domain>, Fault> {
    let row = first(Entity::find().filter(Column::Name.eq(name.as_str())), conn).await?;
    row.as_ref().map(domain).transpose()
}

async fn all(conn: &impl ConnectionTrait) -> Result<Vec<Domain>, Fault> {
    let rows = Entity::find().order_by_asc(Column::Name).all(conn).await?;
    rows.iter().map(domain).collect()
}

fn domain(row: &Model) -> Result<Domain, Fault> {
    Ok(Domain {
        name: parsed("name", &row.name)?,
        tenant: TenantId::from_uuid(row.tenant_id),
        connection: row.connection_id.map(ConnectionId::from_uuid),
        verified_by: parsed("verified_by", &row.verified_by)?,
        verified_at: instant("verified_at", row.verified_at)?,
    })
}
