//! One test a rule: the honest answer with that one thing changed.

use landfall_saml::{LogoutOutcome, PendingLogout, RawLogout, Reject, Verdict};

use super::message::status;
use super::{SLO, TestLogout, finish, pending_logout};
use crate::{IDP, NOW, REQUEST, certificate, idp, sp, strict};

#[track_caller]
fn accepted(edit: impl Fn(&mut TestLogout)) -> LogoutOutcome {
    let mut logout = TestLogout::response();
    edit(&mut logout);
    let [_, outcome] = [logout.posted("signer"), logout.redirected("signer")].map(|raw| {
        let (judged, decision) = finish(&raw, Some(&pending_logout()));
        let response = judged.unwrap_or_else(|reject| panic!("{reject:?}\n{decision}"));
        assert_eq!(response.request().as_str(), REQUEST);
        assert_eq!(response.signer(), certificate("signer").fingerprint());
        response.outcome()
    });
    outcome
}

#[track_caller]
fn rejected(code: &str, edit: impl Fn(&mut TestLogout)) {
    accepted(|_| {});
    let mut logout = TestLogout::response();
    edit(&mut logout);
    for raw in [logout.posted("signer"), logout.redirected("signer")] {
        let (judged, decision) = finish(&raw, Some(&pending_logout()));
        assert_eq!(judged.expect_err("it was accepted").code(), code, "{decision}");
    }
}

#[test]
fn every_rule_has_its_line() {
    let raw = TestLogout::response().redirected("signer");
    let (_, decision) = finish(&raw, Some(&pending_logout()));
    let rules: Vec<&str> = decision.checks().iter().map(|check| check.rule).collect();
    assert_eq!(rules[3..8], ["version", "issue_instant", "age", "destination", "certificate_dates"]);
    assert_eq!(rules[8..], ["issuer", "in_response_to", "status"]);
    assert!(decision.checks().iter().all(|check| check.verdict == Verdict::Pass), "{decision}");
}

/// [saml-core 3.2.2.2, 3.7.3.2]
#[test]
fn e10_status() {
    assert_eq!(accepted(|l| l.body = status("Success", "")), LogoutOutcome::Complete);
    for top in ["Success", "Responder"] {
        assert_eq!(accepted(|l| l.body = status(top, "PartialLogout")), LogoutOutcome::Partial);
    }
    rejected("status", |l| l.body = status("Responder", ""));
    rejected("status", |l| l.body = status("Requester", "PartialLogout"));
    // A nested Success does not count.
    rejected("status", |l| l.body = status("Requester", "Success"));
    rejected("read.child", |l| l.body = String::new());
    let mut failed = TestLogout::response();
    failed.body = status("Requester", "RequestDenied");
    let reject = finish(&failed.posted("signer"), Some(&pending_logout())).0.unwrap_err();
    assert!(
        matches!(reject, Reject::Status { detail: Some(detail), .. } if detail.ends_with("RequestDenied"))
    );
}

/// [saml-core 3.2.2]
#[test]
fn e5_in_response_to() {
    rejected("logout.in_response_to", |l| l.attributes = l.attributes.replace(REQUEST, "_other"));
    rejected("logout.in_response_to", |l| l.attributes = format!(" Destination=\"{SLO}\""));
    let raw = TestLogout::response().posted("signer");
    assert_eq!(raw.read().unwrap().hints().in_response_to.unwrap().as_str(), REQUEST);
    assert_eq!(finish(&raw, None).0.unwrap_err().code(), "logout.in_response_to");
    // Another identity provider was asked.
    let other = PendingLogout::new(REQUEST.try_into().unwrap(), "https://idp.example/".try_into().unwrap());
    assert_eq!(finish(&raw, Some(&other)).0.unwrap_err().code(), "logout.in_response_to");
    let mut none = TestLogout::response();
    none.attributes = format!(" Destination=\"{SLO}\"");
    assert_eq!(finish(&none.posted("signer"), None).0.unwrap_err().code(), "logout.in_response_to");
}

/// [saml-bindings 3.4.5.2, 3.5.5.2]
#[test]
fn e4_an_answer_by_redirect_may_lack_its_destination() {
    let without = TestLogout { attributes: format!(" InResponseTo=\"{REQUEST}\""), ..TestLogout::response() };
    let (pending, raw) = (pending_logout(), without.redirected("signer"));
    assert!(finish(&raw, Some(&pending)).0.is_ok());
    let posted = finish(&without.posted("signer"), Some(&pending));
    assert_eq!(posted.0.unwrap_err().code(), "logout.destination");
    // Without an address of ours nothing is sent to us.
    let received = raw.read().unwrap();
    let (judged, _) = sp().finish_logout(&idp(), Some(&pending), &received, &strict(), NOW);
    assert_eq!(judged.unwrap_err().code(), "logout.destination");
}

/// [saml-profiles 4.4.4.2]
#[test]
fn e11_issuer() {
    let login = IDP.replace("sts.windows.net", "login.microsoftonline.com");
    accepted(|l| l.issuer = l.issuer.replace(IDP, &login));
    let tenant = login.replace("1111", "1112");
    rejected("issuer", |l| l.issuer = l.issuer.replace(IDP, &tenant));
    rejected("issuer", |l| l.issuer = l.issuer.replace(IDP, "https://evil.example/"));
    rejected("read.child", |l| l.issuer = String::new());
}

#[test]
fn e19_unsigned_and_foreign() {
    let logout = TestLogout::response();
    let pending = pending_logout();
    let form = super::message::posted(logout.kind, &logout.xml());
    for raw in [form, RawLogout::from_query(&logout.query()).unwrap()] {
        assert_eq!(finish(&raw, Some(&pending)).0.unwrap_err(), Reject::LogoutUnsigned);
    }
    for raw in [logout.posted("other"), logout.redirected("other")] {
        assert_eq!(finish(&raw, Some(&pending)).0.unwrap_err().code(), "signature.unknown_key");
    }
}

/// [saml-core 3.7.2], [saml-core 3.2.2]
#[test]
fn e24_version_age_and_destination() {
    rejected("version", |l| l.version = "1.1".into());
    rejected("logout.issue_instant", |l| l.issue_instant = "2030-01-02T02:53:05.000Z".into());
    rejected("issue_instant", |l| l.issue_instant = "2030-01-02T03:05:05.001Z".into());
    rejected("logout.destination", |l| l.attributes = l.attributes.replace(SLO, "https://other.example/"));
    rejected("read.child", |l| l.body += "<samlp:Other/>");
}
