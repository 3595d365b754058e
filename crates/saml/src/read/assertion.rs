use landfall_xmldsig::Element;

use super::cursor::{Children, id, instant, issuer, optional_instant, required, text};
use super::{ASSERTION, ReadError};
use crate::model::{
    Assertion, Attribute, AuthnStatement, Condition, Conditions, NameId, SubjectConfirmation,
};

const XSI: &str = "http://www.w3.org/2001/XMLSchema-instance";

/// Reads an assertion in schema order [saml-core 2.3.3].
pub(super) fn read(assertion: Element<'_>) -> Result<Assertion, ReadError> {
    let mut children = Children::without_signature(assertion)?;
    let issuer = issuer(children.required(ASSERTION, "Issuer")?)?;
    let (name_id, confirmations) = subject(children.required(ASSERTION, "Subject")?)?;
    let conditions =
        children.optional(ASSERTION, "Conditions").map(conditions).transpose()?.unwrap_or_default();
    children.optional(ASSERTION, "Advice");
    let (mut authn_statements, mut attributes) = (Vec::new(), Vec::new());
    while let Some(statement) = children.any() {
        match (statement.namespace(), statement.local_name()) {
            (ASSERTION, "AuthnStatement") => authn_statements.push(authn_statement(statement)?),
            (ASSERTION, "AttributeStatement") => attribute_statement(statement, &mut attributes)?,
            (ASSERTION, "AuthzDecisionStatement" | "Statement") => {}
            (_, other) => {
                let parent = assertion.local_name().to_owned();
                return Err(ReadError::Child {
                    parent,
                    expected: "a statement".to_owned(),
                    found: other.to_owned(),
                });
            }
        }
    }
    Ok(Assertion {
        id: id(assertion, required(assertion, "ID")?)?,
        version: required(assertion, "Version")?.to_owned(),
        issue_instant: instant(assertion, "IssueInstant")?,
        issuer: id(assertion, issuer)?,
        name_id,
        confirmations,
        conditions,
        authn_statements,
        attributes,
    })
}

/// Exactly one NameID, then the confirmations [saml-core 2.4.1], [attack E15].
fn subject(subject: Element<'_>) -> Result<(NameId, Vec<SubjectConfirmation>), ReadError> {
    let mut children = Children::of(subject)?;
    if let Some(encrypted) = children.optional(ASSERTION, "EncryptedID") {
        return Err(ReadError::Encrypted { element: encrypted.local_name().to_owned() });
    }
    let name_id = name_id(children.required(ASSERTION, "NameID")?)?;
    let mut confirmations = Vec::new();
    while let Some(confirmation) = children.optional(ASSERTION, "SubjectConfirmation") {
        confirmations.push(subject_confirmation(confirmation)?);
    }
    children.end()?;
    Ok((name_id, confirmations))
}

pub(super) fn name_id(name_id: Element<'_>) -> Result<NameId, ReadError> {
    let attribute = |name| name_id.attribute(name).map(str::to_owned);
    Ok(NameId {
        value: text(name_id)?.to_owned(),
        format: attribute("Format"),
        name_qualifier: attribute("NameQualifier"),
        sp_name_qualifier: attribute("SPNameQualifier"),
    })
}

/// Method and data [saml-core 2.4.1.1]; what the data hold inside is for methods that we do not use [saml-core 2.4.1.2].
fn subject_confirmation(confirmation: Element<'_>) -> Result<SubjectConfirmation, ReadError> {
    let method = required(confirmation, "Method")?.to_owned();
    let mut children = Children::of(confirmation)?;
    children.optional(ASSERTION, "NameID");
    let Some(data) = children.optional(ASSERTION, "SubjectConfirmationData") else {
        return Ok(SubjectConfirmation { method, ..SubjectConfirmation::default() });
    };
    children.end()?;
    Ok(SubjectConfirmation {
        method,
        recipient: data.attribute("Recipient").map(str::to_owned),
        in_response_to: data.attribute("InResponseTo").map(str::to_owned),
        not_before: optional_instant(data, "NotBefore")?,
        not_on_or_after: optional_instant(data, "NotOnOrAfter")?,
    })
}

fn conditions(element: Element<'_>) -> Result<Conditions, ReadError> {
    let mut children = Children::of(element)?;
    let mut conditions = Vec::new();
    while let Some(condition) = children.any() {
        conditions.push(match (condition.namespace(), condition.local_name()) {
            (ASSERTION, "AudienceRestriction") => Condition::Audience(audiences(condition)?),
            (ASSERTION, "OneTimeUse") => Condition::OneTimeUse,
            (ASSERTION, "ProxyRestriction") => Condition::ProxyRestriction,
            (_, other) => Condition::Unknown(other.to_owned()),
        });
    }
    Ok(Conditions {
        not_before: optional_instant(element, "NotBefore")?,
        not_on_or_after: optional_instant(element, "NotOnOrAfter")?,
        conditions,
    })
}

fn audiences(restriction: Element<'_>) -> Result<Vec<String>, ReadError> {
    let mut children = Children::of(restriction)?;
    let mut audiences = vec![text(children.required(ASSERTION, "Audience")?)?.to_owned()];
    while let Some(audience) = children.optional(ASSERTION, "Audience") {
        audiences.push(text(audience)?.to_owned());
    }
    children.end()?;
    Ok(audiences)
}

fn authn_statement(statement: Element<'_>) -> Result<AuthnStatement, ReadError> {
    let mut children = Children::of(statement)?;
    children.optional(ASSERTION, "SubjectLocality");
    let context = children.required(ASSERTION, "AuthnContext")?;
    children.end()?;
    let class = Children::of(context)?.optional(ASSERTION, "AuthnContextClassRef").map(text).transpose()?;
    // One without a value names no session.
    let index = statement.attribute("SessionIndex").filter(|index| !index.is_empty());
    Ok(AuthnStatement {
        authn_instant: instant(statement, "AuthnInstant")?,
        session_index: index.map(|index| id(statement, index)).transpose()?,
        session_not_on_or_after: optional_instant(statement, "SessionNotOnOrAfter")?,
        class: class.map(str::to_owned),
    })
}

fn attribute_statement(statement: Element<'_>, attributes: &mut Vec<Attribute>) -> Result<(), ReadError> {
    let mut children = Children::of(statement)?;
    while let Some(attribute) = children.any() {
        match (attribute.namespace(), attribute.local_name()) {
            (ASSERTION, "Attribute") => attributes.push(read_attribute(attribute)?),
            (ASSERTION, "EncryptedAttribute") => {
                return Err(ReadError::Encrypted { element: attribute.local_name().to_owned() });
            }
            (_, other) => {
                let parent = statement.local_name().to_owned();
                return Err(ReadError::Child {
                    parent,
                    expected: "Attribute".to_owned(),
                    found: other.to_owned(),
                });
            }
        }
    }
    Ok(())
}

/// A name, and those of its values that are text; a nil is none [saml-core 2.7.3.1, 2.7.3.1.1].
fn read_attribute(attribute: Element<'_>) -> Result<Attribute, ReadError> {
    let mut children = Children::of(attribute)?;
    let mut values = Vec::new();
    while let Some(value) = children.optional(ASSERTION, "AttributeValue") {
        let nil = matches!(value.attribute_in(XSI, "nil"), Some("true" | "1"));
        let structured = value.elements().next().is_some();
        if !nil && !structured {
            values.push(value.text()?.to_owned());
        }
    }
    children.end()?;
    Ok(Attribute {
        name: required(attribute, "Name")?.to_owned(),
        name_format: attribute.attribute("NameFormat").map(str::to_owned),
        values,
    })
}
