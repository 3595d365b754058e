//! Landfall itself as the service provider: what it says to the double, and what it says of the double's messages.

use landfall_entra_twin::{App, Credential, Seed, Twin};
use landfall_saml::{
    Accepted, Begun, Binding, CertificateDates, Endpoint, IdentityProvider, Login, LogoutAnswer,
    LogoutEndpoint, LogoutRequest, LogoutResponse, NameId, Outgoing, PendingLogout, PendingRequest, Policy,
    RawLogout, RawMessage, Reject, RequestId, RequestOptions, ServiceProvider, SessionIndex, Unsolicited,
};
use landfall_xmldsig::{
    Certificate, DecryptionKey, DecryptionKeys, EncryptionPolicy, SigningKey, TrustedKeys,
};

use crate::double::{ACS, NOW, SP};

pub(crate) const SLO: &str = "https://sp.example.com/saml/slo";

/// The key of the service provider; another tenant lends it.
pub(crate) fn own() -> Credential {
    Seed::Fabrikam.tenant().unwrap().signing
}

fn certificate(credential: &Credential) -> Certificate {
    Certificate::from_der(credential.certificate()).unwrap()
}

pub(crate) fn key() -> SigningKey {
    SigningKey::from_pkcs8(own().private_key(), certificate(&own())).unwrap()
}

/// It takes assertions that are encrypted for its own key.
pub(crate) fn sp() -> ServiceProvider {
    let key = DecryptionKey::from_pkcs8(own().private_key()).unwrap();
    ServiceProvider::new(SP.try_into().unwrap(), ACS.try_into().unwrap())
        .with_slo(SLO.try_into().unwrap())
        .with_decryption(DecryptionKeys::new([key]).unwrap(), EncryptionPolicy::standard())
        .announcing(certificate(&own()))
}

/// The double as Landfall knows it from its metadata.
pub(crate) fn idp(twin: &Twin) -> IdentityProvider {
    idp_by(twin, Binding::Redirect)
}

fn idp_by(twin: &Twin, binding: Binding) -> IdentityProvider {
    let location = || twin.saml_url().as_str().try_into().unwrap();
    let sso = vec![Endpoint { binding, location: location() }];
    let keys = TrustedKeys::new([certificate(twin.signing())]).unwrap();
    IdentityProvider::new(twin.tenant().issuer().as_str().try_into().unwrap(), sso, keys).with_slo(vec![
        LogoutEndpoint { binding: Binding::Redirect, location: location(), response_location: None },
    ])
}

pub(crate) fn policy() -> Policy {
    Policy::new(Unsolicited::Refuse, CertificateDates::Refuse)
}

/// Registers Landfall with the application, by its metadata.
pub(crate) fn register(app: &mut App) {
    app.import(&sp().metadata(&[certificate(&own())])).unwrap();
}

/// Landfall's request for a login.
pub(crate) fn begin(twin: &Twin, options: &RequestOptions, binding: Binding) -> Begun {
    let (id, state) = (RequestId::from_random([7; 20]), "state/+".try_into().unwrap());
    sp().begin(&key(), &idp_by(twin, binding), id, state, options, NOW).unwrap()
}

/// The same by redirect: what waits, and an address of the double.
pub(crate) fn begin_login(twin: &Twin, options: &RequestOptions) -> (PendingRequest, String) {
    let begun = begin(twin, options, Binding::Redirect);
    (begun.pending, redirect(begun.outgoing))
}

/// What Landfall says of the double's response to it.
pub(crate) fn finish_login(twin: &Twin, pending: &PendingRequest, response: &str) -> Result<Login, Reject> {
    let message = RawMessage::from_xml(response.as_bytes());
    let response = message.response().unwrap();
    let (judged, _) = sp().finish(&idp(twin), Some(pending), &response, &policy(), NOW);
    judged.map(|accepted| match accepted {
        Accepted::Login(login) => login,
        other => panic!("expected a login, came {other:?}"),
    })
}

/// The code of what Landfall says of a form's response, or `login`.
pub(crate) fn judge(twin: &Twin, pending: &PendingRequest, field: &str) -> &'static str {
    let message = match RawMessage::from_post(field) {
        Ok(message) => message,
        Err(error) => return error.code(),
    };
    let response = match message.response() {
        Ok(response) => response,
        Err(error) => return error.code(),
    };
    match sp().finish(&idp(twin), Some(pending), &response, &policy(), NOW).0 {
        Ok(_) => "login",
        Err(reject) => reject.code(),
    }
}

/// The ID of the logout request that Landfall sends.
pub(crate) fn logout_id() -> RequestId {
    RequestId::from_random([8; 20])
}

/// Landfall's request to end a session, as an address of the double.
pub(crate) fn begin_logout(twin: &Twin, name: &str, index: Option<&str>) -> String {
    let name_id = NameId::new(name, None, None, None).unwrap();
    let index = index.map(|index| SessionIndex::try_from(index).unwrap());
    let session = (&name_id, index.as_ref());
    let begun =
        sp().begin_logout(&key(), &idp(twin), logout_id(), "state/+".try_into().unwrap(), session, NOW);
    redirect(begun.unwrap().outgoing)
}

/// What Landfall says of the double's answer to that request.
pub(crate) fn finish_logout(twin: &Twin, url: &str) -> Result<LogoutResponse, Reject> {
    let raw = RawLogout::from_query(url.split_once('?').unwrap().1).unwrap();
    let pending = PendingLogout::new(logout_id(), idp(twin).entity_id().clone());
    sp().finish_logout(&idp(twin), Some(&pending), &raw.read().unwrap(), &policy(), NOW).0
}

/// What Landfall says of a request of the double.
pub(crate) fn accept_logout(twin: &Twin, url: &str) -> Result<LogoutRequest, Reject> {
    let raw = RawLogout::from_query(url.split_once('?').unwrap().1).unwrap();
    sp().accept_logout(&idp(twin), &raw.read().unwrap(), &policy(), NOW).0
}

/// Landfall's answer to it, as an address of the double.
pub(crate) fn answer_logout(twin: &Twin, request: &LogoutRequest, answer: LogoutAnswer) -> String {
    let id = RequestId::from_random([9; 20]);
    redirect(sp().answer_logout(&key(), &idp(twin), request, id, answer, NOW).unwrap())
}

fn redirect(outgoing: Outgoing) -> String {
    let Outgoing::Redirect { url } = outgoing else { panic!("expected a redirect") };
    url
}
