use axum::Extension;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use landfall_accounts::{Group, MemberChange};
use landfall_scim::{Dialect, MemberId, Patch, Projection, ResourceType, ScimError, Version};

use super::{accounts, described, done, group_id, pushed, served};
use crate::scim::answer::{Answered, changed};
use crate::scim::asked::{Asked, unchanged};
use crate::scim::body::Body;
use crate::scim::projection;
use crate::{App, Ports};

/// `PATCH /Groups/{id}`: all of the operations or none, whatever the number of members that are not named [attack H10].
///
/// The answer is 204, and the group where the dialect is strict or attributes are asked for [rfc7644 3.5.2].
pub(in crate::scim) async fn patch<P: Ports>(
    State(app): State<App<P>>,
    Extension(asked): Extension<Asked>,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    Body(body): Body,
) -> Answered {
    let groups = ResourceType::group();
    let projection = projection(query.as_deref(), &groups, asked.dialect())?;
    let patch = Patch::read(&body, &groups, asked.dialect())?.into_group()?;
    let members = patch.members.iter().map(change).collect::<Result<Vec<_>, _>>()?;
    let edit = |known: &Group| {
        unchanged(&headers, Version(known.version))?;
        let mut resource = described(known);
        asked.noted.changes(&patch.attributes.apply(&mut resource, &groups)?);
        asked.noted.members(&members);
        Ok::<_, ScimError>((pushed(&resource)?, members))
    };
    let group = app.ports().edit_group(&asked.by(), &group_id(&id)?, edit, asked.now).await??;
    let group = done(group)?;
    if asked.dialect() != Dialect::Strict && projection == Projection::default() {
        return Ok(changed(Version(group.version)));
    }
    served(&app, &asked, StatusCode::OK, &group, &projection).await
}

fn change(change: &landfall_scim::MemberChange) -> Result<MemberChange, ScimError> {
    // Whoever is none of ours was no member.
    let known = |ids: &[MemberId]| ids.iter().filter_map(|id| id.as_str().parse().ok()).collect();
    Ok(match change {
        landfall_scim::MemberChange::Add(ids) => MemberChange::Add(accounts(ids)?),
        landfall_scim::MemberChange::Remove(ids) => MemberChange::Remove(known(ids)),
        landfall_scim::MemberChange::Replace(ids) => MemberChange::Replace(accounts(ids)?),
    })
}
