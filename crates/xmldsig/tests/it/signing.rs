//! What we sign.

use landfall_xmldsig::{Certificate, Document, Limits, SignError, SignaturePlace, SigningKey};

use crate::{ASSERTION, certificate, key, verify};

#[test]
fn each_kind_of_key_signs_and_verifies() {
    for name in ["signer", "p256", "p384"] {
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
    let value = key("signer").sign_detached(b"SAMLRequest=x").unwrap();
    let certificate = certificate("signer");
    let (_, parsed) = X509Certificate::from_der(certificate.der()).unwrap();
    let public = UnparsedPublicKey::new(
        &RSA_PKCS1_2048_8192_SHA256,
        parsed.public_key().subject_public_key.data.to_vec(),
    );
    assert!(public.verify(b"SAMLRequest=x", &value).is_ok());
    assert!(public.verify(b"SAMLRequest=y", &value).is_err());
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
