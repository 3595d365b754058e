//! What an operator says of an application, and whether it can be so.

use time::{Duration, OffsetDateTime};

use crate::{
    Activating, AppAuthentication, AppId, AppKind, AppName, AppTitle, AppUrl, Application, CredentialId,
    CredentialPrefix, NotARedirect, OfflineAccess, RedirectUri, TenantId, TokenAlgorithm, TokenHash,
};

/// An application that an operator makes.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "an operator says all of it")]
pub struct NewApplication {
    /// Its `client_id`.
    pub name: AppName,
    /// What people are shown.
    pub title: AppTitle,
    /// Where it runs, for good.
    pub kind: AppKind,
    /// How it proves that it is itself.
    pub authentication: AppAuthentication,
    /// Whose people it serves; without it, everybody's.
    pub tenant: Option<TenantId>,
    /// Where codes may be sent.
    pub redirect_uris: Vec<RedirectUri>,
    /// Where people may be sent once they are signed out.
    pub post_logout_uris: Vec<RedirectUri>,
    /// Where it is told that a session ended.
    pub backchannel_logout: Option<AppUrl>,
    /// Whether its grants may outlast the session.
    pub offline: OfflineAccess,
    /// What its identity tokens are signed with.
    pub signed_with: TokenAlgorithm,
    /// What people are offered who activate it.
    pub activation: Activating,
}

impl NewApplication {
    /// The application that comes of it.
    #[must_use]
    pub fn made(self, id: AppId, now: OffsetDateTime) -> Application {
        Application {
            id,
            name: self.name,
            title: self.title,
            kind: self.kind,
            authentication: self.authentication,
            tenant: self.tenant,
            redirect_uris: self.redirect_uris,
            post_logout_uris: self.post_logout_uris,
            backchannel_logout: self.backchannel_logout,
            offline: self.offline,
            signed_with: self.signed_with,
            activation: self.activation,
            created_at: now,
        }
    }
}

impl Application {
    /// Whether an application can be as it is said to be.
    ///
    /// # Errors
    /// [`AppFlaw`], the first that is found.
    pub fn judged(&self) -> Result<(), AppFlaw> {
        if (self.kind == AppKind::Web) == (self.authentication == AppAuthentication::None) {
            return Err(AppFlaw::Authentication { kind: self.kind, found: self.authentication.name() });
        }
        for uris in [&self.redirect_uris, &self.post_logout_uris] {
            if uris.len() > Self::MOST_ADDRESSES {
                return Err(AppFlaw::TooMany { found: uris.len() });
            }
            for uri in uris {
                uri.suits(self.kind)?;
            }
        }
        // A device has none: its person goes elsewhere [rfc8628 3.1].
        if self.redirect_uris.is_empty() && self.kind != AppKind::Native {
            return Err(AppFlaw::NoRedirect { kind: self.kind });
        }
        let mut fetched = self.backchannel_logout.iter().chain(&self.activation.download);
        match fetched.find(|url| !url.is_web()) {
            Some(found) => Err(AppFlaw::NotFetched { found: found.clone() }),
            None => Ok(()),
        }
    }
}

/// Why an application cannot be so.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AppFlaw {
    /// It keeps a secret where nothing is secret, or has none where one can be kept.
    #[error(
        "a {kind} application cannot authenticate by `{found}`: a web application has a secret or keys, and others have neither"
    )]
    Authentication {
        /// Where it runs.
        kind: AppKind,
        /// How it was to authenticate.
        found: &'static str,
    },
    /// One address is for another kind of application.
    #[error(transparent)]
    Redirect(#[from] NotARedirect),
    /// It has too many addresses.
    #[error("{found} addresses of one kind are too many: register at most {}", Application::MOST_ADDRESSES)]
    TooMany {
        /// How many it was to have.
        found: usize,
    },
    /// No code could ever be sent to it.
    #[error("a {kind} application needs an address to which codes are sent: name one with `--redirect`")]
    NoRedirect {
        /// Where it runs.
        kind: AppKind,
    },
    /// An address that is to be fetched is one that a device opens.
    #[error(
        "nothing can be fetched from {found}: an address for logouts or downloads begins with https, or with http on this machine"
    )]
    NotFetched {
        /// The address.
        found: AppUrl,
    },
}

impl AppFlaw {
    /// The stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Authentication { .. } => "application.authentication",
            Self::Redirect(_) => "application.redirect",
            Self::TooMany { .. } => "application.too_many_addresses",
            Self::NoRedirect { .. } => "application.no_redirect",
            Self::NotFetched { .. } => "application.not_fetched",
        }
    }
}

/// A secret of an application, without the secret itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AppCredential {
    /// Names it for good.
    pub id: CredentialId,
    /// Whose it is.
    pub app: AppId,
    /// How it begins.
    pub prefix: CredentialPrefix,
    /// When it was made.
    pub created_at: OffsetDateTime,
    /// When it ends, exclusive; none: when another one takes its place.
    pub expires_at: Option<OffsetDateTime>,
}

