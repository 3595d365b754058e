//! The button that signs a person out here and at the organisation, and the answer from there.

use landfall_accounts::EventKind::{LogoutAccepted, LogoutRefused};
use landfall_accounts::{IdpBinding, IdpTrust, IdpUrl, SloEndpoint};
use landfall_saml::{Binding, LogoutAnswer, Outgoing, RawLogout, RequestId};
use time::Duration;

use super::{OWN, SHARED, SLO, THEIRS, Us, brought, moved, named, parties_of, request, world};
use crate::world::{Browser, Customer, Form, LINDQVIST, SIMON, World};

/// Presses the button on the account page, and gives the request that goes to the identity provider.
async fn sign_out(world: &World, browser: &mut Browser) -> Outgoing {
    let page = browser.get("/account").await;
    let forms = page.header("content-security-policy").unwrap();
    assert!(forms.contains("form-action 'self' https:;"), "the way there begins with a form: {forms}");
    let answer = browser.submit(&page.form("/account/sign-out/organisation")).await;
    assert!(!browser.is_signed_in().await, "the session here ends first");
    let ended =
        answer.cookies().first().is_some_and(|cookie| cookie.starts_with("__Host-landfall-session=;"));
    assert!(ended, "{:?}", answer.cookies());
    assert_eq!(world.kinds_of(&answer).await, []);
    Outgoing::Redirect { url: answer.location().to_owned() }
}

/// The answer of contoso's identity provider to that request.
fn answered(world: &World, request: &Outgoing, customer: &Customer, answer: LogoutAnswer) -> Outgoing {
    answered_to(SHARED, world, request, customer, answer)
}

fn answered_to(
    us: Us,
    world: &World,
    request: &Outgoing,
    customer: &Customer,
    answer: LogoutAnswer,
) -> Outgoing {
    let Outgoing::Redirect { url } = request else { panic!("{request:?}") };
    let (address, query) = url.split_once('?').unwrap();
    assert_eq!(address, THEIRS);
    let raw = RawLogout::from_query(query).unwrap();
    let (idp, us) = parties_of(customer, Binding::Redirect, us);
    let policy =
        landfall_saml::Policy::new(landfall_saml::Unsolicited::Refuse, landfall_saml::CertificateDates::Warn);
    let (accepted, decision) = idp.accept_logout(&us, &raw.read().unwrap(), &policy, world.clock.now());
    let accepted = accepted.unwrap_or_else(|reject| panic!("{reject} {decision:?}"));
    let id = RequestId::from_random([5; 20]);
    idp.answer_logout(&customer.signing_key(), &us, &accepted, id, answer, world.clock.now()).unwrap()
}

#[tokio::test]
async fn a_person_signs_out_here_and_there_and_is_told_how_far_it_went() {
    for (answer, status, sentence) in [
        (LogoutAnswer::Complete, 200, "You are signed out, here and at your organisation."),
        (LogoutAnswer::Partial, 200, "You are signed out here, but not everywhere."),
        (LogoutAnswer::Denied, 403, "You are signed out here, but not at your organisation."),
    ] {
        let world = world(IdpBinding::Redirect).await;
        let mut browser = world.browser();
        browser.sign_in(&world, &world.contoso, SIMON).await;
        let request = sign_out(&world, &mut browser).await;
        let answer = answered(&world, &request, &world.contoso, answer);
        let page = brought(&world, &answer).await;
        assert!(page.page(status).contains(sentence.split('\'').next().unwrap()), "{}", page.body);
        if status == 200 {
            assert_eq!(world.kinds_of(&page).await, [LogoutAccepted]);
            let again = brought(&world, &answer).await;
            world.refused(&again, 403, "request.unknown");
        } else {
            assert_eq!(world.kinds_of(&page).await, [LogoutRefused]);
        }
    }
}

#[tokio::test]
async fn e19_an_answer_of_another_connection_or_too_late_is_none() {
    let world = world(IdpBinding::Redirect).await;
    let mut browser = world.browser();
    browser.sign_in(&world, &world.contoso, SIMON).await;
    let request = sign_out(&world, &mut browser).await;
    let forged = answered(&world, &request, &world.fabrikam, LogoutAnswer::Complete);
    world.refused(&brought(&world, &forged).await, 403, "signature.unknown_key");
    let honest = answered(&world, &request, &world.contoso, LogoutAnswer::Complete);
    world.clock.advance(Duration::minutes(15));
    world.refused(&brought(&world, &honest).await, 403, "request.unknown");
}

