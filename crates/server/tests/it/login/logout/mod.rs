//! Single logout, in both directions [saml-profiles 4.4].

use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU8, Ordering};

use landfall_accounts::EventKind::{LogoutAccepted, LogoutRefused, LogoutReplayed, SessionEnded};
use landfall_accounts::{ConnectionState, IdpBinding, IdpTrust, IdpUrl, SloEndpoint};
use landfall_http::{Limits, Rate};
use landfall_saml::{
    Binding, IdentityProvider, Location, LogoutEndpoint, NameId, Outgoing, RequestId, ServiceProvider,
    SessionIndex,
};
use landfall_xmldsig::{SigningKey, TrustedKeys};
use time::Duration;

use crate::world::{Answer, Customer, ENTITY_ID, Form, LINDQVIST, REYES, SIMON, World, signing_certificate};

mod button;

static COUNT: AtomicU8 = AtomicU8::new(1);

const SLO: &str = "https://sso.example/saml/slo";
const THEIRS: &str = "https://login.contoso.example/slo";

/// Our name and address towards an identity provider.
type Us = (&'static str, &'static str);
const SHARED: Us = (ENTITY_ID, SLO);
const OWN: Us = ("urn:landfall:contoso", "https://sso.example/saml/contoso-entra/slo");

/// Both customers' metadata say that logout messages are taken.
async fn world(binding: IdpBinding) -> World {
    let world = World::new().await;
    for customer in [&world.contoso, &world.fabrikam] {
        let slo = SloEndpoint { binding, location: IdpUrl::new(THEIRS), response_location: None };
        let trust = IdpTrust { slo: vec![slo], ..customer.trust(IdpBinding::Redirect) };
        world.store.renew_connection(&customer.connection(), trust, world.clock.now()).await.unwrap();
    }
    world
}

/// A customer's identity provider as the party of a logout, and us as it knows us.
fn parties(customer: &Customer, binding: Binding) -> (ServiceProvider, IdentityProvider) {
    parties_of(customer, binding, SHARED)
}

fn parties_of(customer: &Customer, binding: Binding, us: Us) -> (ServiceProvider, IdentityProvider) {
    let issuer = customer.twin.tenant().issuer();
    let theirs = Location::try_from(THEIRS).unwrap();
    let idp = ServiceProvider::new(issuer.as_str().try_into().unwrap(), theirs.clone()).with_slo(theirs);
    let slo = LogoutEndpoint { binding, location: us.1.try_into().unwrap(), response_location: None };
    let keys = TrustedKeys::new([signing_certificate()]).unwrap();
    (idp, IdentityProvider::new(us.0.try_into().unwrap(), vec![], keys).with_slo(vec![slo]))
}

/// What a customer's identity provider has a browser bring to sign somebody out.
pub(crate) fn request(
    world: &World,
    customer: &Customer,
    binding: Binding,
    name: &str,
    index: Option<&str>,
) -> Outgoing {
    request_to(SHARED, world, customer, binding, name, index)
}

fn request_to(
    us: Us,
    world: &World,
    customer: &Customer,
    binding: Binding,
    name: &str,
    index: Option<&str>,
) -> Outgoing {
    let (idp, us) = parties_of(customer, binding, us);
    let name_id = NameId::new(name, None, None, None).unwrap();
    let index = index.map(|index| SessionIndex::try_from(index).unwrap());
    let id = RequestId::from_random([COUNT.fetch_add(1, Ordering::Relaxed); 20]);
    let (key, relay_state) = (customer.signing_key(), "state".try_into().unwrap());
    idp.begin_logout(&key, &us, id, relay_state, (&name_id, index.as_ref()), world.clock.now())
        .unwrap()
        .outgoing
}

/// A browser that has nothing to do with the session brings a message.
pub(crate) async fn brought(world: &World, outgoing: &Outgoing) -> Answer {
    let mut browser = world.browser();
    match outgoing {
        Outgoing::Redirect { url } => browser.get(url).await,
        Outgoing::Post { location, saml_request, relay_state } => {
            let form = Form { action: location.as_str().to_owned(), ..Form::own("/") };
            let form = form.with("SAMLRequest", saml_request).with("RelayState", relay_state.expose());
            browser.submit(&form).await
        }
        other => panic!("{other:?}"),
    }
}

/// The name and the index that contoso's assertion gave to the session of this login name.
pub(crate) async fn named(world: &World, login_name: &str) -> (String, String) {
    let sessions = world.store.sessions(None, world.clock.now()).await.unwrap();
    let found = sessions.into_iter().find(|session| session.user.user_name.as_str() == login_name).unwrap();
    let idp_session = found.idp_session.unwrap();
    (idp_session.name_id, idp_session.index.unwrap())
}

