//! The examples of Canonical XML 1.0 and 1.1, as far as they are about one element of a document that may be sent.
//!
//! Left out: what stands outside the root (3.1: instructions and comments there, since the apex is an element),
//! what a DOCTYPE declares (3.3: a default attribute; 3.4: attributes that are no CDATA; 3.5: entities),
//! another encoding (3.6), and sets of nodes that an XPath expression picks (3.7; 3.8 of 1.1).

use super::*;

const INCLUSIVE: [C14nMethod; 2] = [C14nMethod::Inclusive10, C14nMethod::Inclusive11];

/// Canonical form of the element with this local name.
fn of(xml: &str, apex: &str, method: C14nMethod) -> String {
    let document = Document::parse(xml.as_bytes(), &Limits::message()).unwrap();
    let mut all = std::iter::once(document.root()).chain(document.root().descendants());
    let apex = all.find(|element| element.local_name() == apex).unwrap();
    String::from_utf8(canonicalize(apex, None, &method.into()).unwrap()).unwrap()
}

/// Example 3.1 [xml-c14n 2.1].
#[test]
fn comments() {
    const XML: &str =
        "<?xml version=\"1.0\"?>\n\n<doc>Hello, world!<!-- Comment 1 --></doc>\n\n<!-- Comment 2 -->\n";
    const WITH: &str = "<doc>Hello, world!<!-- Comment 1 --></doc>";
    const WITHOUT: &str = "<doc>Hello, world!</doc>";
    for (method, expected) in [
        (C14nMethod::Exclusive, WITHOUT),
        (C14nMethod::Inclusive10, WITHOUT),
        (C14nMethod::Inclusive11, WITHOUT),
        (C14nMethod::ExclusiveWithComments, WITH),
        (C14nMethod::Inclusive10WithComments, WITH),
        (C14nMethod::Inclusive11WithComments, WITH),
    ] {
        assert_eq!(of(XML, "doc", method), expected, "{method:?}");
    }
}

/// [xml 2.11]
#[test]
fn line_ends_of_comments() {
    let xml = "<a>\r\n<!--\r\n1\r2\n--><b/><!----></a>";
    let expected = "<a>\n<!--\n1\n2\n--><b></b><!----></a>";
    assert_eq!(of(xml, "a", C14nMethod::Inclusive10WithComments), expected);
}

/// Example 3.2 [xml-c14n 2.3].
#[test]
fn white_space() {
    const XML: &str = "<doc>\n   <clean>   </clean>\n   <dirty>   A   B   </dirty>\n   <mixed>\n      A\n      <clean>   </clean>\n      B\n      <dirty>   A   B   </dirty>\n      C\n   </mixed>\n</doc>";
    for method in C14nMethod::ALL {
        assert_eq!(of(XML, "doc", method), XML, "{method:?}");
    }
}

/// Example 3.3 [xml-c14n 2.3].
#[test]
fn start_and_end_tags() {
    const XML: &str = r#"<doc>
   <e1   />
   <e2   ></e2>
   <e3   name = "elem3"   id="elem3"   />
   <e4   name="elem4"   id="elem4"   ></e4>
   <e5 a:attr="out" b:attr="sorted" attr2="all" attr="I'm"
      xmlns:b="http://www.ietf.org"
      xmlns:a="http://www.w3.org"
      xmlns="http://example.org"/>
   <e6 xmlns="" xmlns:a="http://www.w3.org">
      <e7 xmlns="http://www.ietf.org">
         <e8 xmlns="" xmlns:a="http://www.w3.org">
            <e9 xmlns="" xmlns:a="http://www.ietf.org"/>
         </e8>
      </e7>
   </e6>
</doc>"#;
    for method in INCLUSIVE {
        assert_eq!(
            of(XML, "doc", method),
            r#"<doc>
   <e1></e1>
   <e2></e2>
   <e3 id="elem3" name="elem3"></e3>
   <e4 id="elem4" name="elem4"></e4>
   <e5 xmlns="http://example.org" xmlns:a="http://www.w3.org" xmlns:b="http://www.ietf.org" attr="I'm" attr2="all" b:attr="sorted" a:attr="out"></e5>
   <e6 xmlns:a="http://www.w3.org">
      <e7 xmlns="http://www.ietf.org">
         <e8 xmlns="">
            <e9 xmlns:a="http://www.ietf.org"></e9>
         </e8>
      </e7>
   </e6>
</doc>"#
        );
    }
}

/// Example 3.4 [xml-c14n 2.3].
#[test]
fn characters_and_references() {
    const XML: &str = r#"<doc>
   <text>First line&#x0d;&#10;Second line</text>
   <value>&#x32;</value>
   <compute><![CDATA[value>"0" && value<"10" ?"valid":"error"]]></compute>
   <compute expr='value>"0" &amp;&amp; value&lt;"10" ?"valid":"error"'>valid</compute>
   <norm attr=' &apos;   &#x20;&#13;&#xa;&#9;   &apos; '/>
</doc>"#;
    for method in INCLUSIVE {
        assert_eq!(
            of(XML, "doc", method),
            r#"<doc>
   <text>First line&#xD;
Second line</text>
   <value>2</value>
   <compute>value&gt;"0" &amp;&amp; value&lt;"10" ?"valid":"error"</compute>
   <compute expr="value>&quot;0&quot; &amp;&amp; value&lt;&quot;10&quot; ?&quot;valid&quot;:&quot;error&quot;">valid</compute>
   <norm attr=" '    &#xD;&#xA;&#x9;   ' "></norm>
</doc>"#
        );
    }
}

