//! What an application proves itself with.

use landfall_accounts::{CredentialMark, CredentialPrefix, TokenHash};

use crate::environment::{Environment, NoRandomness};
use crate::secret::Credential;

/// A secret of an application: a prefix that lists show, and 256 random bits [rfc6749 2.3.1].
///
/// # Security
/// It is shown once, to whoever asked for it; a store knows its hash alone.
///
/// ```
/// use landfall_http::{AppSecret, Environment};
///
/// fn print(environment: &dyn Environment) -> Result<(), landfall_http::NoRandomness> {
///     let secret = AppSecret::new(environment)?;
///     println!("{}", secret.expose());
///     assert!(secret.prefix().as_str().starts_with("lfa_"));
///     Ok(())
/// }
/// ```
#[derive(Clone, Debug)]
pub struct AppSecret(Credential);

impl AppSecret {
    /// Makes one.
    ///
    /// # Errors
    /// [`NoRandomness`] if the system has no random bytes.
    pub fn new(environment: &dyn Environment) -> Result<Self, NoRandomness> {
        Credential::new(environment, CredentialMark::Application).map(Self)
    }

    /// How it begins.
    #[must_use]
    pub fn prefix(&self) -> &CredentialPrefix {
        &self.0.prefix
    }

    /// What goes to whoever asked for it, once.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose()
    }

    /// What a store keeps.
    #[must_use]
    pub fn hash(&self) -> TokenHash {
        self.0.hash()
    }
}
