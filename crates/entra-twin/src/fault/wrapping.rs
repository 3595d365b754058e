//! Signature wrapping: a genuine signature stands somewhere in the message, and what is read is another part of it.
//!
//! The numbers are those of Somorovsky et al., USENIX Security 2012.

use super::cut::{AssertionParts, Parts, between, filled, replaced};
use super::recipe::{Recipe, signed_again};
use super::{Edit, Fault, ForgeError, Scene};
use crate::SigningOption::{self, Both, Response};
use crate::xml;

pub(super) const FAULTS: &[Fault] = &[
    Fault::refuse("xsw1-response", "A1", Edit::Text(|t, s| response(t, s, Place::InSignature)))
        .signed(Response),
    Fault::refuse("xsw2-response", "A1", Edit::Text(|t, s| response(t, s, Place::BeforeSignature)))
        .signed(Response),
    Fault::refuse("xsw1-both", "A1", Edit::Text(|t, s| response(t, s, Place::InSignature))).signed(Both),
    Fault::refuse("xsw2-both", "A1", Edit::Text(|t, s| response(t, s, Place::BeforeSignature))).signed(Both),
    Fault::refuse(
        "xsw3-assertion",
        "A2",
        Edit::Text(|t, s| around(t, s, |own, forged| format!("{}{}", forged.whole(), own.whole()))),
    ),
    Fault::refuse(
        "xsw4-assertion",
        "A2",
        Edit::Text(|t, s| around(t, s, |own, forged| holding(forged, &own.whole()))),
    ),
    Fault::refuse(
        "xsw5-assertion",
        "A2",
        Edit::Text(|t, s| {
            around(t, s, |own, forged| format!("{}{}", signed_by(forged, &own.signature), bare(own)))
        }),
    ),
    Fault::refuse(
        "xsw6-assertion",
        "A2",
        Edit::Text(|t, s| around(t, s, |own, forged| signed_by(forged, &inside(&own.signature, &bare(own))))),
    ),
    Fault::refuse(
        "xsw7-assertion",
        "A3",
        Edit::Text(|t, s| {
            let forged = s.forged(Some(AssertionParts::of(&Parts::of(t)?.assertion)?.id()?))?;
            replaced(
                t,
                "<samlp:Status>",
                &format!("<samlp:Extensions>{forged}</samlp:Extensions><samlp:Status>"),
            )
        }),
    ),
    Fault::refuse(
        "xsw8-assertion",
        "A4",
        Edit::Text(|t, s| {
            around(t, s, |own, forged| {
                signed_by(forged, &inside(&own.signature, &format!("<Object>{}</Object>", bare(own))))
            })
        }),
    ),
    // The same with both assertions whole, the genuine one elsewhere.
    Fault::refuse(
        "xsw-last-assertion",
        "A2",
        Edit::Text(|t, s| around(t, s, |own, forged| format!("{}{}", own.whole(), forged.whole()))),
    ),
    Fault::refuse(
        "assertions-two-signed",
        "A2",
        Edit::Text(|t, s| {
            let mut other = s.message(s.victim);
            other.sign = None;
            let other = Recipe::of(s.twin, SigningOption::Assertion).sign(&s.twin.sign(&other)?)?;
            let parts = Parts::of(t)?;
            let assertion = format!("{}{}", Parts::of(&other)?.assertion, parts.assertion);
            Ok(Parts { assertion, ..parts }.whole())
        }),
    ),
    Fault::refuse(
        "xsw-signed-assertion-in-extensions",
        "A3",
        Edit::Text(|t, s| {
            let parts = Parts::of(t)?;
            let status = format!("<samlp:Extensions>{}</samlp:Extensions>{}", parts.assertion, parts.status);
            Ok(Parts { status, assertion: s.forged(None)?, ..parts }.whole())
        }),
    ),
    Fault::refuse(
        "xsw-signed-assertion-in-status",
        "A6",
        Edit::Text(|t, s| {
            let parts = Parts::of(t)?;
            let detail =
                format!("<samlp:StatusDetail>{}</samlp:StatusDetail></samlp:Status>", parts.assertion);
            let status = replaced(&parts.status, "</samlp:Status>", &detail)?;
            Ok(Parts { status, assertion: s.forged(None)?, ..parts }.whole())
        }),
    ),
    Fault::refuse(
        "xsw-signed-assertion-in-advice",
        "A6",
        Edit::Text(|t, s| {
            let parts = Parts::of(t)?;
            let advice = format!("</Conditions><Advice>{}</Advice>", parts.assertion);
            let assertion = replaced(&s.forged(None)?, "</Conditions>", &advice)?;
            Ok(Parts { assertion, ..parts }.whole())
        }),
    ),
    Fault::refuse(
        "xsw-signed-assertion-in-attribute",
        "A6",
        Edit::Text(|t, s| {
            let parts = Parts::of(t)?;
            let value = format!(
                "<Attribute Name=\"x\"><AttributeValue>{}</AttributeValue></Attribute></AttributeStatement>",
                parts.assertion
            );
            let assertion = replaced(&s.forged(None)?, "</AttributeStatement>", &value)?;
            Ok(Parts { assertion, ..parts }.whole())
        }),
    ),
    Fault::refuse(
        "xsw-response-in-extensions",
        "A7",
        Edit::Text(|t, s| {
            let outer = outer(t, s, String::new())?;
            let status = format!("<samlp:Extensions>{t}</samlp:Extensions>{}", outer.status);
            Ok(Parts { status, ..outer }.whole())
        }),
    )
    .signed(Response),
    Fault::refuse(
        "xsw-response-in-response",
        "A7",
        Edit::Text(|t, s| {
            let outer = outer(t, s, String::new())?;
            Ok(Parts { assertion: format!("{t}{}", outer.assertion), ..outer }.whole())
        }),
    ),
    Fault::refuse(
        "xsw-response-behind-assertion",
        "A7",
        Edit::Text(|t, s| {
            let outer = outer(t, s, String::new())?;
            Ok(Parts { assertion: format!("{}{t}", outer.assertion), ..outer }.whole())
        }),
    )
    .signed(Response),
    // Which element an ID names [A8], [A9].
    Fault::refuse(
        "id-twice-forged-first",
        "A8",
        Edit::Text(|t, s| same_id(t, s, |own, forged| format!("{forged}{own}"))),
    ),
    Fault::refuse(
        "id-twice-forged-last",
        "A8",
        Edit::Text(|t, s| same_id(t, s, |own, forged| format!("{own}{forged}"))),
    ),
    Fault::refuse(
        "id-twice-in-the-response",
        "A8",
        Edit::Text(|t, s| {
            let parts = Parts::of(t)?;
            let id = AssertionParts::of(&parts.assertion)?.id()?.to_owned();
            let open = parts.open.replacen(parts.id()?, &id, 1);
            Ok(Parts { open, assertion: format!("{}{}", s.forged(None)?, parts.assertion), ..parts }.whole())
        }),
    ),
    Fault::refuse(
        "id-in-a-foreign-namespace",
        "A9",
        Edit::Text(|t, s| {
            around(t, s, |own, forged| {
                let pollution =
                    format!("<Assertion xmlns:x=\"urn:example:x\" x:ID=\"{}\"", own.id().unwrap_or_default());
                let head = forged.head.replacen("<Assertion", &pollution, 1);
                let forged = AssertionParts { head, ..forged.clone() };
                format!("{}{}", signed_by(&forged, &own.signature), bare(own))
            })
        }),
    ),
    Fault::refuse(
        "id-in-lower-case",
        "A9",
        Edit::Text(|t, s| {
            around(t, s, |own, forged| {
                let lower = format!("<Assertion{}", xml::attribute("Id", own.id().unwrap_or_default()));
                let head = forged.head.replacen("<Assertion", &lower, 1);
                let forged = AssertionParts { head, ..forged.clone() };
                format!("{}{}", signed_by(&forged, &own.signature), bare(own))
            })
        }),
    ),
    Fault::refuse(
        "id-typed-by-a-doctype",
        "A10",
        Edit::Text(|t, s| {
            let wrapped = around(t, s, |own, forged| {
                let typed = format!("<Assertion{}", xml::attribute("key", own.id().unwrap_or_default()));
                let head = forged.head.replacen("<Assertion", &typed, 1);
                let forged = AssertionParts { head, ..forged.clone() };
                format!("{}{}", signed_by(&forged, &own.signature), bare(own))
            })?;
            Ok(format!("<!DOCTYPE x [<!ATTLIST Assertion key ID #IMPLIED>]>{wrapped}"))
        }),
    ),
    // What the Signature itself is made of [A4], [A11] to [A14], [A17], [A25].
    Fault::refuse(
        "signed-info-twice",
        "A12",
        Edit::Text(|t, s| {
            edited_signature(t, s, |signature, digest| {
                let genuine = between(&signature, "<SignedInfo>", "</SignedInfo>")?.to_owned();
                let forged = filled(&genuine, "<DigestValue>", "</DigestValue>", |_| digest.to_owned())?;
                replaced(
                    &signature,
                    "<SignedInfo>",
                    &format!("<SignedInfo>{forged}</SignedInfo><SignedInfo>"),
                )
            })
        }),
    ),
    Fault::refuse(
        "comment-in-digest",
        "A13",
        Edit::Text(|t, s| {
            edited_signature(t, s, |signature, digest| {
                replaced(&signature, "<DigestValue>", &format!("<DigestValue><!--{digest}-->"))
            })
        }),
    ),
    Fault::refuse(
        "digest-anywhere",
        "A11",
        Edit::Text(|t, s| {
            // Inside the SignedInfo of a second Signature, which comes first in the document.
            let mut outside = String::new();
            let edited = edited_signature(t, s, |signature, digest| {
                outside = filled(&signature, "<DigestValue>", "</DigestValue>", |_| digest.to_owned())?;
                Ok(signature)
            })?;
            replaced(
                &edited,
                "<samlp:Status>",
                &format!("<samlp:Extensions>{outside}</samlp:Extensions><samlp:Status>"),
            )
        }),
    ),
    Fault::refuse(
        "signature-value-twice",
        "A14",
        Edit::Text(|t, _| {
            replaced(t, "</SignatureValue>", "</SignatureValue><SignatureValue>AAAA</SignatureValue>")
        }),
    ),
    Fault::refuse("signature-twice", "A17", Edit::Text(|t, s| signed_again(s.twin, t))),
    Fault::refuse(
        "object-in-signature",
        "A4",
        Edit::Text(|t, _| replaced(t, "</KeyInfo></Signature>", "</KeyInfo><Object>x</Object></Signature>")),
    ),
    Fault::refuse("assertion-alone", "A25", Edit::Text(|t, _| Ok(Parts::of(t)?.assertion))),
];

