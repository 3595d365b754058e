//! One test a rule: the honest response with that one thing changed.

use landfall_saml::{CertificateDates, Policy, Reject, Unsolicited, Verdict};
use time::Duration;
use time::macros::datetime;

use crate::response::{attribute, audience, authn, bearer, conditions, confirmation};
use crate::{
    ACS, IDP, NOW, REQUEST, SP, Sign, TestResponse, accepted, certificate, finish, finish_with, pending,
    rejected, rejected_signed, strict,
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
fn e24_versions_ids_and_issue_instants() {
    rejected("version", |r| r.version = "1.1".into());
    rejected("version", |r| r.assertion_version = "2.1".into());
    rejected("read.id", |r| r.response_id = "1r".into());
    accepted(|r| r.response_issue_instant = "2030-01-02T03:05:05.000Z".into());
    rejected("issue_instant", |r| r.response_issue_instant = "2030-01-02T03:05:05.001Z".into());
    accepted(|r| r.issue_instant = "2030-01-02T03:05:05.000Z".into());
    rejected("issue_instant", |r| r.issue_instant = "2030-01-02T03:05:05.001Z".into());
    rejected("read.instant", |r| r.issue_instant = "yesterday".into());
}

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
    // A signed Response must have one [saml-bindings 3.5.5.2].
    rejected_signed("destination", Sign::Response, |r| {
        r.response_attributes = format!(" InResponseTo=\"{REQUEST}\"")
    });
}

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
fn e5_in_response_to() {
    let data = |attribute: &str| {
        bearer(&format!("{attribute} NotOnOrAfter=\"2030-01-02T04:04:05Z\" Recipient=\"{ACS}\""))
    };
    accepted(|r| r.confirmations = data(&format!("InResponseTo=\"{REQUEST}\"")));
    accepted(|r| r.response_attributes = format!(" Destination=\"{ACS}\""));
    rejected("in_response_to", |r| r.confirmations = data("InResponseTo=\"_other\""));
    rejected("in_response_to", |r| r.confirmations = data(""));
    rejected("in_response_to", |r| {
        r.response_attributes = format!(" Destination=\"{ACS}\" InResponseTo=\"_other\"")
    });
}

