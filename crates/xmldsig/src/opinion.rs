//! What a second engine, which shares no code with this one, says of a message that was believed.

use std::fmt;

use crate::{SignedXml, TrustedKeys};

/// Another engine for XML signatures.
///
/// It is asked last, about a message that passed everything else, and can only refuse.
pub trait SecondOpinion: fmt::Debug + Send + Sync + 'static {
    /// Judges the message by itself.
    ///
    /// It may take as long as the engine does: call it where waiting blocks nobody, and stop waiting after a while.
    fn judge(&self, question: &Question<'_>) -> Opinion;
}

/// What was believed, and by which keys.
#[derive(Clone, Copy, Debug)]
pub struct Question<'q> {
    /// The message as it came, with its signatures in place.
    pub message: &'q [u8],
    /// The keys that may have signed it.
    pub keys: &'q TrustedKeys,
    /// What the [`Verifier`](crate::Verifier) made of each signature, the outermost element first.
    pub signed: &'q [SignedXml],
}

/// What the second engine says.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Opinion {
    /// Trusted keys signed the message, and the same octets.
    Agree,
    /// No: one of the two engines is wrong, so nobody is believed.
    Disagree {
        /// What it said, or what differed.
        found: String,
    },
    /// It cannot judge this message.
    Inconclusive {
        /// Why not.
        reason: &'static str,
    },
}
