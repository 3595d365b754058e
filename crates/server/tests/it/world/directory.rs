use axum::body::Body;
use axum::http::{HeaderMap, Method, Request, header};
use http_body_util::BodyExt;
use landfall_accounts::{ConnectionName, NewCredential, ScimDialect};
use landfall_http::DirectorySecret;
use serde_json::Value;
use tower::ServiceExt;

use super::{HOME, World, net::Net};

/// A directory of a customer that shows a token of its own.
#[derive(Clone)]
pub(crate) struct Directory {
    net: Net,
    pub(crate) token: String,
    pub(crate) base: &'static str,
}

/// What a directory got.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl World {
    /// A directory with a fresh token for this connection.
    pub(crate) async fn directory(&self, connection: &ConnectionName, dialect: ScimDialect) -> Directory {
        let secret = DirectorySecret::new(&self.environment()).unwrap();
        let new = NewCredential {
            dialect: Some(dialect),
            prefix: secret.prefix().clone(),
            hash: secret.hash(),
            label: None,
            expires_at: None,
        };
        self.store.create_scim_token(connection, new, self.clock.now()).await.unwrap();
        Directory { net: self.net.clone(), token: secret.expose().to_owned(), base: "/scim/v2" }
    }

    /// Contoso's directory, which is Entra.
    pub(crate) async fn entra(&self) -> Directory {
        self.directory(&self.contoso.connection(), ScimDialect::Entra).await
    }
}

impl Directory {
    pub(crate) async fn get(&self, path: &str) -> Reply {
        self.send(Method::GET, path, &[], None).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Reply {
        self.send(Method::DELETE, path, &[], None).await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Reply {
        self.send(Method::POST, path, &[], Some(body.to_string())).await
    }

    pub(crate) async fn put(&self, path: &str, body: &Value) -> Reply {
        self.send(Method::PUT, path, &[], Some(body.to_string())).await
    }

    pub(crate) async fn patch(&self, path: &str, operations: &Value) -> Reply {
        let body = serde_json::json!({
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
            "Operations": operations,
        });
        self.send(Method::PATCH, path, &[], Some(body.to_string())).await
    }

    /// Looks for resources; the filter is written into the address.
    pub(crate) async fn find(&self, endpoint: &str, filter: &str) -> Reply {
        let query =
            url::form_urlencoded::Serializer::new(String::new()).append_pair("filter", filter).finish();
        self.get(&format!("{endpoint}?{query}")).await
    }

    /// One request below the base address; headers that are given take the place of those that it would have.
    pub(crate) async fn send(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<String>,
    ) -> Reply {
        let url = format!("{HOME}{}{path}", self.base);
        let mut request = Request::builder().method(method).uri(url);
        let given = |name: &str| headers.iter().any(|(given, _)| given.eq_ignore_ascii_case(name));
        if !given("authorization") {
            request = request.header(header::AUTHORIZATION, format!("Bearer {}", self.token));
        }
        if body.is_some() && !given("content-type") {
            request = request.header(header::CONTENT_TYPE, "application/scim+json");
        }
        for (name, value) in headers.iter().filter(|(_, value)| !value.is_empty()) {
            request = request.header(*name, *value);
        }
        let request = request.body(body.map_or_else(Body::empty, Body::from)).unwrap();
        let response = self.net.at("sso.example").oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let text = String::from_utf8(body.collect().await.unwrap().to_bytes().to_vec()).unwrap();
        Reply { status: parts.status.as_u16(), headers: parts.headers, text }
    }
}

impl Reply {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    /// It has this status; gives the body, which is SCIM's.
    #[track_caller]
    pub(crate) fn json(&self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.text);
        assert_eq!(self.header("content-type"), Some("application/scim+json"), "{}", self.text);
        serde_json::from_str(&self.text).unwrap()
    }

    /// It has this status and nothing else.
    #[track_caller]
    pub(crate) fn empty(&self, status: u16) {
        assert_eq!((self.status, self.text.as_str()), (status, ""));
    }

    /// It refuses so, in the words of SCIM.
    #[track_caller]
    pub(crate) fn refused(&self, status: u16, scim_type: Option<&str>) -> String {
        let body = self.json(status);
        assert_eq!(
            body.get("schemas").unwrap(),
            &serde_json::json!(["urn:ietf:params:scim:api:messages:2.0:Error"])
        );
        assert_eq!(body.get("status").unwrap(), &status.to_string(), "{body}");
        assert_eq!(body.get("scimType").and_then(Value::as_str), scim_type, "{body}");
        body.get("detail").unwrap().as_str().unwrap().to_owned()
    }

    /// The id of what was made.
    #[track_caller]
    pub(crate) fn id(&self) -> String {
        self.json(201).get("id").unwrap().as_str().unwrap().to_owned()
    }

    /// The ids in a list, in their order, and how many there are in all.
    #[track_caller]
    pub(crate) fn ids(&self) -> (Vec<String>, u64) {
        let list = self.json(200);
        assert_eq!(
            list.get("schemas").unwrap(),
            &serde_json::json!(["urn:ietf:params:scim:api:messages:2.0:ListResponse"])
        );
        let resources = list.get("Resources").unwrap().as_array().unwrap();
        assert_eq!(list.get("itemsPerPage").unwrap(), &resources.len());
        let ids = resources.iter().map(|one| one.get("id").unwrap().as_str().unwrap().to_owned()).collect();
        (ids, list.get("totalResults").unwrap().as_u64().unwrap())
    }
}
