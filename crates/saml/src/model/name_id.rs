use std::fmt;

use crate::IdError;
use crate::ids::xml_text;

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

    /// Puts one together that was taken apart to be kept, so that a logout names the person as the identity provider did.
    ///
    /// ```
    /// use landfall_saml::NameId;
    ///
    /// let name_id = NameId::new("b.simon", Some(NameId::PERSISTENT), None, Some("https://sp.example/"))?;
    /// assert_eq!(name_id.sp_name_qualifier(), Some("https://sp.example/"));
    /// assert!(NameId::new("", None, None, None).is_err());
    /// # Ok::<(), landfall_saml::IdError>(())
    /// ```
    ///
    /// # Errors
    /// [`IdError`] for an empty value, and for characters that no message can hold.
    pub fn new(
        value: &str,
        format: Option<&str>,
        name_qualifier: Option<&str>,
        sp_name_qualifier: Option<&str>,
    ) -> Result<Self, IdError> {
        let text = |text: &str| xml_text("NameID", text).map(str::to_owned);
        let attribute = |of: Option<&str>| of.filter(|text| !text.is_empty()).map(text).transpose();
        Ok(Self {
            value: text(value)?,
            format: attribute(format)?,
            name_qualifier: attribute(name_qualifier)?,
            sp_name_qualifier: attribute(sp_name_qualifier)?,
        })
    }

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

    /// The service provider that it is qualified for: us, or absent, in what was accepted as a login.
    #[must_use]
    pub fn sp_name_qualifier(&self) -> Option<&str> {
        self.sp_name_qualifier.as_deref()
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
