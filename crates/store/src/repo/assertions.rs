use landfall_accounts::{AssertionUse, ConnectionId, TenantId};
use sea_orm::{ConnectionTrait, EntityTrait, IntoActiveModel, sea_query::OnConflict};

use crate::{
    convert::millis_up,
    entity::used_assertions::{Entity, Model},
    fault::Fault,
};

/// Whether an assertion was free to be used.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Claim {
    Won,
    Replayed,
}

/// Uses up an assertion: of all who try, one wins [saml-profiles 4.1.4.5], [attack E1].
pub(super) async fn claim(
    conn: &impl ConnectionTrait,
    tenant: TenantId,
    connection: ConnectionId,
    used: &AssertionUse,
) -> Result<Claim, Fault> {
    let row = Model {
        tenant_id: tenant.as_uuid(),
        connection_id: connection.as_uuid(),
        assertion_id: used.assertion.as_str().to_owned(),
        keep_until: millis_up(used.keep_until),
    };
    let inserted = Entity::insert(row.into_active_model())
        .on_conflict(OnConflict::new().do_nothing().to_owned())
        .exec_without_returning(conn)
        .await?;
    Ok(if inserted == 0 { Claim::Replayed } else { Claim::Won })
}
