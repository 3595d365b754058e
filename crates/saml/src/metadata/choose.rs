//! Which entity of a document is meant.

use landfall_xmldsig::{Canonicalization, Document, Element, canonicalize};
use time::OffsetDateTime;

use super::{IdpMetadata, METADATA, MetadataError, SAML2};
use crate::{EntityId, IdError};

/// Most names that are kept of a document in which another one was looked for, or none in particular.
const KEPT: usize = 1000;

/// Looks for one entity, in a document or in one part of it after the other.
///
/// What else is in it may be as it likes: in a federation others write it.
#[derive(Debug)]
pub(super) struct Search {
    wanted: Wanted,
    now: OffsetDateTime,
    found: Option<Found>,
    others: Vec<EntityId>,
    /// Whether one was met that is another one, with a name or without.
    strangers: bool,
    /// Identity providers that were met, each as often as it was.
    met: usize,
}

#[derive(Debug)]
enum Wanted {
    Named(EntityId),
    /// The only one, which has this name if one was met.
    Only(Option<Result<EntityId, IdError>>),
}

/// The entity where it was met first.
#[derive(Debug)]
struct Found {
    octets: Option<Vec<u8>>,
    read: Result<IdpMetadata, MetadataError>,
}

impl Search {
    /// `entity` may be left out where there is one.
    pub(super) fn new(entity: Option<EntityId>, now: OffsetDateTime) -> Self {
        let wanted = entity.map_or(Wanted::Only(None), Wanted::Named);
        Self { wanted, now, found: None, others: Vec::new(), strangers: false, met: 0 }
    }

    /// Looks at each identity provider below the root, which must be of metadata.
    pub(super) fn look_into(&mut self, document: &Document<'_>) -> Result<(), MetadataError> {
        identity_providers(document)?.try_for_each(|entity| self.look_at(entity))
    }

    /// No name stands for two: what says the same to the byte, and counts for as long, is one [attack F4].
    fn look_at(&mut self, entity: Element<'_>) -> Result<(), MetadataError> {
        self.met += 1;
        let name = entity.attribute("entityID").unwrap_or_default();
        let wanted = match &mut self.wanted {
            Wanted::Named(wanted) => Some(&*wanted),
            Wanted::Only(first) => first.get_or_insert_with(|| EntityId::try_from(name)).as_ref().ok(),
        };
        let Some(wanted) = wanted.filter(|wanted| wanted.as_str() == name).cloned() else {
            self.strangers = true;
            self.note(name);
            return Ok(());
        };
        let octets = canonicalize(entity, None, &Canonicalization::default()).ok();
        let found = Found { octets, read: IdpMetadata::of(entity, wanted.clone(), self.now) };
        match &self.found {
            Some(first) if first.is_same(&found) => {}
            Some(_) => return Err(MetadataError::EntityTwice { entity_id: wanted }),
            None => self.found = Some(found),
        }
        Ok(())
    }

    fn note(&mut self, name: &str) {
        if self.others.len() < KEPT
            && let Ok(id) = EntityId::try_from(name)
            && !self.others.contains(&id)
        {
            self.others.push(id);
        }
    }

    /// What was found, once all was looked at.
    pub(super) fn end(self) -> Result<IdpMetadata, MetadataError> {
        let (met, others, strangers) = (self.met, self.others, self.strangers);
        match (self.wanted, self.found) {
            (_, None) if met == 0 => Err(MetadataError::NoIdentityProvider),
            (Wanted::Named(_), Some(found)) => found.read,
            (Wanted::Named(wanted), None) => Err(MetadataError::NoSuchEntity { wanted, met, found: others }),
            (Wanted::Only(Some(Err(source))), _) if others.is_empty() => Err(source.into()),
            (Wanted::Only(first), found) => {
                if let (Some(found), false) = (found, strangers) {
                    return found.read;
                }
                let first = first.and_then(Result::ok);
                let found = first.into_iter().chain(others).collect();
                Err(MetadataError::Choose { met, found })
            }
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
