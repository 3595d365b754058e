//! What we encrypt ourselves.

use landfall_xmldsig::{
    AlgorithmPolicy, ContentAlgorithm, Decrypter, DecryptionKey, DecryptionKeyError, DecryptionKeys,
    Document, EncryptError, EncryptionPolicy, KeyTransport, Limits, TrustedKeys, Verifier, encrypt,
};

use super::{CONTENTS, around, decrypt, decrypt_with, decryption_key, decryption_keys, encrypted_for};
use crate::{ASSERTION, certificate, signed};

/// [xmlenc-core1 5.2, 5.5]
#[test]
fn each_pair_of_algorithms_comes_back() {
    let transports = [
        KeyTransport::RsaOaepSha1,
        KeyTransport::RsaOaepSha256,
        KeyTransport::RsaOaepSha384,
        KeyTransport::RsaOaepSha512,
    ];
    for content in CONTENTS {
        for transport in transports {
            let data = encrypt(ASSERTION.trim(), &[certificate("signer")], content, transport).unwrap();
            assert!(!data.contains("B.Simon"));
            let decrypted = decrypt(&format!("<secret>{data}</secret>")).unwrap();
            assert_eq!(decrypted.octets(), ASSERTION.trim().as_bytes(), "{content:?} {transport:?}");
            assert_eq!(decrypted.algorithm(), content);
        }
    }
}

#[test]
fn each_length_comes_back() {
    for length in 0..40 {
        let element = format!("<a>{}</a>", "x".repeat(length));
        for content in [ContentAlgorithm::Aes256Gcm, ContentAlgorithm::Aes256Cbc] {
            let data =
                encrypt(&element, &[certificate("signer")], content, KeyTransport::RsaOaepSha1).unwrap();
            assert_eq!(decrypt(&format!("<s>{data}</s>")).unwrap().octets(), element.as_bytes());
        }
    }
}

#[test]
fn each_recipient_reads_it_and_a_stranger_does_not() {
    let message = encrypted_for(&["signer", "other"], ContentAlgorithm::Aes256Gcm);
    for name in ["signer", "other"] {
        assert!(decrypt_with(&message, &[name], EncryptionPolicy::standard()).is_ok(), "{name}");
    }
    let message = encrypted_for(&["other"], ContentAlgorithm::Aes256Gcm);
    assert_eq!(decrypt(&message).unwrap_err().code(), "encryption.failed");
}

#[test]
fn the_former_key_still_reads_during_a_rollover() {
    let message = encrypted_for(&["other"], ContentAlgorithm::Aes256Cbc);
    for names in [["signer", "other"], ["other", "signer"]] {
        assert!(decrypt_with(&message, &names, EncryptionPolicy::standard()).is_ok());
    }
}

#[test]
fn keys_are_some_and_few() {
    let keys = |count| DecryptionKeys::new((0..count).map(|_| decryption_key("signer")));
    assert_eq!(keys(0).unwrap_err(), DecryptionKeyError::None);
    assert!(keys(4).is_ok());
    assert_eq!(keys(5).unwrap_err(), DecryptionKeyError::TooMany { most: 4 });
}

#[test]
fn c10_keys_are_rsa_and_long_enough() {
    for pem in [
        include_str!("../../keys/p256.key.pem"),
        include_str!("../../keys/short.key.pem"),
        include_str!("../../keys/signer.crt.pem"),
        "",
    ] {
        assert_eq!(DecryptionKey::from_pem(pem).unwrap_err(), DecryptionKeyError::Key);
    }
}

#[test]
fn a_key_in_pkcs1_is_the_same_key() {
    let key = DecryptionKey::from_pem(include_str!("../../keys/signer.pkcs1.pem")).unwrap();
    let message = encrypted_for(&["signer"], ContentAlgorithm::Aes256Gcm);
    let document = Document::parse(message.as_bytes(), &Limits::message()).unwrap();
    let keys = DecryptionKeys::new([key]).unwrap();
    let mut decrypter = Decrypter::new(&keys, EncryptionPolicy::standard());
    assert!(decrypter.decrypt(around(&document), &Limits::message()).is_ok());
}

#[test]
fn c6_a_decrypted_element_is_verified_like_any_other() {
    let signed = signed().trim().to_owned();
    let trusted = TrustedKeys::new([certificate("signer")]).unwrap();
    let data =
        encrypt(&signed, &[certificate("other")], ContentAlgorithm::Aes256Cbc, KeyTransport::RsaOaepSha1);
    let message = format!("<secret>{}</secret>", data.unwrap());
    let decrypted = decrypt_with(&message, &["other"], EncryptionPolicy::standard()).unwrap();
    let document = Document::parse(decrypted.octets(), &Limits::message()).unwrap();
    let verifier = Verifier::new(&trusted, AlgorithmPolicy::strict());
    assert_eq!(
        verifier.verify(document.root()).unwrap().octets(),
        crate::verify(&signed, &["signer"]).unwrap().octets()
    );

    let unsigned = decrypt(&encrypted_for(&["signer"], ContentAlgorithm::Aes256Cbc)).unwrap();
    let document = Document::parse(unsigned.octets(), &Limits::message()).unwrap();
    assert_eq!(verifier.verify(document.root()).unwrap_err().code(), "signature.missing");
}

#[test]
fn nothing_is_encrypted_for_nobody_or_with_a_bad_key() {
    let encrypt = |element: &str, names: &[&str]| {
        let recipients: Vec<_> = names.iter().map(|name| certificate(name)).collect();
        encrypt(element, &recipients, ContentAlgorithm::Aes256Gcm, KeyTransport::RsaOaepSha256)
    };
    assert!(encrypt("<a/>", &["signer"]).is_ok());
    assert!(matches!(encrypt("<a/>", &[]), Err(EncryptError::NoRecipient)));
    for name in ["p256", "short"] {
        assert!(matches!(encrypt("<a/>", &["signer", name]), Err(EncryptError::Recipient { .. })), "{name}");
    }
    assert!(matches!(encrypt("<a/> ", &["signer"]), Err(EncryptError::Element)));
    assert!(matches!(encrypt("<p:a/>", &["signer"]), Err(EncryptError::Document(_))));
}

#[test]
fn nothing_secret_is_printed() {
    let decrypted = decrypt(&encrypted_for(&["signer"], ContentAlgorithm::Aes256Gcm)).unwrap();
    let bytes = decrypted.octets().len();
    assert_eq!(format!("{decrypted:?}"), format!("DecryptedXml {{ algorithm: Aes256Gcm, bytes: {bytes} }}"));
    let keys = format!("{:?}", decryption_keys(&["signer"]));
    assert_eq!(keys, "DecryptionKeys { keys: [DecryptionKey { bits: 2048, .. }] }");
}
