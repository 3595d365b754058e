//! The record of one judgement: every rule, what it expected, what came.

use std::borrow::Cow;
use std::fmt;

use landfall_xmldsig::KeyFingerprint;
use time::OffsetDateTime;

use crate::Reject;

/// What one rule said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Verdict {
    /// What came is what was expected.
    Pass,
    /// It is not, and the message is refused.
    Fail,
    /// It is not, and the connection's policy lets it through.
    Warn,
    /// There was nothing to judge.
    Skip,
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::Warn => "warn",
            Self::Skip => "skip",
        })
    }
}

/// One line of a [`Decision`].
///
/// # Security
/// Values are names, addresses, times and codes; a NameID or an attribute value is never among them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// Name of the rule.
    pub rule: &'static str,
    /// The clause that it enforces.
    pub citation: &'static str,
    /// What it wanted to see.
    pub expected: Cow<'static, str>,
    /// What it saw.
    pub actual: Cow<'static, str>,
    /// What it said.
    pub verdict: Verdict,
    /// Stable code of the refusal, if it failed or warned.
    pub code: Option<&'static str>,
    /// What to do about it, if it failed or warned.
    pub remedy: Option<&'static str>,
}

/// Most characters of a refusal that a line shows: the message, which nobody may have signed, writes in it.
const MOST_SHOWN: usize = 1000;

/// How a message was judged, for the operator to read; the browser never sees it.
///
/// All rules are evaluated once the signature holds, so that everything that is wrong stands here at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    at: OffsetDateTime,
    checks: Vec<Check>,
    signer: Option<KeyFingerprint>,
}

impl Decision {
    pub(crate) fn new(at: OffsetDateTime) -> Self {
        Self { at, checks: Vec::with_capacity(32), signer: None }
    }

    pub(crate) fn push(&mut self, check: Check) {
        self.checks.push(check);
    }

    pub(crate) fn signed_by(&mut self, signer: KeyFingerprint) {
        self.signer = Some(signer);
    }

    /// The time at which it was judged.
    #[must_use]
    pub fn at(&self) -> OffsetDateTime {
        self.at
    }

    /// The lines, in the order in which the rules stand.
    #[must_use]
    pub fn checks(&self) -> &[Check] {
        &self.checks
    }

    /// The certificate whose key signed what was judged; none before a signature held.
    #[must_use]
    pub fn signer(&self) -> Option<KeyFingerprint> {
        self.signer
    }

    /// The first line that failed.
    #[must_use]
    pub fn failure(&self) -> Option<&Check> {
        self.checks.iter().find(|check| check.verdict == Verdict::Fail)
    }
}

/// One step before the rules: done and noted, or refused and noted.
pub(crate) fn step<T>(
    decision: &mut Decision,
    rule: &'static str,
    citation: &'static str,
    expected: &'static str,
    work: impl FnOnce() -> Result<T, Reject>,
) -> Result<T, Reject> {
    let done = work();
    let (actual, verdict) = match &done {
        Ok(_) => (Cow::Borrowed(expected), Verdict::Pass),
        Err(reject) => {
            (Cow::Owned(reject.without_personal_data().chars().take(MOST_SHOWN).collect()), Verdict::Fail)
        }
    };
    let (code, remedy) = (done.as_ref().err().map(Reject::code), done.as_ref().err().map(Reject::remedy));
    decision.push(Check { rule, citation, expected: Cow::Borrowed(expected), actual, verdict, code, remedy });
    done
}

/// Two lines a check at most, so that nothing in the message can pass for a line of ours.
impl fmt::Display for Decision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for check in &self.checks {
            let Check { rule, citation, expected, actual, verdict, .. } = check;
            let (expected, actual) = (OneLine(expected), OneLine(actual));
            writeln!(f, "{verdict} {rule} [{citation}]: expected {expected}, came {actual}")?;
            if let (Some(code), Some(remedy)) = (check.code, check.remedy) {
                writeln!(f, "     {code}: {remedy}")?;
            }
        }
        Ok(())
    }
}

/// A text with its control characters written out.
struct OneLine<'t>(&'t str);

impl fmt::Display for OneLine<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.chars().try_for_each(|letter| match letter {
            '\u{2028}' | '\u{2029}' => write!(f, "{}", letter.escape_unicode()),
            _ if letter.is_control() => write!(f, "{}", letter.escape_unicode()),
            _ => write!(f, "{letter}"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_no_line_of_ours() {
        let mut decision = Decision::new(OffsetDateTime::UNIX_EPOCH);
        decision.push(Check {
            rule: "audience",
            citation: "saml-core 2.5.1.4",
            expected: "urn:é".into(),
            actual: "urn:x\r\npass audience\u{2028}\u{1b}[2J".into(),
            verdict: Verdict::Fail,
            code: None,
            remedy: None,
        });
        let line = "fail audience [saml-core 2.5.1.4]: expected urn:é, came urn:x\\u{d}\\u{a}pass audience\\u{2028}\\u{1b}[2J\n";
        assert_eq!(decision.to_string(), line);
    }
}
