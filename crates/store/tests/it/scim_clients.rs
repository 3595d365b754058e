//! Clients of the token endpoint: several secrets, tokens for an hour, and an end at once.

use landfall_accounts::{
    AccessOutcome, AccessRefusal, AccessRequest, ConnectionState, CredentialMark, CredentialPrefix,
    CredentialRef, EventKind, Proof, ScimClient, ScimClientId, ScimCredential, ports::CredentialStore,
};
use time::{Duration, OffsetDateTime};

use crate::{
    credentials::{new, secret},
    support::{NOW, SECOND, World, trace},
};

impl World {
    /// A client of contoso with the secret `secret(n)`.
    async fn client(&self, n: u32) -> (ScimClient, ScimCredential) {
        self.store.create_scim_client(&self.contoso.name, new(n), NOW).await.unwrap()
    }

    /// Asks with the secret `secret(shown)` for the token `secret(token)`.
    async fn ask(&self, client: &ScimClientId, shown: u32, token: u32, now: OffsetDateTime) -> AccessOutcome {
        let asked = AccessRequest {
            client: *client,
            proof: Proof::Secret(secret(shown)),
            prefix: CredentialPrefix::new(CredentialMark::Directory, [1; 5]),
            token: secret(token),
            trace: trace(token),
        };
        self.store.grant_access(asked, now).await.unwrap()
    }
}

fn refused(refusal: AccessRefusal) -> AccessOutcome {
    AccessOutcome::Refused(refusal)
}

/// [rfc6749 4.4]
#[tokio::test]
async fn a_client_gets_a_token_for_an_hour() {
    let world = World::new().await;
    let (client, _) = world.client(1).await;
    let AccessOutcome::Granted(access) = world.ask(&client.id, 1, 10, NOW).await else { panic!("refused") };
    assert_eq!(
        (access.directory.tenant, access.directory.connection),
        (world.contoso.tenant, world.contoso.id)
    );
    let end = NOW + AccessRequest::LIFETIME;
    assert_eq!(world.shown(10, end - Duration::MILLISECOND).await, Some(access));
    assert_eq!(world.shown(10, end).await, None);
    assert_eq!(world.shown(1, NOW).await, None, "a secret is no token");
    let listed = world.store.scim_credentials(None).await.unwrap();
    assert_eq!(listed.len(), 1, "lists have what operators made");
    assert_eq!((listed[0].last_used, listed[0].client), (Some(NOW), Some(client.id)));
    let event = world.events().await.remove(0);
    assert_eq!((event.kind, event.trace), (EventKind::AccessGranted, Some(trace(10))));
    assert!(event.detail.as_str().contains(&access.credential.to_string()));
    // For a token nobody gets another one.
    assert_eq!(world.ask(&client.id, 10, 11, NOW).await, refused(AccessRefusal::Secret));
}

#[tokio::test]
async fn what_is_shown_must_be_the_clients_own_and_count() {
    let world = World::new().await;
    let ((client, first), (other, _)) = (world.client(1).await, world.client(2).await);
    world.token(3).await;
    for shown in [2, 3, 4] {
        assert_eq!(world.ask(&client.id, shown, 10, NOW).await, refused(AccessRefusal::Secret), "{shown}");
    }
    let event = world.events().await.remove(0);
    assert_eq!((event.kind, event.connection), (EventKind::AccessRefused, Some(world.contoso.id)));
    assert!(event.detail.as_str().contains("client.secret"), "{:?}", event.detail);
    let end = first.expires_at.unwrap();
    assert_eq!(world.ask(&client.id, 1, 10, end).await, refused(AccessRefusal::Secret));
    let events = world.events().await.len();
    let nobody = "0193a0c2-7f3b-7c11-8a52-1f0d9c3b7e64".parse().unwrap();
    assert_eq!(world.ask(&nobody, 1, 10, NOW).await, refused(AccessRefusal::Client));
    assert_eq!(world.events().await.len(), events, "of a client that does not exist nothing is written");
    world.store.set_connection_state(&world.contoso.name, ConnectionState::Disabled, NOW).await.unwrap();
    assert_eq!(world.ask(&other.id, 2, 10, NOW).await, refused(AccessRefusal::Connection));
    world.store.set_connection_state(&world.contoso.name, ConnectionState::Draft, NOW).await.unwrap();
    assert!(matches!(world.ask(&other.id, 2, 10, NOW).await, AccessOutcome::Granted(_)));
}

