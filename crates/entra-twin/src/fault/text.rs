//! Faults in the text after it is signed: changed content, and what parsers read in different ways.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::cut::{Parts, behind, filled, halves, name_claim, name_id, replaced, split};
use super::{Edit, Fault, ForgeError};
use crate::SigningOption::Response;
use crate::xml;

pub(super) const FAULTS: &[Fault] = &[
    // Changed [C7].
    Fault::refuse(
        "name-id-changed",
        "C7",
        Edit::Text(|t, s| name_id(t, |_| s.message(s.victim).assertion.name_id)),
    ),
    Fault::refuse(
        "name-id-changed-response",
        "C7",
        Edit::Text(|t, s| name_id(t, |_| s.message(s.victim).assertion.name_id)),
    )
    .signed(Response),
    Fault::refuse(
        "attribute-changed",
        "C7",
        Edit::Text(|t, s| name_claim(t, |_| xml::text(&s.victim.user_principal_name))),
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
    // Splits, in what is signed, that canonicalization takes away [B5], [B7].
    Fault::refuse("comment-in-name-id", "B5", Edit::Text(|t, _| name_id(t, |old| split(old, "<!---->")))),
    Fault::refuse(
        "comment-in-name-id-response",
        "B5",
        Edit::Text(|t, _| name_id(t, |old| split(old, "<!---->"))),
    )
    .signed(Response),
    Fault::refuse(
        "comment-in-attribute",
        "B5",
        Edit::Text(|t, _| name_claim(t, |old| split(old, "<!---->"))),
    ),
    // One that only some canonicalizations take away, against the standard [B6].
    Fault::refuse("instruction-in-name-id", "B6", Edit::Text(|t, _| name_id(t, |old| split(old, "<?x y?>")))),
    Fault::accept(
        "cdata-in-name-id",
        "B7",
        Edit::Text(|t, _| respelled(t, |letter| format!("<![CDATA[{letter}]]>"))),
    ),
    Fault::accept(
        "character-reference-in-name-id",
        "B7",
        Edit::Text(|t, _| respelled(t, |letter| format!("&#x{:x};", u32::from(letter)))),
    ),
    // What nobody needs to understand, and what follows is more of.
    Fault::accept("extensions", "E25", Edit::Text(|t, _| extended(t, "<y/>z"))),
    // DOCTYPE [D1], [D2]; entities stand where nothing is signed, so that no digest refuses what they come to.
    Fault::refuse("doctype", "D1", Edit::Text(|t, _| Ok(format!("<!DOCTYPE Response>{t}")))),
    Fault::refuse(
        "doctype-external",
        "D1",
        Edit::Text(|t, s| Ok(format!("<!DOCTYPE x SYSTEM \"{}/x.dtd\">{t}", s.bait))),
    ),
    Fault::refuse(
        "entity-file",
        "D1",
        Edit::Text(|t, _| with_entity(t, "<!ENTITY e SYSTEM \"file:///etc/hostname\">", 1)),
    ),
    Fault::refuse(
        "entity-external",
        "D1",
        Edit::Text(|t, s| with_entity(t, &format!("<!ENTITY e SYSTEM \"{}/e\">", s.bait), 1)),
    ),
    Fault::refuse("entity-internal", "D1", Edit::Text(|t, _| with_entity(t, "<!ENTITY e \"x\">", 1))),
    // It comes to nothing, so the digest holds.
    Fault::refuse(
        "entity-in-name-id",
        "D1",
        Edit::Text(|t, _| {
            let text = name_id(t, |old| split(old, "&e;"))?;
            Ok(format!("<!DOCTYPE x [<!ENTITY e \"\">]>{text}"))
        }),
    ),
    Fault::refuse("entity-bomb", "D2", Edit::Text(|t, _| with_entity(t, &bomb(), 1))),
    Fault::refuse(
        "entity-quadratic",
        "D2",
        Edit::Text(|t, _| with_entity(t, &format!("<!ENTITY e \"{}\">", "x".repeat(20_000)), 5_000)),
    ),
    Fault::refuse(
        "entity-parameter",
        "D2",
        Edit::Text(|t, s| Ok(format!("<!DOCTYPE x [<!ENTITY % p SYSTEM \"{}/p\"> %p;]>{t}", s.bait))),
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
            Ok(declared.encode_utf16().flat_map(u16::to_le_bytes).collect())
        }),
    ),
    Fault::refuse(
        "encoding-iso-8859-1",
        "B12",
        Edit::Octets(|t| {
            let text = format!("<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?>{}", extended(t, MARK)?);
            marked(&text, b"\xe9")
        }),
    ),
    // The first letter of the NameID in two octets: who reads it so finds that the digest holds.
    Fault::refuse(
        "encoding-overlong",
        "B12",
        Edit::Octets(|t| {
            let mut octets = Vec::new();
            let text = name_id(t, |old| {
                let mut letters = old.chars();
                octets = letters.next().map_or_else(Vec::new, overlong);
                format!("{MARK}{}", letters.as_str())
            })?;
            marked(&text, &octets)
        }),
    ),
    // Where nothing is signed: what a reader puts in their place is covered by no digest.
    Fault::refuse("encoding-invalid", "B12", Edit::Octets(|t| marked(&extended(t, MARK)?, b"\xff"))),
    Fault::refuse("nul-as-reference", "B13", Edit::Text(|t, _| extended(t, "&#0;"))),
    // For readers that leave it out.
    Fault::refuse(
        "nul-in-name-id",
        "B13",
        Edit::Octets(|t| marked(&name_id(t, |old| split(old, MARK))?, b"\0")),
    ),
    Fault::refuse("nul-at-the-end", "B13", Edit::Octets(|t| Ok([t.as_bytes(), b"\0"].concat()))),
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
        // The same, so that it does not matter which one is read.
        Edit::Text(|t, s| {
            let again = xml::attribute("Destination", s.acs);
            replaced(t, "<samlp:Response ", &format!("<samlp:Response{again} "))
        }),
    ),
    Fault::refuse("prefix-undeclared", "B15", Edit::Text(|t, _| extended(t, "<nobody:y/>"))),
    Fault::refuse("prefix-undeclared-by-empty", "B3", Edit::Text(|t, _| extended(t, "<z:y xmlns:z=\"\"/>"))),
    Fault::refuse("prefix-xml-rebound", "B3", Edit::Text(|t, _| extended(t, "<y xmlns:xml=\"urn:x\"/>"))),
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
            Ok(Parts { open, ..parts }.whole())
        }),
    ),
    Fault::refuse("message-of-400000-octets", "D7", Edit::Text(|t, _| extended(t, &"x".repeat(400_000)))),
];

