//! A test login: begun by an operator's link, judged as any other, and shown where a session would be opened.
//!
//! # Security
//! What it shows is a Decision, which no other browser sees [attack E20]: the one that opened the link has the cookie
//! of the begin, and the one that got the answer to its response the cookie of the hop; both must match.
//! The names of claims are shown and their values are not: they would have to be kept until the hop.

use axum::Extension;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use landfall_accounts::{
    AssertionId, AssertionUse, CertificateFingerprint, Connection, Detail, Event, EventKind, Judged,
    LoginPurpose, PendingLogin, Target, TestOutcome, TestRecord, Tested, TraceId,
};
use landfall_saml::Login;
use serde_json::json;

use super::door::Door;
use super::flow::{Attempt, Finished};
use super::form::SamlForm;
use super::idp::{Wish, attribute_set};
use super::start;
use crate::cookies::Cookies;
use crate::error::{LoginError, StoredError};
use crate::limits::Purpose;
use crate::pages::{Decided, Test};
use crate::respond::{FormTarget, page, refusal};
use crate::secret::{Secret, hash};
use crate::settings::DEFAULT_TARGET;
use crate::{App, Ports};

/// `GET /sso/test/{link}`: begins the test login of a link, once.
pub(super) async fn get<P: Ports>(
    State(app): State<App<P>>,
    Extension(trace): Extension<TraceId>,
    Path(link): Path<String>,
    headers: HeaderMap,
) -> Response {
    match begin(&app, &link, &Cookies::of(&headers)).await {
        Ok(response) => response,
        Err(error) => refusal(&error, &trace, "/sso"),
    }
}

/// `HEAD /sso/test/{link}`: who looks whether a link leads somewhere does not use it up.
pub(super) async fn head() -> StatusCode {
    StatusCode::OK
}

async fn begin<P: Ports>(app: &App<P>, link: &str, cookies: &Cookies) -> Result<Response, LoginError> {
    let (now, link) = (app.environment().now(), hash(link));
    let id = app.ports().connection_of_test_link(&link, now).await?.ok_or(LoginError::TestLink)?;
    let connection = app.ports().connection(&id).await?.filter(|found| found.state.admits_tests());
    let connection = connection.ok_or(LoginError::TestLink)?;
    app.shares().connection(connection.id, Purpose::Begin, now)?;
    let wish = Wish::default();
    let (begun, pending) = app.prepare(&connection, Target::new(DEFAULT_TARGET), &wish, now)?;
    let pending = PendingLogin { purpose: LoginPurpose::Test, ..pending };
    match app.ports().begin_test(&link, pending, now).await? {
        TestOutcome::Kept => start::send(app, &begun, cookies),
        TestOutcome::Gone => Err(LoginError::TestLink),
    }
}

impl<P: Ports> Attempt<'_, P> {
    /// Finishes a login; what a test comes to is kept for the browser that began it, a refusal too.
    pub(super) async fn take(&mut self, form: &SamlForm, door: &Door) -> Result<Finished, LoginError> {
        let error = match self.finish(form, door).await {
            Ok(finished) => return Ok(finished),
            Err(error) => error,
        };
        let Some(test) = self.test.clone().filter(|_| shown(&error)) else { return Err(error) };
        if matches!(error, LoginError::EnginesDisagree { .. }) {
            self.note(&error).await;
        }
        self.keep(&test, Judged::Refused { code: error.code(), says: error.to_string() }).await
    }

    /// Recognises the person, and asks what would become of them.
    pub(super) async fn conclude(
        &mut self,
        test: &PendingLogin,
        connection: &Connection,
        login: &Login,
    ) -> Result<Finished, LoginError> {
        self.record.arrived(&attribute_set(login.attributes()), connection.settings.preset);
        let judged = Judged::Accepted {
            signer: CertificateFingerprint::from_bytes(*login.signer().as_bytes()),
            used: AssertionUse {
                assertion: AssertionId::new(login.assertion_id().as_str()),
                issued_since: login.issued_since(),
                keep_until: login.usable_until(),
            },
            arrival: Box::new(self.arrival(connection, login)?),
        };
        self.keep(test, judged).await
    }

    async fn keep(&self, test: &PendingLogin, judged: Judged) -> Result<Finished, LoginError> {
        let secret = Secret::new(self.app.environment())?;
        let record = TestRecord {
            connection: test.connection,
            tenant: test.tenant,
            request: test.request_id.clone(),
            hop: secret.hash(),
            judged,
            trace: self.trace.clone(),
            decision: self.record.detail(),
        };
        match self.app.ports().conclude_test(record, self.now).await? {
            TestOutcome::Kept => Ok(Finished::Tested { handle: test.handle.clone(), secret }),
            TestOutcome::Gone => Err(LoginError::RequestGone),
        }
    }
}

/// Whether a refusal is about the response; any other is answered as in a login.
fn shown(error: &LoginError) -> bool {
    !matches!(
        error,
        LoginError::TooMany { .. }
            | LoginError::ConnectionUnknown
            | LoginError::RequestGone
            | LoginError::Store(_)
            | LoginError::Stored(_)
            | LoginError::Random(_)
    )
}

/// Shows what a test login came to, at its hop.
pub(super) async fn show<P: Ports>(
    app: &App<P>,
    login: &PendingLogin,
    cookies: &Cookies,
    trace: &TraceId,
) -> Result<Response, LoginError> {
    let now = app.environment().now();
    let handle = &login.handle;
    let own = |tested: &Tested| {
        cookies.login(handle).as_ref() == Some(&login.browser)
            && cookies.hop(handle).as_ref() == Some(&tested.hop)
    };
    let (kind, error) = match app.ports().tested(handle, now).await? {
        None => (EventKind::HopMissed, LoginError::HopMissed),
        Some(tested) if own(&tested) => {
            let found = app.ports().connection(&login.connection).await?;
            return decision(&found.ok_or(LoginError::ConnectionUnknown)?, &tested, trace);
        }
        Some(_) => (EventKind::HopForeign, LoginError::HopForeign),
    };
    app.hop_refused(login, kind, &error, trace).await?;
    Err(error)
}

fn decision(connection: &Connection, tested: &Tested, trace: &TraceId) -> Result<Response, LoginError> {
    let decided: Decided = serde_json::from_str(tested.decision.as_str()).map_err(StoredError::Decision)?;
    let user = tested.verdict.user.map(|user| user.to_string());
    let test = Test {
        connection: connection.name.as_str(),
        state: connection.state.name(),
        accepted: tested.verdict.signs_in(),
        says: &tested.verdict.says,
        code: &tested.verdict.code,
        user: user.as_deref(),
        decided,
        trace: trace.as_str(),
    };
    Ok(page(StatusCode::OK, &test, &FormTarget::Own))
}

impl<P: Ports> App<P> {
    /// Leaves the event of a hop that comes to nothing.
    pub(super) async fn hop_refused(
        &self,
        login: &PendingLogin,
        kind: EventKind,
        error: &LoginError,
        trace: &TraceId,
    ) -> Result<(), LoginError> {
        let event = Event {
            at: self.environment().now(),
            kind,
            tenant: Some(login.tenant),
            connection: Some(login.connection),
            user: None,
            trace: Some(trace.clone()),
            detail: Detail::new(json!({ "code": error.code(), "at": "hop" }).to_string()),
        };
        Ok(self.ports().note(event).await?)
    }
}
