use std::{fmt, str::FromStr};

/// The short name of a tenant, unique in the installation: a label of `a-z`, `0-9` and inner hyphens, at most 63 long.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TenantName(String);

impl TenantName {
    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for TenantName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for TenantName {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        slug("tenant", text).map(Self)
    }
}

/// The short name of a connection, unique in the installation because it stands in `/sso/{connection}`.
///
/// It is a label of `a-z`, `0-9` and inner hyphens, at most 63 long.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ConnectionName(String);

impl ConnectionName {
    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ConnectionName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for ConnectionName {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        slug("connection", text).map(Self)
    }
}

/// The short name of an application, its `client_id`, unique in the installation: a label of `a-z`, `0-9` and inner hyphens, at most 63 long.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AppName(String);

impl AppName {
    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for AppName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for AppName {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        slug("application", text).map(Self)
    }
}

/// A DNS domain in lower case, with at least one dot and at most 253 characters.
///
/// ```
/// use landfall_accounts::DomainName;
///
/// let domain: DomainName = "Contoso.Example".parse()?;
/// assert_eq!(domain.as_str(), "contoso.example");
/// # Ok::<(), landfall_accounts::NameError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DomainName(String);

impl DomainName {
    /// The name, in lower case.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for DomainName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for DomainName {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        if !text.is_ascii() {
            return Err(NameError::DomainNotAscii { got: text.to_owned() });
        }
        let name = text.to_ascii_lowercase();
        if name.len() > 253 || !name.contains('.') || !name.split('.').all(is_label) {
            return Err(NameError::Domain { got: text.to_owned() });
        }
        Ok(Self(name))
    }
}

/// The name by which a person signs in: Entra's user principal name, elsewhere what the connection says.
///
/// The text is kept exactly; comparison is without case, by [`folded`](Self::folded).
///
/// # Security
/// It can be changed and given to another person, so it is never the key of an account.
/// It is personal data and does not print.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct LoginName(String);

impl LoginName {
    /// The longest name, in characters.
    pub const MAX_CHARS: usize = 256;

    /// The name, exactly as it came.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The name in lower case: two names are the same if this is equal.
    ///
    /// # Security
    /// No letter outside ASCII becomes an ASCII letter (U+212A KELVIN SIGN stays what it is),
    /// so that no look-alike equals somebody else's name.
    #[must_use]
    pub fn folded(&self) -> String {
        folded(&self.0)
    }

    /// The domain after the last `@`, if there is one that is well-formed.
    #[must_use]
    pub fn domain(&self) -> Option<DomainName> {
        let (_, domain) = self.0.rsplit_once('@')?;
        domain.parse().ok()
    }

    /// Whether this is the name that an Entra directory gives to a guest of its own: it contains `#EXT#`, in any case.
    #[must_use]
    pub fn is_guest(&self) -> bool {
        self.folded().contains("#ext#")
    }
}

impl fmt::Debug for LoginName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LoginName([redacted])")
    }
}

impl FromStr for LoginName {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        let chars = text.chars().count();
        if chars == 0 || chars > Self::MAX_CHARS || text.chars().any(char::is_control) {
            return Err(NameError::Login { chars });
        }
        Ok(Self(text.to_owned()))
    }
}

/// The name of a claim, short or a URI; kept exactly, at most 1024 characters.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ClaimName(String);

impl ClaimName {
    /// A name that is written in this crate, or in one of its constants.
    pub(crate) fn from_static(name: &'static str) -> Self {
        Self(name.to_owned())
    }

    /// The name, exactly.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ClaimName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for ClaimName {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        let chars = text.chars().count();
        if chars == 0 || chars > 1024 || text.chars().any(char::is_control) {
            return Err(NameError::Claim { chars });
        }
        Ok(Self(text.to_owned()))
    }
}

/// A text that is no name of its kind.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NameError {
    /// No name of a tenant or a connection.
    #[error("`{got}` is no {what} name: use a-z, 0-9 and hyphens inside, at most 63 characters")]
    Slug {
        /// What was to be named.
        what: &'static str,
        /// What was given.
        got: String,
    },
    /// No domain.
    #[error(
        "`{got}` is no domain: write labels of letters, digits and hyphens with a dot between, like contoso.example"
    )]
    Domain {
        /// What was given.
        got: String,
    },
    /// A domain with letters outside ASCII.
    #[error("the domain `{got}` has letters outside ASCII: write its xn-- form")]
    DomainNotAscii {
        /// What was given.
        got: String,
    },
    /// No login name; the text itself is personal data and is not repeated.
    #[error(
        "a login name has 1 to 256 characters and no control characters, this one has {chars} characters"
    )]
    Login {
        /// How many characters were given.
        chars: usize,
    },
    /// No name of a claim.
    #[error(
        "a claim name has 1 to 1024 characters and no control characters, this one has {chars} characters"
    )]
    Claim {
        /// How many characters were given.
        chars: usize,
    },
}

