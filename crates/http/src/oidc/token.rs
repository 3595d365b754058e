//! The token endpoint [rfc6749 3.2].

use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::HeaderMap;
use axum::response::Response;
use axum::{Extension, Json};
use landfall_accounts::{
    Application, CodeChallenge, CodeRedemption, DeviceQuestion, DeviceReply, Grant, Granted, NewTokens,
    Nonce, RefreshRedemption, Scopes, TokenOutcome, TraceId,
};
use serde_json::{Value, json};
use time::OffsetDateTime;

use super::client::authenticated;
use super::cors;
use super::error::Refusal;
use super::id_token::{Occasion, TYP, claims_of};
use crate::oauth::{Parameters, not_stored};
use crate::secret::{Secret, hash, hash_text};
use crate::{App, Environment, NoRandomness, Ports, count};

/// What tokens may be asked for by.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum GrantType {
    Code,
    Refresh,
    Device,
}

impl GrantType {
    pub(super) const ALL: [Self; 3] = [Self::Code, Self::Refresh, Self::Device];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Code => "authorization_code",
            Self::Refresh => "refresh_token",
            Self::Device => "urn:ietf:params:oauth:grant-type:device_code",
        }
    }
}

/// `POST /oidc/token`.
///
/// # Security
/// Nothing of it relies on a cookie, so that Origin does not matter; what it answers is stored nowhere on the way [rfc6749 5.1].
pub(super) async fn post<P: Ports>(
    State(app): State<App<P>>,
    Extension(trace): Extension<TraceId>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    match answer(&app, &trace, &headers, body).await {
        Ok((application, body)) => {
            count::token("granted");
            cors::for_its_pages(not_stored(Json(body)), &application, &headers)
        }
        Err(refusal) => {
            count::token(refusal.code());
            cors::for_all(refusal.response(&trace))
        }
    }
}

async fn answer<P: Ports>(
    app: &App<P>,
    trace: &TraceId,
    headers: &HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<(Application, Value), Refusal> {
    let form = Parameters::of_body(headers, body)?;
    let grant_type = form.one("grant_type")?.ok_or(Refusal::Request { problem: "it has no grant_type" })?;
    let grant_type = GrantType::ALL.into_iter().find(|one| one.name() == grant_type);
    let grant_type = grant_type.ok_or(Refusal::GrantType)?;
    let now = app.environment().now();
    let application = authenticated(app, headers, &form, now).await?;
    let tokens = Tokens::new(app.environment())?;
    let asked = Asked { app, application: &application, form: &form, tokens: &tokens, trace, now };
    let answer = match grant_type {
        GrantType::Code => asked.by_code().await?,
        GrantType::Refresh => asked.by_refresh().await?,
        GrantType::Device => asked.by_device().await?,
    };
    Ok((application, answer))
}

/// Tokens that are made before it is known whether they will count.
struct Tokens {
    access: Secret,
    refresh: Secret,
}

impl Tokens {
    fn new(environment: &dyn Environment) -> Result<Self, NoRandomness> {
        Ok(Self { access: Secret::new(environment)?, refresh: Secret::new(environment)? })
    }

    fn hashes(&self) -> NewTokens {
        NewTokens { access: self.access.hash(), refresh: self.refresh.hash() }
    }
}

/// A request of an application that is itself.
struct Asked<'a, P: Ports> {
    app: &'a App<P>,
    application: &'a Application,
    form: &'a Parameters,
    tokens: &'a Tokens,
    trace: &'a TraceId,
    now: OffsetDateTime,
}

