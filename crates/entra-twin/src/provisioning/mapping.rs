//! Attribute mappings: what is sent, out of what, and when.

use serde::Deserialize;

use super::directory::{GROUP_ATTRIBUTES, USER_ATTRIBUTES};
use super::expression::Expression;
use super::path::TargetPath;
use super::scope::Filter;
use super::value::Value;

/// What is provisioned, people or groups.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, Deserialize)]
#[non_exhaustive]
pub enum Kind {
    /// People.
    User,
    /// Groups.
    Group,
}

impl Kind {
    /// The resource of SCIM: `Users` or `Groups`.
    pub(crate) fn endpoint(self) -> &'static str {
        match self {
            Self::User => "Users",
            Self::Group => "Groups",
        }
    }

    fn source_attributes(self) -> &'static [&'static str] {
        match self {
            Self::User => USER_ATTRIBUTES,
            Self::Group => GROUP_ATTRIBUTES,
        }
    }
}

/// The mapping of people, or that of groups.
#[derive(Clone, Debug)]
pub struct Mapping {
    /// Whether they are provisioned at all.
    pub enabled: bool,
    /// Target object actions.
    pub actions: Actions,
    /// Attribute by attribute, in the order of the portal's list.
    pub attributes: Vec<AttributeMapping>,
    /// Scoping filters.
    pub filters: Vec<Filter>,
}

/// "Target Object Actions".
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Actions {
    /// Whether anybody is created.
    pub create: bool,
    /// Whether anybody is changed; disabling is a change.
    pub update: bool,
    /// Whether anybody is deleted.
    pub delete: bool,
}

impl Default for Actions {
    fn default() -> Self {
        Self { create: true, update: true, delete: true }
    }
}

/// One line of the portal's list.
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "Written")]
pub struct AttributeMapping {
    /// Where the value goes.
    pub target: TargetPath,
    /// Where it comes from.
    pub flow: Flow,
    /// "Default value if null", which counts on create alone.
    pub default: Option<String>,
    /// Matching precedence: people are looked for by the attribute with the lowest number first.
    pub matching: Option<u32>,
    /// "Apply this mapping".
    pub apply: Apply,
}

/// "Mapping type".
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Flow {
    /// A source attribute as it is.
    Direct(String),
    /// A text.
    Constant(String),
    /// Worked out.
    Expression(Expression),
    /// Nothing but the default value.
    None,
}

/// "Apply this mapping".
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Apply {
    /// On create and on update.
    #[default]
    Always,
    /// On create alone.
    OnlyDuringCreation,
}

/// A line as it stands in a file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    target: String,
    source: Option<String>,
    constant: Option<String>,
    expression: Option<String>,
    default: Option<String>,
    #[serde(rename = "match")]
    matching: Option<u32>,
    #[serde(default)]
    apply: Apply,
}

impl TryFrom<Written> for AttributeMapping {
    type Error = String;

    fn try_from(written: Written) -> Result<Self, String> {
        let target: TargetPath = written.target.parse().map_err(|error| format!("{error}"))?;
        let flow = match (written.source, written.constant, written.expression) {
            (Some(source), None, None) => Flow::Direct(source),
            (None, Some(constant), None) => Flow::Constant(constant),
            (None, None, Some(text)) => Flow::Expression(
                text.parse().map_err(|error| format!("the expression of {target}: {error}"))?,
            ),
            (None, None, None) => Flow::None,
            _ => return Err(format!("{target} has one of source, constant and expression at most")),
        };
        Ok(Self { target, flow, default: written.default, matching: written.matching, apply: written.apply })
    }
}

/// A value on its way to a target attribute.
#[derive(Clone, Debug)]
pub(crate) struct Mapped {
    pub(crate) target: TargetPath,
    pub(crate) value: Value,
    /// What takes its place on create where it is empty.
    pub(crate) default: Option<String>,
    pub(crate) matching: Option<u32>,
    pub(crate) apply: Apply,
    /// Roles that take the place of those that are there.
    pub(crate) asserts: bool,
}

impl Mapped {
    /// What a create sends; `None` where there is nothing to send.
    pub(crate) fn on_create(&self) -> Option<Value> {
        let value = match &self.default {
            Some(default) if self.value.is_empty() => Value::Text(default.clone()),
            _ => self.value.clone(),
        };
        Some(self.typed(value)).filter(|value| !value.is_empty())
    }

    /// What an update sends, if this mapping counts for updates.
    pub(crate) fn on_update(&self) -> Option<Value> {
        (self.apply == Apply::Always).then(|| self.typed(self.value.clone()))
    }

    fn typed(&self, value: Value) -> Value {
        match value.as_bool() {
            Some(truth) if self.target.is_boolean() => Value::Bool(truth),
            _ => value,
        }
    }
}

