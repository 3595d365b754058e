//! Where the two engines may part, and why.

use landfall_xmldsig::{Document, Element, Limits};

/// A kind of document of which the two engines say different things, by right.
#[derive(Clone, Copy)]
pub struct Exception {
    /// What it is called in reports.
    pub name: &'static str,
    /// Who is right, and by what.
    pub reason: &'static str,
    /// Whether a document is of this kind.
    is: fn(&Document<'_>) -> bool,
}

/// All of them.
pub const EXCEPTIONS: &[Exception] = &[
    Exception {
        name: "namespace-name-no-uri",
        reason: "libxml2 cannot canonicalize where a namespace name, used or not, does not parse as a URI of RFC 3986; \
                 the recommendation demands failure for relative names alone [xml-c14n 1.3], \
                 and compares names character by character [xml-names 2.3]",
        is: |document| names(document, |name| !is_plain_uri(name)),
    },
    Exception {
        name: "namespace-name-ampersand",
        reason: "libxml2 writes an ampersand in a namespace name as it is, so that its octets are no XML; \
                 a namespace node is written as an attribute is, and there it is `&amp;` [xml-c14n 2.3]",
        is: |document| names(document, |name| name.contains('&')),
    },
    Exception {
        name: "prefix-list-spaces",
        reason: "libxmlsec1 parts a PrefixList at each single space, and takes the empty prefix between two for the default \
                 namespace; the list is of NMTOKENS, parted by any white space, where the default is `#default` \
                 [xml-exc-c14n 4]",
        is: |document| {
            all(document).any(|element| element.attribute("PrefixList").is_some_and(is_spaced_out))
        },
    },
    Exception {
        name: "id-in-a-namespace",
        reason: "samael makes known to libxmlsec1 as an ID whatever attribute has the local name ID, so that a reference \
                 may lead to another element there; the ID of SAML is in no namespace [saml-core 5.4.2], [attack A9]",
        is: |document| {
            let mut attributes = all(document).flat_map(|element| element.attributes().collect::<Vec<_>>());
            attributes.any(|(namespace, local, _)| local == "ID" && !namespace.is_empty())
        },
    },
];

/// The exception that a document is, if it is one.
#[must_use]
pub fn exception(document: &Document<'_>) -> Option<Exception> {
    EXCEPTIONS.iter().copied().find(|exception| (exception.is)(document))
}

fn all<'d>(document: &'d Document<'_>) -> impl Iterator<Item = Element<'d>> {
    std::iter::once(document.root()).chain(document.root().descendants())
}

/// White space that is more than one space between two prefixes.
fn is_spaced_out(list: &str) -> bool {
    list.contains(['\t', '\n', '\r']) || list.split(' ').any(str::is_empty)
}

/// Whether a document declares, or seems to declare, a namespace with such a name.
fn names(document: &Document<'_>, such: fn(&str) -> bool) -> bool {
    let source = document.source();
    source.match_indices("xmlns").any(|(at, _)| {
        let quoted = source.get(at..).and_then(|rest| rest.split_once('=')).and_then(|(_, value)| {
            let value = value.trim_start();
            let quote = value.chars().next()?;
            let (value, _) = value.get(1..)?.split_once(quote)?;
            Some(format!("<a b={quote}{value}{quote}/>"))
        });
        let element = quoted.unwrap_or_default();
        let Ok(element) = Document::parse(element.as_bytes(), &Limits::message()) else { return false };
        element.root().attribute("b").is_some_and(such)
    })
}

/// Of the characters that a URI has, each where it may stand; in an authority, host and port alone [rfc3986 2, 3].
fn is_plain_uri(name: &str) -> bool {
    let of =
        |text: &str, marks: &str| text.chars().all(|one| one.is_ascii_alphanumeric() || marks.contains(one));
    let mut escapes = name.split('%').skip(1);
    let escaped = |rest: &str| rest.bytes().take(2).filter(u8::is_ascii_hexdigit).count() == 2;
    let (before, fragment) = name.split_once('#').unwrap_or((name, ""));
    let authority =
        before.split_once("//").map_or("", |(_, rest)| rest.split(['/', '?']).next().unwrap_or_default());
    let (host, port) = authority.split_once(':').unwrap_or((authority, ""));
    let anywhere = "-._~:/?@!$&'()*+,;=%";
    of(before, anywhere)
        && of(fragment, anywhere)
        && escapes.all(escaped)
        && of(host, "-._~!$&'()*+,;=%")
        && port.len() <= 5
        && port.bytes().all(|byte| byte.is_ascii_digit())
}
