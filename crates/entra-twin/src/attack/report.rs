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

    /// Takes in how often somebody fetched an address that a message named.
    pub(super) fn fetched(&mut self, times: usize) {
        if times > 0 {
            self.verdict = Verdict::Failed("it fetched an address that the message names".to_owned());
        }
    }

    /// Takes in the honest form of the fault.
    pub(super) fn control(&mut self, played: Result<Seen, Stop>, person: &str) {
        let why = match played {
            Err(Stop::Skipped(why)) => why.to_owned(),
            Err(Stop::Broken(why)) => why,
            Ok(seen) => match judgement(Expected::Accept, self.fault.is_logout(), &seen, person) {
                Ok(()) => return,
                Err(why) => why,
            },
        };
        self.verdict =
            Verdict::Failed(format!("without the fault, as {}: {why}", self.fault.honest().name()));
    }
}

/// What differs from a good service provider, if anything does.
fn judgement(expected: Expected, logout: bool, seen: &Seen, person: &str) -> Result<(), String> {
    let may_close = expected == Expected::RefuseOrClose && seen.broken.as_deref() == Some(CLOSED);
    let trouble = if may_close { seen.blindness() } else { seen.trouble() };
    if let Some(why) = trouble {
        return Err(why);
    }
    let is_person = matches!(&seen.who, Who::Person(name) if name == person);
    match (expected, logout, &seen.who) {
        (Expected::StayAtHome, _, who) => {
            if *who != Who::Nobody && !is_person {
                return Err(format!("signed in {}", shown(who)));
            }
            seen.led_away
                .as_ref()
                .map_or(Ok(()), |where_to| Err(format!("it leads the browser to {where_to}")))
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

#[cfg(test)]
mod tests {
    use super::*;

    const SIMON: &str = "B.Simon@contoso.example";

    fn seen(status: u16, who: &str) -> Seen {
        let who = match who {
            "nobody" => Who::Nobody,
            "somebody" => Who::Unknown,
            name => Who::Person(name.to_owned()),
        };
        Seen { status: Some(status), broken: None, blind: None, who, led_away: None }
    }

    #[test]
    fn who_is_signed_in_decides() {
        use Expected::{Accept, Refuse, RefuseOrClose, StayAtHome};
        const LOGIN: bool = false;
        const LOGOUT: bool = true;
        for (expected, kind, who, good) in [
            (Accept, LOGIN, SIMON, true),
            (Accept, LOGIN, "C.Lindqvist@contoso.example", false),
            (Accept, LOGIN, "nobody", false),
            (Accept, LOGIN, "somebody", false),
            (Refuse, LOGIN, "nobody", true),
            (Refuse, LOGIN, SIMON, false),
            (Refuse, LOGIN, "C.Lindqvist@contoso.example", false),
            (Refuse, LOGIN, "somebody", false),
            (RefuseOrClose, LOGIN, "nobody", true),
            (RefuseOrClose, LOGIN, SIMON, false),
            (StayAtHome, LOGIN, "nobody", true),
            (StayAtHome, LOGIN, SIMON, true),
            (StayAtHome, LOGIN, "C.Lindqvist@contoso.example", false),
            (Accept, LOGOUT, "nobody", true),
            (Accept, LOGOUT, SIMON, false),
            (Refuse, LOGOUT, SIMON, true),
            (Refuse, LOGOUT, "nobody", false),
            (Refuse, LOGOUT, "C.Lindqvist@contoso.example", false),
        ] {
            let judged = judgement(expected, kind, &seen(200, who), SIMON);
            assert_eq!(judged.is_ok(), good, "{expected:?}, logout {kind}, {who}: {judged:?}");
        }
    }

    #[test]
    fn an_answer_that_is_none_is_a_failure_whoever_is_signed_in() {
        let judged = |expected, seen: &Seen| judgement(expected, false, seen, SIMON);
        assert_eq!(judged(Expected::Refuse, &seen(499, "nobody")), Ok(()));
        assert!(judged(Expected::Refuse, &seen(500, "nobody")).is_err());
        let broken = |why: &str| Seen::broken(why.to_owned());
        for expected in [Expected::Refuse, Expected::StayAtHome, Expected::RefuseOrClose] {
            assert!(judged(expected, &broken("it hangs")).is_err(), "{expected:?}");
            let closed = judged(expected, &broken(CLOSED));
            assert_eq!(closed.is_ok(), expected == Expected::RefuseOrClose, "{expected:?}");
        }
        let blind = Seen { blind: Some("it hangs".to_owned()), ..seen(403, "nobody") };
        assert!(judged(Expected::Refuse, &blind).is_err());
        let away = Seen { led_away: Some("http://evil.example/x".to_owned()), ..seen(303, "nobody") };
        assert_eq!(judged(Expected::StayAtHome, &seen(303, "nobody")), Ok(()));
        assert!(judged(Expected::StayAtHome, &away).is_err());
        // Who closes the connection at something large still has to say who is signed in.
        let both = Seen { blind: Some("it hangs".to_owned()), ..broken(CLOSED) };
        assert!(judged(Expected::RefuseOrClose, &both).is_err());
    }
}
