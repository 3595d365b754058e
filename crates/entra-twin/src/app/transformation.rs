//! Claim transformations of the portal.

use std::collections::BTreeMap;

use regex::Regex;
use serde::{Deserialize, Serialize};

use super::Source;
use crate::{Twin, User};

/// At most two transformations, one after the other.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<Transformation>", into = "Vec<Transformation>")]
pub struct Chain(Vec<Transformation>);

impl TryFrom<Vec<Transformation>> for Chain {
    type Error = String;

    fn try_from(transformations: Vec<Transformation>) -> Result<Self, String> {
        match transformations.len() {
            0..=2 => Ok(Self(transformations)),
            more => Err(format!("at most 2 transformations can be chained, not {more}")),
        }
    }
}

impl From<Chain> for Vec<Transformation> {
    fn from(chain: Chain) -> Self {
        chain.0
    }
}

impl Chain {
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The value after all of them; `None` where one of them has no output.
    pub(crate) fn apply(&self, value: &str, twin: &Twin, user: &User) -> Option<String> {
        let first = |source: &Source| source.values(twin, user).into_iter().next();
        self.0
            .iter()
            .try_fold(value.to_owned(), |value, transformation| transformation.apply(&value, &first))
            .filter(|value| !value.is_empty())
    }

    /// The last one, if it is a join, and the chain before it: the NameID joins by rules of its own.
    pub(crate) fn split_join(&self) -> Option<(Self, &str, &Source)> {
        match self.0.split_last() {
            Some((Transformation::Join { separator, with }, before)) => {
                Some((Self(before.to_vec()), separator, with))
            }
            _ => None,
        }
    }
}

/// One transformation, `do = "join"` and so on; what stands in for a value is a [`Source`], a constant too.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "kebab-case", deny_unknown_fields)]
#[non_exhaustive]
pub enum Transformation {
    /// What stands before `@`; a value without one stays.
    ExtractMailPrefix,
    /// The value, the separator and another value; nothing if one of the two is empty.
    Join {
        /// Between the two.
        #[serde(default)]
        separator: String,
        /// The second value.
        with: Source,
    },
    /// In lower case.
    ToLowercase,
    /// In upper case.
    ToUppercase,
    /// One output where the value contains a text, another where it does not.
    Contains(Match),
    /// One output where the value starts with a text, another where it does not.
    StartWith(Match),
    /// One output where the value ends with a text, another where it does not.
    EndWith(Match),
    /// What stands after the first text, before the second, or between the two; nothing if they are not there.
    Extract {
        /// The text before the part.
        after: Option<String>,
        /// The text behind the part.
        before: Option<String>,
    },
    /// The letters at one end.
    ExtractAlpha {
        /// Which end.
        at: Side,
    },
    /// The digits at one end.
    ExtractNumeric {
        /// Which end.
        at: Side,
    },
    /// One output where the value is empty, another where it is not.
    IfEmpty(Outputs),
    /// One output where the value is not empty, another where it is.
    IfNotEmpty(Outputs),
    /// Some characters from a place on, which counts from 0; to the end without a length.
    Substring {
        /// The place of the first character.
        start: usize,
        /// How many.
        length: Option<usize>,
    },
    /// A regular expression; `{name}` in the replacement is a group of it or one of the inputs.
    RegexReplace {
        /// The expression.
        pattern: Pattern,
        /// What comes of a match.
        replacement: String,
        /// Other values by their names, at most five.
        #[serde(default)]
        inputs: Inputs,
        /// What comes where nothing matches.
        otherwise: Option<Source>,
    },
}

/// A text to look for, and what comes of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Match {
    /// The text, compared by case.
    pub value: String,
    /// Where it is found.
    pub output: Source,
    /// Where it is not.
    pub otherwise: Option<Source>,
}

/// What comes of a question with two answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Outputs {
    /// If it holds.
    pub output: Source,
    /// If it does not.
    pub otherwise: Option<Source>,
}

/// Which end of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Side {
    /// The beginning.
    Prefix,
    /// The end.
    Suffix,
}

/// A regular expression that can be read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Pattern(String);

impl TryFrom<String> for Pattern {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        Regex::new(&text).map_err(|error| error.to_string())?;
        Ok(Self(text))
    }
}

impl From<Pattern> for String {
    fn from(pattern: Pattern) -> Self {
        pattern.0
    }
}

/// Other values of a regular expression, by their names.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "BTreeMap<String, Source>", into = "BTreeMap<String, Source>")]
pub struct Inputs(BTreeMap<String, Source>);

impl TryFrom<BTreeMap<String, Source>> for Inputs {
    type Error = String;

    fn try_from(inputs: BTreeMap<String, Source>) -> Result<Self, String> {
        match inputs.len() {
            0..=5 => Ok(Self(inputs)),
            more => Err(format!("a regular expression takes at most 5 other inputs, not {more}")),
        }
    }
}

