//! Each way in which a session ends, what ends with it, and which applications are told.

use landfall_accounts::{
    AssertionId, AssertionUse, ConnectionState, Detail, EndOutcome, EndReason, EventKind, HopAttempt,
    IdpTrust, Lasting, LogoutOutcome, LogoutRecord, Opened, PendingLogout, Replace, RequestId, SamlState,
    UserId, UserState,
    ports::{DeleteOutcome, DirectoryStore, LoginStore, LogoutStore, SessionStore},
};
use landfall_store::SessionsOf;
use time::Duration;

use crate::{
    behind::redemption,
    support::{ADA, NOW, SECOND, World, attempt, certificate, known, opened, person, tenant, token, trace},
};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    SignedOut,
    SignedOutThere,
    SingleLogout,
    RevokedSession,
    Replaced,
    Everywhere,
    EverywhereElse,
    RevokedUser,
    RevokedConnection,
    RevokedTenant,
    Suspended,
    Deprovisioned,
    Inactive,
    DeletedByDirectory,
    Disabled,
    TenantDisabled,
    KeyRevoked,
    Restored,
    Erased,
}

/// Whom it meets: one session, everything of the person, or everybody's of the connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Meets {
    Session,
    Person,
    All,
}

/// [attack G8]
const ENDS: [(End, Meets); 19] = [
    (End::SignedOut, Meets::Session),
    (End::SignedOutThere, Meets::Session),
    (End::SingleLogout, Meets::Session),
    (End::RevokedSession, Meets::Session),
    (End::Replaced, Meets::Session),
    (End::Everywhere, Meets::Person),
    (End::EverywhereElse, Meets::Person),
    (End::RevokedUser, Meets::Person),
    (End::RevokedConnection, Meets::All),
    (End::RevokedTenant, Meets::All),
    (End::Suspended, Meets::Person),
    (End::Deprovisioned, Meets::Person),
    (End::Inactive, Meets::Person),
    (End::DeletedByDirectory, Meets::Person),
    (End::Disabled, Meets::All),
    (End::TenantDisabled, Meets::All),
    (End::KeyRevoked, Meets::All),
    (End::Restored, Meets::All),
    (End::Erased, Meets::Person),
];

/// Ada of contoso's directory is signed in, and an application of hers may be met.
async fn ada(world: &World) -> (Opened, UserId) {
    let id = known(world.push(person("ada", ADA)).await).user.id;
    let opened = world.sign_in("ada", ADA, 1).await;
    assert_eq!(opened.user.id, id);
    (opened, id)
}

async fn come(world: &World, end: End, ada: &Opened) {
    let (store, contoso, at) = (&world.store, &world.contoso, NOW + SECOND);
    let session = ada.session;
    let everywhere = EndReason::SignedOutEverywhere;
    match end {
        End::SignedOut => {
            let owner = Some(&ada.user.id);
            let ended = store.end_session(&session, owner, EndReason::SignedOut, at).await.unwrap();
            assert_eq!(ended, EndOutcome::Ended);
        }
        End::SignedOutThere => {
            let asked = PendingLogout {
                request_id: RequestId::new("_asked"),
                connection: contoso.id,
                tenant: contoso.tenant,
                expires_at: at + PendingLogout::LIFETIME,
                saml: SamlState::new(vec![1]),
            };
            assert_eq!(store.sign_out(&session, &ada.user.id, asked, at).await.unwrap(), EndOutcome::Ended);
        }
        End::SingleLogout => {
            let outcome = store.logout(single_logout(world), at).await.unwrap();
            assert_eq!(outcome, LogoutOutcome::Ended { sessions: 1 });
        }
        End::RevokedSession => store.revoke_session(&session, at).await.unwrap(),
        End::Replaced => {
            let (record, _) = world.login("ada", ADA).await;
            let hop =
                HopAttempt { current: Some(token(1)), replace: Replace::Confirmed, ..attempt(&record, 9) };
            opened(store.hop(hop, at).await.unwrap());
        }
        End::Everywhere => {
            let ended = store.end_sessions_of(&contoso.tenant, &ada.user.id, None, everywhere, at).await;
            assert_eq!(ended.unwrap(), 1);
        }
        End::EverywhereElse => {
            let other = world.sign_in("ada", ADA, 9).await.session;
            let but = Some(&other);
            let ended = store.end_sessions_of(&contoso.tenant, &ada.user.id, but, everywhere, at).await;
            assert_eq!(ended.unwrap(), 1);
        }
        End::RevokedUser => revoke(world, SessionsOf::User(tenant("contoso"), ADA.parse().unwrap())).await,
        End::RevokedConnection => revoke(world, SessionsOf::Connection(contoso.name.clone())).await,
        End::RevokedTenant => revoke(world, SessionsOf::Tenant(tenant("contoso"))).await,
        End::Suspended => {
            store.set_user_state(&ada.user.id, UserState::Suspended, at).await.unwrap();
        }
        End::Deprovisioned => {
            store.set_user_state(&ada.user.id, UserState::Deprovisioned, at).await.unwrap();
        }
        End::Inactive => {
            known(
                world
                    .change(&ada.user.id, |push| push.activity = landfall_accounts::Activity::Inactive)
                    .await,
            );
        }
        End::DeletedByDirectory => {
            let deleted = store.delete_user(&world.asks(contoso), &ada.user.id, at).await.unwrap();
            assert_eq!(deleted, DeleteOutcome::Deleted);
        }
        End::Disabled => {
            store.set_connection_state(&contoso.name, ConnectionState::Disabled, at).await.unwrap();
        }
        End::TenantDisabled => drop(store.disable_tenant(&tenant("contoso"), at).await.unwrap()),
        End::KeyRevoked => {
            let certificates = vec![certificate(1), certificate(2)];
            let both = IdpTrust { certificates, ..contoso.idp.clone() };
            store.renew_connection(&contoso.name, both, at).await.unwrap();
            store.revoke_key(&contoso.name, &certificate(1).fingerprint, at).await.unwrap();
        }
        End::Restored => store.mark_restored(at).await.unwrap(),
        End::Erased => {
            store.erase_user(&tenant("contoso"), &ada.user.id, at).await.unwrap();
        }
    }
}

