use landfall_accounts::{
    ChallengeValue, Domain, DomainChallenge, DomainName, EventKind, TenantId, TenantName, Unproven,
    VerifiedBy, judge_records, ports::PortError,
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, sea_query::ExprTrait,
};
use serde_json::json;
use time::OffsetDateTime;

use super::{domains, events, tenants};
use crate::{
    AdminError, Store,
    convert::{instant, millis, parsed},
    entity::domain_challenges::{Column, Entity, Model},
    fault::Fault,
    open::Turn,
    store::finish,
};

impl Store {
    /// What a tenant is to publish in DNS to prove that a domain is its own; `fresh` is taken where nothing waits yet.
    ///
    /// Several tenants may have one for the same domain: whoever proves it first gets it.
    ///
    /// # Errors
    /// [`AdminError::NoTenant`]; [`AdminError::DomainTaken`] if it is another tenant's already.
    pub async fn challenge_domain(
        &self,
        tenant: &TenantName,
        domain: &DomainName,
        fresh: ChallengeValue,
        now: OffsetDateTime,
    ) -> Result<DomainChallenge, AdminError> {
        let txn = self.transaction(Turn::Alone).await?;
        let tenant = tenants::required(&txn, tenant).await?;
        let owner = domains::find(&txn, domain).await?.map(|found| found.tenant);
        if let Some(other) = owner.filter(|owner| *owner != tenant.id) {
            let owner = tenants::load(&txn, other).await?;
            return Err(AdminError::DomainTaken { domain: domain.clone(), tenant: owner.name });
        }
        let waits = of_domain(&txn, domain).await?.into_iter().find(|waits| waits.tenant == tenant.id);
        if let Some(waits) = waits.filter(|waits| now < waits.expires_at || owner.is_some()) {
            return Ok(waits);
        }
        let challenge = DomainChallenge {
            tenant: tenant.id,
            domain: domain.clone(),
            value: fresh,
            expires_at: now + DomainChallenge::LIFETIME,
        };
        replace(&txn, &challenge).await?;
        let detail = json!({ "action": "domain.challenge", "domain": domain.as_str() });
        events::write(&txn, &events::about(EventKind::ConfigurationChanged, tenant.id, now, &detail)).await?;
        finish(txn).await?;
        Ok(challenge)
    }

    /// The challenges for a domain, of all tenants.
    ///
    /// # Errors
    /// [`PortError`] if the store cannot answer.
    pub async fn domain_challenges(&self, domain: &DomainName) -> Result<Vec<DomainChallenge>, PortError> {
        Ok(of_domain(self.reader(), domain).await?)
    }

    /// Gives a domain to the tenant whose challenge the TXT records answer, or confirms that it is still that tenant's.
    ///
    /// # Errors
    /// [`AdminError::NoChallenge`]; [`AdminError::Unproven`], which says what the records lack;
    /// [`AdminError::DomainTaken`] if they prove it for a tenant after another one has got it.
    ///
    /// # Security
    /// The records are what DNS answered a moment ago at [`DomainChallenge::record_name`].
    pub async fn verify_domain(
        &self,
        name: &DomainName,
        records: &[String],
        now: OffsetDateTime,
    ) -> Result<Domain, AdminError> {
        let txn = self.transaction(Turn::Alone).await?;
        let challenges = of_domain(&txn, name).await?;
        if challenges.is_empty() {
            return Err(AdminError::NoChallenge { domain: name.clone() });
        }
        let found = domains::find(&txn, name).await?;
        let owner = found.as_ref().map(|found| found.tenant);
        let tenant = match (judge_records(owner, &challenges, records, now), owner) {
            (Ok(tenant), _) => tenant,
            (Err(Unproven::OtherOwner), Some(owner)) => {
                let owner = tenants::load(&txn, owner).await?;
                return Err(AdminError::DomainTaken { domain: name.clone(), tenant: owner.name });
            }
            (Err(source), _) => return Err(AdminError::Unproven { domain: name.clone(), source }),
        };
        let verified = match found {
            Some(found) => domains::confirm(&txn, found, now).await?,
            None => domains::insert(&txn, tenant, name, VerifiedBy::Dns, now).await?,
        };
        let detail = json!({ "action": "domain.verify", "domain": name.as_str() });
        events::write(&txn, &events::about(EventKind::ConfigurationChanged, tenant, now, &detail)).await?;
        finish(txn).await?;
        Ok(verified)
    }
}

async fn of_domain(conn: &impl ConnectionTrait, name: &DomainName) -> Result<Vec<DomainChallenge>, Fault> {
    let rows = Entity::find().filter(Column::Domain.eq(name.as_str())).all(conn).await?;
    rows.iter().map(challenge).collect()
}

async fn replace(conn: &impl ConnectionTrait, challenge: &DomainChallenge) -> Result<(), Fault> {
    let (tenant_id, domain) = (challenge.tenant.as_uuid(), challenge.domain.as_str().to_owned());
    let old = Column::TenantId.eq(tenant_id).and(Column::Domain.eq(domain.as_str()));
    Entity::delete_many().filter(old).exec(conn).await?;
    let (value, expires_at) = (challenge.value.as_str().to_owned(), millis(challenge.expires_at));
    let row = Model { tenant_id, domain, value, expires_at };
    Entity::insert(row.into_active_model()).exec_without_returning(conn).await?;
    Ok(())
}

fn challenge(row: &Model) -> Result<DomainChallenge, Fault> {
    Ok(DomainChallenge {
        tenant: TenantId::from_uuid(row.tenant_id),
        domain: parsed("domain", &row.domain)?,
        value: parsed("value", &row.value)?,
        expires_at: instant("expires_at", row.expires_at)?,
    })
}
