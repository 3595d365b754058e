use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::http::HeaderMap;
use url::form_urlencoded;

use super::ShownError;
use crate::sso::form::is_form;

/// The parameters of a query or a form, as they came; nothing is known of them yet.
pub(crate) struct Parameters(Vec<(String, String)>);

impl Parameters {
    pub(crate) fn of_query(query: &str) -> Self {
        Self::of_bytes(query.as_bytes())
    }

    /// # Errors
    /// [`NotAForm`] if the body says that it is something else.
    pub(crate) fn of_form(headers: &HeaderMap, body: &[u8]) -> Result<Self, NotAForm> {
        is_form(headers).map_err(|_| NotAForm)?;
        Ok(Self::of_bytes(body))
    }

    /// The form of a request that no browser shows.
    ///
    /// # Errors
    /// [`ShownError::Request`] if there is none, or it is too large.
    pub(crate) fn of_body(
        headers: &HeaderMap,
        body: Result<Bytes, BytesRejection>,
    ) -> Result<Self, ShownError> {
        let refused = |problem| ShownError::Request { problem };
        let body = body.map_err(|_| refused("the body cannot be read, or is too large"))?;
        Self::of_form(headers, &body)
            .map_err(|NotAForm| refused("its type is not application/x-www-form-urlencoded"))
    }

    fn of_bytes(bytes: &[u8]) -> Self {
        Self(form_urlencoded::parse(bytes).into_owned().collect())
    }

    /// A parameter that may stand there once; one without a value is one that was not sent [rfc6749 3.1].
    ///
    /// # Errors
    /// [`Twice`] if it stands there more often, whatever its values are.
    pub(crate) fn one(&self, name: &'static str) -> Result<Option<&str>, Twice> {
        let mut values = self.0.iter().filter(|(of, _)| of == name).map(|(_, value)| value.as_str());
        match (values.next(), values.next()) {
            (found, None) => Ok(found.filter(|value| !value.is_empty())),
            (_, Some(_)) => Err(Twice { name }),
        }
    }

    /// All of them as a query.
    pub(crate) fn query(&self) -> String {
        form_urlencoded::Serializer::new(String::new()).extend_pairs(&self.0).finish()
    }

    /// Those of these names, in that order, as a query.
    pub(crate) fn query_of(&self, names: &[&str]) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        for name in names {
            query.extend_pairs(self.0.iter().filter(|(of, value)| of == name && !value.is_empty()));
        }
        query.finish()
    }
}

/// The body is no form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("its type is not application/x-www-form-urlencoded")]
pub(crate) struct NotAForm;

/// A parameter that may stand there once stands there twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{name} stands in it twice")]
pub(crate) struct Twice {
    pub(crate) name: &'static str,
}

#[cfg(test)]
mod tests {
    use super::*;

    /// [rfc6749 3.1]
    #[test]
    fn a_parameter_stands_there_once_and_says_something() {
        let found = Parameters::of_query("a=1&b=&c=x%26+y&d=1&d=1&e=&e=&unknown=1&unknown=2");
        assert_eq!(found.one("a"), Ok(Some("1")));
        assert_eq!(found.one("b"), Ok(None));
        assert_eq!(found.one("c"), Ok(Some("x& y")));
        assert_eq!(found.one("d"), Err(Twice { name: "d" }));
        assert_eq!(found.one("e"), Err(Twice { name: "e" }));
        assert_eq!(found.one("f"), Ok(None));
        assert_eq!(Parameters::of_query("a=1&b=&c=x%26+y").query(), "a=1&b=&c=x%26+y");
        assert_eq!(found.query_of(&["c", "b", "f", "a"]), "c=x%26+y&a=1");
    }

    #[test]
    fn a_form_says_that_it_is_one() {
        assert!(Parameters::of_form(&HeaderMap::new(), b"a=1").is_err());
    }
}
