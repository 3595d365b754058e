use serde_json::{Map, Value};

use crate::dialect::Dialect;
use crate::error::{ErrorKind, ScimError};
use crate::resource_type::ResourceType;
use crate::schema::{Attribute, Returned};

/// What of a resource is served: `attributes` and `excludedAttributes` [rfc7644 3.9].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Projection(Choice);

#[derive(Clone, Debug, Default, PartialEq, Eq)]
enum Choice {
    /// What is served by default.
    #[default]
    Default,
    /// These, and what is always served.
    Only(Vec<Chosen>),
    /// What is served by default, but for these.
    Without(Vec<Chosen>),
}

/// An extension, an attribute or a sub-attribute, by canonical names.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Chosen {
    extension: Option<String>,
    attribute: Option<String>,
    sub_attribute: Option<String>,
}

/// How much of something is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Extent {
    Nothing,
    Part,
    Whole,
}

impl Projection {
    /// How many names a request may give.
    pub const MAX_NAMES: usize = 100;

    /// What these names choose; names that are not declared choose nothing.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidValue`] if both lists have names, or one has too many.
    ///
    /// ```
    /// use landfall_scim::{Dialect, Projection, ResourceType};
    ///
    /// let only = ["USERNAME".to_owned()];
    /// let projection = Projection::new(&only, &[], &ResourceType::user(), Dialect::Strict)?;
    /// assert!(projection.includes("userName") && !projection.includes("emails"));
    /// # Ok::<(), landfall_scim::ScimError>(())
    /// ```
    pub fn new(
        only: &[String],
        without: &[String],
        of: &ResourceType,
        dialect: Dialect,
    ) -> Result<Self, ScimError> {
        if !only.is_empty() && !without.is_empty() {
            let text = "attributes and excludedAttributes are both there, expected one of them";
            return Err(ScimError::new(ErrorKind::InvalidValue, text));
        }
        if only.len().max(without.len()) > Self::MAX_NAMES {
            let text = format!("more than {} names of attributes are given", Self::MAX_NAMES);
            return Err(ScimError::new(ErrorKind::InvalidValue, text));
        }
        let chosen =
            |names: &[String]| names.iter().filter_map(|name| Chosen::of(name, of, dialect)).collect();
        Ok(Self(match (only, without) {
            ([], []) => Choice::Default,
            (only, []) => Choice::Only(chosen(only)),
            (_, without) => Choice::Without(chosen(without)),
        }))
    }

    /// Whether something of an attribute of the resource itself is served: if not, it need not be loaded.
    #[must_use]
    pub fn includes(&self, attribute: &str) -> bool {
        match &self.0 {
            Choice::Default => true,
            Choice::Only(chosen) => extent(chosen, None, attribute) != Extent::Nothing,
            Choice::Without(chosen) => extent(chosen, None, attribute) != Extent::Whole,
        }
    }

    /// What of these attributes is served.
    pub(crate) fn apply(&self, attributes: Map<String, Value>, of: &ResourceType) -> Map<String, Value> {
        let mut served = Map::new();
        for (name, value) in attributes {
            let value = match (of.extension(&name), value) {
                (Some(schema), Value::Object(inside)) => {
                    let inside: Map<_, _> = inside
                        .into_iter()
                        .filter_map(|(name, value)| {
                            self.one(Some(&schema.urn), schema.attribute(&name)?, value)
                        })
                        .collect();
                    (!inside.is_empty()).then_some((name, Value::Object(inside)))
                }
                (_, value) => of.attribute(&name).and_then(|attribute| self.one(None, attribute, value)),
            };
            served.extend(value);
        }
        served
    }

    fn one(&self, extension: Option<&str>, attribute: &Attribute, value: Value) -> Option<(String, Value)> {
        let name = attribute.name().to_owned();
        let value = match (attribute.returned(), &self.0) {
            (Returned::Never, _) => None,
            (Returned::Always, _) => Some(value),
            (Returned::Request, Choice::Default | Choice::Without(_)) => None,
            (_, Choice::Default) => Some(value),
            (_, Choice::Only(chosen)) => match extent(chosen, extension, attribute.name()) {
                Extent::Nothing => None,
                Extent::Whole => Some(value),
                Extent::Part => parts(value, &|sub| names_part(chosen, extension, attribute.name(), sub)),
            },
            (_, Choice::Without(chosen)) => match extent(chosen, extension, attribute.name()) {
                Extent::Nothing => Some(value),
                Extent::Whole => None,
                Extent::Part => parts(value, &|sub| !names_part(chosen, extension, attribute.name(), sub)),
            },
        };
        value.map(|value| (name, value))
    }
}

impl Chosen {
    fn of(name: &str, of: &ResourceType, dialect: Dialect) -> Option<Self> {
        if let Some(schema) = of.extension(name) {
            return Some(Self {
                extension: Some(schema.urn().to_owned()),
                attribute: None,
                sub_attribute: None,
            });
        }
        let path = of.resolve(name, dialect)?;
        Some(Self {
            extension: path.extension().map(str::to_owned),
            attribute: Some(path.attribute().name().to_owned()),
            sub_attribute: path.sub_attribute().map(|sub| sub.name().to_owned()),
        })
    }

    fn is_about(&self, extension: Option<&str>, attribute: &str) -> bool {
        self.extension.as_deref() == extension
            && self.attribute.as_deref().is_none_or(|name| name == attribute)
    }
}

/// How much of an attribute the names mean.
fn extent(chosen: &[Chosen], extension: Option<&str>, attribute: &str) -> Extent {
    let about = || chosen.iter().filter(|chosen| chosen.is_about(extension, attribute));
    if about().any(|chosen| chosen.sub_attribute.is_none()) {
        Extent::Whole
    } else if about().next().is_some() {
        Extent::Part
    } else {
        Extent::Nothing
    }
}

fn names_part(chosen: &[Chosen], extension: Option<&str>, attribute: &str, sub: &str) -> bool {
    chosen
        .iter()
        .any(|chosen| chosen.is_about(extension, attribute) && chosen.sub_attribute.as_deref() == Some(sub))
}

/// The sub-attributes that are kept, in one value or in each.
fn parts(value: Value, keep: &dyn Fn(&str) -> bool) -> Option<Value> {
    match value {
        Value::Object(object) => {
            let kept: Map<_, _> = object.into_iter().filter(|(name, _)| keep(name)).collect();
            (!kept.is_empty()).then_some(Value::Object(kept))
        }
        Value::Array(values) => {
            let kept: Vec<_> = values.into_iter().filter_map(|value| parts(value, keep)).collect();
            (!kept.is_empty()).then_some(Value::Array(kept))
        }
        other => Some(other),
    }
}