async fn revoke(world: &World, whose: SessionsOf) {
    assert!(world.store.revoke_sessions(&whose, NOW + SECOND).await.unwrap() > 0);
}

fn single_logout(world: &World) -> LogoutRecord {
    LogoutRecord {
        connection: world.contoso.id,
        tenant: world.contoso.tenant,
        signer: certificate(1).fingerprint,
        used: AssertionUse {
            assertion: AssertionId::new("_logout"),
            issued_since: NOW - Duration::minutes(1),
            keep_until: NOW + Duration::hours(1),
        },
        indexes: Vec::new(),
        name_id: ADA.to_owned(),
        trace: trace(77),
        decision: Detail::new("{}"),
    }
}

/// Decision 10: whoever is out is out of everything, and whoever is not stays in.
#[tokio::test]
async fn g8_what_ends_with_a_session_with_a_person_and_with_a_connection() {
    for (end, meets) in ENDS {
        let world = World::new().await;
        let payroll = world.application("payroll").await;
        let (ada, _) = ada(&world).await;
        let bob = world.sign_in("bob", "bob@contoso.example", 2).await;
        for (n, by, lasting) in [
            (1, &ada, Lasting::WithSession),
            (2, &ada, Lasting::OfItself),
            (3, &bob, Lasting::WithSession),
            (4, &bob, Lasting::OfItself),
        ] {
            world.sign_on(&payroll, by, lasting, n).await;
            assert!(world.counts(n, NOW).await, "{n} before {end:?}");
        }
        come(&world, end, &ada).await;
        let at = NOW + SECOND + SECOND;
        let mut found = Vec::new();
        for n in 1..=4 {
            found.push(world.counts(n, at).await);
        }
        let expected = match meets {
            Meets::Session => [false, true, true, true],
            Meets::Person => [false, false, true, true],
            Meets::All => [false; 4],
        };
        assert_eq!(found, expected, "{end:?}");
        let ended = expected.iter().filter(|counts| !**counts).count();
        assert_eq!(world.count(EventKind::GrantEnded).await, ended, "{end:?}");

        let mut told: Vec<_> = world.due(at).await.iter().map(|notice| notice.session).collect();
        told.sort();
        let mut expected = vec![ada.session];
        expected.extend((meets == Meets::All).then_some(bob.session));
        expected.sort();
        assert_eq!(told, expected, "each session once, though two grants were made in it: {end:?}");
    }
}

/// An activation goes on after the session, and ends with the person all the same.
#[tokio::test]
async fn g8_an_activation_whose_session_is_long_over_ends_with_its_person() {
    for (end, meets) in ENDS.into_iter().filter(|(_, meets)| *meets != Meets::Session) {
        let world = World::new().await;
        let payroll = world.application("payroll").await;
        let (first, _) = ada(&world).await;
        world.sign_on(&payroll, &first, Lasting::OfItself, 1).await;
        world.store.revoke_session(&first.session, NOW).await.unwrap();
        let noticed = world.due(NOW).await;
        assert_eq!(noticed.len(), 1, "{end:?}");
        world.store.purge(NOW + Duration::minutes(2)).await.unwrap();
        assert!(world.counts(1, NOW).await, "{end:?}");
        let again = world.sign_in("ada", ADA, 2).await;
        come(&world, end, &again).await;
        assert!(!world.counts(1, NOW + SECOND).await, "{end:?} meets {meets:?}");
    }
}

/// Whoever may come back finds nothing of what there was.
#[tokio::test]
async fn what_ended_does_not_come_back() {
    let world = World::new().await;
    let payroll = world.application("payroll").await;
    let ada = world.sign_in("ada", ADA, 1).await;
    for (n, lasting) in [(1, Lasting::WithSession), (2, Lasting::OfItself)] {
        world.sign_on(&payroll, &ada, lasting, n).await;
    }
    world.agree(crate::behind::new_grant(&payroll, &ada, Lasting::OfItself, 3), NOW).await;
    world.store.set_user_state(&ada.user.id, UserState::Suspended, NOW).await.unwrap();
    world.store.set_user_state(&ada.user.id, UserState::Active, NOW).await.unwrap();
    let name = &world.contoso.name;
    world.store.set_connection_state(name, ConnectionState::Disabled, NOW).await.unwrap();
    world.store.set_connection_state(name, ConnectionState::Active, NOW).await.unwrap();
    assert_eq!([world.counts(1, NOW).await, world.counts(2, NOW).await], [false, false]);
    let code = landfall_accounts::ports::GrantStore::redeem_code(&world.store, redemption(&payroll, 3), NOW);
    let refused = crate::behind::not_given(&code.await.unwrap());
    assert_eq!(refused, landfall_accounts::GrantRefusal::Ended, "a code that was under way");
}
