use landfall_xmldsig::{SignaturePlace, Signer};
use time::{Duration, OffsetDateTime};

use super::LogoutRequest;
use crate::bindings::{self, Outgoing};
use crate::write::{self, LogoutHead};
use crate::{
    BeginError, Binding, IdentityProvider, NameId, PendingLogout, RelayState, RequestId, ServiceProvider,
    SessionIndex,
};

/// How long a request of ours counts.
const COUNTS_FOR: Duration = Duration::minutes(5);

/// A logout that has been begun.
#[derive(Debug)]
#[expect(clippy::exhaustive_structs, reason = "taken apart by whoever begins")]
pub struct BegunLogout {
    /// What to remember until the answer comes.
    pub pending: PendingLogout,
    /// Where to send the browser.
    pub outgoing: Outgoing,
}

/// What we answer to a request for logout.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LogoutAnswer {
    /// The sessions have ended, here and in the applications behind.
    Complete,
    /// They have ended here; an application behind could not be told.
    Partial,
    /// Nobody here is the one that is named.
    UnknownPrincipal,
    /// We do not end the sessions.
    Denied,
}

impl LogoutAnswer {
    /// The top-level status and the one below it, without their common beginning [saml-core 3.2.2.2].
    pub(crate) const fn codes(self) -> (&'static str, Option<&'static str>) {
        match self {
            Self::Complete => ("Success", None),
            Self::Partial => ("Success", Some("PartialLogout")),
            Self::UnknownPrincipal => ("Requester", Some("UnknownPrincipal")),
            Self::Denied => ("Requester", Some("RequestDenied")),
        }
    }
}

impl ServiceProvider {
    /// Begins a logout at the identity provider: a signed LogoutRequest, by redirect if it takes that, else by post.
    ///
    /// `name_id` and `session_index` are those of the login whose session ends; end our own session first,
    /// since the browser may not come back.
    /// It waits for the signature, as [`begin`](Self::begin) does.
    ///
    /// ```
    /// use landfall_saml::*;
    /// use landfall_xmldsig::{Certificate, SigningKey, TrustedKeys};
    /// # let (certificate, key) = (include_str!("../../tests/keys/signer.crt.pem"), include_str!("../../tests/keys/signer.key.pem"));
    /// # let certificate = Certificate::from_pem(certificate)?;
    /// # let key = SigningKey::from_pem(key, certificate.clone())?;
    /// let sp = ServiceProvider::new("https://sp.example/saml/metadata".try_into()?, "https://sp.example/saml/acs".try_into()?)
    ///     .with_slo("https://sp.example/saml/slo".try_into()?);
    /// let slo = LogoutEndpoint {
    ///     binding: Binding::Redirect,
    ///     location: "https://idp.example/slo".try_into()?,
    ///     response_location: None,
    /// };
    /// let idp = IdentityProvider::new("https://idp.example/".try_into()?, vec![], TrustedKeys::new([certificate])?)
    ///     .with_slo(vec![slo]);
    ///
    /// let now = time::macros::datetime!(2030-01-02 03:04:05 UTC);
    /// let name_id = NameId::new("b.simon@contoso.example", None, None, None)?;
    /// let session = (&name_id, Some(&SessionIndex::try_from("_a1")?));
    /// let begun = sp.begin_logout(&key, &idp, RequestId::from_random([7; 20]), "state".try_into()?, session, now)?;
    /// let Outgoing::Redirect { url } = begun.outgoing else { return Err("expected a redirect".into()) };
    /// assert!(url.starts_with("https://idp.example/slo?SAMLRequest="));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`BeginError::NoEndpoint`] if the metadata had no logout address, [`BeginError::Sign`] if signing fails.
    pub fn begin_logout(
        &self,
        key: &dyn Signer,
        idp: &IdentityProvider,
        request_id: RequestId,
        relay_state: RelayState,
        (name_id, session_index): (&NameId, Option<&SessionIndex>),
        now: OffsetDateTime,
    ) -> Result<BegunLogout, BeginError> {
        let endpoint = idp.slo().ok_or(BeginError::NoEndpoint)?;
        let location = &endpoint.location;
        let head = LogoutHead { id: &request_id, now, issuer: self.entity_id(), destination: location };
        let xml = write::logout_request(&head, now + COUNTS_FOR, name_id, session_index);
        let outgoing = match endpoint.binding {
            Binding::Redirect => {
                let (message, relay_state) = (("SAMLRequest", xml.as_str()), Some(relay_state.expose()));
                Outgoing::Redirect { url: bindings::redirect_url(location, message, relay_state, key)? }
            }
            Binding::Post => {
                let signed = key.sign_element(&xml, request_id.as_str(), SignaturePlace::Second)?;
                let location = location.clone();
                Outgoing::Post { location, saml_request: bindings::post(&signed), relay_state }
            }
        };
        Ok(BegunLogout { pending: PendingLogout::new(request_id, idp.entity_id().clone()), outgoing })
    }

    /// Answers a request for logout: a signed LogoutResponse to where the identity provider wants answers,
    /// with its RelayState as it came.
    ///
    /// # Errors
    /// [`BeginError::NoEndpoint`] if the metadata had no logout address, [`BeginError::Sign`] if signing fails.
    pub fn answer_logout(
        &self,
        key: &dyn Signer,
        idp: &IdentityProvider,
        request: &LogoutRequest,
        response_id: RequestId,
        answer: LogoutAnswer,
        now: OffsetDateTime,
    ) -> Result<Outgoing, BeginError> {
        let endpoint = idp.slo().ok_or(BeginError::NoEndpoint)?;
        let location = endpoint.answers();
        let head = LogoutHead { id: &response_id, now, issuer: self.entity_id(), destination: location };
        let xml = write::logout_response(&head, request.id(), answer);
        let relay_state = request.relay_state();
        Ok(match endpoint.binding {
            Binding::Redirect => {
                let message = ("SAMLResponse", xml.as_str());
                Outgoing::Redirect { url: bindings::redirect_url(location, message, relay_state, key)? }
            }
            Binding::Post => {
                let signed = key.sign_element(&xml, response_id.as_str(), SignaturePlace::Second)?;
                let (location, saml_response) = (location.clone(), bindings::post(&signed));
                Outgoing::PostResponse {
                    location,
                    saml_response,
                    relay_state: relay_state.map(str::to_owned),
                }
            }
        })
    }
}
