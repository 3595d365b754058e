//! What the parser reads and what it refuses, each refusal beside the nearest document that is read.

use landfall_xmldsig::{ContentError, Document, Limits, ParseError};

fn parse(xml: &[u8]) -> Result<Document<'_>, ParseError> {
    Document::parse(xml, &Limits::message())
}

#[track_caller]
fn refused(code: &str, xml: impl AsRef<[u8]>) {
    let xml = xml.as_ref();
    let shown = String::from_utf8_lossy(xml);
    match parse(xml) {
        Ok(_) => panic!("was read: {shown}"),
        Err(error) => assert_eq!(error.code(), code, "{shown}: {error}"),
    }
}

#[track_caller]
fn read(xml: impl AsRef<[u8]>) {
    let xml = xml.as_ref();
    if let Err(error) = parse(xml) {
        panic!("{error}: {}", String::from_utf8_lossy(xml));
    }
}

/// [xml 2.8]
#[test]
fn a23_one_root() {
    read("<a/> \n<!-- end -->");
    refused("xml.trailing", "<a/><b/>");
    refused("xml.trailing", "<a/>text");
    refused("xml.end", "");
    refused("xml.unexpected", "text<a/>");
}

/// [xml 4.1, 4.6]
#[test]
fn a10_d1_d2_doctype() {
    read("<!-- DOCTYPE --><a/>");
    refused("xml.doctype", "<!DOCTYPE a><a/>");
    refused("xml.doctype", "<!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><a>&x;</a>");
    refused("xml.doctype", "<a><!DOCTYPE b></a>");
    read("<a>&lt;&gt;&amp;&apos;&quot;</a>");
    refused("xml.entity", "<a>&x;</a>");
    refused("xml.entity", "<a b='&x;'/>");
}

#[test]
fn a8_duplicate_ids() {
    read("<a ID='1' b='1'><b ID='2'/></a>");
    for (first, second) in [("ID", "ID"), ("ID", "Id"), ("id", "xml:id"), ("Id", "w:Id")] {
        let wsu = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd";
        refused("xml.duplicate_id", format!("<a xmlns:w='{wsu}' {first}='1'><b {second}='1'/></a>"));
        read(format!("<a xmlns:w='{wsu}' {first}='1'><b {second}='2'/></a>"));
    }
    read("<a xmlns:x='urn:x' ID='1'><b x:ID='1'/></a>");
}

#[test]
fn a9_only_the_plain_id_is_an_id() {
    let document = parse(b"<a xmlns:x='urn:x' x:ID='1'><b ID='2' Id='3'/></a>").unwrap();
    assert!(document.element_by_id("1").is_none());
    assert!(document.element_by_id("3").is_none());
    assert_eq!(document.element_by_id("2").unwrap().local_name(), "b");
}

/// [xml-names 3, 4, 5]
#[test]
fn b3_b15_namespaces() {
    read("<x:a xmlns:x='urn:x' x:b=''/>");
    refused("xml.undeclared_prefix", "<x:a/>");
    refused("xml.undeclared_prefix", "<a x:b=''/>");
    refused("xml.undeclared_prefix", "<a><b xmlns:x='urn:x'/><x:c/></a>");
    refused("xml.namespace_declaration", "<a xmlns:x=''/>");
    read("<a xmlns=''/>");
    refused("xml.namespace_declaration", "<a xmlns:xml='urn:x'/>");
    read("<a xmlns:xml='http://www.w3.org/XML/1998/namespace' xml:lang='en'/>");
    refused("xml.namespace_declaration", "<a xmlns:x='http://www.w3.org/XML/1998/namespace'/>");
    refused("xml.namespace_declaration", "<a xmlns='http://www.w3.org/XML/1998/namespace'/>");
    refused("xml.namespace_declaration", "<a xmlns:xmlns='urn:x'/>");
    refused("xml.namespace_declaration", "<a xmlns:x='http://www.w3.org/2000/xmlns/'/>");
    refused("xml.unexpected", "<a:b:c xmlns:a='urn:a'/>");
    refused("xml.unexpected", "<:a/>");
}

#[test]
fn b3_names_are_matched_by_namespace() {
    let document = parse(b"<p:a xmlns:p='urn:1'><p:a xmlns:p='urn:2'/></p:a>").unwrap();
    assert!(document.root().is("urn:1", "a"));
    let inner = document.root().elements().next().unwrap();
    assert!(inner.is("urn:2", "a") && !inner.is("urn:1", "a"));
}

