//! One case and its judgement, as a line or as JSON.

use std::fmt;
use std::time::Duration;

use serde_json::{Value, json};

use super::Stop;
use super::seen::{CLOSED, Seen, Who};
use crate::{Expected, Fault};

/// One fault that was played.
#[derive(Clone, Debug)]
pub struct Case {
    fault: &'static Fault,
    verdict: Verdict,
    who: Who,
    status: Option<u16>,
    took: Duration,
}

/// What a case came to.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Verdict {
    /// As a good service provider does.
    Passed,
    /// Not so, and in what.
    Failed(String),
    /// The service provider does not offer what it needs.
    Skipped(String),
}

impl Case {
    /// The fault.
    #[must_use]
    pub fn fault(&self) -> &'static Fault {
        self.fault
    }

    /// The judgement.
    #[must_use]
    pub fn verdict(&self) -> &Verdict {
        &self.verdict
    }

    /// Who was signed in afterwards.
    #[must_use]
    pub fn who(&self) -> &Who {
        &self.who
    }

    /// For programs: `name`, `class`, `expected`, `verdict`, `reason`, `status`, `who`, `milliseconds`.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let (verdict, reason) = match &self.verdict {
            Verdict::Passed => ("passed", None),
            Verdict::Failed(reason) => ("failed", Some(reason)),
            Verdict::Skipped(reason) => ("skipped", Some(reason)),
        };
        json!({
            "name": self.fault.name(),
            "class": self.fault.class(),
            "expected": self.fault.expected().name(),
            "verdict": verdict,
            "reason": reason,
            "status": self.status,
            "who": match &self.who {
                Who::Nobody => None,
                Who::Person(name) => Some(name.as_str()),
                Who::Unknown => Some("unknown"),
            },
            "milliseconds": u64::try_from(self.took.as_millis()).unwrap_or(u64::MAX),
        })
    }

    pub(super) fn judge(
        fault: &'static Fault,
        played: Result<Seen, Stop>,
        person: &str,
        took: Duration,
    ) -> Self {
        let (who, status, verdict) = match played {
            Err(Stop::Skipped(why)) => (Who::Nobody, None, Verdict::Skipped(why.to_owned())),
            Err(Stop::Broken(why)) => (Who::Nobody, None, Verdict::Failed(why)),
            Ok(seen) => {
                let verdict = match judgement(fault.expected(), fault.is_logout(), &seen, person) {
                    Ok(()) => Verdict::Passed,
                    Err(why) => Verdict::Failed(why),
                };
                (seen.who, seen.status, verdict)
            }
        };
        Self { fault, verdict, who, status, took }
    }

    /// Takes in the same login without the fault.
    pub(super) fn control(&mut self, played: Result<Seen, Stop>, person: &str) {
        let why = match played {
            Err(Stop::Skipped(why)) => why.to_owned(),
            Err(Stop::Broken(why)) => why,
            Ok(seen) => match judgement(Expected::Accept, false, &seen, person) {
                Ok(()) => return,
                Err(why) => why,
            },
        };
        self.verdict = Verdict::Failed(format!("the same login without the fault: {why}"));
    }
}

/// What differs from a good service provider, if anything does.
fn judgement(expected: Expected, logout: bool, seen: &Seen, person: &str) -> Result<(), String> {
    let may_close = expected == Expected::RefuseOrClose;
    if let Some(why) = seen.broken.as_ref().filter(|why| !(may_close && *why == CLOSED)) {
        return Err(why.clone());
    }
    if let Some(status) = seen.status.filter(|status| *status >= 500) {
        return Err(format!("status {status}: it fell over"));
    }
    if let Some(why) = &seen.blind {
        return Err(format!("nobody can say who is signed in: {why}"));
    }
    let is_person = matches!(&seen.who, Who::Person(name) if name == person);
    match (expected, logout, &seen.who) {
        (Expected::StayAtHome, _, who) => {
            if *who != Who::Nobody && !is_person {
                return Err(format!("signed in {}", shown(who)));
            }
            let away = seen.sent_to.as_ref().filter(|url| url.host_str() == Some("evil.example"));
            away.map_or(Ok(()), |url| Err(format!("it sent the browser to {url}")))
        }
        (Expected::Accept, false, _) | (Expected::Refuse | Expected::RefuseOrClose, true, _) if is_person => {
            Ok(())
        }
        (Expected::Accept, false, who) => {
            Err(format!("expected {person} to be signed in, got {}", shown(who)))
        }
        (_, false, Who::Nobody) | (Expected::Accept, true, Who::Nobody) => Ok(()),
        (_, false, who) => Err(format!("signed in {}", shown(who))),
        (Expected::Accept, true, who) => Err(format!("the session went on {}", shown(who))),
        (_, true, who) => Err(format!("the session ended, got {}", shown(who))),
    }
}

fn shown(who: &Who) -> String {
    match who {
        Who::Nobody => "nobody".to_owned(),
        Who::Person(name) => format!("as {name}"),
        Who::Unknown => "as somebody whom the directory does not know".to_owned(),
    }
}

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (mark, reason) = match &self.verdict {
            Verdict::Passed => ("ok", String::new()),
            Verdict::Failed(reason) => ("FAIL", format!("; {reason}")),
            Verdict::Skipped(reason) => {
                return write!(f, "--    {:<42} {:<4} {reason}", self.fault.name(), self.fault.class());
            }
        };
        let status = self.status.map_or_else(|| "no answer".to_owned(), |status| format!("status {status}"));
        let who = match &self.who {
            Who::Nobody => "nobody signed in".to_owned(),
            who => format!("signed in {}", shown(who)),
        };
        write!(
            f,
            "{mark:<5} {:<42} {:<4} {:<7} {status}, {who}, {} ms{reason}",
            self.fault.name(),
            self.fault.class(),
            self.fault.expected().name(),
            self.took.as_millis()
        )
    }
}
