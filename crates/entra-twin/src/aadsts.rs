//! What Entra shows instead of signing somebody in.

use std::error::Error as _;

use uuid::Uuid;

use crate::name_id::NoSource;
use crate::request::RequestError;

/// A refusal of Entra, with the text that it shows.
///
/// Most of them never reach the service provider: the person sees a page of the identity provider.
/// [`Aadsts::is_posted`] names the others.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum Aadsts {
    #[error(
        "The reply URL '{got}' specified in the request does not match the reply URLs configured for the application '{identifier}'. Make sure the reply URL sent in the request matches one added to your application in the Azure portal."
    )]
    ReplyUrl { got: String, identifier: String },
    #[error(
        "The user account {user} does not exist in the {tenant} directory. To sign into this application, the account must be added to the directory."
    )]
    NoAccount { user: String, tenant: Uuid },
    #[error("The user account is disabled.")]
    Disabled,
    #[error(
        "Your administrator has configured the application {app} ('{app_id}') to block users unless they are specifically granted ('assigned') access to the application. The signed in user '{user}' is blocked because they are not a direct member of a group with access, nor had access directly assigned by an administrator. Please contact your administrator to assign access to this application."
    )]
    NotAssigned { app: String, app_id: Uuid, user: String },
    #[error("Error validating credentials due to invalid username or password.")]
    Password,
    #[error("The application '{app}' is disabled.")]
    AppDisabled { app: String },
    #[error("The request is not a valid Saml2 protocol message.")]
    NotSaml { problem: String },
    #[error("Signature verification failed because of an invalid signature.")]
    Signature,
    #[error("Session information is not sufficient for single-sign-on.")]
    NoSession,
    #[error(
        "SAML protocol response cannot be sent via bindings other than HTTP POST: '{got}' was requested."
    )]
    ResponseBinding { got: String },
    #[error(
        "Authentication method '{used}' by which the user authenticated with the service doesn't match requested authentication method '{asked}'. Contact the {app} application owner."
    )]
    AuthnContext { used: String, asked: String, app: String },
    #[error("SAML2 Authentication Request has invalid NameIdPolicy.")]
    NameIdPolicy { got: String },
    #[error("The request sent by client is not signed while the application requires signed requests.")]
    NotSigned,
    #[error(
        "The SAML authentication request property 'NameIdentifierPolicy/SPNameQualifier' is not supported."
    )]
    NameQualifier,
    #[error("The SAML authentication request property '{name}' is not supported and must not be set.")]
    Property { name: String },
    #[error("Mandatory Input '{source_name}' missing from the claim NameID.")]
    NoNameId { source_name: String },
    #[error(
        "SAMLRequest or SAMLResponse must be present as query string parameters in HTTP request for SAML Redirect binding."
    )]
    NoRequest,
    #[error(
        "Tenant '{got}' not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud. Check with your subscription administrator, this may happen if there are no active subscriptions for the tenant."
    )]
    NoTenant { got: String },
    #[error(
        "Application with identifier '{got}' was not found in the directory '{tenant}'. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant. You may have sent your authentication request to the wrong tenant."
    )]
    NoApplication { got: String, tenant: String },
    #[error("The value '{got}' is not a valid SAML ID. The ID must not begin with a number.")]
    RequestId { got: String },
    #[error(
        "Sign out has failed. The app that initiated sign out is not a participant in the current session."
    )]
    LogoutStranger,
    #[error(
        "Sign out has failed. The sign out request specified a session identifier that didn't match the existing session(s)."
    )]
    LogoutSession { got: String },
    #[error("Unable to complete sign out. The request was invalid.")]
    LogoutInvalid { problem: String },
    #[error("The logout request has expired.")]
    LogoutExpired { end: String },
    #[error("The SAML logout request must have a NameID.")]
    LogoutNameId,
}

impl Aadsts {
    /// The number of the error.
    pub(crate) fn code(&self) -> u32 {
        match self {
            Self::ReplyUrl { .. } => 50011,
            Self::NoAccount { .. } => 50034,
            Self::Disabled => 50057,
            Self::LogoutInvalid { .. } => 50061,
            Self::LogoutStranger => 50068,
            Self::LogoutSession { .. } => 50070,
            Self::LogoutExpired { .. } => 50071,
            Self::NotAssigned { .. } => 50105,
            Self::Password => 50126,
            Self::Signature => 50006,
            Self::NoSession => 50058,
            Self::AppDisabled { .. } => 70001,
            Self::ResponseBinding { .. } => 75003,
            Self::NotSaml { .. } => 75005,
            Self::AuthnContext { .. } => 75011,
            Self::NameIdPolicy { .. } => 75016,
            Self::NotSigned => 76021,
            Self::NameQualifier => 90011,
            Self::NoNameId { .. } => 501_241,
            Self::Property { .. } => 900_236,
            Self::NoRequest => 750_054,
            Self::NoTenant { .. } => 90002,
            Self::NoApplication { .. } => 700_016,
            Self::RequestId { .. } => 7_500_529,
            Self::LogoutNameId => 7_500_530,
        }
    }

    /// Whether the service provider is told, in a failure response, and the person sees no page.
    ///
    /// Microsoft shows one such response, for SPNameQualifier. That the others of its kind are answered so,
    /// and a passive request without a session, is the double's choice.
    pub(crate) fn is_posted(&self) -> bool {
        matches!(self, Self::NoSession | Self::NameQualifier | Self::Property { .. })
    }

