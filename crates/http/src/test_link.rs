//! The link by which an operator's test login is begun.

use landfall_accounts::TokenHash;

use crate::environment::{Environment, NoRandomness};
use crate::secret::Secret;
use crate::settings::PublicUrl;

/// A link with 256 random bits: whoever opens it first tests a connection.
///
/// # Security
/// It is shown once, to whoever asked for it; the store knows its hash alone, and the log does not have its path.
///
/// ```
/// use landfall_http::{Environment, PublicUrl, TestLink};
///
/// fn print(environment: &dyn Environment, public_url: &PublicUrl) -> Result<(), landfall_http::NoRandomness> {
///     let link = TestLink::new(environment)?;
///     println!("{}", link.address(public_url));
///     Ok(())
/// }
/// ```
#[derive(Clone, Debug)]
pub struct TestLink(Secret);

impl TestLink {
    /// Makes one.
    ///
    /// # Errors
    /// [`NoRandomness`] if the system has no random bytes.
    pub fn new(environment: &dyn Environment) -> Result<Self, NoRandomness> {
        Secret::new(environment).map(Self)
    }

    /// What the store keeps.
    #[must_use]
    pub fn hash(&self) -> TokenHash {
        self.0.hash()
    }

    /// The address to open.
    #[must_use]
    pub fn address(&self, public_url: &PublicUrl) -> String {
        public_url.join(&format!("{TEST_PATH}{}", self.0.expose()))
    }
}

/// What its path begins with.
pub(crate) const TEST_PATH: &str = "/sso/test/";
