#![doc = include_str!("../README.md")]

mod aadsts;
mod app;
mod attack;
mod authentication;
mod certificate;
mod change;
mod claims;
mod clock;
mod cloud;
mod credential;
mod data_dir;
mod driver;
mod element;
mod elsewhere;
mod encrypt;
mod fault;
mod http;
mod lifecycle;
mod logout;
mod message;
mod metadata;
mod name_id;
mod pairwise;
pub mod provisioning;
mod query;
mod request;
mod scenario;
mod seed;
mod session_end;
mod sign;
mod sp_metadata;
mod tenant;
mod twin;
mod verification;
mod walk;
mod xml;

pub use app::{
    App, Assignment, AttributeName, CertificateState, Chain, Claim, Condition, Encryption, Escapes,
    GroupClaim, GroupFilter, GroupMatch, GroupName, GroupValue, Groups, Inputs, Lifetime, LogoutFormat,
    LogoutIssuer, LogoutName, Match, MetadataKeys, NameFormat, NameIdFormat, NameIdSetting, Outputs, Pattern,
    Published, SettingError, Side, SignIn, SigningAlgorithm, SigningOption, Source, Transformation, UserType,
    Verification,
};
pub use attack::{Attack, AttackError, Case, MetadataSource, SourceError, Verdict, Who};
pub use authentication::AuthenticationMethod;
pub use certificate::Certificate;
pub use change::{Detail, UserChange, UserChangeError};
pub use clock::ClockChange;
pub use cloud::Cloud;
pub use credential::Credential;
pub use data_dir::{DataDir, DataError};
pub use driver::{DriveError, Driver, Form, Hop, Link, Method, Page};
pub use elsewhere::{Elsewhere, Ending, Outcome, Posts, elsewhere};
pub use fault::{Expected, Fault, ForgeError};
pub use lifecycle::Newcomer;
pub use logout::{LogoutRequest, LogoutResponse};
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
pub use tenant::{AccountState, AppRole, Group, GroupKind, OnPremises, Tenant, User, Values};
pub use twin::Twin;
pub use walk::{Step, Stop, Walk};
