//! What a request asks for beyond a sign-in.

use std::fmt;

use time::{Duration, OffsetDateTime};

use crate::{AuthnContextClass, IdError};

/// What is asked of the identity provider beyond signing the person in: by default nothing, which Entra takes best.
///
/// The answer is held to it: see [`ServiceProvider::finish`](crate::ServiceProvider::finish).
///
/// ```
/// use landfall_saml::{NameIdFormat, RequestOptions};
///
/// let certificate = "urn:oasis:names:tc:SAML:2.0:ac:classes:X509".try_into()?;
/// let options = RequestOptions::default()
///     .forcing_authn()
///     .with_name_id_format(NameIdFormat::Persistent)
///     .with_authn_context([certificate])
///     .with_login_hint("b.simon@contoso.example");
/// assert!(!format!("{options:?}").contains("simon"));
/// # Ok::<(), landfall_saml::IdError>(())
/// ```
#[derive(Clone, Default, PartialEq, Eq)]
pub struct RequestOptions {
    prompt: Prompt,
    max_age: Option<Duration>,
    name_id_format: Option<NameIdFormat>,
    classes: Vec<AuthnContextClass>,
    login_hint: Option<String>,
}

/// Two demands that do not exclude each other: with both, the identity provider makes sure anew without a question, or fails [saml-core 3.4.1].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Prompt {
    pub(crate) force_authn: bool,
    pub(crate) is_passive: bool,
}

impl RequestOptions {
    /// ForceAuthn: the person proves anew who they are, whatever session there is [saml-core 3.4.1].
    #[must_use]
    pub fn forcing_authn(mut self) -> Self {
        self.prompt.force_authn = true;
        self
    }

    /// IsPassive: nobody is asked anything; without a session the identity provider reports a failure [saml-core 3.4.1].
    #[must_use]
    pub fn passive(mut self) -> Self {
        self.prompt.is_passive = true;
        self
    }

    /// The person has proved who they are at most so long before the answer, whole seconds, whether or not for this request.
    ///
    /// ForceAuthn asks for it, unless nobody may be asked anything: no attribute of a request names an age.
    #[must_use]
    pub fn with_max_age(self, max_age: Duration) -> Self {
        Self { max_age: Some(Duration::seconds(max_age.whole_seconds())), ..self }
    }

    /// NameIDPolicy: the format that the NameID is to have.
    #[must_use]
    pub fn with_name_id_format(self, format: NameIdFormat) -> Self {
        Self { name_id_format: Some(format), ..self }
    }

    /// RequestedAuthnContext: the person signs in by exactly one of these methods; an empty list asks for none.
    #[must_use]
    pub fn with_authn_context(self, classes: impl IntoIterator<Item = AuthnContextClass>) -> Self {
        Self { classes: classes.into_iter().collect(), ..self }
    }

    /// Who will sign in, as the person typed it; it travels beside the request, outside of what is signed, and by redirect alone.
    #[must_use]
    pub fn with_login_hint(self, hint: &str) -> Self {
        Self { login_hint: Some(hint.to_owned()), ..self }
    }

    /// What the request says, which may be more than the answer is held to.
    pub(crate) fn prompt(&self) -> Prompt {
        let for_age = self.max_age.is_some() && !self.prompt.is_passive;
        Prompt { force_authn: self.prompt.force_authn || for_age, ..self.prompt }
    }

    pub(crate) fn name_id_format(&self) -> Option<NameIdFormat> {
        self.name_id_format
    }

    pub(crate) fn classes(&self) -> &[AuthnContextClass] {
        &self.classes
    }

    pub(crate) fn login_hint(&self) -> Option<&str> {
        self.login_hint.as_deref()
    }

    /// What the answer to a request of this moment is held to.
    pub(crate) fn asked(&self, now: OffsetDateTime) -> Asked {
        Asked {
            anew_since: self.prompt.force_authn.then_some(now),
            is_passive: self.prompt.is_passive,
            max_age: self.max_age,
            name_id_format: self.name_id_format,
            classes: self.classes.clone(),
        }
    }
}

impl fmt::Debug for RequestOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A hint is a person's name.
        f.debug_struct("RequestOptions")
            .field("prompt", &self.prompt)
            .field("max_age", &self.max_age)
            .field("name_id_format", &self.name_id_format)
            .field("classes", &self.classes)
            .finish_non_exhaustive()
    }
}

/// What a request has asked for, as far as its answer is held to it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Asked {
    /// IssueInstant of a request with ForceAuthn.
    pub(crate) anew_since: Option<OffsetDateTime>,
    pub(crate) is_passive: bool,
    /// How long before the answer the person may have proved who they are.
    pub(crate) max_age: Option<Duration>,
    pub(crate) name_id_format: Option<NameIdFormat>,
    pub(crate) classes: Vec<AuthnContextClass>,
}

/// The formats of a NameID that can be asked for: those that Entra takes [saml-core 8.3].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NameIdFormat {
    /// An opaque name that is never given to anybody else.
    Persistent,
    /// An e-mail address.
    EmailAddress,
    /// Whatever the identity provider likes.
    Unspecified,
    /// A name for this session alone.
    Transient,
}

impl NameIdFormat {
    pub(crate) const ALL: [Self; 4] =
        [Self::Persistent, Self::EmailAddress, Self::Unspecified, Self::Transient];

    /// The identifier of the format.
    #[must_use]
    pub fn uri(self) -> &'static str {
        match self {
            Self::Persistent => "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent",
            Self::EmailAddress => "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress",
            Self::Unspecified => "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified",
            Self::Transient => "urn:oasis:names:tc:SAML:2.0:nameid-format:transient",
        }
    }
}

impl TryFrom<&str> for NameIdFormat {
    type Error = IdError;

    fn try_from(text: &str) -> Result<Self, IdError> {
        Self::ALL
            .into_iter()
            .find(|format| format.uri() == text)
            .ok_or_else(|| IdError::Unknown { what: "NameID format", found: text.to_owned() })
    }
}
