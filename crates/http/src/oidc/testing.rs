//! What the tests of this surface begin with.

use landfall_accounts::{
    Access, Activating, AppAuthentication, AppId, AppKind, Application, Authentication, Grant, GrantId,
    Granted, Lasting, OfflineAccess, Scopes, SignedIn, TokenAlgorithm, User,
};
use uuid::Uuid;

pub(super) use crate::testing::NOW;
use crate::testing::signed_in;

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
    let SignedIn { session, user: ada, .. } = signed_in();
    Granted {
        grant: Grant {
            id: GrantId::from_uuid(Uuid::from_u128(4)),
            tenant: ada.tenant,
            user: ada.id,
            app: AppId::from_uuid(Uuid::from_u128(1)),
            connection: session.connection,
            session: session.id,
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
            display_name: Some("Ada Lovelace".to_owned()),
            access: Access::kept(vec!["reader".to_owned()], Some(vec!["g1".to_owned()])),
            ..ada
        },
        tenant: "contoso".parse().unwrap(),
        connection: "contoso-entra".parse().unwrap(),
        email_verified: true,
    }
}
