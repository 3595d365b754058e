//! `landfall inspect` of logout messages: who, which sessions, and every check.

use landfall_entra_twin::Seed;
use landfall_saml::{
    Binding, CertificateDates, IdentityProvider, LogoutAnswer, LogoutEndpoint, NameId, Outgoing, Policy,
    RawLogout, RequestId, ServiceProvider, SessionIndex, Unsolicited,
};
use landfall_xmldsig::{Certificate, SigningKey, TrustedKeys, encode_base64};
use serde_json::{Value, json};
use url::form_urlencoded::byte_serialize;

use super::Folder;
use super::message::{AT, NOW, twin};
use crate::world::ENTITY_ID;

const CONTOSO: &str = "https://sts.windows.net/6f1ed5a2-3c84-4b0e-9d57-0c1f5b7a2e90/";
const LOGIN: &str = "https://login.microsoftonline.com/6f1ed5a2-3c84-4b0e-9d57-0c1f5b7a2e90/saml2";
const SLO: &str = "https://sso.example/saml/slo";
const JUDGED: [&str; 4] = ["--connection", "contoso-entra", "--at", AT];

fn key() -> SigningKey {
    let twin = twin(Seed::Contoso);
    let credential = &twin.app().signing;
    let certificate = Certificate::from_der(credential.certificate()).unwrap();
    let key = encode_base64(credential.private_key());
    let pem = format!("-----BEGIN PRIVATE KEY-----\n{key}\n-----END PRIVATE KEY-----\n");
    SigningKey::from_pem(&pem, certificate).unwrap()
}

/// A party of logout is the same on either side.
fn party(entity_id: &str, slo: &str) -> ServiceProvider {
    ServiceProvider::new(entity_id.try_into().unwrap(), slo.try_into().unwrap())
        .with_slo(slo.try_into().unwrap())
}

fn other_party(entity_id: &str, slo: &str, binding: Binding) -> IdentityProvider {
    let certificate = Certificate::from_der(twin(Seed::Contoso).app().signing.certificate()).unwrap();
    let location = slo.try_into().unwrap();
    IdentityProvider::new(entity_id.try_into().unwrap(), Vec::new(), TrustedKeys::new([certificate]).unwrap())
        .with_slo(vec![LogoutEndpoint { binding, location, response_location: None }])
}

/// What contoso sends to end a session of B.Simon.
fn request(binding: Binding) -> Outgoing {
    let name_id = NameId::new("B.Simon", None, None, None).unwrap();
    let index = SessionIndex::try_from("_s1").unwrap();
    let us = other_party(ENTITY_ID, SLO, binding);
    let (id, state) = (RequestId::from_random([7; 20]), "state".try_into().unwrap());
    let begun = party(CONTOSO, LOGIN).begin_logout(&key(), &us, id, state, (&name_id, Some(&index)), NOW);
    begun.unwrap().outgoing
}

fn redirected() -> String {
    let Outgoing::Redirect { url } = request(Binding::Redirect) else { panic!("expected a redirect") };
    url
}

/// What contoso answers to a request of ours.
fn answer() -> String {
    let name_id = NameId::new("B.Simon", None, None, None).unwrap();
    let (contoso, id) = (other_party(CONTOSO, LOGIN, Binding::Redirect), RequestId::from_random([8; 20]));
    let state = "state".try_into().unwrap();
    let begun = party(ENTITY_ID, SLO).begin_logout(&key(), &contoso, id, state, (&name_id, None), NOW);
    let Outgoing::Redirect { url } = begun.unwrap().outgoing else { panic!("expected a redirect") };
    let raw = RawLogout::from_query(url.split_once('?').unwrap().1).unwrap();
    let (us, there) = (other_party(ENTITY_ID, SLO, Binding::Redirect), party(CONTOSO, LOGIN));
    let policy = Policy::new(Unsolicited::Refuse, CertificateDates::Refuse);
    let (request, _) = there.accept_logout(&us, &raw.read().unwrap(), &policy, NOW);
    let (request, id) = (request.unwrap(), RequestId::from_random([9; 20]));
    let answer = there.answer_logout(&key(), &us, &request, id, LogoutAnswer::Partial, NOW);
    let Outgoing::Redirect { url } = answer.unwrap() else { panic!("expected a redirect") };
    url
}