#[tokio::test]
async fn a_connection_without_logout_shows_no_button_and_signs_out_here() {
    let world = World::new().await;
    let mut browser = world.browser();
    let account = browser.sign_in(&world, &world.contoso, SIMON).await;
    assert!(!account.body.contains("organisation</button>"));
    let forms = account.header("content-security-policy").unwrap();
    assert!(forms.contains("form-action 'self';"), "{forms}");
    let form = Form::own("/account/sign-out/organisation");
    assert_eq!(browser.submit(&form).await.location(), "/account/signed-out");
    assert!(!browser.is_signed_in().await);
}

/// [saml-metadata 2.3.2]
#[tokio::test]
async fn f3_past_the_end_of_the_metadata_no_logout_is_believed_and_the_button_signs_out_here() {
    let world = world(IdpBinding::Redirect).await;
    let slo =
        SloEndpoint { binding: IdpBinding::Redirect, location: IdpUrl::new(THEIRS), response_location: None };
    let valid_until = Some(world.clock.now() + Duration::MINUTE);
    let trust = IdpTrust { slo: vec![slo], valid_until, ..world.contoso.trust(IdpBinding::Redirect) };
    world.store.renew_connection(&world.contoso.connection(), trust, world.clock.now()).await.unwrap();
    let (mut simon, mut lindqvist) = (world.browser(), world.browser());
    simon.sign_in(&world, &world.contoso, SIMON).await;
    lindqvist.sign_in(&world, &world.contoso, LINDQVIST).await;
    let (name, index) = named(&world, SIMON).await;
    let asked = sign_out(&world, &mut lindqvist).await;
    let answer = answered(&world, &asked, &world.contoso, LogoutAnswer::Complete);
    let request = request(&world, &world.contoso, Binding::Redirect, &name, Some(&index));
    world.clock.advance(Duration::MINUTE);
    for message in [&request, &answer] {
        let refused = brought(&world, message).await;
        world.refused(&refused, 403, "metadata.expired");
        let events = world.events_of(&refused).await;
        let [event] = events.as_slice() else { panic!("one event, not {events:?}") };
        assert!(event.detail.as_str().contains("landfall connection refresh"), "{:?}", event.detail);
    }
    assert!(simon.is_signed_in().await);
    let account = simon.get("/account").await;
    let answer = simon.submit(&account.form("/account/sign-out/organisation")).await;
    assert!(answer.page(200).contains("You are signed out here, but not at your organisation."));
    assert_eq!(world.code(&answer).as_deref(), Some("metadata.expired"));
    assert!(answer.body.contains(answer.trace()), "no code for the administrator: {}", answer.body);
    assert!(answer.cookies()[0].starts_with("__Host-landfall-session=;"), "{:?}", answer.cookies());
    assert!(!simon.is_signed_in().await);
    assert_eq!(world.sessions().await, 0);
}

#[tokio::test]
async fn e23_no_other_site_signs_anybody_out() {
    let world = world(IdpBinding::Redirect).await;
    let mut browser = world.browser();
    browser.sign_in(&world, &world.contoso, SIMON).await;
    let form = Form::own("/account/sign-out/organisation");
    let answer = browser.post(&form, Some("https://evil.example")).await;
    world.refused(&answer, 403, "origin");
    assert!(browser.is_signed_in().await);
}

#[tokio::test]
async fn e12_an_answer_to_a_logout_comes_to_the_address_of_its_own_connection() {
    let world = world(IdpBinding::Redirect).await;
    let mut browser = world.browser();
    browser.sign_in(&world, &world.contoso, SIMON).await;
    world.set("entity-id", OWN.0).await;
    let request = sign_out(&world, &mut browser).await;
    let answer = answered_to(OWN, &world, &request, &world.contoso, LogoutAnswer::Complete);
    world.refused(&brought(&world, &moved(&answer, OWN.1, SLO)).await, 403, "acs.other");
    let page = brought(&world, &answer).await;
    assert!(page.page(200).contains("You are signed out, here and at your organisation."), "{}", page.body);
}