/// [xml-names 6.1, 6.2]
#[test]
fn declarations_hold_where_they_stand_and_below() {
    let xml = b"<a xmlns='urn:1' xmlns:p='urn:1' b='' p:c=''><d xmlns='urn:2' xmlns:p='urn:2'><p:e/></d><f xmlns=''/><p:g/></a>";
    let document = parse(xml).unwrap();
    let all = std::iter::once(document.root()).chain(document.root().descendants());
    let names: Vec<_> = all.map(|element| (element.namespace(), element.local_name())).collect();
    assert_eq!(names, [("urn:1", "a"), ("urn:2", "d"), ("urn:2", "e"), ("", "f"), ("urn:1", "g")]);
    // The default namespace is none for attributes.
    assert_eq!(document.root().attributes().collect::<Vec<_>>(), [("", "b", ""), ("urn:1", "c", "")]);
}

/// [xml-names 6.3]
#[test]
fn b14_attribute_twice() {
    read("<a xmlns:x='urn:1' xmlns:y='urn:2' b='' x:b='' y:b=''/>");
    refused("xml.duplicate_attribute", "<a b='' b=''/>");
    refused("xml.duplicate_attribute", "<a xmlns:x='urn:1' xmlns:y='urn:1' x:b='' y:b=''/>");
    refused("xml.duplicate_attribute", "<a xmlns:x='urn:1' xmlns:x='urn:2'/>");
}

/// [xml 2.8, 4.3.3]
#[test]
fn b12_encodings() {
    read("\u{FEFF}<?xml version='1.0' encoding='utf-8'?><a>é</a>");
    read("<?xml version=\"1.0\" encoding=\"UTF-8\" standalone='yes' ?>\n<a/>");
    refused("xml.encoding", "<?xml version='1.0' encoding='UTF-7'?><a/>");
    refused("xml.encoding", "<?xml version='1.0' encoding='ISO-8859-1'?><a/>");
    refused("xml.encoding", b"\xFF\xFE<\0a\0/\0>\0");
    refused("xml.encoding", b"<a>\xC0\xBC</a>");
    refused("xml.encoding", b"<a>\xED\xA0\x80</a>");
    refused("xml.version", "<?xml version='1.1'?><a/>");
    refused("xml.unexpected", "<?xml encoding='UTF-8'?><a/>");
    refused("xml.unexpected", "<?xml encoding='UTF-8' version='1.0'?><a/>");
    refused("xml.unexpected", " <?xml version='1.0'?><a/>");
}

/// [xml 2.2, 4.1]
#[test]
fn b13_characters() {
    read("<a>\t\r\n&#9;&#xD;&#x10FFFF;\u{10FFFF}\u{FFFD}</a>");
    for bad in ["\0", "\u{1}", "\u{FFFE}", "\u{FFFF}"] {
        refused("xml.character", format!("<a>{bad}</a>"));
        refused("xml.character", format!("<a b='{bad}'/>"));
        refused("xml.character", format!("<a>&#{};</a>", u32::from(bad.chars().next().unwrap())));
    }
    refused("xml.character", "<a>&#xD800;</a>");
    refused("xml.character", "<a>&#x110000;</a>");
    for bad in ["&#;", "&#x;", "&#-1;", "&#xG;", "&#99999999999999;", "&;", "&lt"] {
        assert!(parse(format!("<a>{bad}</a>").as_bytes()).is_err(), "{bad}");
    }
}

/// [xml 2.7, 2.11, 4.4.2]
#[test]
fn b7_text_is_joined() {
    for (xml, text) in [
        ("<a>one<![CDATA[ & two]]> &#x26; three</a>", "one & two & three"),
        ("<a><![CDATA[]]></a>", ""),
        ("<a><![CDATA[<b/>]]>]]&gt;</a>", "<b/>]]>"),
        ("<a>1\r\n2\r3\n4&#13;</a>", "1\n2\n3\n4\r"),
        ("<a><![CDATA[1\r\n2]]></a>", "1\n2"),
        ("<a>1>2\r\n3]>]]&gt;<![CDATA[]]]]>></a>", "1>2\n3]>]]>]]>"),
        ("<a/>", ""),
    ] {
        assert_eq!(parse(xml.as_bytes()).unwrap().root().text(), Ok(text), "{xml}");
    }
    refused("xml.unexpected", "<a>]]></a>");
    refused("xml.unexpected", "<a>1>2&gt;]]]></a>");
}

#[test]
fn b5_b6_b7_nothing_splits_a_value() {
    for (xml, found) in [
        ("<a>admin<!-- -->@evil.example</a>", "comment"),
        ("<a>admin<?x?>@evil.example</a>", "processing instruction"),
        ("<a>admin<b/>@evil.example</a>", "element"),
        ("<a><!-- -->admin</a>", "comment"),
    ] {
        let expected = ContentError::Split { element: "a".to_owned(), found };
        assert_eq!(parse(xml.as_bytes()).unwrap().root().text(), Err(expected), "{xml}");
    }
}

