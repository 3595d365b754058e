//! What a second engine, which shares no code with this one, says of a document that was believed.

use std::fmt;

use crate::{SignedXml, TrustedKeys};

/// Another engine for XML signatures.
///
/// It is asked last, about a document that passed everything else, and can only refuse.
pub trait SecondOpinion: fmt::Debug + Send + Sync + 'static {
    /// Judges the document by itself.
    ///
    /// It may take as long as the engine does: call it where waiting blocks nobody, and stop waiting after a while.
    fn judge(&self, question: &Question<'_>) -> Opinion;
}

/// What was believed, and by which keys.
#[derive(Clone, Copy, Debug)]
pub struct Question<'q> {
    /// The document that was verified, with its signatures in place: a message as it came, or what was decrypted out of one.
    pub document: &'q [u8],
    /// The keys that may have signed it.
    pub keys: &'q TrustedKeys,
    /// What the [`Verifier`](crate::Verifier) made of each signature, the outermost element first.
    pub signed: &'q [SignedXml],
}

/// What the second engine says.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Opinion {
    /// Trusted keys signed the document, and the same octets.
    Agree,
    /// No: one of the two engines is wrong, so nobody is believed.
    Disagree {
        /// What it said, or what differed.
        found: String,
    },
    /// It cannot judge this document.
    Inconclusive {
        /// Why not.
        reason: &'static str,
    },
}
