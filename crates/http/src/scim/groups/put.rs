use axum::Extension;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use landfall_accounts::{Group, MemberChange};
use landfall_scim::{Resource, ResourceType, ScimError, Version};

use super::{accounts, described, done, group_id, pushed, served};
use crate::scim::answer::Answered;
use crate::scim::asked::{Asked, unchanged};
use crate::scim::body::Body;
use crate::scim::projection;
use crate::{App, Ports};

/// `PUT /Groups/{id}`: another description in the place of the old [rfc7644 3.5.1].
///
/// Who leaves the members out does not mean that there are none: they stay.
pub(in crate::scim) async fn put<P: Ports>(
    State(app): State<App<P>>,
    Extension(asked): Extension<Asked>,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    Body(body): Body,
) -> Answered {
    let groups = ResourceType::group();
    let projection = projection(query.as_deref(), &groups, asked.dialect())?;
    let mut wanted = Resource::read(&body, &groups, asked.dialect())?.resource;
    let members = match wanted.take_members()? {
        Some(members) => vec![MemberChange::Replace(accounts(&members)?)],
        None => Vec::new(),
    };
    let edit = |known: &Group| {
        unchanged(&headers, Version(known.version))?;
        let mut resource = described(known);
        asked.noted.changes(&resource.replace(wanted, &groups));
        asked.noted.members(&members);
        Ok::<_, ScimError>((pushed(&resource)?, members))
    };
    let group = app.ports().edit_group(&asked.by(), &group_id(&id)?, edit, asked.now).await??;
    served(&app, &asked, StatusCode::OK, &*done(group)?, &projection).await
}
