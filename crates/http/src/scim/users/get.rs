use axum::Extension;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use landfall_accounts::Query;
use landfall_scim::{ListRequest, ListResponse, Version};

use super::{documents, field, no_user, served, user_id};
use crate::scim::answer::{Answered, json, not_modified};
use crate::scim::asked::{Asked, is_known};
use crate::scim::{part, projection, shown};
use crate::{App, Ports};

/// `GET /Users/{id}` [rfc7644 3.4.1].
pub(in crate::scim) async fn get<P: Ports>(
    State(app): State<App<P>>,
    Extension(asked): Extension<Asked>,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Answered {
    let projection = projection(query.as_deref(), asked.users(), asked.dialect())?;
    let found = app.ports().find_user(&asked.directory(), &user_id(&id)?).await?;
    let user = found.ok_or_else(no_user)?;
    let version = Version(user.version);
    if is_known(&headers, version)? {
        return Ok(not_modified(version));
    }
    served(&app, &asked, StatusCode::OK, &user, &projection).await
}

/// `GET /Users` [rfc7644 3.4.2].
pub(in crate::scim) async fn list<P: Ports>(
    State(app): State<App<P>>,
    Extension(asked): Extension<Asked>,
    RawQuery(query): RawQuery,
) -> Answered {
    let query = query.unwrap_or_default();
    let request = ListRequest::from_query(&query, asked.users(), asked.dialect())?;
    listed(&app, &asked, &request).await
}

pub(in crate::scim) async fn listed<P: Ports>(
    app: &App<P>,
    asked: &Asked,
    request: &ListRequest,
) -> Answered {
    let declared = asked.declared.as_deref();
    let query = Query {
        filter: field::criterion(request.filter.as_ref(), declared)?,
        order: request.sort.as_ref().map(|sort| field::order(sort, declared)).transpose()?,
        page: part(request),
    };
    let page = app.ports().users_page(&asked.directory(), &query).await?;
    let resources = documents(app, asked, shown(request, &page.items), &request.projection).await?;
    let list = ListResponse { total_results: page.total, start_index: request.start_index, resources };
    Ok(json(StatusCode::OK, &list.to_json()))
}
