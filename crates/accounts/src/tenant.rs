use time::OffsetDateTime;

use crate::{ConnectionId, DomainName, TenantId, TenantName};

/// A customer: owner of domains, connections and accounts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tenant {
    /// Names it for good.
    pub id: TenantId,
    /// Names it for people.
    pub name: TenantName,
    /// When it was made.
    pub created_at: OffsetDateTime,
}

/// A domain that an operator verified for one tenant; no domain belongs to two.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Domain {
    /// The domain.
    pub name: DomainName,
    /// Its owner.
    pub tenant: TenantId,
    /// The connection by which its people sign in, once one is bound.
    pub connection: Option<ConnectionId>,
    /// When it was verified.
    pub verified_at: OffsetDateTime,
}
