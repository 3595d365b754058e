//! What the unit tests of this crate share.

use time::{Duration, OffsetDateTime, macros::datetime};
use uuid::Uuid;

use crate::{
    Access, Connection, ConnectionId, ConnectionKind, ConnectionSettings, ConnectionState, IdpTrust, Origin,
    Session, SessionId, Standing, TenantId, User, UserId, UserState,
};

pub(crate) const NOW: OffsetDateTime = datetime!(2030-01-02 03:04:05 UTC);
pub(crate) const TID: &str = "11111111-2222-4333-8444-abcdefabcdef";
pub(crate) const TID_UPPER: &str = "11111111-2222-4333-8444-ABCDEFABCDEF";

pub(crate) fn entra_connection() -> Connection {
    connection(&format!("https://sts.windows.net/{TID}/"))
}

pub(crate) fn other_connection() -> Connection {
    connection("https://idp.example/metadata")
}

fn connection(entity_id: &str) -> Connection {
    let entity_id = entity_id.parse().unwrap();
    let kind = ConnectionKind::of(&entity_id);
    Connection {
        id: ConnectionId::from_uuid(Uuid::from_u128(10)),
        tenant: TenantId::from_uuid(Uuid::from_u128(1)),
        name: "contoso-entra".parse().unwrap(),
        state: ConnectionState::Active,
        settings: ConnectionSettings::for_kind(&kind),
        kind,
        idp: IdpTrust { entity_id, sso: vec![], slo: vec![], certificates: vec![], valid_until: None },
        own_entity_id: None,
        weakenings: vec![],
        traced: None,
        created_at: NOW,
    }
}

pub(crate) fn user(user_name: &str) -> User {
    User {
        id: UserId::from_uuid(Uuid::from_u128(100)),
        tenant: TenantId::from_uuid(Uuid::from_u128(1)),
        user_name: user_name.parse().unwrap(),
        state: UserState::Active,
        state_by: Origin::Operator,
        standing: Standing::Person,
        origin: Origin::Operator,
        first_name: Some("Ada".to_owned()),
        last_name: Some("Lovelace".to_owned()),
        email: Some(user_name.to_owned()),
        display_name: None,
        access: Access::none(),
        created_at: NOW,
        updated_at: NOW,
        last_login_at: None,
    }
}

pub(crate) fn session() -> Session {
    Session {
        id: SessionId::from_uuid(Uuid::from_u128(1000)),
        tenant: TenantId::from_uuid(Uuid::from_u128(1)),
        user: UserId::from_uuid(Uuid::from_u128(100)),
        connection: ConnectionId::from_uuid(Uuid::from_u128(10)),
        opened_at: NOW,
        last_seen_at: NOW,
        idle: Duration::hours(2),
        expires_at: NOW + Duration::hours(12),
        authentication: None,
        user_agent: None,
    }
}
