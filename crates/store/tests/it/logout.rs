//! Sessions that end on both sides: asked for here, or by the identity provider.

use landfall_accounts::{
    AnswerOutcome, AssertionId, AssertionUse, Connection, Detail, Elsewhere, EndOutcome, EventKind,
    LogoutAnswer, LogoutOutcome, LogoutRecord, PendingLogout, RequestId, SamlState,
    ports::{LoginStore, LogoutStore, SessionStore},
};
use time::Duration;

use crate::support::{ADA, NOW, World, attempt, certificate, committed, opened, signed_in, token, trace};

/// A request of this connection's identity provider that names these sessions, or this person.
fn request(connection: &Connection, n: u32, indexes: &[&str], name_id: &str) -> LogoutRecord {
    LogoutRecord {
        connection: connection.id,
        tenant: connection.tenant,
        signer: certificate(1).fingerprint,
        used: AssertionUse {
            assertion: AssertionId::new(format!("_logout-{n}")),
            issued_since: NOW - Duration::minutes(1),
            keep_until: NOW + Duration::hours(1),
        },
        indexes: indexes.iter().map(|&index| index.to_owned()).collect(),
        name_id: name_id.to_owned(),
        trace: trace(n),
        decision: Detail::new(r#"{"rules":"passed"}"#),
    }
}

/// Signs somebody in with this SessionIndex and the session token `token(n)`.
async fn sign_in(world: &World, connection: &Connection, login_name: &str, index: Option<&str>, n: u32) {
    let mut record = world.record(connection, login_name, login_name);
    record.session.idp_session.index = index.map(str::to_owned);
    signed_in(committed(world.store.commit(record.clone(), NOW).await.unwrap()));
    opened(world.store.hop(attempt(&record, n), NOW).await.unwrap());
}

async fn lives(world: &World, n: u32) -> bool {
    world.store.session_of_token(&token(n), NOW).await.unwrap().is_some()
}

fn asked(connection: &Connection, n: u32) -> PendingLogout {
    PendingLogout {
        request_id: RequestId::new(format!("_asked-{n}")),
        connection: connection.id,
        tenant: connection.tenant,
        expires_at: NOW + PendingLogout::LIFETIME,
        saml: SamlState::new(vec![1, 2, 3]),
    }
}

fn answer(pending: &PendingLogout, elsewhere: Elsewhere) -> LogoutAnswer {
    LogoutAnswer {
        request: pending.request_id.clone(),
        connection: pending.connection,
        tenant: pending.tenant,
        elsewhere,
        trace: trace(9),
        decision: Detail::new("{}"),
    }
}

#[tokio::test]
async fn what_the_identity_provider_calls_a_session_is_kept_with_it() {
    let world = World::new().await;
    sign_in(&world, &world.contoso, ADA, Some("_one"), 1).await;
    let signed_in = world.store.session_of_token(&token(1), NOW).await.unwrap().unwrap();
    let idp_session = signed_in.idp_session.unwrap();
    assert_eq!((idp_session.name_id.as_str(), idp_session.index.as_deref()), (ADA, Some("_one")));
    assert_eq!(idp_session.saml.as_bytes(), ADA.as_bytes());
}

/// [saml-core 3.7.3.2]
#[tokio::test]
async fn the_session_index_comes_first_and_the_name_where_no_session_has_it() {
    let world = World::new().await;
    sign_in(&world, &world.contoso, ADA, Some("_one"), 1).await;
    sign_in(&world, &world.contoso, ADA, Some("_two"), 2).await;
    sign_in(&world, &world.contoso, "bob@contoso.example", Some("_three"), 3).await;
    // Entra may name the person by another NameID than it signed her in with.
    let outcome = world.store.logout(request(&world.contoso, 1, &["_one"], "pairwise"), NOW).await.unwrap();
    assert_eq!(outcome, LogoutOutcome::Ended { sessions: 1 });
    assert_eq!([lives(&world, 1).await, lives(&world, 2).await, lives(&world, 3).await], [false, true, true]);

    let outcome = world.store.logout(request(&world.contoso, 2, &["_gone"], ADA), NOW).await.unwrap();
    assert_eq!(outcome, LogoutOutcome::Ended { sessions: 1 });
    assert_eq!([lives(&world, 2).await, lives(&world, 3).await], [false, true]);
    let reasons = world.events().await.into_iter().filter(|event| event.kind == EventKind::SessionEnded);
    assert_eq!(reasons.filter(|event| event.detail.as_str().contains("single-logout")).count(), 2);
}

#[tokio::test]
async fn without_an_index_each_session_of_the_person_ends_and_nobody_elses() {
    let world = World::new().await;
    sign_in(&world, &world.contoso, ADA, Some("_one"), 1).await;
    sign_in(&world, &world.contoso, ADA, None, 2).await;
    sign_in(&world, &world.contoso, "bob@contoso.example", None, 3).await;
    let outcome = world.store.logout(request(&world.contoso, 1, &[], ADA), NOW).await.unwrap();
    assert_eq!(outcome, LogoutOutcome::Ended { sessions: 2 });
    assert_eq!(
        [lives(&world, 1).await, lives(&world, 2).await, lives(&world, 3).await],
        [false, false, true]
    );
    let nobody = world.store.logout(request(&world.contoso, 2, &[], "nobody"), NOW).await.unwrap();
    assert_eq!(nobody, LogoutOutcome::Ended { sessions: 0 });
    assert!(lives(&world, 3).await);
}

#[tokio::test]
async fn a_session_that_waits_for_its_hop_ends_too() {
    let world = World::new().await;
    let record = world.record(&world.contoso, "ada", ADA);
    signed_in(committed(world.store.commit(record.clone(), NOW).await.unwrap()));
    let index = record.session.idp_session.index.clone().unwrap();
    let outcome = world.store.logout(request(&world.contoso, 1, &[&index], ADA), NOW).await.unwrap();
    assert_eq!(outcome, LogoutOutcome::Ended { sessions: 1 });
    assert!(!matches!(
        world.store.hop(attempt(&record, 1), NOW).await.unwrap(),
        landfall_accounts::HopOutcome::Opened(_)
    ));
}

#[tokio::test]
async fn e19_a_hostile_customer_signs_out_nobody_of_another_tenant() {
    let world = World::new().await;
    let fabrikam = world.fabrikam().await;
    sign_in(&world, &world.contoso, ADA, Some("_one"), 1).await;
    sign_in(&world, &fabrikam, "eve@fabrikam.example", Some("_one"), 2).await;
    for (n, indexes, name_id) in [(1, vec!["_two"], ADA), (2, vec![], ADA), (3, vec!["_one"], ADA)] {
        let outcome = world.store.logout(request(&fabrikam, n, &indexes, name_id), NOW).await.unwrap();
        assert_eq!(outcome, LogoutOutcome::Ended { sessions: usize::from(n == 3) });
        assert!(lives(&world, 1).await, "{n}");
    }
    assert!(!lives(&world, 2).await, "his own session ended");
}

#[tokio::test]
async fn e19_a_logout_request_counts_once() {
    let world = World::new().await;
    sign_in(&world, &world.contoso, ADA, Some("_one"), 1).await;
    let request = request(&world.contoso, 1, &["_one"], ADA);
    assert_eq!(world.store.logout(request.clone(), NOW).await.unwrap(), LogoutOutcome::Ended { sessions: 1 });
    sign_in(&world, &world.contoso, ADA, Some("_one"), 2).await;
    assert_eq!(world.store.logout(request, NOW).await.unwrap(), LogoutOutcome::Replayed);
    assert!(lives(&world, 2).await);
    assert_eq!(world.count(EventKind::LogoutReplayed).await, 1);
}

#[tokio::test]
async fn g8_a_logout_by_a_key_that_is_not_trusted_any_more_ends_nothing() {
    let world = World::new().await;
    sign_in(&world, &world.contoso, ADA, Some("_one"), 1).await;
    let mut stolen = request(&world.contoso, 1, &["_one"], ADA);
    stolen.signer = certificate(7).fingerprint;
    assert_eq!(world.store.logout(stolen, NOW).await.unwrap(), LogoutOutcome::KeyGone);
    assert!(lives(&world, 1).await);
    assert_eq!(world.count(EventKind::LogoutRefused).await, 1);
}

#[tokio::test]
async fn a_person_signs_out_here_and_the_answer_is_awaited() {
    let world = World::new().await;
    sign_in(&world, &world.contoso, ADA, Some("_one"), 1).await;
    sign_in(&world, &world.contoso, "bob@contoso.example", Some("_two"), 2).await;
    let ada = world.store.session_of_token(&token(1), NOW).await.unwrap().unwrap();
    let bob = world.store.session_of_token(&token(2), NOW).await.unwrap().unwrap();
    let pending = asked(&world.contoso, 1);
    let foreign = world.store.sign_out(&bob.session.id, &ada.user.id, pending.clone(), NOW).await.unwrap();
    assert_eq!(foreign, EndOutcome::NotFound);
    assert!(world.store.pending_logout(&pending.request_id, NOW).await.unwrap().is_none());
    assert!(lives(&world, 2).await);

    let own = world.store.sign_out(&ada.session.id, &ada.user.id, pending.clone(), NOW).await.unwrap();
    assert_eq!(own, EndOutcome::Ended);
    assert!(!lives(&world, 1).await);
    assert_eq!(world.store.pending_logout(&pending.request_id, NOW).await.unwrap(), Some(pending.clone()));
    let late = NOW + PendingLogout::LIFETIME;
    assert_eq!(world.store.pending_logout(&pending.request_id, late).await.unwrap(), None);
    let answer = answer(&pending, Elsewhere::Partial);
    assert_eq!(world.store.logout_answered(answer.clone(), late).await.unwrap(), AnswerOutcome::Gone);
    assert_eq!(world.store.logout_answered(answer.clone(), NOW).await.unwrap(), AnswerOutcome::Taken);
    assert_eq!(world.store.logout_answered(answer, NOW).await.unwrap(), AnswerOutcome::Gone, "once");
    let event = world.events().await.into_iter().find(|event| event.kind == EventKind::LogoutAccepted);
    assert!(event.unwrap().detail.as_str().contains("partial"));
}

#[tokio::test]
async fn an_answer_of_another_connection_is_not_taken() {
    let world = World::new().await;
    let fabrikam = world.fabrikam().await;
    sign_in(&world, &world.contoso, ADA, Some("_one"), 1).await;
    let ada = world.store.session_of_token(&token(1), NOW).await.unwrap().unwrap();
    let pending = asked(&world.contoso, 1);
    let ended = world.store.sign_out(&ada.session.id, &ada.user.id, pending.clone(), NOW).await.unwrap();
    assert_eq!(ended, EndOutcome::Ended);
    let mut foreign = answer(&pending, Elsewhere::SignedOut);
    (foreign.connection, foreign.tenant) = (fabrikam.id, fabrikam.tenant);
    assert_eq!(world.store.logout_answered(foreign, NOW).await.unwrap(), AnswerOutcome::Gone);
    let own = answer(&pending, Elsewhere::SignedOut);
    assert_eq!(world.store.logout_answered(own, NOW).await.unwrap(), AnswerOutcome::Taken);
}

#[tokio::test]
async fn a_logout_is_forgotten_when_its_answer_would_be_too_late() {
    let world = World::new().await;
    sign_in(&world, &world.contoso, ADA, Some("_one"), 1).await;
    let ada = world.store.session_of_token(&token(1), NOW).await.unwrap().unwrap();
    let pending = asked(&world.contoso, 1);
    let ended = world.store.sign_out(&ada.session.id, &ada.user.id, pending, NOW).await.unwrap();
    assert_eq!(ended, EndOutcome::Ended);
    let early = NOW + PendingLogout::LIFETIME - Duration::milliseconds(1);
    assert_eq!(world.store.purge(early).await.unwrap().pending_logouts, 0);
    assert_eq!(world.store.purge(NOW + PendingLogout::LIFETIME).await.unwrap().pending_logouts, 1);
}
