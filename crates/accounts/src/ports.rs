//! What a store must do.
//!
//! What must be atomic is one call, and what cannot be answered is an error, never a yes.

mod credentials;
mod directory;

use std::{error::Error, future::Future};

use time::OffsetDateTime;

use crate::{
    AnswerOutcome, CommitOutcome, Connection, ConnectionId, ConnectionName, DomainName, EndOutcome,
    EndReason, Event, Handle, HopAttempt, HopOutcome, LoginRecord, LogoutAnswer, LogoutOutcome, LogoutRecord,
    PendingLogin, PendingLogout, PendingLookup, RequestId, RestartOutcome, RestartRecord, SealedTrace,
    Session, SessionId, SignedIn, TenantId, TestOutcome, TestRecord, Tested, TokenHash, UserId,
};

pub use credentials::CredentialStore;
pub use directory::{DeleteOutcome, DirectoryStore, GroupOutcome, GroupRefusal, PushOutcome};

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

/// Knows who is signed in.
pub trait SessionStore: Send + Sync {
    /// The person whose live session has this token: not ended, neither of its limits reached, account and connection active.
    ///
    /// # Errors
    /// [`PortError`] if the store cannot answer.
    fn session_of_token(
        &self,
        token: &TokenHash,
        now: OffsetDateTime,
    ) -> impl Future<Output = Result<Option<SignedIn>, PortError>> + Send;

    /// The live sessions of a person, the newest first.
    ///
    /// # Errors
    /// [`PortError`] if the store cannot answer.
    fn sessions_of(
        &self,
        user: &UserId,
        now: OffsetDateTime,
    ) -> impl Future<Output = Result<Vec<Session>, PortError>> + Send;

    /// Writes down that a live session is used, once in [`Session::seen_every`] however many say so.
    ///
    /// # Errors
    /// [`PortError`] if the store cannot answer: then its idle time goes on, and the next use is written down.
    fn session_seen(
        &self,
        session: &Session,
        now: OffsetDateTime,
    ) -> impl Future<Output = Result<(), PortError>> + Send;

    /// Ends the sessions of a person, whether open or waiting for their hop, and says how many; all but one, if one is to stay.
    ///
    /// # Errors
    /// [`PortError`] if the store cannot answer: then nothing has ended.
    fn end_sessions_of(
        &self,
        tenant: &TenantId,
        user: &UserId,
        but: Option<&SessionId>,
        reason: EndReason,
        now: OffsetDateTime,
    ) -> impl Future<Output = Result<usize, PortError>> + Send;

    /// Ends a live session; with an `owner`, only if it is that person's.
    ///
    /// # Errors
    /// [`PortError`] if the store cannot answer.
    fn end_session(
        &self,
        session: &SessionId,
        owner: Option<&UserId>,
        reason: EndReason,
        now: OffsetDateTime,
    ) -> impl Future<Output = Result<EndOutcome, PortError>> + Send;
}

/// Ends sessions on both sides: here, and at the identity provider.
pub trait LogoutStore: Send + Sync {
    /// Ends a person's live session and remembers that the identity provider is asked to end its own, in one transaction.
    ///
    /// Nothing is remembered where there is nothing to end.
    ///
    /// # Errors
    /// [`PortError`] if the store cannot answer: then the session goes on.
    fn sign_out(
        &self,
        session: &SessionId,
        owner: &UserId,
        asked: PendingLogout,
        now: OffsetDateTime,
    ) -> impl Future<Output = Result<EndOutcome, PortError>> + Send;

    /// The logout that sent this request and still waits for its answer.
    ///
    /// # Errors
    /// [`PortError`] if the store cannot answer.
    fn pending_logout(
        &self,
        request: &RequestId,
        now: OffsetDateTime,
    ) -> impl Future<Output = Result<Option<PendingLogout>, PortError>> + Send;

    /// Takes the answer to a logout, once, and leaves its event.
    ///
    /// # Errors
    /// [`PortError`] if the store cannot answer.
    fn logout_answered(
        &self,
        answer: LogoutAnswer,
        now: OffsetDateTime,
    ) -> impl Future<Output = Result<AnswerOutcome, PortError>> + Send;

    /// Carries out a logout that the identity provider signed: all of it, or nothing.
    ///
    /// In one transaction the request is used up, the key is looked at again, and the sessions end:
    /// those of the connection with one of the indexes, whether open or waiting for their hop;
    /// where there is none, those with the NameID [saml-core 3.7.3.2].
    /// Each outcome leaves its event.
    ///
    /// # Errors
    /// [`PortError`] if the store cannot answer: then nothing happened.
    ///
    /// # Security
    /// Whatever the request names, only sessions of its own connection can end [attack E19].
    fn logout(
        &self,
        logout: LogoutRecord,
        now: OffsetDateTime,
    ) -> impl Future<Output = Result<LogoutOutcome, PortError>> + Send;
}

/// Knows when metadata are to be fetched.
pub trait MetadataSchedule: Send + Sync {
    /// Asks for the metadata of a connection, since a login met a key that is not known.
    ///
    /// They are fetched soon, and in the background; of a connection without an address of its metadata, never.
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
    ) -> impl Future<Output = Result<(), PortError>> + Send;
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
    /// It has no room for another login of this connection.
    #[error("{limit} logins of this connection wait for their answer: wait until some of them have expired")]
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
