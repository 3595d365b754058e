//! What a source attribute or an expression is worth.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::json::Json;
use crate::AppRole;

/// The value of a source attribute, or what a mapping makes of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
#[non_exhaustive]
pub enum Value {
    /// The directory has none.
    Null,
    /// A truth value, which expressions see as `True` or `False`.
    Bool(bool),
    /// A text.
    Text(String),
    /// Roles of the application, as `appRoleAssignments` has them.
    Roles(Vec<AppRole>),
}

impl Value {
    /// A text, or null where there is none.
    #[must_use]
    pub fn from_option(text: Option<&str>) -> Self {
        text.map_or(Self::Null, |text| Self::Text(text.to_owned()))
    }

    /// Whether there is nothing to send: null, the empty text, no roles.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        match self {
            Self::Null => true,
            Self::Bool(_) => false,
            Self::Text(text) => text.is_empty(),
            Self::Roles(roles) => roles.is_empty(),
        }
    }

    /// As expressions see it; `None` for null and for roles, which are no text.
    #[must_use]
    pub fn as_text(&self) -> Option<Cow<'_, str>> {
        match self {
            Self::Null | Self::Roles(_) => None,
            Self::Bool(true) => Some(Cow::Borrowed("True")),
            Self::Bool(false) => Some(Cow::Borrowed("False")),
            Self::Text(text) => Some(Cow::Borrowed(text)),
        }
    }

    /// `True` and `False` of any case, and truth values themselves.
    #[must_use]
    pub fn as_bool(&self) -> Option<bool> {
        match self.as_text()?.to_ascii_lowercase().as_str() {
            "true" => Some(true),
            "false" => Some(false),
            _ => None,
        }
    }

    /// As it stands in a body; roles are objects whose value is JSON in a string (`entra.md` D3, form 6).
    pub(crate) fn to_json(&self) -> Json {
        match self {
            Self::Null => Json::Null,
            Self::Bool(value) => Json::Bool(*value),
            Self::Text(text) => Json::text(text),
            Self::Roles(roles) => Json::List(
                roles.iter().map(|role| Json::object([("value", Json::Text(role_json(role)))])).collect(),
            ),
        }
    }
}

/// A role as JSON, which then stands in a string.
fn role_json(role: &AppRole) -> String {
    Json::object([
        ("id", Json::text(role.id.to_string())),
        ("value", Json::text(&role.value)),
        ("displayName", Json::text(&role.display_name)),
    ])
    .to_string()
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn truth_has_two_spellings() {
        for (value, expected) in [
            (Value::Bool(true), Some(true)),
            (Value::Text("FALSE".into()), Some(false)),
            (Value::Text("yes".into()), None),
            (Value::Null, None),
            (Value::Roles(Vec::new()), None),
        ] {
            assert_eq!(value.as_bool(), expected, "{value:?}");
        }
    }

    #[test]
    fn a_role_is_json_in_a_string() {
        let role = AppRole { id: Uuid::from_u128(1), value: "Admin".into(), display_name: "Admins".into() };
        assert_eq!(
            Value::Roles(vec![role]).to_json().to_string(),
            r#"[{"value":"{\"id\":\"00000000-0000-0000-0000-000000000001\",\"value\":\"Admin\",\"displayName\":\"Admins\"}"}]"#
        );
    }
}
