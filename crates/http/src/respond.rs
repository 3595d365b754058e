//! Responses: a page with its content security policy, a redirect with its cookies, a refusal.

use askama::Template;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, LOCATION, RETRY_AFTER, SET_COOKIE,
};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use cookie::Cookie;
use landfall_accounts::TraceId;

use crate::error::{LoginError, Words, chain};
use crate::pages::Message;

/// Where a form of the page may go.
pub(crate) enum FormTarget<'a> {
    /// To us alone.
    Own,
    /// To us, and from there by redirect to what this source of a policy stands for.
    Then(&'a str),
    /// To us, and from there by redirect to any identity provider: browsers hold a redirect to this rule too.
    ThenAnywhere { loopback: bool },
    /// To any identity provider, by a script with this hash.
    Elsewhere { script_hash: &'a str, loopback: bool },
}

/// A page.
pub(crate) fn page(status: StatusCode, template: &impl Template, target: &FormTarget<'_>) -> Response {
    let Ok(body) = template.render() else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let mut response = (status, body).into_response();
    set(&mut response, CONTENT_TYPE, "text/html; charset=utf-8");
    set(&mut response, CACHE_CONTROL, "no-store");
    set(&mut response, CONTENT_SECURITY_POLICY, &policy(target));
    response
}

fn policy(target: &FormTarget<'_>) -> String {
    let anywhere = |loopback| if loopback { "https: http:" } else { "https:" };
    let (forms, scripts) = match *target {
        FormTarget::Own => ("'self'".to_owned(), None),
        FormTarget::Then(source) => (format!("'self' {source}"), None),
        FormTarget::ThenAnywhere { loopback } => (format!("'self' {}", anywhere(loopback)), None),
        FormTarget::Elsewhere { script_hash, loopback } => (anywhere(loopback).to_owned(), Some(script_hash)),
    };
    let scripts = scripts.map(|hash| format!("; script-src 'sha256-{hash}'")).unwrap_or_default();
    format!(
        "default-src 'none'; style-src 'self'; form-action {forms}{scripts}; base-uri 'none'; frame-ancestors 'none'"
    )
}

/// 303 to an address.
pub(crate) fn see_other(address: &str) -> Response {
    let mut response = StatusCode::SEE_OTHER.into_response();
    set(&mut response, LOCATION, address);
    set(&mut response, CACHE_CONTROL, "no-store");
    response
}

/// The response with these cookies.
pub(crate) fn with_cookies(
    mut response: Response,
    cookies: impl IntoIterator<Item = Cookie<'static>>,
) -> Response {
    for cookie in cookies {
        if let Ok(value) = HeaderValue::from_str(&cookie.to_string()) {
            response.headers_mut().append(SET_COOKIE, value);
        }
    }
    response
}

fn set(response: &mut Response, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(name, value);
    }
}

/// A refusal as the person sees it; the operator finds the rest by the trace id [attack E20].
pub(crate) fn refusal(error: &LoginError, trace: &TraceId, again: &str) -> Response {
    refusal_saying(error, &error.words(), trace, again)
}

/// The same in other words.
pub(crate) fn refusal_saying(error: &LoginError, words: &Words, trace: &TraceId, again: &str) -> Response {
    let status = error.status();
    log(error, trace);
    let message = Message {
        sentence: words.sentence,
        advice: words.advice,
        again: Some(again),
        again_text: if again == "/account" { "Back to your account" } else { "Sign in again" },
        trace: Some(trace.as_str()),
    };
    retry_after(page(status, &message, &FormTarget::Own), error.retry_after())
}

/// The response, which says after how many seconds it is worth while to try again, if that is known.
pub(crate) fn retry_after(mut response: Response, seconds: Option<u64>) -> Response {
    if let Some(seconds) = seconds {
        set(&mut response, RETRY_AFTER, &seconds.to_string());
    }
    response
}

/// What the operator finds by the trace id.
pub(crate) fn log(error: &LoginError, trace: &TraceId) {
    if error.status().is_server_error() {
        tracing::error!(%trace, code = error.code(), cause = chain(error), "request failed");
    } else if let LoginError::Refused(refusal) = error {
        // What to do about an account, which names nobody.
        tracing::info!(%trace, code = error.code(), cause = %refusal, "request refused");
    } else if let LoginError::Application(fault) = error {
        // Which address was asked for, say: it is the application's, and nobody's else.
        tracing::info!(%trace, code = error.code(), cause = chain(fault), "request refused");
    } else {
        tracing::info!(%trace, code = error.code(), "request refused");
    }
}
