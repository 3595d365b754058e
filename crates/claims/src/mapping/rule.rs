//! One rule: sources in their order, and what is made of the first that has a value.

use std::borrow::Cow;

use super::compile::{Compiler, at_most, short, word};
use super::error::{Fault, MappingError};
use super::limits;
use super::notes::Notes;
use super::pattern::Pattern;
use super::text::{ConditionText, SourceTable, TransformTable, Word};
use super::transform::{self, Transform, Values, fits};
use crate::{AttributeSet, ClaimError, MapError};

/// Where values come from, and what is made of them.
#[derive(Debug)]
pub(super) struct Rule {
    /// Such as `fields.email`.
    path: String,
    sources: Vec<Source>,
    transforms: Vec<Transform>,
}

/// What a rule found.
pub(super) struct Found<'a> {
    pub(super) values: Values<'a>,
    /// The attribute that the values were made of; of several, the first.
    pub(super) attribute: Option<&'a str>,
}

#[derive(Debug)]
struct Source {
    from: From,
    when: Vec<Condition>,
    transforms: Vec<Transform>,
}

#[derive(Debug)]
enum From {
    Claim(String),
    Join { claims: Vec<String>, with: String },
    Constant(String),
}

#[derive(Debug)]
struct Condition {
    claim: String,
    test: Test,
}

#[derive(Debug)]
enum Test {
    Is(String),
    IsNot(String),
    Matches(Pattern),
    Arrived(bool),
}

impl Rule {
    pub(super) fn compile(
        compiler: &mut Compiler,
        path: &str,
        sources: Vec<Word<SourceTable>>,
        transforms: Vec<Word<TransformTable>>,
    ) -> Result<Self, MappingError> {
        let all = format!("{path}.sources");
        if sources.is_empty() {
            return Err(Fault::needs("a source: the name of a claim, or a table").at(all));
        }
        at_most(&all, sources.len(), limits::LIST)?;
        let source = |(index, source)| Source::compile(compiler, &format!("{all}[{index}]"), source);
        let sources = sources.into_iter().enumerate().map(source).collect::<Result<_, _>>()?;
        Ok(Self {
            path: path.to_owned(),
            sources,
            transforms: transform::compile(compiler, path, transforms)?,
        })
    }

    pub(super) fn path(&self) -> &str {
        &self.path
    }

    /// The claims that are asked for, in their order.
    pub(super) fn asked(&self) -> Vec<String> {
        let mut asked = Vec::new();
        for source in &self.sources {
            match &source.from {
                From::Claim(claim) => asked.push(claim.clone()),
                From::Join { claims, .. } => asked.extend(claims.iter().cloned()),
                From::Constant(_) => {}
            }
        }
        asked
    }

    /// The values of the first source that has any, after every transform.
    pub(super) fn find<'a>(
        &'a self,
        attributes: &'a AttributeSet,
        notes: &mut Notes,
    ) -> Result<Found<'a>, MapError> {
        let mut found = Found { values: Vec::new(), attribute: None };
        for (index, source) in self.sources.iter().enumerate() {
            let here = |part: &str| format!("{}.sources[{index}]{part}", self.path);
            if let Some(at) = source
                .barred(attributes)
                .map_err(|(at, why)| MapError { rule: here(&format!(".when[{at}]")), why })?
            {
                notes.add(|| format!("sources[{index}] is passed over: when[{at}] does not hold"));
                continue;
            }
            let fail = |why| MapError { rule: here(""), why };
            let values = source.values(attributes).map_err(fail)?;
            fits(&values).map_err(fail)?;
            let attribute = source.attribute(attributes);
            if values.is_empty() {
                notes.add(|| format!("sources[{index}]: {} did not arrive", source.named()));
                continue;
            }
            notes.add(|| format!("sources[{index}]: {}", source.came(attribute, values.len())));
            let values = run(&source.transforms, values, notes, &format!("sources[{index}]."))
                .map_err(|(step, why)| MapError { rule: here(&format!(".transforms[{step}]")), why })?;
            if values.is_empty() {
                notes.add(|| format!("sources[{index}]: nothing is left of it"));
                continue;
            }
            found = Found { values, attribute };
            break;
        }
        let values = run(&self.transforms, found.values, notes, "")
            .map_err(|(step, why)| MapError { rule: format!("{}.transforms[{step}]", self.path), why })?;
        Ok(Found { values, ..found })
    }
}

/// Runs steps one after the other; an error has the number of its step.
fn run<'a>(
    steps: &'a [Transform],
    mut values: Values<'a>,
    notes: &mut Notes,
    place: &str,
) -> Result<Values<'a>, (usize, ClaimError)> {
    for (number, step) in steps.iter().enumerate() {
        let before = values.len();
        values = step.apply(values).map_err(|why| (number, why))?;
        let after = values.len();
        notes.add(|| format!("{place}transforms[{number}]: {step}, {before} in and {after} out"));
    }
    Ok(values)
}

