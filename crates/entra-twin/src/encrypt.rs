//! Encrypted assertions, by OpenSSL: the bindings of libxmlsec1 do not encrypt.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use openssl::error::ErrorStack;
use openssl::rand::rand_bytes;
use openssl::rsa::Padding;
use openssl::symm::{Cipher, encrypt};

use crate::element::{ASSERTION, XMLDSIG};
use crate::{Certificate, SignError};

const XMLENC: &str = "http://www.w3.org/2001/04/xmlenc#";

/// The `EncryptedAssertion` around an assertion [saml-core 2.3.4].
///
/// AES-256 is Microsoft's word; that it is CBC, with the key by RSA-OAEP as xmlenc 1.0 has it, is the double's choice,
/// and so is the place of the key inside of the KeyInfo.
///
/// # Errors
/// [`SignError::Key`] if the certificate has no RSA key.
pub(crate) fn assertion(xml: &str, certificate: &Certificate) -> Result<String, SignError> {
    let (key, content) = sealed(xml.as_bytes(), certificate).map_err(SignError::from_openssl)?;
    let (key, content) = (STANDARD.encode(key), STANDARD.encode(content));
    Ok(format!(
        "<EncryptedAssertion xmlns=\"{ASSERTION}\">\
         <xenc:EncryptedData Type=\"{XMLENC}Element\" xmlns:xenc=\"{XMLENC}\">\
         <xenc:EncryptionMethod Algorithm=\"{XMLENC}aes256-cbc\"/><KeyInfo xmlns=\"{XMLDSIG}\"><xenc:EncryptedKey>\
         <xenc:EncryptionMethod Algorithm=\"{XMLENC}rsa-oaep-mgf1p\"><DigestMethod Algorithm=\"{XMLDSIG}sha1\"/>\
         </xenc:EncryptionMethod><xenc:CipherData><xenc:CipherValue>{key}</xenc:CipherValue></xenc:CipherData>\
         </xenc:EncryptedKey></KeyInfo><xenc:CipherData><xenc:CipherValue>{content}</xenc:CipherValue>\
         </xenc:CipherData></xenc:EncryptedData></EncryptedAssertion>"
    ))
}

/// The key for this one text, encrypted, and the text, with its vector before it.
fn sealed(text: &[u8], certificate: &Certificate) -> Result<(Vec<u8>, Vec<u8>), ErrorStack> {
    let (mut key, mut vector) = ([0; 32], [0; 16]);
    rand_bytes(&mut key)?;
    rand_bytes(&mut vector)?;
    let mut content = vector.to_vec();
    content.extend(encrypt(Cipher::aes_256_cbc(), &key, Some(&vector), text)?);
    let rsa = certificate.x509()?.public_key()?.rsa()?;
    let mut wrapped = vec![0; rsa.size() as usize];
    let length = rsa.public_encrypt(&key, &mut wrapped, Padding::PKCS1_OAEP)?;
    wrapped.truncate(length);
    Ok((wrapped, content))
}
