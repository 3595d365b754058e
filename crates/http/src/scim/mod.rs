//! What directories come to: who they are.

mod bearer;
mod secret;

pub use bearer::{BearerError, bearer_token};
pub use secret::DirectorySecret;
