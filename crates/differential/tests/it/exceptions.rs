use landfall_differential::{EXCEPTIONS, ID, Verdict, compare, exception, fixed_keys};
use landfall_xmldsig::{Document, Limits, SignaturePlace, Signer};

/// Signed by us, a document is this exception, its twin is none, and of the twin both say the same.
#[track_caller]
fn excepted(name: &str, document: &str, twin: &str) {
    let key = fixed_keys().unwrap().remove(0);
    let sign = |text: &str| key.ours.sign_element(text, ID, SignaturePlace::First).unwrap();
    let (excepted, plain) = (sign(document), sign(twin));
    let excepted = Document::parse(excepted.as_bytes(), &Limits::message()).unwrap();
    assert_eq!(exception(&excepted).map(|exception| exception.name), Some(name));
    assert!(compare(&excepted, &key.trusted).iter().all(|judged| judged.ours.is_ok()), "{document}");

    let plain = Document::parse(plain.as_bytes(), &Limits::message()).unwrap();
    assert_eq!(exception(&plain).map(|exception| exception.name), None);
    let verdicts: Vec<Verdict> =
        compare(&plain, &key.trusted).iter().map(|judged| judged.verdict()).collect();
    assert_eq!(verdicts, [Verdict::BothAccept], "{twin}");
}

#[test]
fn each_exception_has_its_document() {
    let documents = [
        ("<a xmlns:b='urn:\u{E9}' ID='s'>x</a>", "<a xmlns:b='urn:e' ID='s'>x</a>"),
        ("<b:a xmlns:b='urn:x?y&amp;z' ID='s'>x</b:a>", "<b:a xmlns:b='urn:x?y;z' ID='s'>x</b:a>"),
        ("<r><a ID='s'>x</a><b PrefixList='a  b'/></r>", "<r><a ID='s'>x</a><b PrefixList='a b'/></r>"),
        (
            "<r xmlns:b='urn:b'><c b:ID='s'/><a ID='s'>x</a></r>",
            "<r xmlns:b='urn:b'><c b:Id='s'/><a ID='s'>x</a></r>",
        ),
    ];
    assert_eq!(documents.len(), EXCEPTIONS.len());
    for (exception, (document, twin)) in EXCEPTIONS.iter().zip(documents) {
        excepted(exception.name, document, twin);
    }
}
