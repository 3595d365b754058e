//! libxmlsec1 is asked about messages that were verified, and about ones that were changed since.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use landfall_xmldsig::{
    AlgorithmPolicy, C14nMethod, Certificate, ContentAlgorithm, Decrypter, DecryptionKey, DecryptionKeys,
    Document, EncryptionPolicy, KeyTransport, Limits, Opinion, Question, SecondOpinion, SignaturePlace,
    SignedXml, Signer, SigningKey, TrustedKeys, Verifier, encrypt,
};
use landfall_xmldsig_xmlsec::Xmlsec;

const KEYS: [(&str, &str, &str); 5] = [
    (
        "signer",
        include_str!("../../../xmldsig/tests/keys/signer.crt.pem"),
        include_str!("../../../xmldsig/tests/keys/signer.key.pem"),
    ),
    (
        "other",
        include_str!("../../../xmldsig/tests/keys/other.crt.pem"),
        include_str!("../../../xmldsig/tests/keys/other.key.pem"),
    ),
    (
        "p256",
        include_str!("../../../xmldsig/tests/keys/p256.crt.pem"),
        include_str!("../../../xmldsig/tests/keys/p256.key.pem"),
    ),
    (
        "p384",
        include_str!("../../../xmldsig/tests/keys/p384.crt.pem"),
        include_str!("../../../xmldsig/tests/keys/p384.key.pem"),
    ),
    (
        "p521",
        include_str!("../../../xmldsig/tests/keys/p521.crt.pem"),
        include_str!("../../../xmldsig/tests/keys/p521.key.pem"),
    ),
];

/// Keys whose signatures libxmlsec1 does not know.
const UNKNOWN: [(&str, &str, &str); 2] = [
    (
        "pss",
        include_str!("../../../xmldsig/tests/keys/pss.crt.pem"),
        include_str!("../../../xmldsig/tests/keys/pss.key.pem"),
    ),
    (
        "ed25519",
        include_str!("../../../xmldsig/tests/keys/ed25519.crt.pem"),
        include_str!("../../../xmldsig/tests/keys/ed25519.key.pem"),
    ),
];

const MESSAGE: &str = r#"<r:Response xmlns:r="urn:oasis:names:tc:SAML:2.0:protocol" ID="r1" Text="a&#10;&lt;&#x20AC;"><a:Assertion xmlns:a="urn:assertion" xmlns:unused="urn:unused" ID="a1"><!-- left out --><a:To
  b='2' a="1">B.Simon &amp; <![CDATA[<others>]]></a:To></a:Assertion></r:Response>"#;

fn certificate(name: &str) -> Certificate {
    let (_, certificate, _) = KEYS.iter().chain(&UNKNOWN).find(|(known, ..)| *known == name).unwrap();
    Certificate::from_pem(certificate).unwrap()
}

fn keys(names: &[&str]) -> TrustedKeys {
    TrustedKeys::new(names.iter().map(|name| certificate(name))).unwrap()
}

/// Signs one element of a message.
fn sign(message: &str, id: &str, name: &str) -> String {
    let (_, _, key) = KEYS.iter().chain(&UNKNOWN).find(|(known, ..)| *known == name).unwrap();
    let key = SigningKey::from_pem(key, certificate(name)).unwrap();
    key.sign_element(message, id, SignaturePlace::First).unwrap()
}

/// What the first engine makes of these elements, the outermost first.
fn verified(message: &str, ids: &[&str], keys: &TrustedKeys) -> Vec<SignedXml> {
    let document = Document::parse(message.as_bytes(), &Limits::message()).unwrap();
    let verifier = Verifier::new(keys, AlgorithmPolicy::strict());
    ids.iter().map(|id| verifier.verify(document.element_by_id(id).unwrap()).unwrap()).collect()
}

/// The opinion on a message that the first engine believes.
fn opinion(message: &str, ids: &[&str], names: &[&str]) -> Opinion {
    let keys = keys(names);
    let signed = verified(message, ids, &keys);
    Xmlsec.judge(&Question { document: message.as_bytes(), keys: &keys, signed: &signed })
}

#[track_caller]
fn disagrees(opinion: &Opinion, word: &str) {
    assert!(matches!(opinion, Opinion::Disagree { found } if found.contains(word)), "{opinion:?}");
}

#[test]
fn it_agrees_on_each_kind_of_key_and_each_element() {
    for (name, ..) in KEYS {
        for id in ["r1", "a1"] {
            assert_eq!(opinion(&sign(MESSAGE, id, name), &[id], &[name]), Opinion::Agree, "{name} {id}");
        }
    }
}

#[test]
fn it_agrees_on_each_canonicalization() {
    let every = C14nMethod::ALL.into_iter();
    let every = every.fold(AlgorithmPolicy::strict(), AlgorithmPolicy::danger_allow_c14n);
    let keys = keys(&["p256"]);
    for message in [
        include_str!("../../../xmldsig/tests/data/c14n-exclusive-comments.xml"),
        include_str!("../../../xmldsig/tests/data/c14n-implied.xml"),
        include_str!("../../../xmldsig/tests/data/c14n-inclusive10.xml"),
        include_str!("../../../xmldsig/tests/data/c14n-inclusive10-comments.xml"),
        include_str!("../../../xmldsig/tests/data/c14n-inclusive11.xml"),
        include_str!("../../../xmldsig/tests/data/c14n-inclusive11-comments.xml"),
    ] {
        let document = Document::parse(message.as_bytes(), &Limits::message()).unwrap();
        let signed = Verifier::new(&keys, every).verify(document.element_by_id("_a1").unwrap()).unwrap();
        let question = Question { document: message.as_bytes(), keys: &keys, signed: &[signed] };
        assert_eq!(Xmlsec.judge(&question), Opinion::Agree, "{message}");
    }
}

