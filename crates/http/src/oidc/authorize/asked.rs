//! What a request asks for, parameter by parameter [openid-core 3.1.2.1].

use landfall_accounts::{CodeChallenge, ConnectionName, Nonce, Scope, Scopes, SignedIn};
use time::OffsetDateTime;

use super::Fault;
use crate::oauth::Parameters;
use crate::oidc::MOST_STATE;
use crate::sso::MaxAge;

/// What has to do with a request after the person has signed in: not how they sign in, which is over then.
const AGAIN: [&str; 11] = [
    "client_id",
    "redirect_uri",
    "response_type",
    "response_mode",
    "scope",
    "state",
    "nonce",
    "code_challenge",
    "code_challenge_method",
    "connection",
    "id_token_hint",
];

/// A well-formed request; what else stands in it asks for nothing here, as `display`, `ui_locales` and `claims_locales`
/// [openid-core 15.1], `acr_values` [openid-core 5.5.1.1] and `claims` [openid-core 5.5].
pub(in crate::oidc) struct Asked {
    pub(in crate::oidc) scopes: Scopes,
    pub(in crate::oidc) nonce: Option<Nonce>,
    pub(in crate::oidc) challenge: CodeChallenge,
    pub(in crate::oidc) prompt: Prompt,
    pub(super) max_age: Option<MaxAge>,
    pub(super) login_hint: Option<String>,
    pub(super) connection: Option<ConnectionName>,
    pub(super) id_token_hint: Option<String>,
    /// The parameters that count after the person has signed in, as a query.
    pub(in crate::oidc) again: String,
}

impl Asked {
    /// # Security
    /// Every application sends a challenge, and S256 is the only method: nobody can take it away on the way [rfc9700 4.8].
    pub(super) fn read(parameters: &Parameters) -> Result<Self, Fault> {
        let one = |name| parameters.one(name);
        // [openid-core 6.1], [openid-core 6.2]
        for (name, fault) in [
            ("request", Fault::RequestObject),
            ("request_uri", Fault::RequestUri),
            ("registration", Fault::Registration),
        ] {
            if one(name)?.is_some() {
                return Err(fault);
            }
        }
        match one("response_type")? {
            Some("code") => {}
            Some(_) => return Err(Fault::ResponseType),
            None => return Err(Fault::NoResponseType),
        }
        if one("response_mode")?.is_some_and(|mode| mode != "query") {
            return Err(Fault::ResponseMode);
        }
        if one("state")?.is_some_and(|state| state.chars().count() > MOST_STATE) {
            return Err(Fault::State);
        }
        let scopes = Scopes::asked(one("scope")?.unwrap_or_default());
        if !scopes.has(Scope::Openid) {
            return Err(Fault::Scope);
        }
        let connection = one("connection")?.map(str::parse).transpose();
        Ok(Self {
            scopes,
            nonce: one("nonce")?.map(str::parse).transpose().map_err(|_| Fault::Nonce)?,
            challenge: challenge(one("code_challenge")?, one("code_challenge_method")?)?,
            prompt: Prompt::read(one("prompt")?)?,
            max_age: MaxAge::read(one("max_age")?).map_err(|_| Fault::MaxAge)?,
            login_hint: one("login_hint")?.map(str::to_owned),
            connection: connection.map_err(|_| Fault::Connection)?,
            id_token_hint: one("id_token_hint")?.map(str::to_owned),
            again: parameters.query_of(&AGAIN),
        })
    }

    /// How fresh a sign-in is to be that begins for this.
    pub(super) fn freshness(&self) -> Option<MaxAge> {
        if self.prompt.is_anew() { Some(MaxAge::ANEW) } else { self.max_age }
    }

    /// Whether a session is good enough as it is.
    pub(super) fn is_met_by(&self, signed_in: &SignedIn, now: OffsetDateTime) -> bool {
        let by_it = self.connection.as_ref().is_none_or(|wanted| *wanted == signed_in.connection);
        by_it && self.freshness().is_none_or(|age| age.is_met_by(signed_in, now))
    }
}

/// [rfc7636 4.3], [rfc7636 4.4.1]
fn challenge(challenge: Option<&str>, method: Option<&str>) -> Result<CodeChallenge, Fault> {
    let challenge = challenge.ok_or(Fault::NoChallenge)?;
    if method != Some("S256") {
        return Err(Fault::ChallengeMethod);
    }
    challenge.parse().map_err(|_| Fault::Challenge)
}

/// How much the person is asked [openid-core 3.1.2.1]; consent is the operator's, who registered the application.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::oidc) enum Prompt {
    /// As far as it is needed.
    AsNeeded,
    /// `none`: nothing.
    Never,
    /// `login`: to sign in anew.
    Login,
    /// `select_account`: who they are, and to sign in anew.
    SelectAccount,
}

impl Prompt {
    pub(in crate::oidc) const NAMES: [&str; 4] = ["none", "login", "consent", "select_account"];

    fn read(text: Option<&str>) -> Result<Self, Fault> {
        let names: Vec<&str> = text.unwrap_or_default().split(' ').filter(|name| !name.is_empty()).collect();
        if names == ["none"] {
            return Ok(Self::Never);
        }
        if names.iter().any(|name| *name == "none" || !Self::NAMES.contains(name)) {
            return Err(Fault::Prompt);
        }
        Ok(match (names.contains(&"select_account"), names.contains(&"login")) {
            (true, _) => Self::SelectAccount,
            (false, true) => Self::Login,
            (false, false) => Self::AsNeeded,
        })
    }

