use landfall_differential::{ID, Verdict, compare, divergence, fixed_keys, why_not_given};
use landfall_xmldsig::{Document, Limits, SignaturePlace, Signer};

/// The comparison can fail: what is changed both refuse, and by its own keys alone a document is judged.
#[test]
fn what_is_changed_both_refuse() {
    for (at, key) in fixed_keys().unwrap().iter().enumerate() {
        let signed = key.ours.sign_element("<a ID='s'>one</a>", ID, SignaturePlace::First).unwrap();
        let others = fixed_keys().unwrap();
        let other = &others[(at + 1) % others.len()];
        for (text, keys, expected) in [
            (signed.clone(), &key.trusted, Verdict::BothAccept),
            (signed.replace("one", "two"), &key.trusted, Verdict::BothRefuse),
            (signed.clone(), &other.trusted, Verdict::BothRefuse),
        ] {
            let document = Document::parse(text.as_bytes(), &Limits::message()).unwrap();
            let verdicts: Vec<Verdict> =
                compare(&document, keys).iter().map(|judged| judged.verdict()).collect();
            assert_eq!(verdicts, [expected], "{}", key.name);
            assert_eq!(divergence(text.as_bytes(), keys), None);
        }
    }
}

/// Each signature is judged by itself, whatever the others are and wherever they stand.
#[test]
fn each_signature_is_judged_alone() {
    let keys = fixed_keys().unwrap();
    let text = "<r ID='r'><x ID='x'><b/></x><s ID='s'><c/></s></r>";
    let sign =
        |text: &str, id, key: usize| keys[key].ours.sign_element(text, id, SignaturePlace::Second).unwrap();
    let signed = sign(&sign(&sign(text, "x", 1), "s", 0), "r", 0);
    let document = Document::parse(signed.as_bytes(), &Limits::message()).unwrap();
    let verdicts: Vec<_> =
        compare(&document, &keys[0].trusted).iter().map(|one| (one.element.clone(), one.verdict())).collect();
    let expected = [("r", Verdict::BothAccept), ("x", Verdict::BothRefuse), ("s", Verdict::BothAccept)];
    assert_eq!(verdicts, expected.map(|(name, verdict)| (name.to_owned(), verdict)));
}

/// [xmldsig 4.4.3.1]
#[test]
fn c14_nothing_that_leads_elsewhere_is_given() {
    let method = "http://www.w3.org/2001/10/xml-exc-c14n#";
    for (piece, given) in [
        ("<Reference URI='#s'/>", true),
        ("<Reference URI='http://example.com/'/>", false),
        ("<Reference URI=''/>", true),
        ("<Reference URI='file:///etc/passwd'/>", false),
        ("<Reference URI='#s'/>", true),
        ("<Reference URI='#xpointer(id(&quot;s&quot;))'/>", false),
        ("<KeyValue URI='#s'/>", true),
        ("<RetrievalMethod URI='#s'/>", false),
        ("<include xmlns='urn:x' href='a'/>", true),
        ("<include xmlns='http://www.w3.org/2001/XInclude' href='a'/>", false),
        (&format!("<Transform Algorithm='{method}'/>"), true),
        ("<Transform Algorithm='http://www.w3.org/TR/1999/REC-xslt-19991116'/>", false),
    ] {
        let text = format!("<a ID='s'><x xmlns='http://www.w3.org/2000/09/xmldsig#'>{piece}</x></a>");
        let document = Document::parse(text.as_bytes(), &Limits::message()).unwrap();
        assert_eq!(why_not_given(&document).is_none(), given, "{piece}");
    }
}
