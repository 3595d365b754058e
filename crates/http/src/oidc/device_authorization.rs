//! A device begins: it gets a code to ask with, and one that its person enters [rfc8628 3.1].

use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::HeaderMap;
use axum::response::Response;
use axum::{Extension, Json};
use landfall_accounts::{
    AppKind, Application, DeviceRequest, NewDeviceRequest, Scope, Scopes, TraceId, UserCode,
};
use serde_json::{Value, json};
use url::form_urlencoded::Serializer;

use super::DEVICE;
use super::client::asking;
use super::error::Refusal;
use crate::environment::random;
use crate::oauth::not_stored;
use crate::secret::Secret;
use crate::{App, NoRandomness, Ports};

/// `POST /oidc/device_authorization`.
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

async fn answer<P: Ports>(
    app: &App<P>,
    headers: &HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Value, Refusal> {
    let (application, form, now) = asking(app, headers, body).await?;
    may_ask(&application)?;
    let (scopes, _) = application.grants(Scopes::asked(form.one("scope")?.unwrap_or_default()));
    if !scopes.has(Scope::Openid) {
        return Err(Refusal::Scope);
    }
    let device_code = Secret::new(app.environment())?;
    let user_code = UserCode::new(random(app.environment())?).ok_or(NoRandomness)?;
    let new = NewDeviceRequest {
        app: application.id,
        scopes,
        device_code: device_code.hash(),
        user_code: user_code.clone(),
    };
    app.ports().begin_device(new, now).await?;
    let verification_uri = app.settings().public_url.join(DEVICE);
    let query = Serializer::new(String::new()).append_pair("user_code", &user_code.to_string()).finish();
    Ok(json!({
        "device_code": device_code.expose(),
        "user_code": user_code.to_string(),
        "verification_uri_complete": format!("{verification_uri}?{query}"),
        "verification_uri": verification_uri,
        "expires_in": DeviceRequest::LIFETIME.whole_seconds(),
        "interval": DeviceRequest::INTERVAL.whole_seconds(),
    }))
}

/// Only what runs on a person's device has a person who reads a code from it [rfc8628 1].
pub(super) fn may_ask(application: &Application) -> Result<(), Refusal> {
    if application.kind == AppKind::Native { Ok(()) } else { Err(Refusal::Kind) }
}

#[cfg(test)]
mod tests {
    use landfall_accounts::AppAuthentication;

    use super::*;
    use crate::oidc::testing::application;

    /// [rfc8628 1]
    #[test]
    fn devices_have_native_applications() {
        for (kind, may) in [(AppKind::Native, true), (AppKind::Web, false), (AppKind::Browser, false)] {
            assert_eq!(may_ask(&application(kind, AppAuthentication::None)).is_ok(), may, "{kind}");
        }
    }
}
