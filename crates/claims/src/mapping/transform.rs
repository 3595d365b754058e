//! What may be made of values: the same for every rule.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;
use std::ops::Range;

use super::compile::{Compiler, at_most, short, word};
use super::error::{Fault, MappingError};
use super::limits;
use super::pattern::Pattern;
use super::text::{Others, TransformTable, Word};
use crate::ClaimError;

/// The values that a rule works on.
pub(super) type Values<'a> = Vec<Cow<'a, str>>;

/// One step.
#[derive(Debug)]
pub(super) enum Transform {
    Lower,
    Upper,
    MailPrefix,
    Extract(Pattern),
    Replace { pattern: Pattern, with: String },
    Default(String),
    Split(String),
    Join(String),
    Map { table: HashMap<String, String>, others: Others },
}

/// A list of them; `rule` is what they belong to.
pub(super) fn compile(
    compiler: &mut Compiler,
    rule: &str,
    steps: Vec<Word<TransformTable>>,
) -> Result<Vec<Transform>, MappingError> {
    at_most(&format!("{rule}.transforms"), steps.len(), limits::LIST)?;
    let step = |(index, step)| Transform::compile(compiler, &format!("{rule}.transforms[{index}]"), step);
    steps.into_iter().enumerate().map(step).collect()
}

impl Transform {
    fn compile(
        compiler: &mut Compiler,
        rule: &str,
        step: Word<TransformTable>,
    ) -> Result<Self, MappingError> {
        let table = match step {
            Word::Table(table) => table,
            Word::Word(name) => {
                return match name.as_str() {
                    "lower" => Ok(Self::Lower),
                    "upper" => Ok(Self::Upper),
                    "mail-prefix" => Ok(Self::MailPrefix),
                    _ => Err(Fault::Transform { got: name }.at(rule)),
                };
            }
        };
        let TransformTable { extract, replace, with, default, split, join, map, others } = table;
        let given = [&extract, &replace, &default, &split, &join].into_iter().filter(|key| key.is_some());
        let one = given.count() + usize::from(map.is_some()) == 1;
        if !one || with.is_some() != replace.is_some() || (others.is_some() && map.is_none()) {
            let expected =
                "one of extract, replace with `with`, default, split, join, or map with or without `others`";
            return Err(Fault::needs(expected).at(rule));
        }
        if let Some(pattern) = extract {
            return compiler.pattern(rule, &pattern).map(Self::Extract);
        }
        if let (Some(pattern), Some(with)) = (replace, with) {
            let (pattern, with) = (compiler.pattern(rule, &pattern)?, short(rule, &with)?);
            pattern.check_replacement(&with).map_err(|fault| fault.at(rule))?;
            return Ok(Self::Replace { pattern, with });
        }
        if let Some(value) = default {
            return word(rule, "a default that is not empty", &value).map(Self::Default);
        }
        if let Some(at) = split {
            return word(rule, "a text to split at", &at).map(Self::Split);
        }
        if let Some(with) = join {
            return short(rule, &with).map(Self::Join);
        }
        let table = map.unwrap_or_default();
        at_most(rule, table.len(), limits::TABLE)?;
        let row = |(from, to): (String, String)| Ok((short(rule, &from)?, short(rule, &to)?));
        let table = table.into_iter().map(row).collect::<Result<_, MappingError>>()?;
        Ok(Self::Map { table, others: others.unwrap_or_default() })
    }

