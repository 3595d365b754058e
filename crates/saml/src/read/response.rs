use landfall_xmldsig::{Document, Element};

use super::cursor::{Children, instant, issuer, required};
use super::{ASSERTION, PROTOCOL, ReadError};
use crate::ids::ResponseId;
use crate::model::{Status, UnsignedEnvelope};

/// Reads the fields around the assertion; the assertion itself is not looked at [saml-core 3.2.2].
pub(super) fn read(document: &Document<'_>) -> Result<UnsignedEnvelope, ReadError> {
    let response = document.root();
    if !response.is(PROTOCOL, "Response") {
        return Err(ReadError::root("Response", response));
    }
    super::cursor::id::<ResponseId>(response, required(response, "ID")?)?;
    let mut children = Children::without_signature(response)?;
    let issuer = children.optional(ASSERTION, "Issuer").map(issuer).transpose()?.map(str::to_owned);
    children.optional(PROTOCOL, "Extensions");
    let status = status(children.required(PROTOCOL, "Status")?)?;
    while children
        .optional(ASSERTION, "Assertion")
        .or_else(|| children.optional(ASSERTION, "EncryptedAssertion"))
        .is_some()
    {}
    children.end()?;
    Ok(UnsignedEnvelope {
        version: required(response, "Version")?.to_owned(),
        issue_instant: instant(response, "IssueInstant")?,
        destination: response.attribute("Destination").map(str::to_owned),
        in_response_to: response.attribute("InResponseTo").map(str::to_owned),
        issuer,
        status,
    })
}

/// The top code, the code below it, and the message [saml-core 3.2.2.1].
pub(super) fn status(status: Element<'_>) -> Result<Status, ReadError> {
    let mut children = Children::of(status)?;
    let top = children.required(PROTOCOL, "StatusCode")?;
    let message = children.optional(PROTOCOL, "StatusMessage");
    children.optional(PROTOCOL, "StatusDetail");
    children.end()?;
    let below = Children::of(top)?.optional(PROTOCOL, "StatusCode");
    Ok(Status {
        code: required(top, "Value")?.to_owned(),
        detail: below.map(|code| required(code, "Value")).transpose()?.map(str::to_owned),
        message: message.and_then(|message| message.text().ok()).map(str::to_owned),
    })
}
