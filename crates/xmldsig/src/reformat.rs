//! Whether a signed piece differs from what came in its form alone: looked for after a refusal, to say what went wrong.
//!
//! Nothing is admitted by it.
//! What was signed is known by its digest, or by its signature value alone, so only a guess that hits it proves anything:
//! what a re-formatter took away cannot be found again, what it added can.

use std::fmt;

use crate::{Document, Limits};

mod prefixes;
mod space;

/// How a piece of XML was re-written after it was signed.
///
/// It is proven: with that undone, the digest or the signature value is the signed one.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reformatting {
    /// White space was put between elements, as pretty-printing does.
    Indented,
    /// White space was put between elements and around values.
    IndentedValues,
    /// Line ends were changed.
    LineEnds,
    /// Namespaces were given other prefixes.
    Prefixes(Vec<ChangedPrefix>),
}

impl fmt::Display for Reformatting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Indented => f.write_str("white space was put between its elements after signing"),
            Self::IndentedValues => {
                f.write_str("white space was put between its elements and around its values after signing")
            }
            Self::LineEnds => f.write_str("its line ends were changed after signing"),
            Self::Prefixes(changed) => {
                f.write_str("its namespace prefixes were changed after signing")?;
                changed.iter().try_for_each(|one| {
                    write!(f, ", of {} from {:?} to {:?}", one.namespace, one.signed, one.found)
                })
            }
        }
    }
}

/// One namespace whose prefix was changed; an empty prefix is the default namespace.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ChangedPrefix {
    /// The namespace.
    pub namespace: String,
    /// Its prefix as it was signed.
    pub signed: String,
    /// Its prefix as it came.
    pub found: String,
}

/// How much is guessed at most: a refusal must not cost what an attack is worth.
pub(crate) struct Bounds {
    /// Guesses that are tried.
    pub(crate) guesses: usize,
    /// Octets of all of them together.
    pub(crate) octets: usize,
}

impl Bounds {
    /// Where a guess costs a digest, and comes only after a trusted key's signature, which a stranger may have copied.
    pub(crate) const DIGEST: Self = Self { guesses: 128, octets: 256 * 1024 };
    /// Where a guess costs a verification, and a stranger can ask for it.
    pub(crate) const SIGNATURE: Self = Self { guesses: 8, octets: 32 * 1024 };
}

/// Why these canonical octets are not the ones that were signed, if a change of form explains it.
pub(crate) fn explain(
    octets: &[u8],
    bounds: Bounds,
    is_signed: impl Fn(&[u8]) -> bool,
) -> Option<Reformatting> {
    // A piece that leaves room for one guess alone is not worth the reading.
    if octets.len() > bounds.octets / 2 {
        return None;
    }
    let document = Document::parse(octets, &Limits::metadata()).ok()?;
    let mut search = Search { octets, left: bounds, is_signed };
    if search.hits(&space::without_indentation(&document, false)) {
        return Some(Reformatting::Indented);
    }
    if search.hits(&space::without_indentation(&document, true)) {
        return Some(Reformatting::IndentedValues);
    }
    if !search.is_over()
        && space::with_other_line_ends(document.source()).iter().any(|guess| search.hits(guess.as_bytes()))
    {
        return Some(Reformatting::LineEnds);
    }
    // To look for prefixes costs something before the first guess.
    if search.is_over() {
        return None;
    }
    let mut guesses = prefixes::guesses(&document);
    while !search.is_over() {
        let (guess, changed) = guesses.next()?;
        if search.hits(&guess) {
            return Some(Reformatting::Prefixes(changed));
        }
    }
    None
}

struct Search<'o, S> {
    octets: &'o [u8],
    left: Bounds,
    is_signed: S,
}

impl<S: Fn(&[u8]) -> bool> Search<'_, S> {
    fn hits(&mut self, guess: &[u8]) -> bool {
        if guess == self.octets || self.left.guesses == 0 || guess.len() > self.left.octets {
            return false;
        }
        self.left.guesses -= 1;
        self.left.octets -= guess.len();
        (self.is_signed)(guess)
    }

    /// Whether nothing of the length of what came is tried any more.
    fn is_over(&self) -> bool {
        self.left.guesses == 0 || self.left.octets < self.octets.len()
    }
}

#[cfg(test)]
mod tests;
