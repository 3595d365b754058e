use landfall_accounts::{CredentialMark, CredentialPrefix, TokenHash};

use crate::environment::{Environment, NoRandomness};
use crate::secret::{Credential, hash};

/// What a directory shows to push people and groups: a prefix that lists show, and 256 random bits.
///
/// # Security
/// It is shown once, to whoever asked for it; a store knows its hash alone [attack H3].
///
/// ```
/// use landfall_http::{DirectorySecret, Environment};
///
/// fn print(environment: &dyn Environment) -> Result<(), landfall_http::NoRandomness> {
///     let secret = DirectorySecret::new(environment)?;
///     println!("{}", secret.expose());
///     assert!(secret.expose().starts_with(secret.prefix().as_str()));
///     Ok(())
/// }
/// ```
#[derive(Clone, Debug)]
pub struct DirectorySecret(Credential);

impl DirectorySecret {
    /// Makes one.
    ///
    /// # Errors
    /// [`NoRandomness`] if the system has no random bytes.
    pub fn new(environment: &dyn Environment) -> Result<Self, NoRandomness> {
        Credential::new(environment, CredentialMark::Directory).map(Self)
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

/// The hash of what somebody shows as a credential; none if it has not the form of one [attack H2].
pub(super) fn hash_of(shown: &str) -> Option<TokenHash> {
    CredentialPrefix::of(CredentialMark::Directory, shown).map(|_| hash(shown))
}

#[cfg(test)]
mod tests {
    use time::OffsetDateTime;

    use super::*;
    use crate::testing::NOW;

    struct Counting;

    impl Environment for Counting {
        fn now(&self) -> OffsetDateTime {
            NOW
        }

        fn fill(&self, bytes: &mut [u8]) -> Result<(), NoRandomness> {
            bytes.iter_mut().zip(0..).for_each(|(byte, n)| *byte = n);
            Ok(())
        }
    }

    #[test]
    fn h3_a_secret_has_the_form_that_scanners_know_and_does_not_print() {
        let secret = DirectorySecret::new(&Counting).unwrap();
        assert_eq!(secret.expose(), "lfs_aaaqeayeAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8");
        assert_eq!(hash_of(secret.expose()), Some(secret.hash()));
        assert_eq!(hash_of(secret.expose().split_at(54).0), None);
        assert_eq!(
            format!("{secret:?}"),
            "DirectorySecret(Credential { prefix: CredentialPrefix(\"lfs_aaaqeaye\"), .. })"
        );
    }
}
