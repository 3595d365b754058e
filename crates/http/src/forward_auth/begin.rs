//! The middle of an entry, at our own host: the person is signed in, or signs in now, and gets a code for the site.

use axum::Extension;
use axum::extract::{Query, State};
use axum::http::HeaderMap;
use axum::response::Response;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use landfall_accounts::{
    Detail, Event, EventKind, Handle, SignedIn, Site, SiteOrigin, SitePass, SitePath, SiteRefusal, TokenHash,
    TraceId,
};
use serde::Deserialize;
use serde_json::json;
use url::form_urlencoded::Serializer;

use super::error::SiteError;
use crate::cookies::Cookies;
use crate::respond::see_other;
use crate::secret::Secret;
use crate::sso::sign_in_at;
use crate::{App, Ports};

#[derive(Deserialize)]
pub(super) struct Wanted {
    site: Option<String>,
    rd: Option<String>,
    h: Option<String>,
    state: Option<String>,
}

/// What `/.landfall/start` at a site has written into the address.
struct Begun {
    site: SiteOrigin,
    target: SitePath,
    handle: Handle,
    state: TokenHash,
}

impl Begun {
    fn read(wanted: &Wanted) -> Result<Self, SiteError> {
        let text = |text: &'_ Option<String>| text.clone().ok_or(SiteError::Parameters);
        let site: SiteOrigin = text(&wanted.site)?.parse().map_err(|_| SiteError::Unknown)?;
        let target = SitePath::at(&site, &text(&wanted.rd)?).ok_or(SiteError::Target)?;
        let handle = text(&wanted.h)?.parse().map_err(|_| SiteError::Parameters)?;
        let state = URL_SAFE_NO_PAD.decode(text(&wanted.state)?).ok();
        let state: [u8; 32] = state.and_then(|state| state.try_into().ok()).ok_or(SiteError::Parameters)?;
        Ok(Self { site, target, handle, state: TokenHash::from_bytes(state) })
    }

    /// The same step, for after the sign-in.
    fn again(&self, target: &SitePath) -> String {
        let mut query = Serializer::new(String::new());
        query
            .append_pair("site", self.site.as_str())
            .append_pair("rd", target.as_str())
            .append_pair("h", self.handle.as_str())
            .append_pair("state", &URL_SAFE_NO_PAD.encode(self.state.as_bytes()));
        format!("/auth/start?{}", query.finish())
    }
}

/// `GET /auth/start?site=&rd=&h=&state=`: sends whoever is signed in back to the site with a code, and anybody else to sign in.
pub(super) async fn get<P: Ports>(
    State(app): State<App<P>>,
    Extension(trace): Extension<TraceId>,
    Query(wanted): Query<Wanted>,
    headers: HeaderMap,
) -> Response {
    match begin(&app, &wanted, &headers, &trace).await {
        Ok(response) => response,
        Err(error) => error.page(&trace),
    }
}

/// # Security
/// Any page can lead a browser here: a code goes to the site that the operator made and to nobody else, and counts there
/// only in a browser that has the cookie of the state [attack E18].
async fn begin<P: Ports>(
    app: &App<P>,
    wanted: &Wanted,
    headers: &HeaderMap,
    trace: &TraceId,
) -> Result<Response, SiteError> {
    let begun = Begun::read(wanted)?;
    let site = app.ports().site(&begun.site).await?.ok_or(SiteError::Unknown)?;
    let Some(signed_in) = app.signed_in(&Cookies::of(headers)).await? else {
        return Ok(to_sign_in(app, &begun));
    };
    if let Err(refusal) = site.admits(&signed_in) {
        note(app, &site, &signed_in, refusal, trace).await?;
        return Err(refusal.into());
    }
    let code = Secret::new(app.environment())?;
    let pass = SitePass {
        tenant: signed_in.session.tenant,
        session: signed_in.session.id,
        site: site.id,
        code: code.hash(),
        state: begun.state,
        target: begun.target,
    };
    app.ports().keep_pass(pass, app.environment().now()).await?;
    let back = format!("/.landfall/callback?code={}&h={}", code.expose(), begun.handle);
    Ok(see_other(&site.origin.join(&back)))
}

/// A path that is too long for a login to carry is given up: the person gets to the front page.
fn to_sign_in<P: Ports>(app: &App<P>, begun: &Begun) -> Response {
    let again = begun.again(&begun.target);
    let fits = app.settings().target(Some(&again)).is_some();
    let again = if fits { again } else { begun.again(&SitePath::front()) };
    see_other(&sign_in_at("/sso", &again, None))
}

async fn note<P: Ports>(
    app: &App<P>,
    site: &Site,
    signed_in: &SignedIn,
    refusal: SiteRefusal,
    trace: &TraceId,
) -> Result<(), SiteError> {
    let event = Event {
        at: app.environment().now(),
        kind: EventKind::SiteRefused,
        tenant: Some(signed_in.session.tenant),
        connection: Some(signed_in.session.connection),
        user: Some(signed_in.user.id),
        trace: Some(trace.clone()),
        detail: Detail::new(json!({ "site": site.origin.as_str(), "code": refusal.code() }).to_string()),
    };
    Ok(app.ports().note(event).await?)
}
