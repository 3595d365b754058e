//! The key of a person: tenant, connection and object id. Names come and go.

use landfall_accounts::EventKind::{AccountChanged, AccountCollision, AccountCreated, LoginAccepted};
use landfall_accounts::{ConnectionName, IdpBinding, IdpTrust, UserState};
use landfall_entra_twin::{Attribute, Message, User as Person};

use crate::world::{Answer, LINDQVIST, NOW, REYES, SIMON, World};

const TENANT_ID: &str = "http://schemas.microsoft.com/identity/claims/tenantid";
const OBJECT_ID: &str = "http://schemas.microsoft.com/identity/claims/objectidentifier";

async fn arrives(world: &World, person: &Person) -> Answer {
    world.browser().arrive(world, &world.contoso, person, |_| ()).await
}

fn claim<'m>(message: &'m mut Message, name: &str) -> &'m mut Attribute {
    message.assertion.attributes.iter_mut().find(|attribute| attribute.name == name).unwrap()
}

#[tokio::test]
async fn g1_a_new_name_is_the_same_account() {
    let world = World::new().await;
    let mut person = world.contoso.person(SIMON);
    arrives(&world, &person).await;
    let before = world.user(SIMON).await;
    person.user_principal_name = "Bea.Simon@contoso.example".to_owned();
    let answer = arrives(&world, &person).await;
    assert_eq!(world.kinds_of(&answer).await, [AccountChanged, LoginAccepted]);
    assert_eq!(world.user("bea.simon@contoso.example").await.id, before.id);
    assert_eq!(world.users(&world.contoso).await.len(), 1);
}

#[tokio::test]
async fn a_name_that_somebody_else_has_stays_theirs() {
    let world = World::new().await;
    let mut simon = world.contoso.person(SIMON);
    arrives(&world, &simon).await;
    arrives(&world, &world.contoso.person(LINDQVIST)).await;
    let (before, lindqvist) = (world.user(SIMON).await, world.user(LINDQVIST).await);
    simon.user_principal_name = LINDQVIST.to_owned();
    let answer = arrives(&world, &simon).await;
    assert!(world.kinds_of(&answer).await.contains(&AccountCollision));
    assert_eq!(answer.status, 303, "the person is known by the object id and comes in");
    assert_eq!(world.user(LINDQVIST).await.id, lindqvist.id);
    assert_eq!(world.user(SIMON).await.id, before.id);
}

#[tokio::test]
async fn g1_a_name_with_a_new_object_id_is_another_person() {
    let world = World::new().await;
    let first = world.contoso.person(SIMON);
    arrives(&world, &first).await;
    let old = world.user(SIMON).await;
    let mut second = first.clone();
    second.object_id = world.fabrikam.person(REYES).object_id;
    world.refused(&arrives(&world, &second).await, 403, "collision.linked");

    world.set_state(&old, UserState::Deprovisioned).await;
    let answer = arrives(&world, &second).await;
    assert_eq!(world.kinds_of(&answer).await, [AccountCreated, LoginAccepted]);
    let new = world.user(SIMON).await;
    assert_ne!(new.id, old.id);
    world.refused(&arrives(&world, &first).await, 403, "identity.deleted");
    assert_eq!(world.store.user(&old.id).await.unwrap().state, UserState::Deprovisioned);
}

#[tokio::test]
async fn g2_the_tenant_id_is_the_one_of_the_issuer() {
    let world = World::new().await;
    let person = world.contoso.person(SIMON);
    let fabrikam = world.fabrikam.twin.tenant().id.to_string();
    for (value, code) in [
        (None, "identity.tenant_id"),
        (Some(String::new()), "identity.tenant_id"),
        (Some(fabrikam), "identity.foreign_tenant"),
        (Some("contoso.example".to_owned()), "identity.foreign_tenant"),
    ] {
        let edit = |message: &mut Message| match value {
            None => message.assertion.attributes.retain(|attribute| attribute.name != TENANT_ID),
            Some(value) => claim(message, TENANT_ID).values = vec![value],
        };
        let answer = world.browser().arrive(&world, &world.contoso, &person, edit).await;
        world.refused(&answer, 403, code);
    }
    assert!(world.users(&world.contoso).await.is_empty());
    let upper = |message: &mut Message| {
        let values = &mut claim(message, TENANT_ID).values;
        *values = vec![values[0].to_uppercase()];
    };
    assert_eq!(world.browser().arrive(&world, &world.contoso, &person, upper).await.status, 303);
}

