//! The steps of a logout, in both directions.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use landfall_accounts::{
    self as accounts, AnswerOutcome, AssertionId, AssertionUse, CertificateFingerprint, Connection,
    Elsewhere, Event, EventKind, LogoutOutcome, LogoutRecord, PendingLogout, RequestId, SamlState, SignedIn,
    TraceId,
};
use landfall_saml::{
    self as saml, IdentityProvider, LogoutAnswer, LogoutKind, Outgoing, RawLogout, ReceivedLogout,
    RelayState, SessionIndex,
};
use time::OffsetDateTime;

use super::door::{Door, is_behind};
use super::idp::{identity_provider, name_id, policy, service_provider};
use crate::environment::random;
use crate::error::{LoginError, StoredError, chain};
use crate::limits::Purpose;
use crate::record::Record;
use crate::{App, Ports};

/// A logout that is to be asked for.
pub(super) struct Asked {
    pub(super) pending: PendingLogout,
    pub(super) outgoing: Outgoing,
}

impl<P: Ports> App<P> {
    /// Makes the request that ends the session at the identity provider too; none if it takes none.
    pub(super) async fn ask_for_logout(
        &self,
        signed_in: &SignedIn,
        now: OffsetDateTime,
    ) -> Result<Option<Asked>, LoginError> {
        let Some(idp_session) = &signed_in.idp_session else { return Ok(None) };
        let connection = self.ports().connection(&signed_in.session.connection).await?;
        let connection = connection.filter(|connection| !connection.idp.slo.is_empty());
        let Some(connection) = connection else { return Ok(None) };
        let environment = self.environment();
        let idp = identity_provider(&connection, now)?;
        let request_id = saml::RequestId::from_random(random(environment)?);
        let relay_state = URL_SAFE_NO_PAD.encode(random::<16>(environment)?);
        let relay_state = RelayState::try_from(relay_state.as_str()).map_err(StoredError::from)?;
        let index = idp_session.index.as_deref().map(SessionIndex::try_from).transpose();
        let index = index.map_err(StoredError::from)?;
        let session = (&name_id(&idp_session.saml)?, index.as_ref());
        let own = self.own();
        let sp = service_provider(own.sp(), &self.settings().public_url, &connection)?;
        let begun = sp.begin_logout(own.key(), &idp, request_id, relay_state, session, now)?;
        let pending = PendingLogout {
            request_id: RequestId::new(begun.pending.request_id().as_str()),
            connection: connection.id,
            tenant: connection.tenant,
            expires_at: now + PendingLogout::LIFETIME,
            saml: SamlState::new(begun.pending.to_state().into_bytes()),
        };
        Ok(Some(Asked { pending, outgoing: begun.outgoing }))
    }
}

/// What a logout message came to.
pub(super) enum LoggedOut {
    /// Sessions ended as the identity provider asked; the browser takes our answer back, if there is a place for it.
    Asked(Option<Outgoing>),
    /// The identity provider answered a logout of ours.
    Answered(Elsewhere),
}

/// One logout message on its way, with what is to be written down about it whatever becomes of it.
pub(super) struct Attempt<'a, P: Ports> {
    app: &'a App<P>,
    trace: &'a TraceId,
    now: OffsetDateTime,
    record: Record,
    /// Once it is known.
    connection: Option<Connection>,
}

impl<'a, P: Ports> Attempt<'a, P> {
    pub(super) fn new(app: &'a App<P>, trace: &'a TraceId) -> Self {
        Self { app, trace, now: app.environment().now(), record: Record::default(), connection: None }
    }

    pub(super) async fn take(&mut self, raw: &RawLogout, door: &Door) -> Result<LoggedOut, LoginError> {
        let message = raw.read()?;
        let own = self.app.behind(door).await?;
        match message.kind() {
            LogoutKind::Request => self.request(&message, own).await,
            LogoutKind::Response => self.response(&message, own).await,
        }
    }

