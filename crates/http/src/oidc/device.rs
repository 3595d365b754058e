//! Where a person enters the code that a device shows, and says whether the device is theirs [rfc8628 3.3].

use axum::Extension;
use axum::body::Bytes;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use landfall_accounts::{
    Application, DeviceAnswer, DeviceDecision, DeviceOutcome, SignedIn, TraceId, UserCode,
};

use super::DEVICE;
use super::fault::PageFault;
use super::grant::user_agent;
use super::terms::{Accepted, accepted, shown};
use crate::cookies::Cookies;
use crate::error::LoginError;
use crate::oauth::Parameters;
use crate::pages::{ApproveDevice, EnterCode, Message};
use crate::respond::{FormTarget, page, refusal, see_other};
use crate::sso::{own_origin, sign_in_at};
use crate::{App, Ports};

/// `GET /oidc/device?user_code=`: asks for the code; one that stands in the link is shown, and not sent by
/// itself, since somebody else may have made the link [rfc8628 3.3.1], [rfc8628 5.4].
pub(super) async fn get<P: Ports>(
    State(app): State<App<P>>,
    Extension(trace): Extension<TraceId>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    let query = Parameters::of_query(&query.unwrap_or_default());
    let shown = query.one("user_code").ok().flatten().and_then(|code| code.parse().ok());
    match app.signed_in(&Cookies::of(&headers)).await {
        Ok(Some(_)) => enter(shown.as_ref(), StatusCode::OK),
        Ok(None) => sign_in_first(shown.as_ref()),
        Err(error) => refusal(&error, &trace, "/account"),
    }
}

fn enter(code: Option<&UserCode>, status: StatusCode) -> Response {
    let code = code.map(UserCode::to_string).unwrap_or_default();
    page(status, &EnterCode { code: &code, unknown: status != StatusCode::OK }, &FormTarget::Own)
}

fn sign_in_first(code: Option<&UserCode>) -> Response {
    // A code has no letter that a query must write otherwise.
    let target = code.map_or(DEVICE.to_owned(), |code| format!("{DEVICE}?user_code={code}"));
    see_other(&sign_in_at("/sso", &target, None))
}

/// `POST /oidc/device`: shows which application waits by the code.
pub(super) async fn post<P: Ports>(
    State(app): State<App<P>>,
    Extension(trace): Extension<TraceId>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    match find(&app, &headers, &body).await {
        Ok(Found::Waiting(waiting)) => waiting.question(StatusCode::OK),
        Ok(Found::Elsewhere(response)) => response,
        Err(error) => refusal(&error, &trace, "/account"),
    }
}

/// `POST /oidc/device/answer`: the person has decided.
pub(super) async fn answer<P: Ports>(
    State(app): State<App<P>>,
    Extension(trace): Extension<TraceId>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    match decide(&app, &headers, &body, &trace).await {
        Ok(response) => response,
        Err(error) => refusal(&error, &trace, "/account"),
    }
}

/// What became of a code that was entered.
enum Found {
    Waiting(Box<Waiting>),
    Elsewhere(Response),
}

/// A device of an application that serves the person.
struct Waiting {
    code: UserCode,
    form: Parameters,
    application: Application,
    signed_in: SignedIn,
}

impl Waiting {
    fn question(&self, status: StatusCode) -> Response {
        let approve = ApproveDevice {
            title: self.application.title.as_str(),
            person: self.signed_in.user.user_name.as_str(),
            tenant: self.signed_in.tenant.as_str(),
            code: &self.code.to_string(),
            terms: self.application.activation.terms.as_ref().map(shown),
            unaccepted: status != StatusCode::OK,
        };
        page(status, &approve, &FormTarget::Own)
    }
}

/// The device that waits by the code of the form.
///
/// # Security
/// Our own page alone asks, and each person may ask so often and no more: whoever tried codes in turn would find
/// somebody else's device [rfc8628 5.1]. A code that nobody gave out, and a device of an application that does not serve
/// the person, look the same.
async fn find<P: Ports>(app: &App<P>, headers: &HeaderMap, body: &Bytes) -> Result<Found, LoginError> {
    own_origin(headers, &app.settings().public_url)?;
    let form = Parameters::of_form(headers, body).map_err(|_| PageFault::Form)?;
    let code = form.one("user_code").map_err(PageFault::Twice)?.map(str::parse::<UserCode>);
    let code = code.and_then(Result::ok);
    let Some(signed_in) = app.signed_in(&Cookies::of(headers)).await? else {
        return Ok(Found::Elsewhere(sign_in_first(code.as_ref())));
    };
    let unknown = || Ok(Found::Elsewhere(enter(None, StatusCode::UNPROCESSABLE_ENTITY)));
    let Some(code) = code else { return unknown() };
    let now = app.environment().now();
    app.shares().person(signed_in.user.id, now)?;
    let Some(device) = app.ports().waiting_device(&code, now).await? else { return unknown() };
    let application = app.ports().application(&device.app).await?;
    match application.filter(|application| application.serves(&signed_in.session.tenant)) {
        Some(application) => Ok(Found::Waiting(Box::new(Waiting { code, form, application, signed_in }))),
        None => unknown(),
    }
}

async fn decide<P: Ports>(
    app: &App<P>,
    headers: &HeaderMap,
    body: &Bytes,
    trace: &TraceId,
) -> Result<Response, LoginError> {
    let waiting = match find(app, headers, body).await? {
        Found::Waiting(waiting) => waiting,
        Found::Elsewhere(response) => return Ok(response),
    };
    let answer = match waiting.form.one("answer").map_err(PageFault::Twice)? {
        Some("approve") => DeviceAnswer::Approve,
        _ => DeviceAnswer::Deny,
    };
    let terms = waiting.application.activation.terms.as_ref();
    let accepted = accepted(terms, &waiting.form).map_err(PageFault::Twice)?;
    if (answer, accepted) == (DeviceAnswer::Approve, Accepted::NotYet) {
        return Ok(waiting.question(StatusCode::UNPROCESSABLE_ENTITY));
    }
    let decision = DeviceDecision {
        user_code: waiting.code.clone(),
        answer,
        tenant: waiting.signed_in.session.tenant,
        session: waiting.signed_in.session.id,
        user_agent: user_agent(headers),
        trace: trace.clone(),
    };
    match app.ports().decide_device(decision, app.environment().now()).await? {
        DeviceOutcome::Decided => Ok(done(answer)),
        DeviceOutcome::Unknown | DeviceOutcome::Gone => Ok(enter(None, StatusCode::UNPROCESSABLE_ENTITY)),
    }
}

fn done(answer: DeviceAnswer) -> Response {
    let (sentence, advice) = match answer {
        DeviceAnswer::Approve => ("The device is activated.", "Go back to it: it goes on by itself."),
        DeviceAnswer::Deny => ("The device gets nothing.", "You can close this window."),
    };
    let message = Message {
        sentence,
        advice,
        again: Some("/account"),
        again_text: "Back to your account",
        trace: None,
    };
    page(StatusCode::OK, &message, &FormTarget::Own)
}
