//! The domain of the login name, checked at each login; and guests.

use landfall_accounts::{ConnectionName, IdpBinding, IdpTrust};
use landfall_entra_twin::User as Person;

use crate::world::{Answer, NOW, SIMON, World};

fn named(world: &World, login_name: &str) -> Person {
    Person { user_principal_name: login_name.to_owned(), ..world.contoso.person(SIMON) }
}

async fn arrives(world: &World, login_name: &str) -> Answer {
    world.browser().arrive(world, &world.contoso, &named(world, login_name), |_| ()).await
}

#[tokio::test]
async fn g4_a_login_name_needs_a_domain_of_this_connection() {
    let world = World::new().await;
    let tenant = world.contoso.tenant();
    world.store.add_domain(&tenant, "unbound.example".parse().unwrap(), NOW).await.unwrap();
    for (login_name, code) in [
        ("b.simon@unlisted.example", "domain.not_listed"),
        ("b.simon@sub.contoso.example", "domain.not_listed"),
        ("b.simon@fabrikam.example", "domain.other_tenant"),
        ("b.simon@contoso.example@fabrikam.example", "domain.other_tenant"),
        ("b.simon@unbound.example", "domain.unbound"),
        ("b.simon", "domain.none"),
        ("b.simon@contoso.example ", "domain.none"),
    ] {
        let answer = arrives(&world, login_name).await;
        world.refused(&answer, 403, code);
        assert!(answer.body.contains("There is no account for you here."));
    }
    assert!(world.users(&world.contoso).await.is_empty());
    assert_eq!(arrives(&world, "b.simon@CONTOSO.example").await.status, 303);
}

#[tokio::test]
async fn g4_a_domain_that_is_bound_to_another_connection_is_refused_here() {
    let world = World::new().await;
    let tenant = world.contoso.tenant();
    let second: ConnectionName = "contoso-second".parse().unwrap();
    let trust = IdpTrust {
        entity_id: "https://idp.contoso.example/".parse().unwrap(),
        ..world.contoso.trust(IdpBinding::Redirect)
    };
    world.store.import_connection(&tenant, second.clone(), trust, NOW).await.unwrap();
    world.store.add_domain(&tenant, "second.example".parse().unwrap(), NOW).await.unwrap();
    world.store.bind_domain(&"second.example".parse().unwrap(), &second, NOW).await.unwrap();
    world.refused(&arrives(&world, "b.simon@second.example").await, 403, "domain.bound_elsewhere");
    let first = world.contoso.connection();
    world.store.bind_domain(&"second.example".parse().unwrap(), &first, NOW).await.unwrap();
    assert_eq!(arrives(&world, "b.simon@second.example").await.status, 303);
}

#[tokio::test]
async fn g4_a_domain_is_checked_at_each_login() {
    let world = World::new().await;
    world.browser().sign_in(&world, &world.contoso, SIMON).await;
    let answer = arrives(&world, "b.simon@unlisted.example").await;
    world.refused(&answer, 403, "domain.not_listed");
    assert_eq!(world.user(SIMON).await.user_name.as_str(), SIMON, "and the refused name is not taken over");
}

#[tokio::test]
async fn g5_guests_stay_out_unless_the_connection_admits_them() {
    let world = World::new().await;
    let guest = "ada_fabrikam.example#EXT#@contoso.onmicrosoft.com";
    let tenant = world.contoso.tenant();
    world.refused(&arrives(&world, guest).await, 403, "account.guest");
    world.set("guests", "admit").await;
    world.refused(&arrives(&world, guest).await, 403, "domain.not_listed");
    let domain = "contoso.onmicrosoft.com".parse().unwrap();
    world.store.add_domain(&tenant, domain, NOW).await.unwrap();
    let domain = "contoso.onmicrosoft.com".parse().unwrap();
    world.store.bind_domain(&domain, &world.contoso.connection(), NOW).await.unwrap();
    assert_eq!(arrives(&world, guest).await.status, 303);
    world.set("guests", "refuse").await;
    world.refused(&arrives(&world, guest).await, 403, "account.guest");
    world.refused(&arrives(&world, &guest.to_lowercase()).await, 403, "account.guest");
}

#[tokio::test]
async fn g5_a_guest_from_another_directory_comes_with_an_ordinary_name() {
    let world = World::new().await;
    let elsewhere = world.fabrikam.twin.tenant().issuer();
    for (provider, code) in [
        (None, None),
        (Some(world.contoso.twin.tenant().issuer()), None),
        (Some(elsewhere), Some("account.guest")),
        (Some("live.com".to_owned()), Some("account.guest")),
    ] {
        let person = Person { identity_provider: provider, ..named(&world, SIMON) };
        let answer = world.browser().arrive(&world, &world.contoso, &person, |_| ()).await;
        match code {
            Some(code) => world.refused(&answer, 403, code),
            None => assert_eq!(answer.status, 303, "{}", answer.body),
        }
    }
}
