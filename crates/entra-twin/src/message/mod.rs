//! What a response says, before it is written and signed.

mod assertion;
mod refusal;
mod response;

pub use assertion::{Assertion, Attribute};
pub(crate) use refusal::refusal;
pub use response::Response;

use time::{Duration, OffsetDateTime};
use url::Url;

use crate::name_id::{self, Name};
use crate::{
    App, Credential, Encryption, SignError, SigningAlgorithm, SigningOption, Twin, User, claims, encrypt,
    sign, xml,
};

/// What an honest double is asked to say.
#[derive(Clone, Copy, Debug)]
pub struct IssueRequest<'a> {
    /// Whom the assertion is about.
    pub user: &'a User,
    /// ID of the AuthnRequest; `None` for IdP-initiated sign-on.
    pub in_response_to: Option<&'a str>,
    /// Where the response is sent: Destination and Recipient.
    pub acs: &'a str,
    /// Issuer of the AuthnRequest, else the Identifier of the application.
    pub audience: &'a str,
    /// When the person signed in; hours or weeks before `now` in a long session.
    pub authn_instant: OffsetDateTime,
    /// When the response is made.
    pub now: OffsetDateTime,
    /// What is signed.
    pub sign: SigningOption,
}

/// A response as it is written on the wire: begin with [`Message::honest`], change any field, then [`Twin::sign`].
///
/// Strings are escaped when they are written, all but [`Assertion::name_id`], which is raw XML.
/// `None` leaves an attribute or element out.
///
/// ```
/// # use landfall_entra_twin::{IssueRequest, Message, Seed, SigningOption, Twin};
/// # use time::macros::datetime;
/// # let twin = Twin::new(Seed::Contoso.tenant()?, Seed::Contoso.app()?, || datetime!(2030-01-02 03:04:05 UTC));
/// let honest = Message::honest(&twin, &IssueRequest {
///     user: twin.tenant().find("B.Simon@contoso.example").ok_or("not there")?,
///     in_response_to: Some("_request"),
///     acs: "https://sp.example.com/acs",
///     audience: "https://sp.example.com",
///     authn_instant: twin.now(),
///     now: twin.now(),
///     sign: SigningOption::Assertion,
/// });
/// let mut forged = honest.clone();
/// forged.assertion.audiences = vec!["https://other.example.com".into()];
/// assert_ne!(twin.sign(&honest)?, twin.sign(&forged)?);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// The outer element.
    pub response: Response,
    /// What it carries.
    pub assertion: Assertion,
    /// What [`Twin::sign`] signs; `None` writes no signature at all.
    pub sign: Option<SigningOption>,
    /// With which digest.
    pub algorithm: SigningAlgorithm,
    /// Whether the assertion, signed or not, is encrypted for the certificate of the application.
    pub encryption: Encryption,
}

impl Message {
    /// What Entra would say: its times, its ids, its claims in its order.
    ///
    /// Where Entra would refuse with AADSTS501241, since the source of the NameID is empty, it is the pairwise id.
    #[must_use]
    pub fn honest(twin: &Twin, request: &IssueRequest<'_>) -> Self {
        let name = name_id::of(twin, request.user, None);
        Self::about(twin, request, name.unwrap_or_else(|_| name_id::stand_in(twin, request.user)))
    }

    /// The same, with this NameID.
    pub(crate) fn about(twin: &Twin, request: &IssueRequest<'_>, name: Name) -> Self {
        let in_response_to = request.in_response_to.map(str::to_owned);
        let id = format!("_{}", twin.guid());
        // Entra's clock tolerance, and two ends that are one by default, all counted from the same moment.
        let not_before = request.now - Duration::minutes(5);
        let not_on_or_after = request.now + twin.app().lifetime.duration();
        let confirmed_until = request.now + Duration::minutes(60);
        Self {
            response: Response {
                id: format!("_{}", twin.guid()),
                issue_instant: request.now,
                destination: Some(request.acs.to_owned()),
                in_response_to: in_response_to.clone(),
                issuer: twin.tenant().issuer(),
                status: "urn:oasis:names:tc:SAML:2.0:status:Success".to_owned(),
            },
            assertion: Assertion {
                issue_instant: request.now,
                issuer: twin.tenant().issuer(),
                name_id: xml::text(&name.value),
                name_id_format: Some(name.format.uri().to_owned()),
                in_response_to,
                confirmed_until: Some(confirmed_until),
                recipient: Some(request.acs.to_owned()),
                not_before: Some(not_before),
                not_on_or_after: Some(not_on_or_after),
                audiences: vec![audience(request.audience)],
                attributes: claims::attributes(twin, request.user),
                name_format: twin.app().name_format.uri().map(str::to_owned),
                authn_class: request.user.authn_class().to_owned(),
                authn_instant: request.authn_instant,
                session_index: Some(id.clone()),
                id,
            },
            sign: Some(request.sign),
            algorithm: twin.app().algorithm,
            encryption: twin.app().encryption,
        }
    }

    /// Writes the message on one line and signs what it says is signed.
    pub(crate) fn write(&self, app: &App, credential: &Credential) -> Result<String, SignError> {
        let signs = |part| self.sign == Some(part) || self.sign == Some(SigningOption::Both);
        let template = |id| sign::template_with(id, credential, self.algorithm);
        // The assertion declares the namespaces that it uses, so its signature holds inside the response too.
        let assertion = if signs(SigningOption::Assertion) {
            sign::fill(&self.assertion.write(&template(&self.assertion.id)), credential)?
        } else {
            self.assertion.write("")
        };
        let assertion = match self.encryption {
            Encryption::Off => assertion,
            Encryption::On => {
                let certificate = app.encryption_certificate.as_ref().ok_or(SignError::NoCertificate)?;
                encrypt::assertion(&assertion, certificate)?
            }
        };
        if signs(SigningOption::Response) {
            sign::fill(&self.response.write(&template(&self.response.id), &assertion), credential)
        } else {
            Ok(self.response.write("", &assertion))
        }
    }
}

/// The identifier itself; `spn:` before one that is no URI.
fn audience(identifier: &str) -> String {
    match Url::parse(identifier) {
        Ok(_) => identifier.to_owned(),
        Err(_) => format!("spn:{identifier}"),
    }
}
