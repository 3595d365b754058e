//! A second connection to one identity provider, under a name of ours for itself, at an address of its own.

use landfall_accounts::{ConnectionState, IdpBinding};
use landfall_entra_twin::Message;
use landfall_http::TestLink;

use crate::world::{ACS, Begun, Browser, ENTITY_ID, Form, HOME, LINDQVIST, SIMON, World, pending};

const OWN: &str = "urn:landfall:two";
const OWN_ACS: &str = "https://sso.example/saml/contoso-two/acs";

/// Contoso has registered us a second time, and an operator has imported that; its people sign in by the second.
async fn with_two() -> World {
    let world = World::with(|application| {
        application.identifiers.push(OWN.to_owned());
        application.reply_urls.push(OWN_ACS.to_owned());
    })
    .await;
    let (tenant, name) = (world.contoso.tenant(), "contoso-two".parse().unwrap());
    let trust = world.contoso.trust(IdpBinding::Redirect);
    world
        .store
        .import_connection_as(OWN.parse().unwrap(), &tenant, name, trust, world.clock.now())
        .await
        .unwrap();
    serve_people_by(&world, "contoso-two").await;
    world
}

async fn serve_people_by(world: &World, connection: &str) {
    let (domain, now) = (world.contoso.domain(), world.clock.now());
    world.store.bind_domain(&domain, &connection.parse().unwrap(), now).await.unwrap();
}

async fn begin(world: &World, browser: &mut Browser, connection: &str) -> Begun {
    let answer = browser.get(&format!("/sso/{connection}")).await;
    browser.begun(world, &answer).await
}

/// Everything in the message that names us, as it is for the second connection.
fn for_two(message: &mut Message) {
    message.response.destination = Some(OWN_ACS.to_owned());
    message.assertion.recipient = Some(OWN_ACS.to_owned());
    message.assertion.audiences = vec![OWN.to_owned()];
}

fn form(world: &World, begun: Option<&Begun>, acs: &str, edit: impl FnOnce(&mut Message)) -> Form {
    form_about(SIMON, world, begun, acs, edit)
}

fn form_about(
    person: &str,
    world: &World,
    begun: Option<&Begun>,
    acs: &str,
    edit: impl FnOnce(&mut Message),
) -> Form {
    let mut message = world.contoso.says(&world.contoso.person(person), begun);
    edit(&mut message);
    Form { action: acs.to_owned(), ..world.contoso.form(&message, begun) }
}

#[tokio::test]
async fn e12_a_second_connection_signs_in_under_its_own_name() {
    let world = with_two().await;
    let mut browser = world.browser();
    let to_idp = browser.get("/sso/contoso-two").await;
    let page = browser.follow(&to_idp).await;
    // The double answers a request of a name that it knows, at an address that is registered.
    let response = browser.authenticate(&page, SIMON).await;
    assert_eq!(response.action, OWN_ACS);
    let answer = browser.submit(&response).await;
    let hop = browser.follow(&answer).await;
    assert_eq!(hop.location(), "/account");
    let account = browser.follow(&hop).await;
    assert!(account.page(200).contains("contoso-two"));
    world.refused(&browser.submit(&response).await, 403, "request.answered");
}

#[tokio::test]
async fn e12_an_answer_comes_to_the_address_of_its_own_connection_or_is_refused() {
    let world = with_two().await;
    // Whom one connection knows is a stranger to the other.
    for (connection, person, acs, other_acs) in
        [("contoso-two", SIMON, OWN_ACS, ACS), ("contoso-entra", LINDQVIST, ACS, OWN_ACS)]
    {
        serve_people_by(&world, connection).await;
        let mut browser = world.browser();
        let begun = begin(&world, &mut browser, connection).await;
        let meant = |message: &mut Message| {
            if acs == OWN_ACS {
                for_two(message)
            }
        };
        // Also where everything in it is right.
        let answer = browser.submit(&form(&world, Some(&begun), other_acs, meant)).await;
        world.refused(&answer, 403, "acs.other");
        let answer = browser.submit(&form(&world, Some(&begun), other_acs, |_| ())).await;
        world.refused(&answer, 403, "acs.other");
        assert!(pending(&world, &begun.handle).await.unwrap().consumed_at.is_none());
        let answer = browser.submit(&form_about(person, &world, Some(&begun), acs, meant)).await;
        assert!(answer.location().ends_with(&begun.handle), "{connection}");
    }
}

#[tokio::test]
async fn e2_e3_e4_each_rule_goes_by_the_name_and_address_of_the_connection() {
    let world = with_two().await;
    let mut browser = world.browser();
    let begun = begin(&world, &mut browser, "contoso-two").await;
    for (code, edit) in [
        ("destination", (|message| message.response.destination = Some(ACS.to_owned())) as fn(&mut Message)),
        ("confirmation.recipient", |message| message.assertion.recipient = Some(ACS.to_owned())),
        ("audience", |message| message.assertion.audiences = vec![ENTITY_ID.to_owned()]),
    ] {
        let form = form(&world, Some(&begun), OWN_ACS, |message| {
            for_two(message);
            edit(message);
        });
        world.refused(&browser.submit(&form).await, 403, code);
    }
    let answer = browser.submit(&form(&world, Some(&begun), OWN_ACS, for_two)).await;
    assert!(answer.location().ends_with(&begun.handle));
}

