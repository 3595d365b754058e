#![doc = include_str!("../README.md")]

mod aadsts;
mod app;
mod change;
mod credential;
mod data_dir;
mod driver;
mod elsewhere;
mod http;
mod lifecycle;
mod message;
mod metadata;
pub mod provisioning;
mod request;
mod scenario;
mod seed;
mod session_end;
mod sign;
mod sp_metadata;
mod tenant;
mod twin;
mod xml;

pub use app::{App, Assignment, Claim, SettingError, SigningOption, Source};
pub use change::{Detail, UserChange, UserChangeError};
pub use credential::Credential;
pub use data_dir::{DataDir, DataError};
pub use driver::{DriveError, Driver, Form, Hop, Link, Method, Page};
pub use elsewhere::{Elsewhere, Ending, Outcome, elsewhere};
pub use lifecycle::Newcomer;
pub use message::{Assertion, Attribute, IssueRequest, Message, Response};
pub use metadata::KeysOf;
pub use scenario::{
    Person, Provider, ScenarioError, Unsolicited, idp_initiated, not_assigned, refused, replay, sign_out,
    sp_initiated,
};
pub use seed::Seed;
pub use session_end::session_end;
pub use sign::SignError;
pub use sp_metadata::SpMetadataError;
pub use tenant::{AccountState, AppRole, Group, Tenant, User};
pub use twin::Twin;
