//! What is refused, in the words of SCIM, and changes nothing.

use std::num::NonZeroU32;

use axum::http::Method;
use landfall_accounts::ScimDialect;
use landfall_http::{Limits, Rate};
use serde_json::json;
use time::Duration;

use super::{ADA, group, person};
use crate::world::World;

/// [rfc7644 3.7], [rfc7644 3.11]
#[tokio::test]
async fn each_refusal_is_an_error_of_scim() {
    let world = World::new().await;
    let entra = world.entra().await;
    let id = entra.post("/Users", &person(ADA)).await.id();
    let path = format!("/Users/{id}");
    let before = world.directories().await;
    let text = |body: &str| Some(body.to_owned());
    let large = format!("{{\"userName\":\"{}\"}}", "x".repeat(3 * 1024 * 1024));
    for (method, path, kind, body, status, scim_type) in [
        (Method::POST, "/Users", "application/xml", text("<a/>"), 415, None),
        (Method::POST, "/Users", "", text("{}"), 415, None),
        (Method::PATCH, path.as_str(), "text/plain", text("{}"), 415, None),
        (Method::POST, "/Users", "application/json", text(&large), 413, None),
        (Method::POST, "/Users", "application/json", text("{\"userName\":"), 400, Some("invalidSyntax")),
        (
            Method::POST,
            "/Users",
            "application/scim+json; charset=utf-8",
            text("[]"),
            400,
            Some("invalidSyntax"),
        ),
        (Method::POST, "/Users", "application/json", text("{\"userName\":7}"), 400, Some("invalidValue")),
        (
            Method::POST,
            "/Users",
            "application/json",
            text("{\"userName\":\"a\\u0000@contoso.example\"}"),
            400,
            Some("invalidValue"),
        ),
        (
            Method::PATCH,
            path.as_str(),
            "application/json",
            text("{\"Operations\":[{\"op\":\"jump\"}]}"),
            400,
            Some("invalidSyntax"),
        ),
        (Method::PUT, "/Users", "application/json", text("{}"), 405, None),
        (Method::DELETE, "/Schemas", "", None, 405, None),
        (Method::GET, "/Nothing", "", None, 404, None),
        (Method::GET, "/Users/nobody", "", None, 404, None),
        (Method::GET, "/Users/%FF", "", None, 400, Some("invalidSyntax")),
        (Method::GET, "/Users?startIndex=x", "", None, 400, Some("invalidValue")),
        (Method::GET, "/", "", None, 404, None),
        (Method::GET, "/Me", "", None, 501, None),
        (Method::PATCH, "/Me", "application/json", text("{}"), 501, None),
        (Method::POST, "/Bulk", "application/json", text("{}"), 501, None),
        (Method::POST, "/.search", "application/json", text("{}"), 501, None),
    ] {
        let reply = entra.send(method.clone(), path, &[("content-type", kind)], body).await;
        let detail = reply.refused(status, scim_type);
        assert!(!detail.is_empty() && !detail.contains("contoso.example"), "{method} {path}: {detail}");
    }
    let position = entra.send(Method::POST, "/Users", &[], text("{\"userName\": }")).await;
    let detail = position.refused(400, Some("invalidSyntax"));
    assert!(detail.contains("column") || detail.contains("byte"), "{detail}");
    assert_eq!(world.directories().await, before, "a refused request changed something");
}

