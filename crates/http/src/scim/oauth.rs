//! The token endpoint: a client of a directory gets an access token for an hour [rfc6749 4.4].

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::HeaderMap;
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use axum::routing::post;
use axum::{Extension, Json, Router};
use landfall_accounts::{
    AccessOutcome, AccessRefusal, AccessRequest, Detail, Event, EventKind, Proof, ScimClient, ScimClientId,
    TraceId,
};
use serde_json::json;
use time::OffsetDateTime;

use super::assertion::{Assertion, FoundKey};
use super::oauth_error::TokenError;
use super::secret::{DirectorySecret, hash_of};
use crate::limits::{Purpose, within_share};
use crate::oauth::{JwtRefusal, Parameters, Shown, not_stored};
use crate::{App, Ports, count};

/// Most bytes of a request.
const MOST_FORM: usize = 32 * 1024;

/// The routes of the token endpoint.
pub(crate) fn routes<P: Ports>(app: &App<P>) -> Router<App<P>> {
    Router::new()
        .route("/scim/oauth/token", post(token::<P>))
        .layer(DefaultBodyLimit::max(MOST_FORM))
        .route_layer(from_fn_with_state(app.clone(), by_address::<P>))
}

/// Refuses in the words of the endpoint what comes from an address that has asked too often.
async fn by_address<P: Ports>(
    State(app): State<App<P>>,
    Extension(trace): Extension<TraceId>,
    request: Request,
    next: Next,
) -> Response {
    match within_share(&app, &request) {
        Ok(()) => next.run(request).await,
        Err(error) => TokenError::from(error).response(&trace),
    }
}

/// `POST /scim/oauth/token`.
///
/// # Security
/// Nothing of it relies on a cookie, so that Origin does not matter; what it answers is stored nowhere on the way [rfc6749 5.1].
async fn token<P: Ports>(
    State(app): State<App<P>>,
    Extension(trace): Extension<TraceId>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    match answer(&app, &trace, &headers, body).await {
        Ok(secret) => {
            count::scim_token("granted");
            granted(&secret)
        }
        Err(error) => error.response(&trace),
    }
}

async fn answer<P: Ports>(
    app: &App<P>,
    trace: &TraceId,
    headers: &HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<DirectorySecret, TokenError> {
    let form = Parameters::of_body(headers, body)?;
    is_client_credentials(&form)?;
    let now = app.environment().now();
    let (client, proof) = match Shown::read(headers, &form)? {
        Shown::Secret { client, secret } => by_secret(app, &client, &secret, now).await?,
        Shown::Assertion { client, jwt } => by_assertion(app, client.as_deref(), jwt, trace, now).await?,
        Shown::Name { .. } => return Err(TokenError::Nobody),
    };
    let secret = DirectorySecret::new(app.environment())?;
    let (prefix, token) = (secret.prefix().clone(), secret.hash());
    let asked = AccessRequest { client, proof, prefix, token, trace: trace.clone() };
    match app.ports().grant_access(asked, now).await? {
        AccessOutcome::Granted(_) => Ok(secret),
        AccessOutcome::Refused(refusal) => Err(TokenError::Client(refusal)),
    }
}

/// The one grant that there is here [rfc6749 4.4.2]; `scope` is not looked at: a token reaches what its client may reach,
/// and nothing else exists [rfc6749 3.3].
fn is_client_credentials(form: &Parameters) -> Result<(), TokenError> {
    match form.one("grant_type")? {
        None => Err(TokenError::Request { problem: "it has no grant_type" }),
        Some("client_credentials") => Ok(()),
        Some(_) => Err(TokenError::GrantType),
    }
}

/// A client by its name, and the hash of what it shows [rfc6749 2.3.1].
async fn by_secret<P: Ports>(
    app: &App<P>,
    client: &str,
    secret: &str,
    now: OffsetDateTime,
) -> Result<(ScimClientId, Proof), TokenError> {
    let unknown = || TokenError::Client(AccessRefusal::Client);
    let client: ScimClientId = client.parse().map_err(|_| unknown())?;
    let hash = hash_of(secret).ok_or(TokenError::Client(AccessRefusal::Secret))?;
    let found = app.ports().scim_client(&client).await?.ok_or_else(unknown)?;
    // Before anything is written: who floods the clients of one connection leaves the others alone.
    app.shares().connection(found.connection, Purpose::Token, now)?;
    Ok((client, Proof::Secret(hash)))
}

/// A client by what its assertion claims, which is verified by the key of the issuer that the client trusts [rfc7523 3].
async fn by_assertion<P: Ports>(
    app: &App<P>,
    named: Option<&str>,
    jwt: String,
    trace: &TraceId,
    now: OffsetDateTime,
) -> Result<(ScimClientId, Proof), TokenError> {
    let assertion = Assertion::read(jwt).map_err(TokenError::Assertion)?;
    let trusting = app.ports().clients_trusting(assertion.issuer(), assertion.subject()).await?;
    // Where the request names a client, it is the one that the assertion is about [rfc7521 4.2].
    let is_named = |client: &ScimClient| {
        named.is_none_or(|named| named == client.id.to_string() || named == assertion.subject())
    };
    let client = trusting.into_iter().find(|client| {
        is_named(client) && client.trust.as_ref().is_some_and(|trust| assertion.could_be(trust))
    });
    let Some((client, trust)) = client.and_then(|client| Some((client.clone(), client.trust?))) else {
        return Err(TokenError::Client(AccessRefusal::Client));
    };
    app.shares().connection(client.connection, Purpose::Token, now)?;
    let keys = app.settings().assertion_keys.as_ref();
    let key = keys.map_or(FoundKey::NotYet, |keys| keys.find(&trust.issuer, assertion.kid(), now));
    let judged = match key {
        FoundKey::NotYet => return Err(TokenError::KeysNotYet),
        FoundKey::Unknown => Err(JwtRefusal::Key),
        FoundKey::Rsa { n, e } => assertion.verify(&n, &e, &trust, now),
    };
    match judged {
        Ok(used) => Ok((client.id, Proof::Assertion { trust, used })),
        Err(refusal) => {
            note(app, &client, refusal, trace, now).await?;
            Err(TokenError::Assertion(refusal))
        }
    }
}

/// Leaves the event of an assertion that speaks for a client of ours, and does not count.
async fn note<P: Ports>(
    app: &App<P>,
    client: &ScimClient,
    refusal: JwtRefusal,
    trace: &TraceId,
    now: OffsetDateTime,
) -> Result<(), TokenError> {
    let detail = json!({ "client": client.id.to_string(), "code": refusal.code() });
    let event = Event {
        at: now,
        kind: EventKind::AccessRefused,
        tenant: Some(client.tenant),
        connection: Some(client.connection),
        user: None,
        trace: Some(trace.clone()),
        detail: Detail::new(detail.to_string()),
    };
    Ok(app.ports().note(event).await?)
}

/// [rfc6749 5.1]
fn granted(secret: &DirectorySecret) -> Response {
    let body = json!({
        "access_token": secret.expose(),
        "token_type": "Bearer",
        "expires_in": AccessRequest::LIFETIME.whole_seconds(),
    });
    not_stored(Json(body))
}
