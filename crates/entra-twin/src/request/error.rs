//! Why a message cannot be read.

use crate::element::{Element, PROTOCOL};

/// A request cannot be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum RequestError {
    #[error("the message is not base64")]
    Base64 { source: base64::DecodeError },
    #[error("the message of the redirect binding is not DEFLATE data")]
    Deflate { source: std::io::Error },
    #[error("the message is longer than {limit} bytes")]
    TooLong { limit: u64 },
    #[error("the message is not UTF-8")]
    Utf8 { source: std::string::FromUtf8Error },
    #[error("the message is not XML without a DOCTYPE")]
    NotXml,
    #[error("expected {expected} in {PROTOCOL}, got {name} in {namespace:?}")]
    Root { expected: &'static str, namespace: String, name: String },
    #[error("a required part of the AuthnRequest is missing or broken")]
    Content { source: Box<dyn std::error::Error + Send + Sync> },
    #[error("expected Version 2.0, got {got:?}")]
    Version { got: String },
    #[error("the ID {got:?} is no NCName")]
    Id { got: String },
    #[error("expected an Issuer in the AuthnRequest, got none")]
    NoIssuer,
    #[error("expected {part} in the message, got none")]
    Missing { part: &'static str },
    #[error("expected a time in {part}, got {got:?}")]
    Time { part: &'static str, got: String },
}

impl RequestError {
    pub(crate) fn root(expected: &'static str, root: &Element) -> Self {
        let (namespace, name) = (root.namespace().to_owned(), root.name().to_owned());
        Self::Root { expected, namespace, name }
    }
}
