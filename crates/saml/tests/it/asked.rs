//! What a request asked for, and an answer that does not give it.

use landfall_saml::{
    Accepted, NameIdFormat, PendingRequest, RawMessage, Reject, RequestId, RequestOptions, Verdict,
};
use time::Duration;

use crate::response::authn;
use crate::{NOW, Sign, TestResponse, finish_with, idp, key, pending, sp, strict};

const PASSWORD: &str = "urn:oasis:names:tc:SAML:2.0:ac:classes:Password";
const X509: &str = "urn:oasis:names:tc:SAML:2.0:ac:classes:X509";

/// What is remembered of a request with these options, as a store gives it back.
fn asking(options: RequestOptions) -> PendingRequest {
    let id = RequestId::try_from(crate::REQUEST).unwrap();
    let begun = sp().begin(&key("other"), &idp(), id, "x".try_into().unwrap(), &options, NOW).unwrap();
    PendingRequest::from_state(&begun.pending.to_state()).unwrap()
}

fn judge(options: &RequestOptions, edit: impl FnOnce(&mut TestResponse)) -> Result<(), Reject> {
    let mut response = TestResponse::honest();
    edit(&mut response);
    let xml = response.signed(Sign::Assertion);
    finish_with(&xml, Some(&asking(options.clone())), &strict(), NOW).0.map(|_| ())
}

#[track_caller]
fn refused(code: &str, options: &RequestOptions, edit: impl FnOnce(&mut TestResponse)) {
    assert_eq!(judge(options, edit).unwrap_err().code(), code);
}

fn classes(classes: &[&str]) -> RequestOptions {
    let classes = classes.iter().map(|class| (*class).try_into().unwrap());
    RequestOptions::default().with_authn_context(classes.collect::<Vec<_>>())
}

fn signed_in(instant: &str) -> impl FnOnce(&mut TestResponse) {
    let statement = authn(&format!("AuthnInstant=\"{instant}\""));
    move |response| response.authn = statement
}

/// [saml-core 3.4.1]: the request was issued at 03:04:05, and the clocks may be a minute apart.
#[test]
fn e23_who_was_to_sign_in_anew_has_done_so() {
    let forced = RequestOptions::default().forcing_authn();
    assert_eq!(judge(&forced, signed_in("2030-01-02T03:03:05.000Z")), Ok(()));
    refused("authn.not_anew", &forced, signed_in("2030-01-02T03:03:04.999Z"));
    // An old session does where nobody asked.
    assert_eq!(judge(&RequestOptions::default(), signed_in("2030-01-02T03:03:04.999Z")), Ok(()));
    // Each statement counts: an old one beside a new one says that the session is old.
    let (old, new) = ("2030-01-01T20:00:00Z", "2030-01-02T03:04:05Z");
    let both = |one: &str, other: &str| {
        authn(&format!("AuthnInstant=\"{one}\"")) + &authn(&format!("AuthnInstant=\"{other}\""))
    };
    assert_eq!(judge(&forced, |r| r.authn = both(new, new)), Ok(()));
    refused("authn.not_anew", &forced, |r| r.authn = both(old, new));
    refused("authn.not_anew", &forced, |r| r.authn = both(new, old));
}

/// [saml-core 2.7.2]: the answer comes at 03:04:05, and the clocks may be a minute apart.
#[test]
fn e23_who_was_to_have_signed_in_lately_has_done_so() {
    let aged = RequestOptions::default().with_max_age(Duration::minutes(5));
    assert_eq!(judge(&aged, signed_in("2030-01-02T02:58:05.000Z")), Ok(()));
    refused("authn.too_old", &aged, signed_in("2030-01-02T02:58:04.999Z"));
    assert_eq!(judge(&RequestOptions::default(), signed_in("2030-01-02T02:58:04.999Z")), Ok(()));
    // Each statement counts, as for one that was to be new.
    let (old, new) = ("2030-01-01T20:00:00Z", "2030-01-02T03:04:05Z");
    for (one, other) in [(old, new), (new, old)] {
        let both = authn(&format!("AuthnInstant=\"{one}\"")) + &authn(&format!("AuthnInstant=\"{other}\""));
        refused("authn.too_old", &aged, |r| r.authn = both);
    }
    // Both demands are held, each with its own code.
    let both = aged.clone().forcing_authn();
    assert_eq!(judge(&both, signed_in(new)), Ok(()));
    refused("authn.not_anew", &both, signed_in("2030-01-02T02:59:00Z"));
    refused("authn.too_old", &aged.passive(), signed_in("2030-01-02T02:58:04.999Z"));
}

/// The age is that of the answer: who leaves the page open for long signs in once more.
#[test]
fn e23_a_sign_in_grows_old_while_its_answer_waits() {
    let pending = asking(RequestOptions::default().with_max_age(Duration::minutes(1)));
    let mut response = TestResponse::honest();
    signed_in("2030-01-02T03:04:05Z")(&mut response);
    let xml = response.signed(Sign::Assertion);
    let judge = |seconds| {
        let message = RawMessage::from_xml(xml.as_bytes());
        let response = message.response().unwrap();
        let now = NOW + Duration::seconds(seconds);
        sp().finish(&idp(), Some(&pending), &response, &strict(), now).0.map_err(|reject| reject.code())
    };
    assert!(judge(120).is_ok());
    assert_eq!(judge(121).unwrap_err(), "authn.too_old");
}

