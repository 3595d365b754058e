//! The identity token: who the person is, signed for one application [openid-core 2].

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use landfall_accounts::{Application, Granted, Nonce, Scopes};
use serde_json::{Value, json};
use time::{Duration, OffsetDateTime};

use super::amr::amr;
use super::claims::claims;

/// How long an application may take it: it is read at once, and says nothing of how long the person stays signed in.
pub(super) const LIFETIME: Duration = Duration::minutes(10);

/// The kind of token, which those for other purposes are not [rfc8725 3.11].
pub(super) const TYP: &str = "JWT";

/// What [`claims_of`] adds to what an application is told of the person.
pub(super) const NAMES: [&str; 11] =
    ["iss", "aud", "azp", "exp", "iat", "auth_time", "acr", "amr", "sid", "at_hash", "nonce"];

/// What goes into a token beside the grant.
pub(super) struct Occasion<'a> {
    pub(super) issuer: &'a str,
    /// What the application is told: no more than was granted.
    pub(super) scopes: Scopes,
    /// The access token that is given out with it.
    pub(super) access_token: &'a str,
    /// What the application wants to find in it; a token for a refresh has none [openid-core 12.2].
    pub(super) nonce: Option<&'a Nonce>,
    pub(super) now: OffsetDateTime,
}

/// The claims of a token for this application.
///
/// # Security
/// `auth_time` stands in each: an application that asked for a fresh sign-in must look at it, since whoever has the link
/// can leave `max_age` out [openid-core 3.1.3.7].
pub(super) fn claims_of(granted: &Granted, application: &Application, occasion: &Occasion<'_>) -> Value {
    let Occasion { issuer, scopes, access_token, nonce, now } = *occasion;
    let mut all = claims(granted, scopes);
    let mut add = |name: &str, value: Value| all.insert(name.to_owned(), value);
    add("iss", json!(issuer));
    add("aud", json!(application.name.as_str()));
    add("azp", json!(application.name.as_str()));
    add("iat", json!(now.unix_timestamp()));
    add("exp", json!((now + LIFETIME).unix_timestamp()));
    add("sid", json!(granted.grant.session.to_string()));
    add("at_hash", json!(half_hash(access_token)));
    if let Some(authentication) = &granted.grant.authentication {
        add("auth_time", json!(authentication.at().unix_timestamp()));
        if let Some(context) = authentication.context() {
            add("acr", json!(context));
        }
        let methods = amr(authentication);
        if !methods.is_empty() {
            add("amr", json!(methods));
        }
    }
    if let Some(nonce) = nonce {
        add("nonce", json!(nonce.as_str()));
    }
    Value::from(all)
}

/// The left half of the SHA-256, which both algorithms are built on [openid-core 3.1.3.6].
fn half_hash(text: &str) -> String {
    let hash = digest(&SHA256, text.as_bytes());
    let half = hash.as_ref().split_at_checked(16).map_or(hash.as_ref(), |(left, _)| left);
    URL_SAFE_NO_PAD.encode(half)
}

#[cfg(test)]
mod tests {
    use landfall_accounts::{AppAuthentication, AppKind, Authentication};

    use super::*;
    use crate::oidc::testing::{NOW, application, granted};

    fn made(granted: &Granted, nonce: Option<&Nonce>) -> Value {
        let application = application(AppKind::Web, AppAuthentication::Secret);
        let occasion = Occasion {
            issuer: "https://sso.example",
            scopes: Scopes::asked("openid"),
            access_token: "jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y",
            nonce,
            now: NOW,
        };
        claims_of(granted, &application, &occasion)
    }

    /// [openid-core 2], [openid-core 3.1.3.6]
    #[test]
    fn a_token_says_who_when_how_and_for_whom() {
        let mut granted = granted();
        let context = "urn:oasis:names:tc:SAML:2.0:ac:classes:Password";
        let multi = "http://schemas.microsoft.com/claims/multipleauthn";
        let authentication = Authentication::asserted(NOW - Duration::HOUR, Some(context), NOW).by([multi]);
        granted.grant.authentication = Some(authentication);
        let now = NOW.unix_timestamp();
        assert_eq!(
            made(&granted, granted.grant.nonce.as_ref()),
            json!({
                "iss": "https://sso.example", "aud": "payroll", "azp": "payroll",
                "sub": granted.user.id.to_string(), "sid": granted.grant.session.to_string(),
                "iat": now, "exp": now + 600, "auth_time": now - 3600,
                "acr": context, "amr": ["mfa", "pwd"],
                // The example of the specification.
                "at_hash": "77QmUPtjPfzWtF2AnpK9RQ",
                "nonce": "n-0S6_WzA2Mj", "tenant": "contoso", "connection": "contoso-entra",
            })
        );
    }

    /// [openid-core 12.2]
    #[test]
    fn what_is_not_known_or_not_asked_for_is_left_out() {
        let mut granted = granted();
        granted.grant.authentication = None;
        let token = made(&granted, None);
        for name in ["auth_time", "acr", "amr", "nonce"] {
            assert_eq!(token.get(name), None, "{name}");
        }
        assert!(NAMES.iter().filter(|name| token.get(**name).is_some()).count() == NAMES.len() - 4);
    }
}
