//! Test cases that live with a mapping.

use std::fmt;

use super::compile::at_most;
use super::error::{Fault, MappingError};
use super::limits;
use super::text::{CaseText, ExpectText};
use crate::{AttributeSet, MapError, Profile};

/// Attributes, and what the mapping must make of them.
pub(super) struct Case {
    index: usize,
    name: String,
    attributes: AttributeSet,
    expected: Expected,
}

enum Expected {
    /// These fields have these values; a field that is not named may have any.
    Fields(Vec<(&'static str, Option<Vec<String>>)>),
    /// Refused with this code.
    Refused(String),
}

/// The word that stands for groups that nobody can list.
const INCOMPLETE: &str = "incomplete";

/// All cases of a mapping.
pub(super) fn compile(texts: Vec<CaseText>) -> Result<Vec<Case>, MappingError> {
    at_most("tests", texts.len(), limits::CASES)?;
    texts.into_iter().enumerate().map(|(index, text)| Case::compile(index, text)).collect()
}

impl Case {
    fn compile(index: usize, text: CaseText) -> Result<Self, MappingError> {
        let expected =
            Expected::compile(text.expect).map_err(|fault| fault.at(format!("tests[{index}].expect")))?;
        let attributes = text.attributes.iter().map(|(name, values)| (name.as_str(), values.as_slice()));
        Ok(Self { index, name: text.name, attributes: attributes.collect(), expected })
    }

    pub(super) fn attributes(&self) -> &AttributeSet {
        &self.attributes
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// What is otherwise than expected.
    pub(super) fn failures(&self, mapped: &Result<Profile, MapError>) -> Vec<CaseFailure> {
        let failure = |rule: String, expected: String, got: String| CaseFailure {
            case: self.name.clone(),
            index: self.index,
            rule,
            expected,
            got,
        };
        match (&self.expected, mapped) {
            (Expected::Refused(code), Err(error)) if code == error.code() => Vec::new(),
            (Expected::Refused(code), Err(error)) => {
                vec![failure(error.rule.clone(), format!("refused, {code}"), refused(error))]
            }
            (Expected::Refused(code), Ok(_)) => {
                vec![failure("tests".to_owned(), format!("refused, {code}"), "a profile".to_owned())]
            }
            (Expected::Fields(_), Err(error)) => {
                vec![failure(error.rule.clone(), "a profile".to_owned(), refused(error))]
            }
            (Expected::Fields(fields), Ok(profile)) => {
                let came = profile.fields();
                let differs = |(field, expected): &(&'static str, Option<Vec<String>>)| {
                    let (_, got) = came.iter().find(|(name, _)| name == field)?;
                    let same = match (expected, got) {
                        (Some(expected), Some(got)) => expected.iter().eq(got.iter()),
                        (None, None) => true,
                        _ => false,
                    };
                    let got = got.as_ref().map(|got| got.iter().map(|one| (*one).to_owned()).collect());
                    (!same).then(|| failure(path(field), shown(expected.clone()), shown(got)))
                };
                fields.iter().filter_map(differs).collect()
            }
        }
    }
}

impl Expected {
    fn compile(text: ExpectText) -> Result<Self, Fault> {
        let ExpectText { first_name, last_name, email, username, display_name, groups, roles, refused } =
            text;
        // An empty text stands for no value: a value is never empty.
        let one = |value: String| Some(if value.is_empty() { Vec::new() } else { vec![value] });
        let mut fields = Vec::new();
        for (field, value) in [
            ("first_name", first_name),
            ("last_name", last_name),
            ("email", email),
            ("username", username),
            ("display_name", display_name),
        ] {
            fields.extend(value.map(|value| (field, one(value))));
        }
        for (field, values) in [("groups", groups), ("roles", roles)] {
            let Some(values) = values else { continue };
            let values = match values {
                super::text::Values::List(values) => Some(values),
                super::text::Values::One(word) if field == "groups" && word == INCOMPLETE => None,
                super::text::Values::One(_) => {
                    let expected = "a list of texts, or for groups the word incomplete";
                    return Err(Fault::needs(expected));
                }
            };
            fields.push((field, values));
        }
        match refused {
            Some(code) if fields.is_empty() => Ok(Self::Refused(code)),
            None if !fields.is_empty() => Ok(Self::Fields(fields)),
            _ => Err(Fault::needs("fields with their values, or `refused` with a code alone")),
        }
    }
}

fn path(field: &str) -> String {
    match field {
        "groups" | "roles" => field.to_owned(),
        _ => format!("fields.{field}"),
    }
}

fn refused(error: &MapError) -> String {
    format!("refused, {}: {}", error.code(), error.why)
}

fn shown(values: Option<Vec<String>>) -> String {
    match values {
        None => INCOMPLETE.to_owned(),
        Some(values) if values.is_empty() => "no value".to_owned(),
        Some(values) => {
            let quoted: Vec<String> = values.iter().map(|value| format!("`{value}`")).collect();
            quoted.join(", ")
        }
    }
}

/// A test case that did not come to what it expects.
///
/// # Security
/// `expected` and `got` hold values: those of the test case, and what the mapping made of them.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CaseFailure {
    /// The name of the case.
    pub case: String,
    /// Its place among the cases, from 0.
    pub index: usize,
    /// The rule that made it so, such as `fields.email`.
    pub rule: String,
    /// What should have come.
    pub expected: String,
    /// What came.
    pub got: String,
}

impl fmt::Display for CaseFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { case, index, rule, expected, got } = self;
        write!(f, "tests[{index}] `{case}`: `{rule}`: expected {expected}, got {got}")
    }
}
