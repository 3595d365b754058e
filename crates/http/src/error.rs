//! Why a request comes to nothing: a code for the operator, a sentence and what to do for the person.

use std::time::Duration;

use axum::http::StatusCode;
use landfall_accounts::ports::PortError;
use landfall_accounts::{
    CertificateFingerprint, ConnectionName, IdentityError, InvitationRefusal, MappingVersion, Notice, Refusal,
};
use landfall_claims::{MapError, MappingError};
use landfall_saml::{BeginError, DecodeError, IdError, LocationError, ReadError, Reject, StateError};
use landfall_xmldsig::{CertificateError, TrustedKeysError};
use time::OffsetDateTime;

use crate::environment::NoRandomness;
use crate::limits::Share;
use crate::oidc::PageFault;

/// What to do about metadata that have ended.
pub(crate) const EXPIRED: &str = "see `landfall connection keys`; have the identity provider publish new ones, then `landfall connection refresh`, or pin a file with `landfall connection renew`";

/// What to do about metadata of a whole directory.
pub(crate) const DIRECTORY: &str = "your metadata are the directory's, whose keys sign nothing for an application: take the application's Federation Metadata Url, which ends in ?appid= and the application's ID (Entra: Single sign-on, App Federation Metadata Url), with `landfall connection renew`";
/// What to do where no key counts.
pub(crate) const NO_KEY: &str = "see `landfall connection keys`; have the identity provider publish a new one, or pin a file with `landfall connection renew`";
/// What to do about a key that waits.
pub(crate) const WAITS: &str = "approve the key if it is the identity provider's, or refuse it";

