//! The begin of a login: a request, and what is remembered of it.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use landfall_accounts::{Connection, Handle, LoginPurpose, PendingLogin, RequestId, SamlState, Target};
use landfall_saml::{Outgoing, RelayState};
use time::OffsetDateTime;

use super::idp::{Wish, identity_provider, request_options, service_provider};
use crate::environment::random;
use crate::error::{LoginError, StoredError};
use crate::limits::Purpose;
use crate::secret::{Secret, hash};
use crate::{App, Ports};

/// A login that is begun: what the browser gets, and where it goes.
pub(super) struct Begun {
    pub(super) handle: Handle,
    pub(super) secret: Secret,
    pub(super) outgoing: Outgoing,
}

impl<P: Ports> App<P> {
    /// Begins a login at a connection.
    pub(super) async fn begin(
        &self,
        connection: &Connection,
        target: Target,
        wish: &Wish<'_>,
        now: OffsetDateTime,
    ) -> Result<Begun, LoginError> {
        if !connection.state.admits_people() {
            return Err(LoginError::ConnectionUnknown);
        }
        self.shares().connection(connection.id, Purpose::Begin, now)?;
        let (begun, pending) = self.prepare(connection, target, wish, now)?;
        self.ports().begin(pending, now).await?;
        Ok(begun)
    }

    /// Makes the request and what is to be remembered of it.
    pub(super) fn prepare(
        &self,
        connection: &Connection,
        target: Target,
        wish: &Wish<'_>,
        now: OffsetDateTime,
    ) -> Result<(Begun, PendingLogin), LoginError> {
        let environment = self.environment();
        let idp = identity_provider(connection, now)?;
        let relay_state = URL_SAFE_NO_PAD.encode(random::<16>(environment)?);
        let request_id = landfall_saml::RequestId::from_random(random(environment)?);
        let handle = Handle::new(now, random(environment)?);
        let secret = Secret::new(environment)?;
        let sent = RelayState::try_from(relay_state.as_str()).map_err(StoredError::from)?;
        let (own, options) = (self.own(), request_options(connection, wish)?);
        let sp = service_provider(own.sp(), &self.settings().public_url, connection)?;
        let begun = sp.begin(own.key(), &idp, request_id, sent, &options, now)?;
        let pending = PendingLogin {
            request_id: RequestId::new(begun.pending.request_id().as_str()),
            handle: handle.clone(),
            connection: connection.id,
            tenant: connection.tenant,
            relay_state: hash(&relay_state),
            browser: secret.hash(),
            purpose: LoginPurpose::SignIn,
            target,
            begun_at: now,
            expires_at: now + PendingLogin::LIFETIME,
            restart: None,
            saml: SamlState::new(begun.pending.to_state().into_bytes()),
        };
        Ok((Begun { handle, secret, outgoing: begun.outgoing }, pending))
    }
}
