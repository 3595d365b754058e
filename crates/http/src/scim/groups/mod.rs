//! `/Groups`: groups of a directory, whose members are its accounts.

mod delete;
mod field;
mod get;
mod patch;
mod post;
mod put;

use std::num::NonZeroU32;

use axum::http::StatusCode;
use axum::response::Response;
use landfall_accounts::ports::GroupOutcome;
use landfall_accounts::{ExternalId, Group, GroupId, GroupPush, PageOf, Rest, UserId};
use landfall_scim::{
    Document, ErrorKind, MemberId, Projection, Related, Resource, ResourceType, ScimError, Version,
};
use serde_json::{Map, Value};

use super::answer::Refused;
use super::asked::Asked;
use super::{answer, base};
use crate::{App, Ports};

pub(super) use delete::delete;
pub(super) use get::{get, list, listed};
pub(super) use patch::patch;
pub(super) use post::post;
pub(super) use put::put;

/// How many members one answer has at most, over all of its groups [attack H10].
const MOST_MEMBERS: u64 = 20_000;

fn no_group() -> Refused {
    ScimError::new(ErrorKind::NotFound, "there is no such group").into()
}

/// The id in an address: what is none names nothing.
fn group_id(text: &str) -> Result<GroupId, Refused> {
    text.parse().map_err(|_| no_group())
}

/// A group as the directory described it, without its members.
fn described(group: &Group) -> Resource {
    let mut kept = Map::new();
    kept.insert("displayName".to_owned(), group.pushed.name.as_str().into());
    if let Some(external_id) = &group.pushed.external_id {
        kept.insert("externalId".to_owned(), external_id.as_str().into());
    }
    Resource::restored(kept)
}

/// The group that the directory describes.
fn pushed(resource: &Resource) -> Result<GroupPush, ScimError> {
    let invalid = |text: String| ScimError::new(ErrorKind::InvalidValue, text);
    let view = resource.group();
    let external_id = view.external_id.map(str::parse::<ExternalId>).transpose();
    Ok(GroupPush {
        name: view.display_name.parse().map_err(|error| invalid(format!("displayName: {error}")))?,
        external_id: external_id.map_err(|error| invalid(format!("externalId: {error}")))?,
        rest: Rest::default(),
    })
}

/// The accounts of these ids; what is no id is nobody's.
fn accounts(members: &[MemberId]) -> Result<Vec<UserId>, ScimError> {
    let ids: Result<_, _> = members.iter().map(|member| member.as_str().parse()).collect();
    ids.map_err(|_| ScimError::new(ErrorKind::InvalidValue, "the value of a member is no id of a user here"))
}

/// The group as it is served; its members are looked up where they are, and `room` says how many there may be.
async fn document<P: Ports>(
    app: &App<P>,
    asked: &Asked,
    group: &Group,
    projection: &Projection,
    room: &mut u64,
) -> Result<Value, Refused> {
    let members: Option<Vec<Related>> = if projection.includes("members") {
        let most = u32::try_from(*room).ok().and_then(NonZeroU32::new).unwrap_or(NonZeroU32::MIN);
        let page = PageOf { offset: 0, limit: most };
        let page = app.ports().members(&asked.directory(), &group.id, page).await?;
        *room = room.checked_sub(page.total).ok_or_else(|| {
            let text = format!(
                "the answer would have more than {MOST_MEMBERS} members: ask with excludedAttributes=members"
            );
            ScimError::new(ErrorKind::TooMany, text)
        })?;
        let related = |id: UserId| Related { id: id.to_string(), display: None };
        Some(page.items.into_iter().map(related).collect())
    } else {
        None
    };
    let document = Document {
        id: &group.id.to_string(),
        version: Version(group.version),
        created: group.created_at,
        last_modified: group.changed_at,
        resource: &described(group),
        related: members.as_deref(),
    };
    Ok(document.to_json(&ResourceType::group(), &base(app), projection))
}

fn done(outcome: GroupOutcome) -> Result<Box<Group>, Refused> {
    match outcome {
        GroupOutcome::Done(group) => Ok(group),
        GroupOutcome::Refused(refusal) => Err(refusal.into()),
        GroupOutcome::NotFound => Err(no_group()),
    }
}

async fn served<P: Ports>(
    app: &App<P>,
    asked: &Asked,
    status: StatusCode,
    group: &Group,
    projection: &Projection,
) -> Result<Response, Refused> {
    let body = document(app, asked, group, projection, &mut MOST_MEMBERS.clone()).await?;
    Ok(answer::resource(status, &body, Version(group.version)))
}
