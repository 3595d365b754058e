use landfall_saml::{IdpMetadata, MetadataError};

use super::{Said, now};
use crate::manifest::Case;

/// Each identity provider in it can be read.
pub(super) fn judge(case: &Case, document: &[u8]) -> Said {
    let now = now(&case.options);
    let read = match IdpMetadata::read(document, None, now) {
        Err(MetadataError::Choose { found, .. }) => {
            found.iter().try_for_each(|one| IdpMetadata::read(document, Some(one), now).map(drop))
        }
        read => read.map(drop),
    };
    read.map_or_else(|error| Said::refused(error.code(), &error), |()| Said::Accepted)
}