#[tokio::test]
async fn secrets_roll_over_and_what_was_got_for_one_ends_with_it() {
    let world = World::new().await;
    let (client, first) = world.client(1).await;
    let second = world.store.add_scim_secret(&client.id, new(2), NOW).await.unwrap();
    assert_eq!(second.client, Some(client.id));
    for (shown, token) in [(1, 10), (2, 20)] {
        assert!(matches!(world.ask(&client.id, shown, token, NOW).await, AccessOutcome::Granted(_)));
    }
    let now = NOW + SECOND;
    world.store.revoke_scim_credential(&CredentialRef::Id(first.id), now).await.unwrap();
    assert_eq!(world.ask(&client.id, 1, 11, now).await, refused(AccessRefusal::Secret));
    assert!(world.shown(10, now).await.is_none() && world.shown(20, now).await.is_some());

    world.store.revoke_scim_client(&client.id, now).await.unwrap();
    assert_eq!(world.shown(20, now).await, None);
    assert_eq!(world.ask(&client.id, 2, 21, now).await, refused(AccessRefusal::Client));
    for error in [
        world.store.revoke_scim_client(&client.id, now).await.map(drop).unwrap_err(),
        world.store.add_scim_secret(&client.id, new(3), now).await.map(drop).unwrap_err(),
    ] {
        assert_eq!(error.code(), "client.unknown");
    }
    let clients = world.store.scim_clients(Some(world.contoso.id)).await.unwrap();
    assert_eq!(clients, [ScimClient { revoked_at: Some(clients[0].revoked_at.unwrap()), ..client }]);
}

#[tokio::test]
async fn a_client_that_asks_and_asks_keeps_its_newest_tokens_alone() {
    let world = World::new().await;
    let (client, _) = world.client(1).await;
    let most = u32::try_from(AccessRequest::MOST).unwrap();
    for n in 0..=most {
        let now = NOW + Duration::MILLISECOND * n;
        assert!(matches!(world.ask(&client.id, 1, 100 + n, now).await, AccessOutcome::Granted(_)));
    }
    let now = NOW + SECOND;
    assert!(world.shown(100, now).await.is_none());
    assert!(world.shown(101, now).await.is_some() && world.shown(100 + most, now).await.is_some());
    let end = now + AccessRequest::LIFETIME;
    assert_eq!(world.store.purge(end).await.unwrap().access_tokens, AccessRequest::MOST);
    assert_eq!(world.store.scim_credentials(None).await.unwrap().len(), 1, "its secret stays");
}

/// Whether a client was revoked after the backup, nobody knows.
#[tokio::test]
async fn a_restore_ends_access_tokens_and_leaves_what_operators_made() {
    let world = World::new().await;
    let (client, _) = world.client(1).await;
    world.token(2).await;
    assert!(matches!(world.ask(&client.id, 1, 10, NOW).await, AccessOutcome::Granted(_)));
    world.store.mark_restored(NOW).await.unwrap();
    assert!(world.shown(10, NOW).await.is_none() && world.shown(2, NOW).await.is_some());
}

/// [attack H1]
#[tokio::test]
async fn h1_a_client_of_one_customer_gets_nothing_for_a_secret_of_another() {
    let world = World::new().await;
    let fabrikam = world.fabrikam().await;
    let (ours, _) = world.client(1).await;
    let (theirs, _) = world.store.create_scim_client(&fabrikam.name, new(2), NOW).await.unwrap();
    assert_eq!(world.ask(&ours.id, 2, 10, NOW).await, refused(AccessRefusal::Secret));
    let AccessOutcome::Granted(access) = world.ask(&theirs.id, 2, 10, NOW).await else { panic!("refused") };
    assert_eq!((access.directory.tenant, access.directory.connection), (fabrikam.tenant, fabrikam.id));
}
