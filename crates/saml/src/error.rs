//! Every reason for which a message is refused, with a code and what to do about it.

use landfall_xmldsig::{DecryptError, KeyFingerprint, VerifyError};
use time::{Duration, OffsetDateTime};

use crate::instant::write;
use crate::read::ReadError;
use crate::{EntityId, RequestId};

/// Why a response, or a logout message, is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Reject {
    /// The message cannot be read.
    #[error("the message cannot be read")]
    Read(#[from] ReadError),
    /// The identity provider reports a failure.
    #[error("the identity provider reports {code}{}{}", tail(detail.as_deref()), tail(message.as_deref()))]
    Status {
        /// Top-level status code.
        code: String,
        /// Second-level status code.
        detail: Option<String>,
        /// Its own words.
        message: Option<String>,
    },
    /// Neither the Response nor the assertion is signed.
    #[error("neither Response nor Assertion is signed")]
    Unsigned,
    /// A signature does not hold.
    #[error("the signature of <{element}> is not accepted")]
    Signature {
        /// The element that carries it.
        element: &'static str,
        /// Why.
        #[source]
        source: VerifyError,
    },
    /// Something is encrypted, and cannot be decrypted.
    #[error("<{element}> is not accepted")]
    Decryption {
        /// The encrypted element.
        element: &'static str,
        /// Why.
        #[source]
        source: DecryptError,
    },
    /// Another version than 2.0.
    #[error("version of <{element}> is {found:?}, expected \"2.0\"")]
    Version {
        /// The element.
        element: &'static str,
        /// Its version.
        found: String,
    },
    /// Issued in the future.
    #[error(
        "<{element}> was issued at {}, now is {}: the identity provider's clock is ahead of ours",
        write(*issued),
        write(*now)
    )]
    IssuedInFuture {
        /// The element.
        element: &'static str,
        /// When it says that it was issued.
        issued: OffsetDateTime,
        /// Our time.
        now: OffsetDateTime,
    },
    /// Sent to another address.
    #[error("Destination is {}, expected {want:?}", quoted(found.as_deref()))]
    Destination {
        /// Our assertion consumer service.
        want: String,
        /// The attribute.
        found: Option<String>,
    },
    /// From another identity provider.
    #[error("Issuer of <{element}> is {found}, expected {want}")]
    Issuer {
        /// The element.
        element: &'static str,
        /// The connection's identity provider.
        want: EntityId,
        /// The issuer named.
        found: String,
    },
    /// Signed with a key whose certificate has expired or is not valid yet.
    #[error("certificate {fingerprint} is valid from {} to {}, now is {}", write(*not_before), write(*not_after), write(*now))]
    CertificateDates {
        /// The certificate.
        fingerprint: KeyFingerprint,
        /// Its first second.
        not_before: OffsetDateTime,
        /// Its last second.
        not_after: OffsetDateTime,
        /// Our time.
        now: OffsetDateTime,
    },
    /// No bearer confirmation.
    #[error("no SubjectConfirmation with the method bearer, found {found:?}")]
    NoBearer {
        /// The methods that are there.
        found: Vec<String>,
    },
    /// Meant for another assertion consumer service.
    #[error("Recipient is {}, expected {want:?}", quoted(found.as_deref()))]
    Recipient {
        /// Our assertion consumer service.
        want: String,
        /// The attribute.
        found: Option<String>,
    },
    /// A bearer confirmation with a NotBefore.
    #[error("the bearer confirmation carries NotBefore, which the profile forbids")]
    ConfirmationNotBefore,
    /// A bearer confirmation without an end, or past it.
    #[error("the confirmation ends at {}, now is {}", shown(*end), write(*now))]
    ConfirmationEnd {
        /// NotOnOrAfter.
        end: Option<OffsetDateTime>,
        /// Our time.
        now: OffsetDateTime,
    },
    /// It answers another request, or none where one waits.
    #[error("InResponseTo is {}, expected {}", quoted(found.as_deref()), quoted(want.as_ref().map(RequestId::as_str)))]
    InResponseTo {
        /// The request that waits.
        want: Option<RequestId>,
        /// The attribute.
        found: Option<String>,
    },
    /// It answers no request, which this connection does not accept.
    #[error("the response answers no request of ours, and the connection refuses unsolicited ones")]
    Unsolicited,
    /// Too early.
    #[error("not valid before {}, now is {}, {skew} of difference between the clocks allowed", write(*start), write(*now))]
    NotYetValid {
        /// NotBefore.
        start: OffsetDateTime,
        /// Our time.
        now: OffsetDateTime,
        /// The difference that is allowed.
        skew: Duration,
    },
    /// Too late.
    #[error("not valid from {} on, now is {}, {skew} of difference between the clocks allowed", write(*end), write(*now))]
    Expired {
        /// NotOnOrAfter.
        end: OffsetDateTime,
        /// Our time.
        now: OffsetDateTime,
        /// The difference that is allowed.
        skew: Duration,
    },
    /// Valid for longer than an assertion is remembered.
    #[error("valid until {}, at most {most} from now is accepted", write(*end))]
    TooLong {
        /// The latest end.
        end: OffsetDateTime,
        /// How long is accepted.
        most: Duration,
    },
    /// Meant for another service provider.
    #[error("audience is {}, expected {want}", audiences(found))]
    Audience {
        /// The audiences named, one list a restriction.
        found: Vec<Vec<String>>,
        /// Our entity ID.
        want: EntityId,
    },
    /// A condition that we do not understand.
    #[error("condition <{found}> is not understood, so the assertion cannot be judged")]
    Condition {
        /// Its name.
        found: String,
    },
    /// A NameID for another service provider.
    #[error("SPNameQualifier is {found}, expected {want}")]
    NameQualifier {
        /// The qualifier.
        found: String,
        /// Our entity ID.
        want: EntityId,
    },
    /// No AuthnStatement: nobody says that the person signed in.
    #[error("no AuthnStatement")]
    NoAuthnStatement,
    /// The person signs in in the future.
    #[error("AuthnInstant is {}, now is {}", write(*instant), write(*now))]
    AuthnInFuture {
        /// AuthnInstant.
        instant: OffsetDateTime,
        /// Our time.
        now: OffsetDateTime,
    },
    /// The session at the identity provider has ended.
    #[error("SessionNotOnOrAfter is {}, now is {}", write(*end), write(*now))]
    SessionEnded {
        /// SessionNotOnOrAfter.
        end: OffsetDateTime,
        /// Our time.
        now: OffsetDateTime,
    },
    /// A logout message without a signature that counts.
    #[error("the logout message is not signed")]
    LogoutUnsigned,
    /// A logout message that was sent to another address, or does not say to which where it must.
    #[error("Destination is {}, expected {}", quoted(found.as_deref()), quoted(want.as_deref()))]
    LogoutDestination {
        /// Our logout address, if we have one.
        want: Option<String>,
        /// The attribute.
        found: Option<String>,
    },
    /// A logout message that was on its way for too long.
    #[error("the message was issued at {}, now is {}, at most {most} are between them", write(*issued), write(*now))]
    LogoutTooOld {
        /// IssueInstant.
        issued: OffsetDateTime,
        /// Our time.
        now: OffsetDateTime,
        /// How long is accepted.
        most: Duration,
    },
    /// A request for logout that came too late.
    #[error("the request counts until {}, now is {}", write(*end), write(*now))]
    LogoutExpired {
        /// NotOnOrAfter.
        end: OffsetDateTime,
        /// Our time.
        now: OffsetDateTime,
    },
    /// An answer to another logout than the one that waits, or where none waits.
    #[error("InResponseTo is {}, expected {}", quoted(found.as_deref()), quoted(want.as_ref().map(RequestId::as_str)))]
    LogoutInResponseTo {
        /// The request that waits.
        want: Option<RequestId>,
        /// The attribute.
        found: Option<String>,
    },
    /// The person did not sign in anew, although the request said so.
    #[error(
        "AuthnInstant is {}, but the request of {} asked to sign in anew",
        write(*instant),
        write(*since)
    )]
    AuthnNotAnew {
        /// The earliest AuthnInstant.
        instant: OffsetDateTime,
        /// IssueInstant of the request.
        since: OffsetDateTime,
    },
    /// The person proved who they are longer ago than the request allowed.
    #[error(
        "AuthnInstant is {}, more than {} s before {}, as the request allowed",
        write(*instant),
        max_age.whole_seconds(),
        write(*now)
    )]
    AuthnTooOld {
        /// The earliest AuthnInstant.
        instant: OffsetDateTime,
        /// What the request allowed, apart from the skew of clocks.
        max_age: Duration,
        /// Our time.
        now: OffsetDateTime,
    },
    /// The person signed in by another method than the request asked for.
    #[error("AuthnContextClassRef is {}, the request asked for {want}", quoted(found.as_deref()))]
    AuthnContext {
        /// The classes that were asked for.
        want: String,
        /// The class that came.
        found: Option<String>,
    },
    /// A NameID in another format than the request asked for.
    #[error("Format of <NameID> is {}, the request asked for {want}", quoted(found.as_deref()))]
    NameIdFormat {
        /// The format that was asked for.
        want: &'static str,
        /// The format that came.
        found: Option<String>,
    },
    /// One attribute name twice.
    #[error("attribute {name:?} is given twice")]
    AttributeTwice {
        /// The name.
        name: String,
    },
}

