//! Rules on the bearer confirmation, and on whether anybody asked.

use landfall_saml::{CertificateDates, Policy, Reject, Unsolicited};

use crate::response::{bearer, confirmation};
use crate::{ACS, NOW, REQUEST, Sign, TestResponse, accepted, finish_with, pending, rejected};

/// [saml-profiles 4.1.4.2, 4.1.4.3]
#[test]
fn e8_bearer_confirmations() {
    let good = bearer(&format!(
        "InResponseTo=\"{REQUEST}\" NotOnOrAfter=\"2030-01-02T04:04:05Z\" Recipient=\"{ACS}\""
    ));
    let expired = good.replace("T04:04:05Z", "T02:04:05Z");
    let elsewhere = good.replace(ACS, "https://x.example/");
    let early = good.replace("NotOnOrAfter", "NotBefore=\"2030-01-02T03:00:00Z\" NotOnOrAfter");
    let stray = good.replace(REQUEST, "_other");
    let holder = confirmation(
        "urn:oasis:names:tc:SAML:2.0:cm:holder-of-key",
        &format!("InResponseTo=\"{REQUEST}\" NotOnOrAfter=\"2030-01-02T04:04:05Z\" Recipient=\"{ACS}\""),
    );
    let vouches = holder.replace("holder-of-key", "sender-vouches");
    accepted(|r| r.confirmations = [&expired, &holder, &good].map(String::as_str).concat());
    for other in [&expired, &elsewhere, &early, &stray] {
        accepted(|r| r.confirmations = format!("{other}{good}"));
    }
    rejected("confirmation.bearer", |r| r.confirmations = String::new());
    rejected("confirmation.bearer", |r| r.confirmations.clone_from(&holder));
    rejected("confirmation.bearer", |r| r.confirmations.clone_from(&vouches));
    // The parts of two do not make one.
    rejected("confirmation.not_on_or_after", |r| r.confirmations = format!("{expired}{elsewhere}"));
    rejected("confirmation.bearer", |r| {
        r.confirmations = r.confirmations.replace("cm:bearer", "cm:Bearer");
    });
}

/// [saml-profiles 4.1.4.3]
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

/// [saml-profiles 4.1.4.3], [saml-core 3.2.2]
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

/// [saml-profiles 4.1.5]
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

/// [saml-profiles 4.1.4.2, 4.1.4.3]
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

/// [saml-core 2.4.1.1, 2.4.1.2]
#[test]
fn e25_confirmations_hold_data_and_data_hold_anything() {
    let with = |before: &str, inside: &str, after: &str| {
        format!(
            "<SubjectConfirmation Method=\"urn:oasis:names:tc:SAML:2.0:cm:bearer\">{before}<SubjectConfirmationData \
             InResponseTo=\"{REQUEST}\" NotOnOrAfter=\"2030-01-02T04:04:05Z\" Recipient=\"{ACS}\">{inside}\
             </SubjectConfirmationData>{after}</SubjectConfirmation>"
        )
    };
    accepted(|r| r.confirmations = with("<NameID>x</NameID>", "<Extra xmlns=\"urn:x\"/>", ""));
    rejected("read.child", |r| r.confirmations = with("", "", "<Extra xmlns=\"urn:x\"/>"));
    rejected("read.child", |r| r.confirmations = with("", "", "<SubjectConfirmationData/>"));
    rejected("read.attribute", |r| r.confirmations = "<SubjectConfirmation/>".into());
}
