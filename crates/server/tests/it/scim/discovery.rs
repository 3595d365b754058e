//! What is declared [rfc7644 4].

use axum::http::Method;

use crate::world::World;

#[tokio::test]
async fn the_openapi_document_names_what_is_there() {
    let world = World::new().await;
    let document = world.browser().get("/api/openapi.json").await;
    assert_eq!(document.header("content-type"), Some("application/json"));
    let document: serde_json::Value = serde_json::from_str(document.page(200)).unwrap();
    let entra = world.entra().await;
    for (path, operations) in document["paths"].as_object().unwrap() {
        let path = path.strip_prefix("/scim/v2").unwrap().replace("{id}", "nothing");
        for (method, operation) in operations.as_object().unwrap() {
            let method: Method = method.to_uppercase().parse().unwrap();
            let body = operation.get("requestBody").map(|_| "{}".to_owned());
            let reply = entra.send(method.clone(), &path, &[], body).await;
            assert_ne!(reply.status, 405, "{method} {path}");
            assert!(!reply.text.contains("no such resource"), "{method} {path}");
            assert!(
                operation["responses"].get(reply.status.to_string()).is_some(),
                "{method} {path} {}",
                reply.status
            );
        }
    }
}

/// [rfc7644 4]
#[tokio::test]
async fn what_is_served_is_declared() {
    let world = World::new().await;
    let entra = world.entra().await;
    let config = entra.get("/ServiceProviderConfig").await.json(200);
    assert_eq!((&config["bulk"]["supported"], &config["patch"]["supported"]), (&false.into(), &true.into()));
    assert_eq!(entra.get("/Schemas").await.ids().1, 3);
    assert_eq!(entra.get("/ResourceTypes").await.ids().1, 2);
    let group = entra.get("/Schemas/urn:ietf:params:scim:schemas:core:2.0:Group").await.json(200);
    assert_eq!(group["name"], "Group");
    let user = entra.get("/ResourceTypes/User").await.json(200);
    assert_eq!(user["endpoint"], "/Users");
    for path in ["/Schemas/urn:none", "/ResourceTypes/Device"] {
        entra.get(path).await.refused(404, None);
    }
    entra.get("/Schemas?filter=id%20pr").await.refused(403, None);
    for resource in ["/Schemas", "/ResourceTypes", "/ServiceProviderConfig"] {
        let head = entra.send(Method::HEAD, resource, &[], None).await;
        assert_eq!((head.status, head.text.as_str()), (200, ""));
    }
    for one in entra.get("/Schemas").await.json(200)["Resources"].as_array().unwrap() {
        let location = one["meta"]["location"].as_str().unwrap();
        let path = location.strip_prefix("https://sso.example/scim/v2").unwrap();
        assert_eq!(&entra.get(path).await.json(200), one);
    }
}
