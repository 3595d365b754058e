//! What a person can activate, and what they have activated.

use axum::Extension;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::Response;
use landfall_accounts::{Application, EndOutcome, Grant, GrantId, SignedIn, TraceId};

use crate::cookies::Cookies;
use crate::error::LoginError;
use crate::pages::{ActivationLine, OfferLine};
use crate::respond::{refusal, see_other};
use crate::sso::{browser, minute, own_origin};
use crate::{App, Ports};

impl<P: Ports> App<P> {
    /// The applications that the person's organisation may activate.
    pub(crate) async fn offers(&self, signed_in: &SignedIn) -> Result<Vec<OfferLine>, LoginError> {
        let offered = self.ports().applications_to_activate(&signed_in.session.tenant).await?;
        let issuer = self.settings().public_url.origin();
        let login_hint = signed_in.user.user_name.as_str();
        Ok(offered.iter().map(|application| offer(application, issuer, login_hint)).collect())
    }

    /// What the person has activated that outlasts the session.
    pub(crate) async fn activations(&self, signed_in: &SignedIn) -> Result<Vec<ActivationLine>, LoginError> {
        let found = self.ports().activations_of(&signed_in.user.id, self.environment().now()).await?;
        Ok(found.iter().map(|(grant, application)| line(grant, application)).collect())
    }
}

/// The link opens the application, which then begins to sign the person on [openid-core 4].
fn offer(application: &Application, issuer: &str, login_hint: &str) -> OfferLine {
    let activation = &application.activation;
    OfferLine {
        title: application.title.as_str().to_owned(),
        download: activation.download.as_ref().map(|url| url.as_str().to_owned()),
        start: activation.start.as_ref().map(|url| url.with(&[("iss", issuer), ("login_hint", login_hint)])),
    }
}

fn line(grant: &Grant, application: &Application) -> ActivationLine {
    let browser = grant.user_agent.as_ref().map_or("unknown browser", |agent| browser(agent.as_str()));
    ActivationLine {
        id: grant.id.to_string(),
        title: application.title.as_str().to_owned(),
        browser: browser.to_owned(),
        since: minute(grant.created_at),
        used: minute(grant.last_used_at),
    }
}

/// `POST /account/activations/{activation}/end`: ends one of the person's own.
pub(super) async fn end<P: Ports>(
    State(app): State<App<P>>,
    Extension(trace): Extension<TraceId>,
    Path(activation): Path<String>,
    headers: HeaderMap,
) -> Response {
    match end_own(&app, &activation, &headers).await {
        Ok(()) => see_other("/account"),
        Err(error) => refusal(&error, &trace, "/account"),
    }
}

async fn end_own<P: Ports>(app: &App<P>, activation: &str, headers: &HeaderMap) -> Result<(), LoginError> {
    own_origin(headers, &app.settings().public_url)?;
    let grant: GrantId = activation.parse().map_err(|_| LoginError::NotFound)?;
    let Some(SignedIn { user, .. }) = app.signed_in(&Cookies::of(headers)).await? else { return Ok(()) };
    match app.ports().end_grant(&grant, Some(&user.id), app.environment().now()).await? {
        EndOutcome::Ended => Ok(()),
        EndOutcome::NotFound => Err(LoginError::NotFound),
    }
}
