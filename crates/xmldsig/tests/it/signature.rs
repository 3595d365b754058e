//! The one form of signature that is accepted, and everything near it that is not.

use landfall_xmldsig::{
    AlgorithmPolicy, Certificate, Document, Limits, SignError, SignaturePlace, SigningKey, TrustedKeys,
    Verifier, VerifyError,
};

use crate::{ASSERTION, certificate, key, verify, verify_under};

fn signed() -> String {
    key("signer").sign_element(ASSERTION, "_a1", SignaturePlace::Second).unwrap()
}

/// The signed assertion verifies; with one piece of it replaced it is refused with this code.
#[track_caller]
fn refused(code: &str, piece: &str, by: &str) {
    let signed = signed();
    assert!(verify(&signed, &["signer"]).is_ok());
    assert!(signed.contains(piece), "nothing to replace: {piece}");
    let error = verify(&signed.replacen(piece, by, 1), &["signer"]).unwrap_err();
    assert_eq!(error.code(), code, "{error:?}");
}

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

#[test]
fn octets_are_the_canonical_element_without_its_signature() {
    let octets = verify(&signed(), &["signer"]).unwrap().octets().to_vec();
    let octets = String::from_utf8(octets).unwrap();
    assert!(octets.starts_with(
        "<saml:Assertion xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\" ID=\"_a1\" IssueInstant="
    ));
    assert!(octets.contains(r#"<saml:AttributeValue xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:nil="false">B &amp; Simon &lt;"é"&gt;<"#));
    assert!(!octets.contains("Signature") && !octets.contains("unused"));
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

#[test]
fn c3_c5_c6_keys_come_from_configuration_alone() {
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

    // Unsigned.
    let error = verify(ASSERTION, &["signer"]).unwrap_err();
    assert_eq!(error, VerifyError::NotSigned { element: "Assertion".to_owned() });
}

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

#[test]
fn failures_are_told_apart() {
    refused("signature.digest", "B.Simon@contoso", "A.Simon@contoso");
    refused("signature.value", "<ds:DigestValue>", "<ds:DigestValue>AAAA");
    let error = verify(&signed().replacen("B.Simon@", "A.Simon@", 1), &["signer"]).unwrap_err();
    let VerifyError::Digest { signed, found } = error else { panic!("{error}") };
    assert!(signed.len() == 44 && found.len() == 44 && signed != found);
}

#[test]
fn a4_no_object() {
    refused("signature.shape.child", "</ds:KeyInfo>", "</ds:KeyInfo><ds:Object/>");
}

#[test]
fn a12_one_signed_info_as_the_first_child() {
    refused("signature.shape.child", "<ds:SignatureValue>", "<ds:SignedInfo/><ds:SignatureValue>");
    refused("signature.shape.child", "<ds:SignedInfo>", "<ds:Extra/><ds:SignedInfo>");
    refused("signature.shape.child", "<ds:SignedInfo>", "<ds:SignedInfo xmlns:ds='urn:x'>");
}

#[test]
fn a13_values_hold_one_run_of_base64() {
    refused("signature.comment", "</ds:DigestValue>", "<!-- x --></ds:DigestValue>");
    refused("signature.shape.content", "</ds:DigestValue>", "<ds:x/></ds:DigestValue>");
    refused("signature.comment", "</ds:SignatureValue>", "<!-- x --></ds:SignatureValue>");
    refused("signature.shape.content", "<ds:Transforms>", "<ds:Transforms>text");
}

#[test]
fn b16_base64_is_strict() {
    refused("signature.shape.base64", "<ds:SignatureValue>", "<ds:SignatureValue>-_");
    refused("signature.shape.base64", "</ds:SignatureValue>", "=</ds:SignatureValue>");
    let spaced = signed().replacen("<ds:SignatureValue>", "<ds:SignatureValue> \n\t", 1);
    assert!(verify(&spaced, &["signer"]).is_ok());
}

#[test]
fn a14_each_method_once() {
    for element in ["CanonicalizationMethod", "SignatureMethod", "DigestMethod", "DigestValue"] {
        let signed = signed();
        let start = signed.find(&format!("<ds:{element}")).unwrap();
        let end = signed.find(&format!("</ds:{element}>")).unwrap() + element.len() + 6;
        let twice = [&signed[..end], &signed[start..end], &signed[end..]].concat();
        assert_eq!(verify(&twice, &["signer"]).unwrap_err().code(), "signature.shape.child", "{element}");
        let none = [&signed[..start], &signed[end..]].concat();
        assert_eq!(verify(&none, &["signer"]).unwrap_err().code(), "signature.shape.child", "{element}");
    }
}

#[test]
fn a15_a16_exactly_one_reference() {
    let signed = signed();
    let start = signed.find("<ds:Reference").unwrap();
    let end = signed.find("</ds:Reference>").unwrap() + "</ds:Reference>".len();
    let twice = [&signed[..end], &signed[start..end], &signed[end..]].concat();
    let none = [&signed[..start], &signed[end..]].concat();
    let manifest =
        [&signed[..start], "<ds:Manifest>", &signed[start..end], "</ds:Manifest>", &signed[end..]].concat();
    for other in [twice, none, manifest] {
        assert_eq!(verify(&other, &["signer"]).unwrap_err().code(), "signature.shape.child");
    }
}

#[test]
fn a17_one_signature_per_element() {
    let signed = signed();
    let start = signed.find("<ds:Signature ").unwrap();
    let end = signed.find("</ds:Signature>").unwrap() + "</ds:Signature>".len();
    let twice = [&signed[..end], &signed[start..end], &signed[end..]].concat();
    let error = verify(&twice, &["signer"]).unwrap_err();
    assert_eq!(error, VerifyError::SeveralSignatures { element: "Assertion".to_owned(), count: 2 });
}

#[test]
fn a19_a20_a21_the_reference_names_the_parent() {
    for uri in
        ["", "_a1", "#", "#_a2", "#xpointer(/)", "#xpointer(id('_a1'))", "http://127.0.0.1:1/", "#_a1 "]
    {
        refused("signature.shape.reference", "URI=\"#_a1\"", &format!("URI=\"{uri}\""));
    }
    refused("signature.shape.reference", " URI=\"#_a1\"", "");
    refused("signature.shape.id", " ID=\"_a1\"", "");
    refused("signature.shape.id", " ID=\"_a1\"", " ID=\"' or '1\"");
}

#[test]
fn a11_signature_is_a_direct_child() {
    let signed = signed();
    let start = signed.find("<ds:Signature ").unwrap();
    let end = signed.find("</ds:Signature>").unwrap() + "</ds:Signature>".len();
    let nested =
        [&signed[..start], "<saml:Advice>", &signed[start..end], "</saml:Advice>", &signed[end..]].concat();
    assert_eq!(verify(&nested, &["signer"]).unwrap_err().code(), "signature.missing");
}

#[test]
fn b6_no_processing_instruction() {
    for (piece, by) in
        [("<saml:Subject>", "<?x?><saml:Subject>"), ("<saml:Assertion", "<?x?><saml:Assertion")]
    {
        refused("signature.processing_instruction", piece, by);
    }
}

#[test]
fn b5_no_comment_beside_text() {
    refused("signature.comment", "B.Simon@", "B.Simon<!-- -->@");
    refused("signature.comment", "<saml:Issuer>", "<saml:Issuer><!-- -->");
    // Signed with the comment in it, it is no better.
    let commented = ASSERTION.replacen("B.Simon@", "B.Simon<!-- -->@", 1);
    let signed = key("signer").sign_element(&commented, "_a1", SignaturePlace::Second).unwrap();
    assert_eq!(verify(&signed, &["signer"]).unwrap_err().code(), "signature.comment");
}

#[test]
fn b8_comments_are_not_signed_and_not_read() {
    let commented = signed().replacen("<saml:Subject>", "<!-- x --><saml:Subject>", 1);
    let octets = verify(&commented, &["signer"]).unwrap().octets().to_vec();
    assert_eq!(octets, verify(&signed(), &["signer"]).unwrap().octets());
    let exclusive = "Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\"";
    refused(
        "signature.algorithm",
        exclusive,
        "Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#WithComments\"",
    );
}

#[test]
fn c1_c2_c9_c11_algorithms_are_a_list() {
    let rsa = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256";
    for other in [
        "http://www.w3.org/2000/09/xmldsig#hmac-sha1",
        "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256",
        "http://www.w3.org/2000/09/xmldsig#rsa-sha1",
        "http://www.w3.org/2000/09/xmldsig#dsa-sha1",
        "http://www.w3.org/2001/04/xmldsig-more#rsa-md5",
        "http://www.w3.org/2001/04/xmldsig-more#RSA-sha256",
        "urn:unknown",
        "",
    ] {
        refused("signature.algorithm", rsa, other);
    }
    let sha256 = "DigestMethod Algorithm=\"http://www.w3.org/2001/04/xmlenc#sha256\"";
    refused(
        "signature.algorithm",
        sha256,
        "DigestMethod Algorithm=\"http://www.w3.org/2000/09/xmldsig#sha1\"",
    );
    refused(
        "signature.shape.child",
        "></ds:SignatureMethod>",
        "><ds:HMACOutputLength>8</ds:HMACOutputLength></ds:SignatureMethod>",
    );
    refused("signature.shape.attribute", "<ds:SignatureMethod ", "<ds:SignatureMethod x=\"1\" ");
    refused(
        "signature.shape.child",
        "<ds:SignatureMethod Algorithm=\"http://www.w3.org/2001/04/xmldsig-more#rsa-sha256\"",
        "<ds:SignatureMethod",
    );
}

#[test]
fn c1_the_kind_of_key_fixes_the_kind_of_algorithm() {
    let rsa = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256";
    refused("signature.value", rsa, "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256");
    refused("signature.value", rsa, "http://www.w3.org/2001/04/xmldsig-more#rsa-sha512");
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

/// Signed by other software with what a policy may open: SHA-1, a short key, an empty URI.
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

#[test]
fn c13_c15_transforms_are_a_list() {
    let enveloped = "http://www.w3.org/2000/09/xmldsig#enveloped-signature";
    for other in [
        "http://www.w3.org/TR/1999/REC-xslt-19991116",
        "http://www.w3.org/TR/1999/REC-xpath-19991116",
        "http://www.w3.org/2002/06/xmldsig-filter2",
        "http://www.w3.org/2000/09/xmldsig#base64",
        "http://www.w3.org/TR/2001/REC-xml-c14n-20010315",
        "http://www.w3.org/2001/10/xml-exc-c14n#",
    ] {
        refused("signature.algorithm", enveloped, other);
    }
    let transform = format!("<ds:Transform Algorithm=\"{enveloped}\"></ds:Transform>");
    refused("signature.algorithm", &transform, "");
    refused("signature.algorithm", &transform, &transform.repeat(2));
    let both = "<ds:Transform Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\"></ds:Transform>";
    refused("signature.shape.child", both, "");
    refused("signature.shape.child", both, &both.repeat(2));
    refused(
        "signature.algorithm",
        "CanonicalizationMethod Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\"",
        "CanonicalizationMethod Algorithm=\"http://www.w3.org/TR/2001/REC-xml-c14n-20010315\"",
    );
}

#[test]
fn b2_an_element_without_canonical_form_is_refused() {
    refused("signature.canonicalization", "xmlns:unused=\"urn:unused\"", "xmlns:unused=\"relative\"");
}

#[test]
fn c18_ecdsa_values_have_their_exact_length() {
    let signed = key("p256").sign_element(ASSERTION, "_a1", SignaturePlace::Second).unwrap();
    assert!(verify(&signed, &["p256"]).is_ok());
    let start = signed.find("<ds:SignatureValue>").unwrap() + "<ds:SignatureValue>".len();
    let end = signed.find("</ds:SignatureValue>").unwrap();
    let raw = landfall_xmldsig::decode_base64(&signed[start..end]).unwrap();
    assert_eq!(raw.len(), 64);
    for value in
        [vec![0; 64], raw[..63].to_vec(), [&raw[..], &[0]].concat(), vec![], [&[0; 32], &raw[32..]].concat()]
    {
        let text = landfall_xmldsig::encode_base64(&value);
        let other = [&signed[..start], &text, &signed[end..]].concat();
        assert_eq!(verify(&other, &["p256"]).unwrap_err().code(), "signature.value", "{} bytes", value.len());
    }
}