/// [saml-core 3.3.2.2.1]
#[test]
fn e23_who_was_to_sign_in_by_a_method_has_done_so() {
    assert_eq!(judge(&classes(&[PASSWORD]), |_| ()), Ok(()));
    assert_eq!(judge(&classes(&[X509, PASSWORD]), |_| ()), Ok(()));
    assert_eq!(judge(&classes(&[]), |_| ()), Ok(()));
    refused("authn.context", &classes(&[X509]), |_| ());
    refused("authn.context", &classes(&[&PASSWORD.to_lowercase()]), |_| ());
    // A declaration in place of a class names no method that was asked for.
    let declared = "<AuthnStatement AuthnInstant=\"2030-01-02T03:04:05Z\"><AuthnContext>\
        <AuthnContextDeclRef>urn:x</AuthnContextDeclRef></AuthnContext></AuthnStatement>";
    refused("authn.context", &classes(&[PASSWORD]), |r| r.authn = declared.into());
    assert_eq!(judge(&RequestOptions::default(), |r| r.authn = declared.into()), Ok(()));
    let honest = TestResponse::honest().authn;
    refused("authn.context", &classes(&[PASSWORD]), |r| {
        r.authn = honest.clone() + &honest.replace("Password", "X509")
    });
    assert_eq!(judge(&classes(&[PASSWORD]), |r| r.authn = honest.repeat(2)), Ok(()));
}

/// [saml-core 3.4.1.1, 8.3]
#[test]
fn e14_a_name_id_has_the_format_that_was_asked_for() {
    let asked = |format| RequestOptions::default().with_name_id_format(format);
    assert_eq!(judge(&asked(NameIdFormat::EmailAddress), |_| ()), Ok(()));
    refused("name_id.format", &asked(NameIdFormat::Persistent), |_| ());
    let persistent = "<NameID Format=\"urn:oasis:names:tc:SAML:2.0:nameid-format:persistent\">x</NameID>";
    assert_eq!(judge(&asked(NameIdFormat::Persistent), |r| r.name_id = persistent.into()), Ok(()));
    refused("name_id.format", &asked(NameIdFormat::Transient), |r| r.name_id = persistent.into());
    refused("name_id.format", &asked(NameIdFormat::EmailAddress), |r| {
        r.name_id = "<NameID>x</NameID>".into()
    });
    assert_eq!(judge(&asked(NameIdFormat::Unspecified), |r| r.name_id = persistent.into()), Ok(()));
}

#[test]
fn what_was_not_asked_for_is_not_judged() {
    let xml = TestResponse::honest().signed(Sign::Assertion);
    let (_, decision) = finish_with(&xml, Some(&pending()), &strict(), NOW);
    for rule in ["force_authn", "max_age", "requested_authn_context", "name_id_policy"] {
        let check = decision.checks().iter().find(|check| check.rule == rule).unwrap();
        assert_eq!(check.verdict, Verdict::Skip, "{rule}");
    }
}

/// What was asked for is compared with the moment of the request, however long the answer takes.
#[test]
fn e23_a_late_answer_is_held_to_the_same_moment() {
    let pending = asking(RequestOptions::default().forcing_authn());
    let mut response = TestResponse::honest();
    signed_in("2030-01-02T03:04:05Z")(&mut response);
    let message = RawMessage::from_xml(response.signed(Sign::Assertion).as_bytes());
    let response = message.response().unwrap();
    let now = NOW + Duration::minutes(14);
    let (judged, decision) = sp().finish(&idp(), Some(&pending), &response, &strict(), now);
    assert!(matches!(judged, Ok(Accepted::Login(_))), "{decision}");
}

/// [saml-core 3.2.2.2, 3.4.1]
#[test]
fn who_may_not_be_asked_is_told_to_sign_in_interactively() {
    let passive = RequestOptions::default().passive();
    let failed = |detail: &str, message: &str| {
        let mut response = TestResponse::honest();
        response.status = format!(
            "<samlp:StatusCode Value=\"urn:oasis:names:tc:SAML:2.0:status:Responder\">\
             <samlp:StatusCode Value=\"urn:oasis:names:tc:SAML:2.0:status:{detail}\"/></samlp:StatusCode>{message}"
        );
        finish_with(&response.around(""), Some(&asking(passive.clone())), &strict(), NOW).0.unwrap_err()
    };
    let reject = failed("NoPassive", "");
    assert!(reject.needs_interaction());
    assert_eq!((reject.code(), reject.remedy().contains("interactively")), ("status", true));
    let message = "<samlp:StatusMessage>AADSTS50058: A silent sign-in request was sent but no user is signed in.</samlp:StatusMessage>";
    assert!(failed("RequestUnsupported", message).needs_interaction());
    assert!(!failed("RequestDenied", "").needs_interaction());
    assert_eq!(judge(&passive, |_| ()), Ok(()));
}
