use axum::Extension;
use axum::extract::{RawQuery, State};
use landfall_accounts::Activity;
use landfall_scim::{Changes, Resource};

use super::{answered, kind, pushed};
use crate::scim::answer::Answered;
use crate::scim::asked::Asked;
use crate::scim::body::Body;
use crate::scim::projection;
use crate::{App, Ports};

/// `POST /Users`: a new account, or the one that the person has by signing in with the same identity key [rfc7644 3.3].
pub(in crate::scim) async fn post<P: Ports>(
    State(app): State<App<P>>,
    Extension(asked): Extension<Asked>,
    RawQuery(query): RawQuery,
    Body(body): Body,
) -> Answered {
    let users = asked.users();
    let projection = projection(query.as_deref(), users, asked.dialect())?;
    let received = Resource::read(&body, users, asked.dialect())?;
    let push = pushed(&asked, &received.resource, &kind(&app, &asked).await?, Activity::Active)?;
    asked.noted.name(&push.user_name);
    asked.noted.changes(&Changes::of_new(&received.resource));
    let outcome = app.ports().push_user(&asked.by(), push, asked.now).await?;
    answered(&app, &asked, outcome, &projection).await
}