#[tokio::test]
async fn a_patch_is_done_whole_or_not_at_all() {
    let world = World::new().await;
    let entra = world.entra().await;
    let user = entra.post("/Users", &person(ADA)).await;
    let made = entra.post("/Groups", &group("Ops")).await;
    let (user_path, group_path) = (format!("/Users/{}", user.id()), format!("/Groups/{}", made.id()));
    let before = world.directories().await;
    let half = json!([
        { "op": "replace", "path": "title", "value": "Chief" },
        { "op": "replace", "path": "userName", "value": "ada@elsewhere.example" },
    ]);
    entra.patch(&user_path, &half).await.refused(400, Some("invalidValue"));
    let half = json!([
        { "op": "replace", "path": "displayName", "value": "Other" },
        { "op": "add", "path": "members", "value": [{ "value": user.id() }, { "value": "0193a0c2-7f3b-7c11-8a52-1f0d9c3b7e64" }] },
    ]);
    entra.patch(&group_path, &half).await.refused(400, Some("invalidValue"));
    let nameless = json!([{ "op": "remove", "path": "userName" }]);
    entra.patch(&user_path, &nameless).await.refused(400, Some("mutability"));
    assert_eq!(world.directories().await, before);
    assert_eq!(entra.get(&user_path).await.json(200), user.json(201));
    assert_eq!(entra.get(&group_path).await.json(200), made.json(201));
}

#[tokio::test]
async fn the_alias_is_the_same_surface_and_names_the_first_address() {
    let world = World::new().await;
    let mut entra = world.entra().await;
    entra.base = "/moservices/scim/v1";
    let made = entra.post("/Users", &person(ADA)).await;
    let location = made.header("location").unwrap().to_owned();
    assert_eq!(location, format!("https://sso.example/scim/v2/Users/{}", made.id()));
    entra.get("/Users?aadOptscim062020").await.ids();
    entra.get("/Nothing").await.refused(404, None);
    entra.send(Method::GET, "/Users", &[("authorization", "")], None).await.refused(401, None);
}

/// [attack H12]
#[tokio::test]
async fn h12_no_value_is_logged() {
    let world = World::new().await;
    let entra = world.entra().await;
    entra.post("/Users", &person(ADA)).await.id();
    entra.post("/Users", &person(ADA)).await.refused(409, Some("uniqueness"));
    entra.find("/Users", &format!("userName eq \"{ADA}\"")).await.ids();
    let log = world.log();
    assert!(log.contains("push.user_name_taken") || log.contains("push.external_id_taken"), "{log}");
    for value in [ADA, "Ada B", &entra.token, entra.token.split_at(12).1] {
        assert!(!log.contains(value), "{value} is in the log");
    }
}

#[tokio::test]
async fn a_store_that_is_away_is_said_so() {
    let world = World::new().await;
    let entra = world.entra().await;
    world.lose_the_store().await;
    let reply = entra.get("/Users").await;
    reply.refused(503, None);
    assert!(reply.header("retry-after").is_some());
}

/// Entra sends up to 25 requests a second for each tenant [entra D1]: what is more is told to wait, and nobody else is [attack D12].
#[tokio::test]
async fn d12_who_asks_too_often_is_told_how_long_to_wait() {
    let mut world = World::new().await;
    let (entra, fabrikam) =
        (world.entra().await, world.directory(&world.fabrikam.connection(), ScimDialect::Entra).await);
    let least = NonZeroU32::new(25).unwrap();
    assert!(
        Limits::default().connection.per_second >= least && Limits::default().address.per_second >= least
    );
    let mut limits = Limits::default();
    limits.connection = Rate { burst: least, per_second: least };
    world.limit(limits);
    // A minute of it, as fast as it comes.
    for _ in 0..60 {
        for _ in 0..25 {
            entra.get("/Users?count=0").await.json(200);
        }
        world.clock.advance(Duration::SECOND);
    }
    for _ in 0..25 {
        entra.get("/Users?count=0").await.json(200);
    }
    let (events, before) = (world.events().await.len(), world.directories().await);
    for refused in [entra.get("/Users").await, entra.post("/Users", &person(ADA)).await] {
        refused.refused(429, None);
        assert_eq!(refused.header("retry-after"), Some("1"));
    }
    assert_eq!(world.events().await.len(), events, "nothing is written for them");
    assert_eq!(world.directories().await, before);
    assert!(world.provisioning().await.is_empty(), "nor into the log");
    fabrikam.get("/Users").await.json(200);
    world.clock.advance(Duration::SECOND);
    entra.post("/Users", &person(ADA)).await.json(201);
}
