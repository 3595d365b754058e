//! Which application asks, and whether it is itself [openid-core 9].

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::http::HeaderMap;
use jsonwebtoken::Algorithm;
use jsonwebtoken::jwk::JwkSet;
use landfall_accounts::{AppAuthentication, Application};
use serde::Deserialize;
use time::{Duration, OffsetDateTime};

use super::error::Refusal;
use crate::oauth::{Audiences, Dates, JwtRefusal, Parameters, SKEW, Shown, Unverified};
use crate::secret::hash;
use crate::{App, Ports, PublicUrl};

/// The ways in which an application may prove itself, as discovery names them.
pub(super) const METHODS: [&str; 4] =
    ["client_secret_basic", "client_secret_post", "private_key_jwt", "none"];
/// What an assertion may be signed with.
pub(super) const ALGORITHMS: [Algorithm; 3] = [Algorithm::RS256, Algorithm::ES256, Algorithm::PS256];
/// The longest time from now for which an assertion may be valid: libraries make them for an hour.
const LONGEST: Duration = Duration::HOUR;

/// Who asks by a form, the form, and when it came.
pub(super) async fn asking<P: Ports>(
    app: &App<P>,
    headers: &HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<(Application, Parameters, OffsetDateTime), Refusal> {
    let form = Parameters::of_body(headers, body)?;
    let now = app.environment().now();
    let application = authenticated(app, headers, &form, now).await?;
    Ok((application, form, now))
}

/// The application that asks, which proves itself in the one way that is registered [rfc6749 3.2.1].
///
/// # Security
/// One that has nothing to prove itself with is believed to be what it says: what it shows beside must do [rfc7636 4.6].
pub(super) async fn authenticated<P: Ports>(
    app: &App<P>,
    headers: &HeaderMap,
    form: &Parameters,
    now: OffsetDateTime,
) -> Result<Application, Refusal> {
    let shown = Shown::read(headers, form)?;
    let cut = |name: &str| name.chars().take(200).collect();
    let refused = |of: &str, refusal| Refusal::Assertion { of: cut(of), refusal };
    let unverified = match &shown {
        Shown::Assertion { client, jwt } => {
            Some(read(jwt).map_err(|refusal| refused(client.as_deref().unwrap_or_default(), refusal))?)
        }
        Shown::Name { .. } | Shown::Secret { .. } => None,
    };
    let name = match (&shown, &unverified) {
        (Shown::Name { client } | Shown::Secret { client, .. }, _) => client.as_str(),
        (Shown::Assertion { client, .. }, Some(assertion)) => {
            let subject = assertion.claims().sub.as_str();
            // Where the request names an application, it is the one that the assertion is about [rfc7521 4.2].
            if client.as_ref().is_some_and(|client| client != subject) {
                return Err(refused(subject, JwtRefusal::Other));
            }
            subject
        }
        (Shown::Assertion { .. }, None) => return Err(Refusal::Nobody),
    };
    let unknown = || Refusal::Unknown { found: cut(name) };
    let known = name.parse().map_err(|_| unknown())?;
    let application = app.ports().application_named(&known).await?.ok_or_else(unknown)?;
    match (&application.authentication, shown, unverified) {
        (AppAuthentication::None, Shown::Name { .. }, _) => {}
        (AppAuthentication::Secret, Shown::Secret { secret, .. }, _) => {
            if !app.ports().is_secret_of(&application.id, &hash(&secret), now).await? {
                return Err(Refusal::Secret { app: known });
            }
        }
        (AppAuthentication::PrivateKeyJwt { keys }, _, Some(assertion)) => {
            let keys = serde_json::from_str(keys).map_err(|source| Refusal::Keys { app: known, source })?;
            let used = judge(&assertion, &keys, &application, &app.settings().public_url, now);
            let used = used.map_err(|refusal| refused(application.name.as_str(), refusal))?;
            let (jti, until) = (hash(&used.jti), used.until);
            if !app.ports().use_app_assertion(&application.id, &jti, until, now).await? {
                return Err(refused(application.name.as_str(), JwtRefusal::Used));
            }
        }
        (registered, ..) => return Err(Refusal::OtherWay { app: known, registered: registered.name() }),
    }
    Ok(application)
}

/// What an application claims of itself [rfc7523 3].
#[derive(Deserialize)]
struct Claims {
    iss: String,
    sub: String,
    aud: Audiences,
    jti: String,
    #[serde(flatten)]
    dates: Dates,
}

/// What is used up with an assertion.
#[derive(Debug, PartialEq, Eq)]
struct Used {
    jti: String,
    until: OffsetDateTime,
}

fn read(jwt: &str) -> Result<Unverified<Claims>, JwtRefusal> {
    Unverified::read(jwt.to_owned(), &ALGORITHMS)
}

/// Verifies the signature, then judges what was signed: by the application, about itself, for us alone, once and for a
/// short time [rfc7523 3], [openid-core 9].
///
/// # Security
/// Each audience must be ours: an assertion that is good elsewhere too could have been asked for by somebody else, who
/// shows it here.
fn judge(
    assertion: &Unverified<Claims>,
    keys: &JwkSet,
    application: &Application,
    public_url: &PublicUrl,
    now: OffsetDateTime,
) -> Result<Used, JwtRefusal> {
    let claims = assertion.signed_by_one_of(keys)?;
    let name = application.name.as_str();
    let ours = [public_url.origin().to_owned(), public_url.join(super::TOKEN)];
    let audiences = claims.aud.as_slice();
    let for_us = !audiences.is_empty() && audiences.iter().all(|one| ours.contains(one));
    if claims.iss != name || claims.sub != name || !for_us {
        return Err(JwtRefusal::Other);
    }
    let end = claims.dates.end(LONGEST + SKEW, now)?;
    if claims.jti.is_empty() {
        return Err(JwtRefusal::Malformed);
    }
    Ok(Used { jti: claims.jti, until: end + SKEW })
}

#[cfg(test)]
mod tests;
