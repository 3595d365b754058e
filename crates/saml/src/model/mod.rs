//! What a message says, as values; nothing here has an opinion.

mod assertion;
mod attribute;
mod logout;
mod name_id;
mod response;

pub(crate) use assertion::{Assertion, AuthnStatement, Condition, Conditions, SubjectConfirmation};
pub use attribute::Attribute;
pub(crate) use logout::{LogoutDemand, LogoutEnvelope, LogoutReport};
pub use name_id::NameId;
pub(crate) use response::{Status, UnsignedEnvelope};
