//! Bad input: whatever is wrong with a ciphertext or a key, the answer is one.

use landfall_xmldsig::{
    ContentAlgorithm, DecryptError, Decrypter, Document, EncryptionPolicy, Limits, decode_base64,
    encode_base64,
};

use super::{CONTENTS, around, decrypt, decrypt_with, decryption_keys, encrypted_for};

/// The octets of the first or last CipherValue, changed.
fn changed(message: &str, of_key: bool, change: impl FnOnce(&mut Vec<u8>)) -> String {
    let open = "<xenc:CipherValue>";
    let start = if of_key { message.find(open) } else { message.rfind(open) }.unwrap() + open.len();
    let end = start + message[start..].find('<').unwrap();
    let mut octets = decode_base64(&message[start..end]).unwrap();
    change(&mut octets);
    [&message[..start], &encode_base64(&octets), &message[end..]].concat()
}

/// [xmlenc-core1 5.2.4]
#[test]
fn c21_a_content_cut_at_any_length_fails() {
    for content in [ContentAlgorithm::Aes256Gcm, ContentAlgorithm::Aes256Cbc] {
        let message = encrypted_for(&["signer"], content);
        let mut length = 0;
        changed(&message, false, |octets| length = octets.len());
        for left in (0..80).chain(length - 40..length) {
            let message = changed(&message, false, |octets| octets.truncate(left));
            assert_eq!(decrypt(&message).unwrap_err(), DecryptError::Failed, "{content:?} {left}");
        }
    }
}

#[test]
fn c20_a_key_cut_at_any_length_fails() {
    let message = encrypted_for(&["signer"], ContentAlgorithm::Aes256Gcm);
    for left in 0..256 {
        let message = changed(&message, true, |octets| octets.truncate(left));
        assert_eq!(decrypt(&message).unwrap_err(), DecryptError::Failed, "{left}");
    }
    let longer = changed(&message, true, |octets| octets.push(0));
    assert_eq!(decrypt(&longer).unwrap_err(), DecryptError::Failed);
}

#[test]
fn c21_each_octet_of_an_authenticated_content_counts() {
    let message = encrypted_for(&["signer"], ContentAlgorithm::Aes128Gcm);
    let mut length = 0;
    changed(&message, false, |octets| length = octets.len());
    for at in (0..length).step_by(7).chain(length - 16..length) {
        let message = changed(&message, false, |octets| octets[at] ^= 1);
        assert_eq!(decrypt(&message).unwrap_err(), DecryptError::Failed, "{at}");
    }
}

#[test]
fn c19_vector_padding_and_blocks_fail_alike() {
    let message = encrypted_for(&["signer"], ContentAlgorithm::Aes128Cbc);
    assert!(decrypt(&message).is_ok());
    // The first octet of the element; the last octet of the padding, by its vector; a block that ends within.
    for (what, at) in [("vector", 0), ("padding", 1), ("block", 2)] {
        let message = changed(&message, false, |octets| {
            let last = octets.len() - 1;
            match at {
                0 => octets[0] ^= 1,
                1 => octets[last - 16] ^= 0x80,
                _ => octets.truncate(last),
            }
        });
        assert_eq!(decrypt(&message).unwrap_err(), DecryptError::Failed, "{what}");
    }
}

#[test]
fn c20_a_key_of_another_length_than_the_content_needs_fails() {
    for content in CONTENTS {
        for other in CONTENTS.into_iter().filter(|other| *other != content) {
            let message = encrypted_for(&["signer"], content).replacen(content.uri(), other.uri(), 1);
            assert_eq!(decrypt(&message).unwrap_err(), DecryptError::Failed, "{content:?} as {other:?}");
        }
    }
}

#[test]
fn c20_a_wrong_key_and_an_altered_one_fail_alike() {
    let message = encrypted_for(&["other"], ContentAlgorithm::Aes256Gcm);
    let wrong = decrypt(&message).unwrap_err();
    let altered =
        changed(&encrypted_for(&["signer"], ContentAlgorithm::Aes256Gcm), true, |octets| octets[100] ^= 1);
    assert_eq!((wrong, decrypt(&altered).unwrap_err()), (DecryptError::Failed, DecryptError::Failed));
}

#[test]
fn d8_few_pairs_of_keys_are_tried() {
    let names = ["other"; 7];
    let recipients = |others: usize| {
        let mut all = names[..others].to_vec();
        all.push("signer");
        encrypted_for(&all, ContentAlgorithm::Aes256Gcm)
    };
    assert!(decrypt(&recipients(7)).is_ok());
    let policy = EncryptionPolicy::standard();
    assert!(decrypt_with(&recipients(3), &["signer", "other"], policy).is_ok());
    let error = decrypt_with(&recipients(4), &["signer", "other"], policy).unwrap_err();
    assert_eq!(error, DecryptError::TooManyKeys { found: 10, most: 8 });

    // All elements of one message together, those that fail too.
    let keys = decryption_keys(&["signer"]);
    let mut decrypter = Decrypter::new(&keys, policy);
    for (others, expected) in
        [(4, None), (1, None), (1, Some(DecryptError::TooManyKeys { found: 9, most: 8 }))]
    {
        let message = recipients(others);
        let document = Document::parse(message.as_bytes(), &Limits::message()).unwrap();
        let decrypted = decrypter.decrypt(around(&document), &Limits::message());
        assert_eq!(decrypted.err(), expected);
    }
}
