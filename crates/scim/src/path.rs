use std::fmt;

use crate::dialect::Dialect;
use crate::error::{ErrorKind, ScimError, named};
use crate::filter::{Filter, Parser};
use crate::resource_type::{AttributePath, ResourceType};

/// The path of an operation: an attribute, the values of it that a filter chooses, a sub-attribute [rfc7644 3.5.2].
///
/// [`fmt::Display`] prints a path that parses to the same.
#[derive(Clone, Debug, PartialEq)]
pub struct Path {
    pub(crate) target: AttributePath,
    pub(crate) filter: Option<Filter>,
}

impl Path {
    /// Parses a path on resources of this type.
    ///
    /// # Errors
    /// [`InvalidPath`](crate::ErrorKind::InvalidPath) if it is none, names what is not declared, or its filter is none.
    ///
    /// ```
    /// use landfall_scim::{Dialect, Path, ResourceType};
    ///
    /// let path = Path::parse(r#"EMAILS[Type eq "work"].Value"#, &ResourceType::user(), Dialect::Strict)?;
    /// assert_eq!(path.to_string(), r#"emails[type eq "work"].value"#);
    /// # Ok::<(), landfall_scim::ScimError>(())
    /// ```
    pub fn parse(text: &str, of: &ResourceType, dialect: Dialect) -> Result<Self, ScimError> {
        match Self::find(text, of, dialect)? {
            Found::Path(path) => Ok(*path),
            Found::Unknown(name) => Err(ScimError::new(
                ErrorKind::InvalidPath,
                format!("{} is not declared here: /Schemas lists what is", named(&name)),
            )),
        }
    }

    /// Parses a path, and tells a name that is not declared from what is no path at all.
    pub(crate) fn find(text: &str, of: &ResourceType, dialect: Dialect) -> Result<Found, ScimError> {
        let mut parser = Parser::of_path(text, of, dialect)?;
        let (name, _) = parser.path_name()?;
        let Some(mut target) = of.resolve(&name, dialect) else {
            return parser.unknown().map(|()| Found::Unknown(name));
        };
        let filter = match parser.take_bracket() {
            true if target.sub_attribute.is_some() => {
                return Err(ScimError::new(
                    ErrorKind::InvalidPath,
                    format!("{target} has no values to choose among"),
                ));
            }
            true => Some(parser.value_filter(&target.attribute)?),
            false => None,
        };
        if filter.is_some()
            && let Some((name, _)) = parser.sub_attribute()
        {
            match target.attribute.sub_attribute(&name) {
                Some(sub) => target.sub_attribute = Some(sub.clone()),
                None => return Ok(Found::Unknown(format!("{target}.{name}"))),
            }
        }
        parser.end()?;
        Ok(Found::Path(Box::new(Self { target, filter })))
    }

    /// The attribute, and the sub-attribute if the path goes so far.
    #[must_use]
    pub fn target(&self) -> &AttributePath {
        &self.target
    }

    /// Which values of a multi-valued attribute, if not all.
    #[must_use]
    pub fn filter(&self) -> Option<&Filter> {
        self.filter.as_ref()
    }
}

/// What a text is that has the form of a path.
pub(crate) enum Found {
    Path(Box<Path>),
    /// It names what is not declared.
    Unknown(String),
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(filter) = &self.filter else { return self.target.fmt(f) };
        let whole = AttributePath { sub_attribute: None, ..self.target.clone() };
        write!(f, "{whole}[{filter}]")?;
        match &self.target.sub_attribute {
            Some(sub) => write!(f, ".{}", sub.name()),
            None => Ok(()),
        }
    }
}
