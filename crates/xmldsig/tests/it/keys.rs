//! Whose keys are believed, and for what.

use landfall_xmldsig::{
    AlgorithmPolicy, Document, Limits, SignaturePlace, Signer, TrustedKeys, Verifier, VerifyError,
};

use crate::{ASSERTION, certificate, key, signed, verify, verify_under};

/// [xmldsig 4.5]
#[test]
fn c3_keys_come_from_configuration_alone() {
    // The message carries the other key's certificate, and is genuinely signed with it.
    let foreign = key("other").sign_element(ASSERTION, "_a1", SignaturePlace::Second).unwrap();
    assert!(verify(&foreign, &["other"]).is_ok());
    let error = verify(&foreign, &["signer", "p256"]).unwrap_err();
    let tried = vec![certificate("signer").fingerprint(), certificate("p256").fingerprint()];
    assert_eq!(error, VerifyError::UnknownKey { tried, found: Some(certificate("other").fingerprint()) });

    // Without KeyInfo, or with another's certificate in it, the trusted key is found all the same.
    let signed = signed();
    let (before, rest) = signed.split_once("<ds:KeyInfo>").unwrap();
    let after = rest.split_once("</ds:KeyInfo>").unwrap().1;
    assert!(verify(&format!("{before}{after}"), &["other", "signer"]).is_ok());
    let hint = landfall_xmldsig::encode_base64(certificate("other").der());
    let info = format!(
        "<ds:KeyInfo><ds:X509Data><ds:X509Certificate>{hint}</ds:X509Certificate></ds:X509Data></ds:KeyInfo>"
    );
    assert!(verify(&format!("{before}{info}{after}"), &["other", "signer"]).is_ok());
}

/// Of several trusted keys the refusal names the one that the message names, whichever stands first.
#[test]
fn a_value_that_no_key_made_is_laid_to_the_key_that_the_message_names() {
    let altered = signed().replacen("<ds:DigestValue>", "<ds:DigestValue>AAAA", 1);
    for trusted in [["signer", "other"], ["other", "signer"]] {
        match verify(&altered, &trusted).unwrap_err() {
            VerifyError::SignatureValue { named, tried, .. } => {
                assert_eq!((named, tried.len()), (certificate("signer").fingerprint(), 2), "{trusted:?}");
            }
            other => panic!("{other:?}"),
        }
    }
}

/// [xmldsig 4.5]
#[test]
fn c4_key_info_is_never_followed() {
    for inner in [
        "<ds:RetrievalMethod URI=\"http://127.0.0.1:1/key\"/>",
        "<ds:KeyName>x</ds:KeyName><ds:KeyValue/>",
        "<ds:X509Data><ds:X509Certificate>not base64</ds:X509Certificate></ds:X509Data>",
    ] {
        let signed = signed();
        let (before, rest) = signed.split_once("<ds:KeyInfo>").unwrap();
        let after = rest.split_once("</ds:KeyInfo>").unwrap().1;
        assert!(
            verify(&format!("{before}<ds:KeyInfo>{inner}</ds:KeyInfo>{after}"), &["signer"]).is_ok(),
            "{inner}"
        );
    }
}

/// The certificate that signed was issued by the trusted one, which may issue certificates.
#[test]
fn c17_no_chain_is_built() {
    let issued = key("leaf").sign_element(ASSERTION, "_a1", SignaturePlace::Second).unwrap();
    assert!(verify(&issued, &["leaf"]).is_ok());
    assert_eq!(verify(&issued, &["signer"]).unwrap_err().code(), "signature.unknown_key");
}

#[test]
fn c10_a_short_key_proves_nothing() {
    // The message names the short key, which is trusted: it is told apart from an unknown one.
    let signed = signed();
    let (before, rest) = signed.split_once("<ds:X509Certificate>").unwrap();
    let after = rest.split_once("</ds:X509Certificate>").unwrap().1;
    let short = landfall_xmldsig::encode_base64(certificate("short").der());
    let named = format!("{before}<ds:X509Certificate>{short}</ds:X509Certificate>{after}");
    assert_eq!(verify(&named, &["short", "other"]).unwrap_err().code(), "signature.weak_key");
    assert!(verify(&named, &["short", "signer"]).is_ok());
}

/// Signed by other software with what a policy may open: SHA-1, a short key, an empty URI [saml-core 5.4.2].
#[test]
fn c9_c10_a19_what_a_policy_may_open() {
    let strict = AlgorithmPolicy::strict();
    for (xml, trusted, code, open) in [
        (include_str!("../data/sha1.xml"), "signer", "signature.algorithm", strict.danger_allow_sha1()),
        (include_str!("../data/short.xml"), "short", "signature.weak_key", strict.danger_allow_short_rsa()),
        (
            include_str!("../data/empty.xml"),
            "signer",
            "signature.shape.reference",
            strict.danger_allow_empty_reference(),
        ),
    ] {
        assert_eq!(verify(xml, &[trusted]).unwrap_err().code(), code);
        assert!(verify_under(open, xml, &[trusted]).is_ok(), "{code}");
        let altered = xml.replacen("B.Simon", "A.Simon", 1);
        assert_eq!(verify_under(open, &altered, &[trusted]).unwrap_err().code(), "signature.digest");
    }
    // An empty URI means the document: on an element inside it, it names something else than what is asked about.
    let inner = format!("<m>{}</m>", include_str!("../data/empty.xml").trim());
    let document = Document::parse(inner.as_bytes(), &Limits::message()).unwrap();
    let keys = TrustedKeys::new([certificate("signer")]).unwrap();
    let verifier = Verifier::new(&keys, strict.danger_allow_empty_reference());
    let error = verifier.verify(document.root().elements().next().unwrap()).unwrap_err();
    assert_eq!(error.code(), "signature.shape.reference");
}
