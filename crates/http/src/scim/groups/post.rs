use axum::Extension;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use landfall_accounts::MemberChange;
use landfall_scim::{Changes, Resource, ResourceType};

use super::{accounts, done, pushed, served};
use crate::scim::answer::Answered;
use crate::scim::asked::Asked;
use crate::scim::body::Body;
use crate::scim::projection;
use crate::{App, Ports};

/// `POST /Groups`: a new group, with its first members [rfc7644 3.3].
pub(in crate::scim) async fn post<P: Ports>(
    State(app): State<App<P>>,
    Extension(asked): Extension<Asked>,
    RawQuery(query): RawQuery,
    Body(body): Body,
) -> Answered {
    let groups = ResourceType::group();
    let projection = projection(query.as_deref(), &groups, asked.dialect())?;
    let mut resource = Resource::read(&body, &groups, asked.dialect())?.resource;
    let members = accounts(&resource.take_members()?.unwrap_or_default())?;
    asked.noted.changes(&Changes::of_new(&resource));
    if !members.is_empty() {
        asked.noted.members(&[MemberChange::Add(members.clone())]);
    }
    let group = app.ports().push_group(&asked.by(), pushed(&resource)?, members, asked.now).await?;
    let group = done(group)?;
    asked.noted.group(group.id);
    served(&app, &asked, StatusCode::CREATED, &group, &projection).await
}
