//! Documents made of bytes.

use landfall_xmldsig::{DigestAlgorithm, SignatureAlgorithm, XMLDSIG_NAMESPACE};

use crate::Choices;

/// The ID of the element that is to be signed.
pub const ID: &str = "s";

/// A document with a place for a signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Up to the end of the start tag of the element with the [`ID`].
    pub before: String,
    /// The rest.
    pub after: String,
}

impl Message {
    /// The document without a signature.
    #[must_use]
    pub fn text(&self) -> String {
        self.with("")
    }

    /// The document with this as the first child of the element with the [`ID`].
    #[must_use]
    pub fn with(&self, signature: &str) -> String {
        format!("{}{signature}{}", self.before, self.after)
    }
}

/// A well-formed document, with one element that has the [`ID`].
#[must_use]
pub fn message(choices: &mut Choices<'_>) -> Message {
    let mut before = choices.one_of(PROLOGS).to_owned();
    let mut after = String::new();
    let around = choices.below(3);
    for level in 0..=around {
        let name = choices.one_of(NAMES);
        let rebound: &[&str] = if level == 0 { &[] } else { PREFIXES };
        let mut attributes = attributes(choices, rebound);
        if level == 0 {
            attributes.push("xmlns:p='urn:p' xmlns:q=\"urn:q\" xmlns:r='urn:r'".to_owned());
        }
        if level == around {
            attributes.push(format!("ID='{ID}'"));
        }
        let mut end = String::new();
        start_tag(choices, name, attributes, ">", &mut before);
        let mut nodes = 24;
        if level < around {
            content(choices, 1, &mut nodes, &mut before);
        }
        content(choices, if level < around { 1 } else { 4 }, &mut nodes, &mut end);
        end.push_str(&format!("</{name}{}>", choices.one_of(&["", " ", "\r\n"])));
        after.insert_str(0, &end);
    }
    after.push_str(choices.one_of(&["", "\n", "<!-- behind -->", "\r\n<?behind it?>"]));
    Message { before, after }
}

const PROLOGS: &[&str] = &[
    "",
    "<?xml version=\"1.0\"?>\n",
    "<?xml version='1.0' encoding='UTF-8'?>",
    "<!-- before -->\r\n",
    "<?xml version='1.0' encoding=\"utf-8\" standalone='yes'?>\n<?before?>",
];

const NAMES: &[&str] = &["c", "p:a", "q:b", "r:c", "a", "\u{E9}", "p:\u{20000}x", "B-.1"];

/// Texts in element content: each is well-formed by itself and beside any other.
const TEXTS: &[&str] = &[
    "text",
    " \r\n\t",
    "&amp;&lt;&gt;&quot;&apos;",
    "&#13;&#xD;&#10;&#9;&#32;",
    "<![CDATA[<&>\r\n]]>",
    "<![CDATA[]]>",
    "\u{E9}\u{1F600}\u{10FFFD}",
    "&#x1F600;&#xE9;&#x85;&#x2028;",
    "\u{85}\u{2028}\u{FEFF}",
    "\r",
    "'\">",
    "<![CDATA[]]]]><![CDATA[>]]>",
];

/// What stands between elements and is no text; beside a text it is refused.
const ASIDES: &[&str] = &["<!---->", "<!-- a comment &amp; -->", "<?p?>", "<?p  data \r\n?>", "<?p-q <&>?>"];

/// Attribute values, without the quotes.
const VALUES: &[&str] = &[
    "1",
    "",
    "a  b",
    " \t\r\n ",
    "&#9;&#10;&#13;&#32;",
    "&lt;&amp;&gt;&quot;&apos;",
    ">",
    "\u{E9}\u{1F600}",
    "&#x1F600;&#233;",
    "\r\r\n\n",
];

/// Attributes of which any may stand together on one element.
const ATTRIBUTES: &[&str] = &[
    "x",
    "b",
    "B",
    "aa",
    "a-b",
    "p:y",
    "q:z",
    "q:Z",
    "r:k",
    "p:x",
    "\u{E9}",
    "r:\u{E9}",
    "xml:lang",
    "xml:space",
    "xml:base",
    "p:xmlns",
];

const NAMESPACES: &[&str] = &["urn:1", "urn:2", "urn:3", "http://example.com/a?b=1;c='", "URN:1", "urn:1/"];

/// Declared on the outermost element, but for the last.
const PREFIXES: &[&str] = &["p", "q", "r", "unused"];