    /// Whether no session is good enough.
    fn is_anew(self) -> bool {
        matches!(self, Self::Login | Self::SelectAccount)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

    /// A request with one parameter exchanged, added, or taken away.
    fn read(name: &str, value: Option<&str>) -> Result<Asked, &'static str> {
        let honest = [
            ("client_id", "payroll"),
            ("redirect_uri", "https://app.example/cb"),
            ("response_type", "code"),
            ("scope", "openid email"),
            ("state", "a b"),
            ("code_challenge", CHALLENGE),
            ("code_challenge_method", "S256"),
        ];
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(honest.iter().filter(|(of, _)| *of != name));
        if let Some(value) = value {
            query.append_pair(name, value);
        }
        Asked::read(&Parameters::of_query(&query.finish())).map_err(|fault| fault.name())
    }

    /// [openid-core 3.1.2.1], [openid-core 3.1.2.6], [rfc7636 4.3], [rfc7636 4.4.1]
    #[test]
    fn each_parameter_is_judged() {
        for (name, value, error) in [
            ("x", None, None),
            ("display", Some("popup"), None),
            ("ui_locales", Some("de en"), None),
            ("claims_locales", Some("de"), None),
            ("acr_values", Some("urn:x"), None),
            ("claims", Some("{}"), None),
            ("unknown", Some("x"), None),
            ("response_type", None, Some("invalid_request")),
            ("response_type", Some(""), Some("invalid_request")),
            ("response_type", Some("token"), Some("unsupported_response_type")),
            ("response_type", Some("code id_token"), Some("unsupported_response_type")),
            ("response_mode", Some("query"), None),
            ("response_mode", Some("fragment"), Some("invalid_request")),
            ("response_mode", Some("form_post"), Some("invalid_request")),
            ("scope", None, Some("invalid_scope")),
            ("scope", Some("email"), Some("invalid_scope")),
            ("scope", Some("openid phone address x"), None),
            ("state", None, None),
            ("state", Some(&"ä".repeat(1024)), None),
            ("state", Some(&"x".repeat(1025)), Some("invalid_request")),
            ("nonce", Some("n"), None),
            ("nonce", Some("ä"), Some("invalid_request")),
            ("code_challenge", None, Some("invalid_request")),
            ("code_challenge", Some("short"), Some("invalid_request")),
            ("code_challenge_method", None, Some("invalid_request")),
            ("code_challenge_method", Some("plain"), Some("invalid_request")),
            ("code_challenge_method", Some("s256"), Some("invalid_request")),
            ("request", Some("a.b."), Some("request_not_supported")),
            ("request_uri", Some("urn:x"), Some("request_uri_not_supported")),
            ("registration", Some("{}"), Some("registration_not_supported")),
            ("max_age", Some("0"), None),
            ("max_age", Some("-1"), Some("invalid_request")),
            ("prompt", Some("none"), None),
            ("prompt", Some("consent login"), None),
            ("prompt", Some("none login"), Some("invalid_request")),
            ("prompt", Some("create"), Some("invalid_request")),
            ("connection", Some("contoso-entra"), None),
            ("connection", Some("Contoso!"), Some("invalid_request")),
        ] {
            assert_eq!(read(name, value).err(), error, "{name} {value:?}");
        }
    }

    /// [openid-core 3.1.2.1]
    #[test]
    fn what_is_met_by_a_sign_in_is_not_asked_for_again() {
        for (name, value) in [("prompt", "login"), ("max_age", "0"), ("login_hint", "ada"), ("unknown", "x")]
        {
            let asked = read(name, Some(value)).ok().unwrap();
            assert_eq!(
                asked.again,
                format!(
                    "client_id=payroll&redirect_uri=https%3A%2F%2Fapp.example%2Fcb&response_type=code&\
                     scope=openid+email&state=a+b&code_challenge={CHALLENGE}&code_challenge_method=S256"
                )
            );
        }
        let asked = |name, value| read(name, Some(value)).ok().unwrap();
        assert_eq!(asked("prompt", "login").freshness(), Some(MaxAge::ANEW));
        assert_eq!(asked("prompt", "select_account consent").prompt, Prompt::SelectAccount);
        assert_eq!(asked("prompt", "consent").freshness(), None);
        assert_eq!(asked("max_age", "5").freshness().map(|age| age.to_string()).as_deref(), Some("5"));
    }

    /// [rfc6749 3.1]
    #[test]
    fn no_parameter_stands_there_twice() {
        let query = format!(
            "response_type=code&scope=openid&code_challenge={CHALLENGE}&code_challenge_method=S256&state=1"
        );
        assert!(Asked::read(&Parameters::of_query(&query)).is_ok());
        for more in [
            "state=1",
            "scope=openid",
            "code_challenge_method=plain",
            "response_type=code",
            "nonce=1&nonce=1",
        ] {
            let fault = Asked::read(&Parameters::of_query(&format!("{query}&{more}"))).err().unwrap();
            assert_eq!(fault.code(), "authorize.twice", "{more}");
        }
    }
}