/// The text in lower case; no letter outside ASCII becomes an ASCII letter.
pub(crate) fn folded(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut folded, letter| {
        if letter.is_ascii() || letter.to_lowercase().any(|lower| lower.is_ascii()) {
            folded.push(letter.to_ascii_lowercase());
        } else {
            folded.extend(letter.to_lowercase());
        }
        folded
    })
}

fn slug(what: &'static str, text: &str) -> Result<String, NameError> {
    if is_label(text) && !text.bytes().any(|byte| byte.is_ascii_uppercase()) {
        return Ok(text.to_owned());
    }
    Err(NameError::Slug { what, got: text.to_owned() })
}

/// Letters, digits and inner hyphens, 1 to 63 of them [RFC 1123 2.1].
fn is_label(text: &str) -> bool {
    (1..=63).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        && !text.starts_with('-')
        && !text.ends_with('-')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn login(text: &str) -> LoginName {
        text.parse().unwrap()
    }

    #[test]
    fn slugs() {
        let longest = "a".repeat(63);
        for good in ["a", "0", "contoso", "contoso-entra", "a--b", &longest] {
            assert_eq!(good.parse::<TenantName>().unwrap().as_str(), good);
            assert_eq!(good.parse::<ConnectionName>().unwrap().as_str(), good);
        }
        let too_long = "a".repeat(64);
        for bad in ["", "-a", "a-", "A", "a.b", "a_b", "a/b", "a b", "ä", &too_long] {
            assert!(bad.parse::<TenantName>().is_err(), "{bad}");
            assert!(bad.parse::<ConnectionName>().is_err(), "{bad}");
        }
    }

    #[test]
    fn domains_are_lower_cased_and_checked() {
        assert_eq!("CONTOSO.Example".parse::<DomainName>().unwrap().as_str(), "contoso.example");
        assert!("xn--mnchen-3ya.example".parse::<DomainName>().is_ok());
        let label = "a".repeat(63);
        let longest = format!("{label}.{label}.{label}.{}", "a".repeat(61));
        assert_eq!(longest.parse::<DomainName>().unwrap().as_str().len(), 253);
        let too_long = format!("{longest}a");
        let long_label = format!("{label}a.example");
        for bad in [
            "",
            "contoso",
            ".example",
            "example.",
            "a..b",
            "-a.example",
            "a b.example",
            &too_long,
            &long_label,
        ] {
            assert_eq!(bad.parse::<DomainName>(), Err(NameError::Domain { got: bad.to_owned() }));
        }
    }

    #[test]
    fn a_domain_outside_ascii_is_asked_for_in_its_other_form() {
        let error = "münchen.example".parse::<DomainName>().unwrap_err();
        assert!(error.to_string().contains("xn--"), "{error}");
    }

    #[test]
    fn login_names_keep_their_text_and_compare_without_case() {
        assert_eq!(login("B.Simon@Contoso.example").as_str(), "B.Simon@Contoso.example");
        assert_eq!(login("B.Simon@Contoso.example").folded(), login("b.simon@CONTOSO.example").folded());
        assert_eq!(login("ÄΣ@x.example").folded(), login("äσ@x.example").folded());
        assert_ne!(login("ada@x.example").folded(), login("ada @x.example").folded());
    }

    #[test]
    fn no_look_alike_folds_into_ascii() {
        assert_eq!(login("K").folded(), "k");
        assert_eq!(login("\u{212a}").folded(), "\u{212a}");
        assert_eq!(login("\u{130}").folded(), "\u{130}");
    }

    #[test]
    fn login_names_are_bounded() {
        let longest = "ä".repeat(256);
        assert!(longest.parse::<LoginName>().is_ok());
        let too_long = "ä".repeat(257);
        for bad in ["", "a\0b", "a\nb", "a\u{85}b", &too_long] {
            assert!(bad.parse::<LoginName>().is_err());
        }
    }

    #[test]
    fn the_domain_stands_after_the_last_at_sign() {
        assert_eq!(login("ada@Contoso.Example").domain().unwrap().as_str(), "contoso.example");
        assert_eq!(login("ada@other.example@contoso.example").domain().unwrap().as_str(), "contoso.example");
        for none in ["ada", "ada@", "ada@localhost", "ada@contoso.example ", "ada@münchen.example"] {
            assert_eq!(login(none).domain(), None, "{none}");
        }
    }

    #[test]
    fn g5_guests_carry_ext() {
        assert!(login("ada_example.com#EXT#@contoso.onmicrosoft.com").is_guest());
        assert!(login("ada_example.com#ext#@contoso.onmicrosoft.com").is_guest());
        assert!(!login("ada.ext@contoso.onmicrosoft.com").is_guest());
    }

    #[test]
    fn a_login_name_does_not_print() {
        assert_eq!(format!("{:?}", login("ada@contoso.example")), "LoginName([redacted])");
        assert!(!"ada\0".parse::<LoginName>().unwrap_err().to_string().contains("ada"));
    }
}
