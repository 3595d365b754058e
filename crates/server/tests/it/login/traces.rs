//! Messages of a traced connection are kept, and judged again to the same decision.

use landfall_accounts::ports::ConnectionDirectory;
use landfall_accounts::{Danger, Weakening};
use landfall_entra_twin::Message;
use landfall_http::{KeptTrace, connection_policy, connection_provider, decision_json};
use landfall_saml::{PendingRequest, RawMessage};
use landfall_xmldsig::encode_base64;
use serde_json::Value;
use time::{Duration, OffsetDateTime};

use crate::world::{Answer, LINDQVIST, MILLISECOND, REYES, SIMON, World, service_provider};

async fn arrives(world: &World, edit: impl FnOnce(&mut Message)) -> Answer {
    world.browser().arrive(world, &world.contoso, &world.contoso.person(SIMON), edit).await
}

fn for_another(message: &mut Message) {
    message.assertion.audiences = vec!["https://other.example/".to_owned()];
}

/// What `landfall replay` does, by the installation of the tests.
pub(super) async fn replayed(world: &World, kept: &KeptTrace, at: OffsetDateTime) -> (String, Value) {
    let today = world.store.connection_named(&world.contoso.connection()).await.unwrap().unwrap();
    let then = kept.connection(&today).unwrap();
    let request = kept.request.as_deref().map(|state| PendingRequest::from_state(state).unwrap());
    let message = RawMessage::from_xml(kept.message());
    let (judged, decision) = service_provider().finish(
        &connection_provider(&then).unwrap(),
        request.as_ref(),
        &message.response().unwrap(),
        &connection_policy(&then, at),
        at,
    );
    let code = judged.err().map_or("accepted", |reject| reject.code());
    (code.to_owned(), decision_json(&decision))
}

#[tokio::test]
async fn nothing_is_kept_unless_an_operator_asks_for_it() {
    let world = World::new().await;
    arrives(&world, |_| ()).await;
    arrives(&world, for_another).await;
    world.browser().submit(&world.contoso.unasked(SIMON)).await;
    assert_eq!(world.traces().await, 0);
}

#[tokio::test]
async fn what_is_accepted_and_what_is_refused_is_kept_as_it_came() {
    let world = World::new().await;
    world.trace(&world.contoso, Duration::HOUR).await;
    let mut browser = world.browser();
    let begun = browser.begin(&world, &world.contoso).await;
    let form = world.contoso.answers(SIMON, &begun);
    let accepted = browser.submit(&form).await;
    assert_eq!(accepted.status, 303);
    let kept = world.kept(&accepted).await.unwrap();
    assert_eq!(Some(encode_base64(kept.message()).as_str()), form.value("SAMLResponse"));
    assert_eq!((kept.outcome.as_str(), kept.relay_state, kept.at), ("accepted", true, world.clock.now()));
    assert!(kept.request.as_deref().unwrap().contains(&begun.request_id));

    // Once more: refused, since the request was answered, which no connection's keys were needed for.
    let again = browser.submit(&form).await;
    world.refused(&again, 403, "request.answered");
    let unjudged = world.kept(&again).await.unwrap();
    assert_eq!((unjudged.outcome.as_str(), unjudged.decision.as_ref()), ("request.answered", None));

    let refused = arrives(&world, for_another).await;
    let kept = world.kept(&refused).await.unwrap();
    assert_eq!(kept.outcome, "audience");
    let events = world.events_of(&refused).await;
    let event: Value = serde_json::from_str(events[0].detail.as_str()).unwrap();
    assert_eq!(kept.decision.as_ref(), Some(&event["decision"]), "the same as in the event");

    let unasked = world.browser().submit(&world.contoso.unasked(SIMON)).await;
    let kept = world.kept(&unasked).await.unwrap();
    assert_eq!((kept.outcome.as_str(), kept.relay_state), ("restarted", false));
    assert_eq!(kept.request, None);
    assert_eq!(world.traces().await, 4);
}

