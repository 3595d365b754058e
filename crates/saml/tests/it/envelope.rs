//! Hints for routing, which anybody can write.

use landfall_saml::{RawMessage, RoutingHints};

use crate::{IDP, REQUEST, Sign, TestResponse};

fn hints(xml: &str) -> RoutingHints {
    RawMessage::from_xml(xml.as_bytes()).response().unwrap().hints()
}

#[test]
fn hints_come_from_the_assertion_first() {
    let mut response = TestResponse::honest();
    response.response_attributes = " InResponseTo=\"_outer\"".into();
    response.response_issuer =
        "<Issuer xmlns=\"urn:oasis:names:tc:SAML:2.0:assertion\">urn:outer</Issuer>".into();
    let found = hints(&response.signed(Sign::Nothing));
    assert_eq!(found.in_response_to.unwrap().as_str(), REQUEST);
    assert_eq!(found.issuer.unwrap().as_str(), IDP);
    let failure = hints(&response.around(""));
    assert_eq!(failure.in_response_to.unwrap().as_str(), "_outer");
    assert_eq!(failure.issuer.unwrap().as_str(), "urn:outer");
}

#[test]
fn whoever_claims_to_answer_is_not_unsolicited() {
    let mut response = TestResponse::honest();
    response.confirmations = response.confirmations.replace(&format!("InResponseTo=\"{REQUEST}\""), "");
    let outer = hints(&response.around(&response.assertion()));
    assert!(outer.answers_something && outer.in_response_to.is_none());
    response.response_attributes = String::new();
    assert!(!hints(&response.around(&response.assertion())).answers_something);
    response.confirmations =
        response.confirmations.replace("NotOnOrAfter", "InResponseTo=\"1 not an ID\" NotOnOrAfter");
    let odd = hints(&response.around(&response.assertion()));
    assert!(odd.answers_something && odd.in_response_to.is_none());
}
