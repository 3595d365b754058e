//! May this profile have an account, and which?
//!
//! The nouns of the installation (tenants, domains, connections, accounts, sessions) and their states;
//! the identity rule ([`identify`]) and the provisioning decision ([`decide`]), both pure;
//! and the ports that a store implements, in [`ports`].
//! This crate does no I/O, reads no clock and draws no random bytes: they are arguments.
//!
//! ```
//! use landfall_accounts::{ConnectionKind, ConnectionSettings, IdpEntityId, Jit};
//!
//! let idp: IdpEntityId = "https://sts.windows.net/11111111-2222-4333-8444-555555555555/".parse()?;
//! let settings = ConnectionSettings::for_kind(&ConnectionKind::of(&idp));
//! assert_eq!(settings.jit, Jit::Active);
//! # Ok::<(), landfall_accounts::NotAnEntityId>(())
//! ```

mod asking;
mod connection;
mod credential;
mod danger;
mod directory;
mod event;
mod group;
mod identity;
mod ids;
mod link;
mod login;
mod logout;
mod merge;
mod named;
mod names;
pub mod ports;
mod provision;
mod push;
mod push_refusal;
mod refresh;
mod refusal;
mod session;
mod settings;
mod source;
mod tenant;
mod tested;
#[cfg(test)]
mod testing;
mod tokens;
mod traced;
mod trust;
mod user;

pub use asking::{Asking, AuthnContexts, ForceAuthn, NameIdFormat, NotAuthnContexts};
pub use connection::{
    Connection, ConnectionKind, ConnectionState, EntraTenantId, NotAGuid, SubjectSource, SubjectSourceError,
};
pub use credential::{
    CredentialKind, CredentialLabel, CredentialPrefix, CredentialRef, DirectoryAccess, NewCredential,
    NotALabel, NotAPrefix, ScimCredential, ScimDialect,
};
pub use danger::{Danger, Weakening, WeakeningError};
pub use directory::{
    Activity, Directory, DirectoryRequest, DirectoryUser, ExternalId, Page, PageOf, Push, PushedSubjectError,
    Rest, TextError, UserFilter, pushed_subject,
};
pub use event::{Detail, Event, EventKind};
pub use group::{Group, GroupFilter, GroupName, GroupPush, MemberChange};
pub use identity::{Identity, IdentityError, Membership, NameIdClaim, identify};
pub use ids::{ConnectionId, CredentialId, GroupId, MergeId, NotAnId, SessionId, TenantId, UserId};
pub use link::{IdentityLink, LinkedBy, NotASubject, Subject};
pub use login::{
    Account, AssertionUse, AwaitingSession, CommitOutcome, Committed, EndOutcome, HopAttempt, HopOutcome,
    How, LoginRecord, Opened, PendingLogin, PendingLookup, Replace, RestartOutcome, RestartRecord, SamlState,
    Target,
};
pub use logout::{
    AnswerOutcome, Elsewhere, IdpSession, LogoutAnswer, LogoutOutcome, LogoutRecord, PendingLogout,
};
pub use merge::{MergeBar, MergeFacts, MergeProposal, MergeState, decide_merge};
pub use named::UnknownName;
pub use names::{ClaimName, ConnectionName, DomainName, LoginName, NameError, TenantName};
pub use provision::{
    Arrival, DomainStanding, FIRST_LINK_WINDOW, Facts, Home, Links, Namesake, Provision, Tombstone, decide,
};
pub use push::{Followed, KeyStep, OtherKey, PushDecision, PushFacts, decide_push};
pub use push_refusal::{PushRefusal, RefusalClass};
pub use refresh::{MOST_KEYS, Refresh, RefreshRefusal, TrustChange, decide_refresh};
pub use refusal::{Collision, Notice, Refusal};
pub use session::{EndReason, Session, SignedIn, UserAgent};
pub use settings::{CertificateDates, ConnectionSettings, Guests, Jit, SettingError, Unsolicited};
pub use source::{
    ASK_AGAIN, Approval, EXPIRY_WARNINGS, Failure, MetadataSource, Validators, Watched, expiry_warning,
    next_fetch, next_try,
};
pub use tenant::{Domain, Tenant};
pub use tested::{Judged, LoginPurpose, TEST_LINK_LIFETIME, TestOutcome, TestRecord, TestVerdict, Tested};
pub use tokens::{AssertionId, Handle, NotHex, RequestId, TokenHash, TraceId};
pub use traced::{SealedTrace, TracePlace, TraceWindow, TraceWindowError};
pub use trust::{
    CertificateFingerprint, CertificateState, Endpoints, IdpBinding, IdpEntityId, IdpTrust, IdpUrl,
    NotAFingerprint, NotAnEntityId, SloEndpoint, SpEntityId, SsoEndpoint, TrustedCertificate,
};
pub use user::{NewUser, Origin, Standing, StateError, User, UserState};
