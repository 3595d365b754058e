//! One test a rule: the honest request with that one thing changed.

use landfall_saml::{CertificateDates, LogoutKind, NameId, Policy, RawLogout, Reject, Unsolicited, Verdict};
use landfall_xmldsig::{
    ContentAlgorithm, DecryptionKey, DecryptionKeys, EncryptionPolicy, KeyTransport, encrypt,
};
use time::Duration;
use time::macros::datetime;

use super::message::name_id;
use super::{SLO, TestLogout, accept, accept_with, accepted, rejected, with_slo};
use crate::{IDP, NOW, certificate, idp, sp, strict};

#[test]
fn an_honest_request_is_accepted() {
    let request = accepted(|_| {});
    assert_eq!(request.id().as_str(), "_l1");
    assert_eq!(request.issuer().as_str(), IDP);
    assert_eq!(request.name_id(), &NameId::new("B.Simon@contoso.example", None, None, None).unwrap());
    assert_eq!(request.session_indexes().iter().map(|index| index.expose()).collect::<Vec<_>>(), ["_a1"]);
    assert_eq!(request.signer(), certificate("signer").fingerprint());
    assert!(!format!("{request:?}").contains("Simon") && !format!("{request:?}").contains("_a1"));
}

#[test]
fn every_rule_has_its_line() {
    for raw in [TestLogout::request().posted("signer"), TestLogout::request().redirected("signer")] {
        let (_, decision) = accept(&raw);
        let rules: Vec<&str> = decision.checks().iter().map(|check| check.rule).collect();
        let expected =
            ["layout", "signature", "signed_content", "version", "issue_instant", "age", "destination"];
        assert_eq!(rules[..7], expected);
        assert_eq!(rules[7..], ["certificate_dates", "issuer", "not_on_or_after"]);
        assert!(decision.checks().iter().all(|check| check.verdict == Verdict::Pass), "{decision}");
        assert_eq!(decision.signer(), Some(certificate("signer").fingerprint()));
        assert!(!decision.to_string().contains("Simon"), "{decision}");
    }
}

/// [saml-core 3.2.1], [saml-core 1.3.4]
#[test]
fn e24_version_and_id() {
    rejected("version", |l| l.version = "1.1".into());
    let digit = TestLogout { id: "1l".into(), ..TestLogout::request() };
    assert_eq!(accept(&digit.redirected("signer")).0.unwrap_err().code(), "read.id");
    assert_eq!(accept(&digit.posted("signer")).0.unwrap_err().code(), "signature.shape.id");
    rejected("read.instant", |l| l.issue_instant = "yesterday".into());
}

/// [saml-core 3.2.1, 3.2.2]
#[test]
fn e19_a_request_is_fresh() {
    accepted(|l| l.issue_instant = "2030-01-02T03:05:05.000Z".into());
    rejected("issue_instant", |l| l.issue_instant = "2030-01-02T03:05:05.001Z".into());
    accepted(|l| l.issue_instant = "2030-01-02T02:53:05.001Z".into());
    rejected("logout.issue_instant", |l| l.issue_instant = "2030-01-02T02:53:05.000Z".into());
}

/// [saml-core 3.7.1]
#[test]
fn e7_a_request_has_an_end() {
    let until = |end: &str| format!(" Destination=\"{SLO}\" NotOnOrAfter=\"{end}\"");
    accepted(|l| l.attributes = until("2030-01-02T03:03:05.001Z"));
    rejected("logout.not_on_or_after", |l| l.attributes = until("2030-01-02T03:03:05.000Z"));
    rejected("read.instant", |l| l.attributes = until("soon"));
    // It passes again until its end or its age, whichever is first, and no longer.
    let short = accepted(|l| l.attributes = until("2030-01-02T03:06:05.000Z"));
    assert_eq!(short.usable_until(), datetime!(2030-01-02 03:07:05 UTC));
    for attributes in [until("2130-01-02T03:06:05.000Z"), format!(" Destination=\"{SLO}\"")] {
        let mut logout = TestLogout::request();
        logout.attributes = attributes;
        let long = accepted(|l| *l = logout.clone());
        assert_eq!(long.usable_until(), datetime!(2030-01-02 03:15:05.805 UTC));
        let at = |now| accept_with(&logout.posted("signer"), &with_slo(), &strict(), now).0;
        assert!(at(long.usable_until() - Duration::milliseconds(1)).is_ok());
        assert_eq!(at(long.usable_until()).unwrap_err().code(), "logout.issue_instant");
    }
}

/// [saml-bindings 3.4.5.2, 3.5.5.2]
#[test]
fn e4_destination() {
    for other in ["https://sp.example/saml/slo/", "https://sp.example/saml/acs", ""] {
        rejected("logout.destination", |l| l.attributes = format!(" Destination=\"{other}\""));
    }
    // What was meant for another service provider is nobody's, and so not ours.
    rejected("logout.destination", |l| l.attributes = String::new());
    // Without an address of ours none is right.
    let (judged, _) = accept_with(&TestLogout::request().redirected("signer"), &sp(), &strict(), NOW);
    assert_eq!(judged.unwrap_err().code(), "logout.destination");
}

/// [saml-profiles 4.4.4.1]
#[test]
fn e11_issuer() {
    let other = IDP.trim_end_matches('/');
    rejected("issuer", |l| l.issuer = l.issuer.replace(IDP, other));
    rejected("read.child", |l| l.issuer = String::new());
    rejected("read.empty", |l| l.issuer = l.issuer.replace(IDP, ""));
    // Entra's other name is for answers alone.
    let login = IDP.replace("sts.windows.net", "login.microsoftonline.com");
    rejected("issuer", |l| l.issuer = l.issuer.replace(IDP, &login));
}

