//! Which entity of a document is meant.

use std::collections::BTreeSet;

use landfall_xmldsig::{Canonicalization, Document, Element, canonicalize};
use time::OffsetDateTime;

use super::{IdpMetadata, METADATA, MetadataError, SAML2};
use crate::EntityId;

/// Most names that are told of a document in which another one was looked for.
const TOLD: usize = 20;

/// Looks for one entity, in a document or in one part of it after the other.
///
/// What else is in it may be as it likes: in a federation others write it.
#[derive(Debug)]
pub(super) struct Search {
    wanted: EntityId,
    now: OffsetDateTime,
    found: Option<Found>,
    others: Vec<EntityId>,
    any: bool,
}

/// The entity where it was met first.
#[derive(Debug)]
struct Found {
    octets: Option<Vec<u8>>,
    read: Result<IdpMetadata, MetadataError>,
}

impl Search {
    pub(super) fn new(wanted: EntityId, now: OffsetDateTime) -> Self {
        Self { wanted, now, found: None, others: Vec::new(), any: false }
    }

    /// Looks at each identity provider below the root, which must be of metadata.
    pub(super) fn look_into(&mut self, document: &Document<'_>) -> Result<(), MetadataError> {
        identity_providers(document)?.try_for_each(|entity| self.look_at(entity))
    }

    /// No name stands for two: what says the same to the byte, and counts for as long, is one [attack F4].
    fn look_at(&mut self, entity: Element<'_>) -> Result<(), MetadataError> {
        self.any = true;
        let name = entity.attribute("entityID").unwrap_or_default();
        if name != self.wanted.as_str() {
            self.note(name);
            return Ok(());
        }
        let octets = canonicalize(entity, None, &Canonicalization::default()).ok();
        let found = Found { octets, read: IdpMetadata::of(entity, self.wanted.clone(), self.now) };
        match &self.found {
            Some(first) if first.is_same(&found) => {}
            Some(_) => return Err(MetadataError::EntityTwice { entity_id: self.wanted.clone() }),
            None => self.found = Some(found),
        }
        Ok(())
    }

    fn note(&mut self, name: &str) {
        if self.others.len() < TOLD
            && let Ok(id) = EntityId::try_from(name)
            && !self.others.contains(&id)
        {
            self.others.push(id);
        }
    }

    /// What was found, once all was looked at.
    pub(super) fn end(self) -> Result<IdpMetadata, MetadataError> {
        match self.found {
            Some(found) => found.read,
            None if self.any => Err(MetadataError::NoSuchEntity { wanted: self.wanted, found: self.others }),
            None => Err(MetadataError::NoIdentityProvider),
        }
    }
}

impl Found {
    fn is_same(&self, other: &Self) -> bool {
        let validity =
            |found: &Self| found.read.as_ref().map(|metadata| metadata.validity).map_err(Clone::clone);
        self.octets.is_some() && self.octets == other.octets && validity(self) == validity(other)
    }
}

/// The name of the only identity provider.
pub(super) fn only_name(document: &Document<'_>) -> Result<EntityId, MetadataError> {
    let names: BTreeSet<EntityId> = identity_providers(document)?.map(entity_id).collect::<Result<_, _>>()?;
    let mut names = names.into_iter();
    match (names.next(), names.next()) {
        (None, _) => Err(MetadataError::NoIdentityProvider),
        (Some(only), None) => Ok(only),
        (Some(first), Some(second)) => {
            Err(MetadataError::Choose { found: [first, second].into_iter().chain(names).collect() })
        }
    }
}

/// The root, or what stands in it under lists alone: an entity inside an extension, or inside another entity, is none.
fn identity_providers<'d>(
    document: &'d Document<'d>,
) -> Result<impl Iterator<Item = Element<'d>>, MetadataError> {
    let root = of_metadata(document)?;
    let entities = std::iter::once(root).chain(root.descendants()).filter(|element| {
        element.is(METADATA, "EntityDescriptor")
            && std::iter::successors(element.parent(), |around| around.parent()).all(is_list)
    });
    Ok(entities.filter(|entity| roles(*entity).next().is_some()))
}

/// The root, if it is one of metadata.
pub(super) fn of_metadata<'d>(document: &'d Document<'d>) -> Result<Element<'d>, MetadataError> {
    let root = document.root();
    if root.is(METADATA, "EntityDescriptor") || is_list(root) {
        return Ok(root);
    }
    Err(MetadataError::Root { found: root.local_name().to_owned() })
}

pub(super) fn is_list(element: Element<'_>) -> bool {
    element.is(METADATA, "EntitiesDescriptor")
}

/// Its roles as an identity provider that speaks SAML 2.0.
pub(super) fn roles(entity: Element<'_>) -> impl Iterator<Item = Element<'_>> {
    let speaks = |role: &Element<'_>| {
        role.attribute("protocolSupportEnumeration")
            .is_some_and(|list| list.split_whitespace().any(|one| one == SAML2))
    };
    entity.elements().filter(move |child| child.is(METADATA, "IDPSSODescriptor") && speaks(child))
}

fn entity_id(entity: Element<'_>) -> Result<EntityId, MetadataError> {
    Ok(EntityId::try_from(entity.attribute("entityID").unwrap_or_default())?)
}