/// Example 3.6 [xml-c14n 2.3].
#[test]
fn utf_8() {
    for method in INCLUSIVE {
        assert_eq!(of("<doc>&#169;</doc>", "doc", method), "<doc>\u{A9}</doc>");
    }
}

/// The elements around the apex are left out; its context is not [xml-c14n 2.4], [xml-c14n11 2.4], [attack B9].
#[test]
fn b9_the_apex_inherits() {
    const XML: &str = r#"<a:r xmlns:a="urn:a" xmlns:b="urn:b" xmlns="urn:d" xml:lang="de" xml:space="preserve" xml:id="i" xml:base="x/y" xml:other="o">
<q xmlns:b="urn:b2" xml:lang="en"><s xmlns="" b:z="1" xml:space="default" c="2"><t xml:lang="fr"/></s></q></a:r>"#;
    let of = |method| of(XML, "s", method);
    assert_eq!(
        of(C14nMethod::Exclusive),
        r#"<s xmlns:b="urn:b2" c="2" xml:space="default" b:z="1"><t xml:lang="fr"></t></s>"#
    );
    assert_eq!(
        of(C14nMethod::Inclusive10),
        r#"<s xmlns:a="urn:a" xmlns:b="urn:b2" c="2" xml:base="x/y" xml:id="i" xml:lang="en" xml:other="o" xml:space="default" b:z="1"><t xml:lang="fr"></t></s>"#
    );
    assert_eq!(
        of(C14nMethod::Inclusive11),
        r#"<s xmlns:a="urn:a" xmlns:b="urn:b2" c="2" xml:base="x/y" xml:lang="en" xml:space="default" b:z="1"><t xml:lang="fr"></t></s>"#
    );
}

/// The namespaces of an apex: each one that is in scope, and no empty default [xml-c14n 2.3].
#[test]
fn namespaces_of_the_apex() {
    let xml = "<r xmlns='urn:r' xmlns:p='urn:p'><q xmlns:p='urn:q'><s><p:t xmlns=''/></s></q></r>";
    for method in INCLUSIVE {
        assert_eq!(
            of(xml, "s", method),
            r#"<s xmlns="urn:r" xmlns:p="urn:q"><p:t xmlns=""></p:t></s>"#,
            "{method:?}"
        );
        assert_eq!(of(xml, "t", method), r#"<p:t xmlns:p="urn:q"></p:t>"#, "{method:?}");
    }
}

/// The element `d` of the example, whose neighbours `b` and `c` are left out, in a document that begins with them [xml-c14n11 2.4].
#[test]
fn b9_bases_are_joined() {
    let example = r#"<b xml:base=".."><c xml:base=".."><d xml:base="x"></d></c></b>"#;
    assert_eq!(of(example, "d", C14nMethod::Inclusive11), r#"<d xml:base="../../x"></d>"#);
    assert_eq!(of(example, "d", C14nMethod::Inclusive10), r#"<d xml:base="x"></d>"#);
    for (xml, expected) in [
        // Without one around it, its own is not touched; and without its own it takes what is around it.
        (r#"<b><d xml:base="x/../y"/></b>"#, r#"<d xml:base="x/../y"></d>"#),
        (r#"<b xml:base="x/../y"><d/></b>"#, r#"<d xml:base="x/../y"></d>"#),
        (
            r#"<b xml:base="http://x/y"><c xml:base="z/"><d a="1"/></c></b>"#,
            r#"<d a="1" xml:base="http://x/z/"></d>"#,
        ),
        // Nothing is left of it.
        (r#"<b xml:base="abc/"><d xml:base="../" a="1"/></b>"#, r#"<d a="1"></d>"#),
    ] {
        assert_eq!(of(xml, "d", C14nMethod::Inclusive11), expected, "{xml}");
    }
}

/// [xml-c14n11 2.4]
#[test]
fn d8_few_bases_are_joined() {
    let of = |length: usize, method: C14nMethod| {
        let xml = format!("<r xml:base='{}'><s xml:base='b'/></r>", "a".repeat(length));
        let document = Document::parse(xml.as_bytes(), &Limits::message()).unwrap();
        let apex = document.root().elements().next().unwrap();
        canonicalize(apex, None, &method.into())
    };
    assert_eq!(of(4095, C14nMethod::Inclusive11).unwrap(), b"<s xml:base=\"b\"></s>");
    let error = of(4096, C14nMethod::Inclusive11).unwrap_err();
    assert_eq!(error, C14nError::LongBase { found: 4097, most: 4096 });
    for other in [C14nMethod::Inclusive10, C14nMethod::Exclusive] {
        assert!(of(4096, other).is_ok(), "{other:?}");
    }
}

/// [xml-c14n11 2.4]
#[test]
fn identifiers_are_not_inherited() {
    let xml = r#"<r xml:id="R"><s xml:id="S"/><t/></r>"#;
    assert_eq!(of(xml, "s", C14nMethod::Inclusive11), r#"<s xml:id="S"></s>"#);
    assert_eq!(of(xml, "t", C14nMethod::Inclusive11), "<t></t>");
    assert_eq!(of(xml, "t", C14nMethod::Inclusive10), r#"<t xml:id="R"></t>"#);
}
