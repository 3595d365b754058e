//! Who a person is, signed, for an application that does not trust whoever reaches it [rfc7519].

use landfall_accounts::{AtSite, TokenAlgorithm};
use landfall_xmldsig::SignError;
use serde_json::{Value, json};
use time::{Duration, OffsetDateTime};

use super::identity::told_roles;
use crate::TokenKeys;

/// How long a token counts: twice as long as an answer is remembered, so that none is too old when it goes out.
const LIFETIME: Duration = Duration::minutes(2);
/// The kind of token: no identity token, and none can be taken for this [rfc8725 3.11].
const TYP: &str = "site+jwt";

/// A token for one site, by the current key for ES256.
///
/// # Errors
/// [`SignError`] if the library cannot sign.
///
/// # Security
/// Its audience is the origin of the site: at another one it is worth nothing [rfc7519 4.1.3].
pub(super) fn signed(
    keys: &TokenKeys,
    issuer: &str,
    at: &AtSite,
    now: OffsetDateTime,
) -> Result<String, SignError> {
    keys.sign(TokenAlgorithm::Es256, TYP, &claims(issuer, at, now))
}

/// Without groups, which may be more than a header can hold twice.
fn claims(issuer: &str, at: &AtSite, now: OffsetDateTime) -> Value {
    let signed_in = &at.signed_in;
    let mut claims = json!({
        "iss": issuer,
        "aud": at.site.origin.to_string(),
        "sub": signed_in.user.id.to_string(),
        "sid": signed_in.session.id.to_string(),
        "iat": now.unix_timestamp(),
        "exp": (now + LIFETIME).unix_timestamp(),
        "preferred_username": signed_in.user.user_name.as_str(),
        "tenant": signed_in.tenant.as_str(),
        "connection": signed_in.connection.as_str(),
    });
    // Roles that cannot be told are not "no roles" [attack G7].
    let (name, value) = match told_roles(&signed_in.user.access) {
        Some(roles) => ("roles", json!(roles)),
        None => ("roles_incomplete", Value::Bool(true)),
    };
    let email = signed_in.user.email.as_ref().map(|email| ("email", json!(email)));
    if let Some(claims) = claims.as_object_mut() {
        claims.extend(email.into_iter().chain([(name, value)]).map(|(name, value)| (name.to_owned(), value)));
    }
    claims
}

#[cfg(test)]
mod tests {
    use landfall_accounts::Access;

    use super::*;
    use crate::testing::{NOW, at_site};

    /// [rfc7519 4.1.3], [rfc8725 3.11]
    #[test]
    fn a_token_says_whose_it_is_and_for_which_site() {
        let now = NOW.unix_timestamp();
        let expected = json!({
            "iss": "https://sso.example", "aud": "https://app.example",
            "sub": "00000000-0000-0000-0000-000000000064", "sid": "00000000-0000-0000-0000-0000000003e8",
            "iat": now, "exp": now + 120,
            "preferred_username": "ada@contoso.example", "email": "ada@contoso.example",
            "roles": [], "tenant": "contoso", "connection": "contoso-entra",
        });
        assert_eq!(claims("https://sso.example", &at_site(), NOW), expected);
        let mut at = at_site();
        at.signed_in.user.email = None;
        assert_eq!(claims("https://sso.example", &at, NOW).get("email"), None);
    }

    #[test]
    fn g7_roles_that_do_not_fit_are_not_no_roles() {
        let mut at = at_site();
        for (count, told) in [(128, true), (129, false)] {
            let roles: Vec<String> = (0..count).map(|n| format!("{n:031}")).collect();
            at.signed_in.user.access = Access::kept(roles.clone(), None);
            let claims = claims("https://sso.example", &at, NOW);
            let (own, incomplete) = (json!(roles), Value::Bool(true));
            let expected = if told { (Some(&own), None) } else { (None, Some(&incomplete)) };
            assert_eq!((claims.get("roles"), claims.get("roles_incomplete")), expected, "{count}");
        }
    }
}
