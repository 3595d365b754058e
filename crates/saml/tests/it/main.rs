//! The crate at its boundary: one honest response, and everything near it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test fails by panicking"
)]

mod asked;
mod conditions;
mod confirmation;
mod encrypted_parts;
mod encryption;
mod envelope;
mod logout;
mod metadata;
mod parser;
mod request;
mod response;
mod rules;
mod statements;
mod wrapping;

use landfall_saml::{
    Accepted, Binding, CertificateDates, Decision, Endpoint, IdentityProvider, Login, PendingRequest, Policy,
    RawMessage, Reject, ServiceProvider, Unsolicited,
};
use landfall_xmldsig::{Certificate, SigningKey, TrustedKeys};
use time::OffsetDateTime;
use time::macros::datetime;

pub(crate) use response::{Sign, TestResponse};

pub(crate) const NOW: OffsetDateTime = datetime!(2030-01-02 03:04:05 UTC);
pub(crate) const SP: &str = "https://sp.example/saml/metadata";
pub(crate) const ACS: &str = "https://sp.example/saml/acs";
pub(crate) const IDP: &str = "https://sts.windows.net/11111111-2222-4333-8444-555555555555/";
pub(crate) const REQUEST: &str = "_0123456789abcdef0123456789abcdef01234567";

pub(crate) fn certificate(name: &str) -> Certificate {
    Certificate::from_pem(match name {
        "signer" => include_str!("../keys/signer.crt.pem"),
        "other" => include_str!("../keys/other.crt.pem"),
        _ => panic!("no certificate {name}"),
    })
    .unwrap()
}

pub(crate) fn key(name: &str) -> SigningKey {
    let pem = match name {
        "signer" => include_str!("../keys/signer.key.pem"),
        "other" => include_str!("../keys/other.key.pem"),
        _ => panic!("no key {name}"),
    };
    SigningKey::from_pem(pem, certificate(name)).unwrap()
}

pub(crate) fn sp() -> ServiceProvider {
    ServiceProvider::new(SP.try_into().unwrap(), ACS.try_into().unwrap())
}

pub(crate) fn idp() -> IdentityProvider {
    let location = "https://login.example/saml2".try_into().unwrap();
    let sso = vec![Endpoint { binding: Binding::Redirect, location }];
    IdentityProvider::new(IDP.try_into().unwrap(), sso, TrustedKeys::new([certificate("signer")]).unwrap())
}

pub(crate) fn pending() -> PendingRequest {
    PendingRequest::from_state(&format!("1\n{REQUEST}\n{IDP}")).unwrap()
}

pub(crate) fn strict() -> Policy {
    Policy::new(Unsolicited::Refuse, CertificateDates::Refuse)
}

/// Judges the XML as an answer to the request that waits.
pub(crate) fn finish(xml: &str) -> (Result<Login, Reject>, Decision) {
    finish_with(xml, Some(&pending()), &strict(), NOW)
}

pub(crate) fn finish_with(
    xml: &str,
    pending: Option<&PendingRequest>,
    policy: &Policy,
    now: OffsetDateTime,
) -> (Result<Login, Reject>, Decision) {
    let message = RawMessage::from_xml(xml.as_bytes());
    let response = message.response().expect("a readable Response");
    let (judged, decision) = sp().finish(&idp(), pending, &response, policy, now);
    let login = judged.map(|accepted| match accepted {
        Accepted::Login(login) => login,
        other => panic!("expected a login, came {other:?}"),
    });
    assert_eq!(login.is_err(), decision.failure().is_some(), "{decision}");
    (login, decision)
}

/// The response with one thing changed is refused with this code; as it was it is accepted.
#[track_caller]
pub(crate) fn rejected(code: &str, edit: impl FnOnce(&mut TestResponse)) -> Reject {
    rejected_signed(code, Sign::Assertion, edit)
}

#[track_caller]
pub(crate) fn rejected_signed(code: &str, sign: Sign, edit: impl FnOnce(&mut TestResponse)) -> Reject {
    let mut response = TestResponse::honest();
    accepted_xml(&response.signed(sign));
    edit(&mut response);
    rejected_xml(code, &response.signed(sign))
}

#[track_caller]
pub(crate) fn rejected_xml(code: &str, xml: &str) -> Reject {
    let (login, decision) = finish(xml);
    let reject = login.expect_err("it was accepted");
    assert_eq!(reject.code(), code, "{reject:?}\n{decision}");
    assert_eq!(decision.failure().and_then(|check| check.code), Some(code), "{decision}");
    assert!(!reject.remedy().is_empty());
    reject
}

#[track_caller]
pub(crate) fn accepted(edit: impl FnOnce(&mut TestResponse)) -> Login {
    let mut response = TestResponse::honest();
    edit(&mut response);
    accepted_xml(&response.signed(Sign::Assertion))
}

#[track_caller]
pub(crate) fn accepted_xml(xml: &str) -> Login {
    let (login, decision) = finish(xml);
    login.unwrap_or_else(|reject| panic!("{reject:?}\n{decision}"))
}
