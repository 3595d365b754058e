//! The query's signature: over the very octets that came.

use landfall_saml::{CertificateDates, LogoutKind, Policy, RawLogout, RawMessage, Unsolicited};
use landfall_xmldsig::AlgorithmPolicy;

use super::message::{encoded, posted, query, signed_query};
use super::{TestLogout, accept, accept_with, with_slo};
use crate::{NOW, strict};

const SHA1: &str = "http://www.w3.org/2000/09/xmldsig#rsa-sha1";
const HMAC: &str = "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256";

fn with_state() -> TestLogout {
    TestLogout { relay_state: Some("r/+ =&é".into()), ..TestLogout::request() }
}

fn code(query: &str) -> &'static str {
    match RawLogout::from_query(query) {
        Ok(raw) => accept(&raw).0.map_or_else(|reject| reject.code(), |_| "accepted"),
        Err(error) => error.code(),
    }
}

/// `%2F` as `%2f`: as Entra and AD FS write it.
fn lower_case(query: &str) -> String {
    let mut letters = query.chars();
    let mut lower = String::new();
    while let Some(letter) = letters.next() {
        lower.push(letter);
        if letter == '%' {
            lower.extend(letters.by_ref().take(2).map(|digit| digit.to_ascii_lowercase()));
        }
    }
    lower
}

/// [saml-bindings 3.4.4.1]
#[test]
fn c12_the_signature_covers_the_octets_as_they_came() {
    let query = with_state().query();
    let lower = lower_case(&query);
    assert_ne!(lower, query);
    assert_eq!(code(&signed_query(&query, "signer")), "accepted");
    assert_eq!(code(&signed_query(&lower, "signer")), "accepted");
    // Encoded anew, the same values are other octets.
    let signed = signed_query(&lower, "signer");
    let (_, signature) = signed.split_once("&Signature=").unwrap();
    assert_eq!(code(&format!("{query}&Signature={signature}")), "signature.unknown_key");
    // What the sender left unescaped stays so; base64's own '=' among it.
    let plain = query.replace("%3A", ":").replace("%2F", "/").replace("%3D", "=");
    assert_eq!(code(&signed_query(&plain, "signer")), "accepted");
}

/// [saml-bindings 3.4.4.1]
#[test]
fn c12_the_order_of_the_query_is_not_that_of_the_signature() {
    let signed = signed_query(&with_state().query(), "signer");
    let mut pairs: Vec<&str> = signed.split('&').collect();
    pairs.reverse();
    pairs.push("other=1");
    assert_eq!(code(&pairs.join("&")), "accepted");
}

#[test]
fn c12_relay_state_is_signed() {
    let signed = signed_query(&with_state().query(), "signer");
    let state = encoded("r/+ =&é");
    assert!(signed.contains(&format!("&RelayState={state}&")));
    let swapped = signed.replace(&format!("RelayState={state}"), "RelayState=other");
    assert_eq!(code(&swapped), "signature.unknown_key");
    let removed = signed.replace(&format!("&RelayState={state}"), "");
    assert_eq!(code(&removed), "signature.unknown_key");
    // One that was sent without is signed without, and takes none afterwards.
    let without = signed_query(&TestLogout::request().query(), "signer");
    assert_eq!(code(&without), "accepted");
    for added in ["&RelayState=x", "&RelayState="] {
        assert_eq!(code(&format!("{without}{added}")), "signature.unknown_key");
    }
    let empty = TestLogout { relay_state: Some(String::new()), ..TestLogout::request() };
    assert_eq!(code(&signed_query(&empty.query(), "signer")), "accepted");
}

#[test]
fn c12_each_parameter_once() {
    let signed = signed_query(&with_state().query(), "signer");
    for name in ["SAMLRequest", "RelayState", "SigAlg", "Signature"] {
        let pair = signed.split('&').find(|pair| pair.starts_with(name)).unwrap();
        assert_eq!(code(&format!("{signed}&{pair}")), "logout.parameter", "{name}");
        assert_eq!(code(&format!("{name}=x&{signed}")), "logout.parameter", "{name}");
    }
    assert_eq!(code(&format!("{signed}&SAMLResponse=x")), "logout.parameter");
    assert_eq!(code(&format!("{signed}&SAML%52equest=x")), "logout.parameter");
    assert_eq!(code("RelayState=x"), "logout.parameter");
    assert_eq!(code(""), "logout.parameter");
    let encoding = |name: &str| format!("{signed}&SAMLEncoding={}", encoded(name));
    assert_eq!(code(&encoding("urn:oasis:names:tc:SAML:2.0:bindings:URL-Encoding:DEFLATE")), "accepted");
    assert_eq!(code(&encoding("urn:none")), "logout.parameter");
    for body in ["SAMLRequest=x&SAMLRequest=x", "SAMLRequest=x&SAMLResponse=x", "x=1", "\u{FFFD}"] {
        assert_eq!(RawLogout::from_form(body.as_bytes()).unwrap_err().code(), "logout.parameter", "{body}");
    }
    assert!(RawLogout::from_form(b"SAMLRequest=\xFF").is_err());
}

