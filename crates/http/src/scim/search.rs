//! `POST /Users/.search` and `POST /Groups/.search`: a query whose filter stands in no address [rfc7644 3.4.3].

use axum::Extension;
use axum::extract::State;
use landfall_scim::{ListRequest, ResourceType};

use super::answer::Answered;
use super::asked::Asked;
use super::body::Body;
use super::{groups, users};
use crate::{App, Ports};

pub(super) async fn users<P: Ports>(
    State(app): State<App<P>>,
    Extension(asked): Extension<Asked>,
    Body(body): Body,
) -> Answered {
    let request = ListRequest::from_search(&body, asked.users(), asked.dialect())?;
    users::listed(&app, &asked, &request).await
}

pub(super) async fn groups<P: Ports>(
    State(app): State<App<P>>,
    Extension(asked): Extension<Asked>,
    Body(body): Body,
) -> Answered {
    let request = ListRequest::from_search(&body, &ResourceType::group(), asked.dialect())?;
    groups::listed(&app, &asked, &request).await
}
