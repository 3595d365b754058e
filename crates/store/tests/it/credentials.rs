//! What directories show: hashes, several at a time, each bound to its connection.

use landfall_accounts::{
    ConnectionState, CredentialMark, CredentialPrefix, CredentialRef, Directory, DirectoryAccess, EventKind,
    NewCredential, ScimCredential, ScimDialect, TokenHash, ports::CredentialStore,
};
use time::{Duration, OffsetDateTime};

use crate::support::{NOW, SECOND, World, hash};

/// The credential with the hash `secret(n)`.
pub(crate) fn new(n: u32) -> NewCredential {
    let [.., a, b, c, d] = n.to_be_bytes();
    NewCredential {
        dialect: None,
        prefix: CredentialPrefix::new(CredentialMark::Directory, [0, a, b, c, d]),
        hash: secret(n),
        label: Some("Entra, production".parse().unwrap()),
        expires_at: Some(NOW + ScimCredential::LIFETIME),
    }
}

pub(crate) fn secret(n: u32) -> TokenHash {
    hash("scim", n)
}

impl World {
    pub(crate) async fn token(&self, n: u32) -> ScimCredential {
        self.store.create_scim_token(&self.contoso.name, new(n), NOW).await.unwrap()
    }

    pub(crate) async fn shown(&self, n: u32, now: OffsetDateTime) -> Option<DirectoryAccess> {
        self.store.directory_of_token(&secret(n), now).await.unwrap().map(|admitted| admitted.access)
    }
}

#[tokio::test]
async fn a_token_speaks_for_its_connection() {
    let world = World::new().await;
    let token = world.token(1).await;
    let access = world.shown(1, NOW).await.unwrap();
    let expected = DirectoryAccess {
        credential: token.id,
        directory: Directory { tenant: world.contoso.tenant, connection: world.contoso.id },
        dialect: ScimDialect::Entra,
    };
    assert_eq!(access, expected);
    assert_eq!(world.shown(2, NOW).await, None);
    let listed = world.store.scim_credentials(Some(world.contoso.id)).await.unwrap();
    assert_eq!(listed, [ScimCredential { last_used: Some(NOW), ..token }]);
    let unknown = world.store.create_scim_token(&"nobody".parse().unwrap(), new(3), NOW).await.unwrap_err();
    assert_eq!(unknown.code(), "connection.unknown");
}

#[tokio::test]
async fn a_dialect_that_is_asked_for_counts() {
    let world = World::new().await;
    let strict = NewCredential { dialect: Some(ScimDialect::Strict), expires_at: None, ..new(1) };
    world.store.create_scim_token(&world.contoso.name, strict, NOW).await.unwrap();
    let access = world.shown(1, NOW + ScimCredential::LONGEST * 2).await.unwrap();
    assert_eq!(access.dialect, ScimDialect::Strict);
}

#[tokio::test]
async fn a_token_ends_at_its_time_and_a_second_one_goes_on() {
    let world = World::new().await;
    world.token(1).await;
    let end = NOW + ScimCredential::LIFETIME;
    let later = NewCredential { expires_at: Some(end + Duration::DAY), ..new(2) };
    world.store.create_scim_token(&world.contoso.name, later, NOW).await.unwrap();
    assert!(world.shown(1, end - Duration::MILLISECOND).await.is_some());
    assert_eq!(world.shown(1, end).await, None);
    assert!(world.shown(2, end).await.is_some());
}

#[tokio::test]
async fn a_revoked_token_is_refused_at_once_and_others_are_not() {
    let world = World::new().await;
    let (one, _) = (world.token(1).await, world.token(2).await);
    let by_prefix = CredentialRef::Prefix(one.prefix.clone());
    let revoked = world.store.revoke_scim_credential(&by_prefix, NOW + SECOND).await.unwrap();
    assert_eq!((revoked.id, revoked.revoked_at), (one.id, Some(NOW + SECOND)));
    assert_eq!(world.shown(1, NOW + SECOND).await, None);
    let two = world.shown(2, NOW + SECOND).await.unwrap().credential;
    for gone in [by_prefix, CredentialRef::Id(one.id), "lfs_zzzzzzzz".parse().unwrap()] {
        let error = world.store.revoke_scim_credential(&gone, NOW + SECOND).await.unwrap_err();
        assert_eq!(error.code(), "credential.unknown", "{gone}");
    }
    world.store.revoke_scim_credential(&CredentialRef::Id(two), NOW + SECOND).await.unwrap();
    assert_eq!(world.shown(2, NOW + SECOND).await, None);
    assert_eq!(world.store.scim_credentials(None).await.unwrap().len(), 2, "what ended is still listed");
}

/// Accounts come before the first login, and a disabled connection is closed on this side too.
#[tokio::test]
async fn only_a_disabled_connection_takes_no_pushes() {
    let world = World::new().await;
    world.token(1).await;
    for state in [
        ConnectionState::Draft,
        ConnectionState::Disabled,
        ConnectionState::Testing,
        ConnectionState::Disabled,
        ConnectionState::Active,
    ] {
        world.store.set_connection_state(&world.contoso.name, state, NOW).await.unwrap();
        assert_eq!(world.shown(1, NOW).await.is_some(), state != ConnectionState::Disabled, "{state}");
    }
}

#[tokio::test]
async fn use_is_written_down_once_a_minute() {
    let world = World::new().await;
    world.token(1).await;
    let last_used = async || world.store.scim_credentials(None).await.unwrap()[0].last_used;
    assert_eq!(last_used().await, None);
    let minute = ScimCredential::USED_EVERY;
    for (now, last) in [
        (NOW, NOW),
        (NOW + minute - Duration::MILLISECOND, NOW),
        (NOW + minute, NOW + minute),
        (NOW + minute - SECOND, NOW + minute),
    ] {
        assert!(world.shown(1, now).await.is_some());
        assert_eq!(last_used().await, Some(last), "{now}");
    }
}

/// [attack H3], [attack H12]
#[tokio::test]
async fn h12_events_tell_which_credential_and_nothing_that_opens() {
    let world = World::new().await;
    let token = world.token(1).await;
    world.store.revoke_scim_credential(&CredentialRef::Id(token.id), NOW).await.unwrap();
    let events = world.events().await;
    for (event, action) in events.iter().zip(["scim.token.revoke", "scim.token.create"]) {
        assert_eq!(event.kind, EventKind::ConfigurationChanged);
        assert_eq!((event.tenant, event.connection), (Some(token.tenant), Some(token.connection)));
        let detail = event.detail.as_str();
        for part in [action, &token.id.to_string(), token.prefix.as_str()] {
            assert!(detail.contains(part), "{part}: {detail}");
        }
        assert!(!detail.contains("digest") && !detail.contains("hash"), "{detail}");
    }
    let printed = format!("{token:?} {:?}", new(1));
    assert!(printed.contains("TokenHash([redacted])"), "{printed}");
}
