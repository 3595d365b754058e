//! Rules on Conditions.

use time::macros::datetime;

use crate::response::{audience, bearer, conditions};
use crate::{ACS, NOW, REQUEST, SP, Sign, TestResponse, accepted, finish_with, pending, rejected, strict};

/// [saml-core 2.5.1.2]
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

/// [saml-core 2.5.1.4], [saml-profiles 4.1.4.2]
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

/// [saml-core 2.5.1.1, 2.5.1.5, 2.5.1.6]
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
