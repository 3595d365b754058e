//! A whole response: no bytes make it panic, and whoever is signed in is the one whom the key's owner means.
//!
//! Each input is judged twice: as a stranger brings it, and, where its assertion is not signed, as the administrator of
//! an identity provider would sign it, who can sign anything.
#![no_main]

use std::sync::LazyLock;

use landfall_benches::{IDP, NAME_ID, NOW, identity_provider, pending, policy, service_provider};
use landfall_saml::{Accepted, IdentityProvider, Login, PendingRequest, Policy, RawMessage, ServiceProvider};
use landfall_xmldsig::{Certificate, Document, Limits, SignaturePlace, Signer, SigningKey, TrustedKeys};
use libfuzzer_sys::fuzz_target;

static PARTIES: LazyLock<(ServiceProvider, IdentityProvider, PendingRequest)> =
    LazyLock::new(|| (service_provider().unwrap(), identity_provider().unwrap(), pending().unwrap()));

/// A key that signs faster than the one of the seeds.
static HOSTILE: LazyLock<(SigningKey, IdentityProvider)> = LazyLock::new(|| {
    let pem = include_str!("../../crates/xmldsig/tests/keys/p256.crt.pem");
    let certificate = Certificate::from_pem(pem).unwrap();
    let keys = TrustedKeys::new([certificate.clone()]).unwrap();
    let pem = include_str!("../../crates/xmldsig/tests/keys/p256.key.pem");
    let key = SigningKey::from_pem(pem, certificate).unwrap();
    (key, IdentityProvider::new(IDP.try_into().unwrap(), Vec::new(), keys))
});

fuzz_target!(|bytes: &[u8]| {
    let (_, idp, _) = &*PARTIES;
    if let Some(login) = judge(bytes, idp) {
        assert_eq!(login.name_id().value(), NAME_ID);
        // What would have routed the message is what was signed.
        let hints = RawMessage::from_xml(bytes).response().unwrap().hints();
        assert_eq!(hints.in_response_to.as_ref(), login.request());
        assert_eq!(hints.issuer.as_ref(), Some(login.issuer()));
    }
    let (key, idp) = &*HOSTILE;
    if let Some(signed) = signed(bytes, key) {
        judge(signed.as_bytes(), idp);
    }
});

/// The message with a signature on its first assertion.
fn signed(bytes: &[u8], key: &SigningKey) -> Option<String> {
    let document = Document::parse(bytes, &Limits::message()).ok()?;
    let id = document.root().elements().find(|child| child.local_name() == "Assertion")?.attribute("ID")?;
    key.sign_element(document.source(), id, SignaturePlace::Second).ok()
}

fn judge(bytes: &[u8], idp: &IdentityProvider) -> Option<Login> {
    let (sp, _, pending) = &*PARTIES;
    let message = RawMessage::from_xml(bytes);
    let response = message.response().ok()?;
    let (judged, decision) = sp.finish(idp, Some(pending), &response, &policy(), NOW);
    assert_eq!(judged.is_ok(), decision.failure().is_none(), "{decision}");
    match judged {
        Ok(Accepted::Login(login)) => {
            assert_eq!(login.issuer(), idp.entity_id());
            assert_eq!(login.request(), Some(pending.request_id()));
            assert!(!login.name_id().value().is_empty());
            assert!(NOW < login.usable_until());
            assert!(login.usable_until() <= NOW + Policy::LONGEST + policy().skew());
            Some(login)
        }
        Ok(other) => panic!("a request waits, yet it came to {other:?}"),
        Err(reject) => {
            assert!(!reject.code().is_empty() && !reject.remedy().is_empty());
            assert!(!reject.without_personal_data().is_empty());
            None
        }
    }
}
