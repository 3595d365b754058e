//! Both engines on one document: what is signed and left as it is both accept, and on what is changed they do not part.
//!
//! An input that begins with `<` is a document, of which both make the same canonical octets.
//! Any other chooses a key, who signs, a document and damages to it.
#![no_main]

use std::sync::LazyLock;

use landfall_differential::{
    Choices, ID, Key, damage, divergence, exception, fixed_keys, message, same_octets, sign, template,
    why_not_given,
};
use landfall_xmldsig::{Document, Limits, SignaturePlace, Signer};
use libfuzzer_sys::fuzz_target;

static KEYS: LazyLock<Vec<Key>> = LazyLock::new(|| fixed_keys().unwrap());

fuzz_target!(|bytes: &[u8]| if bytes.starts_with(b"<") { octets(bytes) } else { verdicts(bytes) });

fn octets(bytes: &[u8]) {
    let Ok(document) = Document::parse(bytes, &Limits::message()) else { return };
    if why_not_given(&document).is_some() || exception(&document).is_some() {
        return;
    }
    let same = same_octets(&document, &KEYS[0]);
    assert!(same.is_ok(), "{same:?}: {:?}", document.source());
}

fn verdicts(bytes: &[u8]) {
    let (how, bytes) = bytes.split_at(bytes.len().min(24));
    let (mut how, mut choices) = (Choices::new(how), Choices::new(bytes));
    let key = &KEYS[how.below(KEYS.len())];
    let ours = how.once_in(2);
    let template = template(&mut choices, &key.algorithms());
    let message = message(&mut choices);
    let signed = if ours {
        key.ours.sign_element(&message.text(), ID, SignaturePlace::First).unwrap()
    } else {
        sign(&message.with(&template), &key.theirs).unwrap()
    };
    let mut text = signed.into_bytes();
    loop {
        let parted = divergence(&text, &key.trusted);
        assert_eq!(parted, None, "{}", key.name);
        let Ok(before) = std::str::from_utf8(&text) else { return };
        if how.are_made() {
            return;
        }
        text = damage(&mut how, before);
    }
}
