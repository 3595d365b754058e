//! Metadata that come piece by piece, from a file or from an address.

use std::fmt;
use std::ops::ControlFlow;

use landfall_saml::{AggregateReader, EntityId, IdpMetadata, MetadataError};
use landfall_xmldsig::{Limits, TrustedKeys};
use time::OffsetDateTime;

/// Reads what is small as a whole; in what is larger it looks for one entity, in memory that does not grow with it [attack F8].
///
/// # Security
/// A signature covers the whole document [attack F1]: where a key is pinned, what is larger is refused.
pub(crate) struct Reading {
    entity: Option<EntityId>,
    signed_by: Option<TrustedKeys>,
    now: OffsetDateTime,
    so_far: SoFar,
}

enum SoFar {
    Whole(Vec<u8>),
    Parts(Box<AggregateReader>),
    TooLargeToVerify,
}

impl fmt::Debug for Reading {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reading").field("entity", &self.entity).finish_non_exhaustive()
    }
}

impl Reading {
    /// `entity` may be left out where there is one; one of the keys must have signed the metadata if there are any.
    pub(crate) fn new(entity: Option<EntityId>, signed_by: Option<TrustedKeys>, now: OffsetDateTime) -> Self {
        Self { entity, signed_by, now, so_far: SoFar::Whole(Vec::new()) }
    }

    /// Takes the next bytes; once it breaks off, no more of them change anything.
    pub(crate) fn push(&mut self, bytes: &[u8]) -> ControlFlow<()> {
        let pushed = match &mut self.so_far {
            SoFar::TooLargeToVerify => return ControlFlow::Break(()),
            SoFar::Parts(reader) => reader.push(bytes),
            SoFar::Whole(whole) => {
                if whole.len() + bytes.len() <= Limits::metadata().bytes {
                    whole.extend_from_slice(bytes);
                    return ControlFlow::Continue(());
                }
                if self.signed_by.is_some() {
                    self.so_far = SoFar::TooLargeToVerify;
                    return ControlFlow::Break(());
                }
                let mut reader = AggregateReader::new(self.entity.clone(), self.now);
                let pushed = reader.push(whole).and_then(|()| reader.push(bytes));
                self.so_far = SoFar::Parts(Box::new(reader));
                pushed
            }
        };
        // What refused is kept, and told in the end.
        if pushed.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    }

    /// What was found, once all bytes were pushed.
    pub(crate) fn finish(self) -> Result<IdpMetadata, MetadataError> {
        match (self.so_far, self.signed_by) {
            (SoFar::Parts(reader), _) => reader.finish(),
            (SoFar::TooLargeToVerify, _) => {
                Err(MetadataError::TooLargeToVerify { most: Limits::metadata().bytes })
            }
            (SoFar::Whole(whole), Some(signed_by)) => {
                IdpMetadata::read_signed(&whole, self.entity.as_ref(), &signed_by, self.now)
            }
            (SoFar::Whole(whole), None) => IdpMetadata::read(&whole, self.entity.as_ref(), self.now),
        }
    }
}
