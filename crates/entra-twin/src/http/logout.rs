//! Single logout in both directions, by redirect alone, and signing out at the double itself.

use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Response;

use super::pages::{SignedOutPage, page};
use super::sessions::Sessions;
use super::{Double, Failure, Fields, check_tenant, see_other};
use crate::aadsts::Aadsts;
use crate::app::LogoutFormat;
use crate::element::{Element, PROTOCOL};
use crate::logout::{LogoutAnswered, LogoutAsked, SUCCESS};
use crate::query::QuerySignature;
use crate::request::{Binding, RequestError, decode};
use crate::{LogoutRequest, LogoutResponse, Twin, xml};

/// `GET /{TID}/signout`: ends the session of this browser, and asks the application to end its own.
pub(super) async fn sign_out(
    State(double): State<Double>,
    Path(tenant): Path<String>,
    headers: HeaderMap,
) -> Response {
    double.answer(|twin, sessions| {
        check_tenant(twin, &tenant)?;
        let signed_in = sessions.find(twin, &headers);
        let joined = signed_in.map(|it| sessions.joined(&it, twin.app().id)).unwrap_or_default();
        let answer = match (joined.last(), twin.app().logout_url.as_str()) {
            (None, _) | (_, "") => signed_out(twin, None),
            (Some(last), location) => {
                let indexes = joined.iter().map(|participant| participant.session_index.clone()).collect();
                let mut request = LogoutRequest::honest(twin, &last.name_id, indexes);
                if twin.app().logout_format == LogoutFormat::SignOn {
                    request.name_id_format = Some(last.name_id_format.to_owned());
                }
                sessions.asked(&request.id);
                see_other(&request.send(twin, location, None).map_err(Failure::Sign)?)
            }
        };
        Ok(ended(twin, sessions, &headers, answer))
    })
}

/// Takes a logout message in the query of a redirect; `None` if the query holds something else.
pub(super) fn take(
    twin: &Twin,
    sessions: &Sessions,
    headers: &HeaderMap,
    query: &str,
) -> Result<Option<Response>, Failure> {
    let fields = Fields::parse(query.as_bytes());
    if let Some(parameter) = fields.find("SAMLRequest") {
        let xml = decode(parameter, Binding::Redirect)?;
        let root = Element::parse(&xml).ok_or(RequestError::NotXml)?;
        if !root.is(PROTOCOL, "LogoutRequest") {
            return Ok(None);
        }
        let asked = LogoutAsked::read(&root).map_err(Aadsts::of_logout)?;
        return end(twin, sessions, headers, &asked, fields.find("RelayState")).map(Some);
    }
    let Some(parameter) = fields.find("SAMLResponse") else { return Ok(None) };
    let answered = answered(parameter).map_err(Aadsts::of_logout)?;
    let outcome = outcome(twin, sessions, &answered);
    Ok(Some(signed_out(twin, Some(format!("{outcome} {}", signature(twin, query))))))
}

/// Reads the answer of a service provider.
fn answered(parameter: &str) -> Result<LogoutAnswered, RequestError> {
    let xml = decode(parameter, Binding::Redirect)?;
    let root = Element::parse(&xml).ok_or(RequestError::NotXml)?;
    if !root.is(PROTOCOL, "LogoutResponse") {
        return Err(RequestError::root("LogoutResponse", &root));
    }
    LogoutAnswered::read(&root)
}

/// A service provider asks: one session of this browser is ended, whatever the NameID says.
fn end(
    twin: &Twin,
    sessions: &Sessions,
    headers: &HeaderMap,
    asked: &LogoutAsked,
    relay_state: Option<&str>,
) -> Result<Response, Failure> {
    let app = twin.app();
    if !app.identifiers.contains(&asked.issuer) {
        let (got, tenant) = (asked.issuer.clone(), twin.tenant().name.clone());
        return Err(Aadsts::NoApplication { got, tenant }.into());
    }
    if !asked.has_name_id {
        return Err(Aadsts::LogoutNameId.into());
    }
    if let Some(end) = asked.not_on_or_after.filter(|end| *end <= twin.now()) {
        return Err(Aadsts::LogoutExpired { end: xml::time(end) }.into());
    }
    if let Some(signed_in) = sessions.find(twin, headers) {
        let joined = sessions.joined(&signed_in, app.id);
        if joined.is_empty() {
            return Err(Aadsts::LogoutStranger.into());
        }
        let known = |index: &String| joined.iter().any(|participant| participant.session_index == *index);
        if !asked.session_indexes.is_empty() && !asked.session_indexes.iter().any(known) {
            return Err(Aadsts::LogoutSession { got: asked.session_indexes.join(" ") }.into());
        }
    }
    let answer = if app.logout_url.is_empty() {
        signed_out(twin, None)
    } else {
        let answer = LogoutResponse::honest(twin, &asked.id);
        see_other(&answer.send(twin, &app.logout_url, relay_state).map_err(Failure::Sign)?)
    };
    Ok(ended(twin, sessions, headers, answer))
}

/// What the service provider says of its own session; Entra looks at none of it.
fn outcome(twin: &Twin, sessions: &Sessions, answer: &LogoutAnswered) -> String {
    let name =
        if twin.app().identifiers.contains(&answer.issuer) { &twin.app().name } else { &answer.issuer };
    if !answer.in_response_to.as_ref().is_some_and(|id| sessions.answered(id)) {
        return format!("{name} answers a logout request that nobody sent.");
    }
    match answer.status.as_str() {
        SUCCESS => format!("{name} signed you out too."),
        status => format!("{name} did not sign you out: {status}"),
    }
}

/// What Entra does not look at either, for whoever writes the service provider.
fn signature(twin: &Twin, query: &str) -> &'static str {
    match QuerySignature::find(query, "SAMLResponse") {
        None => "Its answer is not signed.",
        Some(signature) if signature.holds(&twin.app().verification_certificates, false) => {
            "The signature on its answer holds."
        }
        Some(_) => "The signature on its answer does not hold for any of its verification certificates.",
    }
}

fn signed_out(twin: &Twin, outcome: Option<String>) -> Response {
    page(StatusCode::OK, &SignedOutPage { tenant: &twin.tenant().name, outcome })
}

/// The answer that takes the cookie of the session away.
fn ended(twin: &Twin, sessions: &Sessions, headers: &HeaderMap, mut answer: Response) -> Response {
    answer.headers_mut().insert(header::SET_COOKIE, sessions.end(twin, headers));
    answer
}
