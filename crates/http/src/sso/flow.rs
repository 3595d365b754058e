//! The steps of a login when its response comes, as a story: decode, route, judge, recognise, commit.

use axum::http::HeaderMap;
use axum::http::header::USER_AGENT;
use landfall_accounts::{
    Account, Arrival, AssertionId, AssertionUse, Authentication, AwaitingSession, CertificateFingerprint,
    CommitOutcome, Connection, Event, EventKind, Handle, IdpUrl, LoginPurpose, LoginRecord, NameIdClaim,
    PendingLogin, RequestId, RestartOutcome, RestartRecord, Target, TraceId, UserAgent, identify,
};
use landfall_claims::Mapping;
use landfall_saml::{
    Accepted, Decision, IdentityProvider, Login, Outgoing, PendingRequest, RawMessage, ReceivedResponse,
    Restart,
};
use landfall_xmldsig::Opinion;
use time::OffsetDateTime;

use super::MaxAge;
use super::door::{Door, is_behind};
use super::form::SamlForm;
use super::idp::{Wish, attribute_set, identity_provider, idp_session, policy, service_provider};
use super::keep::{About, outcome};
use crate::environment::random;
use crate::error::{LoginError, StoredError, chain};
use crate::limits::Purpose;
use crate::record::Record;
use crate::secret::{Secret, hash};
use crate::settings::DEFAULT_TARGET;
use crate::{App, Demand, Ports, count};

/// A response that was accepted: the browser is to hop.
pub(super) enum Finished {
    /// A session waits for the browser that gets this secret.
    Hop { handle: Handle, secret: Secret },
    /// It was a test: what it came to waits for the browser that gets this secret.
    Tested { handle: Handle, secret: Secret },
    /// A login was begun in its place, bound to this secret.
    Restarted { handle: Handle, secret: Secret },
}

/// One response on its way, with what is to be written down about it whatever becomes of it.
pub(super) struct Attempt<'a, P: Ports> {
    pub(super) app: &'a App<P>,
    headers: &'a HeaderMap,
    pub(super) trace: &'a TraceId,
    pub(super) now: OffsetDateTime,
    pub(super) record: Record,
    /// Once it is judged.
    pub(super) decision: Option<Decision>,
    /// Once it is known.
    pub(super) connection: Option<Connection>,
    /// Where the person wants to go who was to be signed in without a question, and how lately they must have signed in.
    unasked: Option<(Target, Option<MaxAge>)>,
    /// The login of the request that it names, whether that waits or not.
    pub(super) named: Option<PendingLogin>,
    /// The test login that it answers, once that is known to wait.
    pub(super) test: Option<PendingLogin>,
}

/// The connection that a response belongs to, and the request that it answers.
struct Route {
    connection: Connection,
    answered: Option<(PendingLogin, PendingRequest)>,
}

impl Route {
    fn purpose(&self) -> Purpose {
        if self.answered.is_some() { Purpose::Answer } else { Purpose::Unasked }
    }
}

impl<'a, P: Ports> Attempt<'a, P> {
    pub(super) fn new(app: &'a App<P>, headers: &'a HeaderMap, trace: &'a TraceId) -> Self {
        let now = app.environment().now();
        let record = Record::default();
        let (connection, unasked, named, test) = (None, None, None, None);
        Self { app, headers, trace, now, record, decision: None, connection, unasked, named, test }
    }

    /// Where to sign in again.
    pub(super) fn again(&self) -> String {
        self.connection
            .as_ref()
            .map_or_else(|| "/sso".to_owned(), |connection| format!("/sso/{}", connection.name))
    }

    /// Who could not be signed in without a question, and is to be asked after all.
    ///
    /// # Security
    /// Nobody may have signed that: it leads to a page where the person goes on, and uses nothing up.
    pub(super) fn ask_after_all(&self, error: &LoginError) -> Option<(&Connection, &Target, Option<MaxAge>)> {
        let LoginError::Rejected(reject) = error else { return None };
        let (connection, (target, max_age)) = self.connection.as_ref().zip(self.unasked.as_ref())?;
        reject.needs_interaction().then_some((connection, target, *max_age))
    }

