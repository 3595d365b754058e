//! What discovery says is what the provider does.

use axum::http::Method;
use landfall_accounts::{NewApplication, Scope, Scopes, TokenAlgorithm};
use serde_json::Value;

use super::relying::{Tokens, send, userinfo};
use super::{Back, Relying, Request, payroll};
use crate::world::{HOME, SIMON, World};

async fn discovered(world: &World) -> Value {
    let path = "/.well-known/openid-configuration";
    let answer = send(world, Method::GET, path, &[], &Request::new(&[])).await;
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert_eq!(answer.header("access-control-allow-origin"), Some("*"));
    serde_json::from_str(&answer.body).unwrap()
}

fn list<'a>(found: &'a Value, name: &str) -> Vec<&'a str> {
    found[name]
        .as_array()
        .unwrap_or_else(|| panic!("no {name}"))
        .iter()
        .map(|one| one.as_str().unwrap())
        .collect()
}

/// [openid-discovery 3], [rfc8414 2]
#[tokio::test]
async fn every_address_answers() {
    let world = World::new().await;
    let found = discovered(&world).await;
    assert_eq!(found["issuer"], HOME);
    for (name, method, status) in [
        ("authorization_endpoint", Method::GET, 400),
        ("token_endpoint", Method::POST, 400),
        ("userinfo_endpoint", Method::GET, 401),
        ("jwks_uri", Method::GET, 200),
        ("device_authorization_endpoint", Method::POST, 401),
        ("revocation_endpoint", Method::POST, 401),
        ("introspection_endpoint", Method::POST, 401),
        ("end_session_endpoint", Method::GET, 303),
    ] {
        let address = found[name].as_str().unwrap_or_else(|| panic!("no {name}"));
        let path = address.strip_prefix(HOME).unwrap();
        let answer = send(&world, method, path, &[], &Request::new(&[])).await;
        assert_eq!(answer.status, status, "{name}: {}", answer.body);
    }
}

#[tokio::test]
async fn what_is_listed_is_taken_and_what_is_not_is_refused() {
    let world = World::new().await;
    let found = discovered(&world).await;
    let app = Relying::new(&world, payroll()).await;
    let mut browser = world.browser();
    browser.sign_in(&world, &world.contoso, SIMON).await;

    let error = async |grant_type: &str| {
        let form = Request::new(&[("grant_type", grant_type)]);
        let answer = app.post(&world, "/oidc/token", &form).await;
        serde_json::from_str::<Value>(&answer.body).unwrap()["error"].as_str().unwrap().to_owned()
    };
    for listed in list(&found, "grant_types_supported") {
        assert_ne!(error(listed).await, "unsupported_grant_type", "{listed}");
    }
    for other in ["client_credentials", "password", "implicit", "urn:ietf:params:oauth:grant-type:jwt-bearer"]
    {
        assert!(!list(&found, "grant_types_supported").contains(&other));
        assert_eq!(error(other).await, "unsupported_grant_type", "{other}");
    }

    for (list_name, parameter, others) in [
        ("response_types_supported", "response_type", ["id_token", "code id_token"]),
        ("response_modes_supported", "response_mode", ["fragment", "form_post"]),
        ("code_challenge_methods_supported", "code_challenge_method", ["plain", "s256"]),
    ] {
        let [listed] = list(&found, list_name)[..] else { panic!("{list_name}") };
        Back::of(&browser.get(&app.asks().with(parameter, listed).address()).await).code();
        for other in others {
            let back = Back::of(&browser.get(&app.asks().with(parameter, other).address()).await);
            assert!(back.value("error").is_some(), "{parameter} {other}");
        }
    }
    for prompt in list(&found, "prompt_values_supported") {
        let answer = browser.get(&app.asks().with("prompt", prompt).address()).await;
        assert!(answer.status == 200 || !answer.location().contains("error="), "{prompt}");
    }
    let unknown = browser.get(&app.asks().with("prompt", "create").address()).await;
    Back::of(&unknown).refused("invalid_request");
    for (name, refused) in
        [("request_parameter_supported", "request"), ("request_uri_parameter_supported", "request_uri")]
    {
        assert_eq!(found[name], false);
        let back = Back::of(&browser.get(&app.asks().with(refused, "x").address()).await);
        back.refused(&format!("{refused}_not_supported"));
    }
}

/// [openid-core 5.1]
#[tokio::test]
async fn every_scope_and_every_claim_is_listed_and_no_other_is_told() {
    let world = World::new().await;
    let found = discovered(&world).await;
    let every: Scopes = Scope::ALL.into_iter().collect();
    assert_eq!(list(&found, "scopes_supported").join(" "), every.to_string());
    let mut browser = world.browser();
    browser.sign_in(&world, &world.contoso, SIMON).await;
    let listed = list(&found, "claims_supported");
    for algorithm in TokenAlgorithm::ALL {
        assert!(list(&found, "id_token_signing_alg_values_supported").contains(&algorithm.name()));
        let name = format!("payroll-{}", algorithm.name().to_lowercase()).parse().unwrap();
        let app = Relying::new(&world, NewApplication { name, signed_with: algorithm, ..payroll() }).await;
        let request = app.asks().with("scope", &every.to_string());
        let tokens = app.signs_on(&world, &mut browser, &request).await;
        let header = jsonwebtoken::decode_header(tokens.id()).unwrap();
        assert_eq!(
            (format!("{:?}", header.alg).as_str(), header.typ.as_deref()),
            (algorithm.name(), Some("JWT"))
        );
        let info: Value = serde_json::from_str(&userinfo(&world, tokens.access()).await.body).unwrap();
        for told in [tokens.claims(&world).await, info] {
            for name in told.as_object().unwrap().keys() {
                assert!(listed.contains(&name.as_str()), "{name}");
            }
        }
        Tokens::of(&app.refresh(&world, tokens.refresh()).await);
    }
}
