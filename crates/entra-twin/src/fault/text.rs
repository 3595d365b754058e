//! Faults in the text after it is signed: changed content, and what parsers read in different ways.

use super::cut::{Parts, filled, replaced};
use super::{Edit, Fault, ForgeError};
use crate::SigningOption::Response;
use crate::xml;

pub(super) const FAULTS: &[Fault] = &[
    // Changed [C7].
    Fault::refuse(
        "name-id-changed",
        "C7",
        Edit::Text(|t, s| {
            filled(t, "emailAddress\">", "</NameID>", |_| xml::text(&s.victim.user_principal_name))
        }),
    ),
    Fault::refuse(
        "name-id-changed-response",
        "C7",
        Edit::Text(|t, s| {
            filled(t, "emailAddress\">", "</NameID>", |_| xml::text(&s.victim.user_principal_name))
        }),
    )
    .signed(Response),
    Fault::refuse(
        "attribute-changed",
        "C7",
        Edit::Text(|t, s| {
            filled(t, NAME_VALUE, "</AttributeValue>", |_| xml::text(&s.victim.user_principal_name))
        }),
    ),
    Fault::refuse(
        "attribute-added",
        "C7",
        Edit::Text(|t, _| {
            replaced(
                t,
                "</AttributeStatement>",
                "<Attribute Name=\"role\"><AttributeValue>admin</AttributeValue></Attribute></AttributeStatement>",
            )
        }),
    ),
    Fault::refuse(
        "prefix-changed",
        "B3",
        Edit::Text(|t, _| {
            let parts = Parts::of(t)?;
            let assertion = parts.assertion.replacen(
                "<Subject>",
                "<s:Subject xmlns:s=\"urn:oasis:names:tc:SAML:2.0:assertion\">",
                1,
            );
            let assertion = assertion.replacen("</Subject>", "</s:Subject>", 1);
            Ok(Parts { assertion, ..parts }.whole())
        }),
    ),
    Fault::refuse(
        "signature-value-changed",
        "C7",
        Edit::Text(|t, _| filled(t, "<SignatureValue>", "</SignatureValue>", turned)),
    ),
    Fault::refuse(
        "signature-value-empty",
        "C7",
        Edit::Text(|t, _| filled(t, "<SignatureValue>", "</SignatureValue>", |_| String::new())),
    ),
    Fault::refuse(
        "digest-value-empty",
        "C8",
        Edit::Text(|t, _| filled(t, "<DigestValue>", "</DigestValue>", |_| String::new())),
    ),
    Fault::refuse(
        "digest-value-cut",
        "C8",
        Edit::Text(|t, _| filled(t, "<DigestValue>", "</DigestValue>", |old| old.chars().take(4).collect())),
    ),
    // Splits, in what is signed, that canonicalization takes away [B5], [B7].
    Fault::refuse("comment-in-name-id", "B5", Edit::Text(|t, _| split_name_id(t, "<!---->"))),
    Fault::refuse("comment-in-name-id-response", "B5", Edit::Text(|t, _| split_name_id(t, "<!---->")))
        .signed(Response),
    Fault::refuse(
        "comment-in-attribute",
        "B5",
        Edit::Text(|t, _| filled(t, NAME_VALUE, "</AttributeValue>", |old| old.replacen('@', "<!---->@", 1))),
    ),
    Fault::refuse("instruction-in-name-id", "B6", Edit::Text(|t, _| split_name_id(t, "<?x y?>"))),
    Fault::accept(
        "cdata-in-name-id",
        "B7",
        Edit::Text(|t, _| {
            filled(t, "emailAddress\">", "</NameID>", |old| old.replacen('@', "<![CDATA[@]]>", 1))
        }),
    ),
    Fault::accept(
        "character-reference-in-name-id",
        "B7",
        Edit::Text(|t, _| filled(t, "emailAddress\">", "</NameID>", |old| old.replacen('@', "&#x40;", 1))),
    ),
    // DOCTYPE [D1], [D2].
    Fault::refuse("doctype", "D1", Edit::Text(|t, _| Ok(format!("<!DOCTYPE Response>{t}")))),
    Fault::refuse(
        "entity-external",
        "D1",
        Edit::Text(|t, _| with_entity(t, "<!DOCTYPE x [<!ENTITY e SYSTEM \"file:///etc/hostname\">]>")),
    ),
    Fault::refuse(
        "doctype-external",
        "D1",
        Edit::Text(|t, _| Ok(format!("<!DOCTYPE x SYSTEM \"http://127.0.0.1:9/x.dtd\">{t}"))),
    ),
    Fault::refuse(
        "entity-internal",
        "D1",
        Edit::Text(|t, _| with_entity(t, "<!DOCTYPE x [<!ENTITY e \"\">]>")),
    ),
    Fault::refuse("entity-bomb", "D2", Edit::Text(|t, _| with_entity(t, &bomb()))),
    Fault::refuse(
        "entity-quadratic",
        "D2",
        Edit::Text(|t, _| {
            let (value, uses) = ("x".repeat(20_000), "&e;".repeat(5_000));
            let text = filled(t, "emailAddress\">", "</NameID>", |old| format!("{old}{uses}"))?;
            Ok(format!("<!DOCTYPE x [<!ENTITY e \"{value}\">]>{text}"))
        }),
    ),
    Fault::refuse(
        "entity-parameter",
        "D2",
        Edit::Text(|t, _| Ok(format!("<!DOCTYPE x [<!ENTITY % p SYSTEM \"http://127.0.0.1:9/p\"> %p;]>{t}"))),
    ),
    // Encodings [B12], [B13].
    Fault::accept(
        "declaration-utf-8",
        "B12",
        Edit::Text(|t, _| Ok(format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>{t}"))),
    ),
    Fault::accept("byte-order-mark", "B12", Edit::Text(|t, _| Ok(format!("\u{feff}{t}")))),
    Fault::refuse(
        "declaration-of-another-encoding",
        "B12",
        Edit::Text(|t, _| Ok(format!("<?xml version=\"1.0\" encoding=\"UTF-16\"?>{t}"))),
    ),
    Fault::refuse(
        "encoding-utf-16",
        "B12",
        Edit::Octets(|t| {
            let declared = format!("\u{feff}<?xml version=\"1.0\" encoding=\"UTF-16\"?>{t}");
            declared.encode_utf16().flat_map(u16::to_le_bytes).collect()
        }),
    ),
    Fault::refuse(
        "encoding-iso-8859-1",
        "B12",
        Edit::Octets(|t| {
            let mut octets = b"<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?>".to_vec();
            octets.extend_from_slice(t.as_bytes());
            octets.extend_from_slice(b"<!-- \xe9 -->");
            octets
        }),
    ),
    Fault::refuse("encoding-overlong", "B12", Edit::Octets(|t| in_name_id(t, b"\xc0\xae"))),
    Fault::refuse("encoding-invalid", "B12", Edit::Octets(|t| in_name_id(t, b"\xff"))),
    Fault::refuse("nul-in-name-id", "B13", Edit::Octets(|t| in_name_id(t, b"\0"))),
    Fault::refuse("nul-at-the-end", "B13", Edit::Octets(|t| [t.as_bytes(), b"\0"].concat())),
    Fault::refuse("nul-as-reference", "B13", Edit::Text(|t, _| split_name_id(t, "&#0;"))),
    Fault::refuse("xml-1-1", "B13", Edit::Text(|t, _| Ok(format!("<?xml version=\"1.1\"?>{t}")))),
    // Well-formed it is not [A23], [B3], [B14], [B15].
    Fault::accept("white-space-at-the-end", "A23", Edit::Text(|t, _| Ok(format!("{t}\r\n")))),
    Fault::refuse("text-at-the-end", "A23", Edit::Text(|t, _| Ok(format!("{t}x")))),
    Fault::refuse(
        "root-twice",
        "A23",
        Edit::Text(|t, s| {
            let forged = Parts { assertion: s.forged(None)?, ..Parts::of(t)? };
            Ok(format!("{t}{}", forged.whole()))
        }),
    ),
    Fault::refuse(
        "root-twice-forged-first",
        "A23",
        Edit::Text(|t, s| {
            let forged = Parts { assertion: s.forged(None)?, ..Parts::of(t)? };
            Ok(format!("{}{t}", forged.whole()))
        }),
    ),
    Fault::refuse(
        "attribute-of-an-element-twice",
        "B14",
        Edit::Text(|t, s| {
            let other = xml::attribute("Destination", &format!("{}x", s.acs));
            replaced(t, "<samlp:Response ", &format!("<samlp:Response{other} "))
        }),
    ),
    Fault::refuse(
        "prefix-undeclared",
        "B15",
        Edit::Text(|t, _| replaced(t, "<samlp:Status>", "<nobody:Extensions/><samlp:Status>")),
    ),
    Fault::refuse(
        "prefix-undeclared-by-empty",
        "B3",
        Edit::Text(|t, _| {
            replaced(
                t,
                "<samlp:Status>",
                "<samlp:Extensions><x:y xmlns:x=\"\"/></samlp:Extensions><samlp:Status>",
            )
        }),
    ),
    Fault::refuse(
        "prefix-xml-rebound",
        "B3",
        Edit::Text(|t, _| {
            replaced(
                t,
                "<samlp:Status>",
                "<samlp:Extensions><y xmlns:xml=\"urn:x\"/></samlp:Extensions><samlp:Status>",
            )
        }),
    ),
    Fault::refuse("end-tag-missing", "A23", Edit::Text(|t, _| replaced(t, "</samlp:Response>", ""))),
    // More than anybody needs [D3], [D4], [D7].
    Fault::refuse(
        "depth-5000",
        "D3",
        Edit::Text(|t, _| extended(t, &format!("{}{}", "<x>".repeat(5_000), "</x>".repeat(5_000)))),
    ),
    Fault::refuse(
        "attributes-5000",
        "D4",
        Edit::Text(|t, _| {
            let attributes: String = (0..5_000).map(|number| format!(" a{number}=\"\"")).collect();
            extended(t, &format!("<x{attributes}/>"))
        }),
    ),
    Fault::refuse(
        "namespaces-2000",
        "D4",
        Edit::Text(|t, _| {
            let namespaces: String =
                (0..2_000).map(|number| format!(" xmlns:n{number}=\"urn:n{number}\"")).collect();
            extended(t, &format!("<x{namespaces}/>"))
        }),
    ),
    Fault::refuse("elements-60000", "D4", Edit::Text(|t, _| extended(t, &"<x/>".repeat(60_000)))),
    Fault::refuse(
        "id-of-100000-letters",
        "D7",
        Edit::Text(|t, _| {
            let parts = Parts::of(t)?;
            let open = parts.open.replacen(parts.id()?, &format!("_{}", "a".repeat(100_000)), 1);
            // With it the message is longer than any, whoever reads the ID.
            extended(&Parts { open, ..parts }.whole(), &format!("<x>{}</x>", "x".repeat(200_000)))
        }),
    ),
];

const NAME_VALUE: &str =
    "Name=\"http://schemas.xmlsoap.org/ws/2005/05/identity/claims/name\"><AttributeValue>";

/// Another value of the same length.
fn turned(base64: &str) -> String {
    base64
        .chars()
        .map(|letter| {
            if letter == 'A' {
                'B'
            } else if letter == 'B' {
                'A'
            } else {
                letter
            }
        })
        .collect()
}

fn split_name_id(text: &str, split: &str) -> Result<String, ForgeError> {
    filled(text, "emailAddress\">", "</NameID>", |old| old.replacen('@', &format!("{split}@"), 1))
}

/// An entity, and a use of it that adds nothing or much to the NameID.
fn with_entity(text: &str, doctype: &str) -> Result<String, ForgeError> {
    let text = filled(text, "emailAddress\">", "</NameID>", |old| format!("{old}&e;"))?;
    Ok(format!("{doctype}{text}"))
}

fn bomb() -> String {
    let mut doctype = String::from("<!DOCTYPE x [<!ENTITY e0 \"ha\">");
    for level in 1..=12 {
        doctype.push_str(&format!("<!ENTITY e{level} \"{}\">", format!("&e{};", level - 1).repeat(10)));
    }
    doctype.push_str("<!ENTITY e \"&e12;\">]>");
    doctype
}

/// Octets that are no text, before the `@` of the NameID.
fn in_name_id(text: &str, octets: &[u8]) -> Vec<u8> {
    match text.split_once('@') {
        Some((head, tail)) => [head.as_bytes(), octets, b"@", tail.as_bytes()].concat(),
        None => text.as_bytes().to_vec(),
    }
}

/// With content in `Extensions`, which nobody needs to understand and which an unsigned envelope may carry.
fn extended(text: &str, content: &str) -> Result<String, ForgeError> {
    replaced(text, "<samlp:Status>", &format!("<samlp:Extensions>{content}</samlp:Extensions><samlp:Status>"))
}
