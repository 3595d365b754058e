//! The service provider: begins logins, and judges the responses that come back.

use std::sync::Arc;

use landfall_xmldsig::{
    Certificate, Decrypter, DecryptionKeys, Element, EncryptionPolicy, SignError, SignaturePlace, Signer,
    Verifier,
};
use time::OffsetDateTime;

use crate::bindings::{self, Outgoing};
use crate::decision::{Decision, step};
use crate::login::{Accepted, Login, Restart};
use crate::model::UnsignedEnvelope;
use crate::read::{self, Content, ReadError};
use crate::rules::{self, Context};
use crate::signed::{self, Decryption, Signed};
use crate::{
    Binding, EntityId, IdentityProvider, Location, PendingRequest, Policy, ReceivedResponse, Reject,
    RelayState, RequestId, RequestOptions, Unsolicited, write,
};

/// Clauses of every signature, and what is expected of it.
pub(crate) const SIGNATURE: &str = "saml-core 5.4, xmldsig 3.2";
pub(crate) const TRUSTED: &str = "a trusted key's";
pub(crate) const SUCCESS: &str = "urn:oasis:names:tc:SAML:2.0:status:Success";

/// Our side of Web Browser SSO: one entity ID, one assertion consumer service.
///
/// ```
/// use landfall_saml::*;
/// use landfall_xmldsig::{Certificate, SigningKey, TrustedKeys};
/// # let (certificate, key) = (include_str!("../tests/keys/signer.crt.pem"), include_str!("../tests/keys/signer.key.pem"));
/// # let certificate = Certificate::from_pem(certificate)?;
/// # let key = SigningKey::from_pem(key, certificate.clone())?;
/// let sp = ServiceProvider::new("https://sp.example/saml/metadata".try_into()?, "https://sp.example/saml/acs".try_into()?);
/// let sso = Endpoint { binding: Binding::Redirect, location: "https://idp.example/sso".try_into()? };
/// let idp = IdentityProvider::new("https://idp.example/".try_into()?, vec![sso], TrustedKeys::new([certificate])?);
///
/// let now = time::macros::datetime!(2030-01-02 03:04:05 UTC);
/// let begun = sp.begin(&key, &idp, RequestId::from_random([7; 20]), "state".try_into()?, &RequestOptions::default(), now)?;
/// let Outgoing::Redirect { url } = begun.outgoing else { return Err("expected a redirect".into()) };
/// assert!(url.starts_with("https://idp.example/sso?SAMLRequest="));
///
/// // Keep begun.pending; when the browser posts the answer, judge it.
/// let message = RawMessage::from_post("PGEvPg==")?;
/// assert!(message.response().is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct ServiceProvider {
    entity_id: EntityId,
    acs: Location,
    slo: Option<Location>,
    decryption: Option<Arc<Decryption>>,
    encryption: Option<Certificate>,
}

/// A login that has been begun.
#[derive(Debug)]
pub struct Begun {
    /// What to remember until the answer comes.
    pub pending: PendingRequest,
    /// Where to send the browser.
    pub outgoing: Outgoing,
}

impl ServiceProvider {
    /// Takes the name and address exactly as identity providers are to be told them.
    #[must_use]
    pub fn new(entity_id: EntityId, acs: Location) -> Self {
        Self { entity_id, acs, slo: None, decryption: None, encryption: None }
    }

    /// Takes assertions, NameIDs and attributes that were encrypted for one of these keys; without keys they are refused.
    ///
    /// # Security
    /// Encryption proves nothing: an encrypted assertion needs a signature like any other, on itself or on the Response around it.
    #[must_use]
    pub fn with_decryption(self, keys: DecryptionKeys, policy: EncryptionPolicy) -> Self {
        Self { decryption: Some(Arc::new(Decryption { keys, policy })), ..self }
    }

    /// Announces in the metadata the certificate of one of the keys of [`Self::with_decryption`], which others are to encrypt for.
    #[must_use]
    pub fn announcing(self, encryption: Certificate) -> Self {
        Self { encryption: Some(encryption), ..self }
    }

    /// Takes logout messages at this address, by redirect and by post, and announces it in the metadata.
    #[must_use]
    pub fn with_slo(self, slo: Location) -> Self {
        Self { slo: Some(slo), ..self }
    }

