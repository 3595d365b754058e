use std::{fmt, str::FromStr};

use time::OffsetDateTime;
use uuid::Uuid;

use crate::{
    AppName, AppUrl, Lasting, NotAnId, Redirect, RedirectRefusal, RedirectUri, Scope, Scopes, TenantId,
    UnknownName, ids, named,
};

/// Names an application for good.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AppId(Uuid);

impl AppId {
    /// Takes a UUID as it is; whoever makes new ones takes version 7, which sorts by age.
    #[must_use]
    pub fn from_uuid(id: Uuid) -> Self {
        Self(id)
    }

    /// The UUID itself.
    #[must_use]
    pub fn as_uuid(&self) -> Uuid {
        self.0
    }
}

impl fmt::Display for AppId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for AppId {
    type Err = NotAnId;

    fn from_str(text: &str) -> Result<Self, NotAnId> {
        ids::parse(text).map(Self)
    }
}

/// An application to which people are signed on: a client of our OpenID provider [rfc6749 2].
///
/// It belongs to the installation and not to a customer; one that serves a single customer names the tenant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Application {
    /// Names it for good.
    pub id: AppId,
    /// Its `client_id`, which is no secret.
    pub name: AppName,
    /// What people are shown.
    pub title: AppTitle,
    /// Where it runs, which says what may be asked of it.
    pub kind: AppKind,
    /// How it proves that it is itself.
    pub authentication: AppAuthentication,
    /// Whose people it serves; without it, everybody's.
    pub tenant: Option<TenantId>,
    /// Where codes may be sent.
    pub redirect_uris: Vec<RedirectUri>,
    /// Where people may be sent once they are signed out.
    pub post_logout_uris: Vec<RedirectUri>,
    /// Where it is told that a session ended [openid-backchannel 2.2].
    pub backchannel_logout: Option<AppUrl>,
    /// Whether its grants may outlast the session in which they were made.
    pub offline: OfflineAccess,
    /// What its identity tokens are signed with.
    pub signed_with: TokenAlgorithm,
    /// What people are offered who activate it on a device.
    pub activation: Activating,
    /// When it was made.
    pub created_at: OffsetDateTime,
}

impl Application {
    /// Most addresses of one kind.
    pub const MOST_ADDRESSES: usize = 32;

    /// The address to which a code may go, if it is one that was registered.
    ///
    /// # Errors
    /// [`RedirectRefusal`]: then nobody is sent anywhere [rfc6749 4.1.2.1].
    ///
    /// # Security
    /// Texts are compared, exactly [rfc9700 4.1.3]; the port of a loopback address of a native application alone is its own
    /// choice at each time [rfc8252 7.3].
    pub fn redirect(&self, asked: Option<&str>) -> Result<Redirect, RedirectRefusal> {
        Redirect::of(&self.redirect_uris, self.kind, asked)
    }

    /// The address to which a browser may go once its person is signed out [openid-rpinitiated 3].
    ///
    /// # Errors
    /// [`RedirectRefusal`]: then nobody is sent anywhere.
    pub fn after_logout(&self, asked: &str) -> Result<Redirect, RedirectRefusal> {
        Redirect::of(&self.post_logout_uris, self.kind, Some(asked))
    }

    /// What it gets of what it asks for, and whether that outlasts the session: where it asks, and its operator allows it.
    #[must_use]
    pub fn grants(&self, asked: Scopes) -> (Scopes, Lasting) {
        if asked.has(Scope::OfflineAccess) && self.offline == OfflineAccess::Allowed {
            return (asked, Lasting::OfItself);
        }
        (asked.without(Scope::OfflineAccess), Lasting::WithSession)
    }

    /// Whether it serves the people of this tenant.
    #[must_use]
    pub fn serves(&self, tenant: &TenantId) -> bool {
        self.tenant.as_ref().is_none_or(|own| own == tenant)
    }
}

/// What people activate an application with, where its operator offers something.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "an operator gives all of it")]
pub struct Activating {
    /// Where the application can be had.
    pub download: Option<AppUrl>,
    /// What opens it on a device, so that it begins to sign on: a private-use scheme [openid-core 4].
    pub start: Option<AppUrl>,
    /// What people accept before they go on.
    pub terms: Option<Terms>,
}

/// Where an application runs [rfc6749 2.1].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "what may be asked of an application depends on it")]
pub enum AppKind {
    /// `web`: on a server, where it keeps a secret.
    Web,
    /// `browser`: in a browser, where nothing is secret.
    Browser,
    /// `native`: on a person's device [rfc8252 7.3].
    Native,
}

impl AppKind {
    const ALL: [Self; 3] = [Self::Web, Self::Browser, Self::Native];

    /// The stable name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Web => "web",
            Self::Browser => "browser",
            Self::Native => "native",
        }
    }
}

impl fmt::Display for AppKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for AppKind {
    type Err = UnknownName;

