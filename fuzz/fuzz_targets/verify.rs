//! Verification: with our keys trusted, nothing is accepted but what our keys signed, to the octet.
#![no_main]

use std::sync::LazyLock;

use landfall_xmldsig::{
    AlgorithmPolicy, C14nMethod, Certificate, Document, Limits, TrustedKeys, Verifier, XMLDSIG_NAMESPACE,
};
use libfuzzer_sys::fuzz_target;

/// Everything that the keys ever signed.
const SIGNED: [&str; 4] = [
    include_str!("../seeds/verify/rsa.xml"),
    include_str!("../seeds/verify/p256.xml"),
    include_str!("../seeds/verify/p384.xml"),
    include_str!("../seeds/verify/both.xml"),
];

static KEYS: LazyLock<TrustedKeys> = LazyLock::new(|| {
    let keys = [
        include_str!("../../crates/xmldsig/tests/keys/signer.crt.pem"),
        include_str!("../../crates/xmldsig/tests/keys/p256.crt.pem"),
        include_str!("../../crates/xmldsig/tests/keys/p384.crt.pem"),
    ];
    TrustedKeys::new(keys.map(|pem| Certificate::from_pem(pem).unwrap())).unwrap()
});

static GENUINE: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    let octets: Vec<_> = SIGNED.iter().flat_map(|xml| accepted(xml.as_bytes())).collect();
    assert_eq!(octets.len(), SIGNED.len() + 1, "each seed is accepted, one of them twice");
    octets
});

fuzz_target!(|bytes: &[u8]| {
    for octets in accepted(bytes) {
        assert!(GENUINE.contains(&octets), "accepted: {}", String::from_utf8_lossy(&octets));
    }
});

/// The octets of each element whose signature is accepted, under a policy as open as there is.
fn accepted(bytes: &[u8]) -> Vec<Vec<u8>> {
    let Ok(document) = Document::parse(bytes, &Limits::message()) else { return Vec::new() };
    let policy =
        AlgorithmPolicy::strict().danger_allow_sha1().danger_allow_short_rsa().danger_allow_empty_reference();
    let policy = C14nMethod::ALL.into_iter().fold(policy, AlgorithmPolicy::danger_allow_c14n);
    let verifier = Verifier::new(&KEYS, policy);
    let signatures = document.root().descendants().filter(|one| one.is(XMLDSIG_NAMESPACE, "Signature"));
    let signed = signatures.filter_map(|signature| signature.parent());
    signed.filter_map(|element| verifier.verify(element).ok()).map(|xml| xml.octets().to_vec()).collect()
}
