//! What a store must do.
//!
//! What must be atomic is one call, and what cannot be answered is an error, never a yes.

mod applications;
mod credentials;
mod directory;
mod feed;
mod sessions;
mod sites;

use std::{error::Error, future::Future};

use time::OffsetDateTime;

use crate::{
    CommitOutcome, Connection, ConnectionId, ConnectionName, DomainName, Event, Handle, HopAttempt,
    HopOutcome, IdpUrl, InvitationRefusal, LoginRecord, MappingVersion, PendingLogin, PendingLookup,
    ProvisioningEntry, Redeemed, RequestId, RestartOutcome, RestartRecord, SealedTrace, TenantId,
    TestOutcome, TestRecord, Tested, TokenHash, TraceId,
};

pub use applications::{ApplicationDirectory, DeviceStore, GrantStore, LogoutOutbox};
pub use credentials::CredentialStore;
pub use directory::{DeleteOutcome, DirectoryStore, GroupOutcome, GroupRefusal, PushOutcome};
pub use feed::{ChangeFeed, Changes};
pub use sessions::{LogoutStore, SessionStore};
pub use sites::SiteStore;

/// Finds the connection that a person or a message belongs to.
pub trait ConnectionDirectory: Send + Sync {
    /// The connection of this id, active or not.
    ///
    /// # Errors
    /// [`PortError`] if the store cannot answer.
    fn connection(
        &self,
        id: &ConnectionId,
    ) -> impl Future<Output = Result<Option<Connection>, PortError>> + Send;

    /// The connection of this name, active or not.
    ///
    /// # Errors
    /// [`PortError`] if the store cannot answer.
    fn connection_named(
        &self,
        name: &ConnectionName,
    ) -> impl Future<Output = Result<Option<Connection>, PortError>> + Send;

    /// The connection whose identity provider has exactly this entity ID, active or not, among those without an entity ID
    /// of ours for themselves; there is at most one.
    ///
    /// # Errors
    /// [`PortError`] if the store cannot answer.
    ///
    /// # Security
    /// An Issuer that nobody has verified may be asked for: the answer is a hint about which keys count.
    fn connection_of_issuer(
        &self,
        issuer: &str,
    ) -> impl Future<Output = Result<Option<Connection>, PortError>> + Send;

    /// The text of one version of the connection's own mapping; a version is never changed.
    ///
    /// # Errors
    /// [`PortError`] if the store cannot answer.
    fn mapping_text(
        &self,
        connection: &Connection,
        version: MappingVersion,
    ) -> impl Future<Output = Result<Option<String>, PortError>> + Send;

    /// The active connection to which this verified domain is bound.
    ///
    /// # Errors
    /// [`PortError`] if the store cannot answer.
    fn connection_of_domain(
        &self,
        domain: &DomainName,
    ) -> impl Future<Output = Result<Option<Connection>, PortError>> + Send;
}

/// Remembers logins from their begin until their session is open.
pub trait LoginStore: Send + Sync {
    /// Remembers a login that is begun.
    ///
    /// # Errors
    /// [`PortError::Full`] if [`PendingLogin::MAX_OPEN`] logins of the connection wait already;
    /// [`PortError::Unavailable`] if the store cannot answer.
    fn begin(
        &self,
        login: PendingLogin,
        now: OffsetDateTime,
    ) -> impl Future<Output = Result<(), PortError>> + Send;

    /// The login that sent this request, consumed or expired or not.
    ///
    /// # Errors
    /// [`PortError`] if the store cannot answer.
    fn pending(
        &self,
        request: &RequestId,
    ) -> impl Future<Output = Result<Option<PendingLookup>, PortError>> + Send;

    /// The login of this name, consumed or expired or not.
    ///
    /// # Errors
    /// [`PortError`] if the store cannot answer.
    fn pending_by_handle(
        &self,
        handle: &Handle,
    ) -> impl Future<Output = Result<Option<PendingLookup>, PortError>> + Send;

    /// Finishes a login: all of it, or nothing.
    ///
    /// In one transaction the assertion is used up, the request is consumed, the facts are read,
    /// [`decide`](crate::decide) is asked with the connection's settings of this moment, and its decision is carried out.
    /// A refusal is a commit too: it uses up the assertion and consumes the request.
    /// Each outcome leaves its event.
    ///
    /// # Errors
    /// [`PortError`] if the store cannot answer: then nothing happened, and the login is refused.
    fn commit(
        &self,
        login: LoginRecord,
        now: OffsetDateTime,
    ) -> impl Future<Output = Result<CommitOutcome, PortError>> + Send;

    /// Uses up the assertion of an unsolicited response and begins a login in its place, in one transaction.
    ///
    /// Each outcome leaves its event.
    ///
    /// # Errors
    /// As for [`begin`](Self::begin).
    fn restart(
        &self,
        restart: RestartRecord,
        now: OffsetDateTime,
    ) -> impl Future<Output = Result<RestartOutcome, PortError>> + Send;

    /// Opens the session that waits for this browser, in one transaction.
    ///
    /// Account and connection are looked at again.
    /// A session that the browser had before ends.
    /// Each outcome leaves its event.
    ///
    /// # Errors
    /// [`PortError`] if the store cannot answer: then nothing happened.
    fn hop(
        &self,
        attempt: HopAttempt,
        now: OffsetDateTime,
    ) -> impl Future<Output = Result<HopOutcome, PortError>> + Send;

    /// Writes an event that goes with nothing else.
    ///
    /// # Errors
    /// [`PortError`] if the store cannot answer.
    fn note(&self, event: Event) -> impl Future<Output = Result<(), PortError>> + Send;
}

