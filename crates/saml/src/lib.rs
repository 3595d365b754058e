//! What does a SAML 2.0 message say, and may it be believed now?
//!
//! This crate is the service provider's side of Web Browser SSO, without I/O: time and randomness are arguments,
//! and what must be remembered is handed out.
//!
//! 1. [`ServiceProvider::begin`] makes a signed AuthnRequest and a [`PendingRequest`] to keep.
//! 2. The browser brings a form field; [`RawMessage::from_post`] and [`RawMessage::response`] read it once.
//! 3. [`ReceivedResponse::hints`] says which request and issuer it claims; look them up.
//! 4. [`ServiceProvider::finish`] verifies the signature, reads the assertion from the signed octets,
//!    evaluates every rule and gives [`Accepted`] or [`Reject`], and a [`Decision`] in both cases.
//! 5. Claim [`Login::assertion_id`] in the transaction that opens the session.
//!
//! Single logout is the same in both directions: [`ServiceProvider::begin_logout`] and [`ServiceProvider::finish_logout`] for
//! one that begins here, [`ServiceProvider::accept_logout`] and [`ServiceProvider::answer_logout`] for one that begins there;
//! [`RawLogout`] is what the browser brings.

mod bindings;
mod decision;
mod endpoint;
mod entra_codes;
mod error;
mod idp;
mod ids;
mod instant;
mod login;
mod logout;
mod metadata;
mod model;
mod options;
mod pending;
mod policy;
mod read;
mod received;
mod remedy;
mod rules;
mod signed;
mod sp;
mod write;

pub use bindings::{DecodeError, LogoutKind, Outgoing, RawLogout, RawMessage};
pub use decision::{Check, Decision, Verdict};
pub use endpoint::{Binding, Endpoint, Location, LocationError, LogoutEndpoint};
pub use entra_codes::{ENTRA_CODES, EntraCode};
pub use error::Reject;
pub use idp::IdentityProvider;
pub use ids::{AssertionId, AuthnContextClass, EntityId, IdError, RelayState, RequestId, SessionIndex};
pub use instant::InstantError;
pub use login::{Accepted, Login, Restart, SignedDocument};
pub use logout::{
    BegunLogout, LogoutAnswer, LogoutHints, LogoutOutcome, LogoutRequest, LogoutResponse, ReceivedLogout,
};
pub use metadata::{AggregateReader, DurationError, IdpMetadata, MetadataError, MetadataWarning};
pub use model::{Attribute, NameId};
pub use options::{NameIdFormat, RequestOptions};
pub use pending::{PendingLogout, PendingRequest, StateError};
pub use policy::{CertificateDates, Policy, Unsolicited};
pub use read::ReadError;
pub use received::{ReceivedResponse, RoutingHints};
pub use sp::{BeginError, Begun, ServiceProvider};