impl<P: Ports> Asked<'_, P> {
    /// What the application keeps to itself tells its own code from one that was stolen or injected [rfc6749 4.1.3],
    /// [rfc7636 4.5], [rfc9700 4.5], [rfc9700 4.5.3].
    async fn by_code(&self) -> Result<Value, Refusal> {
        let code = self.needed("code", "it has no code")?;
        let shown = CodeRedemption {
            app: self.application.id,
            code: hash(code),
            redirect: self.form.one("redirect_uri")?.map(str::to_owned),
            challenge: self.form.one("code_verifier")?.and_then(challenge),
            tokens: self.tokens.hashes(),
            trace: self.trace.clone(),
        };
        match self.app.ports().redeem_code(shown, self.now).await? {
            TokenOutcome::Granted(granted) => {
                self.granted(&granted, granted.grant.scopes, granted.grant.nonce.as_ref())
            }
            TokenOutcome::Refused(refusal) => Err(Refusal::Grant(refusal)),
        }
    }

    /// What an application may not have is passed over, as it was when the code was asked for: many ask for the same
    /// again [rfc6749 6], [rfc9700 4.14.2], [openid-core 11].
    async fn by_refresh(&self) -> Result<Value, Refusal> {
        let refresh = self.needed("refresh_token", "it has no refresh_token")?;
        let scopes = self.form.one("scope")?.map(|asked| self.application.grants(Scopes::asked(asked)).0);
        let shown = RefreshRedemption {
            app: self.application.id,
            refresh: hash(refresh),
            scopes,
            tokens: self.tokens.hashes(),
            trace: self.trace.clone(),
        };
        match self.app.ports().refresh(shown, self.now).await? {
            TokenOutcome::Granted(granted) => {
                self.granted(&granted, scopes.unwrap_or(granted.grant.scopes), None)
            }
            TokenOutcome::Refused(refusal) => Err(Refusal::Grant(refusal)),
        }
    }

    /// [rfc8628 3.4]
    async fn by_device(&self) -> Result<Value, Refusal> {
        super::device_authorization::may_ask(self.application)?;
        let question = DeviceQuestion {
            app: self.application.id,
            device_code: hash(self.needed("device_code", "it has no device_code")?),
            tokens: self.tokens.hashes(),
            trace: self.trace.clone(),
        };
        match self.app.ports().ask_for_device(question, self.now).await? {
            DeviceReply::Granted(granted) => self.granted(&granted, granted.grant.scopes, None),
            DeviceReply::Pending => Err(Refusal::Pending),
            DeviceReply::SlowDown => Err(Refusal::SlowDown),
            DeviceReply::Denied => Err(Refusal::Denied),
            DeviceReply::Expired => Err(Refusal::Late),
            DeviceReply::Refused(refusal) => Err(Refusal::Grant(refusal)),
        }
    }

    fn needed(&self, name: &'static str, problem: &'static str) -> Result<&str, Refusal> {
        self.form.one(name)?.ok_or(Refusal::Request { problem })
    }

    /// [rfc6749 5.1], [openid-core 3.1.3.3]
    fn granted(&self, granted: &Granted, scopes: Scopes, nonce: Option<&Nonce>) -> Result<Value, Refusal> {
        let (access_token, own) = (self.tokens.access.expose(), self.app.own());
        let issuer = self.app.settings().public_url.origin();
        let occasion = Occasion { issuer, scopes, access_token, nonce, now: self.now };
        let claims = claims_of(granted, self.application, &occasion);
        let id_token = own.tokens().sign(self.application.signed_with, TYP, &claims)?;
        let lasts = Grant::ACCESS_LIFETIME.min(granted.grant.expires_at - self.now);
        Ok(json!({
            "access_token": access_token,
            "token_type": "Bearer",
            "expires_in": lasts.whole_seconds(),
            "refresh_token": self.tokens.refresh.expose(),
            "scope": scopes.to_string(),
            "id_token": id_token,
        }))
    }
}

/// What follows from a verifier: 43 to 128 characters that need no encoding [rfc7636 4.1], [rfc7636 4.6].
fn challenge(verifier: &str) -> Option<CodeChallenge> {
    let unreserved = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    if !(43..=128).contains(&verifier.len()) || !verifier.bytes().all(unreserved) {
        return None;
    }
    hash_text(verifier).parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// [rfc7636 4.1], [rfc7636 4.2], [rfc7636 4.5], [rfc7636 4.6]
    #[test]
    fn a_challenge_follows_from_its_verifier() {
        // Appendix B of the standard.
        let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
        let expected = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
        assert_eq!(challenge(verifier).unwrap().as_str(), expected);
        assert!(challenge(&"~".repeat(128)).is_some());
        for other in [&"~".repeat(129), &"a".repeat(42), &verifier.replace('-', "+"), ""] {
            assert_eq!(challenge(other), None, "{other}");
        }
    }
}
