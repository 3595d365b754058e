//! `/Users`: accounts as a directory sees them.

mod delete;
mod field;
mod get;
mod patch;
mod post;
mod put;

use std::slice;

use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use landfall_accounts::ports::PushOutcome;
use landfall_accounts::{
    Activity, ConnectionKind, DirectoryUser, ExternalId, Group, Push, Rest, UserId, pushed_subject,
};
use landfall_scim::{
    Changes, Document, ErrorKind, Projection, Related, Resource, ResourceType, ScimError, Version,
};
use serde_json::{Map, Value};

use super::answer::{Answered, Refused, resource};
use super::asked::{Asked, unchanged};
use super::extension::Filled;
use super::{base, projection};
use crate::{App, Ports};

pub(super) use delete::delete;
pub(super) use get::{get, list, listed};
pub(super) use patch::patch;
pub(super) use post::post;
pub(super) use put::put;

fn no_user() -> Refused {
    ScimError::new(ErrorKind::NotFound, "there is no such user").into()
}

/// The id in an address: what is none names nobody.
fn user_id(text: &str) -> Result<UserId, Refused> {
    text.parse().map_err(|_| no_user())
}

/// An account as the directory described it, with the name and the activity that count; one of which it never said
/// whether it is active says nothing of it while it is [rfc7643 4.1.1].
fn described(user: &DirectoryUser, of: &ResourceType) -> Resource {
    let mut kept: Map<String, Value> = serde_json::from_str(user.rest.as_str()).unwrap_or_default();
    kept.insert("userName".to_owned(), user.user.user_name.as_str().into());
    if kept.contains_key("active") || user.activity == Activity::Inactive {
        kept.insert("active".to_owned(), (user.activity == Activity::Active).into());
    }
    Resource::restored(kept).fitted(of)
}

/// The account that the directory describes; where it does not say whether the person may sign in, `otherwise` counts.
fn pushed(
    asked: &Asked,
    resource: &Resource,
    kind: &ConnectionKind,
    otherwise: Activity,
) -> Result<Push, ScimError> {
    let invalid = |text: String| ScimError::new(ErrorKind::InvalidValue, text);
    let view = resource.user();
    // An attribute of the tenant's own, where it has a value, else the standard one.
    let text = |field, standard: Option<&str>| {
        let own = asked.declared.as_ref().and_then(|declared| declared.value(field, resource));
        own.or(standard).map(str::to_owned)
    };
    let external_id = view.external_id.map(str::parse::<ExternalId>).transpose();
    let rest: Rest = Value::Object(resource.json().clone()).to_string().parse().map_err(|_| {
        let text = format!("a user has at most {} bytes of JSON", Rest::MAX_BYTES);
        ScimError::new(ErrorKind::TooLarge, text)
    })?;
    Ok(Push {
        subject: key(kind, view.external_id)?,
        user_name: view.user_name.parse().map_err(|error| invalid(format!("userName: {error}")))?,
        external_id: external_id.map_err(|error| invalid(format!("externalId: {error}")))?,
        activity: match view.active {
            Some(true) => Activity::Active,
            Some(false) => Activity::Inactive,
            None => otherwise,
        },
        first_name: text(Filled::FirstName, view.given_name),
        last_name: text(Filled::LastName, view.family_name),
        email: text(Filled::Email, view.email),
        display_name: text(Filled::DisplayName, view.display_name),
        rest,
    })
}

/// The identity key: with Entra an externalId that is a GUID is the object id; elsewhere none is pushed.
fn key(
    kind: &ConnectionKind,
    external_id: Option<&str>,
) -> Result<Option<landfall_accounts::Subject>, ScimError> {
    let ConnectionKind::Entra { .. } = kind else { return Ok(None) };
    // What is no GUID is the directory's own name for the person: the first login links by the user name.
    Ok(pushed_subject(kind, external_id).unwrap_or_default())
}

async fn kind<P: Ports>(app: &App<P>, asked: &Asked) -> Result<ConnectionKind, Refused> {
    match app.ports().connection(&asked.access.directory.connection).await? {
        Some(connection) => Ok(connection.kind),
        None => Err(ScimError::new(ErrorKind::Forbidden, "the connection of the token is no more").into()),
    }
}

/// Users as they are served; their groups are looked up where those are, for all of them at once.
async fn documents<P: Ports>(
    app: &App<P>,
    asked: &Asked,
    users: &[DirectoryUser],
    projection: &Projection,
) -> Result<Vec<Value>, Refused> {
    let groups = if projection.includes("groups") {
        let ids: Vec<UserId> = users.iter().map(|user| user.user.id).collect();
        Some(app.ports().groups_of(&asked.directory(), &ids).await?)
    } else {
        None
    };
    let of = |user: &DirectoryUser| {
        groups.as_ref().map(|groups| groups.get(&user.user.id).map_or(&[][..], Vec::as_slice))
    };
    Ok(users.iter().map(|user| document(app, asked, user, of(user), projection)).collect())
}

fn document<P: Ports>(
    app: &App<P>,
    asked: &Asked,
    user: &DirectoryUser,
    groups: Option<&[Group]>,
    projection: &Projection,
) -> Value {
    let related = |group: &Group| Related {
        id: group.id.to_string(),
        display: Some(group.pushed.name.as_str().to_owned()),
    };
    let groups: Option<Vec<Related>> = groups.map(|groups| groups.iter().map(related).collect());
    let document = Document {
        id: &user.user.id.to_string(),
        version: Version(user.version),
        created: user.pushed_at,
        last_modified: user.changed_at,
        resource: &described(user, asked.users()),
        related: groups.as_deref(),
    };
    document.to_json(asked.users(), &base(app), projection)
}

async fn answered<P: Ports>(
    app: &App<P>,
    asked: &Asked,
    outcome: PushOutcome,
    projection: &Projection,
) -> Answered {
    if let PushOutcome::Created(user) | PushOutcome::Attached(user) = &outcome {
        asked.noted.user(user.user.id);
    }
    let (status, user) = match outcome {
        PushOutcome::Created(user) | PushOutcome::Attached(user) => (StatusCode::CREATED, user),
        PushOutcome::Changed(user) => (StatusCode::OK, user),
        PushOutcome::Refused(refusal) => return Err(refusal.into()),
        PushOutcome::NotFound => return Err(no_user()),
    };
    served(app, asked, status, &user, projection).await
}

async fn served<P: Ports>(
    app: &App<P>,
    asked: &Asked,
    status: StatusCode,
    user: &DirectoryUser,
    projection: &Projection,
) -> Answered {
    let body = documents(app, asked, slice::from_ref(user), projection).await?.pop().unwrap_or_default();
    Ok(resource(status, &body, Version(user.version)))
}

/// Changes the description of an account as `change` does, if it is as the client has read it; one transaction.
async fn edited<P: Ports>(
    app: &App<P>,
    asked: &Asked,
    id: &str,
    headers: &HeaderMap,
    query: Option<&str>,
    change: impl FnOnce(&mut Resource) -> Result<Changes, ScimError> + Send,
) -> Result<Response, Refused> {
    let projection = projection(query, asked.users(), asked.dialect())?;
    let (id, kind) = (user_id(id)?, kind(app, asked).await?);
    let edit = |known: &DirectoryUser| {
        unchanged(headers, Version(known.version))?;
        let mut resource = described(known, asked.users());
        asked.noted.changes(&change(&mut resource)?);
        pushed(asked, &resource, &kind, known.activity)
    };
    let outcome = app.ports().edit_user(&asked.by(), &id, edit, asked.now).await??;
    answered(app, asked, outcome, &projection).await
}
