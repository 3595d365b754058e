//! What can be done about each refusal: one sentence a cause, which names what to change and where.

use landfall_xmldsig::{C14nError, DecryptError, ParseErrorKind, ShapeError, VerifyError};

use crate::Reject;
use crate::entra_codes;
use crate::error::aadsts;
use crate::read::ReadError;

#[cfg(test)]
mod samples;

/// For a refusal that has no sentence of its own; the test of the table sees to it that none has it.
const UNKNOWN: &str = "Report it with the trace id.";

impl Reject {
    /// What the operator, or the administrator of the identity provider, can do about it.
    #[must_use]
    pub fn remedy(&self) -> &'static str {
        match self {
            Self::Read(error) => read(error),
            Self::Status { detail, message, .. } => status(detail.as_deref(), message.as_deref()),
            Self::Unsigned => {
                "Turn on signing of the assertion at the identity provider (Entra: Signing Option)."
            }
            Self::Signature { source, .. } => signature(source),
            Self::Decryption { source, .. } => decryption(source),
            Self::Version { .. } => "Configure SAML 2.0 at the identity provider.",
            Self::IssuedInFuture { .. } | Self::NotYetValid { .. } | Self::AuthnInFuture { .. } => {
                "Set the clocks: compare the identity provider's time with this server's."
            }
            Self::Destination { found: None, .. } => {
                "Have the identity provider write the address into Destination, as HTTP-POST demands of what is signed."
            }
            Self::Recipient { found: None, .. } => {
                "Have the identity provider write the address into Recipient of SubjectConfirmationData, as Web Browser SSO demands."
            }
            Self::Destination { .. } | Self::Recipient { .. } => {
                "Set the assertion consumer service address at the identity provider to exactly the one expected (Entra: Reply URL)."
            }
            Self::Issuer { .. } => {
                "Import the metadata of the identity provider that sent this, or use the connection that belongs to it."
            }
            Self::CertificateDates { .. } => {
                "Renew the signing certificate at the identity provider, then the connection from its current metadata."
            }
            Self::NoBearer { .. } | Self::ConfirmationNotBefore => {
                "Configure the Web Browser SSO profile (bearer) at the identity provider."
            }
            Self::ConfirmationEnd { end: None, .. } => {
                "Have the identity provider write NotOnOrAfter into SubjectConfirmationData, as Web Browser SSO demands."
            }
            Self::ConfirmationEnd { .. } | Self::Expired { .. } => {
                "Sign in again; if it happens at once, compare the clocks."
            }
            Self::InResponseTo { .. } => {
                "Start again from this service's sign-in page; an old page or a second answer was sent."
            }
            Self::Unsolicited => {
                "Start from this service's sign-in page, or allow unsolicited responses for the connection."
            }
            Self::TooLong { .. } => {
                "Shorten the lifetime of assertions at the identity provider to a day at most."
            }
            Self::Audience { found, .. } if found.iter().flatten().any(|name| name.starts_with("spn:")) => {
                "Make our entity ID a URI, and set Identifier to exactly that (Entra puts `spn:` before an Identifier that is no URI)."
            }
            Self::Audience { found, .. } if found.is_empty() => {
                "Have the identity provider name our entity ID in an AudienceRestriction, as Web Browser SSO demands."
            }
            Self::Audience { .. } => {
                "Set the entity ID at the identity provider to exactly the one expected (Entra: Identifier)."
            }
            Self::Condition { .. } => "Turn the condition off at the identity provider.",
            Self::NameQualifier { .. } => {
                "Set the entity ID at the identity provider to exactly the one expected."
            }
            Self::NoAuthnStatement => {
                "Configure the identity provider to send an AuthnStatement, as the profile demands."
            }
            Self::SessionEnded { .. } => "Sign out at the identity provider and sign in again.",
            Self::LogoutUnsigned => {
                "Turn on signing of logout requests and responses at the identity provider: anybody could write one that is not."
            }
            Self::LogoutDestination { found: None, .. } => {
                "Have the identity provider write the logout address into Destination, as both bindings demand of what is signed."
            }
            Self::LogoutDestination { .. } => {
                "Set the logout address at the identity provider to exactly the one expected (Entra: Logout URL)."
            }
            Self::LogoutTooOld { .. } | Self::LogoutExpired { .. } => {
                "Sign out again; if it happens at once, compare the clocks."
            }
            Self::LogoutInResponseTo { .. } => {
                "Sign out again from this service; an old page or a second answer was sent, or the sign-out took too long."
            }
            Self::AuthnNotAnew { .. } => {
                "Have the identity provider honour ForceAuthn; if it does, compare the clocks."
            }
            Self::AuthnTooOld { .. } => {
                "Have the identity provider honour ForceAuthn, by which max_age asks for a new sign-in; if it does, the person took longer than max_age allows, or the clocks differ."
            }
            Self::AuthnContext { .. } => {
                "Have people sign in by a method that was asked for, or ask for none (authn-context=any); Entra looks at the method of the session that is there, and force-authn=always has it ask anew."
            }
            Self::NameIdFormat { .. } => {
                "Set the NameID format at the identity provider to the one that was asked for (Entra: Unique User Identifier), or ask for none (name-id-format=any)."
            }
            Self::AttributeTwice { .. } => "Send each claim once, with several values if need be.",
        }
    }
}

