//! `POST /scim/oauth/token`, as a directory asks it.

use std::num::NonZeroU32;

use axum::body::Body;
use axum::http::{Request, header};
use landfall_accounts::ports::CredentialStore;
use landfall_accounts::{
    AccessRequest, ConnectionState, DirectoryAccess, EventKind, NewCredential, ScimClient, ScimDialect,
};
use landfall_http::{DirectorySecret, Limits, Rate, bearer_token};
use landfall_xmldsig::encode_base64;
use serde_json::Value;
use url::Url;
use url::form_urlencoded::Serializer;

use crate::world::{Answer, HOME, World};

const GRANT: (&str, &str) = ("grant_type", "client_credentials");

/// A client of contoso, and its secret.
pub(super) async fn client(world: &World) -> (ScimClient, DirectorySecret) {
    let secret = DirectorySecret::new(&world.environment()).unwrap();
    let new = NewCredential {
        dialect: None,
        prefix: secret.prefix().clone(),
        hash: secret.hash(),
        label: None,
        expires_at: None,
    };
    let name = world.contoso.connection();
    (world.store.create_scim_client(&name, new, world.clock.now()).await.unwrap().0, secret)
}

/// Asks for a token, from this address.
pub(super) async fn ask_at(
    world: &World,
    address: &str,
    authorization: Option<&str>,
    form: &[(&str, &str)],
) -> Answer {
    let url = Url::parse(HOME).unwrap().join("/scim/oauth/token").unwrap();
    let body = Serializer::new(String::new()).extend_pairs(form).finish();
    let mut request =
        Request::post(url.as_str()).header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    if let Some(authorization) = authorization {
        request = request.header(header::AUTHORIZATION, authorization);
    }
    world.browser().at(address).send(&url, None, request.body(Body::from(body)).unwrap()).await
}

pub(super) async fn ask(world: &World, form: &[(&str, &str)]) -> Answer {
    ask_at(world, "192.0.2.1", None, form).await
}

pub(super) fn json(answer: &Answer) -> Value {
    assert_eq!(answer.header("content-type"), Some("application/json"), "{}", answer.body);
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert_eq!(answer.header("pragma"), Some("no-cache"));
    serde_json::from_str(&answer.body).unwrap()
}

fn text<'a>(found: &'a Value, name: &str) -> Option<&'a str> {
    found.get(name).and_then(Value::as_str)
}

/// It is refused in the words of the standard, and the operator finds this code.
#[track_caller]
pub(super) fn refused(world: &World, answer: &Answer, status: u16, error: &str, code: &str) {
    let found = json(answer);
    assert_eq!((answer.status, text(&found, "error")), (status, Some(error)), "{}", answer.body);
    assert_eq!(world.code(answer).as_deref(), Some(code), "{}", answer.body);
    assert_eq!(answer.header("www-authenticate").is_some(), status == 401);
    assert!(answer.body.contains(answer.trace()), "{}", answer.body);
}

/// Whom the token of an answer speaks for.
pub(super) async fn speaks(world: &World, answer: &Answer) -> Option<DirectoryAccess> {
    let found = json(answer);
    assert_eq!((answer.status, text(&found, "token_type")), (200, Some("Bearer")), "{}", answer.body);
    assert_eq!(found.get("expires_in").and_then(Value::as_i64), Some(3600));
    let mut headers = axum::http::HeaderMap::new();
    let shown = format!("Bearer {}", text(&found, "access_token").unwrap());
    headers.insert(header::AUTHORIZATION, shown.parse().unwrap());
    let hash = bearer_token(&headers).unwrap();
    let admitted = world.store.directory_of_token(&hash, world.clock.now()).await.unwrap();
    admitted.map(|admitted| admitted.access)
}

/// [rfc6749 2.2], [rfc6749 4.4], [rfc6749 4.4.2], [rfc6749 5.1]
#[tokio::test]
async fn a_client_gets_a_token_and_the_token_speaks_for_its_connection() {
    let world = World::new().await;
    let (client, secret) = client(&world).await;
    let id = client.id.to_string();
    let basic = format!("Basic {}", encode_base64(format!("{id}:{}", secret.expose()).as_bytes()));
    let by_form = ask(&world, &[GRANT, ("client_id", &id), ("client_secret", secret.expose())]).await;
    let by_header = ask_at(&world, "192.0.2.1", Some(&basic), &[GRANT, ("scope", "anything")]).await;
    for answer in [&by_form, &by_header] {
        let access = speaks(&world, answer).await.unwrap();
        assert_eq!(
            (access.directory.tenant, access.directory.connection),
            (client.tenant, client.connection)
        );
        assert_eq!(access.dialect, ScimDialect::Entra);
        assert_eq!(world.kinds_of(answer).await, [EventKind::AccessGranted]);
    }
    assert_ne!(json(&by_form)["access_token"], json(&by_header)["access_token"]);
    world.clock.advance(AccessRequest::LIFETIME);
    assert_eq!(speaks(&world, &by_form).await, None);
}