#[test]
fn c16_certificate_dates() {
    let late = certificate("signer").not_after() + Duration::seconds(1);
    let mut logout = TestLogout::request();
    logout.attributes = format!(" Destination=\"{SLO}\"");
    let format = time::format_description::well_known::Rfc3339;
    logout.issue_instant = late.format(&format).unwrap();
    let at = |policy: &Policy| accept_with(&logout.posted("signer"), &with_slo(), policy, late).0;
    assert_eq!(at(&strict()).unwrap_err().code(), "certificate.dates");
    assert!(at(&Policy::new(Unsolicited::Refuse, CertificateDates::Warn)).is_ok());
}

#[test]
fn e19_unsigned_and_foreign() {
    let logout = TestLogout::request();
    let query = logout.query();
    let unsigned = [
        RawLogout::from_xml(LogoutKind::Request, logout.xml().as_bytes()),
        super::message::posted(LogoutKind::Request, &logout.xml()),
        RawLogout::from_query(&query).unwrap(),
        RawLogout::from_query(query.split_once("&SigAlg").unwrap().0).unwrap(),
    ];
    for raw in unsigned {
        assert_eq!(accept(&raw).0.unwrap_err(), Reject::LogoutUnsigned);
    }
    for raw in [logout.posted("other"), logout.redirected("other")] {
        assert_eq!(accept(&raw).0.unwrap_err().code(), "signature.unknown_key");
    }
}

/// [saml-core 3.7.1]
#[test]
fn e15_one_name_id_and_its_sessions() {
    rejected("read.child", |l| l.body = "<samlp:SessionIndex>_a1</samlp:SessionIndex>".into());
    rejected("read.child", |l| l.body = name_id("a") + &name_id("b"));
    rejected("read.empty", |l| l.body = name_id(""));
    rejected("read.child", |l| {
        l.body = "<samlp:SessionIndex>_a1</samlp:SessionIndex>".to_owned() + &name_id("a")
    });
    rejected("read.empty", |l| l.body += "<samlp:SessionIndex/>");
    rejected("read.child", |l| l.body += "<samlp:Other/>");
    let all = accepted(|l| l.body = name_id(" é"));
    assert_eq!((all.name_id().value(), all.session_indexes().len()), (" é", 0));
    let sessions =
        |count: usize| name_id("a") + &"<samlp:SessionIndex>_a1</samlp:SessionIndex>".repeat(count);
    assert_eq!(accepted(|l| l.body = sessions(64)).session_indexes().len(), 64);
    rejected("read.sessions", |l| l.body = sessions(65));
    let long =
        |length| name_id("a") + &format!("<samlp:SessionIndex>{}</samlp:SessionIndex>", "x".repeat(length));
    accepted(|l| l.body = long(1024));
    rejected("read.id", |l| l.body = long(1025));
}

/// [saml-core 2.2.3]
#[test]
fn e14_a_name_id_keeps_its_qualifiers() {
    let request = accepted(|l| {
        l.body =
            "<NameID xmlns=\"urn:oasis:names:tc:SAML:2.0:assertion\" Format=\"urn:f\" NameQualifier=\"n\" \
                  SPNameQualifier=\"s\">a</NameID>"
                .into();
    });
    assert_eq!(request.name_id(), &NameId::new("a", Some("urn:f"), Some("n"), Some("s")).unwrap());
    assert_ne!(request.name_id(), &NameId::new("a", None, None, None).unwrap());
}

/// [saml-core 2.2.4]
#[test]
fn an_encrypted_name_id_is_read_behind_the_signature() {
    let encrypted = |recipient: &str| {
        let data = encrypt(
            &name_id("hidden"),
            &[certificate(recipient)],
            ContentAlgorithm::Aes256Gcm,
            KeyTransport::RsaOaepSha1,
        );
        let data = data.unwrap();
        let mut logout = TestLogout::request();
        logout.body = format!(
            "<EncryptedID xmlns=\"urn:oasis:names:tc:SAML:2.0:assertion\">{data}</EncryptedID>\
             <samlp:SessionIndex>_a1</samlp:SessionIndex>"
        );
        logout
    };
    let key = DecryptionKey::from_pem(include_str!("../../keys/other.key.pem")).unwrap();
    let keys = DecryptionKeys::new([key]).unwrap();
    let ours = with_slo().with_decryption(keys, EncryptionPolicy::standard());
    let without = with_slo();
    let with = |sp, raw: &RawLogout| accept_with(raw, sp, &strict(), NOW);
    for raw in [encrypted("other").posted("signer"), encrypted("other").redirected("signer")] {
        let (request, decision) = with(&ours, &raw);
        assert_eq!(request.unwrap().name_id().value(), "hidden");
        assert!(!decision.to_string().contains("hidden"));
        assert_eq!(with(&without, &raw).0.unwrap_err().code(), "read.encrypted");
    }
    let stranger = encrypted("signer").posted("signer");
    assert_eq!(with(&ours, &stranger).0.unwrap_err().code(), "encryption.failed");
    // Nothing is decrypted for whoever has signed nothing.
    let (refused, decision) = with(&ours, &encrypted("other").posted("other"));
    assert_eq!(refused.unwrap_err().code(), "signature.unknown_key");
    assert!(decision.checks().iter().all(|check| check.rule != "decryption"));
}

#[test]
fn an_answer_is_no_request() {
    let raw = TestLogout::response().posted("signer");
    let received = raw.read().unwrap();
    let (judged, _) = with_slo().accept_logout(&idp(), &received, &strict(), NOW);
    assert_eq!(judged.unwrap_err().code(), "read.root");
    // And the name of the field says which it is.
    let swapped = super::message::posted(LogoutKind::Response, &TestLogout::request().signed("signer"));
    assert_eq!(swapped.read().unwrap_err().code(), "read.root");
}
