use std::sync::{Arc, LazyLock};

use axum::http::HeaderMap;
use axum::http::header::{IF_MATCH, IF_NONE_MATCH};
use axum::http::{HeaderName, HeaderValue};
use landfall_accounts::{Directory, DirectoryAccess, DirectoryRequest, ScimDialect, TraceId};
use landfall_scim::{Dialect, Precondition, ResourceType, ScimError, Version};
use time::OffsetDateTime;

use super::extension::DeclaredExtension;
use super::log::Noted;

/// Users of a tenant that declares nothing.
static STANDARD: LazyLock<ResourceType> = LazyLock::new(ResourceType::user);

/// Who asks, as the credential says, and when.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    pub(super) access: DirectoryAccess,
    pub(super) trace: TraceId,
    pub(super) now: OffsetDateTime,
    /// What the tenant declares of attributes of its own.
    pub(super) declared: Option<Arc<DeclaredExtension>>,
    pub(super) noted: Noted,
}

impl Asked {
    /// What every question is put with [attack H1].
    pub(super) fn directory(&self) -> Directory {
        self.access.directory
    }

    /// What every change is put with [attack H1].
    pub(super) fn by(&self) -> DirectoryRequest {
        DirectoryRequest { directory: self.directory(), trace: self.trace.clone() }
    }

    /// Users as the tenant declares them.
    pub(super) fn users(&self) -> &ResourceType {
        self.declared.as_ref().map_or_else(|| &*STANDARD, |declared| declared.users())
    }

    pub(super) fn dialect(&self) -> Dialect {
        match self.access.dialect {
            ScimDialect::Entra => Dialect::Entra,
            ScimDialect::Okta => Dialect::Okta,
            ScimDialect::Strict => Dialect::Strict,
        }
    }
}

/// Refuses a change of what has changed since the client read it [rfc7644 3.14].
pub(super) fn unchanged(headers: &HeaderMap, version: Version) -> Result<(), ScimError> {
    precondition(headers, &IF_MATCH)?.map_or(Ok(()), |wanted| wanted.require(version))
}

/// Whether the client has this version already [rfc7644 3.14].
pub(super) fn is_known(headers: &HeaderMap, version: Version) -> Result<bool, ScimError> {
    Ok(precondition(headers, &IF_NONE_MATCH)?.is_some_and(|known| known.holds(version)))
}

fn precondition(headers: &HeaderMap, name: &HeaderName) -> Result<Option<Precondition>, ScimError> {
    let lines: Vec<_> = headers.get_all(name).iter().map(HeaderValue::as_bytes).collect();
    if lines.is_empty() {
        return Ok(None);
    }
    Precondition::parse(&String::from_utf8_lossy(&lines.join(&b","[..]))).map(Some)
}
