//! What do these attributes mean for my application?
//!
//! An [`AttributeSet`] is what an identity provider said about a person, name by name.
//! A [`Preset`] knows how one kind of identity provider names things and maps the set to a [`Profile`].
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
mod preset;
mod profile;

pub use attributes::AttributeSet;
pub use error::MapError;
pub use preset::{Preset, Source, UnknownPreset};
pub use profile::{Groups, Profile};
