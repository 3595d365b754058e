//! Until when metadata count, and how long they may be kept.

use landfall_saml::{IdpMetadata, MetadataWarning};
use time::Duration;
use time::macros::datetime;

use super::{entity, key, list, read, role, sso};
use crate::{IDP, NOW};

fn body() -> String {
    role(&(key("signer", "") + &sso("https://login.example/")))
}

/// An entity in two lists, each with attributes of its own, and on its role too.
fn nested(outer: &str, inner: &str, of_entity: &str, of_role: &str) -> String {
    let role = body().replacen("<IDPSSODescriptor", &format!("<IDPSSODescriptor{of_role}"), 1);
    list(outer, &list(inner, &entity(IDP, of_entity, &role)))
}

fn until(text: &str) -> String {
    format!(" validUntil=\"{text}\"")
}

fn cache(text: &str) -> String {
    format!(" cacheDuration=\"{text}\"")
}

fn code(xml: &str) -> &'static str {
    read(xml).unwrap_err().code()
}

/// [saml-metadata 2.3.1, 2.3.2, 2.4.1]
#[test]
fn f3_valid_until() {
    let good = until("2030-01-02T03:04:05.001Z");
    for end in ["2030-01-02T03:04:05Z", "2029-01-01T00:00:00Z"] {
        let bad = until(end);
        assert!(read(&entity(IDP, &good, &body())).is_ok());
        assert_eq!(code(&entity(IDP, &bad, &body())), "metadata.expired");
        assert!(read(&nested(&good, &good, &good, &good)).is_ok());
        assert_eq!(code(&nested(&bad, &good, &good, &good)), "metadata.expired");
        assert_eq!(code(&nested(&good, &bad, &good, &good)), "metadata.expired");
        assert_eq!(code(&nested(&good, &good, &bad, &good)), "metadata.expired");
        assert_eq!(code(&nested(&good, &good, &good, &bad)), "metadata.expired");
    }
    assert_eq!(code(&nested("", "", &until("never"), "")), "metadata.time");
    assert_eq!(code(&nested("", "", "", &until("never"))), "metadata.time");
}

#[test]
fn f3_the_end_of_another_role_does_not_count() {
    let sp = format!(
        "<SPSSODescriptor{} protocolSupportEnumeration=\"urn:oasis:names:tc:SAML:2.0:protocol\"/>",
        until("2029-01-01T00:00:00Z")
    );
    let metadata = read(&entity(IDP, "", &(sp + &body()))).unwrap();
    assert_eq!(metadata.valid_until(), None);
}

/// [saml-metadata 2.3.1, 2.3.2, 2.4.1]
#[test]
fn the_strictest_of_all_around_counts() {
    let end = |year: u16| until(&format!("{year}-01-01T00:00:00Z"));
    let read = |xml: String| read(&xml).unwrap();
    let plain = read(nested("", "", "", ""));
    assert_eq!((plain.valid_until(), plain.cache_duration()), (None, None));
    let first = Some(datetime!(2031-01-01 00:00 UTC));
    assert_eq!(read(nested(&end(2031), &end(2032), &end(2033), &end(2034))).valid_until(), first);
    assert_eq!(read(nested(&end(2034), &end(2031), &end(2032), &end(2033))).valid_until(), first);
    assert_eq!(read(nested("", &end(2032), &end(2031), &end(2033))).valid_until(), first);
    assert_eq!(read(nested(&end(2033), "", &end(2032), &end(2031))).valid_until(), first);
    let hour = Some(Duration::HOUR);
    let hours = |count: u8| cache(&format!("PT{count}H"));
    assert_eq!(read(nested(&hours(1), &hours(2), &hours(3), &hours(4))).cache_duration(), hour);
    assert_eq!(read(nested(&hours(4), &hours(1), &hours(2), &hours(3))).cache_duration(), hour);
    assert_eq!(read(nested("", "", &hours(1), &hours(2))).cache_duration(), hour);
    assert_eq!(read(nested("", "", &hours(2), &hours(1))).cache_duration(), hour);
}

#[test]
fn a_cache_duration_that_is_unreadable_is_told_and_counts_as_none() {
    let read = |xml: String| IdpMetadata::read(xml.as_bytes(), None, NOW).unwrap();
    assert!(read(nested(&cache("PT1H"), "", "", "")).warnings().is_empty());
    let metadata = read(nested(&cache("PT1H"), "", &cache("soon"), ""));
    assert_eq!(metadata.cache_duration(), Some(Duration::HOUR));
    assert!(matches!(metadata.warnings(), [MetadataWarning::CacheDuration { .. }]));
    assert_eq!(
        metadata.warnings()[0].to_string(),
        "its cacheDuration counts as none: \"soon\" is not a duration: expected the form P1DT2H3M4.5S, \
         not negative and at most a hundred years"
    );
}
