//! Encrypting one element for the holders of certificates.

use aws_lc_rs::rsa::{OaepPublicEncryptingKey, PublicEncryptingKey};
use x509_parser::prelude::{FromDer, X509Certificate};

use super::key::ContentKey;
use super::shape::{ELEMENT, XMLENC_NAMESPACE, XMLENC11};
use super::{ContentAlgorithm, EncryptError, KeyTransport, content};
use crate::base64::encode_base64;
use crate::document::Document;
use crate::shape::XMLDSIG_NAMESPACE;
use crate::{Certificate, Limits};

/// Encrypts one element, with a fresh key, and returns the `EncryptedData` that stands in its place.
///
/// Each recipient's EncryptedKey is in its KeyInfo, with the certificate that it is for.
///
/// # Errors
/// [`EncryptError::Document`] for XML that is not complete by itself, [`EncryptError::NoRecipient`] for no certificates,
/// [`EncryptError::Recipient`] for one without a good RSA key, [`EncryptError::Arithmetic`] if the library fails.
///
/// # Security
/// Key and vector come from the library's own random source, never from a caller.
/// Encryption says nothing about who wrote the element: sign it before.
pub fn encrypt(
    element: &str,
    recipients: &[Certificate],
    content: ContentAlgorithm,
    transport: KeyTransport,
) -> Result<String, EncryptError> {
    let document =
        Document::parse(element.as_bytes(), &Limits::metadata()).map_err(EncryptError::Document)?;
    if document.root().range() != (0..element.len()) {
        return Err(EncryptError::Element);
    }
    if recipients.is_empty() {
        return Err(EncryptError::NoRecipient);
    }
    let key = ContentKey::random(content).ok_or(EncryptError::Arithmetic)?;
    let keys = recipients.iter().map(|recipient| encrypted_key(&key, recipient, transport));
    let keys = keys.collect::<Result<String, _>>()?;
    let sealed = content::seal(content, &key, element.as_bytes()).map_err(|_| EncryptError::Arithmetic)?;
    let (algorithm, sealed) = (content.uri(), encode_base64(&sealed));
    Ok(format!(
        "<xenc:EncryptedData xmlns:xenc=\"{XMLENC_NAMESPACE}\" Type=\"{ELEMENT}\">\
         <xenc:EncryptionMethod Algorithm=\"{algorithm}\"/>\
         <ds:KeyInfo xmlns:ds=\"{XMLDSIG_NAMESPACE}\">{keys}</ds:KeyInfo>\
         <xenc:CipherData><xenc:CipherValue>{sealed}</xenc:CipherValue></xenc:CipherData></xenc:EncryptedData>"
    ))
}

fn encrypted_key(
    key: &ContentKey,
    recipient: &Certificate,
    transport: KeyTransport,
) -> Result<String, EncryptError> {
    let public = public_key(recipient)
        .ok_or_else(|| EncryptError::Recipient { subject: recipient.subject().to_owned() })?;
    let mut wrapped = vec![0; public.ciphertext_size()];
    let wrapped = public
        .encrypt(transport.arithmetic(), key.as_bytes(), &mut wrapped, None)
        .map_err(|_| EncryptError::Arithmetic)?;
    let (algorithm, digest) = (transport.uri(), transport.digest_uri());
    // The older name stands for this mask already.
    let mask = match transport {
        KeyTransport::RsaOaepSha1 => String::new(),
        other => format!("<xenc11:MGF xmlns:xenc11=\"{XMLENC11}\" Algorithm=\"{}\"/>", other.mask_uri()),
    };
    let (wrapped, certificate) = (encode_base64(wrapped), encode_base64(recipient.der()));
    Ok(format!(
        "<xenc:EncryptedKey><xenc:EncryptionMethod Algorithm=\"{algorithm}\">\
         <ds:DigestMethod Algorithm=\"{digest}\"/>{mask}</xenc:EncryptionMethod>\
         <ds:KeyInfo><ds:X509Data><ds:X509Certificate>{certificate}</ds:X509Certificate></ds:X509Data></ds:KeyInfo>\
         <xenc:CipherData><xenc:CipherValue>{wrapped}</xenc:CipherValue></xenc:CipherData></xenc:EncryptedKey>"
    ))
}

/// The RSA key of a certificate; nothing if it has another, or one that is too short.
fn public_key(certificate: &Certificate) -> Option<OaepPublicEncryptingKey> {
    let (_, certificate) = X509Certificate::from_der(certificate.der()).ok()?;
    let key = PublicEncryptingKey::from_der(certificate.public_key().raw).ok()?;
    OaepPublicEncryptingKey::new(key).ok()
}