    pub(super) async fn finish(&mut self, form: &SamlForm, door: &Door) -> Result<Finished, LoginError> {
        let message = RawMessage::from_post(&form.saml_response)?;
        let response = message.response()?;
        let route = match self.route(&response, form.relay_state.as_deref(), door).await {
            Ok(route) => route,
            Err(error) => {
                self.keep_unjudged(form, &message, &error).await;
                return Err(error);
            }
        };
        self.app.shares().connection(route.connection.id, route.purpose(), self.now)?;
        let finished = self.finish_routed(&route, &response).await;
        let request = route.answered.as_ref().map(|(_, pending)| pending);
        let about = About { request, test: self.test.is_some(), outcome: outcome(&finished) };
        self.keep_message(&route.connection, form, &message, about).await;
        finished
    }

    async fn finish_routed(
        &mut self,
        route: &Route,
        response: &ReceivedResponse<'_>,
    ) -> Result<Finished, LoginError> {
        let state = route.connection.state;
        let admitted = if self.test.is_some() { state.admits_tests() } else { state.admits_people() };
        if !admitted {
            return Err(LoginError::ConnectionUnknown);
        }
        let idp = identity_provider(&route.connection, self.now)
            .inspect_err(|error| self.record.stopped_by_trust(error))?;
        let accepted = match self.judge(route, &idp, response) {
            Err(LoginError::Rejected(reject)) => return Err(self.stranger(&route.connection, reject).await),
            judged => judged?,
        };
        self.judge_again(&idp, &accepted).await?;
        match accepted {
            Accepted::Login(login) => match self.test.clone() {
                Some(test) => self.conclude(&test, &route.connection, &login).await,
                None => self.commit(route, &login).await,
            },
            Accepted::Restart(restart) => self.restart(&route.connection, &restart).await,
            _ => Err(LoginError::NotFound),
        }
    }

    /// Finds the connection by hints that anybody can write; they grant nothing and are judged again.
    ///
    /// # Security
    /// A request that is named must wait here [attack E5], and RelayState is compared, never followed [attack E17].
    /// Who names any request has not come unasked [attack E6].
    /// An address that one connection has for itself takes messages of that connection alone, and the shared one none of them [attack E12].
    async fn route(
        &mut self,
        response: &ReceivedResponse<'_>,
        relay_state: Option<&str>,
        door: &Door,
    ) -> Result<Route, LoginError> {
        let ports = self.app.ports();
        let hints = response.hints();
        let own = self.app.behind(door).await?;
        let Some(request) = hints.in_response_to else {
            if hints.answers_something {
                return Err(LoginError::RequestUnknown);
            }
            let connection = match (own, hints.issuer) {
                (Some(own), _) => Some(own),
                (None, Some(issuer)) => ports.connection_of_issuer(issuer.as_str()).await?,
                (None, None) => None,
            };
            let connection = connection.ok_or(LoginError::IssuerUnknown)?;
            self.connection = Some(connection.clone());
            return Ok(Route { connection, answered: None });
        };
        let found =
            ports.pending(&RequestId::new(request.as_str())).await?.ok_or(LoginError::RequestUnknown)?;
        let connection =
            ports.connection(&found.login.connection).await?.ok_or(LoginError::ConnectionUnknown)?;
        let is_its_door = is_behind(own.as_ref(), &connection);
        self.connection = Some(own.unwrap_or(connection.clone()));
        if !is_its_door {
            return Err(LoginError::OtherAcs);
        }
        self.named = Some(found.login.clone());
        if found.consumed_at.is_some() {
            return Err(LoginError::RequestAnswered);
        }
        if found.login.expires_at <= self.now {
            return Err(LoginError::RequestExpired);
        }
        if found.login.purpose == LoginPurpose::Test {
            self.test = Some(found.login.clone());
        }
        if relay_state.is_some_and(|came| hash(came) != found.login.relay_state) {
            return Err(LoginError::RelayState);
        }
        let state = String::from_utf8_lossy(found.login.saml.as_bytes());
        let pending = PendingRequest::from_state(&state).map_err(StoredError::from)?;
        let max_age = pending.max_age().map(MaxAge::from);
        self.unasked = pending.is_passive().then(|| (found.login.target.clone(), max_age));
        Ok(Route { connection, answered: Some((found.login, pending)) })
    }