/// Keeps logins that an operator tries, from which no account, link or session can come.
pub trait TestStore: Send + Sync {
    /// The connection that a link tests, while it can be opened.
    ///
    /// # Errors
    /// [`PortError`] if the store cannot answer.
    fn connection_of_test_link(
        &self,
        link: &TokenHash,
        now: OffsetDateTime,
    ) -> impl Future<Output = Result<Option<ConnectionId>, PortError>> + Send;

    /// Uses the link up and remembers the login that is begun by it, in one transaction.
    ///
    /// Of all who open a link, one begins.
    ///
    /// # Errors
    /// As for [`LoginStore::begin`].
    fn begin_test(
        &self,
        link: &TokenHash,
        login: PendingLogin,
        now: OffsetDateTime,
    ) -> impl Future<Output = Result<TestOutcome, PortError>> + Send;

    /// Keeps what a response to a test login came to, in one transaction.
    ///
    /// Of an accepted one the assertion is used up, the request is consumed, the key is looked at again
    /// and [`decide`](crate::decide) is asked as if the connection were active; its decision is told and not carried out.
    /// Each outcome leaves its event.
    ///
    /// # Errors
    /// [`PortError`] if the store cannot answer: then nothing happened.
    ///
    /// # Security
    /// A request that is no test of this connection is left as it is, whatever answers it.
    fn conclude_test(
        &self,
        test: TestRecord,
        now: OffsetDateTime,
    ) -> impl Future<Output = Result<TestOutcome, PortError>> + Send;

    /// What the test login of this name came to, while it can be seen.
    ///
    /// # Errors
    /// [`PortError`] if the store cannot answer.
    ///
    /// # Security
    /// The caller compares the cookies of the browser that asks with `hop` and with the login's `browser`.
    fn tested(
        &self,
        handle: &Handle,
        now: OffsetDateTime,
    ) -> impl Future<Output = Result<Option<Tested>, PortError>> + Send;
}

/// Knows who was invited.
pub trait InvitationStore: Send + Sync {
    /// Why the link of an invitation cannot be redeemed; `None` if it can.
    ///
    /// # Errors
    /// [`PortError`] if the store cannot answer.
    fn invitation_refusal(
        &self,
        link: &TokenHash,
        now: OffsetDateTime,
    ) -> impl Future<Output = Result<Option<InvitationRefusal>, PortError>> + Send;

    /// Redeems a link: the account goes from pending to active and the link is used up, in one transaction.
    ///
    /// Of all who redeem a link, one does.
    /// A link that is known and not redeemed leaves an event that says why;
    /// one that is not known leaves none, since anybody could make as many as he likes.
    ///
    /// # Errors
    /// [`PortError`] if the store cannot answer: then nothing happened.
    ///
    /// # Security
    /// It signs nobody in and links no identity: who the person is, the identity provider says at the first login.
    fn redeem(
        &self,
        link: &TokenHash,
        trace: &TraceId,
        now: OffsetDateTime,
    ) -> impl Future<Output = Result<Redeemed, PortError>> + Send;
}

/// Knows when metadata are to be fetched.
pub trait MetadataSchedule: Send + Sync {
    /// Asks for the metadata of a connection, since a login met a key that is not known.
    ///
    /// They are fetched soon, and in the background; of a connection without an address of its metadata, never.
    /// The address is the answer, if there is one.
    ///
    /// # Errors
    /// [`PortError`] if the store cannot answer.
    ///
    /// # Security
    /// Anybody can send a message that names an unknown key: it counts only if the last fetch was
    /// [`ASK_AGAIN`](crate::ASK_AGAIN) ago [attack F6].
    fn want_metadata(
        &self,
        connection: &Connection,
        now: OffsetDateTime,
    ) -> impl Future<Output = Result<Option<IdpUrl>, PortError>> + Send;
}

/// Keeps messages of connections that an operator wants to look at.
pub trait TraceStore: Send + Sync {
    /// Keeps a sealed message, if its connection is traced still; of one that has [`SealedTrace::MOST`], the oldest goes.
    ///
    /// # Errors
    /// [`PortError`] if the store cannot answer: then nothing is kept, and no login fails for it.
    ///
    /// # Security
    /// The connection is looked at again: no message is kept of one that is not traced [attack H12].
    fn keep_trace(&self, trace: SealedTrace) -> impl Future<Output = Result<(), PortError>> + Send;
}

/// Keeps what directories asked for, for those who look after them.
pub trait ProvisioningLog: Send + Sync {
    /// Writes entries of one tenant in their order: all of them, or none.
    ///
    /// What is of a person who has been erased since is written without what tells of the person.
    ///
    /// # Errors
    /// [`PortError`] if the store cannot answer: then none is written.
    fn log_provisioning(
        &self,
        tenant: TenantId,
        entries: &[ProvisioningEntry],
    ) -> impl Future<Output = Result<(), PortError>> + Send;
}

/// Says whether the store can be asked at all.
pub trait Health: Send + Sync {
    /// Reads from the store, and changes nothing.
    ///
    /// # Errors
    /// [`PortError`] if the store cannot answer.
    fn ready(&self) -> impl Future<Output = Result<(), PortError>> + Send;
}

/// The store did not do what it was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PortError {
    /// It cannot answer.
    #[error("the store cannot answer")]
    Unavailable {
        /// The cause, for the log and not for browsers.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    /// It has no room for another login of this connection, or another device of this application.
    #[error("{limit} of them wait already: wait until some of them have expired")]
    Full {
        /// How many may wait.
        limit: u64,
    },
}

impl PortError {
    /// Wraps the cause.
    pub fn unavailable(source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Unavailable { source: source.into() }
    }

    /// The stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unavailable { .. } => "store.unavailable",
            Self::Full { .. } => "store.full",
        }
    }
}
