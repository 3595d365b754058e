//! Regular expressions whose time grows with the text and never explodes.

use std::ops::Range;

use regex::{Regex, RegexBuilder};

use super::error::Fault;
use super::limits;
use crate::ClaimError;

/// A pattern that was compiled within its limits.
///
/// # Security
/// The engine has no backtracking, so that no value takes it longer than a multiple of its length.
/// To find every match may take the square of that, so that a value has at most [`limits::MATCHED`] bytes.
#[derive(Debug)]
pub(super) struct Pattern(Regex);

impl Pattern {
    pub(super) fn compile(pattern: &str) -> Result<Self, Fault> {
        if pattern.len() > limits::PATTERN {
            return Err(Fault::TooLong { bytes: pattern.len(), most: limits::PATTERN });
        }
        let mut builder = RegexBuilder::new(pattern);
        builder.size_limit(limits::COMPILED).dfa_size_limit(limits::REMEMBERED).nest_limit(limits::NESTED);
        match builder.build() {
            Ok(regex) => Ok(Self(regex)),
            Err(regex::Error::CompiledTooBig(most)) => Err(Fault::PatternTooBig { most }),
            Err(error) => Err(Fault::Pattern { says: last_line(&error.to_string()) }),
        }
    }

    /// Whether what stands for a match in a replacement names groups that exist.
    pub(super) fn check_replacement(&self, with: &str) -> Result<(), Fault> {
        let names: Vec<&str> = self.0.capture_names().flatten().collect();
        let exists = |name: &str| match name.parse::<usize>() {
            Ok(number) => number < self.0.captures_len(),
            Err(_) => names.contains(&name),
        };
        match referenced(with).find(|name| !exists(name)) {
            None => Ok(()),
            Some(unknown) => Err(Fault::NoGroup { name: unknown.to_owned() }),
        }
    }

    pub(super) fn is_match(&self, value: &str) -> Result<bool, ClaimError> {
        short(value)?;
        Ok(self.0.is_match(value))
    }

    /// Where the first match is, or its first group if it has one.
    pub(super) fn extract(&self, value: &str) -> Result<Option<Range<usize>>, ClaimError> {
        short(value)?;
        let group = usize::from(self.0.captures_len() > 1);
        let found = self.0.captures(value);
        Ok(found.and_then(|captures| captures.get(group)).map(|part| part.range()))
    }

    /// The value with every match replaced; `None` where there is no match.
    ///
    /// # Errors
    /// [`ClaimError::TooLong`] as soon as it grows beyond [`limits::VALUE`].
    pub(super) fn replace(&self, value: &str, with: &str) -> Result<Option<String>, ClaimError> {
        short(value)?;
        let (mut replaced, mut rest, mut any) = (String::new(), 0, false);
        let copy = |to: &mut String, range: Range<usize>| to.push_str(value.get(range).unwrap_or_default());
        for captures in self.0.captures_iter(value) {
            let Some(whole) = captures.get(0) else { continue };
            any = true;
            copy(&mut replaced, rest..whole.start());
            captures.expand(with, &mut replaced);
            rest = whole.end();
            if replaced.len() > limits::VALUE {
                return Err(ClaimError::TooLong { bytes: replaced.len(), most: limits::VALUE });
            }
        }
        copy(&mut replaced, rest..value.len());
        Ok(any.then_some(replaced))
    }
}

fn short(value: &str) -> Result<(), ClaimError> {
    if value.len() <= limits::MATCHED {
        return Ok(());
    }
    Err(ClaimError::TooLong { bytes: value.len(), most: limits::MATCHED })
}

/// The groups that a replacement names: `$1`, `$name`, `${name}`; `$$` is a dollar.
fn referenced(with: &str) -> impl Iterator<Item = &str> {
    let mut rest = with;
    std::iter::from_fn(move || {
        loop {
            let (_, after) = rest.split_once('$')?;
            if let Some(literal) = after.strip_prefix('$') {
                rest = literal;
                continue;
            }
            if let Some((name, behind)) = after.strip_prefix('{').and_then(|open| open.split_once('}')) {
                rest = behind;
                return Some(name);
            }
            let end = after.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(after.len());
            let (name, behind) = after.split_at_checked(end)?;
            rest = behind;
            if !name.is_empty() {
                return Some(name);
            }
        }
    })
}

/// What is wrong, without the picture of the pattern above it.
fn last_line(text: &str) -> String {
    let line = text.lines().last().unwrap_or_default();
    line.strip_prefix("error: ").unwrap_or(line).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pattern(text: &str) -> Pattern {
        Pattern::compile(text).unwrap()
    }

    #[test]
    fn groups_of_a_replacement_are_found() {
        let named = |with| referenced(with).collect::<Vec<_>>();
        assert_eq!(named("$1@${host}$$x$y_2."), ["1", "host", "y_2"]);
        assert_eq!(named("a$ b$"), Vec::<&str>::new());
        assert_eq!(named("$1a"), ["1a"], "as the engine reads it");
        assert!(pattern("(a)(?<host>b)").check_replacement("$2 $host $0 $$9").is_ok());
        for (with, name) in [("$3", "3"), ("$1a", "1a"), ("${hots}", "hots")] {
            let fault = pattern("(a)(?<host>b)").check_replacement(with).unwrap_err();
            assert!(matches!(&fault, Fault::NoGroup { name: found } if found == name), "{fault}");
        }
    }

    #[test]
    fn a_pattern_has_limits() {
        assert!(matches!(Pattern::compile(&"a".repeat(513)), Err(Fault::TooLong { bytes: 513, .. })));
        for big in ["a{5000}{50}", r"\w{300}", r"(?:\pL{40}){40}"] {
            assert!(matches!(Pattern::compile(big), Err(Fault::PatternTooBig { .. })), "{big}");
        }
        for wrong in ["(", "a{", "[z-a]", r"(a)\1", "(?=a)", &"(".repeat(40)] {
            assert!(matches!(Pattern::compile(wrong), Err(Fault::Pattern { .. })), "{wrong}");
        }
        for useful in [r"^([^@]+)@old\.example$", r"\p{Cc}", r"(?i)^cn=([^,]+),ou=\w+", r"\s+$"] {
            pattern(useful);
        }
    }

    /// An engine that tracks back would not come to an end of them.
    #[test]
    fn patterns_that_explode_elsewhere_are_answered() {
        let value = format!("{}!", "a".repeat(limits::MATCHED - 1));
        for text in ["^(a+)+$", "^(a|aa)+$", "^(.*a){12}$", "(x+x+)+y", ".*.*.*=.*"] {
            assert!(!pattern(text).is_match(&value).unwrap(), "{text}");
        }
        // Each match here reads to the end of the value.
        let replaced = pattern(".*[^A-Za-z!]|a").replace(&value, "b").unwrap().unwrap();
        assert_eq!(replaced.len(), value.len());
    }

    #[test]
    fn what_grows_is_stopped() {
        let value = "a".repeat(limits::MATCHED);
        let with = "b".repeat(limits::WORD);
        let error = pattern("").replace(&value, &with).unwrap_err();
        assert!(matches!(error, ClaimError::TooLong { bytes, .. } if bytes < 2 * limits::VALUE), "{error}");
        assert!(pattern("a").is_match(&format!("{value}a")).is_err());
    }
}
