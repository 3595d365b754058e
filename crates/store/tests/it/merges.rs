//! Identities that are refused since their name is an account's, and wait for an operator.

use landfall_accounts::{
    Collision, ConnectionId, EventKind, LinkedBy, MergeProposal, MergeState, NewUser, Refusal, Standing,
    UserState, ports::LoginStore,
};
use time::Duration;

use crate::support::{
    ADA, NOW, SECOND, World, committed, known, new_user, person, refused, refused_push, signed_in, tenant,
};

impl World {
    async fn proposals(&self) -> Vec<MergeProposal> {
        self.store.merges(None).await.unwrap().proposals
    }

    async fn overflows(&self) -> Vec<(ConnectionId, u64)> {
        self.store.merges(None).await.unwrap().overflows
    }
}

#[tokio::test]
async fn what_is_refused_as_a_collision_is_proposed_once_and_counted() {
    let world = World::new().await;
    let ada = signed_in(world.login("ada", ADA).await.1);
    let (_, committed_first) = world.login("new", "ADA@contoso.example").await;
    assert_eq!(refused(&committed_first).code(), "collision.linked");
    assert_eq!(
        committed_first.events,
        [EventKind::AccountCollision, EventKind::MergeProposed, EventKind::LoginRefused]
    );
    let record = world.record(&world.contoso, "new", ADA);
    let again = committed(world.store.commit(record, NOW + SECOND).await.unwrap());
    assert_eq!(again.events, [EventKind::AccountCollision, EventKind::LoginRefused]);
    let [one] = &world.proposals().await[..] else { panic!("one proposal") };
    assert_eq!((one.tenant, one.connection, one.user), (ada.tenant, world.contoso.id, ada.id));
    assert_eq!((one.subject.as_str(), one.why, one.state), ("new", Collision::Linked, MergeState::Open));
    assert_eq!((one.times, one.first_seen, one.last_seen), (2, NOW, NOW + SECOND));
    assert_eq!(world.store.merge(&one.id).await.unwrap().as_ref(), Some(one));
    world.login("another", ADA).await;
    assert_eq!(world.proposals().await.len(), 2);
}

#[tokio::test]
async fn accepted_the_identity_is_the_account_s_whatever_its_name() {
    let world = World::new().await;
    let made = world.create(ADA).await;
    let late = NOW + Duration::days(15);
    let record = world.record(&world.contoso, "ada", ADA);
    assert_eq!(
        refused(&committed(world.store.commit(record, late).await.unwrap())).code(),
        "collision.window_closed"
    );
    let proposal = world.proposals().await.remove(0);
    let accepted = world.store.accept_merge(&proposal.id, late).await.unwrap();
    assert_eq!((accepted.state, accepted.decided_at), (MergeState::Accepted, Some(late)));
    assert_eq!(world.proposals().await, [accepted]);
    assert_eq!(world.store.identities_of(&made.id).await.unwrap()[0].how, LinkedBy::Merge);
    let arrived = signed_in(world.login("ada", "countess@contoso.example").await.1);
    assert_eq!((arrived.id, arrived.user_name.as_str()), (made.id, "countess@contoso.example"));
    for kind in [EventKind::MergeDecided, EventKind::AccountLinked] {
        assert_eq!(world.count(kind).await, 1);
    }
    let again = world.store.accept_merge(&proposal.id, late).await.unwrap_err();
    assert_eq!(again.code(), "merge.decided");
    assert_eq!(world.store.reject_merge(&proposal.id, late).await.unwrap_err().code(), "merge.decided");
}

#[tokio::test]
async fn accepting_changes_no_state() {
    let world = World::new().await;
    let ada = world.create(ADA).await;
    world.store.set_user_state(&ada.id, UserState::Suspended, NOW).await.unwrap();
    assert_eq!(refused(&world.login("ada", ADA).await.1).code(), "collision.suspended");
    world.store.accept_merge(&world.proposals().await[0].id, NOW).await.unwrap();
    assert_eq!(refused(&world.login("ada", ADA).await.1), Refusal::Suspended);
}

#[tokio::test]
async fn rejected_it_is_kept_and_not_proposed_again() {
    let world = World::new().await;
    signed_in(world.login("ada", ADA).await.1);
    world.login("eve", ADA).await;
    let proposal = world.proposals().await.remove(0);
    let rejected = world.store.reject_merge(&proposal.id, NOW).await.unwrap();
    assert_eq!(rejected.state, MergeState::Rejected);
    assert_eq!(world.store.accept_merge(&proposal.id, NOW).await.unwrap_err().code(), "merge.decided");
    let (_, again) = world.login("eve", ADA).await;
    assert_eq!(refused(&again).code(), "collision.linked");
    let [kept] = &world.proposals().await[..] else { panic!("one proposal") };
    assert_eq!((kept.state, kept.times), (MergeState::Rejected, 2));
}

