//! What does this SCIM request ask for?
//!
//! A [`ResourceType`] is the one table: its attributes decide what is read, filtered, patched, sorted, served and declared.
//! [`Resource::read`] reads what a client sends, [`Patch`] what it changes, [`ListRequest`] with its [`Filter`] what it looks for;
//! [`Document`], [`ListResponse`] and [`ScimError`] are what it gets.
//! How the client bends the standard says the [`Dialect`] of its token.
//! This crate is pure: it does no I/O, reads no clock and knows no database.
//!
//! ```
//! use landfall_scim::{Dialect, ListRequest, ResourceType};
//!
//! let users = ResourceType::user();
//! let request = ListRequest::from_query("filter=userName+eq+%22ada@example.com%22", &users, Dialect::Entra)?;
//! assert_eq!(request.filter.map(|filter| filter.to_string()).as_deref(), Some(r#"userName eq "ada@example.com""#));
//! # Ok::<(), landfall_scim::ScimError>(())
//! ```

mod dialect;
mod discovery;
mod document;
mod error;
mod filter;
mod json;
mod list;
mod patch;
mod path;
mod projection;
mod resource;
mod resource_type;
mod schema;
mod value;
mod version;
mod view;

pub use dialect::{Dialect, UnknownDialect};
pub use discovery::{resource_types, schemas, service_provider_config};
pub use document::{Document, Related, location};
pub use error::{ErrorKind, ScimError};
pub use filter::{Filter, Literal, Operator, fold};
pub use json::MAX_DEPTH;
pub use list::{ListRequest, ListResponse, Sort, SortOrder};
pub use patch::{GroupPatch, MemberChange, MemberId, Operation, Patch};
pub use path::Path;
pub use projection::Projection;
pub use resource::{Change, Changes, Received, Resource};
pub use resource_type::{AttributePath, ResourceKind, ResourceType};
pub use schema::{
    Attribute, ENTERPRISE_USER, Extension, ExtensionAttribute, ExtensionError, GROUP, Mutability, Returned,
    Schema, Type, USER, Uniqueness,
};
pub use value::{MAX_BINARY, MAX_MEMBERS, MAX_TEXT, MAX_VALUES};
pub use version::{Precondition, Version};
pub use view::{GroupView, UserView};
