//! The record of a login as it goes to the event log: codes, ids, fingerprints; no attribute values.

use landfall_accounts::{Detail, IdentityError};
use landfall_claims::{AttributeSet, ClaimError, Mapping};
use landfall_saml::{Check, Decision};
use landfall_xmldsig::Opinion;
use serde_json::{Value, json};

use crate::error::{DIRECTORY, EXPIRED, LoginError, NO_KEY, WAITS};

/// Most characters of a line about claims: the identity provider names as many as it likes.
const MOST_SHOWN: usize = 4000;
/// Most names of claims that a test shows.
const MOST_NAMES: usize = 200;
/// Most characters of each.
const LONGEST_NAME: usize = 200;

/// What is written down of one judgement.
#[derive(Debug, Default)]
pub(crate) struct Record {
    signer: Option<String>,
    checks: Vec<Value>,
    /// Of a test alone: the names of the claims that arrived, and where the fields of the profile come from.
    arrived: Option<(Vec<String>, Vec<Value>)>,
}

impl Record {
    pub(crate) fn of(decision: &Decision) -> Self {
        Self {
            signer: decision.signer().map(|signer| signer.to_string()),
            checks: decision.checks().iter().map(check).collect(),
            arrived: None,
        }
    }

    /// Adds the line of a later step: mapping, identity.
    pub(crate) fn step(&mut self, rule: &str, error: Option<&LoginError>) {
        let verdict = if error.is_some() { "fail" } else { "pass" };
        let (actual, code) = (error.and_then(claims), error.map(LoginError::code));
        self.checks.push(json!({ "rule": rule, "actual": actual, "verdict": verdict, "code": code }));
    }

    /// Adds the line of what stopped the message before its rules, if it is what the connection trusts, with what to do about it.
    pub(crate) fn stopped_by_trust(&mut self, error: &LoginError) {
        let (rule, remedy) = match error {
            LoginError::MetadataExpired { .. } => ("metadata", EXPIRED),
            LoginError::NoKeyCounts { .. } => ("key", NO_KEY),
            LoginError::KeyWaiting { .. } => ("key", WAITS),
            LoginError::DirectoryKeys { .. } => ("key", DIRECTORY),
            _ => return,
        };
        let (actual, code) = (error.to_string(), error.code());
        self.checks.push(json!({
            "rule": rule, "actual": actual, "verdict": "fail", "code": code, "remedy": remedy,
        }));
    }

    /// Adds the line of the second engine.
    pub(crate) fn opinion(&mut self, opinion: &Opinion) {
        let (actual, verdict, code) = match opinion {
            Opinion::Agree => ("agrees", "pass", None),
            Opinion::Inconclusive { reason } => (*reason, "warn", Some("second_opinion.inconclusive")),
            Opinion::Disagree { found } => (found.as_str(), "fail", Some("second_opinion.disagrees")),
            _ => ("unknown", "warn", Some("second_opinion.inconclusive")),
        };
        let rule = "second_opinion";
        self.checks.push(json!({ "rule": rule, "actual": actual, "verdict": verdict, "code": code }));
    }

    /// Adds what a test shows of the claims: names, and no value.
    pub(crate) fn arrived(&mut self, attributes: &AttributeSet, mapping: &Mapping) {
        let short = |name: &str| -> String { name.chars().take(LONGEST_NAME).collect() };
        let names = attributes.names().take(MOST_NAMES).map(short).collect();
        let preview = mapping.preview(attributes);
        let fields = preview.fields().iter().map(|field| {
            let is_there = field.values.as_ref().is_some_and(|values| !values.is_empty());
            let note = match (&field.error, &field.values) {
                (Some(error), _) => Some(error.code()),
                (None, None) => Some("incomplete"),
                (None, Some(_)) => None,
            };
            json!({
                "field": field.field.replace('_', " "),
                "claim": field.asked.join(" or "),
                "attribute": field.attribute.as_deref().map(short),
                "by_itself": is_there && field.attribute.is_none(),
                "refused": field.error.as_ref().is_some_and(|error| !matches!(error.why, ClaimError::Missing { .. })),
                "note": note,
            })
        });
        self.arrived = Some((names, fields.collect()));
    }

    /// For a login that goes on to the store, which adds its own outcome.
    pub(crate) fn detail(&self) -> Detail {
        Detail::new(self.value().to_string())
    }

    /// For a refusal.
    pub(crate) fn refused(&self, code: &str) -> Detail {
        Detail::new(json!({ "code": code, "decision": self.value() }).to_string())
    }

    fn value(&self) -> Value {
        let mut value = json!({ "signer": self.signer, "checks": self.checks });
        if let (Some((claims, fields)), Some(object)) = (&self.arrived, value.as_object_mut()) {
            object.insert("claims".to_owned(), json!(claims));
            object.insert("fields".to_owned(), json!(fields));
        }
        value
    }
}

/// A decision as JSON: the certificate that signed, and every check.
///
/// ```
/// use landfall_saml::Decision;
///
/// fn failures(decision: &Decision) -> usize {
///     let json = landfall_http::decision_json(decision);
///     json["checks"].as_array().map_or(0, |checks| checks.iter().filter(|check| check["verdict"] == "fail").count())
/// }
/// ```
#[must_use]
pub fn decision_json(decision: &Decision) -> Value {
    Record::of(decision).value()
}

/// What is wrong with the claims: which one was wanted, and the names of those that arrived.
///
/// # Security
/// An error about claims carries no value; one about a value is left with its code.
fn claims(error: &LoginError) -> Option<String> {
    let error = match error {
        LoginError::Mapping(error) => error.to_string(),
        LoginError::Identity(
            IdentityError::TenantId(error)
            | IdentityError::ObjectId(error)
            | IdentityError::SubjectClaim(error)
            | IdentityError::LoginNameClaim(error),
        ) => error.to_string(),
        _ => return None,
    };
    Some(error.chars().take(MOST_SHOWN).collect())
}

fn check(check: &Check) -> Value {
    json!({
        "rule": check.rule,
        "citation": check.citation,
        "expected": check.expected,
        "actual": check.actual,
        "verdict": check.verdict.to_string(),
        "code": check.code,
        "remedy": check.remedy,
    })
}
