//! A field of a profile that has one value.

use std::borrow::Cow;

use super::compile::Compiler;
use super::error::MappingError;
use super::limits;
use super::notes::Notes;
use super::rule::{Found, Rule};
use super::text::{FieldText, Several};
use crate::visible::invisible;
use crate::{AttributeSet, ClaimError, MapError};

/// A rule of which at most one value comes.
#[derive(Debug)]
pub(super) struct Field {
    rule: Rule,
    required: bool,
    several: Several,
}

impl Field {
    pub(super) fn compile(
        compiler: &mut Compiler,
        path: &str,
        text: FieldText,
    ) -> Result<Self, MappingError> {
        let rule = Rule::compile(compiler, path, text.sources, text.transforms)?;
        Ok(Self { rule, required: text.required, several: text.several })
    }

    /// The same field, without which nobody is known.
    pub(super) fn required(self) -> Self {
        Self { required: true, ..self }
    }

    pub(super) fn rule(&self) -> &Rule {
        &self.rule
    }

    /// The value, and the attribute that it was made of.
    pub(super) fn find<'a>(
        &'a self,
        attributes: &'a AttributeSet,
        notes: &mut Notes,
    ) -> Result<(Option<Cow<'a, str>>, Option<&'a str>), MapError> {
        let fail = |why| MapError { rule: self.rule.path().to_owned(), why };
        let Found { values, attribute } = self.rule.find(attributes, notes)?;
        let count = values.len();
        let mut values = values.into_iter();
        let value = values.next();
        if count > 1 {
            if self.several == Several::Refuse {
                let claim = attribute.unwrap_or_default().to_owned();
                return Err(fail(ClaimError::Several { claim, count }));
            }
            notes.add(|| format!("the first of {count} values counts"));
        }
        match &value {
            None if self.required => return Err(fail(attributes.missing(self.rule.asked()))),
            None => notes.add(|| "there is no value".to_owned()),
            Some(value) => shown(value).map_err(fail)?,
        }
        Ok((value, attribute))
    }
}

/// A value that people may see: short, and of characters that they see.
pub(super) fn shown(value: &str) -> Result<(), ClaimError> {
    if value.len() > limits::FIELD {
        return Err(ClaimError::TooLong { bytes: value.len(), most: limits::FIELD });
    }
    match value.chars().find(|character| invisible(*character)) {
        Some(character) => Err(ClaimError::Invisible { character }),
        None => Ok(()),
    }
}