#[tokio::test]
async fn g1_nothing_stands_in_for_the_object_id() {
    let world = World::new().await;
    let person = world.contoso.person(SIMON);
    for (values, code) in [
        (vec![], "identity.object_id"),
        (vec![""], "identity.object_id"),
        (vec![SIMON], "identity.object_id_format"),
        (
            vec!["0b7c2f4e-91d3-4a68-8e15-52a6c9d0f371", "1d94e0a7-6b52-4f3c-a2c8-7e30b5d1f482"],
            "identity.object_id",
        ),
    ] {
        let edit = |message: &mut Message| {
            claim(message, OBJECT_ID).values = values.into_iter().map(str::to_owned).collect();
        };
        let answer = world.browser().arrive(&world, &world.contoso, &person, edit).await;
        world.refused(&answer, 403, code);
    }
    let without = |message: &mut Message| {
        message.assertion.attributes.retain(|attribute| attribute.name != OBJECT_ID);
    };
    let answer = world.browser().arrive(&world, &world.contoso, &person, without).await;
    world.refused(&answer, 403, "identity.object_id");
    assert!(world.users(&world.contoso).await.is_empty());
    assert_eq!(arrives(&world, &person).await.status, 303);
}

#[tokio::test]
async fn g1_the_case_of_an_object_id_does_not_matter_and_the_name_id_is_no_key() {
    let world = World::new().await;
    let person = world.contoso.person(SIMON);
    arrives(&world, &person).await;
    let edit = |message: &mut Message| {
        let values = &mut claim(message, OBJECT_ID).values;
        *values = vec![values[0].to_uppercase()];
        message.assertion.name_id = "somebody.else@contoso.example".to_owned();
    };
    assert_eq!(world.browser().arrive(&world, &world.contoso, &person, edit).await.status, 303);
    assert_eq!(world.users(&world.contoso).await.len(), 1);
}

#[tokio::test]
async fn elsewhere_the_key_is_a_persistent_name_id() {
    const PERSISTENT: &str = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent";
    let world = World::new().await;
    let issuer = "https://idp.contoso.example/";
    let trust = IdpTrust { entity_id: issuer.parse().unwrap(), ..world.contoso.trust(IdpBinding::Redirect) };
    let name: ConnectionName = "contoso-other".parse().unwrap();
    world.store.import_connection(&world.contoso.tenant(), name.clone(), trust, NOW).await.unwrap();
    world.store.bind_domain(&world.contoso.domain(), &name, NOW).await.unwrap();
    world.store.set_connection(&name, &[("unsolicited", "accept")], NOW).await.unwrap();
    let person = world.contoso.person(SIMON);
    let says = |name_id: &str, format: Option<&str>, user_name: &str| {
        let mut message = world.contoso.says(&person, None);
        for field in [&mut message.response.issuer, &mut message.assertion.issuer] {
            *field = issuer.to_owned();
        }
        message.assertion.name_id = name_id.to_owned();
        message.assertion.name_id_format = format.map(str::to_owned);
        claim(&mut message, "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/name").values =
            vec![user_name.to_owned()];
        world.contoso.form(&message, None)
    };
    for format in [None, Some("urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress")] {
        let answer = world.browser().submit(&says("k-1", format, SIMON)).await;
        world.refused(&answer, 403, "identity.name_id_format");
    }
    let answer = world.browser().submit(&says("k-1", Some(PERSISTENT), SIMON)).await;
    assert_eq!(world.kinds_of(&answer).await, [AccountCreated, LoginAccepted]);
    let answer = world.browser().submit(&says("k-1", Some(PERSISTENT), "bea@contoso.example")).await;
    assert_eq!(world.kinds_of(&answer).await, [AccountChanged, LoginAccepted]);
    for other in ["K-1", "k-1 ", "k-2"] {
        let answer = world.browser().submit(&says(other, Some(PERSISTENT), "bea@contoso.example")).await;
        world.refused(&answer, 403, "collision.linked");
    }
}
