//! Attributes that tenants declare: one text each, which each request of a directory learns of.

use landfall_accounts::{
    EventKind, ExtensionText, ExtensionVersion, StoredExtension, TenantId, ports::CredentialStore,
    ports::DirectoryStore,
};
use landfall_store::Declared;
use serde_json::{Value, json};
use time::Duration;

use crate::credentials::{new, secret};
use crate::support::{NOW, World, tenant};

fn text(text: &str) -> ExtensionText {
    text.parse().unwrap()
}

fn version(number: u32) -> ExtensionVersion {
    ExtensionVersion::new(number).unwrap()
}

/// Which version a request with the token `secret(n)` learns of.
async fn learnt(world: &World, n: u32) -> Option<ExtensionVersion> {
    world.store.directory_of_token(&secret(n), NOW).await.unwrap().unwrap().extension
}

async fn declared(world: &World, tenant: TenantId) -> Option<StoredExtension> {
    world.store.declared_extension(tenant).await.unwrap()
}

#[tokio::test]
async fn scim_ext_what_is_declared_is_told_with_the_token() {
    let world = World::new().await;
    world.token(1).await;
    let (store, contoso) = (&world.store, tenant("contoso"));
    assert_eq!((learnt(&world, 1).await, declared(&world, world.contoso.tenant).await), (None, None));
    let changes = world.count(EventKind::ConfigurationChanged).await;

    let first = store.declare_extension(&contoso, text("one"), NOW).await.unwrap();
    let one = StoredExtension { version: version(1), text: text("one"), changed_at: NOW };
    assert_eq!(first, Declared { before: None, now: one.clone() });
    assert_eq!(learnt(&world, 1).await, Some(version(1)));
    let later = NOW + Duration::minutes(1);
    let second = store.declare_extension(&contoso, text("two"), later).await.unwrap();
    let two = StoredExtension { version: version(2), text: text("two"), changed_at: later };
    assert_eq!(second, Declared { before: Some(one), now: two.clone() });
    assert_eq!(learnt(&world, 1).await, Some(version(2)));
    assert_eq!(declared(&world, world.contoso.tenant).await, Some(two.clone()));
    assert_eq!(store.extension(&contoso).await.unwrap(), two);
    assert_eq!(world.count(EventKind::ConfigurationChanged).await, changes + 2);

    let again = store.declare_extension(&contoso, text("two"), later).await.unwrap();
    assert_eq!(again, Declared { before: Some(two.clone()), now: two });
    assert_eq!(world.count(EventKind::ConfigurationChanged).await, changes + 2, "nothing changed");
    let unknown = store.declare_extension(&tenant("nobody"), text("x"), NOW).await.unwrap_err();
    assert_eq!(unknown.code(), "tenant.unknown");
}

/// What a server has read under a number stays true for as long as it keeps it.
#[tokio::test]
async fn scim_ext_no_number_is_given_twice() {
    let world = World::new().await;
    world.token(1).await;
    let (store, contoso) = (&world.store, tenant("contoso"));
    let none = store.remove_extension(&contoso, NOW).await.unwrap_err();
    assert_eq!(none.code(), "extension.none");
    store.declare_extension(&contoso, text("one"), NOW).await.unwrap();
    let changes = world.count(EventKind::ConfigurationChanged).await;
    let gone = store.remove_extension(&contoso, NOW).await.unwrap();
    assert_eq!((gone.version, gone.text), (version(1), text("one")));
    assert_eq!((learnt(&world, 1).await, declared(&world, world.contoso.tenant).await), (None, None));
    assert_eq!(store.extension(&contoso).await.unwrap_err().code(), "extension.none");
    assert_eq!(store.remove_extension(&contoso, NOW).await.unwrap_err().code(), "extension.none");
    assert_eq!(world.count(EventKind::ConfigurationChanged).await, changes + 1);
    let other = store.declare_extension(&contoso, text("other"), NOW).await.unwrap();
    assert_eq!((other.before, other.now.version), (None, version(3)));
    assert_eq!(learnt(&world, 1).await, Some(version(3)));
}

#[tokio::test]
async fn scim_ext_the_events_say_what_was_done_and_not_what_is_declared() {
    let world = World::new().await;
    let contoso = tenant("contoso");
    world.store.declare_extension(&contoso, text("badge"), NOW).await.unwrap();
    world.store.remove_extension(&contoso, NOW).await.unwrap();
    let events = world.events().await;
    let said: Vec<_> = events
        .iter()
        .filter(|event| event.detail.as_str().contains("scim.extension"))
        .map(|event| {
            (event.kind, event.tenant, serde_json::from_str::<Value>(event.detail.as_str()).unwrap())
        })
        .collect();
    let of = |action: &str, version: u32| {
        let detail = json!({ "action": action, "by": "operator", "version": version });
        (EventKind::ConfigurationChanged, Some(world.contoso.tenant), detail)
    };
    assert_eq!(said, [of("scim.extension.remove", 2), of("scim.extension.declare", 1)]);
}

/// Two operators at once: each change has a number of its own, and the later one knows the earlier.
#[tokio::test]
async fn scim_ext_changes_come_one_after_the_other() {
    let world = World::new().await;
    let (store, contoso) = (&world.store, tenant("contoso"));
    let (one, two) = tokio::join!(
        store.declare_extension(&contoso, text("one"), NOW),
        store.declare_extension(&contoso, text("two"), NOW)
    );
    let mut both = [one.unwrap(), two.unwrap()];
    both.sort_by_key(|declared| declared.now.version);
    let [first, second] = both;
    assert_eq!((first.before, second.before), (None, Some(first.now)));
    assert_eq!(second.now.version, version(2));
}

/// [attack H1]
#[tokio::test]
async fn scim_ext_h1_another_tenant_learns_of_its_own_alone() {
    let world = World::new().await;
    let fabrikam = world.fabrikam().await;
    world.token(1).await;
    world.store.create_scim_token(&fabrikam.name, new(2), NOW).await.unwrap();
    world.store.declare_extension(&tenant("contoso"), text("one"), NOW).await.unwrap();
    assert_eq!((learnt(&world, 1).await, learnt(&world, 2).await), (Some(version(1)), None));
    assert_eq!(declared(&world, fabrikam.tenant).await, None);
    for n in 1..=2 {
        let text = text(&format!("fabrikam {n}"));
        world.store.declare_extension(&tenant("fabrikam"), text, NOW).await.unwrap();
    }
    assert_eq!((learnt(&world, 1).await, learnt(&world, 2).await), (Some(version(1)), Some(version(2))));
}
