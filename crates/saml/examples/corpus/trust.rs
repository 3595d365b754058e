//! Trust anchors as the certificates that the interface takes.

use std::error::Error;
use std::path::Path;

use landfall_saml::IdpMetadata;
use landfall_xmldsig::{Certificate, TrustedKeys, decode_base64};
use time::OffsetDateTime;

use crate::judge::Said;
use crate::manifest::{AnchorKind, TrustAnchor};

/// The keys of an anchor; or the refusal, where it holds none that can be trusted.
pub(crate) fn keys(
    folder: &Path,
    anchor: &TrustAnchor,
    now: OffsetDateTime,
) -> Result<Result<TrustedKeys, Said>, Box<dyn Error>> {
    let read = || {
        let path = folder.join(&anchor.file);
        std::fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))
    };
    let certificate = match anchor.kind {
        AnchorKind::Cert | AnchorKind::Ca => Certificate::from_pem(&read()?),
        AnchorKind::Pubkey => Certificate::from_der(&certificate_around(&public_key(&read()?)?)),
        AnchorKind::Metadata => {
            return Ok(match IdpMetadata::read(read()?.as_bytes(), None, now) {
                Ok(metadata) => metadata
                    .identity_provider()
                    .map(|idp| idp.keys().clone())
                    .map_err(|error| Said::refused("trust", &error)),
                Err(error) => Err(Said::refused(error.code(), &error)),
            });
        }
        // A shared secret, and a key that only the message holds, are no keys to trust.
        AnchorKind::Hmac | AnchorKind::Embedded => Certificate::from_pem(STRANGER),
    };
    Ok(match certificate.map(|certificate| TrustedKeys::new([certificate])) {
        Ok(Ok(keys)) => Ok(keys),
        Ok(Err(error)) => Err(Said::refused("trust", &error)),
        Err(error) => Err(Said::refused("trust.certificate", &error)),
    })
}

/// A key that has signed no case.
const STRANGER: &str = include_str!("../../tests/keys/other.crt.pem");

/// The SubjectPublicKeyInfo in a PEM text, also where it is the bare key of RSA.
fn public_key(pem: &str) -> Result<Vec<u8>, Box<dyn Error>> {
    let body: String = pem.lines().filter(|line| !line.starts_with("-----")).collect();
    let key = decode_base64(&body)?;
    if !pem.contains("BEGIN RSA PUBLIC KEY") {
        return Ok(key);
    }
    let algorithm = der(SEQUENCE, &[&der(OID, &[RSA_ENCRYPTION]), &der(NULL, &[])]);
    Ok(der(SEQUENCE, &[&algorithm, &der(BIT_STRING, &[&[0], &key])]))
}

/// A certificate that holds this key and is signed by nobody: only its key counts.
fn certificate_around(public_key: &[u8]) -> Vec<u8> {
    let algorithm = der(SEQUENCE, &[&der(OID, &[SHA256_WITH_RSA]), &der(NULL, &[])]);
    let common_name = der(SEQUENCE, &[&der(OID, &[COMMON_NAME]), &der(UTF8_STRING, &[b"a bare key"])]);
    let name = der(SEQUENCE, &[&der(SET, &[&common_name])]);
    let dates = [b"500101000000Z", b"491231235959Z"].map(|date| der(UTC_TIME, &[date]));
    let [from, to] = &dates;
    let validity = der(SEQUENCE, &[from, to]);
    let version = der(EXPLICIT_0, &[&der(INTEGER, &[&[2]])]);
    let serial = der(INTEGER, &[&[1]]);
    let signed = der(SEQUENCE, &[&version, &serial, &algorithm, &name, &validity, &name, public_key]);
    der(SEQUENCE, &[&signed, &algorithm, &der(BIT_STRING, &[&[0]])])
}

const INTEGER: u8 = 0x02;
const BIT_STRING: u8 = 0x03;
const NULL: u8 = 0x05;
const OID: u8 = 0x06;
const UTF8_STRING: u8 = 0x0C;
const UTC_TIME: u8 = 0x17;
const SEQUENCE: u8 = 0x30;
const SET: u8 = 0x31;
const EXPLICIT_0: u8 = 0xA0;

/// 1.2.840.113549.1.1.1
const RSA_ENCRYPTION: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x01];
/// 1.2.840.113549.1.1.11
const SHA256_WITH_RSA: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x0B];
/// 2.5.4.3
const COMMON_NAME: &[u8] = &[0x55, 0x04, 0x03];

/// One value in DER: tag, length, contents.
fn der(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let contents = parts.concat();
    let length = contents.len().to_be_bytes();
    let significant: Vec<u8> = length.into_iter().skip_while(|byte| *byte == 0).collect();
    let mut out = vec![tag];
    match (contents.len(), u8::try_from(significant.len())) {
        (0, _) => out.push(0),
        (1..128, _) => out.extend(significant),
        (_, Ok(count)) => {
            out.push(0x80 | count);
            out.extend(significant);
        }
        (_, Err(_)) => {}
    }
    out.extend(contents);
    out
}
