use std::future::Future;

use time::OffsetDateTime;

use super::PortError;
use crate::{
    AppId, AppName, AppUrl, Application, CodeRedemption, Delivery, DeviceDecision, DeviceOutcome,
    DeviceQuestion, DeviceReply, DeviceRequest, EndOutcome, Grant, GrantId, GrantOutcome, LiveToken,
    LogoutNotice, NewDeviceRequest, NewGrant, NoticeId, RefreshRedemption, TokenHash, TokenOutcome, UserCode,
    UserId,
};

/// Knows the applications to which people are signed on.
pub trait ApplicationDirectory: Send + Sync {
    /// The application of this `client_id`.
    ///
    /// # Errors
    /// [`PortError`] if the store cannot answer.
    fn application_named(
        &self,
        name: &AppName,
    ) -> impl Future<Output = Result<Option<Application>, PortError>> + Send;

    /// The application of this id.
    ///
    /// # Errors
    /// [`PortError`] if the store cannot answer.
    fn application(&self, id: &AppId) -> impl Future<Output = Result<Option<Application>, PortError>> + Send;

    /// The applications that people can activate, by title: those with something in [`Application::activation`]
    /// that serve this tenant.
    ///
    /// # Errors
    /// [`PortError`] if the store cannot answer.
    fn applications_to_activate(
        &self,
        tenant: &crate::TenantId,
    ) -> impl Future<Output = Result<Vec<Application>, PortError>> + Send;

    /// Whether this is a secret of the application that counts now.
    ///
    /// # Errors
    /// [`PortError`] if the store cannot answer.
    fn is_secret_of(
        &self,
        app: &AppId,
        secret: &TokenHash,
        now: OffsetDateTime,
    ) -> impl Future<Output = Result<bool, PortError>> + Send;

    /// Uses up what an application signed to prove itself, and says whether it was the first time [rfc7523 3].
    ///
    /// # Errors
    /// [`PortError`] if the store cannot answer: then it is not used up.
    fn use_app_assertion(
        &self,
        app: &AppId,
        jti: &TokenHash,
        until: OffsetDateTime,
        now: OffsetDateTime,
    ) -> impl Future<Output = Result<bool, PortError>> + Send;
}

/// Remembers what people let applications have.
pub trait GrantStore: Send + Sync {
    /// Lets a code count for [`Grant::CODE_LIFETIME`]: application and session are looked at in the same transaction.
    ///
    /// # Errors
    /// [`PortError`] if the store cannot answer: then nothing is granted.
    fn grant(
        &self,
        new: NewGrant,
        now: OffsetDateTime,
    ) -> impl Future<Output = Result<GrantOutcome, PortError>> + Send;

    /// Judges a code by [`judge_code`](crate::judge_code) and lets its tokens count: all of it, or nothing.
    ///
    /// What is refused leaves its event, except what nobody was ever given;
    /// a refusal that ends the grant ends its tokens in the same transaction.
    ///
    /// # Errors
    /// [`PortError`] if the store cannot answer: then nothing happened.
    fn redeem_code(
        &self,
        shown: CodeRedemption,
        now: OffsetDateTime,
    ) -> impl Future<Output = Result<TokenOutcome, PortError>> + Send;

    /// Takes a refresh token, once, and lets new tokens count; one that was used before ends the grant [rfc9700 4.14.2].
    ///
    /// It counts as a use of the session, where the grant ends with that.
    /// Scopes that were not granted are refused in the same transaction, and then the token counts as before [rfc6749 6].
    ///
    /// # Errors
    /// [`PortError`] if the store cannot answer: then nothing happened.
    fn refresh(
        &self,
        shown: RefreshRedemption,
        now: OffsetDateTime,
    ) -> impl Future<Output = Result<TokenOutcome, PortError>> + Send;

    /// What a token stands for, if it counts: not ended, not too old, not used; grant, account and connection live;
    /// and the session too, where the grant ends with it.
    ///
    /// # Errors
    /// [`PortError`] if the store cannot answer.
    fn live_token(
        &self,
        token: &TokenHash,
        now: OffsetDateTime,
    ) -> impl Future<Output = Result<Option<LiveToken>, PortError>> + Send;

