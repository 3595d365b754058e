//! The link by which an invited person activates an account.

use landfall_accounts::TokenHash;

use crate::environment::{Environment, NoRandomness};
use crate::secret::Secret;
use crate::settings::PublicUrl;

/// A link with 256 random bits: whoever redeems it first activates the account that it was made for.
///
/// # Security
/// It is shown once, to whoever asked for it; the store knows its hash alone, and the log does not have its path.
/// It signs nobody in.
///
/// ```
/// use landfall_http::{Environment, InvitationLink, PublicUrl};
///
/// fn print(environment: &dyn Environment, public_url: &PublicUrl) -> Result<(), landfall_http::NoRandomness> {
///     let link = InvitationLink::new(environment)?;
///     println!("{}", link.address(public_url));
///     Ok(())
/// }
/// ```
#[derive(Clone, Debug)]
pub struct InvitationLink(Secret);

impl InvitationLink {
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
        public_url.join(&format!("{ACTIVATE_PATH}{}", self.0.expose()))
    }
}

/// What its path begins with.
pub(crate) const ACTIVATE_PATH: &str = "/activate/";
