use axum::Extension;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use landfall_accounts::Query;
use landfall_scim::{ListRequest, ListResponse, ResourceType, Version};

use super::{MOST_MEMBERS, document, field, group_id, no_group, served};
use crate::scim::answer::{Answered, json, not_modified};
use crate::scim::asked::{Asked, is_known};
use crate::scim::{part, projection, shown};
use crate::{App, Ports};

/// `GET /Groups/{id}` [rfc7644 3.4.1].
pub(in crate::scim) async fn get<P: Ports>(
    State(app): State<App<P>>,
    Extension(asked): Extension<Asked>,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Answered {
    let projection = projection(query.as_deref(), &ResourceType::group(), asked.dialect())?;
    let found = app.ports().find_group(&asked.directory(), &group_id(&id)?).await?;
    let group = found.ok_or_else(no_group)?;
    let version = Version(group.version);
    if is_known(&headers, version)? {
        return Ok(not_modified(version));
    }
    served(&app, &asked, StatusCode::OK, &group, &projection).await
}

/// `GET /Groups` [rfc7644 3.4.2].
pub(in crate::scim) async fn list<P: Ports>(
    State(app): State<App<P>>,
    Extension(asked): Extension<Asked>,
    RawQuery(query): RawQuery,
) -> Answered {
    let query = query.unwrap_or_default();
    let request = ListRequest::from_query(&query, &ResourceType::group(), asked.dialect())?;
    listed(&app, &asked, &request).await
}

pub(in crate::scim) async fn listed<P: Ports>(
    app: &App<P>,
    asked: &Asked,
    request: &ListRequest,
) -> Answered {
    let query = Query {
        filter: field::criterion(request.filter.as_ref())?,
        order: request.sort.as_ref().map(field::order).transpose()?,
        page: part(request),
    };
    let page = app.ports().groups_page(&asked.directory(), &query).await?;
    let mut resources = Vec::with_capacity(page.items.len());
    let mut room = MOST_MEMBERS;
    for group in shown(request, &page.items) {
        resources.push(document(app, asked, group, &request.projection, &mut room).await?);
    }
    let list = ListResponse { total_results: page.total, start_index: request.start_index, resources };
    Ok(json(StatusCode::OK, &list.to_json()))
}