    /// The identity provider wants sessions ended: they end first, then it is told.
    async fn request(
        &mut self,
        message: &ReceivedLogout<'_>,
        own: Option<Connection>,
    ) -> Result<LoggedOut, LoginError> {
        let found = match (own, message.hints().issuer) {
            (Some(own), _) => Some(own),
            (None, Some(issuer)) => self.app.ports().connection_of_issuer(issuer.as_str()).await?,
            (None, None) => None,
        };
        let connection = self.active(found.ok_or(LoginError::IssuerUnknown)?)?;
        self.app.shares().connection(connection.id, Purpose::Logout, self.now)?;
        let idp = self.trusted(&connection)?;
        let us = self.app.own();
        let sp = service_provider(us.sp(), &self.app.settings().public_url, &connection)?;
        let (judged, decision) = sp.accept_logout(&idp, message, &policy(&connection, self.now), self.now);
        self.record = Record::of(&decision);
        let request = judged?;
        let logout = LogoutRecord {
            connection: connection.id,
            tenant: connection.tenant,
            signer: CertificateFingerprint::from_bytes(*request.signer().as_bytes()),
            used: AssertionUse {
                assertion: AssertionId::new(request.id().as_str()),
                issued_since: request.issued_since(),
                keep_until: request.usable_until(),
            },
            indexes: request.session_indexes().iter().map(|index| index.expose().to_owned()).collect(),
            name_id: request.name_id().value().to_owned(),
            trace: self.trace.clone(),
            decision: self.record.detail(),
        };
        match self.app.ports().logout(logout, self.now).await? {
            LogoutOutcome::Ended { .. } => {}
            LogoutOutcome::Replayed => return Err(LoginError::Replayed),
            LogoutOutcome::BeforeRestore => return Err(LoginError::BeforeRestore),
            LogoutOutcome::KeyGone => return Err(LoginError::KeyGone),
        }
        if connection.idp.slo.is_empty() {
            return Ok(LoggedOut::Asked(None));
        }
        let id = saml::RequestId::from_random(random(self.app.environment())?);
        let answer = LogoutAnswer::Complete;
        let answer = sp.answer_logout(us.key(), &idp, &request, id, answer, self.now)?;
        Ok(LoggedOut::Asked(Some(answer)))
    }

    /// The identity provider says what became of a logout that we asked for.
    async fn response(
        &mut self,
        message: &ReceivedLogout<'_>,
        own: Option<Connection>,
    ) -> Result<LoggedOut, LoginError> {
        let ports = self.app.ports();
        let request = message.hints().in_response_to.ok_or(LoginError::RequestUnknown)?;
        let waiting = ports.pending_logout(&RequestId::new(request.as_str()), self.now).await?;
        let waiting = waiting.ok_or(LoginError::RequestUnknown)?;
        let found = ports.connection(&waiting.connection).await?;
        let connection = found.ok_or(LoginError::ConnectionUnknown)?;
        if !is_behind(own.as_ref(), &connection) {
            self.connection = Some(own.unwrap_or(connection));
            return Err(LoginError::OtherAcs);
        }
        let connection = self.active(connection)?;
        self.app.shares().connection(connection.id, Purpose::LogoutAnswer, self.now)?;
        let idp = self.trusted(&connection)?;
        let state = String::from_utf8_lossy(waiting.saml.as_bytes());
        let pending = saml::PendingLogout::from_state(&state).map_err(StoredError::from)?;
        let policy = policy(&connection, self.now);
        let us = self.app.own();
        let sp = service_provider(us.sp(), &self.app.settings().public_url, &connection)?;
        let (judged, decision) = sp.finish_logout(&idp, Some(&pending), message, &policy, self.now);
        self.record = Record::of(&decision);
        let elsewhere = match judged?.outcome() {
            saml::LogoutOutcome::Complete => Elsewhere::SignedOut,
            saml::LogoutOutcome::Partial => Elsewhere::Partial,
        };
        let answer = accounts::LogoutAnswer {
            request: waiting.request_id,
            connection: connection.id,
            tenant: connection.tenant,
            elsewhere,
            trace: self.trace.clone(),
            decision: self.record.detail(),
        };
        match ports.logout_answered(answer, self.now).await? {
            AnswerOutcome::Taken => Ok(LoggedOut::Answered(elsewhere)),
            AnswerOutcome::Gone => Err(LoginError::RequestGone),
        }
    }

    fn trusted(&mut self, connection: &Connection) -> Result<IdentityProvider, LoginError> {
        identity_provider(connection, self.now).inspect_err(|error| self.record.stopped_by_trust(error))
    }

    fn active(&mut self, connection: Connection) -> Result<Connection, LoginError> {
        self.connection = Some(connection.clone());
        if connection.state.admits_people() { Ok(connection) } else { Err(LoginError::ConnectionUnknown) }
    }

    /// Leaves the event of a refusal, unless the store left it in the transaction that refused.
    ///
    /// What no connection claims, or what came too often, is logged alone, as of a login.
    pub(super) async fn note(&self, error: &LoginError) {
        let written = matches!(
            error,
            LoginError::Replayed
                | LoginError::BeforeRestore
                | LoginError::RequestGone
                | LoginError::KeyGone
                | LoginError::Store(_)
        );
        let limited = matches!(error, LoginError::TooMany { .. });
        let Some(connection) = self.connection.as_ref().filter(|_| !written && !limited) else { return };
        let event = Event {
            at: self.now,
            kind: EventKind::LogoutRefused,
            tenant: Some(connection.tenant),
            connection: Some(connection.id),
            user: None,
            trace: Some(self.trace.clone()),
            detail: self.record.refused(error.code()),
        };
        if let Err(error) = self.app.ports().note(event).await {
            tracing::error!(trace = %self.trace, cause = chain(&error), "the event of a refusal is lost");
        }
    }
}
