//! One identity provider out of an aggregate that is never in memory as a whole.

use landfall_xmldsig::{Document, Limits, ParseError};
use time::OffsetDateTime;

mod scan;
#[cfg(test)]
mod tests;

use super::choose::{Search, is_list};
use super::{IdpMetadata, MetadataError};
use crate::EntityId;
use scan::{Markup, Scanner, Tag};

const LIST: &[u8] = b"EntitiesDescriptor";

/// Bytes of a part, from which on it is read.
const PART: usize = 64 * 1024;
/// Bytes of all start tags of open lists together.
const OPEN_LISTS: usize = 64 * 1024;
/// Start tags of lists, each of which is read by itself.
const LISTS: usize = 1000;

/// Reads one identity provider out of metadata that come piece by piece, in memory that does not grow with them [attack F8].
///
/// The aggregate is cut between the children of its lists, and each part is read as [`IdpMetadata::read`] reads it,
/// inside the start tags of the lists around it: as strictly, and with their namespaces, `validUntil` and `cacheDuration`.
///
/// ```
/// use landfall_saml::AggregateReader;
///
/// let now = time::macros::datetime!(2030-01-02 03:04:05 UTC);
/// let mut reader = AggregateReader::new(Some("https://idp.example/".try_into()?), now);
/// for piece in ["<EntitiesDescriptor xmlns='urn:oasis:names:tc:SAML:2.0:meta", "data'><!-- none --></EntitiesDescriptor>"] {
///     reader.push(piece.as_bytes())?;
/// }
/// assert_eq!(reader.finish().unwrap_err().code(), "metadata.no_idp");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Security
/// No signature is verified: for that the whole document must be in memory, which [`IdpMetadata::read_signed`] does up to 16 MiB.
/// Where a key is pinned, a larger aggregate is to be refused, or the entity fetched by itself.
/// That an ID stands on two elements is noticed in one part alone; nothing is looked up by it here.
#[derive(Debug)]
pub struct AggregateReader {
    search: Search,
    scanner: Scanner,
    /// What has come and is not read yet.
    part: Vec<u8>,
    /// Bytes before the part.
    before: usize,
    /// Bytes of it up to the end of the last child of the innermost list.
    complete: usize,
    /// Elements that are open inside that list.
    depth: usize,
    lists: Lists,
    /// Whether the outermost list has ended.
    ended: bool,
    /// From how many bytes on a part is read.
    part_from: usize,
    refused: Option<MetadataError>,
}

impl AggregateReader {
    /// Most bytes of an aggregate: 256 MiB.
    pub const MOST: usize = 256 * 1024 * 1024;
    /// Most bytes of one entity, what stands before it included: 1 MiB.
    pub const ENTITY: usize = 1024 * 1024;

    /// A reader that looks for this entity, which may be left out where there is one.
    #[must_use]
    pub fn new(entity: Option<EntityId>, now: OffsetDateTime) -> Self {
        Self {
            search: Search::new(entity, now),
            scanner: Scanner::default(),
            part: Vec::new(),
            before: 0,
            complete: 0,
            depth: 0,
            lists: Lists::default(),
            ended: false,
            part_from: PART,
            refused: None,
        }
    }

    /// Takes the next bytes, as many as there are and cut anywhere.
    ///
    /// # Errors
    /// [`MetadataError`] as soon as one is certain; every later call gives it again.
    pub fn push(&mut self, bytes: &[u8]) -> Result<(), MetadataError> {
        self.refused.clone().map_or(Ok(()), Err)?;
        let taken = bytes.chunks(PART).try_for_each(|bytes| self.take(bytes));
        if let Err(error) = &taken {
            self.refused = Some(error.clone());
            self.part = Vec::new();
        }
        taken
    }

    /// What was found, once all bytes were pushed.
    ///
    /// # Errors
    /// [`MetadataError`], as of [`IdpMetadata::read`], and of [`Self::push`] if that refused.
    pub fn finish(mut self) -> Result<IdpMetadata, MetadataError> {
        self.refused.clone().map_or(Ok(()), Err)?;
        let rest = std::mem::take(&mut self.part);
        if self.ended {
            // Behind the root stands what says nothing, and no second root.
            let around = [b"<r/>".as_slice(), &rest].concat();
            self.parsed(&around, rest.len())?;
        } else {
            // What is still open, the parser finds.
            let around = [self.lists.start_tags.as_slice(), &rest].concat();
            let document = self.parsed(&around, rest.len())?;
            self.search.look_into(&document)?;
        }
        self.search.end()
    }

    fn take(&mut self, bytes: &[u8]) -> Result<(), MetadataError> {
        if self.before + self.part.len() + bytes.len() > Self::MOST {
            return Err(MetadataError::TooLarge { what: "bytes in all", most: Self::MOST });
        }
        self.part.extend_from_slice(bytes);
        while let Some(tag) = self.scanner.next(&self.part) {
            self.tag(&tag)?;
        }
        if self.part.len() - self.complete > Self::ENTITY {
            return Err(MetadataError::TooLarge { what: "bytes of one entity", most: Self::ENTITY });
        }
        Ok(())
    }

