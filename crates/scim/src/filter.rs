//! The filter grammar [rfc7644 3.4.2.2]: parsed, resolved against the table, typed.

mod matching;
mod parse;
mod token;

use std::fmt;

use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use crate::dialect::Dialect;
use crate::error::ScimError;
use crate::resource_type::{AttributePath, ResourceType};
use crate::schema::{Attribute, Type};

pub use matching::fold;
pub(crate) use parse::Parser;
pub(crate) use token::Token;

/// A filter whose names are entries of the table and whose literals have the type of their attribute.
///
/// A clause on a multi-valued attribute holds if one of its values makes it hold; `ne` is the negation of `eq`.
/// [`fmt::Display`] prints a filter that parses to the same.
///
/// # Security
/// Nothing of the client's text is left in it but literals, which are meant to be bound [attack H4].
/// Literals are personal data: `Debug` shows none, `Display` shows them.
#[derive(Clone, Debug, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "whoever makes a query of it must handle every clause")]
pub enum Filter {
    /// All of them hold; there are two at least, and none is an `And`.
    And(Vec<Filter>),
    /// One of them holds; there are two at least, and none is an `Or`.
    Or(Vec<Filter>),
    /// It does not hold.
    Not(Box<Filter>),
    /// There is a value.
    Present(AttributePath),
    /// A value compares so with the literal.
    Compare {
        /// What is compared; a path that ends at a complex attribute is one that goes on to its `value`.
        path: AttributePath,
        /// How.
        operator: Operator,
        /// With what.
        literal: Literal,
    },
    /// One value of a multi-valued complex attribute makes the inner filter hold, whose paths are sub-attributes of it.
    Has {
        /// The attribute.
        path: AttributePath,
        /// What must hold of one and the same value.
        filter: Box<Filter>,
    },
}

impl Filter {
    /// How many bytes a filter may have.
    pub const MAX_BYTES: usize = 4096;
    /// How many parentheses, brackets and negations may lie in one another.
    pub const MAX_DEPTH: usize = 8;
    /// How many comparisons a filter may have.
    pub const MAX_CLAUSES: usize = 50;

    /// Parses a filter on resources of this type.
    ///
    /// # Errors
    /// [`InvalidFilter`](crate::ErrorKind::InvalidFilter), with the position: it is no filter, names what is not declared,
    /// compares what cannot be compared so, or is beyond a limit.
    ///
    /// ```
    /// use landfall_scim::{Dialect, Filter, ResourceType};
    ///
    /// let users = ResourceType::user();
    /// let filter = Filter::parse(r#"USERNAME Eq "Ada@example.com" and emails[type eq "work"]"#, &users, Dialect::Strict)?;
    /// assert_eq!(filter.to_string(), r#"userName eq "Ada@example.com" and emails[type eq "work"]"#);
    ///
    /// let refused = Filter::parse("password pr", &users, Dialect::Strict).unwrap_err();
    /// assert_eq!(refused.kind().scim_type(), Some("invalidFilter"));
    /// # Ok::<(), landfall_scim::ScimError>(())
    /// ```
    pub fn parse(text: &str, of: &ResourceType, dialect: Dialect) -> Result<Self, ScimError> {
        let mut parser = Parser::new(text, of, dialect)?;
        let filter = parser.filter()?;
        parser.end()?;
        Ok(filter)
    }
}

/// How a value is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "whoever makes a query of it must handle every operator")]
pub enum Operator {
    /// Equal.
    Equal,
    /// Not equal; what has no value is not equal.
    NotEqual,
    /// The literal is in it; texts alone.
    Contains,
    /// It begins with the literal; texts alone.
    StartsWith,
    /// It ends with the literal; texts alone.
    EndsWith,
    /// Greater; not for booleans and octets.
    Greater,
    /// Greater or equal; not for booleans and octets.
    GreaterOrEqual,
    /// Less; not for booleans and octets.
    Less,
    /// Less or equal; not for booleans and octets.
    LessOrEqual,
}

impl Operator {
    /// Every operator.
    pub const ALL: [Self; 9] = [
        Self::Equal,
        Self::NotEqual,
        Self::Contains,
        Self::StartsWith,
        Self::EndsWith,
        Self::Greater,
        Self::GreaterOrEqual,
        Self::Less,
        Self::LessOrEqual,
    ];

    /// As it is written in a filter.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Equal => "eq",
            Self::NotEqual => "ne",
            Self::Contains => "co",
            Self::StartsWith => "sw",
            Self::EndsWith => "ew",
            Self::Greater => "gt",
            Self::GreaterOrEqual => "ge",
            Self::Less => "lt",
            Self::LessOrEqual => "le",
        }
    }

    /// Whether values of that type can be compared so.
    fn takes(self, kind: Type) -> bool {
        match self {
            Self::Equal | Self::NotEqual => kind != Type::Complex,
            Self::Contains | Self::StartsWith | Self::EndsWith => {
                matches!(kind, Type::String | Type::Reference | Type::Binary)
            }
            Self::Greater | Self::GreaterOrEqual | Self::Less | Self::LessOrEqual => {
                !matches!(kind, Type::Boolean | Type::Binary | Type::Complex)
            }
        }
    }
}

/// What a value is compared with, of the type of its attribute.
#[derive(Clone, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "whoever makes a query of it must handle every type")]
pub enum Literal {
    /// Text, verbatim: fold it with [`fold`] where the attribute is not case-exact.
    Text(String),
    /// True or false.
    Boolean(bool),
    /// A whole number.
    Integer(i64),
    /// A number; it is finite.
    Decimal(f64),
    /// A moment.
    DateTime(OffsetDateTime),
}

impl fmt::Debug for Literal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

impl fmt::Display for Literal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => write!(f, "{}", serde_json::Value::from(text.as_str())),
            Self::Boolean(value) => write!(f, "{value}"),
            Self::Integer(value) => write!(f, "{value}"),
            Self::Decimal(value) => write!(f, "{}", serde_json::Value::from(*value)),
            Self::DateTime(moment) => match moment.format(&Rfc3339) {
                Ok(text) => write!(f, "\"{text}\""),
                Err(_) => write!(f, "\"{moment}\""),
            },
        }
    }
}

impl fmt::Display for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::And(all) => joined(f, all, " and ", |filter| matches!(filter, Self::Or(_))),
            Self::Or(any) => joined(f, any, " or ", |_| false),
            Self::Not(inner) => write!(f, "not ({inner})"),
            Self::Present(path) => write!(f, "{path} pr"),
            Self::Compare { path, operator, literal } => write!(f, "{path} {} {literal}", operator.name()),
            Self::Has { path, filter } => write!(f, "{path}[{filter}]"),
        }
    }
}

fn joined(
    f: &mut fmt::Formatter<'_>,
    filters: &[Filter],
    between: &str,
    wrapped: fn(&Filter) -> bool,
) -> fmt::Result {
    for (at, filter) in filters.iter().enumerate() {
        if at > 0 {
            f.write_str(between)?;
        }
        if wrapped(filter) { write!(f, "({filter})")? } else { write!(f, "{filter}")? }
    }
    Ok(())
}

/// Whether an attribute is one whose values have a `value`.
pub(crate) fn value_of(attribute: &Attribute) -> Option<&Attribute> {
    attribute.sub_attribute("value")
}

#[cfg(test)]
mod tests;