#[test]
fn e6_unsolicited() {
    let mut response = TestResponse::honest();
    response.confirmations = bearer(&format!("NotOnOrAfter=\"2030-01-02T04:04:05Z\" Recipient=\"{ACS}\""));
    response.response_attributes = format!(" Destination=\"{ACS}\"");
    let judge = |response: &TestResponse, unsolicited| {
        let message = landfall_saml::RawMessage::from_xml(response.signed(Sign::Assertion).as_bytes());
        let policy = Policy::new(unsolicited, CertificateDates::Refuse);
        let (judged, _) = crate::sp().finish(&crate::idp(), None, &message.response().unwrap(), &policy, NOW);
        judged.map(|accepted| matches!(accepted, landfall_saml::Accepted::Login(_)))
    };
    assert_eq!(judge(&response, Unsolicited::Refuse), Err(Reject::Unsolicited));
    assert_eq!(judge(&response, Unsolicited::Accept), Ok(true));
    assert_eq!(judge(&response, Unsolicited::Restart), Ok(false));
    // One that claims to answer something is never taken for unsolicited.
    let answers = TestResponse::honest();
    for policy in [Unsolicited::Accept, Unsolicited::Restart] {
        assert_eq!(judge(&answers, policy).unwrap_err().code(), "in_response_to");
        let outer = TestResponse { confirmations: response.confirmations.clone(), ..TestResponse::honest() };
        assert_eq!(judge(&outer, policy).unwrap_err().code(), "in_response_to");
    }
    // And where a request waits, one that answers none is refused.
    let policy = Policy::new(Unsolicited::Accept, CertificateDates::Refuse);
    let (login, _) = finish_with(&response.signed(Sign::Assertion), Some(&pending()), &policy, NOW);
    assert_eq!(login.unwrap_err().code(), "in_response_to");
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
fn e8_bearer_confirmations() {
    let good = bearer(&format!(
        "InResponseTo=\"{REQUEST}\" NotOnOrAfter=\"2030-01-02T04:04:05Z\" Recipient=\"{ACS}\""
    ));
    let expired = bearer(&format!(
        "InResponseTo=\"{REQUEST}\" NotOnOrAfter=\"2030-01-02T02:04:05Z\" Recipient=\"{ACS}\""
    ));
    let elsewhere = bearer(&format!(
        "InResponseTo=\"{REQUEST}\" NotOnOrAfter=\"2030-01-02T04:04:05Z\" Recipient=\"https://x.example/\""
    ));
    let holder = confirmation(
        "urn:oasis:names:tc:SAML:2.0:cm:holder-of-key",
        &format!("InResponseTo=\"{REQUEST}\" NotOnOrAfter=\"2030-01-02T04:04:05Z\" Recipient=\"{ACS}\""),
    );
    let vouches = holder.replace("holder-of-key", "sender-vouches");
    accepted(|r| r.confirmations = [&expired, &holder, &good].map(String::as_str).concat());
    rejected("confirmation.bearer", |r| r.confirmations = String::new());
    rejected("confirmation.bearer", |r| r.confirmations.clone_from(&holder));
    rejected("confirmation.bearer", |r| r.confirmations.clone_from(&vouches));
    // The parts of two do not make one.
    rejected("confirmation.not_on_or_after", |r| r.confirmations = format!("{expired}{elsewhere}"));
    rejected("confirmation.bearer", |r| {
        r.confirmations = r.confirmations.replace("cm:bearer", "cm:Bearer");
    });
}

#[test]
fn e3_recipient() {
    let data = |recipient: &str| {
        bearer(&format!("InResponseTo=\"{REQUEST}\" NotOnOrAfter=\"2030-01-02T04:04:05Z\" {recipient}"))
    };
    accepted(|r| r.confirmations = data(&format!("Recipient=\"{ACS}\"")));
    for other in [
        "",
        "Recipient=\"\"",
        "Recipient=\"https://sp.example/saml/acs?\"",
        "Recipient=\"https://sp.example/SAML/acs\"",
    ] {
        rejected("confirmation.recipient", |r| r.confirmations = data(other));
    }
}

#[test]
fn e7_confirmation_times() {
    let data = |times: &str| bearer(&format!("InResponseTo=\"{REQUEST}\" {times} Recipient=\"{ACS}\""));
    // Now is 03:04:05, the clocks may be 60 s apart, the end is exclusive.
    accepted(|r| r.confirmations = data("NotOnOrAfter=\"2030-01-02T03:03:05.001Z\""));
    rejected("confirmation.not_on_or_after", |r| {
        r.confirmations = data("NotOnOrAfter=\"2030-01-02T03:03:05.000Z\"")
    });
    rejected("confirmation.not_on_or_after", |r| r.confirmations = data(""));
    rejected("confirmation.not_before", |r| {
        r.confirmations = data("NotBefore=\"2030-01-02T03:00:00Z\" NotOnOrAfter=\"2030-01-02T04:04:05Z\"");
    });
    rejected("read.instant", |r| r.confirmations = data("NotOnOrAfter=\"soon\""));
}

#[test]
fn e7_condition_times() {
    let window = |times: &str| conditions(times, &audience(SP));
    accepted(|r| r.conditions = window(""));
    accepted(|r| r.conditions = window("NotBefore=\"2030-01-02T03:05:05.000Z\""));
    rejected("conditions.not_before", |r| r.conditions = window("NotBefore=\"2030-01-02T03:05:05.001Z\""));
    accepted(|r| r.conditions = window("NotOnOrAfter=\"2030-01-02T03:03:05.001Z\""));
    rejected("conditions.not_on_or_after", |r| {
        r.conditions = window("NotOnOrAfter=\"2030-01-02T03:03:05.000Z\"")
    });
}

#[test]
fn an_assertion_is_remembered_as_long_as_it_lasts() {
    let window = |end: &str| conditions(&format!("NotOnOrAfter=\"{end}\""), &audience(SP));
    let login = accepted(|r| r.conditions = window("2030-01-03T04:04:05.000Z"));
    assert_eq!(login.usable_until(), datetime!(2030-01-03 04:05:05 UTC));
    rejected("lifetime", |r| r.conditions = window("2030-01-03T04:04:05.001Z"));
    rejected("lifetime", |r| r.conditions = window("9999-12-31T23:59:59.999Z"));
    let data =
        format!("InResponseTo=\"{REQUEST}\" NotOnOrAfter=\"9999-12-31T23:59:59Z\" Recipient=\"{ACS}\"");
    rejected("lifetime", |r| r.confirmations = bearer(&data));
}

#[test]
fn e2_audience() {
    accepted(|r| {
        r.conditions = conditions(
            "",
            &format!(
                "<AudienceRestriction><Audience>urn:a</Audience><Audience>{SP}</Audience></AudienceRestriction>"
            ),
        )
    });
    accepted(|r| r.conditions = conditions("", &audience(SP).repeat(2)));
    rejected("audience", |r| r.conditions = conditions("", &(audience(SP) + &audience("urn:a"))));
    rejected("audience", |r| r.conditions = conditions("", ""));
    rejected("audience", |r| r.conditions = String::new());
    for other in [
        "urn:other",
        "spn:https://sp.example/saml/metadata",
        "https://sp.example/saml/metadata/",
        "https://SP.example/saml/metadata",
    ] {
        rejected("audience", |r| r.conditions = conditions("", &audience(other)));
    }
    rejected("read.child", |r| r.conditions = conditions("", "<AudienceRestriction/>"));
}

#[test]
fn e2_a_policy_may_do_without_an_audience() {
    let open = strict().danger_allow_missing_audience();
    let judge = |inner: &str| {
        let mut response = TestResponse::honest();
        response.conditions = conditions("", inner);
        finish_with(&response.signed(Sign::Assertion), Some(&pending()), &open, NOW).0.map(drop)
    };
    assert_eq!(judge(""), Ok(()));
    assert_eq!(judge(&audience(SP)), Ok(()));
    assert_eq!(judge(&audience("urn:other")).unwrap_err().code(), "audience");
}

#[test]
fn e9_conditions_are_understood() {
    let with = |condition: &str| conditions("", &(audience(SP) + condition));
    accepted(|r| r.conditions = with("<OneTimeUse/><ProxyRestriction Count=\"0\"/>"));
    rejected("conditions.unknown", |r| {
        r.conditions = with(
            "<Condition xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:type=\"OneTimeUse\"/>",
        )
    });
    rejected("conditions.unknown", |r| r.conditions = with("<OneTimeUse xmlns=\"urn:x\"/>"));
}

#[test]
fn e16_name_qualifier() {
    let name_id = |qualifier: &str| format!("<NameID SPNameQualifier=\"{qualifier}\">x</NameID>");
    accepted(|r| r.name_id = name_id(SP));
    rejected("name_id.qualifier", |r| r.name_id = name_id("urn:other"));
}

#[test]
fn e14_e15_name_id() {
    let value = |text: &str| {
        accepted(|r| r.name_id = format!("<NameID>{text}</NameID>")).name_id().value().to_owned()
    };
    assert_eq!(value(" Ä.Simon\u{200B}@Contoso.example "), " Ä.Simon\u{200B}@Contoso.example ");
    rejected("read.child", |r| r.name_id = String::new());
    rejected("read.empty", |r| r.name_id = "<NameID/>".into());
    rejected("read.child", |r| r.name_id = r.name_id.repeat(2));
    rejected("read.encrypted", |r| r.name_id = "<EncryptedID/>".into());
}

#[test]
fn e15_attributes() {
    let login = accepted(|r| {
        r.attributes =
            attribute("groups", &["a", "b", "a"]) + &attribute("empty", &[]) + &attribute("blank", &[""])
    });
    assert_eq!(login.attributes()[0].values(), ["a", "b", "a"]);
    assert!(login.attributes()[1].values().is_empty());
    assert_eq!(login.attributes()[2].values(), [""]);
    rejected("attribute.twice", |r| {
        r.attributes = attribute("role", &["user"]) + &attribute("role", &["admin"])
    });
    accepted(|r| r.attributes = attribute("role", &["user"]) + &attribute("Role", &["admin"]));
    rejected("read.encrypted", |r| r.attributes = "<EncryptedAttribute/>".into());
    // A value that is itself XML is no text; nil is no value.
    let xsi = "xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"";
    let odd = format!(
        "<Attribute Name=\"x\"><AttributeValue><NameID>n</NameID></AttributeValue><AttributeValue {xsi} xsi:nil=\"true\"/><AttributeValue {xsi} xsi:type=\"xs:integer\">5</AttributeValue></Attribute>"
    );
    assert_eq!(accepted(|r| r.attributes = odd).attributes()[0].values(), ["5"]);
}

#[test]
fn e23_authn_statement() {
    rejected("authn.statement", |r| r.authn = String::new());
    // How long ago does not matter: Entra sends instants that are months old.
    accepted(|r| r.authn = authn("AuthnInstant=\"2029-10-01T00:00:00Z\""));
    accepted(|r| r.authn = authn("AuthnInstant=\"2030-01-02T03:05:05.000Z\""));
    rejected("authn.instant", |r| r.authn = authn("AuthnInstant=\"2030-01-02T03:05:05.001Z\""));
    accepted(|r| {
        r.authn =
            authn("AuthnInstant=\"2030-01-02T03:00:00Z\" SessionNotOnOrAfter=\"2030-01-02T03:03:05.001Z\"")
    });
    rejected("authn.session_end", |r| {
        r.authn =
            authn("AuthnInstant=\"2030-01-02T03:00:00Z\" SessionNotOnOrAfter=\"2030-01-02T03:03:05.000Z\"")
    });
    rejected("read.attribute", |r| r.authn = authn("SessionIndex=\"x\""));
}

#[test]
fn e25_unknown_elements() {
    rejected("read.child", |r| r.advice = "<Extra xmlns=\"urn:x\"/>".into());
    rejected("read.child", |r| r.authn = r.authn.clone() + "<Statement xmlns=\"urn:x\"/>");
    rejected("read.child", |r| r.before = "<samlp:Extra/>".into());
    rejected("read.content", |r| r.advice = "text".into());
    accepted(|r| r.authn = r.authn.clone() + "<AuthzDecisionStatement/>");
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