/// Where the genuine response stands in the forged one.
#[derive(Clone, Copy)]
enum Place {
    InSignature,
    BeforeSignature,
}

/// A forged response with the genuine signature, and the genuine response without it somewhere inside.
fn response(text: &str, scene: &Scene<'_>, place: Place) -> Result<String, ForgeError> {
    let genuine = Parts::of(text)?;
    let stripped = Parts { signature: String::new(), ..genuine.clone() }.whole();
    let signature = match place {
        Place::InSignature => inside(&genuine.signature, &stripped),
        Place::BeforeSignature => format!("{stripped}{}", genuine.signature),
    };
    Ok(outer(text, scene, signature)?.whole())
}

/// A forged response with an ID of its own.
fn outer(text: &str, scene: &Scene<'_>, signature: String) -> Result<Parts, ForgeError> {
    let genuine = Parts::of(text)?;
    let open = genuine.open.replacen(genuine.id()?, &format!("_{}", scene.twin.guid()), 1);
    Ok(Parts { open, signature, assertion: scene.forged(None)?, ..genuine })
}

/// What stands in the place of the genuine assertion, made of it and of a forged one.
fn around(
    text: &str,
    scene: &Scene<'_>,
    make: impl FnOnce(&AssertionParts, &AssertionParts) -> String,
) -> Result<String, ForgeError> {
    let parts = Parts::of(text)?;
    let own = AssertionParts::of(&parts.assertion)?;
    let forged = AssertionParts::of(&scene.forged(None)?)?;
    Ok(Parts { assertion: make(&own, &forged), ..parts }.whole())
}

