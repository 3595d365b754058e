use std::fmt;

/// What the identity provider says about the person, under one name.
#[derive(Clone, PartialEq, Eq)]
pub struct Attribute {
    pub(crate) name: String,
    pub(crate) name_format: Option<String>,
    pub(crate) values: Vec<String>,
}

impl Attribute {
    /// Its name, as sent.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// How the name is to be understood; Entra sends none.
    #[must_use]
    pub fn name_format(&self) -> Option<&str> {
        self.name_format.as_deref()
    }

    /// Its text values in document order; a value that holds elements is not text and is left out, as is a nil.
    #[must_use]
    pub fn values(&self) -> &[String] {
        &self.values
    }
}

impl fmt::Debug for Attribute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Attribute")
            .field("name", &self.name)
            .field("values", &self.values.len())
            .finish_non_exhaustive()
    }
}