    /// What the administrator does about it; Entra's page does not say it.
    pub(crate) fn remedy(&self) -> String {
        match self {
            Self::ReplyUrl { .. } => {
                "Add exactly this address as a Reply URL, case and trailing slash included; `entra-twin app import` takes it from the service provider's metadata.".into()
            }
            Self::NoAccount { .. } => "Sign in with one of the accounts that the sign-in page lists.".into(),
            Self::Disabled => "Set account = \"enabled\" for this person in tenant.toml.".into(),
            Self::NotAssigned { .. } => {
                "Assign this person to the application, or set Assignment required to No.".into()
            }
            Self::Password => "The sign-in page shows each password.".into(),
            Self::AppDisabled { .. } => "Set sign-in to enabled for the application.".into(),
            Self::NotSaml { problem } | Self::LogoutInvalid { problem } => {
                format!("The double read the message and found: {problem}.")
            }
            Self::Signature => {
                "Upload the certificate of the key that signs; `entra-twin app import` takes it from the service provider's metadata. Sign with RSA and SHA-256, and the query as it is sent.".into()
            }
            Self::NoSession => "Ask again without IsPassive: the person has to sign in.".into(),
            Self::ResponseBinding { .. } => "Ask for HTTP-POST, or leave ProtocolBinding out.".into(),
            Self::AuthnContext { .. } => {
                "Leave RequestedAuthnContext out, or add ForceAuthn so that the person signs in anew; the double takes the method from this person's `authentication` in tenant.toml.".into()
            }
            Self::NameIdPolicy { got } => {
                format!("Ask for emailAddress, unspecified, persistent or transient, not for {got}.")
            }
            Self::NotSigned => {
                "Sign the request. IdP-initiated sign-on and the Test button do not work while signed requests are required.".into()
            }
            Self::NameQualifier | Self::Property { .. } => {
                "Leave it out of the request; to name the person use login_hint.".into()
            }
            Self::NoNameId { source_name } => {
                format!("Give this person a value for {source_name}, or take the NameID from another source.")
            }
            Self::NoRequest => {
                "Do not open the login address without a request; begin at the service provider.".into()
            }
            Self::NoTenant { .. } => "Use the tenant id of this double.".into(),
            Self::NoApplication { .. } => {
                "Make the Identifier of the application equal the Issuer of the request, letter by letter."
                    .into()
            }
            Self::RequestId { .. } => {
                "Begin the ID of the request with a letter or an underscore, and keep it free of / + = and :."
                    .into()
            }
            Self::LogoutStranger => {
                "The session at the identity provider is a newer one, in which nobody signed in to the application: end the application's own session.".into()
            }
            Self::LogoutSession { got } => {
                format!("Send the SessionIndex of the latest sign-on, or none: the request has {got}.")
            }
            Self::LogoutExpired { end } => {
                format!("Compare the clocks: NotOnOrAfter of the request was {end}.")
            }
            Self::LogoutNameId => "Put the NameID of the assertion into the request, unencrypted.".into(),
        }
    }
}

impl Aadsts {
    /// What a logout message that cannot be read comes to.
    pub(crate) fn of_logout(error: RequestError) -> Self {
        match Self::from(error) {
            Self::NotSaml { problem } => Self::LogoutInvalid { problem },
            other => other,
        }
    }
}

impl From<RequestError> for Aadsts {
    fn from(error: RequestError) -> Self {
        match error {
            RequestError::Id { got } => Self::RequestId { got },
            error => {
                let cause = error.source().map(|cause| format!(": {cause}")).unwrap_or_default();
                Self::NotSaml { problem: format!("{error}{cause}") }
            }
        }
    }
}

impl From<NoSource> for Aadsts {
    fn from(NoSource { source }: NoSource) -> Self {
        Self::NoNameId { source_name: source }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each refusal with its text, what to do, and who is told.
    #[test]
    fn every_refusal_says_what_to_do() {
        let text = |text: &str| text.to_owned();
        let (got, app) = (text("GOT"), text("APP"));
        let all = [
            Aadsts::Signature,
            Aadsts::ReplyUrl { got: got.clone(), identifier: text("IDENTIFIER") },
            Aadsts::NoAccount { user: text("USER"), tenant: Uuid::nil() },
            Aadsts::Disabled,
            Aadsts::NoSession,
            Aadsts::LogoutInvalid { problem: text("PROBLEM") },
            Aadsts::LogoutStranger,
            Aadsts::LogoutSession { got: got.clone() },
            Aadsts::LogoutExpired { end: text("END") },
            Aadsts::NotAssigned { app: app.clone(), app_id: Uuid::nil(), user: text("USER") },
            Aadsts::Password,
            Aadsts::AppDisabled { app: app.clone() },
            Aadsts::ResponseBinding { got: got.clone() },
            Aadsts::NotSaml { problem: text("PROBLEM") },
            Aadsts::AuthnContext { used: text("USED"), asked: text("ASKED"), app },
            Aadsts::NameIdPolicy { got: got.clone() },
            Aadsts::NotSigned,
            Aadsts::NameQualifier,
            Aadsts::NoTenant { got: got.clone() },
            Aadsts::NoNameId { source_name: text("SOURCE") },
            Aadsts::NoApplication { got: got.clone(), tenant: text("TENANT") },
            Aadsts::NoRequest,
            Aadsts::Property { name: text("NAME") },
            Aadsts::RequestId { got },
            Aadsts::LogoutNameId,
        ];
        let lines = all.iter().map(|error| {
            let told = if error.is_posted() { "posted" } else { "page" };
            format!("AADSTS{}, {told}: {error}\n  {}\n", error.code(), error.remedy())
        });
        insta::assert_snapshot!(lines.collect::<String>());
    }
}
