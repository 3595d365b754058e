use landfall_accounts::{
    Event, EventKind, NotSiteRules, Site, SiteId, SiteOrigin, SiteRules, TenantName, ports::PortError,
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, sea_query::Expr,
};
use serde_json::json;
use time::OffsetDateTime;

use super::{events, first, tenants};
use crate::{
    AdminError, Store,
    convert::{broken, instant, millis, new_id, parsed},
    entity::sites::{Column, Entity, Model},
    error::existing,
    fault::Fault,
    open::Turn,
    store::finish,
};

/// Why a site was not made or changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SiteError {
    /// It is there.
    #[error("there is a site {origin} already: `landfall site set` changes it")]
    Exists {
        /// Where.
        origin: SiteOrigin,
    },
    /// It is not there.
    #[error("there is no site {origin}: {}", existing("sites", there_are))]
    Unknown {
        /// Where.
        origin: SiteOrigin,
        /// The sites that exist.
        there_are: Vec<SiteOrigin>,
    },
    /// It cannot have these rules.
    #[error(transparent)]
    Rules(#[from] NotSiteRules),
}

impl SiteError {
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::Exists { .. } => "site.exists",
            Self::Unknown { .. } => "site.unknown",
            Self::Rules(error) => error.code(),
        }
    }
}

impl Store {
    /// Makes a site.
    ///
    /// # Errors
    /// [`SiteError::Exists`]; [`AdminError::NoTenant`] if a rule names a tenant that is not there.
    pub async fn create_site(
        &self,
        origin: SiteOrigin,
        rules: SiteRules,
        now: OffsetDateTime,
    ) -> Result<Site, AdminError> {
        let txn = self.transaction(Turn::Alone).await?;
        if at(&txn, &origin).await?.is_some() {
            return Err(SiteError::Exists { origin }.into());
        }
        check(&txn, &rules).await?;
        let made = Site { id: SiteId::from_uuid(new_id(now)), origin, rules, created_at: now };
        let row = row(&made).into_active_model();
        Entity::insert(row).exec_without_returning(&txn).await.map_err(Fault::from)?;
        events::write(&txn, &changed(&made, "site.create", now)).await?;
        finish(txn).await?;
        Ok(made)
    }

    /// All sites, by origin.
    ///
    /// # Errors
    /// [`PortError`] if the store cannot answer.
    pub async fn sites(&self) -> Result<Vec<Site>, PortError> {
        Ok(all(self.reader()).await?)
    }

    /// Changes whom a site admits; it holds for those who are there from their next request on.
    ///
    /// # Errors
    /// [`SiteError::Unknown`]; [`SiteError::Rules`] of the edit; [`AdminError::NoTenant`] if a rule names a tenant that is
    /// not there.
    pub async fn set_site(
        &self,
        origin: &SiteOrigin,
        edit: impl FnOnce(SiteRules) -> Result<SiteRules, NotSiteRules> + Send,
        now: OffsetDateTime,
    ) -> Result<Site, AdminError> {
        let txn = self.transaction(Turn::Alone).await?;
        let before = required(&txn, origin).await?;
        let after = Site { rules: edit(before.rules).map_err(SiteError::from)?, ..before };
        check(&txn, &after.rules).await?;
        let [tenants, groups, roles] = texts(&after.rules);
        Entity::update_many()
            .col_expr(Column::Tenants, Expr::value(tenants))
            .col_expr(Column::Groups, Expr::value(groups))
            .col_expr(Column::Roles, Expr::value(roles))
            .filter(Column::Id.eq(after.id.as_uuid()))
            .exec(&txn)
            .await
            .map_err(Fault::from)?;
        events::write(&txn, &changed(&after, "site.set", now)).await?;
        finish(txn).await?;
        Ok(after)
    }

    /// Forgets a site, and what its cookies were worth.
    ///
    /// # Errors
    /// [`SiteError::Unknown`].
    pub async fn delete_site(&self, origin: &SiteOrigin, now: OffsetDateTime) -> Result<Site, AdminError> {
        let txn = self.transaction(Turn::Alone).await?;
        let site = required(&txn, origin).await?;
        Entity::delete_by_id(site.id.as_uuid()).exec(&txn).await.map_err(Fault::from)?;
        events::write(&txn, &changed(&site, "site.delete", now)).await?;
        finish(txn).await?;
        Ok(site)
    }
}

pub(super) async fn at(conn: &impl ConnectionTrait, origin: &SiteOrigin) -> Result<Option<Site>, Fault> {
    let row = first(Entity::find().filter(Column::Origin.eq(origin.as_str())), conn).await?;
    row.map(site).transpose()
}

pub(super) async fn load(conn: &impl ConnectionTrait, id: SiteId) -> Result<Site, Fault> {
    let row = first(Entity::find_by_id(id.as_uuid()), conn).await?;
    site(row.ok_or(Fault::Missing { what: "site" })?)
}

pub(super) fn site(row: Model) -> Result<Site, Fault> {
    let tenants = names("tenants", &row.tenants)?;
    let tenants = tenants.iter().map(|name| parsed("tenants", name)).collect::<Result<_, _>>()?;
    let rules = SiteRules::kept(tenants, names("groups", &row.groups)?, names("roles", &row.roles)?);
    Ok(Site {
        id: SiteId::from_uuid(row.id),
        origin: parsed("origin", &row.origin)?,
        rules,
        created_at: instant("created_at", row.created_at)?,
    })
}

async fn required(conn: &impl ConnectionTrait, origin: &SiteOrigin) -> Result<Site, AdminError> {
    if let Some(found) = at(conn, origin).await? {
        return Ok(found);
    }
    let there_are = all(conn).await?.into_iter().map(|site| site.origin).collect();
    Err(SiteError::Unknown { origin: origin.clone(), there_are }.into())
}

async fn all(conn: &impl ConnectionTrait) -> Result<Vec<Site>, Fault> {
    let rows = Entity::find().order_by_asc(Column::Origin).all(conn).await?;
    rows.into_iter().map(site).collect()
}

async fn check(conn: &impl ConnectionTrait, rules: &SiteRules) -> Result<(), AdminError> {
    for tenant in rules.tenants() {
        tenants::required(conn, tenant).await?;
    }
    Ok(())
}

fn row(site: &Site) -> Model {
    let [tenants, groups, roles] = texts(&site.rules);
    Model {
        id: site.id.as_uuid(),
        origin: site.origin.as_str().to_owned(),
        tenants,
        groups,
        roles,
        created_at: millis(site.created_at),
    }
}

fn texts(rules: &SiteRules) -> [String; 3] {
    let tenants: Vec<&str> = rules.tenants().iter().map(TenantName::as_str).collect();
    [json!(tenants), json!(rules.groups()), json!(rules.roles())].map(|list| list.to_string())
}

fn names(column: &'static str, text: &str) -> Result<Vec<String>, Fault> {
    serde_json::from_str(text).map_err(|source| broken(column, source))
}

/// Sites are the installation's, and so are their events.
fn changed(site: &Site, action: &str, now: OffsetDateTime) -> Event {
    let rules = &site.rules;
    let tenants: Vec<&str> = rules.tenants().iter().map(TenantName::as_str).collect();
    let detail = json!({
        "by": "operator",
        "action": action,
        "site": site.origin.as_str(),
        "tenants": tenants,
        "groups": rules.groups(),
        "roles": rules.roles(),
    });
    events::of_installation(EventKind::ConfigurationChanged, now, &detail)
}
