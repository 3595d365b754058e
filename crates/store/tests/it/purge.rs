use landfall_accounts::{
    CommitOutcome, EndReason, HopOutcome, Lasting, PendingLogin, Refusal, UserState,
    ports::{LoginStore, SessionStore},
};
use landfall_store::Purged;
use sea_orm::{ConnectionTrait, TransactionTrait};
use time::Duration;

use crate::support::{ADA, MILLISECOND, NOW, SECOND, World, attempt, committed, signed_in, token};

async fn purged(world: &World, after: Duration) -> (u64, u64, u64) {
    let Purged { pending_logins, used_assertions, sessions, .. } =
        world.store.purge(NOW + after).await.unwrap();
    (pending_logins, used_assertions, sessions.values().sum())
}

#[tokio::test]
async fn a_login_is_forgotten_when_its_answer_would_be_too_late() {
    let world = World::new().await;
    let login = world.pending(&world.contoso);
    world.store.begin(login.clone(), NOW).await.unwrap();
    assert_eq!(purged(&world, PendingLogin::LIFETIME - Duration::milliseconds(1)).await, (0, 0, 0));
    assert!(world.store.pending(&login.request_id).await.unwrap().is_some());
    assert_eq!(purged(&world, PendingLogin::LIFETIME).await, (1, 0, 0));
    assert_eq!(world.store.pending(&login.request_id).await.unwrap(), None);
}

/// [saml-profiles 4.1.4.5]
#[tokio::test]
async fn e1_a_used_assertion_is_remembered_as_long_as_it_could_be_accepted() {
    let world = World::new().await;
    let mut record = world.record(&world.contoso, "ada", ADA);
    // The fraction of a millisecond counts: the row must not be gone before it.
    record.used.keep_until = NOW + Duration::hours(1) + Duration::nanoseconds(1);
    signed_in(committed(world.store.commit(record.clone(), NOW).await.unwrap()));
    let last = Duration::hours(1) + Duration::milliseconds(1);
    assert_eq!(purged(&world, last).await.1, 0);
    assert_eq!(world.store.commit(record, NOW + last).await.unwrap(), CommitOutcome::Replayed);
    assert_eq!(purged(&world, last + Duration::milliseconds(1)).await.1, 1);
}

#[tokio::test]
async fn dead_sessions_are_forgotten_and_live_ones_kept() {
    let world = World::new().await;
    world.login("waits", "waits@contoso.example").await;
    let ended = world.sign_in("ended", "ended@contoso.example", 1).await;
    world.store.revoke_session(&ended.session, NOW).await.unwrap();
    let live = world.sign_in("live", "live@contoso.example", 2).await;
    assert_eq!(purged(&world, Duration::seconds(59)).await, (0, 0, 0));
    assert_eq!(purged(&world, Duration::seconds(60)).await, (0, 0, 2));
    assert!(world.store.session_of_token(&token(2), NOW).await.unwrap().is_some());
    world.use_until(2, live.expires_at - SECOND).await;
    assert_eq!(purged(&world, live.expires_at - NOW - MILLISECOND).await.2, 0);
    assert_eq!(purged(&world, live.expires_at - NOW).await.2, 1);
}

/// Each is told once, and by what ended it.
#[tokio::test]
async fn what_ended_sessions_is_told_when_they_are_forgotten() {
    let world = World::new().await;
    let ada = world.sign_in("ada", ADA, 1).await;
    world.store.revoke_session(&ada.session, NOW).await.unwrap();
    let bob = world.sign_in("bob", "bob@contoso.example", 2).await;
    let out = EndReason::SignedOutEverywhere;
    world.store.end_sessions_of(&bob.user.tenant, &bob.user.id, None, out, NOW).await.unwrap();
    world.login("waits", "waits@contoso.example").await;
    world.sign_in("idle", "idle@contoso.example", 3).await;
    world.sign_in("long", "long@contoso.example", 4).await;
    let told = async |after| {
        let purged = world.store.purge(NOW + after).await.unwrap().sessions;
        purged.into_iter().map(|(reason, count)| format!("{reason} {count}")).collect::<Vec<_>>()
    };
    assert_eq!(told(Duration::minutes(1)).await, ["never-opened 1", "revoked 1", "signed-out-everywhere 1"]);
    world.use_until(4, NOW + Duration::hours(8) - SECOND).await;
    assert_eq!(told(Duration::hours(2) - MILLISECOND).await, [""; 0]);
    assert_eq!(told(Duration::hours(2)).await, ["idle 1"]);
    assert_eq!(told(Duration::hours(8)).await, ["expired 1"]);
    assert_eq!(told(Duration::days(1)).await, [""; 0]);
}

#[tokio::test]
async fn a_purge_does_not_hide_why_a_hop_is_refused() {
    let world = World::new().await;
    let (record, _) = world.login("ada", ADA).await;
    let ada = world.users().await.swap_remove(0);
    world.store.set_user_state(&ada.id, UserState::Suspended, NOW).await.unwrap();
    world.store.purge(NOW).await.unwrap();
    assert_eq!(
        world.store.hop(attempt(&record, 1), NOW).await.unwrap(),
        HopOutcome::Refused(Refusal::Suspended)
    );
}

#[tokio::test]
async fn what_must_stay_stays() {
    let world = World::new().await;
    world.login("ada", ADA).await;
    let ada = world.users().await.swap_remove(0);
    world.store.set_user_state(&ada.id, UserState::Deprovisioned, NOW).await.unwrap();
    let events = world.events().await;
    purged(&world, Duration::days(3650)).await;
    assert_eq!(world.events().await, events);
    assert_eq!(world.users().await.len(), 1);
    assert_eq!(crate::support::refused(&world.login("ada", ADA).await.1), Refusal::IdentityDeleted);
}

/// On PostgreSQL a purge runs beside those who have a turn, who lock sessions before grants.
#[tokio::test]
async fn a_purge_passes_over_what_somebody_holds() {
    let world = World::new().await;
    if !world.database.is_postgres() {
        return;
    }
    let payroll = world.application("payroll").await;
    let ada = world.sign_in("ada", ADA, 1).await;
    world.sign_on(&payroll, &ada, Lasting::WithSession, 1).await;
    let over = Duration::hours(2);
    let other = world.database.connect().await;
    let holds = other.begin().await.unwrap();
    holds.execute_unprepared("UPDATE sessions SET target = '/'").await.unwrap();
    assert_eq!(purged(&world, over).await.2, 0);
    holds.execute_unprepared("UPDATE grants SET nonce = NULL").await.unwrap();
    assert_eq!(purged(&world, over + Duration::DAY).await.2, 0);
    holds.commit().await.unwrap();
    assert_eq!(purged(&world, over).await.2, 1);
    assert_eq!(world.store.purge(NOW + over + Duration::DAY).await.unwrap().grants, 1);
    other.close().await.unwrap();
}
