use landfall_accounts::{EventKind, ports::ConnectionDirectory};
use landfall_store::AdminError;

use crate::support::{NOW, World, idp, tenant};

#[tokio::test]
async fn tenants_have_one_name_each() {
    let world = World::new().await;
    let fabrikam = world.store.create_tenant(tenant("fabrikam"), NOW).await.unwrap();
    assert_eq!((fabrikam.name.as_str(), fabrikam.created_at), ("fabrikam", NOW));
    let error = world.store.create_tenant(tenant("fabrikam"), NOW).await.unwrap_err();
    assert_eq!(error.code(), "tenant.exists");
    let names: Vec<_> = world.store.tenants().await.unwrap().into_iter().map(|tenant| tenant.name).collect();
    assert_eq!(names, [tenant("contoso"), tenant("fabrikam")]);
}

#[tokio::test]
async fn an_unknown_tenant_is_an_error_that_lists_the_others() {
    let world = World::new().await;
    let error = world
        .store
        .add_domain(&tenant("fabrikam"), "fabrikam.example".parse().unwrap(), NOW)
        .await
        .unwrap_err();
    assert_eq!(error.to_string(), "there is no tenant `fabrikam`: the tenants are contoso");
}

#[tokio::test]
async fn a_domain_belongs_to_one_tenant() {
    let world = World::new().await;
    world.store.create_tenant(tenant("fabrikam"), NOW).await.unwrap();
    let other = "contoso.test".parse().unwrap();
    let added = world.store.add_domain(&tenant("contoso"), other, NOW).await.unwrap();
    assert_eq!((added.tenant, added.connection, added.verified_at), (world.contoso.tenant, None, NOW));
    for name in ["contoso", "fabrikam"] {
        let error =
            world.store.add_domain(&tenant(name), "CONTOSO.test".parse().unwrap(), NOW).await.unwrap_err();
        assert!(
            matches!(&error, AdminError::DomainTaken { tenant: owner, .. } if *owner == tenant("contoso")),
            "{error}"
        );
    }
    assert_eq!(world.store.domains().await.unwrap().len(), 2);
}

#[tokio::test]
async fn a_domain_is_bound_to_a_connection_of_its_own_tenant() {
    let world = World::new().await;
    let fabrikam = world.fabrikam().await;
    let domain = "fabrikam.example".parse().unwrap();
    let error = world.store.bind_domain(&domain, &world.contoso.name, NOW).await.unwrap_err();
    assert_eq!(error.code(), "domain.of_other_tenant");
    assert_eq!(world.store.connection_of_domain(&domain).await.unwrap().unwrap().id, fabrikam.id);

    let second = idp("https://idp.fabrikam.example/");
    let second = world
        .store
        .import_connection(&tenant("fabrikam"), "fabrikam-other".parse().unwrap(), second, NOW)
        .await
        .unwrap();
    let bound = world.store.bind_domain(&domain, &second.name, NOW).await.unwrap();
    assert_eq!(bound.connection, Some(second.id));
    assert_eq!(world.store.connection_of_domain(&domain).await.unwrap().unwrap().id, second.id);
}

#[tokio::test]
async fn only_what_exists_is_bound() {
    let world = World::new().await;
    let unknown = "unknown.example".parse().unwrap();
    let error = world.store.bind_domain(&unknown, &world.contoso.name, NOW).await.unwrap_err();
    assert!(error.to_string().ends_with("the domains are contoso.example"), "{error}");
    let listed = "contoso.example".parse().unwrap();
    let error = world.store.bind_domain(&listed, &"none".parse().unwrap(), NOW).await.unwrap_err();
    assert_eq!(error.to_string(), "there is no connection `none`: the connections are contoso-entra");
}

#[tokio::test]
async fn each_change_leaves_an_event_and_a_refused_one_none() {
    let world = World::new().await;
    let before = world.count(EventKind::ConfigurationChanged).await;
    assert_eq!(before, 4, "tenant, domain, import, bind");
    world.store.create_tenant(tenant("contoso"), NOW).await.unwrap_err();
    assert_eq!(world.count(EventKind::ConfigurationChanged).await, before);
    let events = world.events().await;
    assert!(events.iter().all(|event| event.tenant == Some(world.contoso.tenant) && event.at == NOW));
    assert_eq!(events[0].connection, Some(world.contoso.id));
    assert!(events[0].detail.as_str().contains("domain.bind"), "the newest comes first");
}