#[tokio::test]
async fn an_identity_provider_signs_its_person_out_by_redirect_and_by_post() {
    for binding in [Binding::Redirect, Binding::Post] {
        let world = world(IdpBinding::Redirect).await;
        let (mut simon, mut lindqvist) = (world.browser(), world.browser());
        simon.sign_in(&world, &world.contoso, SIMON).await;
        lindqvist.sign_in(&world, &world.contoso, LINDQVIST).await;
        let (name, index) = named(&world, SIMON).await;
        let request = request(&world, &world.contoso, binding, &name, Some(&index));
        let answer = brought(&world, &request).await;
        assert!(answer.location().starts_with(&format!("{THEIRS}?SAMLResponse=")), "{}", answer.location());
        assert!(answer.location().contains("&RelayState=state&SigAlg="));
        assert!(answer.cookies().is_empty());
        assert!(!simon.is_signed_in().await);
        assert!(lindqvist.is_signed_in().await);
        assert_eq!(world.kinds_of(&answer).await, [LogoutAccepted]);
        let ended = world.events().await.into_iter().filter(|event| event.kind == SessionEnded);
        assert_eq!(ended.count(), 1);
        assert!(!world.log().contains(&name), "the log holds a NameID");
        for event in world.events_of(&answer).await {
            assert!(!event.detail.as_str().contains(&name), "{event:?}");
        }
    }
}

#[tokio::test]
async fn the_answer_to_a_logout_goes_by_post_where_that_is_what_is_taken() {
    let world = world(IdpBinding::Post).await;
    world.browser().sign_in(&world, &world.contoso, SIMON).await;
    let (name, _) = named(&world, SIMON).await;
    let answer = brought(&world, &request(&world, &world.contoso, Binding::Redirect, &name, None)).await;
    let form = answer.form("SAMLResponse");
    assert_eq!((form.action.as_str(), form.value("RelayState")), (THEIRS, Some("state")));
    assert_eq!(world.sessions().await, 0);
}

#[tokio::test]
async fn without_an_address_to_answer_to_the_person_is_signed_out_all_the_same() {
    let world = World::new().await;
    world.browser().sign_in(&world, &world.contoso, SIMON).await;
    let (name, _) = named(&world, SIMON).await;
    let answer = brought(&world, &request(&world, &world.contoso, Binding::Redirect, &name, None)).await;
    assert!(answer.page(200).contains("You are signed out here."));
    assert_eq!(world.sessions().await, 0);
}

#[tokio::test]
async fn e19_a_hostile_customer_signs_out_nobody_of_another_tenant() {
    let world = world(IdpBinding::Redirect).await;
    let mut simon = world.browser();
    simon.sign_in(&world, &world.contoso, SIMON).await;
    world.browser().sign_in(&world, &world.fabrikam, REYES).await;
    let (name, index) = named(&world, SIMON).await;
    // In his own name, whatever he names, his own people alone can be meant.
    let own = request(&world, &world.fabrikam, Binding::Redirect, &name, Some(&index));
    assert_eq!(brought(&world, &own).await.status, 303);
    // In contoso's name, with his own key.
    let (idp, us) = parties(&world.contoso, Binding::Post);
    let name_id = NameId::new(&name, None, None, None).unwrap();
    let key: SigningKey = world.fabrikam.signing_key();
    let begun = idp.begin_logout(
        &key,
        &us,
        RequestId::from_random([0; 20]),
        "state".try_into().unwrap(),
        (&name_id, None),
        world.clock.now(),
    );
    let answer = brought(&world, &begun.unwrap().outgoing).await;
    world.refused(&answer, 403, "signature.unknown_key");
    assert_eq!(world.kinds_of(&answer).await, [LogoutRefused]);
    assert!(simon.is_signed_in().await);
    assert_eq!(world.sessions().await, 2);
}

#[tokio::test]
async fn e19_unsigned_altered_repeated_and_late_requests_end_nothing() {
    let world = world(IdpBinding::Redirect).await;
    let mut simon = world.browser();
    simon.sign_in(&world, &world.contoso, SIMON).await;
    let (name, index) = named(&world, SIMON).await;
    let signed = request(&world, &world.contoso, Binding::Redirect, &name, Some(&index));
    let Outgoing::Redirect { url } = &signed else { panic!("{signed:?}") };
    let (unsigned, _) = url.split_once("&SigAlg=").unwrap();
    let mut browser = world.browser();
    world.refused(&browser.get(unsigned).await, 403, "logout.unsigned");
    let altered = url.replace("RelayState=state", "RelayState=other");
    world.refused(&browser.get(&altered).await, 403, "signature.unknown_key");
    world.refused(&browser.get("/saml/slo").await, 400, "logout.parameter");
    assert!(simon.is_signed_in().await);

    assert_eq!(browser.get(url).await.status, 303);
    assert!(!simon.is_signed_in().await);
    simon.sign_in(&world, &world.contoso, SIMON).await;
    let again = browser.get(url).await;
    world.refused(&again, 403, "replayed");
    assert_eq!(world.kinds_of(&again).await, [LogoutReplayed]);
    assert!(simon.is_signed_in().await);

    let late = request(&world, &world.contoso, Binding::Redirect, &name, Some(&index));
    world.clock.advance(Duration::minutes(10));
    let late = brought(&world, &late).await;
    assert_eq!(late.status, 403);
    assert!(simon.is_signed_in().await);
}