impl Source {
    fn compile(compiler: &mut Compiler, rule: &str, source: Word<SourceTable>) -> Result<Self, MappingError> {
        const CLAIM: &str = "the name of a claim";
        let table = match source {
            Word::Table(table) => table,
            Word::Word(claim) => SourceTable { claim: Some(claim), ..SourceTable::default() },
        };
        let from = match (table.claim, table.join, table.with, table.constant) {
            (Some(claim), None, None, None) => From::Claim(word(rule, CLAIM, &claim)?),
            (None, Some(claims), Some(with), None) if claims.len() > 1 => {
                at_most(rule, claims.len(), limits::LIST)?;
                let claims = claims.iter().map(|claim| word(rule, CLAIM, claim));
                From::Join { claims: claims.collect::<Result<_, _>>()?, with: short(rule, &with)? }
            }
            (None, None, None, Some(constant)) => {
                From::Constant(word(rule, "a constant that is not empty", &constant)?)
            }
            _ => {
                let expected = "one of claim, join (two claims or more) with `with`, or constant";
                return Err(Fault::needs(expected).at(rule));
            }
        };
        at_most(&format!("{rule}.when"), table.when.len(), limits::LIST)?;
        let condition = |(index, text)| Condition::compile(compiler, &format!("{rule}.when[{index}]"), text);
        let when = table.when.into_iter().enumerate().map(condition).collect::<Result<_, _>>()?;
        Ok(Self { from, when, transforms: transform::compile(compiler, rule, table.transforms)? })
    }

    /// The first condition that does not hold.
    fn barred(&self, attributes: &AttributeSet) -> Result<Option<usize>, (usize, ClaimError)> {
        for (index, condition) in self.when.iter().enumerate() {
            if !condition.holds(attributes).map_err(|why| (index, why))? {
                return Ok(Some(index));
            }
        }
        Ok(None)
    }

    /// An empty value says nothing and counts as absent.
    fn values<'a>(&'a self, attributes: &'a AttributeSet) -> Result<Values<'a>, ClaimError> {
        match &self.from {
            From::Claim(claim) => Ok(filled(attributes, claim)?.map(Cow::Borrowed).collect()),
            From::Join { claims, with } => {
                let mut joined = String::new();
                for (index, claim) in claims.iter().enumerate() {
                    let Some(part) = attributes.optional(claim)? else { return Ok(Vec::new()) };
                    if index > 0 {
                        joined.push_str(with);
                    }
                    joined.push_str(part);
                    if joined.len() > limits::VALUE {
                        return Err(ClaimError::TooLong { bytes: joined.len(), most: limits::VALUE });
                    }
                }
                Ok(vec![Cow::Owned(joined)])
            }
            From::Constant(constant) => Ok(vec![Cow::Borrowed(constant)]),
        }
    }

    fn attribute<'a>(&self, attributes: &'a AttributeSet) -> Option<&'a str> {
        match &self.from {
            From::Claim(claim) => attributes.met_by(claim),
            From::Join { claims, .. } => claims.first().and_then(|claim| attributes.met_by(claim)),
            From::Constant(_) => None,
        }
    }

    fn named(&self) -> String {
        match &self.from {
            From::Claim(claim) => format!("`{claim}`"),
            From::Join { claims, .. } => format!("one of `{}`", claims.join("`, `")),
            From::Constant(_) => "the constant".to_owned(),
        }
    }

    fn came(&self, attribute: Option<&str>, count: usize) -> String {
        match (&self.from, attribute) {
            (From::Constant(_), _) => "the constant".to_owned(),
            (From::Claim(claim), Some(attribute)) if claim == attribute => {
                format!("`{claim}` arrived, values: {count}")
            }
            (_, attribute) => {
                format!("{} arrived as `{}`, values: {count}", self.named(), attribute.unwrap_or_default())
            }
        }
    }
}

fn filled<'a>(
    attributes: &'a AttributeSet,
    claim: &str,
) -> Result<impl Iterator<Item = &'a str>, ClaimError> {
    Ok(attributes.values(claim)?.iter().map(String::as_str).filter(|value| !value.is_empty()))
}

impl Condition {
    fn compile(compiler: &mut Compiler, rule: &str, text: ConditionText) -> Result<Self, MappingError> {
        let claim = word(rule, "the name of a claim", &text.claim)?;
        let test = match (text.is, text.is_not, text.matches, text.arrived) {
            (Some(value), None, None, None) => Test::Is(word(rule, "a value that is not empty", &value)?),
            (None, Some(value), None, None) => Test::IsNot(word(rule, "a value that is not empty", &value)?),
            (None, None, Some(pattern), None) => Test::Matches(compiler.pattern(rule, &pattern)?),
            (None, None, None, Some(arrived)) => Test::Arrived(arrived),
            _ => return Err(Fault::needs("one of is, is_not, matches, arrived").at(rule)),
        };
        Ok(Self { claim, test })
    }

    /// A claim that did not arrive meets `arrived = false` and nothing else.
    fn holds(&self, attributes: &AttributeSet) -> Result<bool, ClaimError> {
        let mut values = filled(attributes, &self.claim)?.peekable();
        let arrived = values.peek().is_some();
        match &self.test {
            Test::Arrived(wanted) => Ok(arrived == *wanted),
            Test::Is(wanted) => Ok(values.any(|value| value == wanted)),
            Test::IsNot(unwanted) => Ok(arrived && values.all(|value| value != unwanted)),
            Test::Matches(pattern) => {
                let values: Values<'_> = values.map(Cow::Borrowed).collect();
                transform::matched_together(&values)?;
                for value in &values {
                    if pattern.is_match(value)? {
                        return Ok(true);
                    }
                }
                Ok(false)
            }
        }
    }
}