#[test]
fn text_between_elements() {
    let document = parse(b"<a> <b/><!-- x --> <c>text</c>\n</a>").unwrap();
    assert_eq!(document.root().only_elements().unwrap().count(), 2);
    let document = parse(b"<a> <b/>x<c/></a>").unwrap();
    assert!(document.root().only_elements().is_err());
}

/// [xml 2.11, 3.3.3]
#[test]
fn b11_attribute_values_are_normalized_once() {
    let document = parse(b"<a b='1\r\n2\t3\n4&#10;5&#13;6' c=\"'&quot;\"/>").unwrap();
    assert_eq!(document.root().attribute("b"), Some("1 2 3 4\n5\r6"));
    assert_eq!(document.root().attribute("c"), Some("'\""));
    refused("xml.unexpected", "<a b='<'/>");
    refused("xml.unexpected", "<a b=1/>");
    refused("xml.unexpected", "<a b='1'c='2'/>");
    read("<a b='1' c = '2'\n/>");
}

/// [xml 3]
#[test]
fn grammar() {
    for xml in ["<a>", "<a", "<a b", "<a b=", "<a b='", "<a><!--", "<a><![CDATA[", "<a><?x", "<a>&", "<"] {
        assert!(parse(xml.as_bytes()).is_err(), "{xml}");
    }
    refused("xml.end_tag", "<a><b></a></b>");
    refused("xml.end_tag", "<x:a xmlns:x='urn:1' xmlns:y='urn:1'></y:a>");
    refused("xml.unexpected", "<a></a b='1'>");
    refused("xml.unexpected", "<a><!-- -- --></a>");
    refused("xml.unexpected", "<a><!-- ---></a>");
    read("<a><!-- - --><!----></a>");
    refused("xml.unexpected", "<a><?xml version='1.0'?></a>");
    refused("xml.unexpected", "<a><? x?></a>");
    refused("xml.unexpected", "<a>< b/></a>");
    refused("xml.unexpected", "<1/>");
    read("<_1.é-2/>");
}

#[test]
fn errors_say_where() {
    let error = parse("<a>\n  <é>&x;</é></a>".as_bytes()).unwrap_err();
    assert_eq!((error.offset(), error.line(), error.column()), (10, 2, 6));
    assert_eq!(
        error.to_string(),
        "line 2, column 6: entity &x; is not declared: only lt, gt, amp, apos and quot exist without a DOCTYPE"
    );
    let error = parse("\u{FEFF}<a>&x;</a>".as_bytes()).unwrap_err();
    assert_eq!(error.offset(), 6);
}

/// One document at each bound, and one just over it.
#[test]
fn d3_d4_d7_limits() {
    let limits = Limits { bytes: 40, depth: 3, nodes: 4, attributes: 2, namespaces: 2, name: 3 };
    for (at, over, what) in [
        (format!("<a>{}</a>", "x".repeat(33)), format!("<a>{}</a>", "x".repeat(34)), "bytes"),
        ("<a><b><c/></b></a>".into(), "<a><b><c><d/></c></b></a>".into(), "open elements"),
        ("<a><b/>x<c/></a>".into(), "<a><b/>x<c/>y</a>".into(), "nodes"),
        ("<a b='' c=''/>".into(), "<a b='' c='' d=''/>".into(), "attributes of one element"),
        ("<abc/>".into(), "<abcd/>".into(), "bytes of a name"),
    ] as [(String, String, &str); 5]
    {
        Document::parse(at.as_bytes(), &limits).unwrap();
        let error = Document::parse(over.as_bytes(), &limits).unwrap_err();
        assert_eq!(error.code(), "xml.limit", "{over}");
        assert!(error.to_string().contains(what), "{error}");
    }
    let limits = Limits { namespaces: 2, ..Limits::message() };
    Document::parse(b"<a xmlns:b='u:b'><c xmlns:d='u:d'/><c xmlns:e='u:e'/></a>", &limits).unwrap();
    let error =
        Document::parse(b"<a xmlns:b='u:b'><c xmlns:d='u:d' xmlns:e='u:e'/></a>", &limits).unwrap_err();
    assert!(error.to_string().contains("more than 2 namespaces in scope"), "{error}");
}

#[test]
fn d3_deep_nesting_does_not_recurse() {
    let deep = format!("{}{}", "<a>".repeat(100_000), "</a>".repeat(100_000));
    let limits = Limits { bytes: usize::MAX, depth: usize::MAX, nodes: usize::MAX, ..Limits::message() };
    drop(Document::parse(deep.as_bytes(), &limits).unwrap());
    let error = parse(&deep.as_bytes()[..200_000]).unwrap_err();
    assert!(error.to_string().contains("more than 64 open elements"), "{error}");
}
