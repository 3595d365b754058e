//! Whatever stands in an encrypted element, decrypting ends; what it yields is one element that is complete by itself,
//! and, where the content is authenticated, one that was encrypted.
#![no_main]

use std::sync::LazyLock;

use landfall_xmldsig::{
    DecryptError, Decrypter, DecryptionKey, DecryptionKeys, Document, EncryptionPolicy, Limits,
    XMLENC_NAMESPACE,
};
use libfuzzer_sys::fuzz_target;

/// Everything that was ever encrypted for the key with a content that is authenticated.
const ENCRYPTED: [&str; 2] =
    [include_str!("../seeds/decrypt/gcm.xml"), include_str!("../seeds/decrypt/beside.xml")];

static KEYS: LazyLock<DecryptionKeys> = LazyLock::new(|| {
    let pem = include_str!("../../crates/xmldsig/tests/keys/signer.key.pem");
    DecryptionKeys::new([DecryptionKey::from_pem(pem).unwrap()]).unwrap()
});

static GENUINE: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    let octets: Vec<_> = ENCRYPTED.iter().flat_map(|xml| decrypted(xml.as_bytes())).collect();
    assert_eq!(octets.len(), ENCRYPTED.len(), "each seed is decrypted");
    octets.into_iter().map(|(octets, _)| octets).collect()
});

fuzz_target!(|bytes: &[u8]| {
    if let Some((octets, authenticated)) = decrypted(bytes) {
        let document = Document::parse(&octets, &Limits::message()).expect("complete by itself");
        assert_eq!(document.root().range(), 0..octets.len());
        // The context, which is not encrypted, adds declarations to the start tag.
        let content =
            |octets: &[u8]| octets.iter().position(|byte| *byte == b'>').map(|at| octets[at..].to_vec());
        let genuine = GENUINE.iter().any(|genuine| content(genuine) == content(&octets));
        assert!(genuine || !authenticated, "decrypted: {}", String::from_utf8_lossy(&octets));
    }
});

/// What the first encrypted element yields, and whether its content was authenticated; each costs the arithmetic of RSA.
fn decrypted(bytes: &[u8]) -> Option<(Vec<u8>, bool)> {
    let document = Document::parse(bytes, &Limits::message()).ok()?;
    let mut elements = document.root().descendants();
    let parent = elements.find(|one| one.is(XMLENC_NAMESPACE, "EncryptedData"))?.parent()?;
    let mut decrypter = Decrypter::new(&KEYS, EncryptionPolicy::standard());
    match decrypter.decrypt(parent, &Limits::message()) {
        Ok(xml) => Some((xml.octets().to_vec(), xml.algorithm().is_authenticated())),
        Err(DecryptError::Failed) => None,
        Err(error) => {
            assert!(!error.code().is_empty() && !error.to_string().is_empty());
            None
        }
    }
}
