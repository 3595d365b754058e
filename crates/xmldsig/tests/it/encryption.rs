//! Encrypted elements: each algorithm, other implementations, bad input.

mod foreign;
mod form;
mod hostile;
mod round;

use landfall_xmldsig::{
    ContentAlgorithm, DecryptError, DecryptedXml, Decrypter, DecryptionKey, DecryptionKeys, Document,
    Element, EncryptionPolicy, KeyTransport, Limits, XMLENC_NAMESPACE, encrypt,
};

use crate::{ASSERTION, certificate};

const CONTENTS: [ContentAlgorithm; 6] = [
    ContentAlgorithm::Aes128Gcm,
    ContentAlgorithm::Aes192Gcm,
    ContentAlgorithm::Aes256Gcm,
    ContentAlgorithm::Aes128Cbc,
    ContentAlgorithm::Aes192Cbc,
    ContentAlgorithm::Aes256Cbc,
];

fn decryption_key(name: &str) -> DecryptionKey {
    DecryptionKey::from_pem(match name {
        "signer" => include_str!("../keys/signer.key.pem"),
        "other" => include_str!("../keys/other.key.pem"),
        _ => panic!("no key {name}"),
    })
    .unwrap()
}

fn decryption_keys(names: &[&str]) -> DecryptionKeys {
    DecryptionKeys::new(names.iter().map(|name| decryption_key(name))).unwrap()
}

/// The first element of a message that stands around an EncryptedData.
fn around<'d>(document: &'d Document<'d>) -> Element<'d> {
    let data = document.root().descendants().find(|element| element.is(XMLENC_NAMESPACE, "EncryptedData"));
    data.and_then(|data| data.parent()).expect("something is encrypted in it")
}

fn decrypt_with(
    message: &str,
    names: &[&str],
    policy: EncryptionPolicy,
) -> Result<DecryptedXml, DecryptError> {
    let document = Document::parse(message.as_bytes(), &Limits::message()).unwrap();
    Decrypter::new(&decryption_keys(names), policy).decrypt(around(&document), &Limits::message())
}

/// With the key of `signer`.
fn decrypt(message: &str) -> Result<DecryptedXml, DecryptError> {
    decrypt_with(message, &["signer"], EncryptionPolicy::standard())
}

fn encrypted_for(names: &[&str], content: ContentAlgorithm) -> String {
    let recipients: Vec<_> = names.iter().map(|name| certificate(name)).collect();
    let data = encrypt(ASSERTION.trim(), &recipients, content, KeyTransport::RsaOaepSha1).unwrap();
    format!("<secret>{data}</secret>")
}