/// Refused by the request that it names: kept as not judged, with that request, and for its connection alone.
#[tokio::test]
async fn what_is_refused_before_it_is_judged_is_kept_as_not_judged() {
    let world = World::new().await;
    world.trace(&world.contoso, Duration::HOUR).await;
    let mut browser = world.browser();
    let (begun, late) =
        (browser.begin(&world, &world.contoso).await, browser.begin(&world, &world.contoso).await);
    let form = world.contoso.answers(SIMON, &begun);
    let foreign = browser.submit(&form.clone().with("RelayState", &late.relay_state)).await;
    world.refused(&foreign, 403, "relay_state");
    assert_eq!(browser.submit(&form).await.status, 303);
    let answered = browser.submit(&form).await;
    world.refused(&answered, 403, "request.answered");
    let old = world.contoso.answers(SIMON, &late);
    world.clock.advance(Duration::minutes(15));
    let expired = browser.submit(&old).await;
    world.refused(&expired, 403, "request.expired");
    for (answer, code, request) in [
        (&foreign, "relay_state", &begun),
        (&answered, "request.answered", &begun),
        (&expired, "request.expired", &late),
    ] {
        let kept = world.kept(answer).await.unwrap();
        assert_eq!((kept.outcome.as_str(), &kept.decision), (code, &None));
        assert!(kept.request.as_deref().unwrap().contains(&request.request_id), "{code}");
        let (found, _) = replayed(&world, &kept, world.clock.now() - Duration::minutes(15)).await;
        assert_eq!(found, "accepted", "{code}: what it would have come to");
    }
    // Of a connection that is not traced nothing is kept, and nothing of what no request here is named by.
    let count = world.traces().await;
    let theirs = browser.begin(&world, &world.fabrikam).await;
    let form = world.fabrikam.answers(REYES, &theirs);
    assert_eq!(browser.submit(&form).await.status, 303);
    world.refused(&browser.submit(&form).await, 403, "request.answered");
    assert_eq!(world.traces().await, count);
}

#[tokio::test]
async fn what_belongs_to_another_or_to_nobody_is_never_kept() {
    let world = World::new().await;
    world.trace(&world.contoso, Duration::HOUR).await;
    let fabrikam = world.browser().submit(&world.fabrikam.unasked(REYES)).await;
    assert_eq!(fabrikam.status, 303);
    // Signed by contoso's key, but for fabrikam's connection: it is fabrikam's to keep.
    let mut message = world.contoso.says(&world.contoso.person(SIMON), None);
    message.assertion.issuer = world.fabrikam.twin.tenant().issuer();
    message.response.issuer = message.assertion.issuer.clone();
    let answer = world.browser().submit(&world.contoso.form(&message, None)).await;
    world.refused(&answer, 403, "signature.unknown_key");
    // And what no connection claims.
    message.assertion.issuer = "https://nobody.example/".to_owned();
    message.response.issuer = message.assertion.issuer.clone();
    let answer = world.browser().submit(&world.contoso.form(&message, None)).await;
    world.refused(&answer, 403, "issuer.unknown");
    let mut message = world.contoso.says(&world.contoso.person(SIMON), None);
    message.assertion.in_response_to = Some("_nobody-asked".to_owned());
    let answer = world.browser().submit(&world.contoso.form(&message, None)).await;
    world.refused(&answer, 403, "request.unknown");
    let form = world.contoso.form_of("<a/>", None);
    assert_eq!(world.browser().submit(&form).await.status, 400);
    assert_eq!(world.traces().await, 0);
    assert_eq!(arrives(&world, |_| ()).await.status, 303);
    assert_eq!(world.traces().await, 1, "contoso's own is kept");
}

#[tokio::test]
async fn a_window_runs_out_by_itself_and_what_was_kept_after_three_days() {
    let world = World::new().await;
    world.trace(&world.contoso, Duration::HOUR).await;
    world.clock.advance(Duration::HOUR - MILLISECOND);
    let last = arrives(&world, |_| ()).await;
    world.clock.advance(MILLISECOND);
    arrives(&world, |_| ()).await;
    assert_eq!(world.traces().await, 1);
    world.clock.advance(Duration::hours(72) - MILLISECOND * 2);
    assert!(world.kept(&last).await.is_some());
    world.clock.advance(MILLISECOND);
    assert!(world.kept(&last).await.is_none(), "before anything is purged");
    assert_eq!(world.store.purge(world.clock.now()).await.unwrap().traces, 1);
}

/// What the message says of a person, and the message itself, in every spelling that a column could have.
fn needles(kept: &[&str]) -> Vec<Vec<u8>> {
    let hex = |text: &str| text.bytes().map(|byte| format!("{byte:02x}")).collect::<String>();
    let spellings = |text: &&str| [(*text).to_owned(), encode_base64(text.as_bytes()), hex(text)];
    kept.iter().flat_map(spellings).map(String::into_bytes).collect()
}

async fn found(world: &World, needles: &[Vec<u8>]) -> usize {
    let bytes = world.database_bytes().await;
    let held = |needle: &&Vec<u8>| bytes.windows(needle.len()).any(|octets| octets == needle.as_slice());
    needles.iter().filter(held).count()
}

