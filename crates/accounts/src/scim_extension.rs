use std::{fmt, str::FromStr};

use time::OffsetDateTime;

use crate::{TextError, directory::bounded};

/// Counts what one tenant has declared of attributes of its own, from 1; no number is given twice, also after a removal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ExtensionVersion(u32);

impl ExtensionVersion {
    /// The first one.
    pub const FIRST: Self = Self(1);

    /// Takes a number; there is no version 0.
    #[must_use]
    pub fn new(number: u32) -> Option<Self> {
        (number > 0).then_some(Self(number))
    }

    /// The number.
    #[must_use]
    pub fn number(self) -> u32 {
        self.0
    }

    /// The one after it; none, when all numbers are given.
    #[must_use]
    pub fn next(self) -> Option<Self> {
        self.0.checked_add(1).map(Self)
    }
}

impl fmt::Display for ExtensionVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The text in which a tenant declares attributes of its own: 1 byte to 64 KiB, opaque here.
///
/// ```
/// use landfall_accounts::ExtensionText;
///
/// assert!("urn = \"urn:contoso:hr:1.0:User\"".parse::<ExtensionText>().is_ok());
/// assert!("".parse::<ExtensionText>().is_err());
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExtensionText(String);

impl ExtensionText {
    /// The longest text, in bytes.
    pub const MAX_BYTES: usize = 64 * 1024;

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for ExtensionText {
    type Err = TextError;

    fn from_str(text: &str) -> Result<Self, TextError> {
        bounded("a declaration of attributes", text, 1..=Self::MAX_BYTES).map(Self)
    }
}

/// What a tenant declares of attributes of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "a store says all of it")]
pub struct StoredExtension {
    /// Which declaration of the tenant it is.
    pub version: ExtensionVersion,
    /// The text, as it was declared.
    pub text: ExtensionText,
    /// When it was declared.
    pub changed_at: OffsetDateTime,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_count_from_one_and_never_twice() {
        assert_eq!(ExtensionVersion::new(0), None);
        assert_eq!(ExtensionVersion::FIRST.next(), ExtensionVersion::new(2));
        assert_eq!(ExtensionVersion::new(u32::MAX).unwrap().next(), None);
    }

    #[test]
    fn texts_are_bounded() {
        let text = |length| "x".repeat(length).parse::<ExtensionText>();
        assert!(text(1).is_ok() && text(ExtensionText::MAX_BYTES).is_ok());
        assert!(text(0).is_err() && text(ExtensionText::MAX_BYTES + 1).is_err());
        assert!("a\0b".parse::<ExtensionText>().is_err());
    }
}