impl Reject {
    /// Stable code, for logs, metrics and tests.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Read(error) => error.code(),
            Self::Status { .. } => "status",
            Self::Unsigned => "signature.none",
            Self::Signature { source, .. } => source.code(),
            Self::Decryption { source, .. } => source.code(),
            Self::Version { .. } => "version",
            Self::IssuedInFuture { .. } => "issue_instant",
            Self::Destination { .. } => "destination",
            Self::Issuer { .. } => "issuer",
            Self::CertificateDates { .. } => "certificate.dates",
            Self::NoBearer { .. } => "confirmation.bearer",
            Self::Recipient { .. } => "confirmation.recipient",
            Self::ConfirmationNotBefore => "confirmation.not_before",
            Self::ConfirmationEnd { .. } => "confirmation.not_on_or_after",
            Self::InResponseTo { .. } => "in_response_to",
            Self::Unsolicited => "unsolicited",
            Self::NotYetValid { .. } => "conditions.not_before",
            Self::Expired { .. } => "conditions.not_on_or_after",
            Self::TooLong { .. } => "lifetime",
            Self::Audience { .. } => "audience",
            Self::Condition { .. } => "conditions.unknown",
            Self::NameQualifier { .. } => "name_id.qualifier",
            Self::NoAuthnStatement => "authn.statement",
            Self::AuthnInFuture { .. } => "authn.instant",
            Self::SessionEnded { .. } => "authn.session_end",
            Self::LogoutUnsigned => "logout.unsigned",
            Self::LogoutDestination { .. } => "logout.destination",
            Self::LogoutTooOld { .. } => "logout.issue_instant",
            Self::LogoutExpired { .. } => "logout.not_on_or_after",
            Self::LogoutInResponseTo { .. } => "logout.in_response_to",
            Self::AuthnNotAnew { .. } => "authn.not_anew",
            Self::AuthnTooOld { .. } => "authn.too_old",
            Self::AuthnContext { .. } => "authn.context",
            Self::NameIdFormat { .. } => "name_id.format",
            Self::AttributeTwice { .. } => "attribute.twice",
        }
    }

    /// Whether the identity provider would have to ask the person something, which the request forbade.
    ///
    /// # Security
    /// Nobody may have signed this: it is good for offering a login that may ask, and for nothing else.
    #[must_use]
    pub fn needs_interaction(&self) -> bool {
        let Self::Status { detail, message, .. } = self else { return false };
        detail.as_deref() == Some("urn:oasis:names:tc:SAML:2.0:status:NoPassive")
            || message.as_deref().and_then(aadsts) == Some("AADSTS50058")
    }

    /// What happened, with all its causes, for a record that must not hold personal data.
    ///
    /// Of an identity provider's own words only an AADSTS code is kept: the rest names people.
    #[must_use]
    pub fn without_personal_data(&self) -> String {
        if let Self::Status { code, detail, message } = self {
            let aadsts = message.as_deref().and_then(aadsts);
            return [Some(code.as_str()), detail.as_deref(), aadsts]
                .into_iter()
                .flatten()
                .collect::<Vec<_>>()
                .join(", ");
        }
        let mut text = self.to_string();
        let mut cause = std::error::Error::source(self);
        while let Some(error) = cause {
            text.push_str(": ");
            text.push_str(&error.to_string());
            cause = error.source();
        }
        text
    }
}

/// The code that Entra's messages begin with.
pub(crate) fn aadsts(message: &str) -> Option<&str> {
    let digits = message.strip_prefix("AADSTS")?.bytes().take_while(u8::is_ascii_digit).count();
    message.get(..6 + digits)
}

fn tail(text: Option<&str>) -> String {
    text.map_or_else(String::new, |text| format!(", {text}"))
}

/// The audiences of each restriction: any of one list counts, each list must.
pub(crate) fn audiences(restrictions: &[Vec<String>]) -> String {
    if restrictions.is_empty() {
        return "absent".to_owned();
    }
    restrictions.iter().map(|audiences| audiences.join(" or ")).collect::<Vec<_>>().join(", and ")
}

fn quoted(text: Option<&str>) -> String {
    text.map_or_else(|| "absent".to_owned(), |text| format!("{text:?}"))
}

fn shown(end: Option<OffsetDateTime>) -> String {
    end.map_or_else(|| "no time at all".to_owned(), write)
}
