//! What is told of a person.

use axum::http::Method;
use serde_json::json;

use super::{signed_in, succeeds, told};
use crate::oidc::relying::{Request, send};
use crate::oidc::{Relying, payroll};
use crate::world::{SIMON, World};

/// [openid-core 5.3], [openid-core 5.3.1], [openid-core 5.3.2]
#[tokio::test]
async fn oidcc_userinfo_get() {
    let (_, info) = told(|request| request.with("scope", "openid email")).await;
    assert_eq!(info["email"], SIMON);
}

/// [rfc6750 2.1]
#[tokio::test]
async fn oidcc_userinfo_post_header() {
    let world = World::new().await;
    let (mut browser, app) = signed_in(&world).await;
    let tokens = app.signs_on(&world, &mut browser, &app.asks()).await;
    let bearer = format!("bearer {}", tokens.access());
    let form = Request::new(&[]);
    let answer = send(&world, Method::POST, "/oidc/userinfo", &[("authorization", &bearer)], &form).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert_eq!(answer.header("content-type"), Some("application/json"));
}

/// A token in a body or an address is logged and repeated: it is not looked at [rfc6750 2.3], [rfc6750 3],
/// [rfc6750 3.1].
#[tokio::test]
async fn oidcc_userinfo_post_body() {
    let world = World::new().await;
    let (mut browser, app) = signed_in(&world).await;
    let tokens = app.signs_on(&world, &mut browser, &app.asks()).await;
    let form = Request::new(&[("access_token", tokens.access())]);
    for (method, path) in [
        (Method::POST, "/oidc/userinfo".to_owned()),
        (Method::GET, format!("/oidc/userinfo?access_token={}", tokens.access())),
    ] {
        let answer = send(&world, method, &path, &[], &form).await;
        assert_eq!(answer.status, 401);
        assert_eq!(answer.header("www-authenticate"), Some("Bearer realm=\"landfall\""));
    }
}

/// [openid-core 5.4]
#[tokio::test]
async fn oidcc_scope_profile() {
    let (claims, info) = told(|request| request.with("scope", "openid profile")).await;
    for name in ["preferred_username", "given_name", "family_name", "updated_at"] {
        assert!(!info[name].is_null() && claims[name] == info[name], "{name}: {info}");
    }
    assert_eq!(info["preferred_username"], SIMON);
    assert_eq!(info.get("email"), None);
}

/// [openid-core 5.1]
#[tokio::test]
async fn oidcc_scope_email() {
    let (claims, info) = told(|request| request.with("scope", "openid email")).await;
    assert_eq!((&info["email"], &info["email_verified"]), (&json!(SIMON), &json!(true)));
    assert_eq!(claims["email_verified"], true);
    assert_eq!(info.get("preferred_username"), None);
}

/// Nothing is known of addresses and telephones: the scopes are passed over [openid-core 3.1.2.1], [rfc6749 3.3].
#[tokio::test]
async fn oidcc_scope_address() {
    succeeds(|request| request.with("scope", "openid address")).await;
}

#[tokio::test]
async fn oidcc_scope_phone() {
    succeeds(|request| request.with("scope", "openid phone")).await;
}

#[tokio::test]
async fn oidcc_scope_all() {
    let (_, info) = told(|request| request.with("scope", "openid profile email address phone")).await;
    assert_eq!((&info["email"], &info["preferred_username"]), (&json!(SIMON), &json!(SIMON)));
}

#[tokio::test]
async fn oidcc_ensure_other_scope_order_succeeds() {
    let (_, info) = told(|request| request.with("scope", "email openid")).await;
    assert_eq!(info["email"], SIMON);
}

/// `claims` is not served, and asks for nothing [openid-core 5.5].
#[tokio::test]
async fn oidcc_claims_essential() {
    let claims = r#"{"userinfo":{"name":{"essential":true}}}"#;
    succeeds(|request| request.with("claims", claims)).await;
}

#[tokio::test]
async fn oidcc_claims_locales() {
    succeeds(|request| request.with("claims_locales", "se")).await;
}

/// A wish, which is passed over: what the identity provider asserts is what the token says [openid-core 5.5.1.1], [rfc8176 2].
#[tokio::test]
async fn oidcc_ensure_request_with_acr_values_succeeds() {
    let world = World::new().await;
    let app = Relying::new(&world, payroll()).await;
    let mut browser = world.browser();
    let several = |message: &mut landfall_entra_twin::Message| {
        let methods = message.assertion.attributes.iter_mut();
        let methods = methods.filter(|attribute| attribute.name.ends_with("/authnmethodsreferences"));
        methods
            .for_each(|one| one.values.push("http://schemas.microsoft.com/claims/multipleauthn".to_owned()));
    };
    let arrived = browser.arrive(&world, &world.contoso, &world.contoso.person(SIMON), several).await;
    browser.follow(&arrived).await;
    let tokens = app.signs_on(&world, &mut browser, &app.asks().with("acr_values", "1 2")).await;
    let claims = tokens.claims(&world).await;
    assert_eq!(claims["acr"], "urn:oasis:names:tc:SAML:2.0:ac:classes:Password");
    assert_eq!(claims["amr"], json!(["pwd", "mfa"]));
}