    /// Keeps count of what is open; whether it is well-formed, the parser says of the part.
    fn tag(&mut self, tag: &Tag) -> Result<(), MetadataError> {
        match (tag.markup, self.depth) {
            (Markup::Start, 0) if !self.ended && tag.local_name(&self.part) == LIST => self.list(tag),
            (Markup::Start, depth) => {
                self.depth = depth + 1;
                Ok(())
            }
            (Markup::Empty, 0) => self.child(tag.to),
            (Markup::End, 0) if !self.lists.is_empty() => self.list_end(tag.to),
            (Markup::End, 1) => {
                self.depth = 0;
                self.child(tag.to)
            }
            (Markup::End, depth) => {
                self.depth = depth.saturating_sub(1);
                Ok(())
            }
            (Markup::Empty, _) => Ok(()),
        }
    }

    /// A child of the innermost list has ended.
    fn child(&mut self, to: usize) -> Result<(), MetadataError> {
        if self.lists.is_empty() {
            return Ok(());
        }
        self.complete = to;
        if to < self.part_from {
            return Ok(());
        }
        let closed = self.lists.end_tags();
        self.read(to, &closed)?;
        self.pass(to);
        Ok(())
    }

    /// What is named like a list has begun; it is one if its namespace is that of metadata.
    fn list(&mut self, tag: &Tag) -> Result<(), MetadataError> {
        if self.lists.count == LISTS {
            return Err(MetadataError::TooLarge { what: "lists", most: LISTS });
        }
        self.lists.count += 1;
        let name = tag.name(&self.part).to_vec();
        let closed = [b"</".as_slice(), &name, b">", &self.lists.end_tags()].concat();
        if !self.read(tag.to, &closed)? {
            self.depth = 1;
            return Ok(());
        }
        self.lists.open(self.part.get(tag.from..tag.to).unwrap_or_default(), name)?;
        self.pass(tag.to);
        Ok(())
    }

    /// The innermost list has ended.
    fn list_end(&mut self, to: usize) -> Result<(), MetadataError> {
        let start_tags = self.lists.start_tags.clone();
        self.lists.close();
        let closed = self.lists.end_tags();
        let around = [start_tags.as_slice(), self.part.get(..to).unwrap_or_default(), &closed].concat();
        let document = self.parsed(&around, to)?;
        self.search.look_into(&document)?;
        self.ended = self.lists.is_empty();
        self.pass(to);
        Ok(())
    }

    /// Reads the part up to here, inside its lists; tells whether its last child is a list.
    fn read(&mut self, to: usize, closed: &[u8]) -> Result<bool, MetadataError> {
        let part = self.part.get(..to).unwrap_or_default();
        let around = [self.lists.start_tags.as_slice(), part, closed].concat();
        let document = self.parsed(&around, to)?;
        self.search.look_into(&document)?;
        let mut last = Some(document.root());
        for _ in 0..self.lists.names.len() {
            last = last.and_then(|list| list.elements().last());
        }
        Ok(last.is_some_and(is_list))
    }

    fn parsed<'b>(&self, around: &'b [u8], bytes: usize) -> Result<Document<'b>, MetadataError> {
        let (from, to) = (self.before, self.before + bytes);
        let told = |error: ParseError| MetadataError::Part { from, to, source: error.kind().clone() };
        Document::parse(around, &Limits::metadata()).map_err(told)
    }

    /// The part up to here is read.
    fn pass(&mut self, to: usize) {
        self.part.drain(..to.min(self.part.len()));
        self.scanner.pass(to);
        self.before += to;
        self.complete = 0;
    }
}

/// The lists that are open.
#[derive(Debug, Default)]
struct Lists {
    /// As they came, the outermost first.
    start_tags: Vec<u8>,
    /// As written, and how long the start tags before are.
    names: Vec<(Vec<u8>, usize)>,
    /// How many have begun.
    count: usize,
}

impl Lists {
    fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    fn open(&mut self, start_tag: &[u8], name: Vec<u8>) -> Result<(), MetadataError> {
        let before = self.start_tags.len();
        if before + start_tag.len() > OPEN_LISTS {
            return Err(MetadataError::TooLarge { what: "bytes of start tags of lists", most: OPEN_LISTS });
        }
        self.start_tags.extend_from_slice(start_tag);
        self.names.push((name, before));
        Ok(())
    }

    fn close(&mut self) {
        if let Some((_, before)) = self.names.pop() {
            self.start_tags.truncate(before);
        }
    }

    fn end_tags(&self) -> Vec<u8> {
        let end_tag = |(name, _): &(Vec<u8>, usize)| [b"</".as_slice(), name, b">"].concat();
        self.names.iter().rev().flat_map(end_tag).collect()
    }
}
