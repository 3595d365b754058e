//! What the unit tests of this crate share.

use landfall_accounts::{
    Access, AtSite, ConnectionId, Origin, Session, SessionId, SignedIn, Site, SiteId, SiteRules, Standing,
    TenantId, User, UserId, UserState,
};
use time::{Duration, OffsetDateTime, macros::datetime};
use uuid::Uuid;

pub(crate) const NOW: OffsetDateTime = datetime!(2030-01-02 03:04:05 UTC);

/// Ada of contoso.
pub(crate) fn signed_in() -> SignedIn {
    let (tenant, connection, user) = (
        TenantId::from_uuid(Uuid::from_u128(1)),
        ConnectionId::from_uuid(Uuid::from_u128(10)),
        UserId::from_uuid(Uuid::from_u128(100)),
    );
    SignedIn {
        session: Session {
            id: SessionId::from_uuid(Uuid::from_u128(1000)),
            tenant,
            user,
            connection,
            opened_at: NOW,
            last_seen_at: NOW,
            idle: Duration::hours(2),
            expires_at: NOW + Duration::hours(12),
            authentication: None,
            user_agent: None,
        },
        user: User {
            id: user,
            tenant,
            user_name: "ada@contoso.example".parse().unwrap(),
            state: UserState::Active,
            state_by: Origin::Operator,
            standing: Standing::Person,
            origin: Origin::Operator,
            first_name: Some("Ada".to_owned()),
            last_name: Some("Lovelace".to_owned()),
            email: Some("ada@contoso.example".to_owned()),
            display_name: None,
            access: Access::none(),
            created_at: NOW,
            updated_at: NOW,
            last_login_at: None,
        },
        connection: "contoso-entra".parse().unwrap(),
        tenant: "contoso".parse().unwrap(),
        idp_session: None,
    }
}

/// Ada at a site that admits whoever is signed in.
pub(crate) fn at_site() -> AtSite {
    let site = Site {
        id: SiteId::from_uuid(Uuid::from_u128(1)),
        origin: "https://app.example".parse().unwrap(),
        rules: SiteRules::default(),
        created_at: NOW,
    };
    AtSite { site, signed_in: signed_in() }
}