impl From<Inputs> for BTreeMap<String, Source> {
    fn from(inputs: Inputs) -> Self {
        inputs.0
    }
}

impl Transformation {
    /// The output for one value, which may be empty; `first` is the first value of a source.
    fn apply(&self, value: &str, first: &impl Fn(&Source) -> Option<String>) -> Option<String> {
        let choose = |holds: bool, output: &Source, otherwise: &Option<Source>| {
            if holds { first(output) } else { otherwise.as_ref().and_then(first) }
        };
        match self {
            Self::ExtractMailPrefix => Some(value.split('@').next().unwrap_or(value).to_owned()),
            Self::Join { separator, with } => join(value, separator, first(with)),
            Self::ToLowercase => Some(value.to_lowercase()),
            Self::ToUppercase => Some(value.to_uppercase()),
            Self::Contains(it) => choose(value.contains(&it.value), &it.output, &it.otherwise),
            Self::StartWith(it) => choose(value.starts_with(&it.value), &it.output, &it.otherwise),
            Self::EndWith(it) => choose(value.ends_with(&it.value), &it.output, &it.otherwise),
            Self::Extract { after, before } => extract(value, after.as_deref(), before.as_deref()),
            Self::ExtractAlpha { at } => Some(run(value, *at, char::is_alphabetic)),
            Self::ExtractNumeric { at } => Some(run(value, *at, char::is_numeric)),
            Self::IfEmpty(it) => choose(value.is_empty(), &it.output, &it.otherwise),
            Self::IfNotEmpty(it) => choose(!value.is_empty(), &it.output, &it.otherwise),
            Self::Substring { start, length } => {
                Some(value.chars().skip(*start).take(length.unwrap_or(usize::MAX)).collect())
            }
            Self::RegexReplace { pattern, replacement, inputs, otherwise } => {
                // It was compiled when the file was read.
                let regex = Regex::new(&pattern.0).ok()?;
                match regex.captures(value) {
                    None => otherwise.as_ref().and_then(first),
                    Some(captures) => {
                        let groups = regex.capture_names().flatten().filter_map(|name| {
                            Some((name.to_owned(), captures.name(name)?.as_str().to_owned()))
                        });
                        let others = inputs
                            .0
                            .iter()
                            .map(|(name, source)| (name.clone(), first(source).unwrap_or_default()));
                        Some(filled(replacement, &groups.chain(others).collect()))
                    }
                }
            }
        }
    }
}

pub(crate) fn join(value: &str, separator: &str, with: Option<String>) -> Option<String> {
    with.filter(|with| !value.is_empty() && !with.is_empty()).map(|with| format!("{value}{separator}{with}"))
}

fn extract(value: &str, after: Option<&str>, before: Option<&str>) -> Option<String> {
    let rest = match after {
        None => value,
        Some(text) => value.split_once(text)?.1,
    };
    match before {
        None => Some(rest.to_owned()),
        Some(text) => rest.split_once(text).map(|(part, _)| part.to_owned()),
    }
}

fn run(value: &str, at: Side, is: fn(char) -> bool) -> String {
    match at {
        Side::Prefix => value.chars().take_while(|letter| is(*letter)).collect(),
        Side::Suffix => {
            let letters: Vec<char> = value.chars().rev().take_while(|letter| is(*letter)).collect();
            letters.into_iter().rev().collect()
        }
    }
}

