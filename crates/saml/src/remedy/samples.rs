//! One refusal of each kind, for the table of what they say.

use landfall_xmldsig::{
    C14nError, Certificate, ContentError, DecryptError, Document, KeyFingerprint, KeyWeakness, Limits,
    Reformatting, ShapeError, SignatureAlgorithm, VerifyError, decode_base64,
};
use time::Duration;
use time::macros::datetime;

use crate::read::ReadError;
use crate::{EntityId, Reject, instant};

/// One refusal of each kind, and of each cause that has a remedy of its own.
pub(super) fn refusals() -> Vec<Reject> {
    let (now, early) = (datetime!(2030-01-02 03:04:05 UTC), datetime!(2029-01-02 03:04:05 UTC));
    let (sp, skew) = (EntityId::try_from("https://sp.example/").unwrap(), Duration::seconds(60));
    let (acs, text) = (|| "https://sp.example/saml/acs".to_owned(), |text: &str| text.to_owned());
    let slo = text("https://sp.example/saml/slo");
    let certificate = Certificate::from_pem(include_str!("../../tests/keys/signer.crt.pem")).unwrap();
    let key = certificate.fingerprint();
    let mut refusals = vec![
        Reject::Unsigned,
        Reject::Version { element: "Response", found: text("1.1") },
        Reject::IssuedInFuture { element: "Response", issued: now, now: early },
        Reject::Destination { want: acs(), found: Some(text("https://sp.example/other")) },
        Reject::Destination { want: acs(), found: None },
        Reject::Issuer { element: "Assertion", want: sp.clone(), found: text("https://evil.example/") },
        Reject::CertificateDates { fingerprint: key, not_before: early, not_after: early, now },
        Reject::NoBearer { found: vec![text("urn:oasis:names:tc:SAML:2.0:cm:holder-of-key")] },
        Reject::Recipient { want: acs(), found: Some(text("https://sp.example/other")) },
        Reject::Recipient { want: acs(), found: None },
        Reject::ConfirmationNotBefore,
        Reject::ConfirmationEnd { end: Some(early), now },
        Reject::ConfirmationEnd { end: None, now },
        Reject::InResponseTo { want: Some("_a".try_into().unwrap()), found: Some(text("_b")) },
        Reject::Unsolicited,
        Reject::NotYetValid { start: now, now: early, skew },
        Reject::Expired { end: early, now, skew },
        Reject::TooLong { end: now, most: Duration::hours(25) },
        Reject::Audience { found: vec![vec![text("https://sp.example")]], want: sp.clone() },
        Reject::Audience { found: vec![], want: sp.clone() },
        Reject::Audience { found: vec![vec![text("spn:smartconnect")]], want: sp.clone() },
        Reject::Condition { found: text("Quantum") },
        Reject::NameQualifier { found: text("urn:other"), want: sp },
        Reject::NoAuthnStatement,
        Reject::AuthnInFuture { instant: now, now: early },
        Reject::SessionEnded { end: early, now },
        Reject::LogoutUnsigned,
        Reject::LogoutDestination { want: Some(slo.clone()), found: Some(acs()) },
        Reject::LogoutDestination { want: Some(slo.clone()), found: None },
        Reject::LogoutDestination { want: None, found: Some(slo) },
        Reject::LogoutTooOld { issued: early, now, most: Duration::minutes(10) },
        Reject::LogoutExpired { end: early, now },
        Reject::LogoutInResponseTo { want: None, found: Some(text("_b")) },
        Reject::AuthnNotAnew { instant: early, since: now },
        Reject::AuthnTooOld { instant: early, max_age: Duration::minutes(5), now },
        Reject::AuthnContext { want: text("urn:oasis:names:tc:SAML:2.0:ac:classes:X509"), found: None },
        Reject::NameIdFormat { want: "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent", found: None },
        Reject::AttributeTwice { name: text("email") },
    ];
    refusals.extend(unreadable().into_iter().map(Reject::Read));
    let reported = ["AuthnFailed", "RequestDenied", "NoPassive", "NoAuthnContext", "InvalidNameIDPolicy"];
    let reported = reported.iter().chain(&["UnknownPrincipal", "RequestUnsupported", "PartialLogout"]);
    refusals.extend(reported.map(|name| Reject::Status {
        code: text("urn:oasis:names:tc:SAML:2.0:status:Responder"),
        detail: Some(format!("urn:oasis:names:tc:SAML:2.0:status:{name}")),
        message: None,
    }));
    refusals.extend(["AADSTS50105: Ada is not assigned", "AADSTS1: nobody knows it"].map(|message| {
        let code = text("urn:oasis:names:tc:SAML:2.0:status:Responder");
        Reject::Status { code, detail: None, message: Some(text(message)) }
    }));
    let of = |source| Reject::Signature { element: "Assertion", source };
    refusals.extend(unbelieved(key).into_iter().map(of));
    refusals.extend(undecrypted().map(|source| Reject::Decryption { element: "EncryptedAssertion", source }));
    refusals
}

