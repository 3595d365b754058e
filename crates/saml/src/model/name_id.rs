use std::fmt;

/// Whom an assertion is about: opaque text, compared byte for byte with its format and qualifiers [saml-core 2.2.3], [attack E14].
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct NameId {
    pub(crate) value: String,
    pub(crate) format: Option<String>,
    pub(crate) name_qualifier: Option<String>,
    pub(crate) sp_name_qualifier: Option<String>,
}

impl NameId {
    /// A pseudonym that the identity provider keeps for us alone and never gives to another [saml-core 8.3.7].
    pub const PERSISTENT: &str = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent";

    /// The identifier itself; never trimmed, folded or normalized.
    #[must_use]
    pub fn value(&self) -> &str {
        &self.value
    }

    /// How the identifier is to be understood; absent means unspecified.
    #[must_use]
    pub fn format(&self) -> Option<&str> {
        self.format.as_deref()
    }

    /// The domain that the identity provider qualifies it with.
    #[must_use]
    pub fn name_qualifier(&self) -> Option<&str> {
        self.name_qualifier.as_deref()
    }
}

impl fmt::Debug for NameId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NameId")
            .field("value", &"[redacted]")
            .field("format", &self.format)
            .finish_non_exhaustive()
    }
}
