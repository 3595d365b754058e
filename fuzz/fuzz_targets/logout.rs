//! Logout messages, in a query, in a form and as XML: no bytes make them panic, and whoever is signed out is the one whom the key's owner means.
//!
//! Each input is judged twice: as a stranger brings it, and as the administrator of an identity provider would sign it,
//! who can sign anything.
#![no_main]

use std::sync::LazyLock;

use landfall_benches::{IDP, NAME_ID, NOW, identity_provider, policy, service_provider};
use landfall_saml::{
    IdentityProvider, LogoutKind, PendingLogout, Policy, RawLogout, RequestId, ServiceProvider,
};
use landfall_xmldsig::{
    Certificate, Document, Limits, SignaturePlace, Signer, SigningKey, TrustedKeys, encode_base64,
};
use libfuzzer_sys::fuzz_target;
use url::form_urlencoded::byte_serialize;

/// As `examples/seeds.rs` has it.
const SLO: &str = "https://sp.example.com/saml/slo";

static PARTIES: LazyLock<(ServiceProvider, IdentityProvider, PendingLogout)> = LazyLock::new(|| {
    let sp = service_provider().unwrap().with_slo(SLO.try_into().unwrap());
    let pending = PendingLogout::new(RequestId::from_random([7; 20]), IDP.try_into().unwrap());
    (sp, identity_provider().unwrap(), pending)
});

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
    let text = std::str::from_utf8(bytes).unwrap_or_default();
    let xml = [LogoutKind::Request, LogoutKind::Response].map(|kind| RawLogout::from_xml(kind, bytes));
    let carried = [RawLogout::from_query(text), RawLogout::from_form(bytes)];
    let carried: Vec<RawLogout> = carried.into_iter().flatten().chain(xml).collect();
    let (_, idp, _) = &*PARTIES;
    for raw in &carried {
        if let Some(name_id) = judge(raw, idp) {
            assert!(name_id.is_none_or(|name_id| name_id == NAME_ID));
        }
    }
    let (key, idp) = &*HOSTILE;
    let signed = [signed_query(text, key), signed_xml(bytes, key)];
    for raw in signed.into_iter().flatten() {
        judge(&raw, idp);
    }
});

/// The person of a request that is accepted, or nobody of an answer that is.
fn judge(raw: &RawLogout, idp: &IdentityProvider) -> Option<Option<String>> {
    let (sp, _, pending) = &*PARTIES;
    let received = raw.read().ok()?;
    let (accepted, decision) = match raw.kind() {
        LogoutKind::Request => {
            let (judged, decision) = sp.accept_logout(idp, &received, &policy(), NOW);
            let person = judged.map(|request| {
                assert_eq!(request.issuer(), idp.entity_id());
                assert!(request.session_indexes().len() <= 64 && !request.name_id().value().is_empty());
                assert!(NOW < request.usable_until());
                assert!(request.usable_until() <= NOW + Policy::LOGOUT_AGE + Policy::SKEW * 2);
                // What would have routed the message is what was signed.
                assert_eq!(received.hints().issuer.as_ref(), Some(request.issuer()));
                Some(request.name_id().value().to_owned())
            });
            (person, decision)
        }
        LogoutKind::Response => {
            let (judged, decision) = sp.finish_logout(idp, Some(pending), &received, &policy(), NOW);
            let nobody = judged.map(|response| {
                assert_eq!(response.request(), pending.request_id());
                assert_eq!(received.hints().in_response_to.as_ref(), Some(pending.request_id()));
                None
            });
            (nobody, decision)
        }
    };
    assert_eq!(accepted.is_ok(), decision.failure().is_none(), "{decision}");
    accepted.inspect_err(|reject| assert!(!reject.code().is_empty() && !reject.remedy().is_empty())).ok()
}

/// The same query with a signature over what stands before its own.
fn signed_query(text: &str, key: &SigningKey) -> Option<RawLogout> {
    let signed = text.split_once("&SigAlg=")?.0;
    let encoded = |text: &str| byte_serialize(text.as_bytes()).collect::<String>();
    let signed = format!("{signed}&SigAlg={}", encoded(key.algorithm().uri()));
    let value = encode_base64(&key.sign(signed.as_bytes()).ok()?);
    RawLogout::from_query(&format!("{signed}&Signature={}", encoded(&value))).ok()
}

/// The message with a signature on its root.
fn signed_xml(bytes: &[u8], key: &SigningKey) -> Option<RawLogout> {
    let document = Document::parse(bytes, &Limits::message()).ok()?;
    let root = document.root();
    let kind = if root.local_name() == "LogoutResponse" { LogoutKind::Response } else { LogoutKind::Request };
    let signed = key.sign_element(document.source(), root.attribute("ID")?, SignaturePlace::Second).ok()?;
    Some(RawLogout::from_xml(kind, signed.as_bytes()))
}