    fn from_str(text: &str) -> Result<Self, UnknownName> {
        named::find("kind of application", text, &Self::ALL, Self::name)
    }
}

/// How an application proves that it is itself [openid-core 9].
#[derive(Clone, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "whoever authenticates applications must handle every way")]
pub enum AppAuthentication {
    /// `none`: it cannot; whoever holds the verifier of a code is believed to be it [rfc7636 4.6].
    None,
    /// `secret`: by a secret, of which it may have several at a time.
    Secret,
    /// `private_key_jwt`: by a statement that one of these keys signed, a JSON Web Key Set [rfc7523 2.2].
    PrivateKeyJwt {
        /// The text of the set, public keys alone.
        keys: String,
    },
}

impl AppAuthentication {
    /// The stable name.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Secret => "secret",
            Self::PrivateKeyJwt { .. } => "private_key_jwt",
        }
    }
}

impl fmt::Debug for AppAuthentication {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Whether what an application is granted may outlast the session in which it was granted [openid-core 11].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "whoever grants must handle both")]
pub enum OfflineAccess {
    /// `never`: it ends with the session, whatever the application asks for.
    Never,
    /// `allowed`: where the application asks for it, it ends with the account, or when somebody ends it.
    Allowed,
}

impl OfflineAccess {
    const ALL: [Self; 2] = [Self::Never, Self::Allowed];

    /// The stable name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Never => "never",
            Self::Allowed => "allowed",
        }
    }
}

impl fmt::Display for OfflineAccess {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for OfflineAccess {
    type Err = UnknownName;

    fn from_str(text: &str) -> Result<Self, UnknownName> {
        named::find("offline access", text, &Self::ALL, Self::name)
    }
}

/// What an identity token is signed with [rfc7518 3.1].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "whoever signs must have a key for each")]
pub enum TokenAlgorithm {
    /// `RS256`, which every client knows.
    Rs256,
    /// `ES256`, which is shorter and quicker to make.
    Es256,
}

impl TokenAlgorithm {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Rs256, Self::Es256];

    /// The registered name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Rs256 => "RS256",
            Self::Es256 => "ES256",
        }
    }
}

impl fmt::Display for TokenAlgorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for TokenAlgorithm {
    type Err = UnknownName;

    fn from_str(text: &str) -> Result<Self, UnknownName> {
        named::find("algorithm", text, &Self::ALL, Self::name)
    }
}

/// What people are shown as the name of an application: one line of 1 to 80 characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AppTitle(String);

impl AppTitle {
    const MOST: usize = 80;

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for AppTitle {
    type Err = NotATitle;

    fn from_str(text: &str) -> Result<Self, NotATitle> {
        let text = text.trim();
        if text.is_empty() || text.chars().count() > Self::MOST || text.chars().any(char::is_control) {
            return Err(NotATitle);
        }
        Ok(Self(text.to_owned()))
    }
}

/// A text that is no title of an application.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected one line of 1 to 80 characters, the name that people know the application by")]
pub struct NotATitle;

/// What people accept before they activate an application: 1 to 20,000 characters of plain text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Terms(String);

impl Terms {
    const MOST: usize = 20_000;

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Terms {
    type Err = NotTerms;

    fn from_str(text: &str) -> Result<Self, NotTerms> {
        let (text, chars) = (text.trim(), text.chars().count());
        let control = text.chars().any(|letter| letter.is_control() && !matches!(letter, '\n' | '\r' | '\t'));
        if text.is_empty() || chars > Self::MOST || control {
            return Err(NotTerms { chars });
        }
        Ok(Self(text.to_owned()))
    }
}

/// A text that people cannot accept as terms.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected 1 to 20000 characters of plain text without control characters, got {chars} characters")]
pub struct NotTerms {
    /// How many characters were given.
    pub chars: usize,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_and_terms_are_bounded() {
        assert_eq!(" Payroll ".parse::<AppTitle>().unwrap().as_str(), "Payroll");
        for text in ["", " ", "a\nb", "a\u{7}", &"x".repeat(81)] {
            assert_eq!(text.parse::<AppTitle>(), Err(NotATitle), "{text:?}");
        }
        assert_eq!("one\ntwo\n".parse::<Terms>().unwrap().as_str(), "one\ntwo");
        for text in ["", "\n", "a\u{0}", &"x".repeat(20_001)] {
            assert!(text.parse::<Terms>().is_err(), "{} characters", text.len());
        }
    }

    /// [rfc6749 2], [rfc6749 2.1]
    #[test]
    fn names_round_trip() {
        for kind in AppKind::ALL {
            assert_eq!(kind.to_string().parse(), Ok(kind));
        }
        for offline in OfflineAccess::ALL {
            assert_eq!(offline.to_string().parse(), Ok(offline));
        }
        for algorithm in TokenAlgorithm::ALL {
            assert_eq!(algorithm.to_string().parse(), Ok(algorithm));
        }
    }
}