/// Attributes and declarations, of these prefixes among others.
fn attributes(choices: &mut Choices<'_>, prefixes: &[&str]) -> Vec<String> {
    let mut all = Vec::new();
    match choices.below(5) {
        3 => all.push("xmlns=''".to_owned()),
        4 => all.push(format!("xmlns=\"{}\"", choices.one_of(NAMESPACES))),
        _ => {}
    }
    for prefix in prefixes {
        if choices.once_in(5) {
            all.push(format!("xmlns:{prefix}=\"{}\"", choices.one_of(NAMESPACES)));
        }
    }
    if choices.once_in(20) {
        all.push("xmlns:xml='http://www.w3.org/XML/1998/namespace'".to_owned());
    }
    let mut from = choices.below(ATTRIBUTES.len());
    for _ in 0..choices.below(5) {
        let name = ATTRIBUTES.get(from % ATTRIBUTES.len()).copied().unwrap_or_default();
        let value = choices.one_of(VALUES);
        let quote = if value.contains('\'') { '"' } else { choices.one_of(&['"', '\'']) };
        all.push(format!("{name}={quote}{value}{quote}"));
        from += 1 + choices.below(2);
    }
    all
}

fn start_tag(
    choices: &mut Choices<'_>,
    name: &str,
    mut attributes: Vec<String>,
    end: &str,
    out: &mut String,
) {
    out.push('<');
    out.push_str(name);
    while !attributes.is_empty() {
        out.push_str(choices.one_of(&[" ", "\n  ", "\r\n\t"]));
        out.push_str(&attributes.remove(choices.below(attributes.len())));
    }
    out.push_str(choices.one_of(&["", " ", "\n"]));
    out.push_str(end);
}

fn content(choices: &mut Choices<'_>, depth: usize, nodes: &mut usize, out: &mut String) {
    let many = if choices.are_made() { 0 } else { choices.below(5) };
    for _ in 0..many.min(*nodes) {
        *nodes = nodes.saturating_sub(1);
        match choices.below(9) {
            0..3 => out.push_str(choices.one_of(TEXTS)),
            3 if choices.once_in(3) => out.push_str(choices.one_of(ASIDES)),
            _ if depth > 0 => element(choices, depth - 1, nodes, out),
            _ => {}
        }
    }
}

fn element(choices: &mut Choices<'_>, depth: usize, nodes: &mut usize, out: &mut String) {
    let name = choices.one_of(NAMES);
    let attributes = attributes(choices, PREFIXES);
    if choices.once_in(4) {
        return start_tag(choices, name, attributes, "/>", out);
    }
    start_tag(choices, name, attributes, ">", out);
    content(choices, depth, nodes, out);
    out.push_str(&format!("</{name}{}>", choices.one_of(&["", "", " "])));
}

/// A signature of the element with the [`ID`], still without its two values, for libxmlsec1 to [`sign`](crate::sign).
#[must_use]
pub fn template(choices: &mut Choices<'_>, algorithms: &[SignatureAlgorithm]) -> String {
    let method = algorithms.get(choices.below(algorithms.len())).map_or("", |algorithm| algorithm.uri());
    let digests =
        [DigestAlgorithm::Sha256, DigestAlgorithm::Sha1, DigestAlgorithm::Sha384, DigestAlgorithm::Sha512];
    let digest = digests.get(choices.below(digests.len())).map_or("", |algorithm| algorithm.uri());
    let (first, second) = (exclusive(choices), exclusive(choices));
    let space = choices.one_of(&["", "\n", " \r\n\t", "<!-- c -->"]);
    format!(
        "<ds:Signature xmlns:ds='{XMLDSIG_NAMESPACE}'>{space}<ds:SignedInfo>{space}<ds:CanonicalizationMethod {first}\
         </ds:CanonicalizationMethod>{space}<ds:SignatureMethod Algorithm='{method}'/><ds:Reference URI=\"#{ID}\">\
         <ds:Transforms>{space}<ds:Transform Algorithm='{XMLDSIG_NAMESPACE}enveloped-signature'/><ds:Transform {second}\
         </ds:Transform></ds:Transforms><ds:DigestMethod Algorithm='{digest}'/><ds:DigestValue></ds:DigestValue>\
         </ds:Reference></ds:SignedInfo>{space}<ds:SignatureValue></ds:SignatureValue></ds:Signature>"
    )
}

/// The algorithm attribute and the content of a method or transform that canonicalizes exclusively.
fn exclusive(choices: &mut Choices<'_>) -> String {
    let uri = "http://www.w3.org/2001/10/xml-exc-c14n#";
    let lists = [
        "p",
        "#default",
        "q p",
        "p #default r q unused",
        "",
        "xml",
        "unknown p",
        "p p",
        "ds #default",
        "q\tr",
    ];
    let list = match choices.below(lists.len() + 3).checked_sub(3) {
        None => return format!("Algorithm='{uri}'>"),
        Some(at) => lists.get(at).copied().unwrap_or_default(),
    };
    let prefix = choices.one_of(&["ec", "p"]);
    format!("Algorithm='{uri}'><{prefix}:InclusiveNamespaces xmlns:{prefix}='{uri}' PrefixList='{list}'/>")
}
