//! The canonicalizations that a policy may list, and what comes of each.

use landfall_xmldsig::{
    AlgorithmPolicy, C14nMethod, Document, Limits, SignedXml, TrustedKeys, Verifier, VerifyError,
};

use crate::certificate;
use crate::handmade::Handmade;

/// The signed element in its context.
const XML: &str = "<r:R xmlns:r=\"urn:r\" xmlns=\"urn:d\" xml:lang=\"de\" xml:base=\"a/b\"><m ID=\"_a1\" xml:base=\"c\"><!-- c --><t>B.Simon</t></m></r:R>";

fn verify(policy: AlgorithmPolicy, xml: &str) -> Result<SignedXml, VerifyError> {
    let keys = TrustedKeys::new([certificate("signer")]).unwrap();
    let document = Document::parse(xml.as_bytes(), &Limits::message()).unwrap();
    Verifier::new(&keys, policy).verify(document.element_by_id("_a1").unwrap())
}

fn code(policy: AlgorithmPolicy, xml: &str) -> &'static str {
    verify(policy, xml).map_or_else(|error| error.code(), |_| "verified")
}

fn signed(c14n: Option<C14nMethod>, info_c14n: C14nMethod) -> String {
    Handmade { xml: XML, c14n, info_c14n, ..Handmade::default() }.sign()
}

/// Each is accepted where it is listed, for the element and for SignedInfo, and nowhere else [xmldsig 6.5].
#[test]
fn b9_c15_a_canonicalization_counts_where_it_is_listed() {
    let strict = AlgorithmPolicy::strict();
    for method in C14nMethod::ALL {
        let others = C14nMethod::ALL.into_iter().filter(|other| *other != method);
        let others = others.fold(strict, AlgorithmPolicy::danger_allow_c14n);
        for (c14n, info_c14n) in [(method, C14nMethod::Exclusive), (C14nMethod::Exclusive, method)] {
            let xml = signed(Some(c14n), info_c14n);
            assert_eq!(code(strict.danger_allow_c14n(method), &xml), "verified", "{method:?}");
            let elsewhere = if method == C14nMethod::Exclusive { "verified" } else { "signature.algorithm" };
            assert_eq!(code(strict, &xml), elsewhere, "{method:?}");
            assert_eq!(code(others, &xml), elsewhere, "{method:?}");
        }
    }
}

/// Whatever the method says of comments, a Reference by ID has none [xmldsig 4.4.3.3], [xml-c14n 2.4], [xml-c14n11 2.4].
#[test]
fn b8_b9_octets_of_each_canonicalization() {
    const EXCLUSIVE: &str = "<m xmlns=\"urn:d\" ID=\"_a1\" xml:base=\"c\"><t>B.Simon</t></m>";
    const INCLUSIVE_10: &str =
        "<m xmlns=\"urn:d\" xmlns:r=\"urn:r\" ID=\"_a1\" xml:base=\"c\" xml:lang=\"de\"><t>B.Simon</t></m>";
    const INCLUSIVE_11: &str =
        "<m xmlns=\"urn:d\" xmlns:r=\"urn:r\" ID=\"_a1\" xml:base=\"a/c\" xml:lang=\"de\"><t>B.Simon</t></m>";
    let all = C14nMethod::ALL.into_iter().fold(AlgorithmPolicy::strict(), AlgorithmPolicy::danger_allow_c14n);
    for (method, octets) in [
        (C14nMethod::Exclusive, EXCLUSIVE),
        (C14nMethod::ExclusiveWithComments, EXCLUSIVE),
        (C14nMethod::Inclusive10, INCLUSIVE_10),
        (C14nMethod::Inclusive10WithComments, INCLUSIVE_10),
        (C14nMethod::Inclusive11, INCLUSIVE_11),
        (C14nMethod::Inclusive11WithComments, INCLUSIVE_11),
    ] {
        let xml = signed(Some(method), method);
        let verified = verify(all, &xml).unwrap();
        assert_eq!(String::from_utf8_lossy(verified.octets()), octets, "{method:?}");
        // A comment there is not signed, and beside text it is refused.
        assert_eq!(code(all, &xml.replace("<!-- c -->", "<!-- d -->")), "verified");
        assert_eq!(code(all, &xml.replace("B.Simon", "B.<!-- c -->Simon")), "signature.comment");
        assert_eq!(code(all, &xml.replace("B.Simon", "E.Musk")), "signature.digest");
        // The context is signed by the inclusive ones.
        let exclusive = octets == EXCLUSIVE;
        for (piece, by) in [("\"de\"", "\"en\""), ("xmlns:r", "xmlns:q=\"urn:q\" xmlns:r")] {
            let moved = code(all, &xml.replacen(piece, by, 1));
            assert_eq!(moved == "verified", exclusive, "{method:?} {by}: {moved}");
        }
    }
}