/// [attack H12]
#[tokio::test]
async fn h12_the_database_holds_no_message_and_nobody_of_it() {
    let mut world = World::new().await;
    world.trace(&world.contoso, Duration::HOUR).await;
    let secret = |message: &mut Message| {
        message.assertion.name_id = "Persoenliche NameID".to_owned();
        message.assertion.attributes[1].values = vec!["Geheimer Anzeigename".to_owned()];
        for_another(message);
    };
    let needles =
        needles(&["Persoenliche NameID", "Geheimer Anzeigename", "<samlp:Response", "</Assertion>"]);
    let answer = arrives(&world, secret).await;
    world.refused(&answer, 403, "audience");
    let message = world.kept(&answer).await.unwrap();
    let message = String::from_utf8(message.message().to_vec()).unwrap();
    assert!(message.contains("Persoenliche NameID") && message.contains("Geheimer Anzeigename"));
    assert_eq!(found(&world, &needles).await, 0);
    for text in [world.log(), format!("{:?} {:?}", world.events().await, world.kept(&answer).await)] {
        assert!(!text.contains("Persoenliche") && !text.contains("Geheimer") && !text.contains("<Assertion"));
    }
    // The same message, if nobody had sealed it, is found.
    world.seal_nothing();
    arrives(&world, secret).await;
    assert!(found(&world, &needles).await >= 4);
}

#[tokio::test]
async fn no_login_fails_because_its_message_cannot_be_kept() {
    let mut world = World::new().await;
    world.trace(&world.contoso, Duration::HOUR).await;
    world.fill_up("traces").await;
    assert_eq!(arrives(&world, |_| ()).await.status, 303);
    assert!(world.log().contains("the message of a traced connection is not kept"));
    world.make_room().await;
    assert_eq!(arrives(&world, |_| ()).await.status, 303);
    assert_eq!(world.traces().await, 1);
    world.lose_the_sealer();
    assert_eq!(arrives(&world, |_| ()).await.status, 303);
    assert!(world.log().contains("nothing to seal it with"));
    assert_eq!(world.traces().await, 1);
}

#[tokio::test]
async fn a_replay_comes_to_the_same_decision_and_at_another_time_to_another() {
    let world = World::new().await;
    world.trace(&world.contoso, Duration::hours(72)).await;
    let (accepted, refused) = (arrives(&world, |_| ()).await, arrives(&world, for_another).await);
    let unasked = world.browser().submit(&world.contoso.unasked(LINDQVIST)).await;
    let name = world.contoso.connection();
    let now = world.clock.now();
    // What the connection is today is not what it was: neither its keys nor its settings matter.
    let trust = world.fabrikam.trust(landfall_accounts::IdpBinding::Redirect);
    let contoso = world.contoso.trust(landfall_accounts::IdpBinding::Redirect);
    let renewed = landfall_accounts::IdpTrust { certificates: trust.certificates, ..contoso };
    world.store.renew_connection(&name, renewed, now).await.unwrap();
    world.set("unsolicited", "refuse").await;
    world.store.trace_connection(&name, None, now).await.unwrap();
    world.clock.advance(Duration::hours(2));
    for (answer, code) in [(&accepted, "accepted"), (&refused, "audience"), (&unasked, "accepted")] {
        let kept = world.kept(answer).await.unwrap();
        let (found, decision) = replayed(&world, &kept, kept.at).await;
        assert_eq!(found, code);
        assert_eq!(Some(decision), kept.decision);
    }
    let kept = world.kept(&accepted).await.unwrap();
    let (found, decision) = replayed(&world, &kept, world.clock.now()).await;
    assert_eq!(found, "confirmation.not_on_or_after", "it has run out");
    assert_ne!(Some(decision), kept.decision);
}

#[tokio::test]
async fn a_weakening_of_then_counts_in_a_replay() {
    let world = World::new().await;
    let (name, now) = (world.contoso.connection(), world.clock.now());
    world.trace(&world.contoso, Duration::HOUR).await;
    let bare = |message: &mut Message| message.assertion.audiences.clear();
    let strict = arrives(&world, bare).await;
    world.refused(&strict, 403, "audience");
    let weakening = Weakening::new(Danger::MissingAudience, "why", now + Duration::DAY, now).unwrap();
    world.store.weaken_connection(&name, weakening, now).await.unwrap();
    let weak = arrives(&world, bare).await;
    world.store.strengthen_connection(&name, Danger::MissingAudience, now).await.unwrap();
    for (answer, code) in [(&strict, "audience"), (&weak, "accepted")] {
        let kept = world.kept(answer).await.unwrap();
        let (found, decision) = replayed(&world, &kept, kept.at).await;
        assert_eq!((found.as_str(), Some(decision)), (code, kept.decision));
    }
}