#[test]
fn a_logout_request_is_judged_with_the_signature_of_its_query() {
    let folder = Folder::with_contoso();
    let url = redirected();
    folder.inspect(&url, &[]).good(&["not judged: name a --connection"]);
    folder.inspect(&url, &JUDGED).good(&[
        "found as a parameter, deflated\nSAML LogoutRequest\n",
        "  Issuer                       https://sts.windows.net/6f1ed5a2-",
        "  NameID                       B.Simon\n",
        "  SessionIndex                 _s1\n",
        "pass signature [saml-bindings 3.4.4.1]",
        "pass destination [",
        "pass not_on_or_after [",
        "\naccepted\n  ends the sessions that it names: 1\n",
    ]);
    let altered = url.replace("RelayState=state", "RelayState=other");
    assert_ne!(altered, url);
    folder.inspect(&altered, &JUDGED).bad(&["fail signature [", "\nrefused, signature.unknown_key: "]);
    let unsigned = url.split_once("&SigAlg").unwrap().0;
    folder
        .inspect(unsigned, &JUDGED)
        .bad(&["\nrefused, logout.unsigned: Turn on signing of logout requests"]);
    let elsewhere = [&JUDGED[..], &["--slo", "https://other.example/slo"]].concat();
    folder.inspect(&url, &elsewhere).bad(&["fail destination [", "\nrefused, logout.destination: "]);
    folder
        .inspect(&format!("{url}&RelayState=x"), &JUDGED)
        .bad(&["not readable: the parameter RelayState stands there twice"]);
    // The value alone has left its signature behind.
    let value = url.split_once("SAMLRequest=").unwrap().1.split_once('&').unwrap().0;
    folder.inspect(value, &JUDGED).good(&["not judged: its signature stands beside it in the query"]);

    let said = folder.run(&[&["inspect", "message", "--redact", "--json"], &JUDGED[..]].concat());
    assert!(!said.out.contains("B.Simon"), "{}", said.out);
    folder.write("message", &url);
    let redacted = [&["inspect", "message", "--redact", "--json"], &JUDGED[..]].concat();
    let said = folder.succeeds(&redacted);
    assert!(!said.contains("B.Simon") && !said.contains("_s1"), "{said}");
    let said: Value = serde_json::from_str(&said).unwrap();
    assert_eq!((&said["kind"], &said["good"]), (&json!("LogoutRequest"), &json!(true)));
    assert!(said["decision"]["checks"].as_array().is_some_and(|checks| checks.len() == 10), "{said}");
}

#[test]
fn a_logout_request_in_a_form_is_judged_with_the_signature_inside() {
    let folder = Folder::with_contoso();
    let Outgoing::Post { saml_request, .. } = request(Binding::Post) else { panic!("expected a post") };
    let encoded: String = byte_serialize(saml_request.as_bytes()).collect();
    for text in [format!("RelayState=x&SAMLRequest={encoded}"), saml_request.clone()] {
        folder.inspect(&text, &JUDGED).good(&[
            "inside, not verified\n",
            "pass signature [saml-profiles 4.4.4.1, saml-core 5.4]",
            "\naccepted\n",
        ]);
    }
    let recording = |request: Value| json!({ "log": { "entries": [{ "request": request }] } }).to_string();
    let post =
        json!({ "method": "POST", "url": SLO, "postData": { "text": format!("SAMLRequest={encoded}") } });
    folder.inspect(&recording(post), &JUDGED).good(&["message 1 of 1: POST ", "\naccepted\n"]);
    let get = json!({ "method": "GET", "url": redirected() });
    folder
        .inspect(&recording(get), &JUDGED)
        .good(&["pass signature [saml-bindings 3.4.4.1]", "\naccepted\n"]);
}

#[test]
fn an_answer_is_judged_by_the_request_that_it_answers() {
    let folder = Folder::with_contoso();
    let url = answer();
    folder.inspect(&url, &JUDGED).good(&[
        "SAML LogoutResponse\n",
        "status:Success, urn:oasis:names:tc:SAML:2.0:status:PartialLogout\n",
        "pass in_response_to [",
        "\naccepted\n  says that the person is signed out, and not everywhere\n",
    ]);
    let other = [&JUDGED[..], &["--request", "_other"]].concat();
    folder.inspect(&url, &other).bad(&["\nrefused, logout.in_response_to: "]);
}
