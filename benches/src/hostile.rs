//! Messages that are as large as one may be, and made to cost as much as they can before they are refused.

use crate::message::{ASSERTION_ID, RESPONSE_ID, unsigned};
use crate::parties::{Failure, NOW, SP, identity_provider, pending, policy, service_provider, signing_key};
use landfall_saml::RawMessage;
use landfall_xmldsig::{Limits, SignaturePlace, Signer};

/// A name for each, and the message.
type Hostile = (&'static str, String);

/// All of them: what strangers can send, and what the administrator of an identity provider can sign.
///
/// # Errors
/// When one cannot be signed.
pub fn hostile() -> Result<Vec<Hostile>, Failure> {
    let mut all = strangers()?;
    all.extend(altered()?);
    all.extend(signed()?);
    Ok(all)
}

/// The code with which the message of a form field is refused; an error if it is believed.
///
/// # Errors
/// When it is accepted.
pub fn refusal(field: &str) -> Result<&'static str, Failure> {
    let message = match RawMessage::from_post(field) {
        Ok(message) => message,
        Err(error) => return Ok(error.code()),
    };
    let response = match message.response() {
        Ok(response) => response,
        Err(error) => return Ok(error.code()),
    };
    let (sp, idp, pending) = (service_provider()?, identity_provider()?, pending()?);
    match sp.finish(&idp, Some(&pending), &response, &policy(), NOW).0 {
        Err(reject) => Ok(reject.code()),
        Ok(_) => Err("it is accepted".into()),
    }
}

/// Repeats a piece until the message is full.
fn filled(before: &str, piece: impl Fn(usize) -> String, after: &str) -> String {
    let mut message = before.to_owned();
    for number in 0.. {
        let piece = piece(number);
        if message.len() + piece.len() + after.len() > Limits::message().bytes {
            break;
        }
        message.push_str(&piece);
    }
    message + after
}

/// An element with attributes, each of them in a namespace of its own.
fn attributes(count: usize) -> String {
    let of = |number: usize| format!(" p{number}:a=\"\"");
    format!("<e{}/>", (0..count).map(of).collect::<String>())
}

fn declarations(count: usize) -> String {
    (0..count).map(|number| format!(" xmlns:p{number}=\"urn:{number}\"")).collect()
}

/// Needs no key: a genuine message, with something put into a value, so that at the end its digest differs.
fn strangers() -> Result<Vec<Hostile>, Failure> {
    let genuine = signing_key()?.sign_element(&unsigned(0), ASSERTION_ID, SignaturePlace::Second)?;
    let (before, after) = genuine.split_once("<AttributeValue>").ok_or("the message has changed its form")?;
    let before = format!("{before}<AttributeValue>");
    let with = |name, piece: &dyn Fn(usize) -> String| (name, filled(&before, piece, after));
    let same = |name, piece: &str| with(name, &|_| piece.to_owned());
    let inside = |name, tag: &str, piece: &str| {
        (name, filled(&format!("{before}{tag}"), |_| piece.to_owned(), &format!("</e>{after}")))
    };
    let scope = format!("<e{}>", declarations(50));
    Ok(vec![
        same("elements", "<an-element/>"),
        same("elements-that-nest", &format!("{}{}", "<element>".repeat(50), "</element>".repeat(50))),
        same("elements-that-never-end", "<e>"),
        same("elements-beyond-the-limit", "<e/>"),
        inside("attributes", &scope, &attributes(50)),
        inside("namespaces", "<e>", &format!("<e{}/>", declarations(50))),
        inside("namespaces-bound-again", &scope, &format!("<e{}/>", declarations(50).replace("urn", "urm"))),
        inside("prefixes-by-turns", &scope, "<p0:element/><p49:element/>"),
        with("ids", &|number| format!("<e ID=\"_{number}\"/>")),
        same("ids-twice", "<e ID=\"_\"/>"),
        same("references", "&amp;"),
        same("references-by-number", "&#60;"),
        inside("references-in-a-value", "<e>", &format!("<e a=\"{}\"/>", "&#60;".repeat(1000))),
        same("comments", "<!-- a comment -->"),
        same("sections-with-text", "<![CDATA[<]]>"),
        same("text", "text "),
        same("line-ends", "\r\n"),
        same("assertions", "<Assertion/>"),
        same("signatures", "<Signature xmlns=\"urn:other\"/>"),
    ])
}