impl Mapping {
    /// What becomes of one source object; references, manager and members, are not among it.
    ///
    /// # Errors
    /// A sentence that names the target attribute whose expression cannot be worked out.
    pub(crate) fn map(&self, source: &dyn Fn(&str) -> Value) -> Result<Vec<Mapped>, String> {
        let lines = self.attributes.iter().filter(|line| !line.is_reference());
        lines
            .map(|line| {
                let value = match &line.flow {
                    Flow::Direct(name) => source(name),
                    Flow::Constant(text) => Value::Text(text.clone()),
                    Flow::Expression(expression) => expression
                        .evaluate(source)
                        .map_err(|error| format!("the mapping of {}: {error}", line.target))?,
                    Flow::None => Value::Null,
                };
                Ok(Mapped {
                    target: line.target.clone(),
                    value,
                    default: line.default.clone(),
                    matching: line.matching,
                    apply: line.apply,
                    asserts: matches!(&line.flow, Flow::Expression(expression) if expression.asserts_roles()),
                })
            })
            .collect()
    }

    /// Whether the target can be told that somebody is inactive: only then nobody is deleted at once.
    #[must_use]
    pub fn has_soft_delete(&self) -> bool {
        self.attributes.iter().any(|line| line.target.as_str() == "active")
    }

    /// Where a reference of this attribute goes, if it is mapped.
    pub(crate) fn reference(&self, source: &str) -> Option<&TargetPath> {
        let is_it = |line: &&AttributeMapping| matches!(&line.flow, Flow::Direct(name) if name == source);
        self.attributes.iter().find(is_it).map(|line| &line.target)
    }

    /// What is wrong with it, in a sentence; a mapping of which nothing is wrong can be used.
    pub(crate) fn fault(&self, kind: Kind) -> Option<String> {
        if !self.attributes.iter().any(|line| line.matching.is_some()) {
            return Some(format!("the mapping of {} needs an attribute with match = 1", kind.endpoint()));
        }
        let known = kind.source_attributes();
        let mut named: Vec<&str> = Vec::new();
        for line in &self.attributes {
            match &line.flow {
                Flow::Direct(name) => named.push(name),
                Flow::Expression(expression) => named.extend(expression.attributes()),
                Flow::Constant(_) | Flow::None => {}
            }
        }
        named.extend(
            self.filters.iter().flat_map(|filter| &filter.clauses).map(|clause| clause.attribute.as_str()),
        );
        let unknown = named.into_iter().find(|name| !known.contains(name))?;
        Some(format!(
            "{} have no attribute {unknown:?} at the double, they have {}",
            kind.endpoint(),
            known.join(", ")
        ))
    }
}

impl AttributeMapping {
    /// Whether it is sent after everybody is there.
    fn is_reference(&self) -> bool {
        matches!(&self.flow, Flow::Direct(source) if matches!(source.as_str(), "manager" | "members"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(text: &str) -> Result<AttributeMapping, String> {
        toml::from_str(text).map_err(|error| error.message().to_owned())
    }

    fn mapped(text: &str) -> Mapped {
        let mapping = Mapping {
            enabled: true,
            actions: Actions::default(),
            attributes: vec![line(text).unwrap()],
            filters: Vec::new(),
        };
        let source = |name: &str| match name {
            "department" => Value::Text("Sales".into()),
            "accountEnabled" => Value::Text("True".into()),
            _ => Value::Null,
        };
        mapping.map(&source).unwrap().remove(0)
    }

    #[test]
    fn each_type_of_mapping_gives_its_value_on_create_and_on_update() {
        let text = |text: &str| Some(Value::Text(text.into()));
        for (written, create, update) in [
            ("target = 'x'\nsource = 'department'", text("Sales"), text("Sales")),
            ("target = 'x'\nsource = 'department'\napply = 'only-during-creation'", text("Sales"), None),
            ("target = 'x'\nsource = 'department'\ndefault = 'd'", text("Sales"), text("Sales")),
            ("target = 'x'\nsource = 'jobTitle'", None, Some(Value::Null)),
            ("target = 'x'\nsource = 'jobTitle'\ndefault = 'd'", text("d"), Some(Value::Null)),
            ("target = 'x'\nconstant = 'c'", text("c"), text("c")),
            ("target = 'x'\nexpression = 'ToLower([department])'", text("sales"), text("sales")),
            ("target = 'x'\ndefault = 'd'", text("d"), Some(Value::Null)),
            ("target = 'x'", None, Some(Value::Null)),
            (
                "target = 'active'\nsource = 'accountEnabled'",
                Some(Value::Bool(true)),
                Some(Value::Bool(true)),
            ),
        ] {
            let mapped = mapped(written);
            assert_eq!((mapped.on_create(), mapped.on_update()), (create, update), "{written}");
        }
    }

    #[test]
    fn a_line_has_one_source() {
        for (text, part) in [
            ("target = 'x'\nsource = 'a'\nconstant = 'b'", "has one of source, constant and expression"),
            ("target = 'x y'\nsource = 'a'", "expected a target attribute"),
            ("target = 'x'\nexpression = 'No('", "the expression of x: there is no function \"No\""),
            ("target = 'x'\napply = 'sometimes'", "sometimes"),
        ] {
            let error = line(text).unwrap_err();
            assert!(error.contains(part), "{error}");
        }
    }
}