fn same_id(
    text: &str,
    scene: &Scene<'_>,
    make: impl FnOnce(&str, &str) -> String,
) -> Result<String, ForgeError> {
    let parts = Parts::of(text)?;
    let forged = scene.forged(Some(AssertionParts::of(&parts.assertion)?.id()?))?;
    Ok(Parts { assertion: make(&parts.assertion, &forged), ..parts }.whole())
}

/// The forged content under the genuine ID, with the genuine signature edited; the edit is told the digest of the forgery.
fn edited_signature(
    text: &str,
    scene: &Scene<'_>,
    edit: impl FnOnce(String, &str) -> Result<String, ForgeError>,
) -> Result<String, ForgeError> {
    let parts = Parts::of(text)?;
    let own = AssertionParts::of(&parts.assertion)?;
    let rest = replaced_person(&own.rest, scene);
    let unsigned = AssertionParts { signature: String::new(), rest, ..own.clone() };
    let signed = Recipe::of(scene.twin, SigningOption::Assertion)
        .sign(&Parts { assertion: unsigned.whole(), ..parts.clone() }.whole())?;
    let digest = between(&Parts::of(&signed)?.assertion, "<DigestValue>", "</DigestValue>")?.to_owned();
    let forged = AssertionParts { signature: edit(own.signature, &digest)?, ..unsigned };
    Ok(Parts { assertion: forged.whole(), ..parts }.whole())
}

fn replaced_person(text: &str, scene: &Scene<'_>) -> String {
    let name_id = |user| scene.message(user).assertion.name_id;
    let name = xml::text(&scene.person.user_principal_name);
    text.replace(&name_id(scene.person), &name_id(scene.victim))
        .replace(&name, &xml::text(&scene.victim.user_principal_name))
        .replace(&scene.person.object_id.to_string(), &scene.victim.object_id.to_string())
}

fn bare(assertion: &AssertionParts) -> String {
    AssertionParts { signature: String::new(), ..assertion.clone() }.whole()
}

fn signed_by(assertion: &AssertionParts, signature: &str) -> String {
    AssertionParts { signature: signature.to_owned(), ..assertion.clone() }.whole()
}

/// An assertion with another one as its last child.
fn holding(assertion: &AssertionParts, child: &str) -> String {
    let whole = assertion.whole();
    whole.strip_suffix("</Assertion>").map_or(whole.clone(), |open| format!("{open}{child}</Assertion>"))
}

/// A Signature with more at its end.
fn inside(signature: &str, child: &str) -> String {
    signature
        .strip_suffix("</Signature>")
        .map_or_else(String::new, |open| format!("{open}{child}</Signature>"))
}