fn read(error: &ReadError) -> &'static str {
    match error {
        ReadError::Xml(error) if matches!(error.kind(), ParseErrorKind::DuplicateId { .. }) => {
            "Treat it as an attempt to wrap a signed message in another one: no identity provider gives one ID to two elements."
        }
        ReadError::Xml(error) if matches!(error.kind(), ParseErrorKind::UndeclaredPrefix { .. }) => {
            "Have the message sent as the identity provider made it: the start of it, which declares the prefix, was cut off."
        }
        ReadError::Xml(_) => {
            "Have the message sent as the identity provider made it: what came is cut off, damaged, too large, or holds what no SAML message may, such as a DOCTYPE."
        }
        ReadError::Root { .. } => {
            "Set the assertion consumer service address at the identity provider for sign-on responses alone: another kind of message was sent to it."
        }
        ReadError::Namespace { .. } => {
            "Configure SAML 2.0 at the identity provider: an older version, or another protocol, was sent."
        }
        ReadError::Child { .. } | ReadError::Attribute { .. } | ReadError::Content(_) => {
            "Report it to the maker of the identity provider: the message breaks the SAML 2.0 schema at that place; if it was not sent so, somebody altered it on the way."
        }
        ReadError::Instant { .. } => {
            "Report it to the maker of the identity provider: times must be written as 2030-01-02T03:04:05Z."
        }
        ReadError::Id { .. } => {
            "Report it to the maker of the identity provider: an ID begins with a letter or _, and a name has at most 1024 characters."
        }
        ReadError::IssuerFormat { .. } => {
            "Configure the identity provider to send its entity ID as Issuer, without a Format or with that of an entity."
        }
        ReadError::Empty { .. } => {
            "Give the element a value at the identity provider: its source is empty for this person (Entra: Attributes & Claims)."
        }
        ReadError::Assertions { found: 0 } => {
            "Have the identity provider send the assertion in the Response: this one says Success and holds none."
        }
        ReadError::Assertions { .. } => {
            "Configure the identity provider to send one assertion a response; if it does, somebody added one on the way."
        }
        ReadError::Sessions { .. } => {
            "Have the identity provider name the person's sessions here alone, or none of them to end all."
        }
        ReadError::AssertionPlace { .. }
        | ReadError::NestedResponse
        | ReadError::NestedLogout { .. }
        | ReadError::SignaturePlace { .. } => {
            "Treat it as an attempt to wrap a signed message in another one: an identity provider does not send this."
        }
        ReadError::Encrypted { .. } => {
            "Encrypt the whole assertion for our certificate, or turn token encryption off for this application at the identity provider."
        }
    }
}

/// By Entra's own code, else by the second-level status [saml-core 3.2.2.2].
fn status(detail: Option<&str>, message: Option<&str>) -> &'static str {
    if let Some(known) = message.and_then(aadsts).and_then(entra_codes::find) {
        return known.remedy;
    }
    match detail.and_then(|uri| uri.strip_prefix("urn:oasis:names:tc:SAML:2.0:status:")) {
        Some("AuthnFailed") => {
            "Sign in at the identity provider with the right account: it did not believe the one that tried."
        }
        Some("RequestDenied") => {
            "Assign the person to this application at the identity provider: it knows them and will not sign them in here."
        }
        Some("NoPassive") => {
            "Sign in interactively, by a login that may ask: the identity provider must, and was told not to."
        }
        Some("NoAuthnContext") => {
            "Let the identity provider choose how people sign in: it cannot do it the way that was asked for."
        }
        Some("InvalidNameIDPolicy") => {
            "Configure a NameID format at the identity provider that it can give for this application."
        }
        Some("UnknownPrincipal") => "Create the person at the identity provider: it does not know them.",
        Some("RequestUnsupported" | "RequestVersionDeprecated" | "RequestVersionTooHigh") => {
            "Configure this application at the identity provider for SAML 2.0 Web Browser SSO with HTTP-POST responses."
        }
        _ => "Look into the log of the identity provider at the time of the sign-in: it refused it itself.",
    }
}

