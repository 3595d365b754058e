use landfall_scim::ExtensionError;

/// Why a text declares nothing; it names the attribute, and what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ExtensionTextError {
    /// It is not TOML, or says what is not known here.
    #[error("line {line}: {message}")]
    Toml {
        /// The line, from 1 on.
        line: usize,
        /// What is wrong with it.
        message: String,
    },
    /// The whole has no name.
    #[error("the name is empty: give the extension a name for people, as in name = \"Contoso\"")]
    NoName,
    /// An attribute has no type.
    #[error("the attribute {name} has no type: add type = \"string\", or another of {}", types())]
    NoType {
        /// The attribute.
        name: String,
    },
    /// An attribute has a type that cannot be declared.
    #[error("the attribute {name} cannot be of the type {got:?}: choose one of {}", types())]
    Type {
        /// The attribute.
        name: String,
        /// The type that was written.
        got: String,
    },
    /// The case of something that has none.
    #[error("the attribute {name} is {kind}, which has no case: leave case_exact out")]
    CaseExact {
        /// The attribute.
        name: String,
        /// Its type.
        kind: &'static str,
    },
    /// An attribute fills what cannot be filled [attack H5].
    #[error(
        "the attribute {name} cannot fill {got:?}: choose one of first_name, last_name, email, display_name, or leave fills out"
    )]
    Fills {
        /// The attribute.
        name: String,
        /// The field that was written.
        got: String,
    },
    /// An attribute that is not one text fills a field that is.
    #[error("the attribute {name} cannot fill {field}: only a string with one value can")]
    FillsNoText {
        /// The attribute.
        name: String,
        /// The field.
        field: &'static str,
    },
    /// Two attributes fill one field.
    #[error("the attributes {one} and {other} both fill {field}: leave fills out of one of them")]
    FilledTwice {
        /// The field.
        field: &'static str,
        /// The attribute that stands first.
        one: String,
        /// The other one.
        other: String,
    },
    /// The URN, a name or the number of attributes.
    #[error(transparent)]
    Extension(#[from] ExtensionError),
}

impl ExtensionTextError {
    pub(super) fn toml(text: &str, error: &toml::de::Error) -> Self {
        let start = error.span().map_or(0, |span| span.start);
        let before = text.get(..start).unwrap_or_default();
        Self::Toml { line: before.matches('\n').count() + 1, message: error.message().replace('\n', " ") }
    }

    /// The stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Toml { .. } => "extension.toml",
            Self::NoName => "extension.no_name",
            Self::NoType { .. } => "extension.no_type",
            Self::Type { .. } => "extension.type",
            Self::CaseExact { .. } => "extension.case_exact",
            Self::Fills { .. } => "extension.fills",
            Self::FillsNoText { .. } => "extension.fills_no_text",
            Self::FilledTwice { .. } => "extension.filled_twice",
            Self::Extension(error) => error.code(),
        }
    }
}

fn types() -> String {
    super::TYPES.map(landfall_scim::Type::name).join(", ")
}