    /// The same keys under another name with other addresses: to an identity provider this is another service.
    ///
    /// # Security
    /// What is meant for one of the two is refused by the other, by Audience, Recipient and Destination.
    #[must_use]
    pub fn renamed(&self, entity_id: EntityId, acs: Location, slo: Option<Location>) -> Self {
        let (decryption, encryption) = (self.decryption.clone(), self.encryption.clone());
        Self { entity_id, acs, slo, decryption, encryption }
    }

    /// Our name.
    #[must_use]
    pub fn entity_id(&self) -> &EntityId {
        &self.entity_id
    }

    /// Our assertion consumer service.
    #[must_use]
    pub fn acs(&self) -> &Location {
        &self.acs
    }

    /// Where we take logout messages, if we do.
    #[must_use]
    pub fn slo(&self) -> Option<&Location> {
        self.slo.as_ref()
    }

    /// For one message, where there are keys.
    pub(crate) fn decrypter(&self) -> Option<Decrypter<'_>> {
        self.decryption.as_deref().map(Decryption::decrypter)
    }

    /// Our metadata, for the identity provider's administrator; it announces the certificates of the keys that sign,
    /// more than one while a key is replaced, and the one to encrypt for with the algorithms that are taken, if there is one.
    #[must_use]
    pub fn metadata(&self, signing: &[Certificate]) -> String {
        let encryption = self.decryption.as_ref().zip(self.encryption.as_ref());
        let encryption = encryption.map(|(decryption, certificate)| (certificate, decryption.policy));
        write::sp_metadata((&self.entity_id, &self.acs, self.slo.as_ref()), signing, encryption)
    }

    /// Begins a login: a signed AuthnRequest, by redirect if the identity provider takes that, else by post.
    ///
    /// What `options` ask for is remembered in what is pending, and the answer is held to it.
    ///
    /// It waits for the signature: see [`Signer`] for a key that is not in this process.
    ///
    /// # Errors
    /// [`BeginError::NoEndpoint`] if the metadata had no address for either, [`BeginError::Sign`] if signing fails.
    pub fn begin(
        &self,
        key: &dyn Signer,
        idp: &IdentityProvider,
        request_id: RequestId,
        relay_state: RelayState,
        options: &RequestOptions,
        now: OffsetDateTime,
    ) -> Result<Begun, BeginError> {
        let endpoint = idp.sso().ok_or(BeginError::NoEndpoint)?;
        let xml =
            write::authn_request(&request_id, now, (&self.entity_id, &self.acs), &endpoint.location, options);
        let outgoing = match endpoint.binding {
            Binding::Redirect => {
                let message = ("SAMLRequest", xml.as_str());
                let relay_state = Some(relay_state.expose());
                let url = bindings::redirect_url(&endpoint.location, message, relay_state, key)?;
                let hint = options.login_hint();
                let hinted = hint.map(|hint| bindings::with_parameter(&url, "login_hint", hint));
                Outgoing::Redirect { url: hinted.unwrap_or(url) }
            }
            Binding::Post => {
                let signed = key.sign_element(&xml, request_id.as_str(), SignaturePlace::Second)?;
                let location = endpoint.location.clone();
                Outgoing::Post { location, saml_request: bindings::post(&signed), relay_state }
            }
        };
        let pending = PendingRequest::new(request_id, idp.entity_id().clone()).asking(options.asked(now));
        Ok(Begun { pending, outgoing })
    }

    /// Judges a response: signatures by this connection's keys, then every rule of the profile.
    ///
    /// `pending` is the request that the response claims to answer, found by its hints; none for an unsolicited one.
    ///
    /// # Errors
    /// The first [`Reject`]; the [`Decision`] has every rule, and stands beside a login as well.
    ///
    /// # Security
    /// Nothing is remembered here: claim the assertion ID as [`Login`] says.
    pub fn finish(
        &self,
        idp: &IdentityProvider,
        pending: Option<&PendingRequest>,
        response: &ReceivedResponse<'_>,
        policy: &Policy,
        now: OffsetDateTime,
    ) -> (Result<Accepted, Reject>, Decision) {
        let mut decision = Decision::new(now);
        let judged = self.judge(idp, pending, response, policy, now, &mut decision);
        (judged, decision)
    }

    fn judge(
        &self,
        idp: &IdentityProvider,
        pending: Option<&PendingRequest>,
        response: &ReceivedResponse<'_>,
        policy: &Policy,
        now: OffsetDateTime,
        decision: &mut Decision,
    ) -> Result<Accepted, Reject> {
        let unsigned = step(decision, "envelope", "saml-core 3.2.2", "a Response", || {
            Ok(read::unsigned_envelope(response.document())?)
        })?;
        step(decision, "status", "saml-core 3.2.2.2", SUCCESS, || status(&unsigned))?;
        let layout = step(
            decision,
            "layout",
            "saml-core 3.2.2, 5.4",
            "one Assertion, and signatures on it or Response",
            || Ok(read::layout(response.document())?),
        )?;
        let mut decrypter = self.decrypter();
        let verifier = Verifier::new(idp.keys(), policy.algorithms());
        let signed_response = layout.response_signed.then_some(layout.response);
        let signed = match layout.content {
            Content::Assertion { element, signed } => {
                let signed_assertion = signed.then_some(element);
                step(decision, "signature", SIGNATURE, TRUSTED, || {
                    signed::plain(verifier, signed_response, signed_assertion)
                })?
            }
            Content::Encrypted(element) => {
                open(verifier, decrypter.as_mut(), signed_response, element, decision)?
            }
        };
        let signer = signed.signer();
        decision.signed_by(signer);
        let (assertion, envelope) =
            step(decision, "signed_content", "saml-core 2.3.3", "an Assertion", || {
                signed.read(unsigned, decrypter.as_mut())
            })?;
        let context = Context {
            sp: self,
            idp,
            pending,
            policy,
            now,
            envelope: &envelope,
            response_signed: signed.response().is_some(),
            assertion: &assertion,
            signers: &signed.signers(idp),
            confirmation: None,
        };
        rules::apply(&context, decision)?;
        let request = pending.map(|pending| pending.request_id().clone());
        let documents = signed.documents(response.document().source().as_bytes());
        Ok(accepted(Login::new(assertion, request, documents, signer, now), policy))
    }
}