/// A comment in SignedInfo is signed by the methods that keep comments [xml-c14n 2.1].
#[test]
fn b8_comments_of_signed_info() {
    let all = C14nMethod::ALL.into_iter().fold(AlgorithmPolicy::strict(), AlgorithmPolicy::danger_allow_c14n);
    for method in C14nMethod::ALL {
        let xml = signed(Some(C14nMethod::Exclusive), method);
        assert_eq!(code(all, &xml), "verified");
        let commented = xml.replacen("<ds:SignedInfo>", "<ds:SignedInfo><!-- x -->", 1);
        let keeps = method.uri().ends_with("#WithComments");
        let expected = if keeps { "signature.unknown_key" } else { "verified" };
        assert_eq!(code(all, &commented), expected, "{method:?}");
    }
}

/// Without a canonicalization at the end of its transforms a Reference asks for Canonical XML 1.0 [xmldsig 4.4.3.2].
#[test]
fn c13_a_reference_may_leave_its_canonicalization_out() {
    let strict = AlgorithmPolicy::strict();
    let xml = signed(None, C14nMethod::Exclusive);
    let with_10 = strict.danger_allow_c14n(C14nMethod::Inclusive10);
    assert_eq!(code(with_10, &xml), "verified");
    assert_eq!(code(with_10, &xml.replace("\"de\"", "\"en\"")), "signature.digest");
    for other in [strict, strict.danger_allow_c14n(C14nMethod::Inclusive11)] {
        assert_eq!(code(other, &xml), "signature.shape.child");
    }
}

/// [xml-exc-c14n 4]
#[test]
fn b10_an_inclusive_canonicalization_has_no_prefix_list() {
    let all = C14nMethod::ALL.into_iter().fold(AlgorithmPolicy::strict(), AlgorithmPolicy::danger_allow_c14n);
    let list = Handmade { xml: XML, list: Some("r"), ..Handmade::default() }.sign();
    assert_eq!(code(all, &list), "verified");
    for (method, expected) in [
        (C14nMethod::Inclusive10, "signature.shape.child"),
        (C14nMethod::Inclusive11WithComments, "signature.shape.child"),
        // The same octets, by another name: SignedInfo was altered.
        (C14nMethod::ExclusiveWithComments, "signature.unknown_key"),
    ] {
        let transform = |uri: &str| format!("<ds:Transform Algorithm=\"{uri}\">");
        let other = list.replace(&transform(C14nMethod::Exclusive.uri()), &transform(method.uri()));
        assert_ne!(other, list);
        assert_eq!(code(all, &other), expected, "{method:?}");
    }
}

/// Signed by other software: in a context of declarations, attributes of `xml`, bases to join, and comments.
const FOREIGN: [(&str, &[C14nMethod]); 6] = [
    (include_str!("../data/c14n-exclusive-comments.xml"), &[C14nMethod::ExclusiveWithComments]),
    (include_str!("../data/c14n-inclusive10.xml"), &[C14nMethod::Inclusive10]),
    (include_str!("../data/c14n-inclusive10-comments.xml"), &[C14nMethod::Inclusive10WithComments]),
    (include_str!("../data/c14n-inclusive11.xml"), &[C14nMethod::Inclusive11]),
    (include_str!("../data/c14n-inclusive11-comments.xml"), &[C14nMethod::Inclusive11WithComments]),
    // SignedInfo exclusive, and no canonicalization among the transforms.
    (include_str!("../data/c14n-implied.xml"), &[C14nMethod::Exclusive, C14nMethod::Inclusive10]),
];

#[test]
fn b9_octets_are_those_of_other_software() {
    for (xml, needed) in FOREIGN {
        let policy =
            needed.iter().copied().fold(AlgorithmPolicy::strict(), AlgorithmPolicy::danger_allow_c14n);
        let verify = |policy| {
            let keys = TrustedKeys::new([certificate("p256")]).unwrap();
            let document = Document::parse(xml.as_bytes(), &Limits::message()).unwrap();
            Verifier::new(&keys, policy).verify(document.element_by_id("_a1").unwrap())
        };
        assert!(verify(policy).is_ok(), "{needed:?}: {:?}", verify(policy));
        assert!(verify(AlgorithmPolicy::strict()).is_err(), "{needed:?}");
    }
}