#[test]
fn where_both_are_signed_both_are_judged() {
    let both = sign(&sign(MESSAGE, "a1", "signer"), "r1", "signer");
    assert_eq!(opinion(&both, &["r1", "a1"], &["signer"]), Opinion::Agree);
    let by_two = sign(&sign(MESSAGE, "a1", "other"), "r1", "signer");
    assert_eq!(opinion(&by_two, &["r1", "a1"], &["signer", "other"]), Opinion::Agree);
}

/// What was decrypted is a document of its own; in the message around it nothing is signed.
#[test]
fn what_was_encrypted_is_judged_where_its_signature_stands() {
    let assertion = sign(
        r#"<a:Assertion xmlns:a="urn:assertion" ID="a1"><a:To>B.Simon</a:To></a:Assertion>"#,
        "a1",
        "other",
    );
    let (content, transport) = (ContentAlgorithm::Aes256Gcm, KeyTransport::RsaOaepSha1);
    let data = encrypt(&assertion, &[certificate("signer")], content, transport).unwrap();
    let message =
        format!("<r:Response xmlns:r=\"urn:oasis:names:tc:SAML:2.0:protocol\" ID=\"r1\">{data}</r:Response>");
    let own = DecryptionKeys::new([DecryptionKey::from_pem(KEYS[0].2).unwrap()]).unwrap();
    let document = Document::parse(message.as_bytes(), &Limits::message()).unwrap();
    let mut decrypter = Decrypter::new(&own, EncryptionPolicy::standard());
    let decrypted = decrypter.decrypt(document.root(), &Limits::message()).unwrap();
    let inside = str::from_utf8(decrypted.octets()).unwrap();
    assert_eq!(opinion(inside, &["a1"], &["other"]), Opinion::Agree);

    let keys = keys(&["other"]);
    let signed = verified(inside, &["a1"], &keys);
    let around = Question { document: message.as_bytes(), keys: &keys, signed: &signed };
    disagrees(&Xmlsec.judge(&around), "does not hold");
}

#[test]
fn during_a_rollover_keys_of_all_kinds_are_trusted() {
    let all = ["p384", "ed25519", "other", "pss", "p256", "p521", "signer"];
    for (name, ..) in KEYS {
        assert_eq!(opinion(&sign(MESSAGE, "a1", name), &["a1"], &all), Opinion::Agree, "{name}");
    }
}

#[test]
fn algorithms_that_it_does_not_know_are_inconclusive() {
    for (name, ..) in UNKNOWN {
        let alone = opinion(&sign(MESSAGE, "a1", name), &["a1"], &[name]);
        let with_known = sign(&sign(MESSAGE, "a1", name), "r1", "signer");
        let with_known = opinion(&with_known, &["r1", "a1"], &["signer", name]);
        for opinion in [alone, with_known] {
            assert!(
                matches!(opinion, Opinion::Inconclusive { reason } if reason.contains("neither RSA-PSS"))
            );
        }
    }
}

#[test]
fn what_it_cannot_judge_is_inconclusive() {
    let by_two_kinds = sign(&sign(MESSAGE, "a1", "p256"), "r1", "signer");
    let of_two_kinds = opinion(&by_two_kinds, &["r1", "a1"], &["signer", "p256"]);
    assert!(matches!(of_two_kinds, Opinion::Inconclusive { reason } if reason.contains("different kinds")));

    let advice = r#"<Advice><Assertion ID="x1"> </Assertion></Advice>"#;
    let signed_advice = MESSAGE.replace("<!-- left out -->", &sign(advice, "x1", "other"));
    let signed_advice = opinion(&sign(&signed_advice, "a1", "signer"), &["a1"], &["signer"]);
    assert!(matches!(signed_advice, Opinion::Inconclusive { reason } if reason.contains("a signature that")));
}

#[test]
fn it_refuses_what_differs() {
    let keys = keys(&["signer"]);
    let message = sign(MESSAGE, "a1", "signer");
    let signed = verified(&message, &["a1"], &keys);
    let judge = |message: &str, signed: &[SignedXml], keys| {
        Xmlsec.judge(&Question { document: message.as_bytes(), keys, signed })
    };
    assert_eq!(judge(&message, &signed, &keys), Opinion::Agree);
    // A value, the signature value, another signer.
    disagrees(&judge(&message.replace("B.Simon", "E.Musk"), &signed, &keys), "does not hold");
    let value = message.find("<ds:SignatureValue>").unwrap() + "<ds:SignatureValue>".len();
    let mut other_value = message.clone();
    let first = if message.as_bytes().get(value) == Some(&b'A') { "B" } else { "A" };
    other_value.replace_range(value..=value, first);
    disagrees(&judge(&other_value, &signed, &keys), "does not hold");
    disagrees(&judge(&sign(MESSAGE, "a1", "other"), &signed, &keys), "does not hold");
    // Genuine, and another one than was believed.
    let other = sign(&MESSAGE.replace("B.Simon", "E.Musk"), "a1", "signer");
    disagrees(&judge(&other, &signed, &keys), "other octets");
    let other_element = sign(MESSAGE, "r1", "signer");
    disagrees(&judge(&other_element, &signed, &keys), "other octets");
    // Nothing signed, nothing readable.
    disagrees(&judge(MESSAGE, &signed, &keys), "does not hold");
    disagrees(&judge("<a", &signed, &keys), "line 1");
    disagrees(&judge(&message, &[], &keys), "no signature");
}