/// `{name}` becomes the value of that name, in one pass: what a value says is not read again.
fn filled(replacement: &str, values: &BTreeMap<String, String>) -> String {
    let mut written = String::new();
    let mut rest = replacement;
    while let Some((before, behind)) = rest.split_once('{') {
        written.push_str(before);
        match behind.split_once('}').and_then(|(name, after)| Some((values.get(name)?, after))) {
            Some((value, after)) => {
                written.push_str(value);
                rest = after;
            }
            None => {
                written.push('{');
                rest = behind;
            }
        }
    }
    written + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The value through one transformation; sources are constants, or empty.
    fn through(toml: &str, value: &str) -> Option<String> {
        let transformation: Transformation = toml::from_str(toml).unwrap();
        transformation.apply(value, &|source| match source {
            Source::Constant(text) => Some(text.clone()),
            _ => None,
        })
    }

    #[test]
    fn each_transformation_does_what_the_portal_says() {
        for (toml, value, output) in [
            ("do = 'extract-mail-prefix'", "joe_smith@contoso.example", Some("joe_smith")),
            ("do = 'extract-mail-prefix'", "joe_smith", Some("joe_smith")),
            ("do = 'join'\nseparator = '@'\nwith = 'constant:b'", "a", Some("a@b")),
            ("do = 'join'\nwith = 'constant:b'", "a", Some("ab")),
            ("do = 'join'\nwith = 'user.mail'", "a", None),
            ("do = 'join'\nwith = 'constant:b'", "", None),
            ("do = 'to-lowercase'", "A\u{c4}b", Some("a\u{e4}b")),
            ("do = 'to-uppercase'", "a\u{e4}B", Some("A\u{c4}B")),
            (
                "do = 'contains'\nvalue = 'b'\noutput = 'constant:y'\notherwise = 'constant:n'",
                "abc",
                Some("y"),
            ),
            (
                "do = 'contains'\nvalue = 'B'\noutput = 'constant:y'\notherwise = 'constant:n'",
                "abc",
                Some("n"),
            ),
            ("do = 'contains'\nvalue = 'B'\noutput = 'constant:y'", "abc", None),
            ("do = 'start-with'\nvalue = 'a'\noutput = 'constant:y'", "abc", Some("y")),
            ("do = 'start-with'\nvalue = 'b'\noutput = 'constant:y'", "abc", None),
            ("do = 'end-with'\nvalue = 'c'\noutput = 'constant:y'", "abc", Some("y")),
            ("do = 'end-with'\nvalue = 'b'\noutput = 'constant:y'", "abc", None),
            ("do = 'extract'\nafter = '_'", "a_b_c", Some("b_c")),
            ("do = 'extract'\nbefore = '_'", "a_b_c", Some("a")),
            ("do = 'extract'\nafter = '_'\nbefore = '_'", "a_b_c", Some("b")),
            ("do = 'extract'\nafter = '-'", "a_b_c", None),
            ("do = 'extract-alpha'\nat = 'prefix'", "BSimon_123", Some("BSimon")),
            ("do = 'extract-alpha'\nat = 'suffix'", "123_BSimon", Some("BSimon")),
            ("do = 'extract-numeric'\nat = 'prefix'", "123_BSimon", Some("123")),
            ("do = 'extract-numeric'\nat = 'suffix'", "BSimon_123", Some("123")),
            ("do = 'if-empty'\noutput = 'constant:y'\notherwise = 'constant:n'", "", Some("y")),
            ("do = 'if-empty'\noutput = 'constant:y'\notherwise = 'constant:n'", "a", Some("n")),
            ("do = 'if-not-empty'\noutput = 'constant:y'", "a", Some("y")),
            ("do = 'if-not-empty'\noutput = 'constant:y'", "", None),
            ("do = 'substring'\nstart = 1", "\u{e4}bcd", Some("bcd")),
            ("do = 'substring'\nstart = 1\nlength = 2", "\u{e4}bcd", Some("bc")),
            ("do = 'substring'\nstart = 9", "abc", Some("")),
        ] {
            assert_eq!(through(toml, value).as_deref(), output, "{toml} of {value}");
        }
    }

    #[test]
    fn a_regular_expression_puts_groups_and_inputs_into_its_replacement() {
        let toml = "do = 'regex-replace'\npattern = '^(?P<name>[^@]+)@(?P<domain>[a-z]+)\\.example$'\n\
            replacement = '{domain}\\{name}-{other}-{none}{'\notherwise = 'constant:n'\ninputs = { other = 'constant:{name}' }";
        assert_eq!(through(toml, "simon@contoso.example").as_deref(), Some("contoso\\simon-{name}-{none}{"));
        assert_eq!(through(toml, "simon").as_deref(), Some("n"));
        let without = "do = 'regex-replace'\npattern = '^a(?P<b>b)?'\nreplacement = '[{b}]'";
        assert_eq!((through(without, "ab").as_deref(), through(without, "x")), (Some("[b]"), None));
    }

    #[test]
    fn what_the_portal_does_not_take_is_refused_with_the_file() {
        #[derive(Deserialize)]
        struct File {
            #[serde(rename = "t")]
            _chain: Chain,
        }
        let read = |count| toml::from_str::<File>(&"[[t]]\ndo = 'to-lowercase'\n".repeat(count));
        assert!(read(2).is_ok());
        assert!(read(3).err().unwrap().to_string().contains("at most 2"));
        let one = |toml: &str| toml::from_str::<Transformation>(toml).unwrap_err().to_string();
        assert!(one("do = 'regex-replace'\npattern = '('\nreplacement = ''").contains("unclosed"));
        let inputs = "a = 'user.mail'\nb = 'user.mail'\nc = 'user.mail'\nd = 'user.mail'\ne = 'user.mail'\n";
        let with = |more: &str| {
            format!("do = 'regex-replace'\npattern = 'a'\nreplacement = ''\n[inputs]\n{inputs}{more}")
        };
        assert!(toml::from_str::<Transformation>(&with("")).is_ok());
        assert!(one(&with("f = 'user.mail'")).contains("at most 5"));
        assert!(one("do = 'shout'").contains("shout"));
    }
}
