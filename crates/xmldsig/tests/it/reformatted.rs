//! Signed messages that were formatted anew on their way: refused, and told what was done to them.

use landfall_xmldsig::{Reformatting, SignaturePlace, Signer, VerifyError};

use crate::{certificate, key, verify};

const MESSAGE: &str =
    "<saml:m xmlns:saml='urn:m' ID='_a1'><saml:by>1</saml:by><saml:to>B.Simon\n</saml:to><saml:e/></saml:m>";

fn signed() -> String {
    key("signer").sign_element(MESSAGE, "_a1", SignaturePlace::Second).unwrap()
}

/// Refused with this cause; and once more, without one, if a value was changed too.
#[track_caller]
fn explained(reformatted: &str, expected: &Reformatting) {
    let error = verify(reformatted, &["signer", "other"]).unwrap_err();
    let (VerifyError::Digest { cause, .. } | VerifyError::SignatureValue { cause, .. }) = &error else {
        panic!("{error:?}")
    };
    assert_eq!(cause.as_ref(), Some(expected), "{reformatted}");
    assert!(error.to_string().contains(&expected.to_string()), "{error}");
    assert!(expected.to_string().contains("after signing"));
    let altered = reformatted.replacen(">1<", ">2<", 1).replacen("rsa-sha256", "rsa-sha512", 1);
    assert_ne!(altered, reformatted);
    let error = verify(&altered, &["signer", "other"]).unwrap_err();
    let (VerifyError::Digest { cause, .. } | VerifyError::SignatureValue { cause, .. }) = &error else {
        panic!("{error:?}")
    };
    assert_eq!(*cause, None, "{altered}");
}

#[test]
fn pretty_printed() {
    let signed = signed();
    assert!(verify(&signed, &["signer"]).is_ok());
    explained(&signed.replace("<saml:to>", "\n  <saml:to>"), &Reformatting::Indented);
    explained(&signed.replace("<ds:", "\n  <ds:"), &Reformatting::Indented);
    // Between the tags of an empty element too.
    explained(&signed.replace("><", ">\n\t<"), &Reformatting::IndentedValues);
    let values = signed.replace("<ds:DigestValue>", "<ds:DigestValue>\n").replace("<ds:", "\n<ds:");
    explained(&values, &Reformatting::IndentedValues);
}

#[test]
fn with_other_line_ends() {
    explained(&signed().replace("B.Simon\n", "B.Simon&#13;\n"), &Reformatting::LineEnds);
    // Normalized by every reader: no change at all.
    assert!(verify(&signed().replace("B.Simon\n", "B.Simon\r\n"), &["signer"]).is_ok());
}

#[test]
fn with_other_prefixes() {
    let by_another_name =
        signed().replace("<saml:", "<x:").replace("</saml:", "</x:").replace("xmlns:saml", "xmlns:x");
    let error = verify(&by_another_name, &["signer"]).unwrap_err();
    let shown = error.to_string();
    assert_eq!(error.code(), "signature.digest");
    assert!(shown.contains("of urn:m from \"saml\" to \"x\""), "{shown}");
    let ds = signed().replace("<ds:", "<x:").replace("</ds:", "</x:").replace("xmlns:ds", "xmlns:x");
    let error = verify(&ds, &["signer"]).unwrap_err();
    let shown = error.to_string();
    assert_eq!(error.code(), "signature.value");
    assert!(shown.contains("of http://www.w3.org/2000/09/xmldsig# from \"ds\" to \"x\""), "{shown}");
}

/// Which keys were tried is told with every failure that might be cured by another one.
#[test]
fn c7_all_trusted_keys_are_listed() {
    let signed = signed();
    let trusted = ["other", "signer", "p256"];
    let hinted = signed.replacen("<ds:DigestValue>", "<ds:DigestValue>AAAA", 1);
    let unknown = signed.replacen("<ds:KeyInfo>", "<ds:KeyInfo><ds:KeyName/>", 1);
    let unknown = unknown.replacen("X509Certificate>", "X509Other>", 2).replacen(
        "<ds:DigestValue>",
        "<ds:DigestValue>AAAA",
        1,
    );
    for (xml, code) in [(hinted, "signature.value"), (unknown, "signature.unknown_key")] {
        let error = verify(&xml, &trusted).unwrap_err();
        assert_eq!(error.code(), code);
        for name in trusted {
            assert!(
                error.to_string().contains(&certificate(name).fingerprint().to_string()),
                "{name}: {error}"
            );
        }
    }
}
