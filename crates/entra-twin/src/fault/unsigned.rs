//! Faults in the text before it is signed: what the model of a message has no field for.

use time::Duration;

use super::cut::{behind, filled, name_claim, name_id, replaced};
use super::{Edit, Fault, Scene};
use crate::SigningOption::Response;
use crate::xml;

pub(super) const FAULTS: &[Fault] = &[
    // For whom it is.
    Fault::refuse(
        "audience-in-one-of-two-restrictions",
        "E2",
        Edit::Unsigned(|text, _| {
            replaced(
                text,
                "</AudienceRestriction>",
                "</AudienceRestriction><AudienceRestriction><Audience>https://other-sp.example.com</Audience>\
                 </AudienceRestriction>",
            )
        }),
    ),
    Fault::refuse(
        "condition-unknown",
        "E9",
        Edit::Unsigned(|text, _| {
            replaced(
                text,
                "</AudienceRestriction>",
                "</AudienceRestriction><Condition xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" \
                 xmlns:x=\"urn:example:conditions\" xsi:type=\"x:OnlyOnMondays\"/>",
            )
        }),
    ),
    // How the subject is confirmed [E8].
    Fault::refuse(
        "confirmation-holder-of-key",
        "E8",
        Edit::Unsigned(|text, _| replaced(text, "cm:bearer", "cm:holder-of-key")),
    ),
    Fault::refuse(
        "confirmation-sender-vouches",
        "E8",
        Edit::Unsigned(|text, _| replaced(text, "cm:bearer", "cm:sender-vouches")),
    ),
    Fault::refuse(
        "confirmation-absent",
        "E8",
        Edit::Unsigned(|text, _| filled(text, "</NameID>", "</Subject>", |_| String::new())),
    ),
    Fault::refuse(
        "confirmation-without-data",
        "E8",
        Edit::Unsigned(|text, _| filled(text, "cm:bearer\">", "</SubjectConfirmation>", |_| String::new())),
    ),
    Fault::refuse(
        "confirmation-with-not-before",
        "E8",
        Edit::Unsigned(|text, s| {
            let start = xml::attribute("NotBefore", &xml::time(s.twin.now() - Duration::HOUR));
            replaced(text, "<SubjectConfirmationData", &format!("<SubjectConfirmationData{start}"))
        }),
    ),
    Fault::accept(
        "confirmation-bearer-is-the-second",
        "E8",
        Edit::Unsigned(|text, _| {
            replaced(
                text,
                "<SubjectConfirmation ",
                "<SubjectConfirmation Method=\"urn:oasis:names:tc:SAML:2.0:cm:sender-vouches\"/><SubjectConfirmation ",
            )
        }),
    ),
    // Whom it is about [E15], [E16], [B5] to [B7].
    Fault::refuse(
        "name-id-absent",
        "E15",
        Edit::Unsigned(|text, _| filled(text, "<Subject>", "<SubjectConfirmation ", |_| String::new())),
    ),
    Fault::refuse("name-id-empty", "E15", Edit::Unsigned(|text, _| name_id(text, |_| String::new()))),
    Fault::refuse(
        "name-id-twice",
        "E15",
        Edit::Unsigned(|text, s| {
            let victim = s.message(s.victim).assertion.name_id;
            replaced(text, "</NameID>", &format!("</NameID><NameID>{victim}</NameID>"))
        }),
    ),
    Fault::refuse(
        "name-id-of-another-sp",
        "E16",
        Edit::Unsigned(|text, _| {
            replaced(text, "<NameID ", "<NameID SPNameQualifier=\"https://other-sp.example.com\" ")
        }),
    ),
    Fault::refuse(
        "comment-in-signed-name-id",
        "B5",
        Edit::Unsigned(|text, s| before_tail(text, s, "<!-- -->")),
    ),
    Fault::refuse(
        "instruction-in-signed-name-id",
        "B6",
        Edit::Unsigned(|text, s| before_tail(text, s, "<?x y?>")),
    ),
    Fault::refuse("element-in-signed-name-id", "B7", Edit::Unsigned(|text, s| before_tail(text, s, "<x/>"))),
    Fault::refuse(
        "element-in-signed-attribute",
        "B7",
        Edit::Unsigned(|text, s| {
            let victim = xml::text(&s.victim.user_principal_name);
            name_claim(text, |_| format!("{victim}<x/>.evil.example"))
        }),
    ),
    // What the profile demands of an assertion and a response.
    Fault::refuse(
        "authn-statement-absent",
        "E23",
        Edit::Unsigned(|text, _| {
            let (head, rest) = text
                .split_once("<AuthnStatement ")
                .ok_or(super::ForgeError::Seam { seam: "<AuthnStatement " })?;
            let (_, tail) = behind(rest, "</AuthnStatement>")?;
            Ok(format!("{head}{tail}"))
        }),
    ),
    Fault::refuse(
        "session-of-the-idp-ended",
        "E7",
        Edit::Unsigned(|text, s| {
            // It had begun before it ended.
            let begun = xml::time(s.twin.now() - Duration::hours(2));
            let text = filled(text, " AuthnInstant=\"", "\"", |_| begun)?;
            let end = xml::attribute("SessionNotOnOrAfter", &xml::time(s.twin.now() - Duration::HOUR));
            replaced(&text, "<AuthnStatement", &format!("<AuthnStatement{end}"))
        }),
    ),
    Fault::refuse(
        "version-of-the-assertion",
        "E24",
        Edit::Unsigned(|text, _| {
            replaced(
                text,
                "Version=\"2.0\" xmlns=\"urn:oasis:names:tc:SAML:2.0:assertion\"",
                "Version=\"1.1\" xmlns=\"urn:oasis:names:tc:SAML:2.0:assertion\"",
            )
        }),
    ),
    Fault::refuse(
        "version-of-the-response",
        "E24",
        Edit::Unsigned(|text, _| replaced(text, "Version=\"2.0\"", "Version=\"1.1\"")),
    ),
    Fault::refuse(
        "status-failure-without-assertion",
        "E10",
        Edit::Unsigned(|text, _| {
            let failed = replaced(
                text,
                "<samlp:StatusCode Value=\"urn:oasis:names:tc:SAML:2.0:status:Success\"/>",
                "<samlp:StatusCode Value=\"urn:oasis:names:tc:SAML:2.0:status:Requester\"><samlp:StatusCode \
             Value=\"urn:oasis:names:tc:SAML:2.0:status:RequestUnsupported\"/></samlp:StatusCode>\
             <samlp:StatusMessage>AADSTS50105: not assigned</samlp:StatusMessage>",
            )?;
            filled(&failed, "</samlp:Status>", "</samlp:Response>", |_| String::new())
        }),
    ),
    Fault::refuse(
        "status-success-under-failure",
        "E10",
        Edit::Unsigned(|text, _| {
            replaced(
                text,
                "<samlp:StatusCode Value=\"urn:oasis:names:tc:SAML:2.0:status:Success\"/>",
                "<samlp:StatusCode Value=\"urn:oasis:names:tc:SAML:2.0:status:Responder\"><samlp:StatusCode \
             Value=\"urn:oasis:names:tc:SAML:2.0:status:Success\"/></samlp:StatusCode>",
            )
        }),
    )
    .signed(Response),
    // Another spelling of the same.
    Fault::accept("prefixed-elements", "B3", Edit::Unsigned(|text, _| prefixed(text))),
];

/// A NameID that begins with the victim's: who reads it up to the split takes it for the victim's.
fn before_tail(text: &str, scene: &Scene<'_>, split: &str) -> Result<String, super::ForgeError> {
    let victim = scene.message(scene.victim).assertion.name_id;
    name_id(text, |_| format!("{victim}{split}.evil.example"))
}

/// The assertion with a prefix on each of its elements, as other identity providers write it.
fn prefixed(text: &str) -> Result<String, super::ForgeError> {
    let mut parts = super::cut::Parts::of(text)?;
    parts.assertion = parts
        .assertion
        .replace("</", "</saml:")
        .replace('<', "<saml:")
        .replace("<saml:/saml:", "</saml:")
        .replace(" xmlns=\"", " xmlns:saml=\"");
    Ok(parts.whole())
}