fn signature(error: &VerifyError) -> &'static str {
    match error {
        VerifyError::NotSigned { .. } => {
            "Turn on signing at the identity provider (Entra: Signing Option): the element that must be signed is not."
        }
        VerifyError::SeveralSignatures { .. } => {
            "Configure the identity provider to sign each element once; if it does, somebody added a signature on the way."
        }
        VerifyError::ProcessingInstruction | VerifyError::Comment { .. } => {
            "Have the identity provider take comments and processing instructions out of the values that it sends: some readers cut a value there."
        }
        VerifyError::Shape { source: ShapeError::Reference { .. } } => {
            "Treat it as an attempt to pass a signature off for another element: it must refer to the element that carries it."
        }
        VerifyError::Shape { source: ShapeError::Base64 { .. } } => {
            "Find what writes the message anew between the identity provider and here, a proxy, a filter or a copy by hand, and have it pass the bytes as they are: a value of the signature is no base64."
        }
        VerifyError::Shape { source: ShapeError::Id { .. } } => {
            "Have the identity provider give the element an ID, and sign with a Reference to it."
        }
        VerifyError::Shape { .. } => {
            "Have the identity provider sign with one enveloped signature over the element itself, as SAML 2.0 demands."
        }
        VerifyError::Algorithm { place: "SignatureMethod" | "DigestMethod", .. } => {
            "Choose RSA or ECDSA with SHA-256 or better at the identity provider (Entra: Signing Algorithm)."
        }
        VerifyError::Algorithm { .. } => {
            "Choose exclusive canonicalization at the identity provider; if it has inclusive alone, the connection can be freed from that demand for a while (other-c14n)."
        }
        VerifyError::UnknownKey { .. } => {
            "Renew the connection from the identity provider's current metadata (Entra: App Federation Metadata Url with appid): its key is not among those trusted."
        }
        VerifyError::KeyKind { .. } => {
            "Choose an algorithm at the identity provider that fits its signing certificate."
        }
        VerifyError::WeakKey { .. } => {
            "Make a new signing certificate at the identity provider, RSA of 2048 bits or more or ECDSA, then renew the connection from its metadata."
        }
        VerifyError::Digest { cause: Some(_), .. } | VerifyError::SignatureValue { cause: Some(_), .. } => {
            "Find what formats the message anew between the identity provider and here, a proxy, a filter or a copy by hand, and have it pass the bytes as they are."
        }
        VerifyError::Digest { .. } | VerifyError::SignatureValue { .. } => {
            "Find who changed the message after it was signed: a proxy that rewrites it, or an attacker."
        }
        VerifyError::Canonicalization { source: C14nError::RelativeNamespace { .. } } => {
            "Report it to the maker of the identity provider: it uses a relative namespace name, which has no canonical form."
        }
        VerifyError::Canonicalization { .. } => {
            "Have the identity provider sign without xml:base around the element: its values are too long to be joined."
        }
        _ => UNKNOWN,
    }
}

fn decryption(error: &DecryptError) -> &'static str {
    match error {
        DecryptError::Failed => {
            "Give the identity provider the current certificate for encryption (Entra: Token encryption)."
        }
        DecryptError::TooManyKeys { .. } => {
            "Encrypt the whole assertion at the identity provider, and not its attributes one by one."
        }
        DecryptError::Algorithm { .. } | DecryptError::Mix { .. } => {
            "Encrypt with AES-GCM, and the key with RSA-OAEP (rsa-oaep-mgf1p, SHA-1), at the identity provider."
        }
        DecryptError::NoKey | DecryptError::Reference { .. } => {
            "Have the identity provider send the encrypted key with the data, for our certificate."
        }
        DecryptError::Type { .. } | DecryptError::Shape { .. } => {
            "Have the identity provider encrypt the whole element, with one EncryptedData in it, as SAML 2.0 demands."
        }
        _ => UNKNOWN,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};
    use std::error::Error;

    use super::samples::refusals;
    use super::*;

    #[test]
    fn every_refusal_says_what_to_do() {
        let mut table = String::new();
        for reject in refusals() {
            let mut sentence = reject.to_string();
            let mut cause = reject.source();
            while let Some(error) = cause {
                sentence.push_str(&format!(": {error}"));
                cause = error.source();
            }
            let (code, remedy) = (reject.code(), reject.remedy());
            assert_ne!(remedy, UNKNOWN, "{reject:?}");
            table.push_str(&format!("{code}\n  {sentence}\n  {remedy}\n"));
        }
        insta::assert_snapshot!(table);
    }

    /// The table is whole: each code that this crate gives is in it.
    #[test]
    fn every_code_is_in_the_table() {
        let known: BTreeSet<&str> = refusals().iter().map(Reject::code).collect();
        for source in [include_str!("error.rs"), include_str!("read/error.rs")] {
            let codes = source.lines().filter_map(|line| {
                let code = line.trim().strip_prefix("Self::")?.split_once("=> \"")?.1;
                code.strip_suffix("\",")
            });
            let codes: Vec<&str> = codes.collect();
            assert!(codes.len() > 10, "{codes:?}");
            for code in codes {
                assert!(known.contains(code), "{code} is not in the table");
            }
        }
    }

    #[test]
    fn entra_codes_are_listed_once_in_their_order() {
        let numbers: Vec<u32> = crate::ENTRA_CODES
            .iter()
            .map(|known| known.code.strip_prefix("AADSTS").unwrap().parse().unwrap())
            .collect();
        assert!(numbers.is_sorted(), "{numbers:?}");
        let by_code: BTreeMap<&str, _> =
            crate::ENTRA_CODES.iter().map(|known| (known.code, known.remedy)).collect();
        assert_eq!(by_code.len(), numbers.len());
        let table = crate::ENTRA_CODES
            .iter()
            .map(|known| format!("{}: {}\n  {}\n", known.code, known.cause, known.remedy));
        insta::assert_snapshot!(table.collect::<String>());
    }
}
