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

mod app_admin;
mod application;
mod asking;
mod change;
mod connection;
mod credential;
mod criterion;
mod danger;
mod device;
mod directory;
mod domain;
mod event;
mod grant;
mod group;
mod identity;
mod ids;
mod invitation;
mod link;
mod login;
mod logout;
mod logout_notice;
mod mapping;
mod merge;
mod named;
mod names;
pub mod ports;
mod provision;
mod provisioning_log;
mod push;
mod push_refusal;
mod redirect;
mod refresh;
mod refusal;
mod scim_client;
mod scim_extension;
mod scopes;
mod session;
mod session_limits;
mod settings;
mod site;
mod site_entry;
mod skew;
mod source;
mod tenant;
mod tested;
#[cfg(test)]
mod testing;
mod tokens;
mod traced;
mod trust;
mod user;
mod workload;

pub use app_admin::{AppCredential, AppFlaw, NewAppCredential, NewApplication};
pub use application::{
    Activating, AppAuthentication, AppId, AppKind, AppTitle, Application, NotATitle, NotTerms, OfflineAccess,
    Terms, TokenAlgorithm,
};
pub use asking::{Asking, AuthnContexts, ForceAuthn, NameIdFormat, NotAuthnContexts};
pub use change::Change;
pub use connection::{
    Connection, ConnectionKind, ConnectionState, EntraTenantId, NotAGuid, SubjectSource, SubjectSourceError,
};
pub use credential::{
    AdmittedDirectory, CredentialKind, CredentialLabel, CredentialMark, CredentialPrefix, CredentialRef,
    DirectoryAccess, NewCredential, NotALabel, NotAPrefix, ScimCredential, ScimDialect,
};
pub use criterion::{Case, Comparison, Criterion, Direction, GroupField, Order, Query, UserField, Wanted};
pub use danger::{Danger, Weakening, WeakeningError};
pub use device::{
    DeviceAnswer, DeviceDecision, DeviceOutcome, DeviceQuestion, DeviceReply, DeviceRequest,
    NewDeviceRequest, NotAUserCode, UserCode,
};
pub use directory::{
    Activity, Directory, DirectoryRequest, DirectoryUser, ExternalId, Page, PageOf, Push, PushedSubjectError,
    Rest, TextError, pushed_subject,
};
pub use domain::{
    ChallengeValue, Domain, DomainChallenge, NotAChallenge, Unproven, VerifiedBy, judge_records,
};
pub use event::{Detail, Event, EventKind};
pub use grant::{
    CodeChallenge, CodeFacts, CodeRedemption, Grant, GrantId, GrantOutcome, GrantRefusal, Granted, Lasting,
    LiveToken, NewGrant, NewTokens, Nonce, NotAChallengeOfCode, NotANonce, RefreshRedemption, TokenKind,
    TokenOutcome, judge_code,
};
pub use group::{Group, GroupName, GroupPush, MemberChange};
pub use identity::{Identity, IdentityError, Membership, NameIdClaim, identify};
pub use ids::{ConnectionId, CredentialId, GroupId, MergeId, NotAnId, SessionId, SiteId, TenantId, UserId};
pub use invitation::{
    InvitationEnd, InvitationLifetime, InvitationLifetimeError, InvitationRefusal, Redeemed,
};
pub use link::{IdentityLink, LinkedBy, NotASubject, Subject};
pub use login::{
    Account, AssertionUse, AwaitingSession, CommitOutcome, Committed, EndOutcome, HopAttempt, HopOutcome,
    How, LoginRecord, Opened, PendingLogin, PendingLookup, Replace, RestartOutcome, RestartRecord, SamlState,
    Target,
};
pub use logout::{
    AnswerOutcome, Elsewhere, IdpSession, LogoutAnswer, LogoutOutcome, LogoutRecord, PendingLogout,
};
pub use logout_notice::{Delivery, LogoutNotice, NoticeId};
pub use mapping::{Access, MappingChoice, MappingVersion, NotAVersion, StoredMapping, TestedMapping};
pub use merge::{MergeBar, MergeFacts, MergeProposal, MergeState, decide_merge};
pub use named::UnknownName;
pub use names::{AppName, ClaimName, ConnectionName, DomainName, LoginName, NameError, TenantName};
pub use provision::{
    Arrival, DomainStanding, FIRST_LINK_WINDOW, Facts, Home, Links, Namesake, Provision, Room, Tombstone,
    decide,
};
pub use provisioning_log::{ProvisioningAction, ProvisioningEntry, ProvisioningTarget};
pub use push::{Followed, KeyStep, OtherKey, PushDecision, PushFacts, decide_push};
pub use push_refusal::{PushRefusal, RefusalClass};
pub use redirect::{AppUrl, NotARedirect, Redirect, RedirectRefusal, RedirectUri};
pub use refresh::{MOST_KEYS, Refresh, RefreshRefusal, TrustChange, decide_refresh};
pub use refusal::{Collision, Notice, Refusal};
pub use scim_client::{AccessOutcome, AccessRefusal, AccessRequest, Proof, ScimClient, ScimClientId};
pub use scim_extension::{ExtensionText, ExtensionVersion, StoredExtension};
pub use scopes::{Scope, Scopes};
pub use session::{Authentication, EndReason, Session, SignedIn, UserAgent};
pub use session_limits::{NotASessionLimit, SessionLimit, SessionLimits, ShorterSessions};
pub use settings::{
    Activation, CertificateDates, ConnectionSettings, Guests, Jit, SettingError, Unsolicited,
};
pub use site::{AtSite, NotASiteOrigin, NotSiteRules, Site, SiteOrigin, SitePath, SiteRefusal, SiteRules};
pub use site_entry::{Entered, EntryOutcome, SiteEntry, SitePass};
pub use skew::ClockSkew;
pub use source::{
    ASK_AGAIN, Approval, EXPIRY_WARNINGS, EntraKeys, Failure, MetadataSource, Validators, Watched,
    expiry_warning, next_fetch, next_try,
};
pub use tenant::{NotALimit, Tenant, UserLimit};
pub use tested::{Judged, LoginPurpose, TEST_LINK_LIFETIME, TestOutcome, TestRecord, TestVerdict, Tested};
pub use tokens::{AssertionId, Handle, NotHex, RequestId, TokenHash, TraceId};
pub use traced::{SealedTrace, TracePlace, TraceWindow, TraceWindowError};
pub use trust::{
    CertificateFingerprint, CertificateState, Endpoints, IdpBinding, IdpEntityId, IdpTrust, IdpUrl,
    NotAFingerprint, NotAnEntityId, SloEndpoint, SpEntityId, SsoEndpoint, TrustedCertificate,
};
pub use user::{NewUser, Origin, Standing, StateError, User, UserState};
pub use workload::{NotAClaim, NotAWorkloadIssuer, Trust, TrustedClaim, WorkloadIssuer};
