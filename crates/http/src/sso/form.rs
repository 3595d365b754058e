//! The form that an identity provider has the browser post [saml-bindings 3.5.4].

use axum::body::Bytes;
use axum::http::HeaderMap;
use axum::http::header::CONTENT_TYPE;
use url::form_urlencoded;

use crate::error::LoginError;

/// The two fields of the POST binding.
pub(super) struct SamlForm {
    pub(super) saml_response: String,
    pub(super) relay_state: Option<String>,
}

impl SamlForm {
    /// Reads the form: SAMLResponse once, RelayState at most once, SAMLRequest never.
    pub(super) fn read(headers: &HeaderMap, body: &Bytes) -> Result<Self, LoginError> {
        is_form(headers)?;
        let (mut response, mut relay_state) = (None, None);
        for (name, value) in form_urlencoded::parse(body) {
            let field = match name.as_ref() {
                "SAMLResponse" => &mut response,
                "RelayState" => &mut relay_state,
                "SAMLRequest" => return Err(LoginError::Form { problem: "it holds a SAMLRequest" }),
                _ => continue,
            };
            if field.replace(value.into_owned()).is_some() {
                return Err(LoginError::Form { problem: "a field stands in it twice" });
            }
        }
        let saml_response = response.ok_or(LoginError::Form { problem: "it holds no SAMLResponse" })?;
        // An empty RelayState is one that was not sent: some identity providers always write the field.
        Ok(Self { saml_response, relay_state: relay_state.filter(|text| !text.is_empty()) })
    }
}

/// The body is a form that a page posts.
pub(crate) fn is_form(headers: &HeaderMap) -> Result<(), LoginError> {
    let kind = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    if kind.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
        return Ok(());
    }
    Err(LoginError::Form { problem: "its type is not application/x-www-form-urlencoded" })
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn read(kind: &'static str, body: &'static str) -> Result<SamlForm, LoginError> {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
        SamlForm::read(&headers, &Bytes::from_static(body.as_bytes()))
    }

    /// [saml-bindings 3.5.4]
    #[test]
    fn each_field_once() {
        const FORM: &str = "application/x-www-form-urlencoded";
        let form =
            read("Application/x-www-form-urlencoded; charset=UTF-8", "RelayState=a%2Fb&SAMLResponse=PHg%2B")
                .unwrap();
        assert_eq!((form.saml_response.as_str(), form.relay_state.as_deref()), ("PHg+", Some("a/b")));
        assert!(read(FORM, "SAMLResponse=x&RelayState=").unwrap().relay_state.is_none());
        for body in [
            "",
            "SAMLRequest=x",
            "SAMLResponse=x&SAMLRequest=y",
            "SAMLResponse=x&SAMLResponse=x",
            "SAMLResponse=x&RelayState=&RelayState=y",
        ] {
            assert!(read(FORM, body).is_err(), "{body}");
        }
        assert!(read("text/plain", "SAMLResponse=x").is_err());
    }
}
