//! What do these attributes mean for my application?
//!
//! An [`AttributeSet`] is what an identity provider said about a person, name by name.
//! A [`Mapping`] makes a [`Profile`] of it, by rules that are data; a [`Preset`] is one that knows how one kind of
//! identity provider names things.
//! This crate is pure: it does no I/O, reads no clock and knows nothing of SAML.
//!
//! ```
//! use landfall_claims::{AttributeSet, Preset};
//!
//! let attributes: AttributeSet = [
//!     ("firstName", ["B"]),
//!     ("email", ["B.Simon@contoso.example"]),
//!     ("username", ["B.Simon@contoso.example"]),
//! ]
//! .into_iter()
//! .collect();
//!
//! let profile = Preset::EntraSmartconnect.map(&attributes)?;
//! assert_eq!(profile.first_name(), Some("B"));
//! assert_eq!(profile.username(), "B.Simon@contoso.example");
//! # Ok::<(), landfall_claims::MapError>(())
//! ```

mod attributes;
pub mod entra;
mod error;
mod mapping;
mod preset;
mod profile;
mod visible;

pub use attributes::AttributeSet;
pub use error::{ClaimError, MapError};
pub use mapping::{CaseFailure, Fault, FieldPreview, Mapping, MappingError, Preview};
pub use preset::{Preset, UnknownPreset};
pub use profile::{Groups, Profile};
