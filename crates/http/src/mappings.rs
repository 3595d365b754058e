//! The mappings of connections, compiled once and not at every login.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use landfall_accounts::{Connection, ConnectionId, MappingChoice, MappingVersion};
use landfall_claims::Mapping;

use crate::error::{LoginError, StoredError};
use crate::{App, Ports};

/// Most connections whose mapping is kept; with one more all are forgotten, and compiled again when they are asked for.
const MOST: usize = 1_000;

/// Of each connection the version that was asked for last.
#[derive(Default)]
pub(crate) struct Mappings(Mutex<HashMap<ConnectionId, (MappingVersion, Mapping)>>);

impl Mappings {
    fn find(&self, connection: ConnectionId, version: MappingVersion) -> Option<Mapping> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.get(&connection).filter(|(of, _)| *of == version).map(|(_, mapping)| mapping.clone())
    }

    fn keep(&self, connection: ConnectionId, version: MappingVersion, mapping: &Mapping) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= MOST && !kept.contains_key(&connection) {
            kept.clear();
        }
        kept.insert(connection, (version, mapping.clone()));
    }
}

impl<P: Ports> App<P> {
    /// The mapping of a connection: its preset's, or its own, of which a version never changes.
    ///
    /// # Errors
    /// If the store cannot answer, or has no such version, or this version of Landfall does not read it: then nobody is signed in.
    pub(crate) async fn mapping(&self, connection: &Connection) -> Result<Mapping, LoginError> {
        let version = match connection.settings.mapping {
            MappingChoice::Preset(preset) => return Ok(preset.mapping().clone()),
            MappingChoice::Own(version) => version,
        };
        if let Some(kept) = self.mappings().find(connection.id, version) {
            return Ok(kept);
        }
        let text = self.ports().mapping_text(connection, version).await?;
        let text = text.ok_or(StoredError::NoMapping { version })?;
        let mapping: Mapping = text.parse().map_err(StoredError::from)?;
        self.mappings().keep(connection.id, version, &mapping);
        Ok(mapping)
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn only_the_version_that_is_asked_for_is_given_and_memory_is_bounded() {
        let id = |number| ConnectionId::from_uuid(Uuid::from_u128(number));
        let mapping: Mapping = "version = 1\nfields.username.sources = [\"a\"]".parse().unwrap();
        let (kept, first) = (Mappings::default(), MappingVersion::FIRST);
        kept.keep(id(1), first, &mapping);
        assert_eq!(kept.find(id(1), first), Some(mapping.clone()));
        assert_eq!((kept.find(id(1), first.next()), kept.find(id(2), first)), (None, None));
        kept.keep(id(1), first.next(), &mapping);
        assert_eq!(kept.find(id(1), first), None);
        for number in 0..3_000 {
            kept.keep(id(number), first, &mapping);
            assert!(kept.0.lock().unwrap().len() <= MOST);
        }
    }
}
