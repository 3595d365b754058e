//! What the tests of this surface begin with.

use landfall_accounts::{
    Access, Activating, AppAuthentication, AppId, AppKind, Application, Authentication, ConnectionId, Grant,
    GrantId, Granted, Lasting, OfflineAccess, Origin, Scopes, SessionId, Standing, TenantId, TokenAlgorithm,
    User, UserId, UserState,
};
use time::OffsetDateTime;
use time::macros::datetime;
use uuid::Uuid;

pub(super) const NOW: OffsetDateTime = datetime!(2030-01-02 03:04:05 UTC);

pub(super) fn application(kind: AppKind, authentication: AppAuthentication) -> Application {
    Application {
        id: AppId::from_uuid(Uuid::from_u128(1)),
        name: "payroll".parse().unwrap(),
        title: "Payroll".parse().unwrap(),
        kind,
        authentication,
        tenant: None,
        redirect_uris: vec!["https://app.example/cb".parse().unwrap()],
        post_logout_uris: Vec::new(),
        backchannel_logout: None,
        offline: OfflineAccess::Never,
        signed_with: TokenAlgorithm::Rs256,
        activation: Activating::default(),
        created_at: NOW,
    }
}

pub(super) fn granted() -> Granted {
    let (tenant, user) = (TenantId::from_uuid(Uuid::from_u128(2)), UserId::from_uuid(Uuid::from_u128(3)));
    Granted {
        grant: Grant {
            id: GrantId::from_uuid(Uuid::from_u128(4)),
            tenant,
            user,
            app: AppId::from_uuid(Uuid::from_u128(1)),
            connection: ConnectionId::from_uuid(Uuid::from_u128(5)),
            session: SessionId::from_uuid(Uuid::from_u128(6)),
            scopes: Scopes::asked("openid profile email groups roles"),
            nonce: Some("n-0S6_WzA2Mj".parse().unwrap()),
            authentication: Some(Authentication::asserted(NOW - time::Duration::HOUR, None, NOW)),
            lasting: Lasting::WithSession,
            created_at: NOW,
            last_used_at: NOW,
            expires_at: NOW + Grant::LONGEST,
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
            display_name: Some("Ada Lovelace".to_owned()),
            access: Access::kept(vec!["reader".to_owned()], Some(vec!["g1".to_owned()])),
            created_at: NOW,
            updated_at: NOW,
            last_login_at: None,
        },
        tenant: "contoso".parse().unwrap(),
        connection: "contoso-entra".parse().unwrap(),
        email_verified: true,
    }
}
