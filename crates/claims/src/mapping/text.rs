//! A mapping as it is written: TOML, of which an unknown key is an error.

use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{self, Deserializer, MapAccess, SeqAccess, Visitor};

use super::error::MappingError;
use super::limits;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct MappingText {
    pub(super) version: u32,
    #[serde(default)]
    pub(super) fields: FieldsText,
    pub(super) groups: Option<GroupsText>,
    pub(super) roles: Option<RolesText>,
    #[serde(default)]
    pub(super) tests: Vec<CaseText>,
}

impl MappingText {
    pub(super) fn read(text: &str) -> Result<Self, MappingError> {
        if text.len() > limits::TEXT {
            return Err(MappingError::TooLong { bytes: text.len() });
        }
        toml::from_str(text).map_err(|error| {
            let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
            let line = before.matches('\n').count() + 1;
            MappingError::Text { line, says: error.message().to_owned() }
        })
    }
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FieldsText {
    pub(super) first_name: Option<FieldText>,
    pub(super) last_name: Option<FieldText>,
    pub(super) email: Option<FieldText>,
    pub(super) username: Option<FieldText>,
    pub(super) display_name: Option<FieldText>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FieldText {
    pub(super) sources: Vec<Word<SourceTable>>,
    #[serde(default)]
    pub(super) transforms: Vec<Word<TransformTable>>,
    #[serde(default)]
    pub(super) required: bool,
    #[serde(default)]
    pub(super) several: Several,
}

/// What becomes of a field for which several values come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Several {
    /// The person is refused.
    #[default]
    Refuse,
    /// The first one counts.
    First,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct GroupsText {
    pub(super) sources: Vec<Word<SourceTable>>,
    #[serde(default)]
    pub(super) transforms: Vec<Word<TransformTable>>,
    #[serde(default)]
    pub(super) incomplete: Vec<String>,
    pub(super) table: Option<BTreeMap<String, String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RolesText {
    #[serde(default)]
    pub(super) sources: Vec<Word<SourceTable>>,
    #[serde(default)]
    pub(super) transforms: Vec<Word<TransformTable>>,
    #[serde(default)]
    pub(super) table: BTreeMap<String, Vec<String>>,
    #[serde(default)]
    pub(super) groups: BTreeMap<String, Vec<String>>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SourceTable {
    pub(super) claim: Option<String>,
    pub(super) join: Option<Vec<String>>,
    pub(super) with: Option<String>,
    pub(super) constant: Option<String>,
    #[serde(default)]
    pub(super) when: Vec<ConditionText>,
    #[serde(default)]
    pub(super) transforms: Vec<Word<TransformTable>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ConditionText {
    pub(super) claim: String,
    pub(super) is: Option<String>,
    pub(super) is_not: Option<String>,
    pub(super) matches: Option<String>,
    pub(super) arrived: Option<bool>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TransformTable {
    pub(super) extract: Option<String>,
    pub(super) replace: Option<String>,
    pub(super) with: Option<String>,
    pub(super) default: Option<String>,
    pub(super) split: Option<String>,
    pub(super) join: Option<String>,
    pub(super) map: Option<BTreeMap<String, String>>,
    pub(super) others: Option<Others>,
}

/// What becomes of a value that is in no row of a table.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Others {
    /// It is left out.
    #[default]
    Drop,
    /// It stays as it is.
    Keep,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CaseText {
    pub(super) name: String,
    pub(super) attributes: BTreeMap<String, Values>,
    pub(super) expect: ExpectText,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ExpectText {
    pub(super) first_name: Option<String>,
    pub(super) last_name: Option<String>,
    pub(super) email: Option<String>,
    pub(super) username: Option<String>,
    pub(super) display_name: Option<String>,
    pub(super) groups: Option<Values>,
    pub(super) roles: Option<Values>,
    pub(super) refused: Option<String>,
}

/// A word, or a table that says more.
pub(super) enum Word<T> {
    Word(String),
    Table(T),
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Word<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(WordVisitor(PhantomData))
    }
}

struct WordVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for WordVisitor<T> {
    type Value = Word<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text or a table")
    }

    fn visit_str<E: de::Error>(self, word: &str) -> Result<Word<T>, E> {
        Ok(Word::Word(word.to_owned()))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Word<T>, A::Error> {
        T::deserialize(MapAccessDeserializer::new(map)).map(Word::Table)
    }
}

/// One value, or a list of them.
pub(super) enum Values {
    One(String),
    List(Vec<String>),
}

impl Values {
    pub(super) fn as_slice(&self) -> &[String] {
        match self {
            Self::One(value) => std::slice::from_ref(value),
            Self::List(values) => values,
        }
    }
}

impl<'de> Deserialize<'de> for Values {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ValuesVisitor)
    }
}

struct ValuesVisitor;

impl<'de> Visitor<'de> for ValuesVisitor {
    type Value = Values;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text or a list of texts")
    }

    fn visit_str<E: de::Error>(self, value: &str) -> Result<Values, E> {
        Ok(Values::One(value.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Values, A::Error> {
        let mut values = Vec::new();
        while let Some(value) = list.next_element()? {
            values.push(value);
        }
        Ok(Values::List(values))
    }
}
