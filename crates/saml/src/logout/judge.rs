use landfall_xmldsig::{Certificate, Document, Element, KeyFingerprint, Limits, Verifier};
use time::OffsetDateTime;

use super::{LogoutRequest, LogoutResponse, ReceivedLogout};
use crate::bindings::{Carried, signed_message};
use crate::decision::{Decision, step};
use crate::read::{self, ReadError};
use crate::rules::{self, LogoutContext};
use crate::signed;
use crate::sp::TRUSTED;
use crate::{Binding, IdentityProvider, LogoutKind, PendingLogout, Policy, Reject, ServiceProvider};

/// What a trusted key signed of a message.
struct Signed {
    octets: Vec<u8>,
    signer: KeyFingerprint,
    binding: Binding,
}

impl ServiceProvider {
    /// Judges a request for logout: its signature by this connection's keys, then every rule of the profile.
    ///
    /// # Errors
    /// The first [`Reject`]; the [`Decision`] has every rule, and stands beside a request that is accepted as well.
    ///
    /// # Security
    /// Nothing is remembered here: claim the ID as [`LogoutRequest`] says.
    pub fn accept_logout(
        &self,
        idp: &IdentityProvider,
        received: &ReceivedLogout<'_>,
        policy: &Policy,
        now: OffsetDateTime,
    ) -> (Result<LogoutRequest, Reject>, Decision) {
        let mut decision = Decision::new(now);
        let judged = self.judge_request(idp, received, policy, &mut decision);
        (judged, decision)
    }

    /// Judges the answer to a logout of ours; `pending` is the request that it claims to answer, found by its hints.
    ///
    /// # Errors
    /// The first [`Reject`], one of them [`Reject::Status`] for what the identity provider reports as a failure.
    pub fn finish_logout(
        &self,
        idp: &IdentityProvider,
        pending: Option<&PendingLogout>,
        received: &ReceivedLogout<'_>,
        policy: &Policy,
        now: OffsetDateTime,
    ) -> (Result<LogoutResponse, Reject>, Decision) {
        let mut decision = Decision::new(now);
        let judged = self.judge_response(idp, pending, received, policy, &mut decision);
        (judged, decision)
    }

    fn judge_request(
        &self,
        idp: &IdentityProvider,
        received: &ReceivedLogout<'_>,
        policy: &Policy,
        decision: &mut Decision,
    ) -> Result<LogoutRequest, Reject> {
        let kind = LogoutKind::Request;
        let signed = verified(idp, received, kind, policy, decision)?;
        let plain = self.decrypted(&signed.octets, decision)?;
        let octets = plain.as_ref().unwrap_or(&signed.octets);
        let (envelope, demand) =
            step(decision, "signed_content", "saml-core 3.7.1", "a LogoutRequest", || {
                read(octets, kind, read::logout_request)
            })?;
        let (signers, now, binding) = (signers(idp, signed.signer), decision.at(), signed.binding);
        let context = LogoutContext {
            sp: self,
            idp,
            pending: None,
            policy,
            now,
            kind,
            binding,
            envelope: &envelope,
            signers: &signers,
        };
        rules::apply_to_request(&context, &demand, decision)?;
        Ok(LogoutRequest::new(envelope, demand, received.raw().relay_state(), signed.signer))
    }

    fn judge_response(
        &self,
        idp: &IdentityProvider,
        pending: Option<&PendingLogout>,
        received: &ReceivedLogout<'_>,
        policy: &Policy,
        decision: &mut Decision,
    ) -> Result<LogoutResponse, Reject> {
        let kind = LogoutKind::Response;
        let signed = verified(idp, received, kind, policy, decision)?;
        let (envelope, report) =
            step(decision, "signed_content", "saml-core 3.7.2", "a LogoutResponse", || {
                read(&signed.octets, kind, read::logout_response)
            })?;
        let (signers, now, binding) = (signers(idp, signed.signer), decision.at(), signed.binding);
        let context = LogoutContext {
            sp: self,
            idp,
            pending,
            policy,
            now,
            kind,
            binding,
            envelope: &envelope,
            signers: &signers,
        };
        rules::apply_to_response(&context, &report, decision)?;
        let request =
            pending.ok_or(Reject::LogoutInResponseTo { want: None, found: report.in_response_to.clone() })?;
        let (request, relay_state) = (request.request_id().clone(), received.raw().relay_state());
        Ok(LogoutResponse::new(envelope, report, request, relay_state, signed.signer))
    }

    /// Decrypts the NameID where it is encrypted, behind the signature of the request: nobody but the identity provider
    /// chooses what is decrypted [attack C19].
    fn decrypted(&self, octets: &[u8], decision: &mut Decision) -> Result<Option<Vec<u8>>, Reject> {
        let document = Document::parse(octets, &Limits::message()).map_err(ReadError::from)?;
        let (Some(mut decrypter), encrypted) = (self.decrypter(), read::encrypted_id(document.root())) else {
            return Ok(None);
        };
        if encrypted.is_empty() {
            return Ok(None);
        }
        step(decision, "decryption", "saml-core 2.2.4, 6.1", "a NameID encrypted for us", || {
            signed::with_parts_decrypted(&document, encrypted, &mut decrypter).map(Some)
        })
    }
}

/// The octets that this connection's keys signed: of a form the element, of a query the query itself, and never
/// what stands inside a message that came in a query [saml-bindings 3.4.4.1], [attack C12, E19].
fn verified(
    idp: &IdentityProvider,
    received: &ReceivedLogout<'_>,
    kind: LogoutKind,
    policy: &Policy,
    decision: &mut Decision,
) -> Result<Signed, Reject> {
    let (root, signed) =
        step(decision, "layout", "saml-core 3.7, 5.4", "one message, and no signature but on it", || {
            Ok(read::logout_layout(received.document(), kind)?)
        })?;
    let verifier = Verifier::new(idp.keys(), policy.algorithms());
    let signed = match received.raw().carried() {
        Carried::Form => {
            step(decision, "signature", "saml-profiles 4.4.4.1, saml-core 5.4", TRUSTED, || {
                if !signed {
                    return Err(Reject::LogoutUnsigned);
                }
                let xml = signed::verify(verifier, root, kind.element())?;
                Ok(Signed { octets: xml.octets().to_vec(), signer: xml.signer(), binding: Binding::Post })
            })?
        }
        Carried::Query(signature) => step(decision, "signature", "saml-bindings 3.4.4.1", TRUSTED, || {
            let signature = signature.as_ref().ok_or(Reject::LogoutUnsigned)?;
            let query = verifier.verify_octets(&signature.signed, &signature.algorithm, &signature.value);
            let query = query.map_err(|source| Reject::Signature { element: kind.element(), source })?;
            let message = signed_message(&query).ok_or(Reject::LogoutUnsigned)?;
            let (octets, signer) = (message.octets().to_vec(), query.signer());
            Ok(Signed { octets, signer, binding: Binding::Redirect })
        })?,
    };
    decision.signed_by(signed.signer);
    Ok(signed)
}

fn read<T>(
    octets: &[u8],
    kind: LogoutKind,
    values: impl FnOnce(Element<'_>) -> Result<T, ReadError>,
) -> Result<T, Reject> {
    let document = Document::parse(octets, &Limits::message()).map_err(ReadError::from)?;
    let (root, _) = read::logout_layout(&document, kind)?;
    Ok(values(root)?)
}

/// The certificate whose key signed.
fn signers(idp: &IdentityProvider, signer: KeyFingerprint) -> Vec<&Certificate> {
    idp.keys().certificates().iter().filter(|certificate| certificate.fingerprint() == signer).collect()
}