    /// Ends the grant of a token of this application [rfc7009 2.1]; of another one's, or of none, nothing.
    ///
    /// # Errors
    /// [`PortError`] if the store cannot answer.
    fn revoke_token(
        &self,
        app: &AppId,
        token: &TokenHash,
        now: OffsetDateTime,
    ) -> impl Future<Output = Result<(), PortError>> + Send;

    /// The live grants of a person that do not end with a session, with the applications that have them, the newest first.
    ///
    /// # Errors
    /// [`PortError`] if the store cannot answer.
    fn activations_of(
        &self,
        user: &UserId,
        now: OffsetDateTime,
    ) -> impl Future<Output = Result<Vec<(Grant, Application)>, PortError>> + Send;

    /// Ends a live grant; with an `owner`, only if it is that person's.
    ///
    /// # Errors
    /// [`PortError`] if the store cannot answer.
    fn end_grant(
        &self,
        grant: &GrantId,
        owner: Option<&UserId>,
        now: OffsetDateTime,
    ) -> impl Future<Output = Result<EndOutcome, PortError>> + Send;
}

/// Remembers devices that wait for their persons [rfc8628 3.5].
pub trait DeviceStore: Send + Sync {
    /// Remembers a device.
    ///
    /// # Errors
    /// [`PortError::Full`] if [`DeviceRequest::MOST`] devices of the application wait already;
    /// [`PortError::Unavailable`] if the store cannot answer, or the code of its person is another one's.
    fn begin_device(
        &self,
        device: NewDeviceRequest,
        now: OffsetDateTime,
    ) -> impl Future<Output = Result<(), PortError>> + Send;

    /// The device that waits by this code.
    ///
    /// # Errors
    /// [`PortError`] if the store cannot answer.
    fn waiting_device(
        &self,
        code: &UserCode,
        now: OffsetDateTime,
    ) -> impl Future<Output = Result<Option<DeviceRequest>, PortError>> + Send;

    /// Takes what a person says about a device, once; application and session are looked at in the same transaction.
    ///
    /// # Errors
    /// [`PortError`] if the store cannot answer: then nothing is decided.
    fn decide_device(
        &self,
        decision: DeviceDecision,
        now: OffsetDateTime,
    ) -> impl Future<Output = Result<DeviceOutcome, PortError>> + Send;

    /// Answers a device, and where its person has said yes lets its tokens count, once.
    ///
    /// # Errors
    /// [`PortError`] if the store cannot answer: then nothing happened.
    fn ask_for_device(
        &self,
        question: DeviceQuestion,
        now: OffsetDateTime,
    ) -> impl Future<Output = Result<DeviceReply, PortError>> + Send;
}

/// Remembers which applications are still to be told that a session ended.
pub trait LogoutOutbox: Send + Sync {
    /// The addresses at which the time of a notice has come, each once.
    ///
    /// # Errors
    /// [`PortError`] if the store cannot answer.
    fn due_addresses(
        &self,
        now: OffsetDateTime,
    ) -> impl Future<Output = Result<Vec<AppUrl>, PortError>> + Send;

    /// Those of an address whose time has come, the oldest first, at most so many; for [`LogoutNotice::LEASE`] nobody else gets them.
    ///
    /// # Errors
    /// [`PortError`] if the store cannot answer.
    fn due_notices(
        &self,
        address: &AppUrl,
        most: u64,
        now: OffsetDateTime,
    ) -> impl Future<Output = Result<Vec<LogoutNotice>, PortError>> + Send;

    /// Forgets a notice that was taken; one that failed is due again after [`LogoutNotice::wait`], as is whatever else is due
    /// at the same address, and after [`LogoutNotice::GIVEN_UP`] it is given up, which leaves an event.
    ///
    /// # Errors
    /// [`PortError`] if the store cannot answer: then it is tried once more.
    fn settle_notice(
        &self,
        notice: &NoticeId,
        delivery: Delivery,
        now: OffsetDateTime,
    ) -> impl Future<Output = Result<(), PortError>> + Send;
}
