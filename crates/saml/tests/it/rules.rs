//! One test a rule: the honest response with that one thing changed.

use landfall_saml::{CertificateDates, Policy, Reject, Unsolicited, Verdict};
use landfall_xmldsig::Signer;
use time::Duration;
use time::macros::datetime;

use crate::response::{audience, conditions};
use crate::{
    IDP, REQUEST, Sign, TestResponse, accepted, certificate, finish, finish_with, pending, rejected,
    rejected_signed, strict,
};

#[test]
fn an_honest_response_is_a_login() {
    for sign in [Sign::Assertion, Sign::Response, Sign::Both] {
        let (login, decision) = finish(&TestResponse::honest().signed(sign));
        let login = login.unwrap_or_else(|reject| panic!("{sign:?}: {reject:?}\n{decision}"));
        assert_eq!(login.assertion_id().as_str(), "_a1");
        assert_eq!(login.name_id().value(), "B.Simon@contoso.example");
        assert_eq!(login.issuer().as_str(), IDP);
        assert_eq!(login.request().unwrap().as_str(), REQUEST);
        assert_eq!(login.signer(), certificate("signer").fingerprint());
        assert_eq!(login.session_index(), Some("_a1"));
        assert_eq!(login.authn_instant(), datetime!(2030-01-01 20:00:00.039 UTC));
        assert_eq!(login.authn_context_class(), Some("urn:oasis:names:tc:SAML:2.0:ac:classes:Password"));
        assert_eq!(login.usable_until(), datetime!(2030-01-02 04:05:05.648 UTC));
        assert_eq!(login.attributes()[1].values(), ["B"]);
        assert_eq!(decision.signer(), Some(certificate("signer").fingerprint()));
    }
}

#[test]
fn every_rule_has_its_line() {
    let (_, decision) = finish(&TestResponse::honest().signed(Sign::Both));
    let rules: Vec<&str> = decision.checks().iter().map(|check| check.rule).collect();
    insta::assert_snapshot!(rules.join("\n"));
    assert!(
        decision.checks().iter().all(|check| check.verdict != Verdict::Fail && !check.citation.is_empty())
    );
}

#[test]
fn a_decision_tells_everything_that_is_wrong_at_once() {
    let mut response = TestResponse::honest();
    response.conditions = conditions("NotOnOrAfter=\"2029-01-01T00:00:00Z\"", &audience("urn:other"));
    let (login, decision) = finish(&response.signed(Sign::Assertion));
    assert_eq!(login.unwrap_err().code(), "conditions.not_on_or_after");
    let failed: Vec<_> = decision.checks().iter().filter(|check| check.verdict == Verdict::Fail).collect();
    assert_eq!(
        failed.iter().filter_map(|check| check.code).collect::<Vec<_>>(),
        ["conditions.not_on_or_after", "audience"]
    );
    assert!(failed.iter().all(|check| check.remedy.is_some()));
    insta::assert_snapshot!(decision.to_string());
}

#[test]
fn a_decision_holds_no_personal_data() {
    let mut response = TestResponse::honest();
    response.status = "<samlp:StatusCode Value=\"urn:oasis:names:tc:SAML:2.0:status:Requester\"/>".to_owned()
        + "</samlp:Status><samlp:Status>";
    for xml in [
        TestResponse::honest().signed(Sign::Assertion),
        TestResponse::honest().signed_by("other", Sign::Assertion),
    ] {
        let decision = finish(&xml).1.to_string();
        assert!(!decision.contains("Simon"), "{decision}");
    }
}

/// [saml-core 3.2.2.1, 3.2.2.2]
#[test]
fn e10_status() {
    let failed = |message: &str| {
        format!(
            "<samlp:StatusCode Value=\"urn:oasis:names:tc:SAML:2.0:status:Requester\">\
             <samlp:StatusCode Value=\"urn:oasis:names:tc:SAML:2.0:status:RequestUnsupported\"/></samlp:StatusCode>{message}"
        )
    };
    let message = "<samlp:StatusMessage>AADSTS50105: Your administrator has configured B.Simon@contoso.example …</samlp:StatusMessage>";
    let reject = rejected("status", |r| r.status = failed(message));
    assert!(reject.to_string().contains("B.Simon"));
    let kept = reject.without_personal_data();
    assert_eq!(
        kept,
        "urn:oasis:names:tc:SAML:2.0:status:Requester, urn:oasis:names:tc:SAML:2.0:status:RequestUnsupported, AADSTS50105"
    );
    // A nested Success does not count.
    rejected("status", |r| {
        r.status = "<samlp:StatusCode Value=\"urn:x\"><samlp:StatusCode Value=\"urn:oasis:names:tc:SAML:2.0:status:Success\"/></samlp:StatusCode>".into();
    });
    // Without an assertion, as Entra sends it, the failure is told all the same.
    let mut response = TestResponse::honest();
    response.status = failed("");
    assert_eq!(finish(&response.around("")).0.unwrap_err().code(), "status");
}

