//! Requests over HTTP, with the Secret Token.

use std::fmt;
use std::time::Duration;

use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use reqwest::redirect::Policy;
use url::Url;

use super::request::{ScimMethod, ScimRequest};
use super::transport::{ScimResponse, Transport, TransportError};

/// How long one answer may take; Entra's own limit is not documented.
const PATIENCE: Duration = Duration::from_secs(60);
const ANSWER_LIMIT: usize = 16 * 1024 * 1024;
const MEDIA_TYPE: &str = "application/scim+json";

/// The Secret Token, which does not print.
#[derive(Clone)]
pub struct SecretToken(HeaderValue);

impl SecretToken {
    /// Takes a token as a file has it; space around it is cut off.
    ///
    /// # Errors
    /// [`TransportError::Setting`] where it is empty or can be in no header.
    pub fn new(text: &str) -> Result<Self, TransportError> {
        let expected = "a token of visible ASCII characters";
        let text = text.trim();
        let is_token = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic());
        let value = HeaderValue::from_str(&format!("Bearer {text}"));
        let mut value = value.ok().filter(|_| is_token).ok_or(TransportError::Setting { expected })?;
        value.set_sensitive(true);
        Ok(Self(value))
    }
}

impl fmt::Debug for SecretToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretToken([redacted])")
    }
}

/// A SCIM server at an address.
#[derive(Clone, Debug)]
pub struct HttpTransport {
    client: reqwest::Client,
    tenant_url: Url,
    token: SecretToken,
}

impl HttpTransport {
    /// The server of this Tenant URL.
    ///
    /// # Errors
    /// [`TransportError`] where it is no address of http, or TLS cannot be set up.
    pub fn new(tenant_url: Url, token: SecretToken) -> Result<Self, TransportError> {
        if !matches!(tenant_url.scheme(), "http" | "https") || tenant_url.host().is_none() {
            return Err(TransportError::Setting { expected: "a Tenant URL that begins with https or http" });
        }
        let client = reqwest::Client::builder().redirect(Policy::none()).no_proxy().timeout(PATIENCE).build();
        Ok(Self { client: client.map_err(unreachable)?, tenant_url, token })
    }
}

impl Transport for HttpTransport {
    async fn send(&self, request: ScimRequest) -> Result<ScimResponse, TransportError> {
        let url = request.url(&self.tenant_url);
        let method = match request.method {
            ScimMethod::Get => reqwest::Method::GET,
            ScimMethod::Post => reqwest::Method::POST,
            ScimMethod::Patch => reqwest::Method::PATCH,
            ScimMethod::Delete => reqwest::Method::DELETE,
        };
        let mut builder = self.client.request(method, url);
        builder = builder.header(AUTHORIZATION, self.token.0.clone()).header(ACCEPT, MEDIA_TYPE);
        if let Some(body) = &request.body {
            builder =
                builder.header(CONTENT_TYPE, format!("{MEDIA_TYPE}; charset=utf-8")).body(body.to_string());
        }
        let mut response = builder.send().await.map_err(unreachable)?;
        let status = response.status().as_u16();
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(unreachable)? {
            body.extend_from_slice(&chunk);
            if body.len() > ANSWER_LIMIT {
                return Err(TransportError::TooLong { limit: ANSWER_LIMIT });
            }
        }
        Ok(ScimResponse { status, body })
    }
}

fn unreachable(error: reqwest::Error) -> TransportError {
    if error.is_timeout() {
        return TransportError::Timeout;
    }
    // The last cause says what happened; those before it that a request was being sent.
    let error = error.without_url();
    let mut cause: &dyn std::error::Error = &error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    TransportError::Unreachable { text: cause.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_taken_from_a_file_and_does_not_print() {
        let token = SecretToken::new(" lfs_abc\n").unwrap();
        assert_eq!(token.0, "Bearer lfs_abc");
        assert_eq!(format!("{token:?}"), "SecretToken([redacted])");
        for text in ["", "\n", "a b", "ä"] {
            assert_eq!(SecretToken::new(text).unwrap_err().code(), "transport-setting", "{text:?}");
        }
        for url in ["file:///etc", "data:x"] {
            let error = HttpTransport::new(url.parse().unwrap(), token.clone()).unwrap_err();
            assert_eq!(error.code(), "transport-setting", "{url}");
        }
    }
}