/// Decrypts the assertion [saml-core 2.3.4], behind the signature of the Response where it has one:
/// then nobody but the identity provider chooses what is decrypted [attack C19].
fn open(
    verifier: Verifier<'_>,
    decrypter: Option<&mut Decrypter<'_>>,
    response: Option<Element<'_>>,
    encrypted: Element<'_>,
    decision: &mut Decision,
) -> Result<Signed, Reject> {
    let response = response.map(|element| {
        step(decision, "response_signature", SIGNATURE, TRUSTED, || {
            signed::verify(verifier, element, "Response")
        })
    });
    let response = response.transpose()?;
    let decrypted =
        step(decision, "decryption", "saml-core 2.3.4, 6.1", "an element encrypted for us", || {
            let none = || ReadError::Encrypted { element: encrypted.local_name().to_owned() };
            signed::open(decrypter.ok_or_else(none)?, encrypted, response.as_ref())
        })?;
    step(decision, "signature", SIGNATURE, TRUSTED, || signed::decrypted(verifier, response, decrypted))
}

/// An unsolicited login opens a session only where the connection accepts it.
fn accepted(login: Login, policy: &Policy) -> Accepted {
    match (login.request(), policy.unsolicited()) {
        (Some(_), _) | (None, Unsolicited::Accept) => Accepted::Login(login),
        // With `Refuse` a rule has refused already; a restart opens nothing in any case.
        (None, Unsolicited::Restart | Unsolicited::Refuse) => Accepted::Restart(Restart::new(login)),
    }
}

/// The top status is Success; nothing else is looked at before [saml-core 3.2.2.2], [attack E10].
fn status(envelope: &UnsignedEnvelope) -> Result<(), Reject> {
    let status = &envelope.status;
    if status.code == SUCCESS {
        return Ok(());
    }
    Err(Reject::Status {
        code: status.code.clone(),
        detail: status.detail.clone(),
        message: status.message.clone(),
    })
}

/// Why a login or a logout cannot be begun, or a logout not be answered.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BeginError {
    /// The identity provider has no address that the message can be sent to.
    #[error(
        "the identity provider has no https address for HTTP-Redirect or HTTP-POST: import its current metadata"
    )]
    NoEndpoint,
    /// The message could not be signed.
    #[error("the message could not be signed")]
    Sign(#[from] SignError),
}