#[test]
fn c1_c9_c12_the_message_does_not_choose_the_algorithm() {
    let query = TestLogout::request().query();
    let head = query.split_once("&SigAlg=").unwrap().0;
    let by = |uri: &str| signed_query(&format!("{head}&SigAlg={}", encoded(uri)), "signer");
    for uri in [SHA1, HMAC, "", "urn:x"] {
        assert_eq!(code(&by(uri)), "signature.algorithm", "{uri}");
    }
    // The key signs by SHA-256, so that this is no signature by SHA-1 where SHA-1 is taken.
    let sha1 = RawLogout::from_query(&by(SHA1)).unwrap();
    let policy = Policy::new(Unsolicited::Refuse, CertificateDates::Refuse)
        .danger_algorithms(AlgorithmPolicy::strict().danger_allow_sha1());
    let reject = accept_with(&sha1, &with_slo(), &policy, NOW).0.unwrap_err();
    assert_eq!(reject.code(), "signature.unknown_key");
    // One that is.
    assert_eq!(code(BY_SHA1), "signature.algorithm");
    let raw = RawLogout::from_query(BY_SHA1).unwrap();
    assert!(accept_with(&raw, &with_slo(), &policy, NOW).0.is_ok());
    assert!(accept_with(&raw, &with_slo(), &strict(), NOW).0.is_err());
}

/// The honest request with a RelayState, signed by RSA PKCS#1 v1.5 with SHA-1, as no key of ours signs: by OpenSSL.
const BY_SHA1: &str = include_str!("sha1.query");

/// [saml-bindings 3.4.4.1]
#[test]
fn e19_a_signature_inside_does_not_count_in_a_query() {
    let inside = TestLogout::request().signed("signer");
    let bare = query(LogoutKind::Request, &inside, None);
    assert_eq!(code(&bare), "logout.unsigned");
    assert_eq!(code(&signed_query(&bare, "other")), "signature.unknown_key");
    // Nor does it harm: whoever signs the query says it all.
    let foreign = query(LogoutKind::Request, &TestLogout::request().signed("other"), None);
    assert_eq!(code(&signed_query(&foreign, "signer")), "accepted");
    // And the query's signature is none of a form.
    let form = posted(LogoutKind::Request, &TestLogout::request().xml());
    assert_eq!(accept(&form).0.unwrap_err().code(), "logout.unsigned");
}

/// [saml-bindings 3.4.4.1]
#[test]
fn d6_a_query_is_bounded() {
    assert_eq!(code(&format!("SAMLRequest={}", "A".repeat(RawMessage::MOST + 1))), "post.too_large");
    assert_eq!(code(&format!("SAMLRequest=x&other={}", "A".repeat(RawLogout::MOST))), "post.too_large");
    let bomb = query(LogoutKind::Request, &" ".repeat(4 << 20), None);
    assert!(bomb.len() < 64 << 10);
    assert_eq!(code(&bomb), "post.too_large");
    assert_eq!(code("SAMLRequest=PGEvPg%3D%3D"), "redirect.deflate");
    assert_eq!(code("SAMLRequest=%21"), "post.base64");
    let long = TestLogout { relay_state: Some("x".repeat(1025)), ..TestLogout::request() };
    assert_eq!(code(&signed_query(&long.query(), "signer")), "logout.parameter");
    let longest = TestLogout { relay_state: Some("x".repeat(1024)), ..TestLogout::request() };
    assert_eq!(code(&signed_query(&longest.query(), "signer")), "accepted");
}

#[test]
fn every_octet_of_a_signed_query_counts() {
    let query = with_state().query();
    let signed = signed_query(&query, "signer");
    let (_, signature) = signed.split_once("&Signature=").unwrap();
    for (at, letter) in query.char_indices().skip("SAMLRequest=".len()) {
        let other = if letter == 'A' { "B" } else { "A" };
        let altered = format!("{}{other}{}&Signature={signature}", &query[..at], &query[at + 1..]);
        assert_ne!(code(&altered), "accepted", "{at}");
    }
}
