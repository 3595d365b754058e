//! What a message says, as values; nothing here has an opinion.

mod assertion;
mod attribute;
mod name_id;
mod response;

pub(crate) use assertion::{Assertion, AuthnStatement, Condition, Conditions, SubjectConfirmation};
pub use attribute::Attribute;
pub use name_id::NameId;
pub(crate) use response::{Status, UnsignedEnvelope};