    /// The values after this step; those that are empty are none.
    pub(super) fn apply<'a>(&'a self, values: Values<'a>) -> Result<Values<'a>, ClaimError> {
        let mut made: Values<'a> = match self {
            Self::Lower => values.into_iter().map(|value| Cow::Owned(value.to_lowercase())).collect(),
            Self::Upper => values.into_iter().map(|value| Cow::Owned(value.to_uppercase())).collect(),
            Self::MailPrefix => values.into_iter().map(mail_prefix).collect(),
            Self::Extract(pattern) => {
                matched_together(&values)?;
                let extract = |value: Cow<'a, str>| {
                    pattern.extract(&value).map(|found| found.map(|range| part(value, range))).transpose()
                };
                values.into_iter().filter_map(extract).collect::<Result<_, _>>()?
            }
            Self::Replace { pattern, with } => {
                matched_together(&values)?;
                let replace =
                    |value: Cow<'a, str>| Ok(pattern.replace(&value, with)?.map_or(value, Cow::Owned));
                values.into_iter().map(replace).collect::<Result<_, ClaimError>>()?
            }
            Self::Default(value) if values.is_empty() => vec![Cow::Borrowed(value.as_str())],
            Self::Default(_) => values,
            Self::Split(at) => values.into_iter().flat_map(|value| split(value, at)).collect(),
            Self::Join(with) if values.len() > 1 => vec![Cow::Owned(values.join(with.as_str()))],
            Self::Join(_) => values,
            Self::Map { table, others } => values
                .into_iter()
                .filter_map(|value| match (table.get(value.as_ref()), others) {
                    (Some(to), _) => Some(Cow::Borrowed(to.as_str())),
                    (None, Others::Keep) => Some(value),
                    (None, Others::Drop) => None,
                })
                .collect(),
        };
        made.retain(|value| !value.is_empty());
        fits(&made)?;
        Ok(made)
    }
}

impl fmt::Display for Transform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Lower => "lower",
            Self::Upper => "upper",
            Self::MailPrefix => "mail-prefix",
            Self::Extract(_) => "extract",
            Self::Replace { .. } => "replace",
            Self::Default(_) => "default",
            Self::Split(_) => "split",
            Self::Join(_) => "join",
            Self::Map { .. } => "map",
        })
    }
}

/// Neither too many values nor too long ones.
pub(super) fn fits(values: &[Cow<'_, str>]) -> Result<(), ClaimError> {
    if values.len() > limits::VALUES {
        return Err(ClaimError::TooMany { count: values.len(), of: "values", most: limits::VALUES });
    }
    if let Some(long) = values.iter().find(|value| value.len() > limits::VALUE) {
        return Err(ClaimError::TooLong { bytes: long.len(), most: limits::VALUE });
    }
    together(values, limits::BYTES)
}

pub(super) fn matched_together(values: &[Cow<'_, str>]) -> Result<(), ClaimError> {
    together(values, limits::MATCHED_TOGETHER)
}

fn together(values: &[Cow<'_, str>], most: usize) -> Result<(), ClaimError> {
    let count = values.iter().map(|value| value.len()).sum();
    if count > most { Err(ClaimError::TooMany { count, of: "bytes", most }) } else { Ok(()) }
}

/// What stands before the first `@`; a value without one stays.
fn mail_prefix(value: Cow<'_, str>) -> Cow<'_, str> {
    match value.find('@') {
        Some(end) => part(value, 0..end),
        None => value,
    }
}

/// Without empty parts, and at most one more than a rule works on: more are refused anyway.
fn split<'a>(value: Cow<'a, str>, at: &str) -> Values<'a> {
    fn parts<'v>(value: &'v str, at: &str) -> impl Iterator<Item = &'v str> {
        value.split(at).filter(|part| !part.is_empty()).take(limits::VALUES + 1)
    }
    match value {
        Cow::Borrowed(value) => parts(value, at).map(Cow::Borrowed).collect(),
        Cow::Owned(value) => parts(&value, at).map(|part| Cow::Owned(part.to_owned())).collect(),
    }
}

fn part(value: Cow<'_, str>, range: Range<usize>) -> Cow<'_, str> {
    match value {
        Cow::Borrowed(value) => Cow::Borrowed(value.get(range).unwrap_or_default()),
        Cow::Owned(value) => Cow::Owned(value.get(range).unwrap_or_default().to_owned()),
    }
}
