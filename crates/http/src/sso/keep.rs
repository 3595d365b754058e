//! The response of a connection whose messages an operator wants to look at.

use std::time::Duration;

use landfall_accounts::{Connection, LoginPurpose, SealedTrace, TracePlace};
use landfall_saml::{PendingRequest, RawMessage};
use tokio::time::timeout;

use super::flow::{Attempt, Finished};
use super::form::SamlForm;
use super::idp::service_provider;
use crate::error::{LoginError, chain};
use crate::limits::Purpose;
use crate::trace::{Circumstances, KeptTrace};
use crate::{Ports, count};

/// How long a login waits for the store to keep its message.
const LONGEST: Duration = Duration::from_secs(2);

/// How an attempt is called where it is counted and kept.
pub(super) fn outcome(finished: &Result<Finished, LoginError>) -> &'static str {
    match finished {
        Ok(Finished::Hop { .. }) => "accepted",
        Ok(Finished::Tested { .. }) => "tested",
        Ok(Finished::Restarted { .. }) => "restarted",
        Err(error) => error.code(),
    }
}

/// What became of a message, and which request it names.
pub(super) struct About<'a> {
    pub(super) request: Option<&'a PendingRequest>,
    pub(super) test: bool,
    pub(super) outcome: &'static str,
}

impl<P: Ports> Attempt<'_, P> {
    /// The same with a message that names a request of the connection and was refused before it was judged.
    ///
    /// # Security
    /// Anybody can send such a message who has seen the name of a request: they share what comes unasked.
    pub(super) async fn keep_unjudged(&self, form: &SamlForm, message: &RawMessage, error: &LoginError) {
        let is_kept = matches!(
            error,
            LoginError::RequestAnswered | LoginError::RequestExpired | LoginError::RelayState
        );
        let Some((connection, named)) = self.connection.as_ref().zip(self.named.as_ref()) else { return };
        if !is_kept || !connection.is_traced(self.now) {
            return;
        }
        if self.app.shares().connection(connection.id, Purpose::Unasked, self.now).is_err() {
            return;
        }
        // What another version remembers of a request is left out.
        let request = PendingRequest::from_state(&String::from_utf8_lossy(named.saml.as_bytes())).ok();
        let test = named.purpose == LoginPurpose::Test;
        let about = About { request: request.as_ref(), test, outcome: error.code() };
        self.keep_message(connection, form, message, about).await;
    }

    /// Seals the message of a traced connection and has it kept; whatever goes wrong there is logged and counted,
    /// and the login goes on.
    ///
    /// # Security
    /// No part of the message is in what is logged.
    pub(super) async fn keep_message(
        &self,
        connection: &Connection,
        form: &SamlForm,
        message: &RawMessage,
        about: About<'_>,
    ) {
        if !connection.is_traced(self.now) {
            return;
        }
        let About { request, test, outcome } = about;
        let circumstances = Circumstances {
            at: self.now,
            outcome,
            decision: self.decision.as_ref(),
            relay_state: form.relay_state.is_some(),
            request,
            test,
        };
        let lost = match self.sealed(connection, message, circumstances) {
            Err(cause) => Some(cause),
            Ok(sealed) => match timeout(LONGEST, self.app.ports().keep_trace(sealed)).await {
                Ok(Ok(())) => None,
                Ok(Err(error)) => Some(chain(&error)),
                Err(_) => Some("the store does not answer in time".to_owned()),
            },
        };
        count::kept(lost.is_none());
        if let Some(cause) = lost {
            tracing::error!(trace = %self.trace, cause, "the message of a traced connection is not kept");
        }
    }

    fn sealed(
        &self,
        connection: &Connection,
        message: &RawMessage,
        circumstances: Circumstances<'_>,
    ) -> Result<SealedTrace, String> {
        let settings = self.app.settings();
        let sealer = settings.sealer.as_ref().ok_or("this server has nothing to seal it with")?;
        let (own, at, trace) = (self.app.own(), circumstances.at, self.trace.clone());
        let sp =
            service_provider(own.sp(), &settings.public_url, connection).map_err(|error| chain(&error))?;
        let kept = KeptTrace::new(connection, &sp, message, circumstances);
        let octets = kept.octets().map_err(|error| chain(&error))?;
        let place = TracePlace { tenant: connection.tenant, connection: connection.id, trace };
        let sealed = sealer.seal(&place, &octets).map_err(|error| chain(&error))?;
        Ok(SealedTrace { place, at, sealed })
    }
}
