//! What directories come to: who they are, and how they get tokens.

mod assertion;
mod bearer;
mod oauth;
mod oauth_error;
mod oauth_form;
mod secret;

pub use assertion::{AssertionKeys, FoundKey};
pub use bearer::{BearerError, bearer_token};
pub(crate) use oauth::routes;
pub use secret::DirectorySecret;
