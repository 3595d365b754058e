//! How much heap a verification takes at its highest, in multiples of the message; more than four times fails.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a benchmark tells, and ends by panicking"
)]

use landfall_benches::{Signed, certificate, decryption_keys, encrypted, response};
use landfall_xmldsig::{
    AlgorithmPolicy, Decrypter, DecryptionKeys, Document, Element, EncryptionPolicy, Limits, TrustedKeys,
    Verifier,
};
use peak_alloc::PeakAlloc;

#[global_allocator]
static HEAP: PeakAlloc = PeakAlloc;

/// Times the message.
const MOST: f64 = 4.0;

/// What a message is called, and how many groups it has: the last is nearly as large as a message may be.
const SIZES: [(&str, usize); 4] = [("6KB", 10), ("150-groups", 150), ("1000-groups", 1000), ("256KiB", 3600)];
/// Encrypted, a message is longer by a third.
const ENCRYPTED_SIZES: [(&str, usize); 4] =
    [("6KB", 10), ("150-groups", 150), ("1000-groups", 1000), ("256KiB", 2650)];

fn main() {
    let trusted = TrustedKeys::new([certificate().unwrap()]).unwrap();
    let own = decryption_keys().unwrap();
    for (name, groups) in SIZES {
        let message = response(groups, Signed::Assertion).unwrap();
        tell("verify", name, &message, || verify(&message, &trusted));
    }
    for (name, groups) in ENCRYPTED_SIZES {
        let message = encrypted(groups).unwrap();
        tell("decrypt and verify", name, &message, || decrypt(&message, &own, &trusted));
    }
}

/// Measures the second of two passes: what the first one leaves behind for good is no part of a verification.
fn tell(what: &str, name: &str, message: &str, pass: impl Fn()) {
    pass();
    HEAP.reset_peak_usage();
    let before = HEAP.current_usage();
    pass();
    let peak = HEAP.peak_usage() - before;
    let bytes = message.len();
    // Both are far below 2^52.
    #[expect(clippy::cast_precision_loss, reason = "both are far below 2^52")]
    let times = peak as f64 / bytes as f64;
    println!("{what:<18} {name:<11} {bytes:>6} bytes, at most {peak:>7} on the heap: {times:.2} x");
    assert!(times <= MOST, "more than {MOST} times the message");
}

fn verify(message: &str, keys: &TrustedKeys) {
    let document = Document::parse(message.as_bytes(), &Limits::message()).unwrap();
    let signed =
        Verifier::new(keys, AlgorithmPolicy::strict()).verify(child(&document, "Assertion")).unwrap();
    assert!(!signed.octets().is_empty());
}

fn decrypt(message: &str, own: &DecryptionKeys, keys: &TrustedKeys) {
    let document = Document::parse(message.as_bytes(), &Limits::message()).unwrap();
    let mut decrypter = Decrypter::new(own, EncryptionPolicy::standard());
    let decrypted = decrypter.decrypt(child(&document, "EncryptedAssertion"), &Limits::message()).unwrap();
    let document = Document::parse(decrypted.octets(), &Limits::message()).unwrap();
    let signed = Verifier::new(keys, AlgorithmPolicy::strict()).verify(document.root()).unwrap();
    assert!(!signed.octets().is_empty());
}

fn child<'d>(document: &'d Document<'d>, name: &str) -> Element<'d> {
    document.root().elements().find(|element| element.local_name() == name).unwrap()
}
