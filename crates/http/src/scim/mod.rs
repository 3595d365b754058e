//! What directories come to: who they are, how they get tokens, and what they push.

mod answer;
mod asked;
mod assertion;
mod bearer;
mod body;
mod criterion;
mod discovery;
mod extension;
mod groups;
mod log;
mod oauth;
mod oauth_error;
pub(crate) mod openapi;
mod search;
mod secret;
mod surface;
mod users;

use std::num::NonZeroU32;

use landfall_accounts::PageOf;
use landfall_scim::{Dialect, ListRequest, Projection, ResourceType, ScimError};

use crate::{App, Ports};

pub use assertion::{AssertionKeys, FoundKey};
pub(crate) use bearer::shown_bearer;
pub use bearer::{BearerError, bearer_token};
pub(crate) use extension::Extensions;
pub use extension::{DeclaredExtension, ExtensionChange, ExtensionTextError};
pub(crate) use oauth::routes;
pub use secret::DirectorySecret;
pub(crate) use surface::surface;

/// The address above `/Users`, whatever the client came by.
fn base<P: Ports>(app: &App<P>) -> String {
    app.settings().public_url.join(surface::BASE)
}

/// What of a resource the query of an address asks for [rfc7644 3.9].
fn projection(query: Option<&str>, of: &ResourceType, dialect: Dialect) -> Result<Projection, ScimError> {
    ListRequest::from_query(query.unwrap_or_default(), of, dialect).map(|request| request.projection)
}

/// The part of a list that is asked for.
fn part(request: &ListRequest) -> PageOf {
    PageOf { offset: request.start_index - 1, limit: count(request).unwrap_or(NonZeroU32::MIN) }
}

/// What of a page is served: with a count of 0 the total alone is asked for [rfc7644 3.4.2.4].
fn shown<'a, T>(request: &ListRequest, items: &'a [T]) -> &'a [T] {
    if count(request).is_some() { items } else { &[] }
}

fn count(request: &ListRequest) -> Option<NonZeroU32> {
    u32::try_from(request.count).ok().and_then(NonZeroU32::new)
}
