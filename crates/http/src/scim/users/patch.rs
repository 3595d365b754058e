use axum::Extension;
use axum::extract::{Path, RawQuery, State};
use axum::http::HeaderMap;
use landfall_scim::{Patch, Resource};

use super::edited;
use crate::scim::answer::Answered;
use crate::scim::asked::Asked;
use crate::scim::body::Body;
use crate::{App, Ports};

/// `PATCH /Users/{id}`: all of the operations or none; the answer has the whole user [rfc7644 3.5.2].
pub(in crate::scim) async fn patch<P: Ports>(
    State(app): State<App<P>>,
    Extension(asked): Extension<Asked>,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    Body(body): Body,
) -> Answered {
    let users = asked.users();
    let patch = Patch::read(&body, users, asked.dialect())?;
    let change = |resource: &mut Resource| patch.apply(resource, users);
    edited(&app, &asked, &id, &headers, query.as_deref(), change).await
}
