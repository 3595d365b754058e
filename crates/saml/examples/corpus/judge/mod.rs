//! What the public interface says to each kind of case.

mod canonical;
mod logout;
mod metadata;
mod response;
mod signature;

use std::error::Error;
use std::fmt;
use std::path::Path;

use landfall_saml::{Check, Decision, Reject, Verdict};
use landfall_xmldsig::{AlgorithmPolicy, C14nMethod, Document, Limits};
use serde::Serialize;
use time::OffsetDateTime;
use time::macros::datetime;

use crate::expect::Mode;
use crate::manifest::{Case, Kind, Layer, Options};

/// What was said to a case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "verdict", rename_all = "lowercase")]
pub(crate) enum Said {
    Accepted,
    Refused {
        /// Of the first thing that was wrong.
        code: String,
        /// Of the others, where all are known.
        #[serde(skip_serializing_if = "Vec::is_empty")]
        also: Vec<String>,
        why: String,
        /// What an operator is told to do, where there is a decision.
        #[serde(skip_serializing_if = "Option::is_none")]
        remedy: Option<&'static str>,
    },
}

impl Said {
    /// A refusal, with all its causes.
    pub(crate) fn refused(code: &str, error: &dyn Error) -> Self {
        let mut why = error.to_string();
        let mut cause = error.source();
        while let Some(error) = cause {
            why = format!("{why}: {error}");
            cause = error.source();
        }
        Self::other(code, why)
    }

    /// The same of a message, with what an operator is told to do.
    fn rejected(reject: &Reject) -> Self {
        let said = Self::refused(reject.code(), reject);
        match said {
            Self::Refused { code, also, why, .. } => {
                Self::Refused { code, also, why, remedy: Some(reject.remedy()) }
            }
            Self::Accepted => said,
        }
    }

    /// What failed in a decision, but for what a case was meant to have otherwise.
    fn failed(decision: &Decision, meant: impl Fn(&Check) -> bool) -> Self {
        let failed = decision.checks().iter().filter(|check| check.verdict == Verdict::Fail);
        let mut failed = failed.filter(|check| !meant(check));
        let Some(first) = failed.next() else { return Self::Accepted };
        Self::Refused {
            code: first.code.unwrap_or_default().to_owned(),
            also: failed.filter_map(|check| check.code).map(str::to_owned).collect(),
            why: format!("{}: expected {}, came {}", first.rule, first.expected, first.actual),
            remedy: first.remedy,
        }
    }

    /// A refusal without an error of the interface.
    fn other(code: &str, why: impl Into<String>) -> Self {
        Self::Refused { code: code.to_owned(), also: Vec::new(), why: why.into(), remedy: None }
    }
}

impl fmt::Display for Said {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Accepted => f.write_str("accepted"),
            Self::Refused { code, why, .. } => write!(f, "refused by {code} ({why})"),
        }
    }
}

/// Judges a case; an error is one of the corpus, never of a case.
pub(crate) fn judge(folder: &Path, case: &Case, mode: Mode, document: &[u8]) -> Result<Said, Box<dyn Error>> {
    match (case.kind, case.layer) {
        (_, Layer::Xmldsig) => signature::judge(folder, case, mode, document),
        (Kind::Response, _) => response::judge(folder, case, mode, document),
        (Kind::Metadata, _) => Ok(metadata::judge(case, document)),
        (Kind::C14n, _) => canonical::judge(folder, case, document),
        (Kind::Authnrequest, _) => Ok(authn_request(document)),
        (Kind::Logout, _) => logout::judge(case, document),
        (Kind::Xmldsig, layer) => Err(format!("{}: nothing judges it by its {layer:?}", case.id).into()),
    }
}

/// Names and values, in their order.
pub(crate) type Attributes = Vec<(String, Vec<String>)>;

/// The attributes of a case that is a response and signs somebody in.
pub(crate) fn attributes(
    folder: &Path,
    case: &Case,
    mode: Mode,
    document: &[u8],
) -> Result<Option<Attributes>, Box<dyn Error>> {
    match (case.kind, case.layer) {
        (_, Layer::Xmldsig) => Ok(None),
        (Kind::Response, _) => response::attributes(folder, case, mode, document),
        _ => Ok(None),
    }
}

/// It can be read and is what it says; only identity providers look further.
fn authn_request(document: &[u8]) -> Said {
    match Document::parse(document, &Limits::message()) {
        Ok(document) if document.root().is("urn:oasis:names:tc:SAML:2.0:protocol", "AuthnRequest") => {
            Said::Accepted
        }
        Ok(document) => Said::other("read.root", document.root().local_name()),
        Err(error) => Said::refused(error.code(), &error),
    }
}

/// What a mode opens.
fn algorithms(options: &Options, mode: Mode) -> AlgorithmPolicy {
    let strict = AlgorithmPolicy::strict();
    if mode == Mode::Strict {
        return strict;
    }
    let open = |wanted: bool, policy: AlgorithmPolicy, opened: fn(AlgorithmPolicy) -> AlgorithmPolicy| {
        if wanted { opened(policy) } else { policy }
    };
    let policy = open(options.allow_sha1, strict, AlgorithmPolicy::danger_allow_sha1);
    let policy = open(options.allow_rsa_under_2048, policy, AlgorithmPolicy::danger_allow_short_rsa);
    let policy = open(options.empty_reference_uri, policy, AlgorithmPolicy::danger_allow_empty_reference);
    // An empty reference says nothing of its canonicalization in some cases, and so asks for the inclusive one.
    open(options.inclusive_c14n || options.empty_reference_uri, policy, |policy| {
        C14nMethod::ALL.into_iter().fold(policy, AlgorithmPolicy::danger_allow_c14n)
    })
}

/// The time of a case, or any where it does not matter.
pub(crate) fn now(options: &Options) -> OffsetDateTime {
    options.now.unwrap_or(datetime!(2020-01-01 00:00 UTC))
}