#[tokio::test]
async fn what_does_not_hold_any_more_is_not_accepted_and_says_what_changed() {
    let bars = ["merge.deprovisioned", "merge.linked", "merge.deleted", "merge.domain"];
    for bar in bars {
        let world = World::new().await;
        let ada = signed_in(world.login("ada", ADA).await.1);
        world.login("eve", ADA).await;
        let proposal = world.proposals().await.remove(0);
        match bar {
            "merge.deprovisioned" => {
                world.store.set_user_state(&ada.id, UserState::Deprovisioned, NOW).await.unwrap();
            }
            "merge.linked" => drop(signed_in(world.login("eve", "eve@contoso.example").await.1)),
            "merge.deleted" => {
                let eve = signed_in(world.login("eve", "eve@contoso.example").await.1);
                world.store.set_user_state(&eve.id, UserState::Deprovisioned, NOW).await.unwrap();
            }
            _ => {
                world.fabrikam().await;
                world
                    .database
                    .sql("UPDATE domains SET connection_id = NULL WHERE name = 'contoso.example'")
                    .await;
            }
        }
        let error = world.store.accept_merge(&proposal.id, NOW).await.unwrap_err();
        assert_eq!(error.code(), bar, "{error}");
        assert_eq!(world.proposals().await[0].state, MergeState::Open, "{bar}");
        assert_eq!(world.count(EventKind::MergeDecided).await, 0, "{bar}");
        let theirs = world.store.identities_of(&ada.id).await.unwrap();
        assert!(!theirs.iter().any(|link| link.subject.as_str() == "eve"), "{bar}");
    }
}

#[tokio::test]
async fn no_administrator_is_proposed() {
    let world = World::new().await;
    let admin = NewUser { standing: Standing::Administrator, ..new_user(ADA) };
    world.store.create_user(&tenant("contoso"), admin, NOW).await.unwrap();
    assert_eq!(refused(&world.login("ada", ADA).await.1).code(), "collision.administrator");
    assert_eq!(refused_push(&world.push(person("ada", ADA)).await), "collision.administrator");
    assert_eq!(world.proposals().await, []);
}

#[tokio::test]
async fn h7_whom_a_directory_may_not_adopt_is_proposed_and_attached_once_accepted() {
    let world = World::new().await;
    let made = world.create(ADA).await;
    assert_eq!(refused_push(&world.push(person("ada", ADA)).await), "collision.not_by_directory");
    let [one] = &world.proposals().await[..] else { panic!("one proposal") };
    assert_eq!((one.why, one.user), (Collision::NotByDirectory, made.id));
    world.store.accept_merge(&one.id, NOW).await.unwrap();
    assert_eq!(known(world.push(person("ada", ADA)).await).user.id, made.id);
}

#[tokio::test]
async fn a_flood_of_proposals_is_bounded_and_counted() {
    let world = World::new().await;
    let ada = signed_in(world.login("ada", ADA).await.1);
    world.login("first", ADA).await;
    let id = |n: u64| match world.database.is_postgres() {
        true => format!("CAST(lpad(to_hex({n}), 32, '0') AS uuid)"),
        false => format!("x'{n:032x}'"),
    };
    let rows: Vec<String> = (1..MergeProposal::MOST_OPEN)
        .map(|n| {
            format!(
                "INSERT INTO merge_proposals SELECT tenant_id, {}, connection_id, 'subject-{n}', user_id, why, state,
                 times, first_seen, last_seen, decided_at FROM merge_proposals WHERE subject = 'first'",
                id(n)
            )
        })
        .collect();
    world.database.sql(&rows.join(";")).await;
    for _ in 0..2 {
        assert_eq!(refused(&world.login("one-too-many", ADA).await.1).code(), "collision.linked");
    }
    assert_eq!(world.proposals().await.len() as u64, MergeProposal::MOST_OPEN);
    assert_eq!(world.overflows().await, [(world.contoso.id, 2)]);
    world.store.reject_merge(&world.proposals().await[0].id, NOW).await.unwrap();
    world.login("one-too-many", ADA).await;
    assert_eq!(world.proposals().await.len() as u64, MergeProposal::MOST_OPEN + 1);
    assert_eq!(world.users().await[0].id, ada.id);
}

#[tokio::test]
async fn an_unknown_proposal_is_said_to_be_unknown() {
    let world = World::new().await;
    let id = "0193a0c2-7f3b-7c11-8a52-1f0d9c3b7e64".parse().unwrap();
    assert_eq!(world.store.accept_merge(&id, NOW).await.unwrap_err().code(), "merge.unknown");
    assert_eq!(world.store.merge(&id).await.unwrap(), None);
    assert_eq!(world.store.merges(Some(&tenant("nobody"))).await.unwrap_err().code(), "tenant.unknown");
}
