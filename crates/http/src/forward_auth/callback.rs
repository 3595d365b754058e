//! The end of an entry, at the site.

use axum::Extension;
use axum::extract::{Query, Request, State};
use axum::http::request::Parts;
use axum::response::Response;
use landfall_accounts::{Entered, EntryOutcome, Handle, SiteEntry, TraceId};
use serde::Deserialize;

use super::asked::Asked;
use super::error::SiteError;
use crate::cookies::{self, Cookies};
use crate::respond::{see_other, with_cookies};
use crate::secret::{Secret, hash};
use crate::{App, Ports};

#[derive(Deserialize)]
pub(super) struct Brought {
    code: Option<String>,
    h: Option<String>,
}

/// `GET /.landfall/callback?code=&h=` at a site: exchanges the code for the site's cookie, and sends the person where they wanted to go.
pub(super) async fn get<P: Ports>(
    State(app): State<App<P>>,
    Extension(trace): Extension<TraceId>,
    Query(brought): Query<Brought>,
    request: Request,
) -> Response {
    let (request, _) = request.into_parts();
    match enter(&app, &trace, &brought, &request).await {
        Ok(response) => response,
        Err(error) => error.page(&trace),
    }
}

/// The token is made now: none that was there before becomes one that counts [attack E18].
async fn enter<P: Ports>(
    app: &App<P>,
    trace: &TraceId,
    brought: &Brought,
    request: &Parts,
) -> Result<Response, SiteError> {
    let site = Asked::of(app, request)?.site(app).await?;
    let code = brought.code.as_deref().ok_or(SiteError::Parameters)?;
    let handle: Option<Handle> = brought.h.as_deref().and_then(|handle| handle.parse().ok());
    let handle = handle.ok_or(SiteError::Parameters)?;
    let (now, token) = (app.environment().now(), Secret::new(app.environment())?);
    let entry = SiteEntry {
        site: site.id,
        code: hash(code),
        state: Cookies::of(&request.headers).entry(&handle),
        new_token: token.hash(),
        trace: trace.clone(),
    };
    match app.ports().enter_site(entry, now).await? {
        EntryOutcome::Entered(Entered { target, expires_at }) => {
            let set = [cookies::at_site(&token, expires_at - now), cookies::entry_over(&handle)];
            Ok(with_cookies(see_other(&site.origin.join(target.as_str())), set))
        }
        EntryOutcome::Unknown => Err(SiteError::Code),
        EntryOutcome::OtherSite => Err(SiteError::OtherSite),
        EntryOutcome::Replayed => Err(SiteError::Replayed),
        EntryOutcome::Foreign => Err(SiteError::Foreign),
        EntryOutcome::Late => Err(SiteError::Late),
        EntryOutcome::Ended => Err(SiteError::Ended),
        EntryOutcome::Refused(refusal) => Err(refusal.into()),
    }
}