/// Stands for octets that are no text.
const MARK: &str = "[octets]";

/// Another value of the same length: one bit of the last octet.
fn turned(base64: &str) -> String {
    let mut octets = STANDARD.decode(base64).unwrap_or_default();
    octets.iter_mut().last().into_iter().for_each(|octet| *octet ^= 1);
    STANDARD.encode(octets)
}

/// The NameID with one letter written in another way that means the same.
fn respelled(text: &str, write: impl Fn(char) -> String) -> Result<String, ForgeError> {
    name_id(text, |old| {
        let (head, tail) = halves(old);
        let mut letters = tail.chars();
        let letter = letters.next().map(write).unwrap_or_default();
        format!("{head}{letter}{}", letters.as_str())
    })
}

/// Declarations, and so many uses of the entity `e` where nothing is signed.
fn with_entity(text: &str, declarations: &str, uses: usize) -> Result<String, ForgeError> {
    Ok(format!("<!DOCTYPE x [{declarations}]>{}", extended(text, &"&e;".repeat(uses))?))
}

fn bomb() -> String {
    let mut declarations = String::from("<!ENTITY e0 \"ha\">");
    for level in 1..=12 {
        declarations.push_str(&format!("<!ENTITY e{level} \"{}\">", format!("&e{};", level - 1).repeat(10)));
    }
    declarations.push_str("<!ENTITY e \"&e12;\">");
    declarations
}

/// A text with octets in the place of the mark.
fn marked(text: &str, octets: &[u8]) -> Result<Vec<u8>, ForgeError> {
    let (head, tail) = behind(text, MARK)?;
    Ok([head.strip_suffix(MARK).unwrap_or(head).as_bytes(), octets, tail.as_bytes()].concat())
}

/// A letter in two octets, as the standard forbids.
fn overlong(letter: char) -> Vec<u8> {
    let octet = u8::try_from(letter).unwrap_or(b'?');
    vec![0xc0 | octet >> 6, 0x80 | octet & 0x3f]
}

/// With content in `Extensions`, which nobody needs to understand and which an unsigned envelope may carry.
fn extended(text: &str, content: &str) -> Result<String, ForgeError> {
    let extensions = format!("<samlp:Extensions><x xmlns=\"urn:example:x\">{content}</x></samlp:Extensions>");
    replaced(text, "<samlp:Status>", &format!("{extensions}<samlp:Status>"))
}
