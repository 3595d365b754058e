use axum::Extension;
use axum::extract::{Path, State};
use axum::http::header::IF_MATCH;
use axum::http::{HeaderMap, StatusCode};
use axum::response::IntoResponse;
use landfall_accounts::ports::{DeleteOutcome, GroupRefusal};
use landfall_scim::Version;

use super::{group_id, no_group};
use crate::scim::answer::Answered;
use crate::scim::asked::{Asked, unchanged};
use crate::{App, Ports};

/// `DELETE /Groups/{id}`: the group is no more, its members stay [rfc7644 3.6].
pub(in crate::scim) async fn delete<P: Ports>(
    State(app): State<App<P>>,
    Extension(asked): Extension<Asked>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Answered {
    let id = group_id(&id)?;
    if headers.contains_key(IF_MATCH) {
        let known = app.ports().find_group(&asked.directory(), &id).await?.ok_or_else(no_group)?;
        unchanged(&headers, Version(known.version))?;
    }
    match app.ports().delete_group(&asked.by(), &id, asked.now).await? {
        DeleteOutcome::Deleted => Ok(StatusCode::NO_CONTENT.into_response()),
        DeleteOutcome::NotFound => Err(no_group()),
        DeleteOutcome::Disabled => Err(GroupRefusal::ConnectionDisabled.into()),
    }
}
