//! The applications that a proxy guards, as an operator makes them.

use landfall_accounts::{EventKind, SiteOrigin, SiteRules, ports::SiteStore};

use crate::support::{NOW, SECOND, World, tenant};

pub(crate) fn origin(name: &str) -> SiteOrigin {
    format!("https://{name}.example").parse().unwrap()
}

fn rules(tenants: &[&str], groups: &[&str]) -> SiteRules {
    let rules = SiteRules::default().with_tenants(tenants.iter().map(|name| tenant(name)).collect()).unwrap();
    rules.with_groups(groups.iter().map(|&name| name.to_owned()).collect()).unwrap()
}

#[tokio::test]
async fn a_site_is_made_changed_and_forgotten() {
    let world = World::new().await;
    let store = &world.store;
    let wiki = store.create_site(origin("wiki"), SiteRules::default(), NOW).await.unwrap();
    let app = store.create_site(origin("app"), rules(&["contoso"], &["sales"]), NOW).await.unwrap();
    assert_eq!(store.sites().await.unwrap(), [app.clone(), wiki.clone()]);
    assert_eq!(store.site(&app.origin).await.unwrap().as_ref(), Some(&app));
    assert_eq!(store.site(&origin("other")).await.unwrap(), None);

    let edit = |before: SiteRules| before.with_roles(vec!["writer".to_owned()]);
    let changed = store.set_site(&app.origin, edit, NOW + SECOND).await.unwrap();
    assert_eq!(changed.rules, edit(app.rules).unwrap());
    assert_eq!(store.site(&app.origin).await.unwrap(), Some(changed));
    assert_eq!(store.site(&wiki.origin).await.unwrap(), Some(wiki.clone()));

    store.delete_site(&app.origin, NOW).await.unwrap();
    assert_eq!(store.sites().await.unwrap(), [wiki]);
    let events = world.events().await;
    let told: Vec<&str> = events
        .iter()
        .filter(|event| event.kind == EventKind::ConfigurationChanged && event.tenant.is_none())
        .map(|event| {
            ["site.create", "site.set", "site.delete"]
                .into_iter()
                .find(|what| event.detail.as_str().contains(what))
                .unwrap()
        })
        .collect();
    assert_eq!(told, ["site.delete", "site.set", "site.create", "site.create"]);
}

#[tokio::test]
async fn what_cannot_be_is_refused_and_changes_nothing() {
    let world = World::new().await;
    let store = &world.store;
    let app = store.create_site(origin("app"), SiteRules::default(), NOW).await.unwrap();
    let before = world.events().await.len();
    let again = store.create_site(origin("app"), rules(&["contoso"], &[]), NOW).await.unwrap_err();
    assert_eq!(again.code(), "site.exists");
    let unknown = store.create_site(origin("wiki"), rules(&["nobody"], &[]), NOW).await.unwrap_err();
    assert_eq!(unknown.code(), "tenant.unknown");
    let unknown = store.set_site(&app.origin, |_| Ok(rules(&["nobody"], &[])), NOW).await.unwrap_err();
    assert_eq!(unknown.code(), "tenant.unknown");
    let nameless = |before: SiteRules| before.with_roles(vec![String::new()]);
    assert_eq!(store.set_site(&app.origin, nameless, NOW).await.unwrap_err().code(), "site.name");
    for error in [
        store.set_site(&origin("wiki"), Ok, NOW).await.unwrap_err(),
        store.delete_site(&origin("wiki"), NOW).await.unwrap_err(),
    ] {
        assert_eq!(error.code(), "site.unknown");
        assert!(error.to_string().contains("the sites are https://app.example"), "{error}");
    }
    assert_eq!(store.sites().await.unwrap(), [app]);
    assert_eq!(world.events().await.len(), before);
}

/// Before rules had bounds, an operator could name more, and otherwise: that holds, and can be seen and changed.
#[tokio::test]
async fn rules_from_before_they_had_bounds_are_read_and_changed() {
    let world = World::new().await;
    let app = world.store.create_site(origin("app"), rules(&[], &["sales"]), NOW).await.unwrap();
    let groups: Vec<String> = (0..40).map(|n| format!("group {n}\t")).collect();
    world.database.sql(&format!("UPDATE sites SET groups = '{}'", serde_json::json!(groups))).await;
    let kept = world.store.site(&app.origin).await.unwrap().unwrap();
    assert_eq!(kept.rules.groups(), groups);
    assert_eq!(world.store.sites().await.unwrap(), [kept]);
    let edit = |before: SiteRules| before.with_roles(vec!["writer".to_owned()]);
    let changed = world.store.set_site(&app.origin, edit, NOW).await.unwrap();
    assert_eq!((changed.rules.groups(), changed.rules.roles()), (&*groups, &["writer".to_owned()][..]));
    world.store.delete_site(&app.origin, NOW).await.unwrap();
}
