use axum::Extension;
use axum::extract::{Path, State};
use axum::http::header::IF_MATCH;
use axum::http::{HeaderMap, StatusCode};
use axum::response::IntoResponse;
use landfall_accounts::Refusal;
use landfall_accounts::ports::DeleteOutcome;
use landfall_scim::Version;

use super::{no_user, user_id};
use crate::scim::answer::Answered;
use crate::scim::asked::{Asked, unchanged};
use crate::{App, Ports};

/// `DELETE /Users/{id}`: the person is out, and the account is found no more [rfc7644 3.6].
pub(in crate::scim) async fn delete<P: Ports>(
    State(app): State<App<P>>,
    Extension(asked): Extension<Asked>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Answered {
    let id = user_id(&id)?;
    if headers.contains_key(IF_MATCH) {
        let known = app.ports().find_user(&asked.directory(), &id).await?.ok_or_else(no_user)?;
        unchanged(&headers, Version(known.version))?;
    }
    match app.ports().delete_user(&asked.by(), &id, asked.now).await? {
        DeleteOutcome::Deleted => Ok(StatusCode::NO_CONTENT.into_response()),
        DeleteOutcome::NotFound => Err(no_user()),
        DeleteOutcome::Disabled => {
            Err(landfall_accounts::PushRefusal::from(Refusal::ConnectionDisabled).into())
        }
    }
}