    /// Signature and every rule, under this connection's keys and policy.
    fn judge(
        &mut self,
        route: &Route,
        idp: &IdentityProvider,
        response: &ReceivedResponse<'_>,
    ) -> Result<Accepted, LoginError> {
        let connection = &route.connection;
        let pending = route.answered.as_ref().map(|(_, pending)| pending);
        let own = self.app.own();
        let sp = service_provider(own.sp(), &self.app.settings().public_url, connection)?;
        let (judged, decision) = sp.finish(idp, pending, response, &policy(connection, self.now), self.now);
        self.record = Record::of(&decision);
        self.decision = Some(decision);
        Ok(judged?)
    }

    /// Asks the second engine, if there is one, about what the first believed; it can only refuse.
    async fn judge_again(&mut self, idp: &IdentityProvider, accepted: &Accepted) -> Result<(), LoginError> {
        let Some(second) = &self.app.settings().second_engine else { return Ok(()) };
        let opinion = second.ask(accepted.documents(), idp.keys()).await;
        self.record.opinion(&opinion);
        count::opinion(&opinion);
        match opinion {
            Opinion::Agree => Ok(()),
            Opinion::Inconclusive { reason } if second.demand() == Demand::Advise => {
                tracing::warn!(trace = %self.trace, reason, "the second engine cannot tell");
                Ok(())
            }
            Opinion::Inconclusive { reason } => Err(LoginError::SecondEngineSilent { reason }),
            Opinion::Disagree { found } => Err(LoginError::EnginesDisagree { found }),
            _ => Err(LoginError::SecondEngineSilent {
                reason: "its answer is of a kind that is not known here",
            }),
        }
    }

    /// Recognises the person and lets the store decide, in one transaction.
    async fn commit(&mut self, route: &Route, login: &Login) -> Result<Finished, LoginError> {
        let connection = &route.connection;
        let mapping = self.app.mapping(connection).await?;
        let arrival = self.arrival(connection, &mapping, login)?;
        let (session, secret) = self.awaiting(route, login)?;
        let handle = session.handle.clone();
        let commit = LoginRecord {
            connection: connection.id,
            tenant: connection.tenant,
            signer: CertificateFingerprint::from_bytes(*login.signer().as_bytes()),
            clock_ahead: login.issue_instant() - self.now,
            used: AssertionUse {
                assertion: AssertionId::new(login.assertion_id().as_str()),
                issued_since: login.issued_since(),
                keep_until: login.usable_until(),
            },
            request: login.request().map(|request| RequestId::new(request.as_str())),
            arrival,
            session,
            trace: self.trace.clone(),
            decision: self.record.detail(),
        };
        match self.app.ports().commit(commit, self.now).await? {
            CommitOutcome::Committed(committed) => match committed.account {
                Account::SignedIn { .. } => {
                    count::clock_skew(&connection.name, self.now - login.issue_instant());
                    Ok(Finished::Hop { handle, secret })
                }
                Account::Refused { refusal, .. } => Err(LoginError::Refused(refusal)),
            },
            CommitOutcome::Replayed => Err(LoginError::Replayed),
            CommitOutcome::BeforeRestore => Err(LoginError::BeforeRestore),
            CommitOutcome::RequestGone => Err(LoginError::RequestGone),
            CommitOutcome::KeyGone => Err(LoginError::KeyGone),
        }
    }

    /// Who it is and what the application wants to know.
    pub(super) fn arrival(
        &mut self,
        connection: &Connection,
        mapping: &Mapping,
        login: &Login,
    ) -> Result<Arrival, LoginError> {
        let attributes = attribute_set(login.attributes());
        let name_id = NameIdClaim {
            value: login.name_id().value().to_owned(),
            format: login.name_id().format().map(str::to_owned),
        };
        let identity = identify(connection, &name_id, &attributes).map_err(LoginError::from);
        self.record.step("identity", identity.as_ref().err());
        let profile = mapping.map(&attributes).map_err(LoginError::from);
        self.record.step("mapping", profile.as_ref().err());
        Ok(Arrival { identity: identity?, profile: profile? })
    }