/// A signature made costly by somebody who has no key: refused when the signature value is wrong.
fn altered() -> Result<Vec<Hostile>, Failure> {
    let genuine = signing_key()?.sign_element(&unsigned(0), ASSERTION_ID, SignaturePlace::Second)?;
    let wrong = genuine.replace("<ds:SignatureValue>", "<ds:SignatureValue>AAAA");
    let long = |name, before: &str, piece: &str| {
        let (head, tail) = wrong.split_once(before).ok_or("the signature has changed its form")?;
        Ok::<_, Failure>((name, filled(&format!("{head}{before}"), |_| piece.to_owned(), tail)))
    };
    let method = "<ds:CanonicalizationMethod Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\">";
    let list = "<InclusiveNamespaces xmlns=\"http://www.w3.org/2001/10/xml-exc-c14n#\" PrefixList=\"";
    // Declarations in SignedInfo, which may be among the prefixes that it is to be canonicalized with.
    let listed = ["SignatureMethod ", "Transform ", "DigestMethod ", "DigestValue>"].iter().fold(
        wrong.clone(),
        |xml, name| {
            let (name, end) = name.split_at(name.len() - 1);
            xml.replace(&format!("<ds:{name}{end}"), &format!("<ds:{name}{}{end}", declarations(50)))
        },
    );
    let (head, tail) = listed.split_once(method).ok_or("the signature has changed its form")?;
    let (head, tail) = (format!("{head}{method}{list}"), format!("\"/>{tail}"));
    Ok(vec![
        long("signature-value", "<ds:SignatureValue>", "AAAA")?,
        long("certificate", "<ds:X509Certificate>", "AAAA")?,
        long("digest-value", "<ds:DigestValue>", "AAAA")?,
        long("certificates", "<ds:X509Data>", "<ds:X509Certificate>AAAA</ds:X509Certificate>")?,
        ("prefixes", filled(&head, |_| "q ".to_owned(), &tail)),
        ("prefixes-in-scope", filled(&head, |number| format!("p{} ", number % 50), &tail)),
    ])
}

/// Genuine signatures of a hostile identity provider: refused by a rule, after everything was canonicalized and digested.
fn signed() -> Result<Vec<Hostile>, Failure> {
    let key = signing_key()?;
    // Made for another audience, so that it is refused at the end.
    let message = unsigned(0).replace(SP, "https://other.example.com/saml/metadata");
    let room = " ".repeat(16 * 1024);
    let with = |name, before: &str, piece: &dyn Fn(usize) -> String| {
        let (head, tail) = message.split_once(before).ok_or("the message has changed its form")?;
        let xml = filled(&format!("{head}{before}"), piece, &format!("{tail}{room}"));
        let xml = key.sign_element(xml.trim_end(), ASSERTION_ID, SignaturePlace::Second)?;
        Ok::<_, Failure>((name, key.sign_element(&xml, RESPONSE_ID, SignaturePlace::Second)?))
    };
    let same = |name, before: &str, piece: &str| with(name, before, &|_| piece.to_owned());
    let scope = declarations(50);
    Ok(vec![
        with("signed-attributes", "<AttributeStatement>", &|number| {
            format!("<Attribute Name=\"{number}\"><AttributeValue></AttributeValue></Attribute>")
        })?,
        same("signed-values", "<AttributeValue>", "</AttributeValue><AttributeValue>")?,
        same("signed-audiences", "<AudienceRestriction>", "<Audience>urn:other</Audience>")?,
        same(
            "signed-restrictions",
            "<AudienceRestriction>",
            "<Audience>urn:other</Audience></AudienceRestriction><AudienceRestriction>",
        )?,
        same(
            "signed-confirmations",
            "</NameID>",
            "<SubjectConfirmation Method=\"urn:oasis:names:tc:SAML:2.0:cm:bearer\"></SubjectConfirmation>",
        )?,
        same("signed-statements", "</Conditions>", "<AttributeStatement></AttributeStatement>")?,
        same("signed-text", "<AttributeValue>", "&gt;")?,
        same("signed-elements", "<AttributeValue>", "<an-element></an-element>")?,
        same("signed-namespaces", "<AttributeValue>", &format!("<e{scope}></e>"))?,
        same("signed-prefixes", "<AttributeValue>", &format!("<e{scope}>{}</e>", attributes(30)))?,
    ])
}