#[test]
fn each_code_of_entra_brings_its_remedy() {
    for known in landfall_saml::ENTRA_CODES {
        let reject = rejected("status", |r| {
            r.status = format!(
                "<samlp:StatusCode Value=\"urn:oasis:names:tc:SAML:2.0:status:Requester\"/>\
                 <samlp:StatusMessage>{}: it is so.</samlp:StatusMessage>",
                known.code
            );
        });
        assert_eq!(reject.remedy(), known.remedy, "{}", known.code);
    }
}

/// [saml-core 1.3.4, 2.3.3, 3.2.2]
#[test]
fn e24_versions_ids_and_issue_instants() {
    rejected("version", |r| r.version = "1.1".into());
    rejected("version", |r| r.assertion_version = "2.1".into());
    rejected("read.id", |r| r.response_id = "1r".into());
    rejected_signed("read.id", Sign::Response, |r| r.assertion_id = "1a".into());
    accepted(|r| r.response_issue_instant = "2030-01-02T03:05:05.000Z".into());
    rejected("issue_instant", |r| r.response_issue_instant = "2030-01-02T03:05:05.001Z".into());
    accepted(|r| r.issue_instant = "2030-01-02T03:05:05.000Z".into());
    rejected("issue_instant", |r| r.issue_instant = "2030-01-02T03:05:05.001Z".into());
    rejected("read.instant", |r| r.issue_instant = "yesterday".into());
}

/// [saml-bindings 3.5.5.2]
#[test]
fn e4_destination() {
    accepted(|r| r.response_attributes = format!(" InResponseTo=\"{REQUEST}\""));
    for other in
        ["https://sp.example/saml/acs/", "https://SP.example/saml/acs", "http://sp.example/saml/acs", ""]
    {
        rejected("destination", |r| {
            r.response_attributes = format!(" Destination=\"{other}\" InResponseTo=\"{REQUEST}\"")
        });
    }
    // A signed Response must have one.
    rejected_signed("destination", Sign::Response, |r| {
        r.response_attributes = format!(" InResponseTo=\"{REQUEST}\"")
    });
}

/// [saml-profiles 4.1.4.2], [saml-core 8.3.6]
#[test]
fn e11_issuers() {
    accepted(|r| r.response_issuer = String::new());
    let other = IDP.trim_end_matches('/');
    rejected("issuer", |r| r.response_issuer = r.response_issuer.replace(IDP, other));
    rejected("issuer", |r| r.issuer = format!("<Issuer>{other}</Issuer>"));
    rejected("read.child", |r| r.issuer = String::new());
    rejected("read.empty", |r| r.issuer = "<Issuer/>".into());
    accepted(|r| {
        r.issuer =
            format!("<Issuer Format=\"urn:oasis:names:tc:SAML:2.0:nameid-format:entity\">{IDP}</Issuer>")
    });
    rejected("read.issuer_format", |r| {
        r.issuer =
            format!("<Issuer Format=\"urn:oasis:names:tc:SAML:2.0:nameid-format:persistent\">{IDP}</Issuer>");
    });
}

#[test]
fn c16_certificate_dates() {
    let xml = TestResponse::honest().signed(Sign::Assertion);
    let certificate = certificate("signer");
    let warn = Policy::new(Unsolicited::Refuse, CertificateDates::Warn);
    for (now, inside) in [
        (certificate.not_before() - Duration::seconds(1), false),
        (certificate.not_before(), true),
        (certificate.not_after(), true),
        (certificate.not_after() + Duration::seconds(1), false),
    ] {
        let line = |policy: &Policy| {
            let (_, decision) = finish_with(&xml, Some(&pending()), policy, now);
            decision.checks().iter().find(|check| check.rule == "certificate_dates").unwrap().verdict
        };
        assert_eq!(line(&strict()), if inside { Verdict::Pass } else { Verdict::Fail }, "{now}");
        assert_eq!(line(&warn), if inside { Verdict::Pass } else { Verdict::Warn }, "{now}");
    }
}

#[test]
fn c6_unsigned_and_foreign() {
    assert_eq!(finish(&TestResponse::honest().signed(Sign::Nothing)).0.unwrap_err(), Reject::Unsigned);
    for sign in [Sign::Assertion, Sign::Response, Sign::Both] {
        let reject = finish(&TestResponse::honest().signed_by("other", sign)).0.unwrap_err();
        assert_eq!(reject.code(), "signature.unknown_key");
    }
}

#[test]
fn a24_both_signatures_must_hold() {
    let xml = TestResponse::honest().signed(Sign::Both);
    assert!(finish(&xml).0.is_ok());
    // The Response's signature covers the Destination, the assertion's does not.
    let outer = xml.replacen(
        "IssueInstant=\"2030-01-02T03:04:05.805Z\"",
        "IssueInstant=\"2030-01-02T03:04:05.804Z\"",
        1,
    );
    assert_eq!(finish(&outer).0.unwrap_err().code(), "signature.digest");
    let other = TestResponse::honest().signed_by("other", Sign::Assertion);
    let mixed =
        crate::key("signer").sign_element(&other, "_r1", landfall_xmldsig::SignaturePlace::Second).unwrap();
    assert_eq!(finish(&mixed).0.unwrap_err().code(), "signature.unknown_key");
}