#[tokio::test]
async fn a_connection_that_is_not_active_takes_no_logout() {
    let world = world(IdpBinding::Redirect).await;
    let request = request(&world, &world.contoso, Binding::Redirect, "anybody", None);
    for state in [ConnectionState::Draft, ConnectionState::Testing, ConnectionState::Disabled] {
        world.set_state_of(&world.contoso, state).await;
        world.refused(&brought(&world, &request).await, 404, "connection.unknown");
    }
    world.set_state_of(&world.contoso, ConnectionState::Active).await;
    assert!(brought(&world, &request).await.location().starts_with(THEIRS));
}

#[tokio::test]
async fn a_form_with_both_messages_or_a_response_to_a_login_is_refused() {
    let world = world(IdpBinding::Redirect).await;
    let form = world.contoso.unasked(SIMON);
    let response = form.value("SAMLResponse").unwrap().to_owned();
    let form = Form { action: SLO.to_owned(), ..Form::own("/") }.with("SAMLResponse", &response);
    let mut browser = world.browser();
    assert_eq!(browser.submit(&form).await.status, 400, "a Response is no LogoutResponse");
    let both = form.with("SAMLRequest", &response);
    world.refused(&browser.submit(&both).await, 400, "logout.parameter");
}

#[tokio::test]
async fn d12_a_flood_of_logout_requests_is_held() {
    let mut world = world(IdpBinding::Redirect).await;
    let mut limits = Limits::default();
    limits.connection = Rate { burst: NonZeroU32::new(2).unwrap(), per_second: NonZeroU32::MIN };
    world.limit(limits);
    world.browser().sign_in(&world, &world.contoso, SIMON).await;
    world.browser().sign_in(&world, &world.fabrikam, REYES).await;
    let (name, _) = named(&world, SIMON).await;
    for _ in 0..2 {
        let taken =
            brought(&world, &request(&world, &world.contoso, Binding::Redirect, "nobody", None)).await;
        assert_eq!(taken.status, 303);
    }
    let events = world.events().await.len();
    let held = brought(&world, &request(&world, &world.contoso, Binding::Redirect, &name, None)).await;
    world.refused(&held, 429, "limit.connection");
    assert_eq!(held.header("retry-after"), Some("1"));
    assert_eq!(world.events().await.len(), events, "nothing is written for it");
    // The other customer is not concerned, and a second later nobody is.
    let other = brought(&world, &request(&world, &world.fabrikam, Binding::Redirect, "nobody", None)).await;
    assert_eq!(other.status, 303);
    world.clock.advance(Duration::SECOND);
    let taken = brought(&world, &request(&world, &world.contoso, Binding::Redirect, &name, None)).await;
    assert_eq!((taken.status, world.sessions().await), (303, 1));
}

/// The same message, brought to another address.
fn moved(outgoing: &Outgoing, from: &str, to: &str) -> Outgoing {
    let Outgoing::Redirect { url } = outgoing else { panic!("{outgoing:?}") };
    assert!(url.starts_with(from), "{url}");
    Outgoing::Redirect { url: url.replacen(from, to, 1) }
}

#[tokio::test]
async fn e12_e19_a_connection_with_its_own_name_is_signed_out_of_at_its_own_address() {
    let world = world(IdpBinding::Redirect).await;
    let mut simon = world.browser();
    simon.sign_in(&world, &world.contoso, SIMON).await;
    let (name, _) = named(&world, SIMON).await;
    world.set("entity-id", OWN.0).await;
    let asked = |us| request_to(us, &world, &world.contoso, Binding::Redirect, &name, None);
    world.refused(&brought(&world, &asked(SHARED)).await, 403, "issuer.unknown");
    world.refused(&brought(&world, &moved(&asked(OWN), OWN.1, SLO)).await, 403, "issuer.unknown");
    world.refused(&brought(&world, &moved(&asked(SHARED), SLO, OWN.1)).await, 403, "logout.destination");
    // What fabrikam signs is nothing at the address of contoso.
    let foreign = request_to(OWN, &world, &world.fabrikam, Binding::Redirect, &name, None);
    world.refused(&brought(&world, &foreign).await, 403, "signature.unknown_key");
    assert!(simon.is_signed_in().await);
    let answer = brought(&world, &asked(OWN)).await;
    assert!(answer.location().starts_with(&format!("{THEIRS}?SAMLResponse=")), "{}", answer.location());
    assert!(!simon.is_signed_in().await);
}