/// [rfc6749 5.2]
#[tokio::test]
async fn refusals_are_those_of_the_standard() {
    let world = World::new().await;
    let (client, secret) = client(&world).await;
    let (id, right) = (client.id.to_string(), secret.expose());
    let other = DirectorySecret::new(&world.environment()).unwrap();
    let (id, wrong) = (id.as_str(), right.replace("lfs_", "lfs-"));
    let wrong = wrong.as_str();
    let nobody = "0193a0c2-7f3b-7c11-8a52-1f0d9c3b7e64";
    for (form, status, error, code) in [
        (&[("client_id", id)][..], 400, "invalid_request", "token.request"),
        (&[("grant_type", "password")], 400, "unsupported_grant_type", "token.grant_type"),
        (&[GRANT], 401, "invalid_client", "token.nobody"),
        (&[GRANT, ("client_id", id), ("client_secret", wrong)], 401, "invalid_client", "client.secret"),
        (
            &[GRANT, ("client_id", id), ("client_secret", other.expose())],
            401,
            "invalid_client",
            "client.secret",
        ),
        (&[GRANT, ("client_id", nobody), ("client_secret", right)], 401, "invalid_client", "client.unknown"),
        (
            &[GRANT, ("client_id", "contoso"), ("client_secret", right)],
            401,
            "invalid_client",
            "client.unknown",
        ),
    ] {
        let answer = ask(&world, form).await;
        refused(&world, &answer, status, error, code);
        assert!(!answer.body.contains("lfs"), "{}", answer.body);
    }
    let long = "x".repeat(40_000);
    let answer = ask(&world, &[GRANT, ("client_id", id), ("client_secret", &long)]).await;
    refused(&world, &answer, 400, "invalid_request", "token.request");

    world.set_state_of(&world.contoso, ConnectionState::Disabled).await;
    let answer = ask(&world, &[GRANT, ("client_id", id), ("client_secret", right)]).await;
    refused(&world, &answer, 401, "invalid_client", "client.connection");
    assert_eq!(world.kinds_of(&answer).await, [EventKind::AccessRefused]);
    world.lose_the_store().await;
    let answer = ask(&world, &[GRANT, ("client_id", id), ("client_secret", right)]).await;
    refused(&world, &answer, 503, "temporarily_unavailable", "store.unavailable");
}

/// [attack H12]
#[tokio::test]
async fn h12_neither_secret_nor_token_is_in_logs_or_events() {
    let world = World::new().await;
    let (client, secret) = client(&world).await;
    let id = client.id.to_string();
    let answer = ask(&world, &[GRANT, ("client_id", &id), ("client_secret", secret.expose())]).await;
    let found = json(&answer);
    let wrong = secret.expose().replace("lfs_", "lfs-");
    ask(&world, &[GRANT, ("client_id", &id), ("client_secret", &wrong)]).await;
    let written = format!("{} {:?}", world.log(), world.events().await);
    for whole in [secret.expose(), text(&found, "access_token").unwrap()] {
        assert!(!written.contains(whole.split_at(12).1), "{written}");
    }
}

/// [attack D12]
#[tokio::test]
async fn d12_an_address_and_the_clients_of_a_connection_have_their_shares() {
    let rate = |burst| Rate { burst: NonZeroU32::new(burst).unwrap(), per_second: NonZeroU32::MIN };
    let mut world = World::new().await;
    let (client, secret) = client(&world).await;
    let id = client.id.to_string();
    let form = [GRANT, ("client_id", id.as_str()), ("client_secret", secret.expose())];
    let mut limits = Limits::default();
    limits.address = rate(2);
    world.limit(limits);
    for _ in 0..2 {
        assert_eq!(ask_at(&world, "192.0.2.7", None, &form).await.status, 200);
    }
    let answer = ask_at(&world, "192.0.2.7", None, &form).await;
    refused(&world, &answer, 429, "temporarily_unavailable", "limit.address");
    assert_eq!(answer.header("retry-after"), Some("1"));

    let mut limits = Limits::default();
    limits.connection = rate(2);
    world.limit(limits);
    for last in 1..=2 {
        assert_eq!(ask_at(&world, &format!("192.0.2.{last}"), None, &form).await.status, 200);
    }
    let events = world.events().await.len();
    let answer = ask_at(&world, "192.0.2.3", None, &form).await;
    refused(&world, &answer, 429, "temporarily_unavailable", "limit.connection");
    assert_eq!(world.events().await.len(), events, "nothing is written for it");
}
