//! What this provider does, for applications that set themselves up by it [openid-discovery 3], [rfc8414 2].

use axum::Json;
use axum::extract::State;
use axum::http::HeaderValue;
use axum::http::header::CACHE_CONTROL;
use axum::response::Response;
use landfall_accounts::{Scope, TokenAlgorithm};
use serde_json::{Value, json};

use super::authorize::Prompt;
use super::token::GrantType;
use super::{claims, client, cors, id_token};
use crate::{App, Ports, PublicUrl};

/// `GET /.well-known/openid-configuration`.
pub(super) async fn get<P: Ports>(State(app): State<App<P>>) -> Response {
    let mut response = cors::for_all(Json(described(&app.settings().public_url)));
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("public, max-age=300"));
    response
}

/// Everything that is listed is what the code goes by.
fn described(public_url: &PublicUrl) -> Value {
    let scopes = Scope::ALL.map(Scope::name);
    let claims: Vec<&str> = ["sub"].into_iter().chain(claims::names()).chain(id_token::NAMES).collect();
    let of_assertions = client::ALGORITHMS.map(|algorithm| format!("{algorithm:?}"));
    // Who cannot prove itself cannot ask what a token stands for.
    let proofs: Vec<&str> = client::METHODS.into_iter().filter(|method| *method != "none").collect();
    json!({
        "issuer": public_url.origin(),
        "authorization_endpoint": public_url.join(super::AUTHORIZE),
        "token_endpoint": public_url.join(super::TOKEN),
        "userinfo_endpoint": public_url.join(super::USERINFO),
        "jwks_uri": public_url.join(super::JWKS),
        "device_authorization_endpoint": public_url.join(super::DEVICE_AUTHORIZATION),
        "revocation_endpoint": public_url.join(super::REVOKE),
        "introspection_endpoint": public_url.join(super::INTROSPECT),
        "end_session_endpoint": public_url.join(super::LOGOUT),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": GrantType::ALL.map(GrantType::name),
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": TokenAlgorithm::ALL.map(TokenAlgorithm::name),
        "token_endpoint_auth_methods_supported": client::METHODS,
        "token_endpoint_auth_signing_alg_values_supported": of_assertions,
        "revocation_endpoint_auth_methods_supported": client::METHODS,
        "revocation_endpoint_auth_signing_alg_values_supported": of_assertions,
        "introspection_endpoint_auth_methods_supported": proofs,
        "introspection_endpoint_auth_signing_alg_values_supported": of_assertions,
        "code_challenge_methods_supported": ["S256"],
        "scopes_supported": scopes,
        "claims_supported": claims,
        "claim_types_supported": ["normal"],
        "prompt_values_supported": Prompt::NAMES,
        "authorization_response_iss_parameter_supported": true,
        "claims_parameter_supported": false,
        "request_parameter_supported": false,
        "request_uri_parameter_supported": false,
        // [openid-backchannel 2.1]
        "backchannel_logout_supported": true,
        "backchannel_logout_session_supported": true,
    })
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    /// [openid-discovery 3]
    #[test]
    fn every_address_is_below_the_issuer_and_nothing_is_listed_twice() {
        let described = described(&"https://sso.example".parse().unwrap());
        let described = described.as_object().unwrap();
        assert_eq!(described["issuer"], "https://sso.example");
        for (name, value) in described {
            if name.ends_with("_endpoint") || name.ends_with("_uri") {
                assert!(value.as_str().unwrap().starts_with("https://sso.example/oidc/"), "{name}");
            }
            let list = value.as_array().map(Vec::as_slice).unwrap_or_default();
            let set: HashSet<String> = list.iter().map(Value::to_string).collect();
            assert_eq!(set.len(), list.len(), "{name}");
        }
    }
}
