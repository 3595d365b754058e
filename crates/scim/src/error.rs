use serde_json::{Map, Value, json};

/// Why a request is refused, as it is told to a SCIM client.
///
/// Its text says what was expected and what kind of thing came.
///
/// # Security
/// It names attributes and positions and never carries a value.
///
/// ```
/// use landfall_scim::{ErrorKind, ScimError};
///
/// let error = ScimError::new(ErrorKind::Uniqueness, "another user has this userName");
/// assert_eq!(error.status(), 409);
/// assert_eq!(error.to_json()["status"], "409");
/// assert_eq!(error.to_json()["scimType"], "uniqueness");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{detail}")]
pub struct ScimError {
    kind: ErrorKind,
    detail: String,
}

impl ScimError {
    /// The schema of an error message [rfc7644 3.12].
    pub const SCHEMA: &'static str = "urn:ietf:params:scim:api:messages:2.0:Error";

    /// An error of this kind; `detail` is one sentence without any value of an attribute.
    pub fn new(kind: ErrorKind, detail: impl Into<String>) -> Self {
        Self { kind, detail: detail.into() }
    }

    /// What kind it is.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// What was expected and what came, in a sentence.
    #[must_use]
    pub fn detail(&self) -> &str {
        &self.detail
    }

    /// The stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        self.kind.code()
    }

    /// The status of the HTTP response.
    #[must_use]
    pub fn status(&self) -> u16 {
        self.kind.status()
    }

    /// The body of the HTTP response; `status` in it is a string [rfc7644 3.12].
    #[must_use]
    pub fn to_json(&self) -> Value {
        let mut body = Map::new();
        body.insert("schemas".to_owned(), json!([Self::SCHEMA]));
        body.insert("status".to_owned(), json!(self.status().to_string()));
        if let Some(scim_type) = self.kind.scim_type() {
            body.insert("scimType".to_owned(), json!(scim_type));
        }
        body.insert("detail".to_owned(), json!(self.detail));
        Value::Object(body)
    }
}

macro_rules! kinds {
    ($($(#[$doc:meta])* $variant:ident $status:literal $scim_type:expr, $code:literal;)*) => {
        /// The kinds of errors: those that have a `scimType`, and plain ones of HTTP.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum ErrorKind {
            $($(#[$doc])* $variant,)*
        }

        impl ErrorKind {
            /// Every kind.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The status of the HTTP response [rfc7644 3.12].
            #[must_use]
            pub fn status(self) -> u16 {
                match self { $(Self::$variant => $status,)* }
            }

            /// The `scimType`, where the standard has one for it [rfc7644 3.12].
            #[must_use]
            pub fn scim_type(self) -> Option<&'static str> {
                match self { $(Self::$variant => $scim_type,)* }
            }

            /// The stable code.
            #[must_use]
            pub fn code(self) -> &'static str {
                match self { $(Self::$variant => $code,)* }
            }
        }
    };
}

kinds! {
    /// The filter is not one, or asks for what cannot be filtered.
    InvalidFilter 400 Some("invalidFilter"), "scim.invalid_filter";
    /// The answer would be too large.
    TooMany 400 Some("tooMany"), "scim.too_many";
    /// A value is taken that must be unique.
    Uniqueness 409 Some("uniqueness"), "scim.uniqueness";
    /// The attribute cannot be changed so.
    Mutability 400 Some("mutability"), "scim.mutability";
    /// The body is not JSON, or not of the form of the request.
    InvalidSyntax 400 Some("invalidSyntax"), "scim.invalid_syntax";
    /// The path of an operation is not one, or names nothing.
    InvalidPath 400 Some("invalidPath"), "scim.invalid_path";
    /// The path of an operation found no value.
    NoTarget 400 Some("noTarget"), "scim.no_target";
    /// A value is missing or is not of the type of its attribute.
    InvalidValue 400 Some("invalidValue"), "scim.invalid_value";
    /// The version of the protocol is not spoken here.
    InvalidVersion 400 Some("invalidVers"), "scim.invalid_version";
    /// The request carries in its address what must not stand there.
    Sensitive 403 Some("sensitive"), "scim.sensitive";
    /// There is no valid token.
    Unauthorized 401 None, "scim.unauthorized";
    /// The token does not reach so far.
    Forbidden 403 None, "scim.forbidden";
    /// There is no such resource.
    NotFound 404 None, "scim.not_found";
    /// The resource does not know the method.
    MethodNotAllowed 405 None, "scim.method_not_allowed";
    /// The resource is in a state that forbids it.
    Conflict 409 None, "scim.conflict";
    /// The resource has changed since the client read it.
    PreconditionFailed 412 None, "scim.precondition_failed";
    /// The body is too large.
    TooLarge 413 None, "scim.too_large";
    /// The body is of another media type.
    UnsupportedMediaType 415 None, "scim.unsupported_media_type";
    /// Too many requests came in too short a time.
    TooManyRequests 429 None, "scim.too_many_requests";
    /// Something broke here.
    Internal 500 None, "scim.internal";
    /// It is not done here.
    NotImplemented 501 None, "scim.not_implemented";
    /// It cannot be done at present.
    Unavailable 503 None, "scim.unavailable";
}

/// A name of a client's, short enough to be repeated to it.
pub(crate) fn named(name: &str) -> String {
    let mut short: String = name.chars().filter(|char| !char.is_control()).take(80).collect();
    if short.len() < name.len() {
        short.push('…');
    }
    format!("{short:?}")
}

/// What kind of JSON a value is.
pub(crate) fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_is_written_with_a_status_that_is_a_string() {
        // [rfc7644 3.12]
        for &kind in ErrorKind::ALL {
            let body = ScimError::new(kind, "a sentence").to_json();
            assert_eq!(body["schemas"], json!([ScimError::SCHEMA]));
            assert_eq!(body["status"], json!(kind.status().to_string()));
            assert_eq!(body.get("scimType"), kind.scim_type().map(|name| json!(name)).as_ref());
            assert!(kind.code().starts_with("scim."));
        }
    }

    #[test]
    fn a_long_name_is_repeated_in_part() {
        assert_eq!(named("title"), "\"title\"");
        assert!(named(&"x".repeat(5000)).chars().count() < 100);
    }
}
