//! `/scim/v2`: who may ask, and what is there.

use axum::extract::{DefaultBodyLimit, OriginalUri, Request, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderValue, Method};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get, post};
use axum::{Extension, Router};
use landfall_accounts::{TokenHash, TraceId};
use landfall_scim::{ErrorKind, ScimError};

use super::answer::Refused;
use super::asked::Asked;
use super::body::MOST_BODY;
use super::log::{Line, Noted, entry};
use super::{bearer_token, discovery, groups, search, users};
use crate::limits::{Purpose, within_share};
use crate::{App, Ports};

/// Where directories find us.
pub(crate) const BASE: &str = "/scim/v2";

/// The routes for directories, at [`BASE`] and where the operator wants them too.
pub(crate) fn surface<P: Ports>(app: &App<P>) -> Router<App<P>> {
    // A nest does not answer at its own address with a slash behind it.
    let bare = || any(elsewhere).layer(from_fn_with_state(app.clone(), known::<P>));
    let at = |router: Router<App<P>>, base: &str| {
        router.nest(base, routes(app)).route(&format!("{base}/"), bare())
    };
    let own = at(Router::new(), BASE);
    app.settings().scim_aliases.iter().fold(own, |router, alias| at(router, alias))
}

fn routes<P: Ports>(app: &App<P>) -> Router<App<P>> {
    Router::new()
        .route("/Users", get(users::list::<P>).post(users::post::<P>))
        .route("/Users/.search", post(search::users::<P>))
        .route(
            "/Users/{id}",
            get(users::get::<P>).put(users::put::<P>).patch(users::patch::<P>).delete(users::delete::<P>),
        )
        .route("/Groups", get(groups::list::<P>).post(groups::post::<P>))
        .route("/Groups/.search", post(search::groups::<P>))
        .route(
            "/Groups/{id}",
            get(groups::get::<P>).put(groups::put::<P>).patch(groups::patch::<P>).delete(groups::delete::<P>),
        )
        .route("/ServiceProviderConfig", get(discovery::config::<P>))
        .route("/ResourceTypes", get(discovery::resource_types::<P>))
        .route("/ResourceTypes/{name}", get(discovery::resource_type::<P>))
        .route("/Schemas", get(discovery::schemas::<P>))
        .route("/Schemas/{urn}", get(discovery::schema::<P>))
        .fallback(elsewhere)
        .method_not_allowed_fallback(wrong_method)
        .layer(DefaultBodyLimit::max(MOST_BODY))
        .layer(from_fn_with_state(app.clone(), known::<P>))
}

/// Lets in who shows a token, within the share of the address and of the connection.
///
/// # Security
/// Tenant and connection come from the token alone, whatever the address and the body say [attack H1].
/// Nothing below the base answers without one: not what exists, nor what does not.
async fn known<P: Ports>(
    State(app): State<App<P>>,
    Extension(trace): Extension<TraceId>,
    mut request: Request,
    next: Next,
) -> Response {
    let shown = shown(&app, &request);
    let response = match admitted(&app, &trace, shown).await {
        Ok(asked) => {
            let line = Line::of(request.method(), request.uri());
            request.extensions_mut().insert(asked.clone());
            let response = in_scim(next.run(request).await);
            if let Some(entry) = entry(&asked, line, &response, app.environment().now()) {
                app.log_provisioning(entry).await;
            }
            response
        }
        Err(refused) => refused.into_response(),
    };
    if let Some(refused) = response.extensions().get::<Refused>() {
        tracing::warn!(%trace, code = refused.code(), "a directory was refused");
    }
    response
}

/// The framework refuses an address that it cannot read in plain words of its own.
fn in_scim(response: Response) -> Response {
    let kind = response.headers().get(CONTENT_TYPE).map(HeaderValue::as_bytes);
    if response.status().is_client_error() && kind.is_some_and(|kind| kind.starts_with(b"text/plain")) {
        let text = "the address cannot be read: percent-encode it as UTF-8";
        return Refused::from(ScimError::new(ErrorKind::InvalidSyntax, text)).into_response();
    }
    response
}

/// The token of a request, if its address has not asked too often.
fn shown<P: Ports>(app: &App<P>, request: &Request) -> Result<TokenHash, Refused> {
    within_share(app, request)?;
    bearer_token(request.headers()).map_err(|error| unknown(&error.to_string()))
}

fn unknown(text: &str) -> Refused {
    ScimError::new(ErrorKind::Unauthorized, text).into()
}

async fn admitted<P: Ports>(
    app: &App<P>,
    trace: &TraceId,
    shown: Result<TokenHash, Refused>,
) -> Result<Asked, Refused> {
    let (token, now) = (shown?, app.environment().now());
    let Some(admitted) = app.ports().directory_of_token(&token, now).await? else {
        return Err(unknown("the token is not known here, has ended or is revoked: make another"));
    };
    let access = admitted.access;
    app.shares().connection(access.directory.connection, Purpose::Directory, now)?;
    let declared = app.declared(access.directory.tenant, admitted.extension).await?;
    Ok(Asked { access, trace: trace.clone(), now, declared, noted: Noted::default() })
}

/// What is not done here, and what does not exist.
async fn elsewhere(method: Method, OriginalUri(uri): OriginalUri) -> Refused {
    let last = uri.path().rsplit('/').next().unwrap_or_default();
    let error = match (last, method) {
        // [rfc7644 3.11]
        ("Me", _) => ScimError::new(ErrorKind::NotImplemented, "/Me is not served: a token is no user's"),
        // [rfc7644 3.7]
        ("Bulk", Method::POST) => {
            ScimError::new(ErrorKind::NotImplemented, "bulk requests are not taken: send one at a time")
        }
        (".search", Method::POST) => {
            let text = "a search over all resources is not served: POST to /Users/.search or /Groups/.search";
            ScimError::new(ErrorKind::NotImplemented, text)
        }
        _ => ScimError::new(ErrorKind::NotFound, "there is no such resource: /ResourceTypes lists what is"),
    };
    error.into()
}

async fn wrong_method() -> Refused {
    ScimError::new(ErrorKind::MethodNotAllowed, "the resource does not know the method").into()
}
