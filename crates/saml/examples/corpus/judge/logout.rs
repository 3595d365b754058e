use std::error::Error;
use std::io::Write;

use flate2::Compression;
use flate2::write::DeflateEncoder;
use landfall_saml::{
    CertificateDates, Check, Decision, EntityId, IdentityProvider, Location, LogoutKind, PendingLogout,
    Policy, RawLogout, ServiceProvider, Unsolicited,
};
use landfall_xmldsig::{Certificate, Signer, SigningKey, TrustedKeys, encode_base64};
use time::OffsetDateTime;
use url::form_urlencoded::byte_serialize;

use super::{Said, now};
use crate::manifest::Case;

/// Stands where a case names no address, or one that may not be configured.
const NOWHERE: &str = "https://nowhere.invalid/";

/// The identity provider of every case: the cases are not signed, so that a signature must come from the binding.
const CERTIFICATE: &str = include_str!("../../../tests/keys/signer.crt.pem");
const KEY: &str = include_str!("../../../tests/keys/signer.key.pem");

/// The message ends a session, or says that one has ended, when it comes in a query that the case's identity provider signed;
/// posted as it is, by nobody signed, it is refused.
pub(super) fn judge(case: &Case, document: &[u8]) -> Result<Said, Box<dyn Error>> {
    let kind = if contains(document, b"LogoutResponse") { LogoutKind::Response } else { LogoutKind::Request };
    let certificate = Certificate::from_pem(CERTIFICATE)?;
    let key = SigningKey::from_pem(KEY, certificate.clone())?;
    let entity_id = case.options.idp_entity_id.as_deref().ok_or("no identity provider")?;
    let idp = IdentityProvider::new(entity_id.try_into()?, Vec::new(), TrustedKeys::new([certificate])?);
    let now = now(&case.options);
    if let Said::Accepted = said(&RawLogout::from_xml(kind, document), &idp, now, case)? {
        return Err(format!("{}: accepted although nobody signed it", case.id).into());
    }
    said(&RawLogout::from_query(&signed_query(kind, document, &key)?)?, &idp, now, case)
}

fn said(
    raw: &RawLogout,
    idp: &IdentityProvider,
    now: OffsetDateTime,
    case: &Case,
) -> Result<Said, Box<dyn Error>> {
    let received = match raw.read() {
        Ok(received) => received,
        Err(error) => return Ok(Said::rejected(&error.into())),
    };
    let sp = EntityId::try_from("urn:nobody")?;
    let sp = ServiceProvider::new(sp, NOWHERE.try_into()?).with_slo(NOWHERE.try_into()?);
    let policy = Policy::new(Unsolicited::Refuse, CertificateDates::Warn);
    let (refused, decision) = match raw.kind() {
        LogoutKind::Request => {
            let (judged, decision) = sp.accept_logout(idp, &received, &policy, now);
            (judged.err(), decision)
        }
        LogoutKind::Response => {
            // No case names the request that waits: it is the one that is answered.
            let pending = received.hints().in_response_to;
            let pending = pending.map(|id| PendingLogout::new(id, idp.entity_id().clone()));
            let (judged, decision) = sp.finish_logout(idp, pending.as_ref(), &received, &policy, now);
            (judged.err(), decision)
        }
    };
    Ok(if refused.is_none() { Said::Accepted } else { failures(&decision, case) })
}

/// Where the case's address may not be ours, the message need not be sent to ours but to that, byte for byte;
/// a case without an address was sent to nobody.
fn failures(decision: &Decision, case: &Case) -> Said {
    let address = case.options.destination.as_deref();
    let theirs = address.filter(|address| Location::try_from(*address).is_err());
    let elsewhere = |check: &Check| {
        let sent_to = Some(check.actual.as_ref()).filter(|actual| *actual != "absent");
        check.rule == "destination" && sent_to == theirs && (theirs.is_some() || address.is_none())
    };
    Said::failed(decision, elsewhere)
}

fn signed_query(kind: LogoutKind, document: &[u8], key: &SigningKey) -> Result<String, Box<dyn Error>> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(document)?;
    let field = match kind {
        LogoutKind::Request => "SAMLRequest",
        LogoutKind::Response => "SAMLResponse",
    };
    let (message, algorithm) = (encode_base64(&encoder.finish()?), key.algorithm().uri());
    let encoded = |text: &str| byte_serialize(text.as_bytes()).collect::<String>();
    let signed = format!("{field}={}&SigAlg={}", encoded(&message), encoded(algorithm));
    let signature = encode_base64(&key.sign(signed.as_bytes())?);
    Ok(format!("{signed}&Signature={}", encoded(&signature)))
}

fn contains(document: &[u8], name: &[u8]) -> bool {
    document.windows(name.len()).any(|window| window == name)
}
