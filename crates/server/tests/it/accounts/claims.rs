//! Claims that do not arrive: the operator reads which did, the person reads none of it.

use landfall_entra_twin::{Attribute, Message};

use crate::world::{SIMON, World};

#[tokio::test]
async fn a_missing_claim_lists_the_names_that_arrived() {
    let world = World::new().await;
    let person = world.contoso.person(SIMON);
    let without = |name: &'static str| {
        move |message: &mut Message| {
            message.assertion.attributes.retain(|attribute| !attribute.name.ends_with(name))
        }
    };
    for (name, code) in [
        ("username", "claim.missing"),
        ("email", "claim.missing"),
        ("claims/tenantid", "identity.tenant_id"),
        ("claims/objectidentifier", "identity.object_id"),
        ("claims/name", "identity.login_name_claim"),
    ] {
        let answer = world.browser().arrive(&world, &world.contoso, &person, without(name)).await;
        world.refused(&answer, 403, code);
        assert!(answer.body.contains("Your sign-in could not be verified."));
        let events = world.events_of(&answer).await;
        let [event] = events.as_slice() else { panic!("one event, not {events:?}") };
        let detail = event.detail.as_str();
        for arrived in ["firstName", "lastName", "http://schemas.microsoft.com/identity/claims/displayname"] {
            assert!(detail.contains(arrived), "{arrived}: {detail}");
            assert!(!answer.body.contains(arrived), "{}", answer.body);
        }
        assert!(!detail.contains("Simon"), "{detail}");
    }
    assert!(world.users(&world.contoso).await.is_empty());
    assert_eq!(
        world.browser().arrive(&world, &world.contoso, &person, without("lastName")).await.status,
        303
    );
}

#[tokio::test]
async fn a_preset_decides_which_claims_are_needed() {
    let world = World::with(|application| application.claims.clear()).await;
    let person = world.contoso.person(SIMON);
    let answer = world.browser().arrive(&world, &world.contoso, &person, |_| ()).await;
    world.refused(&answer, 403, "claim.missing");
    world.set("preset", "entra-default").await;
    world.browser().sign_in(&world, &world.contoso, SIMON).await;
}

#[tokio::test]
async fn a_person_without_surname_and_mail_signs_in() {
    let world = World::new().await;
    let novak = "F.Novak@contoso.example";
    world.browser().sign_in(&world, &world.contoso, novak).await;
    let user = world.user(novak).await;
    assert_eq!((user.last_name, user.email.as_deref()), (None, Some(novak)));
}

#[tokio::test]
async fn what_the_directory_says_replaces_what_was_known() {
    let world = World::new().await;
    world.browser().sign_in(&world, &world.contoso, SIMON).await;
    let mut person = world.contoso.person(SIMON);
    person.surname = Some("Simon-Lindqvist".to_owned());
    person.given_name = None;
    world.browser().arrive(&world, &world.contoso, &person, |_| ()).await;
    let user = world.user(SIMON).await;
    assert_eq!(user.last_name.as_deref(), Some("Simon-Lindqvist"));
    assert_eq!(user.first_name.as_deref(), Some("B"), "a claim that did not arrive says nothing");
}

/// Entra sends a link in place of more than 150 groups: nobody follows it, and nobody is refused for it.
#[tokio::test]
async fn g7_more_groups_than_a_message_holds_keep_nobody_out() {
    let world = World::new().await;
    let person = world.contoso.person(SIMON);
    for preset in ["entra-smartconnect", "entra-default"] {
        world.set("preset", preset).await;
        let with_link = |message: &mut Message| {
            message.assertion.attributes.push(Attribute {
                name: "http://schemas.microsoft.com/claims/groups.link".to_owned(),
                values: vec!["https://graph.windows.net/T/users/O/getMemberObjects".to_owned()],
            });
        };
        let answer = world.browser().arrive(&world, &world.contoso, &person, with_link).await;
        assert_eq!(answer.status, 303, "{preset}");
        assert!(!world.log().contains("getMemberObjects"), "{preset}");
    }
}
