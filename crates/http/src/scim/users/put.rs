use axum::Extension;
use axum::extract::{Path, RawQuery, State};
use axum::http::HeaderMap;
use landfall_scim::Resource;

use super::edited;
use crate::scim::answer::Answered;
use crate::scim::asked::Asked;
use crate::scim::body::Body;
use crate::{App, Ports};

/// `PUT /Users/{id}`: another description in the place of the old [rfc7644 3.5.1].
pub(in crate::scim) async fn put<P: Ports>(
    State(app): State<App<P>>,
    Extension(asked): Extension<Asked>,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    Body(body): Body,
) -> Answered {
    let users = asked.users();
    let received = Resource::read(&body, users, asked.dialect())?;
    let change = |resource: &mut Resource| Ok(resource.replace(received.resource, users));
    edited(&app, &asked, &id, &headers, query.as_deref(), change).await
}
