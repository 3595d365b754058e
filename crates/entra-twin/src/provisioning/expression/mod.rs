//! Expressions of attribute mappings, as Entra's reference for them documents.

mod eval;
mod function;
mod parse;
mod replace;

use std::fmt;
use std::str::FromStr;

use super::value::Value;
use function::Function;

/// An expression such as `Switch([IsSoftDeleted], , "False", "True", "True", "False")`.
///
/// At most 8,192 characters and 16 functions inside each other.
///
/// ```
/// use landfall_entra_twin::provisioning::{Expression, Value};
/// let expression: Expression = r#"Append(ToLower([givenName]), "@contoso.example")"#.parse()?;
/// let value = expression.evaluate(&|_: &str| Value::Text("Ada".to_owned()))?;
/// assert_eq!(value, Value::Text("ada@contoso.example".to_owned()));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Expression {
    text: String,
    root: Node,
}

impl Expression {
    /// Works it out; `source` gives the value of an attribute by its name.
    ///
    /// # Errors
    /// [`EvalError`] where a function is given what it cannot work with.
    pub fn evaluate(&self, source: &dyn Fn(&str) -> Value) -> Result<Value, EvalError> {
        eval::evaluate(&self.root, source)
    }

    /// The attributes that it names.
    pub(crate) fn attributes(&self) -> Vec<&str> {
        let mut found = Vec::new();
        self.root.attributes(&mut found);
        found
    }

    /// Whether the roles that it makes take the place of those that the target has.
    pub(crate) fn asserts_roles(&self) -> bool {
        matches!(self.root, Node::Call(Function::AssertiveAppRoleAssignmentsComplex, _))
    }
}

impl FromStr for Expression {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        Ok(Self { text: text.to_owned(), root: parse::parse(text)? })
    }
}

impl fmt::Debug for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Expression({:?})", self.text)
    }
}

/// A part of an expression.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Node {
    /// An argument that is left out, as in `Switch([a], , "x", "y")`.
    Missing,
    /// A text in quotes, or a number or a word without them.
    Text(String),
    /// `[name]`
    Attribute(String),
    /// A function and its arguments.
    Call(Function, Vec<Node>),
    /// The condition of `IIF`.
    Compare(Box<Node>, Comparison, Box<Node>),
}

impl Node {
    fn attributes<'a>(&'a self, found: &mut Vec<&'a str>) {
        match self {
            Self::Missing | Self::Text(_) => {}
            Self::Attribute(name) => found.push(name),
            Self::Call(_, arguments) => arguments.iter().for_each(|argument| argument.attributes(found)),
            Self::Compare(left, _, right) => {
                left.attributes(found);
                right.attributes(found);
            }
        }
    }
}

/// How `IIF` compares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// A text is no expression.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ParseError {
    /// Longer than an expression may be.
    #[error("the expression has {chars} characters, at most {limit} are read")]
    TooLong {
        /// How long it is.
        chars: usize,
        /// How long it may be.
        limit: usize,
    },
    /// Too many functions inside each other.
    #[error("more than {limit} functions stand inside each other at character {at}")]
    TooDeep {
        /// How many may.
        limit: usize,
        /// Where, from 0.
        at: usize,
    },
    /// Something else stands there.
    #[error("expected {expected} at character {at} of the expression, got {got}")]
    Unexpected {
        /// What would do.
        expected: &'static str,
        /// Where, from 0.
        at: usize,
        /// What stands there.
        got: String,
    },
    /// No such function here.
    #[error("there is no function {name:?} here, there are {known}")]
    Function {
        /// As it is written.
        name: String,
        /// Those that there are.
        known: String,
    },
    /// Too few arguments, or too many.
    #[error("{function} takes {expected} arguments, got {got}")]
    Arguments {
        /// The function.
        function: &'static str,
        /// How many it takes.
        expected: &'static str,
        /// How many there are.
        got: usize,
    },
}

impl ParseError {
    /// A stable name of the variant.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::TooLong { .. } => "expression-too-long",
            Self::TooDeep { .. } => "expression-too-deep",
            Self::Unexpected { .. } => "expression-unexpected",
            Self::Function { .. } => "expression-function",
            Self::Arguments { .. } => "expression-arguments",
        }
    }
}

/// A function cannot work with what it was given.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{function} expected {expected}, got {got}: change the expression")]
pub struct EvalError {
    /// The function.
    pub function: &'static str,
    /// What it works with.
    pub expected: &'static str,
    /// What it was given; never the value of an attribute.
    pub got: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn its_attributes_are_known_before_it_is_worked_out() {
        let expression: Expression =
            r#"IIF([country]="USA", Join(" ", [givenName], [surname]), [mail])"#.parse().unwrap();
        assert_eq!(expression.attributes(), ["country", "givenName", "surname", "mail"]);
        assert!(!expression.asserts_roles());
        let roles: Expression = "AssertiveAppRoleAssignmentsComplex([appRoleAssignments])".parse().unwrap();
        assert!(roles.asserts_roles());
    }
}
