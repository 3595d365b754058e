use std::future::Future;

use time::OffsetDateTime;

use super::PortError;
use crate::{
    AnswerOutcome, EndOutcome, EndReason, LogoutAnswer, LogoutOutcome, LogoutRecord, PendingLogout,
    RequestId, Session, SessionId, SignedIn, TenantId, TokenHash, UserId,
};

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