impl AppCredential {
    /// How long the secrets before count on where nobody says otherwise, so that the application can be changed over.
    pub const OVERLAP: Duration = Duration::DAY;
    /// The longest time for which they can be kept.
    pub const LONGEST: Duration = Duration::days(365);
}

/// A secret of an application that an operator makes; it is shown once and known here by its hash alone.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "an operator says all of it")]
pub struct NewAppCredential {
    /// How it begins.
    pub prefix: CredentialPrefix,
    /// Of the whole of it.
    pub hash: TokenHash,
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::{Lasting, Scopes, testing::NOW};

    fn application(edit: impl FnOnce(&mut Application)) -> Application {
        let new = NewApplication {
            name: "payroll".parse().unwrap(),
            title: "Payroll".parse().unwrap(),
            kind: AppKind::Web,
            authentication: AppAuthentication::Secret,
            tenant: None,
            redirect_uris: vec!["https://payroll.example/cb".parse().unwrap()],
            post_logout_uris: Vec::new(),
            backchannel_logout: None,
            offline: OfflineAccess::Never,
            signed_with: TokenAlgorithm::Rs256,
            activation: Activating::default(),
        };
        let mut made = new.made(AppId::from_uuid(Uuid::nil()), NOW);
        edit(&mut made);
        made
    }

    #[track_caller]
    fn judged(expected: Result<(), &str>, edit: impl FnOnce(&mut Application)) {
        let found = application(edit).judged();
        assert_eq!(
            found.as_ref().map_err(AppFlaw::code),
            expected.as_ref().map_err(|code| *code),
            "{found:?}"
        );
    }

    fn of(kind: AppKind, authentication: AppAuthentication) -> impl FnOnce(&mut Application) {
        move |app| (app.kind, app.authentication) = (kind, authentication)
    }

    #[test]
    fn a_secret_is_where_one_can_be_kept() {
        let keys = || AppAuthentication::PrivateKeyJwt { keys: "{}".to_owned() };
        let wrong = Err("application.authentication");
        judged(Ok(()), of(AppKind::Web, AppAuthentication::Secret));
        judged(Ok(()), of(AppKind::Web, keys()));
        judged(wrong, of(AppKind::Web, AppAuthentication::None));
        for kind in [AppKind::Browser, AppKind::Native] {
            judged(Ok(()), of(kind, AppAuthentication::None));
            judged(wrong, of(kind, AppAuthentication::Secret));
            judged(wrong, of(kind, keys()));
        }
    }

    #[test]
    fn addresses_are_of_their_kind_and_bounded() {
        let own = || "com.example.app:/cb".parse().unwrap();
        judged(Err("application.redirect"), |app| app.redirect_uris = vec![own()]);
        judged(Err("application.redirect"), |app| app.post_logout_uris = vec![own()]);
        judged(Ok(()), |app| {
            of(AppKind::Native, AppAuthentication::None)(app);
            app.redirect_uris = vec![own()];
        });
        let uri: RedirectUri = "https://payroll.example/cb".parse().unwrap();
        judged(Ok(()), |app| app.redirect_uris = vec![uri.clone(); Application::MOST_ADDRESSES]);
        judged(Err("application.too_many_addresses"), |app| {
            app.redirect_uris = vec![uri; Application::MOST_ADDRESSES + 1];
        });
        judged(Err("application.no_redirect"), |app| app.redirect_uris.clear());
        judged(Ok(()), |app| {
            of(AppKind::Native, AppAuthentication::None)(app);
            app.redirect_uris.clear();
        });
        let elsewhere: AppUrl = "com.example.app:/x".parse().unwrap();
        judged(Ok(()), |app| app.activation.start = Some(elsewhere.clone()));
        for elsewhere in [elsewhere, "http.example.app:/x".parse().unwrap()] {
            judged(Err("application.not_fetched"), |app| app.activation.download = Some(elsewhere.clone()));
            judged(Err("application.not_fetched"), |app| app.backchannel_logout = Some(elsewhere));
        }
        judged(Ok(()), |app| app.backchannel_logout = Some("http://localhost:3000/out".parse().unwrap()));
    }

    #[test]
    fn a_grant_outlasts_its_session_where_both_sides_say_so() {
        for (asked, offline, granted, lasting) in [
            ("openid", OfflineAccess::Allowed, "openid", Lasting::WithSession),
            ("openid offline_access", OfflineAccess::Allowed, "openid offline_access", Lasting::OfItself),
            ("openid offline_access", OfflineAccess::Never, "openid", Lasting::WithSession),
        ] {
            let (scopes, lasts) = application(|app| app.offline = offline).grants(Scopes::asked(asked));
            assert_eq!((scopes.to_string().as_str(), lasts), (granted, lasting), "{asked} {offline}");
        }
    }
}