    /// The session that is to wait for the hop: the same browser as began the login, if one did.
    fn awaiting(&self, route: &Route, login: &Login) -> Result<(AwaitingSession, Secret), LoginError> {
        let secret = Secret::new(self.app.environment())?;
        let limits = self.app.settings().sessions;
        let longest = self.now + limits.absolute.as_duration();
        let pending = route.answered.as_ref().map(|(pending, _)| pending);
        let handle = match pending {
            Some(pending) => pending.handle.clone(),
            None => Handle::new(self.now, random(self.app.environment())?),
        };
        let user_agent = self.headers.get(USER_AGENT).and_then(|value| value.to_str().ok());
        let session = AwaitingSession {
            handle,
            hop: secret.hash(),
            browser: pending.map(|pending| pending.browser.clone()),
            target: pending.map_or_else(|| Target::new(DEFAULT_TARGET), |pending| pending.target.clone()),
            expires_at: login.session_not_on_or_after().map_or(longest, |end| end.min(longest)),
            idle: limits.idle.as_duration(),
            authentication: Authentication::asserted(
                login.authn_instant(),
                login.authn_context_class(),
                self.now,
            ),
            user_agent: user_agent.map(UserAgent::new),
            idp_session: idp_session(login)?,
        };
        Ok((session, secret))
    }

    /// Uses the assertion up and begins a login of ours in its place.
    async fn restart(&self, connection: &Connection, restart: &Restart) -> Result<Finished, LoginError> {
        let hint = login_name(connection, restart);
        let target = Target::new(DEFAULT_TARGET);
        let wish = Wish { login_hint: hint.as_deref(), ..Wish::default() };
        let (begun, pending) = self.app.prepare(connection, target, &wish, self.now)?;
        let onward = match begun.outgoing {
            Outgoing::Redirect { url } => url,
            // A form cannot wait in an address: the browser begins anew where the form is made.
            _ => self.app.settings().public_url.join(&format!("/sso/{}", connection.name)),
        };
        let record = RestartRecord {
            used: AssertionUse {
                assertion: AssertionId::new(restart.assertion_id().as_str()),
                issued_since: restart.issued_since(),
                keep_until: restart.usable_until(),
            },
            pending: PendingLogin { restart: Some(IdpUrl::new(onward)), ..pending },
            trace: self.trace.clone(),
            decision: self.record.detail(),
        };
        match self.app.ports().restart(record, self.now).await? {
            RestartOutcome::Restarted => {
                Ok(Finished::Restarted { handle: begun.handle, secret: begun.secret })
            }
            RestartOutcome::Replayed => Err(LoginError::Replayed),
            RestartOutcome::BeforeRestore => Err(LoginError::BeforeRestore),
            RestartOutcome::Refused(refusal) => Err(LoginError::Refused(refusal)),
        }
    }

    /// Leaves the event of a refusal, unless the store left it in the transaction that refused.
    ///
    /// What nobody signed and no connection claims, or what came too often, is logged alone: strangers could fill the
    /// store with it.
    pub(super) async fn note(&self, error: &LoginError) {
        let written = matches!(
            error,
            LoginError::Refused(_)
                | LoginError::Replayed
                | LoginError::BeforeRestore
                | LoginError::RequestGone
                | LoginError::KeyGone
                | LoginError::Store(_)
        );
        let limited = matches!(error, LoginError::TooMany { .. });
        let Some(connection) = self.connection.as_ref().filter(|_| !written && !limited) else { return };
        let event = Event {
            at: self.now,
            kind: match error {
                LoginError::EnginesDisagree { .. } => EventKind::EnginesDisagreed,
                _ => EventKind::LoginRefused,
            },
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

/// What the person would type: a hint for the identity provider, and nothing more.
fn login_name(connection: &Connection, restart: &Restart) -> Option<String> {
    let no_name_id = NameIdClaim { value: String::new(), format: None };
    let identity = identify(connection, &no_name_id, &attribute_set(restart.attributes())).ok()?;
    Some(identity.login_name.as_str().to_owned())
}
