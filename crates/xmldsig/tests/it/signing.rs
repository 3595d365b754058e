//! What we sign.

use landfall_xmldsig::{
    Certificate, Document, Limits, SignError, SignatureAlgorithm, SignaturePlace, Signer, SigningKey,
};

use crate::{ASSERTION, certificate, key, verify};

#[test]
fn each_kind_of_key_signs_and_verifies() {
    for name in ["signer", "p256", "p384", "p521", "ed25519", "pss"] {
        for place in [SignaturePlace::First, SignaturePlace::Second] {
            let signed = key(name).sign_element(ASSERTION, "_a1", place).unwrap();
            let xml = verify(&signed, &["other", name]).unwrap();
            assert_eq!(xml.signer(), certificate(name).fingerprint());
            assert_eq!(xml.algorithm(), key(name).algorithm());
        }
    }
}

/// First in metadata, and behind the Issuer in messages and assertions [saml-metadata 2.3.2], [saml-core 2.3.3, 3.2.1].
#[test]
fn a_signature_has_its_place() {
    for (place, expected) in [
        (SignaturePlace::First, ["Signature", "Issuer", "Subject"]),
        (SignaturePlace::Second, ["Issuer", "Signature", "Subject"]),
    ] {
        let signed = key("signer").sign_element(ASSERTION, "_a1", place).unwrap();
        let document = Document::parse(signed.as_bytes(), &Limits::message()).unwrap();
        let names: Vec<&str> = document.root().elements().map(|child| child.local_name()).take(3).collect();
        assert_eq!(names, expected);
    }
}

#[test]
fn detached_signature_is_over_the_octets_as_given() {
    use aws_lc_rs::signature::{RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};
    use x509_parser::prelude::{FromDer, X509Certificate};
    let value = key("signer").sign(b"SAMLRequest=x").unwrap();
    let certificate = certificate("signer");
    let (_, parsed) = X509Certificate::from_der(certificate.der()).unwrap();
    let public = UnparsedPublicKey::new(
        &RSA_PKCS1_2048_8192_SHA256,
        parsed.public_key().subject_public_key.data.to_vec(),
    );
    assert!(public.verify(b"SAMLRequest=x", &value).is_ok());
    assert!(public.verify(b"SAMLRequest=y", &value).is_err());
}

/// Each kind of PEM in which keys are handed about.
#[test]
fn forms_of_private_keys() {
    for (pem, name) in [
        (include_str!("../keys/signer.key.pem"), "signer"),
        (include_str!("../keys/signer.pkcs1.pem"), "signer"),
        (include_str!("../keys/p256.key.pem"), "p256"),
        (include_str!("../keys/p256.sec1.pem"), "p256"),
        (include_str!("../keys/p384.sec1.pem"), "p384"),
        (include_str!("../keys/p521.sec1.pem"), "p521"),
        (include_str!("../keys/ed25519.key.pem"), "ed25519"),
        (include_str!("../keys/pss.key.pem"), "pss"),
    ] {
        let read = |pem: &str| SigningKey::from_pem(pem, certificate(name));
        assert!(read(pem).is_ok(), "{name}");
        // Behind another block, as a bundle or `openssl ecparam -genkey` has it.
        assert!(read(&format!("{}{pem}", include_str!("../keys/other.crt.pem"))).is_ok(), "{name}");
        for other in
            ["other", "leaf", "p384", "p256", "p521", "ed25519", "pss"].into_iter().filter(|it| *it != name)
        {
            assert!(SigningKey::from_pem(pem, certificate(other)).is_err(), "{name} {other}");
        }
        for label in ["ENCRYPTED PRIVATE KEY", "OPENSSH PRIVATE KEY", "PUBLIC KEY"] {
            let first = pem.lines().next().unwrap().trim_matches('-').trim_start_matches("BEGIN ");
            let read = read(&pem.replace(first, label));
            assert!(matches!(read, Err(SignError::Key)), "{name} as {label}");
        }
    }
    // A form under another one's name.
    let renamed = include_str!("../keys/p256.sec1.pem").replace("EC PRIVATE", "RSA PRIVATE");
    assert!(matches!(SigningKey::from_pem(&renamed, certificate("p256")), Err(SignError::Key)));
    let short = Certificate::from_pem(include_str!("../keys/short.crt.pem")).unwrap();
    let short = SigningKey::from_pem(include_str!("../keys/short.key.pem"), short);
    assert!(matches!(short, Err(SignError::Key)));
}

/// Somewhere else: it answers, or it does not.
#[derive(Debug)]
struct Kms {
    certificate: Certificate,
    inside: Option<SigningKey>,
}

impl Signer for Kms {
    fn certificate(&self) -> &Certificate {
        &self.certificate
    }

    fn algorithm(&self) -> SignatureAlgorithm {
        SignatureAlgorithm::EcdsaSha256
    }

    fn sign(&self, octets: &[u8]) -> Result<Vec<u8>, SignError> {
        let down = || SignError::Keeper("no answer".into());
        self.inside.as_ref().ok_or_else(down)?.sign(octets)
    }
}

#[test]
fn a_key_may_be_somewhere_else() {
    let mut kms = Kms { certificate: certificate("p256"), inside: Some(key("p256")) };
    let signed = kms.sign_element(ASSERTION, "_a1", SignaturePlace::Second).unwrap();
    assert_eq!(verify(&signed, &["p256"]).unwrap().signer(), certificate("p256").fingerprint());
    kms.inside = None;
    let error = kms.sign_element(ASSERTION, "_a1", SignaturePlace::Second).unwrap_err();
    assert!(matches!(&error, SignError::Keeper(cause) if cause.to_string() == "no answer"));
}

#[test]
fn a_key_and_its_certificate_belong_together() {
    let pem = include_str!("../keys/signer.key.pem");
    assert!(SigningKey::from_pem(pem, certificate("signer")).is_ok());
    assert!(matches!(SigningKey::from_pem(pem, certificate("other")), Err(SignError::Mismatch)));
    assert!(matches!(SigningKey::from_pem(pem, certificate("p256")), Err(SignError::Key)));
    assert!(Certificate::from_pem(pem).is_err());
}

#[test]
fn signing_needs_an_element_and_a_place() {
    let sign = |xml, id, place| key("signer").sign_element(xml, id, place);
    assert!(
        sign("<a ID='i' b='>'><c/></a>", "i", SignaturePlace::First)
            .unwrap()
            .starts_with("<a ID='i' b='>'><ds:Sig")
    );
    assert!(matches!(sign("<a ID='i'/>", "i", SignaturePlace::First), Err(SignError::NoPlace)));
    assert!(matches!(sign("<a ID='i'>x</a>", "i", SignaturePlace::Second), Err(SignError::NoPlace)));
    assert!(matches!(sign("<a ID='i'/>", "j", SignaturePlace::First), Err(SignError::NoElement { .. })));
    assert!(matches!(sign("<a ID='i'>", "i", SignaturePlace::First), Err(SignError::Document(_))));
}
