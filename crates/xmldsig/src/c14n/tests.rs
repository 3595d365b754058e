use super::*;

mod vectors;
use crate::Limits;

/// Canonical form of the element with ID `s`, or of the root.
#[track_caller]
fn canonical(xml: &str, list: &str, expected: &str) {
    let document = Document::parse(xml.as_bytes(), &Limits::message()).unwrap();
    let apex = document.element_by_id("s").unwrap_or(document.root());
    let out = canonicalize(apex, None, &Canonicalization::exclusive(PrefixList::read(list))).unwrap();
    assert_eq!(String::from_utf8(out).unwrap(), expected);
}

/// [xml-exc-c14n 3]
#[test]
fn superfluous_namespaces_go() {
    canonical("<a:b xmlns:a='urn:a' xmlns:x='urn:x'/>", "", r#"<a:b xmlns:a="urn:a"></a:b>"#);
}

#[test]
fn namespaces_are_written_where_they_are_first_used() {
    canonical(
        "<r xmlns:a='urn:a' xmlns:b='urn:b'><p ID='s'><a:x b:z='1' y='2' a:w='3'/><a:x/></p></r>",
        "",
        r#"<p ID="s"><a:x xmlns:a="urn:a" xmlns:b="urn:b" y="2" a:w="3" b:z="1"></a:x><a:x xmlns:a="urn:a"></a:x></p>"#,
    );
}

/// [xml-c14n 2.2]
#[test]
fn attributes_are_sorted_by_namespace_name() {
    canonical(
        "<r xmlns:a='urn:2' xmlns:b='urn:1' a:y='' b:z='' b:x='' z='' y=''/>",
        "",
        r#"<r xmlns:a="urn:2" xmlns:b="urn:1" y="" z="" b:x="" b:z="" a:y=""></r>"#,
    );
}

#[test]
fn default_namespace_is_undeclared_only_below_a_written_one() {
    canonical("<r xmlns='urn:r'><p xmlns='' ID='s'><q/></p></r>", "", r#"<p ID="s"><q></q></p>"#);
    canonical(
        "<r xmlns='urn:r' ID='s'><p xmlns=''><q xmlns='urn:r'/></p></r>",
        "",
        r#"<r xmlns="urn:r" ID="s"><p xmlns=""><q xmlns="urn:r"></q></p></r>"#,
    );
}

#[test]
fn rebound_prefix_is_written_again() {
    canonical(
        "<a:r xmlns:a='urn:1'><a:p xmlns:a='urn:2'><a:q xmlns:a='urn:1'/></a:p></a:r>",
        "",
        r#"<a:r xmlns:a="urn:1"><a:p xmlns:a="urn:2"><a:q xmlns:a="urn:1"></a:q></a:p></a:r>"#,
    );
}

/// [xml-exc-c14n 3]
#[test]
fn b10_prefix_list_is_inclusive() {
    let xml = "<r xmlns='urn:d' xmlns:x='urn:x' xmlns:y='urn:y'><a:p xmlns:a='urn:a' ID='s'><q xmlns:x='urn:z'/></a:p></r>";
    canonical(xml, "", r#"<a:p xmlns:a="urn:a" ID="s"><q xmlns="urn:d"></q></a:p>"#);
    canonical(
        xml,
        "x #default nowhere",
        r#"<a:p xmlns="urn:d" xmlns:a="urn:a" xmlns:x="urn:x" ID="s"><q xmlns:x="urn:z"></q></a:p>"#,
    );
}

/// [xml-c14n 2.3], [xmldsig 4.4.3.3]
#[test]
fn text_attributes_comments_instructions() {
    canonical(
        "<r b='1&#10;2\n3&quot;' a=\"'&lt;>\"> &#13;\r\n&gt;<!-- gone --><![CDATA[<&]]>é<?p  d ?></r>",
        "",
        "<r a=\"'&lt;>\" b=\"1&#xA;2 3&quot;\"> &#xD;\n&gt;&lt;&amp;é<?p d ?></r>",
    );
}

#[test]
fn xml_prefix_is_never_declared() {
    canonical(
        "<r xmlns:xml='http://www.w3.org/XML/1998/namespace' xml:lang='en'/>",
        "xml",
        r#"<r xml:lang="en"></r>"#,
    );
}

/// [xmldsig 6.6.4]
#[test]
fn left_out_element() {
    let document = Document::parse(b"<r><s><t/></s><u/></r>", &Limits::message()).unwrap();
    let without = document.root().elements().next();
    let out = canonicalize(document.root(), without, &Canonicalization::default()).unwrap();
    assert_eq!(out, b"<r><u></u></r>");
}

/// [xml-c14n 1.3]
#[test]
fn b2_relative_namespace_is_refused() {
    for (uri, refused) in
        [("a", true), ("../x", true), ("1a:b", true), ("urn:a", false), ("http://x/", false)]
    {
        let xml = format!("<r xmlns:p='{uri}'/>");
        let document = Document::parse(xml.as_bytes(), &Limits::message()).unwrap();
        let out = canonicalize(document.root(), None, &Canonicalization::default());
        assert_eq!(out.is_err(), refused, "{uri}");
    }
}

/// On a document that contains one, wherever it stands: libxml2 refuses here too [xml-c14n 1.3].
#[test]
fn b2_relative_namespace_is_refused_outside_of_the_apex() {
    for (around, beside) in [("relative", "urn:a"), ("urn:a", "relative"), ("urn:a", "urn:b")] {
        let xml = format!("<r xmlns:p='{around}'><apex/><x xmlns:q='{beside}'/></r>");
        let document = Document::parse(xml.as_bytes(), &Limits::message()).unwrap();
        let apex = document.root().elements().next().unwrap();
        let out = canonicalize(apex, None, &Canonicalization::default());
        match [around, beside].contains(&"relative") {
            true => assert!(matches!(out, Err(C14nError::RelativeNamespace { .. })), "{xml}"),
            false => assert_eq!(out.unwrap(), b"<apex></apex>"),
        }
    }
}
