//! The algorithms that there are, each with what it really computes.

use landfall_xmldsig::{SignaturePlace, Signer};

use crate::handmade::{
    EXCLUSIVE, Handmade, PSS_SHA256, PSS_SHA384, PSS_SHA512, PSS_SHORT_SALT, RSA_SHA256, RSA_SHA384,
    RSA_SHA512, SHA1, SHA256, SHA384, SHA512,
};
use crate::{ASSERTION, certificate, key, refused, verify};

/// [xmldsig 6, 6.2]
#[test]
fn c11_each_algorithm_of_the_list_verifies() {
    for method in [RSA_SHA256, RSA_SHA384, RSA_SHA512, PSS_SHA256, PSS_SHA384, PSS_SHA512] {
        for digest in [SHA256, SHA384, SHA512] {
            let signed = Handmade { made: method, named: method, digest, ..Handmade::default() }.sign();
            let xml =
                verify(&signed, &["signer"]).unwrap_or_else(|error| panic!("{method}, {digest}: {error}"));
            assert_eq!(xml.algorithm().uri(), method);
        }
    }
}

/// [xmldsig 6]
#[test]
fn c1_c2_c9_c11_algorithms_are_a_list() {
    let rsa = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256";
    for other in [
        "http://www.w3.org/2000/09/xmldsig#hmac-sha1",
        "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256",
        "http://www.w3.org/2000/09/xmldsig#rsa-sha1",
        "http://www.w3.org/2000/09/xmldsig#dsa-sha1",
        "http://www.w3.org/2001/04/xmldsig-more#rsa-md5",
        "http://www.w3.org/2001/04/xmldsig-more#rsa-sha224",
        "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha1",
        "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha224",
        "http://www.w3.org/2007/05/xmldsig-more#sha1-rsa-MGF1",
        "http://www.w3.org/2007/05/xmldsig-more#sha224-rsa-MGF1",
        "http://www.w3.org/2007/05/xmldsig-more#sha3-256-rsa-MGF1",
        "http://www.w3.org/2009/xmldsig11#dsa-sha256",
        "http://www.w3.org/2021/04/xmldsig-more#eddsa-ed448",
        "http://www.w3.org/2021/04/xmldsig-more#eddsa-ed25519ph",
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
    assert!(verify(&Handmade::default().sign(), &["signer"]).is_ok());
    for named in ["http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256", RSA_SHA512, PSS_SHA256] {
        let signed = Handmade { made: RSA_SHA256, named, ..Handmade::default() }.sign();
        assert_eq!(verify(&signed, &["signer"]).unwrap_err().code(), "signature.unknown_key", "{named}");
    }
    // A message that names its key is told that this key cannot have signed so.
    for (name, other) in [
        ("signer", "http://www.w3.org/2021/04/xmldsig-more#eddsa-ed25519"),
        ("p256", "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha384"),
        ("p384", "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256"),
        ("p521", "http://www.w3.org/2021/04/xmldsig-more#eddsa-ed25519"),
        ("ed25519", "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256"),
        ("pss", RSA_SHA256),
        ("pss", PSS_SHA512),
    ] {
        let signed = key(name).sign_element(ASSERTION, "_a1", SignaturePlace::Second).unwrap();
        assert!(verify(&signed, &[name, "other"]).is_ok(), "{name}");
        let algorithm = key(name).algorithm().uri();
        let error = verify(&signed.replacen(algorithm, other, 1), &[name, "other"]).unwrap_err();
        assert_eq!(error.code(), "signature.key_kind", "{name} {other}");
        let shown = error.to_string();
        let both = [name, "other"].map(|name| certificate(name).fingerprint().to_string());
        assert!(both.iter().all(|tried| shown.contains(tried)) && shown.contains(other), "{shown}");
    }
}

/// [rfc6931 2.3.9]
#[test]
fn parameters_of_rsa_pss() {
    const RSA_PSS: &str = "http://www.w3.org/2007/05/xmldsig-more#rsa-pss";
    let inside = |method: &str, mask: &str, rest: &str| {
        let hash = |uri: &str| format!("<ds:DigestMethod Algorithm=\"{uri}\"/>");
        let function = "http://www.w3.org/2007/05/xmldsig-more#MGF1";
        format!(
            "<m:RSAPSSParams xmlns:m=\"http://www.w3.org/2007/05/xmldsig-more#\">{}\
             <m:MaskGenerationFunction Algorithm=\"{function}\">{}</m:MaskGenerationFunction>{rest}</m:RSAPSSParams>",
            hash(method),
            hash(mask)
        )
    };
    let salt = |octets: &str| format!("<m:SaltLength>{octets}</m:SaltLength>");
    let empty = "<m:RSAPSSParams xmlns:m=\"http://www.w3.org/2007/05/xmldsig-more#\"/>";
    let full = inside(SHA256, SHA256, &format!("{}<m:TrailerField>1</m:TrailerField>", salt("32")));
    let code = |made, parameters: &str| {
        let signed = Handmade { made, named: RSA_PSS, parameters, ..Handmade::default() }.sign();
        verify(&signed, &["signer"]).map(|signed| signed.algorithm().uri()).map_err(|error| error.code())
    };
    for (made, parameters) in [
        (PSS_SHA256, String::new()),
        (PSS_SHA256, empty.to_owned()),
        (PSS_SHA256, full.clone()),
        (PSS_SHA256, inside(SHA256, SHA256, "")),
        (PSS_SHA384, inside(SHA384, SHA384, &salt("48"))),
        (PSS_SHA512, inside(SHA512, SHA512, &salt("64"))),
    ] {
        assert_eq!(code(made, &parameters), Ok(made), "{parameters}");
    }
    for (made, parameters, expected) in [
        // Genuine, with a salt that the list does not have.
        (PSS_SHORT_SALT, inside(SHA256, SHA256, &salt("20")), "signature.algorithm"),
        (PSS_SHORT_SALT, full.clone(), "signature.unknown_key"),
        (PSS_SHA256, inside(SHA256, SHA256, &salt("64")), "signature.algorithm"),
        (PSS_SHA256, inside(SHA256, SHA256, &salt("032")), "signature.algorithm"),
        (PSS_SHA512, inside(SHA512, SHA256, &salt("64")), "signature.algorithm"),
        (PSS_SHA256, inside(SHA1, SHA1, &salt("20")), "signature.algorithm"),
        (PSS_SHA256, inside(SHA256, SHA256, "<m:TrailerField>2</m:TrailerField>"), "signature.algorithm"),
        (PSS_SHA256, full.replace("#MGF1", "#MGF2"), "signature.algorithm"),
        (PSS_SHA256, full.repeat(2), "signature.shape.child"),
        (PSS_SHA256, inside(SHA256, SHA256, &salt("32").repeat(2)), "signature.shape.child"),
        (PSS_SHA256, inside(SHA256, SHA256, "<m:Other/>"), "signature.shape.child"),
        (PSS_SHA256, inside(SHA256, SHA256, &salt("<m:x/>")), "signature.shape.content"),
        (PSS_SHA256, full.replace("<m:SaltLength>", "<m:SaltLength x=\"1\">"), "signature.shape.attribute"),
        (PSS_SHA256, full.replace("xmldsig-more#\">", "other#\">"), "signature.shape.child"),
    ] {
        assert_eq!(code(made, &parameters), Err(expected), "{parameters}");
    }
    // The other identifiers stand for themselves and have no parameters.
    for named in [PSS_SHA256, RSA_SHA256] {
        let signed = Handmade { made: named, named, parameters: &full, ..Handmade::default() }.sign();
        assert_eq!(verify(&signed, &["signer"]).unwrap_err().code(), "signature.shape.child", "{named}");
    }
}

#[test]
fn c8_digests_are_compared_whole() {
    let with = |edit: fn(&mut Vec<u8>)| verify(&Handmade { edit, ..Handmade::default() }.sign(), &["signer"]);
    assert!(with(|_| ()).is_ok());
    let edits: [fn(&mut Vec<u8>); 4] =
        [Vec::clear, |digest| digest.truncate(31), |digest| digest.push(0), |digest| digest[31] ^= 1];
    for edit in edits {
        assert_eq!(with(edit).unwrap_err().code(), "signature.digest");
    }
}

/// [saml-core 5.4.4]
#[test]
fn c13_d5_transforms_are_a_list() {
    let enveloped = "http://www.w3.org/2000/09/xmldsig#enveloped-signature";
    for other in [
        "http://www.w3.org/TR/1999/REC-xslt-19991116",
        "http://www.w3.org/TR/1999/REC-xpath-19991116",
        "http://www.w3.org/2002/06/xmldsig-filter2",
        "http://www.w3.org/2000/09/xmldsig#base64",
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
}

#[test]
fn c15_an_unknown_canonicalization_is_refused() {
    for other in
        ["urn:unknown", "http://www.w3.org/2010/xml-c14n2", "http://www.w3.org/2006/12/xml-c14n11#x", ""]
    {
        for element in ["CanonicalizationMethod", "Transform"] {
            let named = |uri: &str| format!("<ds:{element} Algorithm=\"{uri}\"");
            refused("signature.algorithm", &named(EXCLUSIVE), &named(other));
        }
    }
}

/// [xml-exc-c14n 3, 4]
#[test]
fn b10_prefix_lists() {
    const XML: &str =
        "<p:m xmlns:p='urn:p' xmlns:x='urn:x' xmlns='urn:d' ID='_a1'><p:i/><p:t x:y='1'>B</p:t></p:m>";
    for (list, octets) in [
        (None, "<p:m xmlns:p=\"urn:p\" ID=\"_a1\"><p:i></p:i><p:t xmlns:x=\"urn:x\" x:y=\"1\">B</p:t></p:m>"),
        (
            Some(""),
            "<p:m xmlns:p=\"urn:p\" ID=\"_a1\"><p:i></p:i><p:t xmlns:x=\"urn:x\" x:y=\"1\">B</p:t></p:m>",
        ),
        (
            Some("x"),
            "<p:m xmlns:p=\"urn:p\" xmlns:x=\"urn:x\" ID=\"_a1\"><p:i></p:i><p:t x:y=\"1\">B</p:t></p:m>",
        ),
        (
            Some("nowhere\n#default x"),
            "<p:m xmlns=\"urn:d\" xmlns:p=\"urn:p\" xmlns:x=\"urn:x\" ID=\"_a1\"><p:i></p:i><p:t x:y=\"1\">B</p:t></p:m>",
        ),
    ] {
        for info_list in [None, list] {
            let signed = Handmade { xml: XML, list, info_list, ..Handmade::default() }.sign();
            let xml = verify(&signed, &["signer"]).unwrap_or_else(|error| panic!("{list:?}: {error}"));
            assert_eq!(String::from_utf8_lossy(xml.octets()), octets, "{list:?}");
        }
    }
}

/// [xml-exc-c14n 4]
#[test]
fn b10_prefix_lists_have_one_form() {
    let signed = Handmade { list: Some("unused"), ..Handmade::default() }.sign();
    assert!(verify(&signed, &["signer"]).is_ok());
    let start = signed.find("<c:InclusiveNamespaces").unwrap();
    let end = start + signed[start..].find("/>").unwrap() + 2;
    let list = &signed[start..end];
    for (code, other) in [
        ("signature.shape.child", list.repeat(2)),
        ("signature.shape.child", list.replace(EXCLUSIVE, "urn:other")),
        ("signature.shape.attribute", list.replace("PrefixList", "x=\"\" PrefixList")),
        ("signature.shape.child", list.replace("/>", "><c:x/></c:InclusiveNamespaces>")),
    ] {
        let xml = [&signed[..start], &other, &signed[end..]].concat();
        assert_eq!(verify(&xml, &["signer"]).unwrap_err().code(), code, "{other}");
    }
}

#[test]
fn d5_prefixes_are_few() {
    let (few, many) = ("p ".repeat(64), "p ".repeat(65));
    let of_element = |list| verify(&Handmade { list: Some(list), ..Handmade::default() }.sign(), &["signer"]);
    let of_info =
        |list| verify(&Handmade { info_list: Some(list), ..Handmade::default() }.sign(), &["signer"]);
    for (taken, refused) in [(of_element(&few), of_element(&many)), (of_info(&few), of_info(&many))] {
        assert!(taken.is_ok());
        let error = refused.unwrap_err();
        assert_eq!(error.code(), "signature.shape.prefixes");
        let cause = std::error::Error::source(&error).unwrap().to_string();
        assert_eq!(cause, "the PrefixList has 65 prefixes, 64 may stand there");
    }
}

/// [xmldsig 6.4.3], [rfc9231 2.3.12]
#[test]
fn c18_values_have_their_exact_length() {
    for (name, length) in [("p256", 64), ("p384", 96), ("p521", 132), ("ed25519", 64), ("pss", 256)] {
        let signed = key(name).sign_element(ASSERTION, "_a1", SignaturePlace::Second).unwrap();
        assert!(verify(&signed, &[name]).is_ok());
        let start = signed.find("<ds:SignatureValue>").unwrap() + "<ds:SignatureValue>".len();
        let end = signed.find("</ds:SignatureValue>").unwrap();
        let raw = landfall_xmldsig::decode_base64(&signed[start..end]).unwrap();
        assert_eq!(raw.len(), length, "{name}");
        let (r, s) = raw.split_at(length / 2);
        let zero = vec![0; length / 2];
        for value in [
            vec![0; length],
            raw[..length - 1].to_vec(),
            [&raw[..], &[0]].concat(),
            [&[0], &raw[..]].concat(),
            vec![],
            [&zero, s].concat(),
            [r, &zero].concat(),
            [s, r].concat(),
            der(r, s),
        ] {
            let text = landfall_xmldsig::encode_base64(&value);
            let other = [&signed[..start], &text, &signed[end..]].concat();
            let code = verify(&other, &[name]).unwrap_err().code();
            assert_eq!(code, "signature.value", "{name}, {} bytes", value.len());
        }
    }
}

/// The other encoding of an ECDSA value: two INTEGERs in a SEQUENCE.
fn der(r: &[u8], s: &[u8]) -> Vec<u8> {
    let integer = |half: &[u8]| {
        let positive = [&[0], half].concat();
        [&[0x02, u8::try_from(positive.len()).unwrap()], &positive[..]].concat()
    };
    let both = [integer(r), integer(s)].concat();
    [&[0x30, 0x81, u8::try_from(both.len() & 0xFF).unwrap()], &both[..]].concat()
}
