//! What is supported here, and what is declared [rfc7644 4].

use axum::Extension;
use axum::extract::{Path, RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use landfall_scim::{ErrorKind, ListResponse, ResourceType, ScimError, service_provider_config};
use serde_json::Value;

use super::answer::{Answered, json};
use super::asked::Asked;
use super::base;
use crate::{App, Ports};

fn types(asked: &Asked) -> [ResourceType; 2] {
    [asked.users().clone(), ResourceType::group()]
}

/// `GET /ServiceProviderConfig`.
pub(super) async fn config<P: Ports>(State(app): State<App<P>>) -> Response {
    json(StatusCode::OK, &service_provider_config(&base(&app)))
}

/// `GET /ResourceTypes`.
pub(super) async fn resource_types<P: Ports>(
    State(app): State<App<P>>,
    Extension(asked): Extension<Asked>,
    RawQuery(query): RawQuery,
) -> Answered {
    all(landfall_scim::resource_types(&types(&asked), &base(&app)), query.as_deref())
}

/// `GET /ResourceTypes/{name}`.
pub(super) async fn resource_type<P: Ports>(
    State(app): State<App<P>>,
    Extension(asked): Extension<Asked>,
    Path(name): Path<String>,
) -> Answered {
    one(landfall_scim::resource_types(&types(&asked), &base(&app)), &name)
}

/// `GET /Schemas`.
pub(super) async fn schemas<P: Ports>(
    State(app): State<App<P>>,
    Extension(asked): Extension<Asked>,
    RawQuery(query): RawQuery,
) -> Answered {
    all(landfall_scim::schemas(&types(&asked), &base(&app)), query.as_deref())
}

/// `GET /Schemas/{urn}`.
pub(super) async fn schema<P: Ports>(
    State(app): State<App<P>>,
    Extension(asked): Extension<Asked>,
    Path(urn): Path<String>,
) -> Answered {
    one(landfall_scim::schemas(&types(&asked), &base(&app)), &urn)
}

/// All of them on one page; a filter is forbidden, lest a client believe what is not there [rfc7644 4].
fn all(resources: Vec<Value>, query: Option<&str>) -> Answered {
    let parameters = url::form_urlencoded::parse(query.unwrap_or_default().as_bytes());
    if parameters.into_iter().any(|(name, _)| name == "filter") {
        let text = "what is declared cannot be filtered: read all of it";
        return Err(ScimError::new(ErrorKind::Forbidden, text).into());
    }
    let total_results = u64::try_from(resources.len()).unwrap_or(u64::MAX);
    Ok(json(StatusCode::OK, &ListResponse { total_results, start_index: 1, resources }.to_json()))
}

fn one(resources: Vec<Value>, id: &str) -> Answered {
    let is_it = |resource: &&Value| resource.get("id").and_then(Value::as_str) == Some(id);
    match resources.iter().find(is_it) {
        Some(found) => Ok(json(StatusCode::OK, found)),
        None => Err(ScimError::new(ErrorKind::NotFound, "nothing of this name is declared here").into()),
    }
}
