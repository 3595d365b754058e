//! What a token of an application stands for, for its own server [rfc7662].

use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::HeaderMap;
use axum::response::Response;
use axum::{Extension, Json};
use landfall_accounts::{AppAuthentication, Application, LiveToken, TokenKind, TraceId};
use serde_json::{Value, json};

use super::client::asking;
use super::error::Refusal;
use crate::oauth::not_stored;
use crate::secret::hash;
use crate::{App, Ports};

/// `POST /oidc/introspect`.
pub(super) async fn post<P: Ports>(
    State(app): State<App<P>>,
    Extension(trace): Extension<TraceId>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    match answer(&app, &headers, body).await {
        Ok(body) => not_stored(Json(body)),
        Err(refusal) => refusal.response(&trace),
    }
}

/// # Security
/// Who cannot prove itself learns nothing, and nobody learns of a token of another application [rfc7662 4].
async fn answer<P: Ports>(
    app: &App<P>,
    headers: &HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Value, Refusal> {
    let (application, form, now) = asking(app, headers, body).await?;
    if application.authentication == AppAuthentication::None {
        return Err(Refusal::Kind);
    }
    let token = form.one("token")?.ok_or(Refusal::Request { problem: "it has no token" })?;
    let live = app.ports().live_token(&hash(token), now).await?;
    let own = live.filter(|live| live.granted.grant.app == application.id);
    let issuer = app.settings().public_url.origin();
    Ok(own.map_or_else(|| json!({ "active": false }), |live| described(&live, &application, issuer)))
}

/// [rfc7662 2.2]
fn described(live: &LiveToken, application: &Application, issuer: &str) -> Value {
    let name = application.name.as_str();
    let mut described = json!({
        "active": true,
        "iss": issuer,
        "aud": name,
        "client_id": name,
        "sub": live.granted.user.id.to_string(),
        "username": live.granted.user.user_name.as_str(),
        "tenant": live.granted.tenant.as_str(),
        "scope": live.scopes.to_string(),
        "iat": live.issued_at.unix_timestamp(),
        "exp": live.expires_at.unix_timestamp(),
    });
    if let (TokenKind::Access, Some(described)) = (live.kind, described.as_object_mut()) {
        described.insert("token_type".to_owned(), json!("Bearer"));
    }
    described
}
