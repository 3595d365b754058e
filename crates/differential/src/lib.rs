//! Do we and libxmlsec1 say the same of one document?
//!
//! [`compare`] gives each signature of a document to both engines, with the same keys, and says where they part.
//! [`message()`] makes documents of bytes, and [`damage`] damages them: for the property test and for the fuzz target.
//! The program `differential` does it with a corpus.
//!
//! # Security
//! libxmlsec1 follows references to other places, and libxml2 reads what is not XML.
//! So it is given nothing that [`Document`](landfall_xmldsig::Document) refuses, and nothing that [`why_not_given`] names.

mod choices;
mod compare;
mod damage;
mod exceptions;
mod keys;
mod message;
mod peer;

pub use choices::Choices;
pub use compare::{Judged, SameOctets, Verdict, compare, divergence, same_octets, why_not_given};
pub use damage::damage;
pub use exceptions::{EXCEPTIONS, Exception, exception};
pub use keys::{Key, fixed_keys};
pub use message::{ID, Message, message, template};
pub use peer::{PeerError, Theirs, octets, sign};
