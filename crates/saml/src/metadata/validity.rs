//! Until when metadata count, and how long they may be kept.

use landfall_xmldsig::Element;
use time::{Duration, OffsetDateTime};

use super::duration;
use super::{MetadataError, MetadataWarning};
use crate::read::optional_instant;

/// What the entity, its roles and the lists around it say, the strictest of each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Validity {
    until: Option<OffsetDateTime>,
    cache: Option<Duration>,
}

impl Validity {
    /// An unreadable end refuses, an unreadable `cacheDuration` is told [saml-metadata 2.3.1, 2.3.2, 2.4.1].
    pub(super) fn of<'d>(
        entity: Element<'d>,
        roles: impl Iterator<Item = Element<'d>>,
    ) -> Result<(Self, Vec<MetadataWarning>), MetadataError> {
        let around = std::iter::successors(Some(entity), |element| element.parent());
        let mut strictest = Self::default();
        let mut warnings = Vec::new();
        for element in around.chain(roles) {
            let until = optional_instant(element, "validUntil")?;
            strictest.until = [strictest.until, until].into_iter().flatten().min();
            match element.attribute("cacheDuration").map(duration::read).transpose() {
                Ok(cache) => strictest.cache = [strictest.cache, cache].into_iter().flatten().min(),
                Err(source) => warnings.push(MetadataWarning::CacheDuration { source }),
            }
        }
        Ok((strictest, warnings))
    }

    /// Not past its end; at that time itself it is [saml-metadata 2.3.1, 2.3.2, 2.4.1], [attack F3].
    pub(super) fn holds(&self, now: OffsetDateTime) -> Result<(), MetadataError> {
        match self.until {
            Some(valid_until) if valid_until <= now => Err(MetadataError::Expired { valid_until, now }),
            _ => Ok(()),
        }
    }

    pub(super) fn until(&self) -> Option<OffsetDateTime> {
        self.until
    }

    pub(super) fn cache(&self) -> Option<Duration> {
        self.cache
    }
}