/// Why a login, or a request of somebody who is signed in, comes to nothing.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum LoginError {
    /// The form is not one that an identity provider posts.
    #[error("the form is not readable: {problem}")]
    Form { problem: &'static str },
    #[error("the message cannot be decoded")]
    Decode(#[from] DecodeError),
    #[error("the message cannot be read")]
    Read(#[from] ReadError),
    /// It answers a request that nobody here sent.
    #[error("InResponseTo names no request of ours")]
    RequestUnknown,
    #[error("the request that it answers has been answered already")]
    RequestAnswered,
    /// Somebody was faster: at the same moment it was answered, or ran out.
    #[error("the request that it answers is gone")]
    RequestGone,
    #[error("the key that signed was revoked while the login was on its way")]
    KeyGone,
    /// Metadata list a key that nobody has approved.
    #[error(
        "no key that counts has signed, and {key} waits for approval: `landfall connection approve {connection} {key}`"
    )]
    KeyWaiting { connection: ConnectionName, key: CertificateFingerprint },
    /// Metadata are those of Entra's directory, and not of the application in it.
    #[error(
        "no key that counts has signed, and {connection} has the keys of a whole directory: {}",
        DIRECTORY
    )]
    DirectoryKeys { connection: ConnectionName },
    /// Each key of the connection was dropped, refused or revoked.
    #[error("no key of {connection} counts, and none waits: {}", NO_KEY)]
    NoKeyCounts { connection: ConnectionName },
    /// What the connection trusts may not be relied on any more.
    #[error("the metadata of the identity provider were valid until {valid_until}: {}", EXPIRED)]
    MetadataExpired { valid_until: OffsetDateTime },
    #[error("the request that it answers is too old")]
    RequestExpired,
    #[error("RelayState names another request than InResponseTo")]
    RelayState,
    /// It answers nothing and comes from nobody that is known.
    #[error("no connection has the Issuer of the message")]
    IssuerUnknown,
    #[error("no connection of that name, or it is not active")]
    ConnectionUnknown,
    #[error("the message came to an assertion consumer service that is not its connection's")]
    OtherAcs,
    #[error("prompt is {found:?}, expected login or none")]
    Prompt { found: String },
    #[error("max_age is {found:?}, expected a number of seconds")]
    MaxAge { found: String },
    #[error("the link of the test login is unknown, used or too old")]
    TestLink,
    #[error("the invitation cannot be redeemed")]
    Invitation(#[source] InvitationRefusal),
    #[error("the response is refused")]
    Rejected(#[from] Reject),
    /// One of two engines is wrong.
    #[error("the second engine does not agree: {found}")]
    EnginesDisagree { found: String },
    #[error("the second engine cannot tell: {reason}")]
    SecondEngineSilent { reason: &'static str },
    #[error("the person cannot be recognised")]
    Identity(#[from] IdentityError),
    #[error("the claims cannot be mapped")]
    Mapping(#[from] MapError),
    #[error("the assertion has been used already")]
    Replayed,
    #[error(
        "the assertion was issued before the database was restored, so that nobody knows whether it was used"
    )]
    BeforeRestore,
    #[error("the account is refused")]
    Refused(Refusal),
    #[error("no session waits for this browser")]
    HopMissed,
    #[error("the session waits for another browser")]
    HopForeign,
    #[error("a restarted login came back unsolicited again")]
    RestartLoop,
    #[error("the address to go to is neither ours nor listed")]
    Target,
    #[error("the request comes from another site: Origin is {found:?}")]
    Origin { found: Option<String> },
    #[error("there is no such page")]
    NotFound,
    /// An address that only forms go to was opened as a page, as from the address bar.
    #[error("the address does not answer to this method")]
    Method,
    /// Refused before anybody read it: too large, of another kind, or broken off.
    #[error("the request is not one that is read here: {status}")]
    Unread { status: StatusCode },
    /// The address, or the connection, has asked for more than its share.
    #[error("the share of one {} is used up", share.name())]
    TooMany { share: Share, wait: Duration },
    #[error("the request of an application cannot be answered")]
    Application(#[from] PageFault),
    #[error("the store did not do what it was asked")]
    Store(#[from] PortError),
    #[error("the login cannot be begun")]
    Begin(#[from] BeginError),
    #[error("nothing can be made secret")]
    Random(#[from] NoRandomness),
    /// What is stored of a connection or a request does not fit this version.
    #[error("what is stored of the connection is unusable")]
    Stored(#[from] StoredError),
}

/// What is stored and cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoredError {
    /// The state of a pending request.
    #[error("the pending request")]
    State(#[from] StateError),
    /// A certificate of an identity provider.
    #[error("a certificate")]
    Certificate(#[from] CertificateError),
    /// The keys of an identity provider, as a set.
    #[error("the keys")]
    Keys(#[from] TrustedKeysError),
    /// A name: of an identity provider, of a person or session there.
    #[error("a name")]
    Name(#[from] IdError),
    /// What an identity provider calls a session.
    #[error("the name of the session at the identity provider")]
    Session(#[from] serde_json::Error),
    /// A method to sign in by.
    #[error("a method to sign in by")]
    AuthnContext(#[source] IdError),
    /// The decision about a test login.
    #[error("the decision about a test")]
    Decision(#[source] serde_json::Error),
    /// The text of a mapping.
    #[error("a mapping")]
    Mapping(#[from] MappingError),
    /// A version of a mapping that counts and is not there.
    #[error("version {version} of the mapping is not there")]
    NoMapping {
        /// The version.
        version: MappingVersion,
    },
    /// A sign-on address of an identity provider, or our own.
    #[error("an address")]
    Location(#[from] LocationError),
}

/// What a person reads.
pub(crate) struct Words {
    pub(crate) sentence: &'static str,
    pub(crate) advice: &'static str,
}

impl LoginError {
    /// Stable code, for events, logs and tests.
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::Form { .. } => "form",
            Self::Decode(error) => error.code(),
            Self::Read(error) => error.code(),
            Self::RequestUnknown => "request.unknown",
            Self::RequestAnswered => "request.answered",
            Self::RequestGone => "request.gone",
            Self::KeyGone => "key.gone",
            Self::KeyWaiting { .. } => "key.waiting",
            Self::DirectoryKeys { .. } => "key.directory",
            Self::NoKeyCounts { .. } => "key.none",
            Self::MetadataExpired { .. } => "metadata.expired",
            Self::RequestExpired => "request.expired",
            Self::RelayState => "relay_state",
            Self::IssuerUnknown => "issuer.unknown",
            Self::ConnectionUnknown => "connection.unknown",
            Self::OtherAcs => "acs.other",
            Self::Prompt { .. } => "prompt",
            Self::MaxAge { .. } => "max_age",
            Self::TestLink => "test.link",
            Self::Invitation(refusal) => refusal.code(),
            Self::Rejected(reject) => reject.code(),
            Self::EnginesDisagree { .. } => "second_opinion.disagrees",
            Self::SecondEngineSilent { .. } => "second_opinion.inconclusive",
            Self::Identity(error) => error.code(),
            Self::Mapping(error) => error.code(),
            Self::Replayed => "replayed",
            Self::BeforeRestore => "before_restore",
            Self::Refused(refusal) => refusal.code(),
            Self::HopMissed => "hop.missed",
            Self::HopForeign => "hop.foreign",
            Self::RestartLoop => "restart.loop",
            Self::Target => "target",
            Self::Origin { .. } => "origin",
            Self::NotFound => "not_found",
            Self::Method => "method",
            Self::Unread { .. } => "unread",
            Self::TooMany { share: Share::Address, .. } => "limit.address",
            Self::TooMany { share: Share::Connection, .. } => "limit.connection",
            Self::TooMany { share: Share::Person, .. } => "limit.person",
            Self::TooMany { share: Share::Device, .. } => "limit.device",
            Self::Application(fault) => fault.code(),
            Self::Store(error) => error.code(),
            Self::Begin(_) => "begin",
            Self::Random(_) => "random",
            Self::Stored(_) => "stored",
        }
    }

    pub(crate) fn status(&self) -> StatusCode {
        match self {
            Self::Form { .. }
            | Self::Decode(_)
            | Self::Read(_)
            | Self::Target
            | Self::Prompt { .. }
            | Self::MaxAge { .. } => StatusCode::BAD_REQUEST,
            Self::ConnectionUnknown | Self::TestLink | Self::Invitation(_) | Self::NotFound => {
                StatusCode::NOT_FOUND
            }
            Self::Method => StatusCode::METHOD_NOT_ALLOWED,
            Self::Application(fault) => fault.status(),
            Self::Unread { status } => *status,
            Self::TooMany { .. } => StatusCode::TOO_MANY_REQUESTS,
            Self::Store(_) | Self::Random(_) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Begin(_) | Self::Stored(_) => StatusCode::INTERNAL_SERVER_ERROR,
            _ => StatusCode::FORBIDDEN,
        }
    }

    /// After how many seconds it is worth while to try again, where that is known; at least one.
    pub(crate) fn retry_after(&self) -> Option<u64> {
        let Self::TooMany { wait, .. } = self else { return None };
        Some(wait.as_secs().saturating_add(u64::from(wait.subsec_nanos() > 0)).max(1))
    }

    /// One plain sentence, and what to do; neither says more than the person may know.
    pub(crate) fn words(&self) -> Words {
        let (sentence, advice) = match self {
            Self::Form { .. } | Self::Decode(_) | Self::Read(_) | Self::Unread { .. } => {
                ("The sign-in message could not be read.", "Start the sign-in again.")
            }
            Self::RequestAnswered | Self::RequestGone | Self::Replayed => (
                "This sign-in has already been used.",
                "Start a new one; an old page or the back button brought you here.",
            ),
            Self::RequestUnknown | Self::RelayState | Self::HopMissed => (
                "This sign-in is not known here any more.",
                "Start a new one; an old page may have brought you here.",
            ),
            Self::RequestExpired | Self::BeforeRestore => ("This sign-in took too long.", "Start a new one."),
            Self::KeyGone => (
                "Your organisation's sign-in was changed just now.",
                "Start again; if it happens again, give your administrator the code below.",
            ),
            Self::HopForeign => {
                ("This sign-in was started in another browser.", "Start a new one in this browser.")
            }
            Self::Prompt { .. } | Self::MaxAge { .. } => {
                ("That is not a way to sign in.", "Check the link that brought you here.")
            }
            Self::IssuerUnknown | Self::ConnectionUnknown | Self::OtherAcs => (
                "Your organisation's sign-in is not set up here.",
                "Check the address, or ask your administrator.",
            ),
            Self::TestLink => (
                "This link cannot be opened any more.",
                "Each works once and for 15 minutes: ask for a new one.",
            ),
            Self::Invitation(_) => (
                "This invitation cannot be used any more.",
                "Each works once and for some days. If you have used it, sign in; else ask your administrator for a new one.",
            ),
            Self::Rejected(Reject::Status { .. }) => (
                "Your organisation did not sign you in.",
                "Start again; if it happens again, give your administrator the code below.",
            ),
            Self::Rejected(Reject::AuthnTooOld { .. } | Reject::AuthnNotAnew { .. }) => (
                "Your organisation did not ask you to sign in again.",
                "Start again; if it happens again, give your administrator the code below.",
            ),
            Self::Rejected(Reject::Expired { .. } | Reject::ConfirmationEnd { .. }) => (
                "This sign-in took too long.",
                "Start a new one; if it happens at once, give your administrator the code below.",
            ),
            Self::Rejected(_)
            | Self::KeyWaiting { .. }
            | Self::DirectoryKeys { .. }
            | Self::EnginesDisagree { .. }
            | Self::SecondEngineSilent { .. }
            | Self::Identity(_)
            | Self::Mapping(_) => (
                "Your sign-in could not be verified.",
                "Start again; if it happens again, give your administrator the code below.",
            ),
            Self::NoKeyCounts { .. } | Self::MetadataExpired { .. } => (
                "Your organisation's sign-in is not available right now.",
                "Give your administrator the code below.",
            ),
            Self::Refused(refusal) => return notice(refusal.public()),
            Self::Application(fault) => return fault.words(),
            Self::RestartLoop => ("The sign-in went in a circle.", "Give your administrator the code below."),
            Self::Target => {
                ("That address is not one that you can be sent to.", "Check the link that brought you here.")
            }
            Self::Origin { .. } => {
                ("This request came from another site.", "Go back to your account and try again there.")
            }
            Self::TooMany { .. } => {
                ("Too many requests came at this moment.", "Wait a little, then try again.")
            }
            Self::NotFound => ("There is no such page.", "Check the address."),
            Self::Method => ("There is nothing to see at this address.", "Start the sign-in again."),
            Self::Store(_) | Self::Begin(_) | Self::Random(_) | Self::Stored(_) => {
                ("Sign-in is not available right now.", "Try again in a minute.")
            }
        };
        Words { sentence, advice }
    }
}

fn notice(notice: Notice) -> Words {
    match notice {
        Notice::NoAccount => Words {
            sentence: "There is no account for you here.",
            advice: "Ask your administrator for access, and give them the code below.",
        },
        Notice::AwaitingActivation => Words {
            sentence: "Your account is waiting for activation.",
            advice: "Your administrator can activate it; then sign in again.",
        },
    }
}

/// An error with all its causes, in one line.
///
/// ```
/// let error = std::io::Error::other("disk full");
/// assert_eq!(landfall_http::error_chain(&error), "disk full");
/// ```
#[must_use]
pub fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}
