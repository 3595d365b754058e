//! Requests over HTTP, with the Secret Token or one that is got for a client's secret.

use std::fmt;
use std::time::Duration;

use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use reqwest::redirect::Policy;
use tokio::sync::Mutex;
use url::Url;
use url::form_urlencoded::Serializer;

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

/// A client id and its secret, for which a token endpoint gives a token: OAuth 2 client credentials (`entra.md` D1).
#[derive(Clone)]
pub struct ClientCredentials {
    endpoint: Url,
    id: String,
    secret: String,
}

impl ClientCredentials {
    /// Takes both as a file has them: the id in its first line, the secret in its second.
    ///
    /// # Errors
    /// [`TransportError::Setting`] where one of them is missing, or the endpoint is no address of http.
    pub fn new(endpoint: Url, text: &str) -> Result<Self, TransportError> {
        let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
        let (Some(id), Some(secret)) = (lines.next(), lines.next()) else {
            return Err(TransportError::Setting {
                expected: "a client id in one line and its secret in the next",
            });
        };
        check(&endpoint)?;
        Ok(Self { endpoint, id: id.to_owned(), secret: secret.to_owned() })
    }
}

impl fmt::Debug for ClientCredentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ClientCredentials([redacted])")
    }
}

/// "Admin Credentials".
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Credentials {
    /// A token that lasts.
    Token(SecretToken),
    /// A client that gets a token for its secret.
    Client(ClientCredentials),
}

/// A SCIM server at an address.
#[derive(Debug)]
pub struct HttpTransport {
    client: reqwest::Client,
    tenant_url: Url,
    credentials: Credentials,
    /// What the token endpoint gave, for as long as this lives: a cycle is over before an hour is.
    given: Mutex<Option<SecretToken>>,
}

impl HttpTransport {
    /// The server of this Tenant URL.
    ///
    /// # Errors
    /// [`TransportError`] where it is no address of http, or TLS cannot be set up.
    pub fn new(tenant_url: Url, credentials: Credentials) -> Result<Self, TransportError> {
        check(&tenant_url)?;
        let client = reqwest::Client::builder().redirect(Policy::none()).no_proxy().timeout(PATIENCE).build();
        let client = client.map_err(unreachable)?;
        Ok(Self { client, tenant_url, credentials, given: Mutex::new(None) })
    }

    /// The token to show, or what the token endpoint said in place of one.
    async fn token(&self) -> Result<Result<SecretToken, ScimResponse>, TransportError> {
        let client = match &self.credentials {
            Credentials::Token(token) => return Ok(Ok(token.clone())),
            Credentials::Client(client) => client,
        };
        // Held while it is asked for, so that requests that begin together ask once.
        let mut given = self.given.lock().await;
        if let Some(token) = given.as_ref() {
            return Ok(Ok(token.clone()));
        }
        let form = Serializer::new(String::new())
            .extend_pairs([
                ("grant_type", "client_credentials"),
                ("client_id", &client.id),
                ("client_secret", &client.secret),
            ])
            .finish();
        let request = self.client.post(client.endpoint.clone());
        let request = request.header(CONTENT_TYPE, "application/x-www-form-urlencoded").body(form);
        let answer = read(request.send().await.map_err(unreachable)?).await?;
        let token = answer.json().filter(|_| answer.is_success());
        let token = token.as_ref().and_then(|json| json.get("access_token")?.as_str());
        let Some(token) = token.and_then(|token| SecretToken::new(token).ok()) else {
            // A client that is not known is a credential that does not count, whatever the status.
            let broken = answer.status == 429 || answer.status >= 500;
            return Ok(Err(if broken { answer } else { ScimResponse { status: 401, ..answer } }));
        };
        Ok(Ok(given.insert(token).clone()))
    }
}

impl Transport for HttpTransport {
    async fn send(&self, request: ScimRequest) -> Result<ScimResponse, TransportError> {
        let token = match self.token().await? {
            Ok(token) => token,
            Err(refused) => return Ok(refused),
        };
        let url = request.url(&self.tenant_url);
        let method = match request.method {
            ScimMethod::Get => reqwest::Method::GET,
            ScimMethod::Post => reqwest::Method::POST,
            ScimMethod::Patch => reqwest::Method::PATCH,
            ScimMethod::Delete => reqwest::Method::DELETE,
        };
        let mut builder = self.client.request(method, url);
        builder = builder.header(AUTHORIZATION, token.0).header(ACCEPT, MEDIA_TYPE);
        if let Some(body) = &request.body {
            builder =
                builder.header(CONTENT_TYPE, format!("{MEDIA_TYPE}; charset=utf-8")).body(body.to_string());
        }
        read(builder.send().await.map_err(unreachable)?).await
    }
}

async fn read(mut response: reqwest::Response) -> Result<ScimResponse, TransportError> {
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

fn check(url: &Url) -> Result<(), TransportError> {
    if matches!(url.scheme(), "http" | "https") && url.host().is_some() {
        return Ok(());
    }
    Err(TransportError::Setting { expected: "an address that begins with https or http" })
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
        let endpoint: Url = "https://sp.example.com/token".parse().unwrap();
        let client = ClientCredentials::new(endpoint.clone(), "id\n secret\nmore").unwrap();
        assert_eq!((client.id.as_str(), client.secret.as_str()), ("id", "secret"));
        assert_eq!(format!("{client:?}"), "ClientCredentials([redacted])");
        assert_eq!(ClientCredentials::new(endpoint, "id\n").unwrap_err().code(), "transport-setting");
        for url in ["file:///etc", "data:x"] {
            let error =
                HttpTransport::new(url.parse().unwrap(), Credentials::Token(token.clone())).unwrap_err();
            assert_eq!(error.code(), "transport-setting", "{url}");
        }
    }
}