#[tokio::test]
async fn e11_an_unsolicited_message_belongs_to_the_address_that_it_comes_to() {
    let world = with_two().await;
    for connection in ["contoso-entra", "contoso-two"] {
        let name = connection.parse().unwrap();
        let accept = [("unsolicited", "accept")];
        world.store.set_connection(&name, &accept, world.clock.now()).await.unwrap();
    }
    let to_two = form(&world, None, ACS, for_two);
    world.refused(&world.browser().submit(&to_two).await, 403, "destination");
    let accepted = Form { action: OWN_ACS.to_owned(), ..to_two };
    assert!(world.browser().submit(&accepted).await.location().starts_with("/saml/hop"));
    world.refused(&world.browser().submit(&accepted).await, 403, "replayed");

    serve_people_by(&world, "contoso-entra").await;
    let to_shared = form_about(LINDQVIST, &world, None, OWN_ACS, |_| ());
    world.refused(&world.browser().submit(&to_shared).await, 403, "destination");
    let accepted = Form { action: ACS.to_owned(), ..to_shared };
    assert!(world.browser().submit(&accepted).await.location().starts_with("/saml/hop"));
}

#[tokio::test]
async fn an_address_is_there_for_a_connection_with_a_name_for_itself_alone() {
    let world = with_two().await;
    let metadata = world.browser().get("/saml/contoso-two/metadata").await;
    let own = metadata.page(200);
    assert!(own.contains(&format!("entityID=\"{OWN}\"")) && own.contains(&format!("Location=\"{OWN_ACS}\"")));
    assert_eq!(metadata.header("content-type"), Some("application/samlmetadata+xml"));
    let shared = world.browser().get("/saml/metadata").await;
    let as_shared = own.replace(OWN, ENTITY_ID).replace("/saml/contoso-two/", "/saml/");
    assert_eq!(as_shared, shared.page(200), "the keys are the same");
    let gone = async |name: &str| {
        let answer = world.browser().get(&format!("/saml/{name}/metadata")).await;
        world.refused(&answer, 404, "connection.unknown");
        let acs = format!("https://sso.example/saml/{name}/acs");
        let answer = world.browser().submit(&form(&world, None, &acs, for_two)).await;
        world.refused(&answer, 404, "connection.unknown");
    };
    for name in ["nobody", "No.Name", "contoso-entra"] {
        gone(name).await;
    }
    let name = "contoso-two".parse().unwrap();
    let disabled = landfall_accounts::ConnectionState::Disabled;
    world.store.set_connection_state(&name, disabled, world.clock.now()).await.unwrap();
    gone("contoso-two").await;
}

/// A name that changes while a login is under way leaves that login without an address.
#[tokio::test]
async fn e12_a_login_that_was_begun_under_another_name_is_begun_anew() {
    let world = with_two().await;
    let mut browser = world.browser();
    let begun = begin(&world, &mut browser, "contoso-two").await;
    let name = "contoso-two".parse().unwrap();
    let rename = async |own: &str| {
        world.store.set_connection(&name, &[("entity-id", own)], world.clock.now()).await.unwrap();
    };
    rename("urn:landfall:renamed").await;
    let answer = browser.submit(&form(&world, Some(&begun), OWN_ACS, for_two)).await;
    world.refused(&answer, 403, "audience");
    rename(OWN).await;
    let answer = browser.submit(&form(&world, Some(&begun), OWN_ACS, for_two)).await;
    assert!(answer.location().ends_with(&begun.handle));
}

#[tokio::test]
async fn a_connection_with_a_name_of_its_own_is_set_up_and_tested_before_anybody_signs_in() {
    let world = with_two().await;
    let (name, now) = ("contoso-two".parse().unwrap(), world.clock.now());
    for state in [ConnectionState::Draft, ConnectionState::Testing] {
        world.store.set_connection_state(&name, state, now).await.unwrap();
        assert!(world.browser().get("/saml/contoso-two/metadata").await.page(200).contains(OWN));
        let unasked = form(&world, None, OWN_ACS, for_two);
        world.refused(&world.browser().submit(&unasked).await, 404, "connection.unknown");
    }
    let link = TestLink::new(&world.environment()).unwrap();
    world.store.create_test_link(&name, &link.hash(), now).await.unwrap();
    let mut browser = world.browser();
    let to_idp = browser.get(&link.address(&HOME.parse().unwrap())).await;
    let page = browser.follow(&to_idp).await;
    let response = browser.authenticate(&page, SIMON).await;
    assert_eq!(response.action, OWN_ACS);
    let answer = browser.submit(&response).await;
    assert!(browser.follow(&answer).await.page(200).contains("would.create"));
    assert!(!browser.is_signed_in().await);
}
