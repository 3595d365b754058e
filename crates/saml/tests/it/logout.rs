//! Single logout, in both directions and by both bindings.

mod message;
mod redirect;
mod request;
mod response;
mod send;
mod wrapping;

use landfall_saml::{
    Decision, LogoutKind, LogoutRequest, LogoutResponse, PendingLogout, Policy, RawLogout, Reject,
    ServiceProvider,
};
use time::OffsetDateTime;

pub(crate) use message::TestLogout;

use crate::{IDP, NOW, REQUEST, idp, sp, strict};

pub(crate) const SLO: &str = "https://sp.example/saml/slo";

pub(crate) fn with_slo() -> ServiceProvider {
    sp().with_slo(SLO.try_into().unwrap())
}

pub(crate) fn pending_logout() -> PendingLogout {
    PendingLogout::new(REQUEST.try_into().unwrap(), IDP.try_into().unwrap())
}

pub(crate) fn accept(raw: &RawLogout) -> (Result<LogoutRequest, Reject>, Decision) {
    accept_with(raw, &with_slo(), &strict(), NOW)
}

pub(crate) fn accept_with(
    raw: &RawLogout,
    sp: &ServiceProvider,
    policy: &Policy,
    now: OffsetDateTime,
) -> (Result<LogoutRequest, Reject>, Decision) {
    let (judged, decision) = match raw.read() {
        Ok(received) => sp.accept_logout(&idp(), &received, policy, now),
        Err(error) => return (Err(error.into()), finish(raw, None).1),
    };
    assert_eq!(judged.is_err(), decision.failure().is_some(), "{decision}");
    (judged, decision)
}

pub(crate) fn finish(
    raw: &RawLogout,
    pending: Option<&PendingLogout>,
) -> (Result<LogoutResponse, Reject>, Decision) {
    // A message that cannot be read is judged by nobody: an empty decision stands for that.
    let unreadable = RawLogout::from_xml(LogoutKind::Response, UNSIGNED.as_bytes());
    let (received, error) = match raw.read() {
        Ok(received) => (received, None),
        Err(error) => (unreadable.read().unwrap(), Some(error)),
    };
    let (judged, decision) = with_slo().finish_logout(&idp(), pending, &received, &strict(), NOW);
    assert_eq!(judged.is_err(), decision.failure().is_some(), "{decision}");
    match error {
        Some(error) => (Err(error.into()), decision),
        None => (judged, decision),
    }
}

const UNSIGNED: &str = "<p:LogoutResponse xmlns:p=\"urn:oasis:names:tc:SAML:2.0:protocol\"/>";

/// The message with one thing changed is refused with this code by both bindings; as it was it is accepted.
#[track_caller]
pub(crate) fn rejected(code: &str, edit: impl Fn(&mut TestLogout)) {
    let mut logout = TestLogout::request();
    accepted(|_| {});
    edit(&mut logout);
    for raw in [logout.posted("signer"), logout.redirected("signer")] {
        let (judged, decision) = accept(&raw);
        let reject = judged.expect_err("it was accepted");
        assert_eq!(reject.code(), code, "{raw:?} {reject:?}\n{decision}");
        assert!(!reject.remedy().is_empty());
    }
}

/// Accepted by both bindings: what came in the form.
#[track_caller]
pub(crate) fn accepted(edit: impl Fn(&mut TestLogout)) -> LogoutRequest {
    let mut logout = TestLogout::request();
    edit(&mut logout);
    let [_, posted] = [logout.redirected("signer"), logout.posted("signer")].map(|raw| {
        let (judged, decision) = accept(&raw);
        judged.unwrap_or_else(|reject| panic!("{reject:?}\n{decision}"))
    });
    posted
}