fn unreadable() -> Vec<ReadError> {
    let element = || "NameID".to_owned();
    vec![
        ReadError::Xml(Document::parse(b"<a", &Limits::message()).unwrap_err()),
        ReadError::Xml(Document::parse(b"<a><b ID='x'/><b ID='x'/></a>", &Limits::message()).unwrap_err()),
        ReadError::Xml(Document::parse(b"<x:a/>", &Limits::message()).unwrap_err()),
        ReadError::Namespace {
            element: "Response",
            found: "urn:oasis:names:tc:SAML:1.0:protocol".to_owned(),
        },
        ReadError::Root { expected: "Response", found: "LogoutRequest".to_owned() },
        ReadError::Child { parent: element(), expected: "Issuer".to_owned(), found: "Subject".to_owned() },
        ReadError::Attribute { element: element(), attribute: "ID" },
        ReadError::Content(ContentError::Text { element: element() }),
        ReadError::Instant {
            element: element(),
            attribute: "NotBefore",
            source: instant::read("now").unwrap_err(),
        },
        ReadError::Id { element: element(), source: EntityId::try_from("").unwrap_err() },
        ReadError::IssuerFormat { found: "urn:x".to_owned() },
        ReadError::Empty { element: element() },
        ReadError::Assertions { found: 0 },
        ReadError::Assertions { found: 2 },
        ReadError::AssertionPlace { parent: "Extensions".to_owned() },
        ReadError::NestedResponse,
        ReadError::NestedLogout { element: "LogoutRequest".to_owned() },
        ReadError::Sessions { most: 64 },
        ReadError::SignaturePlace { parent: "Subject".to_owned() },
        ReadError::Encrypted { element: "EncryptedAssertion".to_owned() },
    ]
}

fn unbelieved(key: KeyFingerprint) -> Vec<VerifyError> {
    let (element, tried) = (|| "Assertion".to_owned(), vec![key]);
    let digest = |cause| VerifyError::Digest { signed: "AA==".to_owned(), found: "AQ==".to_owned(), cause };
    let value = |cause| VerifyError::SignatureValue { named: key, cause, tried: vec![key] };
    let algorithm = |place| VerifyError::Algorithm { place, uri: "urn:x".to_owned() };
    let shape = |source| VerifyError::Shape { source };
    vec![
        VerifyError::NotSigned { element: element() },
        VerifyError::SeveralSignatures { element: element(), count: 2 },
        VerifyError::ProcessingInstruction,
        VerifyError::Comment { element: element() },
        shape(ShapeError::Child { parent: element(), expected: "SignedInfo", found: element() }),
        shape(ShapeError::Attribute { element: element(), attribute: "Type".to_owned() }),
        shape(ShapeError::Id { element: element() }),
        shape(ShapeError::Reference { expected: "#_a".to_owned(), found: Some("#_b".to_owned()) }),
        shape(ShapeError::Prefixes { found: 100, most: 64 }),
        shape(ShapeError::Base64 { element: "DigestValue", source: decode_base64("!").unwrap_err() }),
        shape(ShapeError::Content { source: ContentError::Text { element: element() } }),
        algorithm("SignatureMethod"),
        algorithm("CanonicalizationMethod"),
        VerifyError::UnknownKey { tried: tried.clone(), found: None },
        value(None),
        value(Some(Reformatting::LineEnds)),
        VerifyError::KeyKind { named: key, algorithm: SignatureAlgorithm::RsaSha256, tried: tried.clone() },
        VerifyError::WeakKey { named: key, tried, weakness: KeyWeakness::Short { bits: 1024, least: 2048 } },
        digest(None),
        digest(Some(Reformatting::Indented)),
        VerifyError::Canonicalization { source: C14nError::RelativeNamespace { uri: "x".to_owned() } },
        VerifyError::Canonicalization { source: C14nError::LongBase { found: 2, most: 1 } },
    ]
}

fn undecrypted() -> [DecryptError; 8] {
    [
        DecryptError::Shape { source: ShapeError::Id { element: "EncryptedData".to_owned() } },
        DecryptError::Type { found: None },
        DecryptError::Algorithm { place: "EncryptionMethod", uri: "urn:x".to_owned() },
        DecryptError::Mix { digest: "urn:x".to_owned(), mask: "urn:y".to_owned() },
        DecryptError::Reference { element: "RetrievalMethod", uri: "http://evil.example/".to_owned() },
        DecryptError::NoKey,
        DecryptError::TooManyKeys { found: 9, most: 8 },
        DecryptError::Failed,
    ]
}
