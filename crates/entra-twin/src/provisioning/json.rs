//! JSON that keeps the order in which it was written.

use std::fmt;

/// A value of a request's body; members of an object stay in their order, so that the wire shows Entra's own.
///
/// ```
/// use landfall_entra_twin::provisioning::Json;
/// let op = Json::object([("op", Json::text("Replace")), ("path", Json::text("active")), ("value", Json::Bool(false))]);
/// assert_eq!(op.to_string(), r#"{"op":"Replace","path":"active","value":false}"#);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Json {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A string.
    Text(String),
    /// An array.
    List(Vec<Json>),
    /// An object.
    Object(Vec<(String, Json)>),
}

impl Json {
    /// A string.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    /// An object of these members.
    pub fn object<const N: usize>(members: [(&str, Json); N]) -> Self {
        Self::Object(members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
    }
}

impl fmt::Display for Json {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("null"),
            Self::Bool(value) => write!(f, "{value}"),
            Self::Text(text) => string(f, text),
            Self::List(items) => {
                f.write_str("[")?;
                for (place, item) in items.iter().enumerate() {
                    write!(f, "{}{item}", if place == 0 { "" } else { "," })?;
                }
                f.write_str("]")
            }
            Self::Object(members) => {
                f.write_str("{")?;
                for (place, (name, value)) in members.iter().enumerate() {
                    f.write_str(if place == 0 { "" } else { "," })?;
                    string(f, name)?;
                    write!(f, ":{value}")?;
                }
                f.write_str("}")
            }
        }
    }
}

fn string(f: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
    // Its Display is JSON, with every escape that JSON needs.
    write!(f, "{}", serde_json::Value::String(text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_escaped_and_order_is_kept() {
        let json = Json::object([
            ("z", Json::text("a \"b\" \\ \n é")),
            ("a", Json::List(vec![Json::Null, Json::Bool(true), Json::List(Vec::new())])),
            ("o", Json::Object(Vec::new())),
        ]);
        let written = json.to_string();
        assert_eq!(written, r#"{"z":"a \"b\" \\ \n é","a":[null,true,[]],"o":{}}"#);
        serde_json::from_str::<serde_json::Value>(&written).unwrap();
    }
}
