//! What came of a run, and how it differs from what was to come.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{self, Display};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

/// What comes of a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome<Text> {
    Passed,
    /// In which way it failed.
    Failed(Text),
    /// Why it was not played.
    LeftOut(Text),
}

/// What came of one run, case by case.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Played(BTreeMap<String, Outcome<String>>);

/// A case that is to be told.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Finding {
    name: String,
    expected: Outcome<String>,
    /// `None` where it was not even named.
    came: Option<Outcome<String>>,
}

impl Played {
    /// Reads what `entra-twin attack --json` prints: an object a case, and the sum.
    pub(super) fn read(said: &str) -> Result<Self> {
        let (mut played, mut sum) = (Self::default(), None);
        for text in said.lines() {
            let object: Value = serde_json::from_str(text).with_context(|| format!("no JSON: {text:?}"))?;
            let word = |name: &str| object.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
            let outcome = match word("verdict").as_str() {
                "passed" => Outcome::Passed,
                "failed" => Outcome::Failed(word("reason")),
                "skipped" => Outcome::LeftOut(word("reason")),
                _ => {
                    let count = |name: &str| object.get(name).and_then(Value::as_u64);
                    sum = Some(["passed", "failed", "skipped"].map(count));
                    continue;
                }
            };
            ensure!(played.0.insert(word("name"), outcome).is_none(), "a case twice: {text}");
        }
        let counted = played.counts().map(|count| Some(count as u64));
        ensure!(sum == Some(counted), "expected a sum of {counted:?}, got {sum:?}");
        ensure!(counted.first() != Some(&Some(0)), "no case passed, not even an honest login");
        Ok(played)
    }

    /// How many passed, failed and were left out.
    fn counts(&self) -> [usize; 3] {
        let count = |is: fn(&Outcome<String>) -> bool| self.0.values().filter(|outcome| is(outcome)).count();
        [
            count(|outcome| matches!(outcome, Outcome::Passed)),
            count(|outcome| matches!(outcome, Outcome::Failed(_))),
            count(|outcome| matches!(outcome, Outcome::LeftOut(_))),
        ]
    }

    pub(super) fn names(&self) -> BTreeSet<String> {
        self.0.keys().cloned().collect()
    }

    /// The cases that did not simply pass, or should not have.
    pub(super) fn found(&self, otherwise: &[(&str, Outcome<&str>)]) -> Vec<Finding> {
        let mut expected: BTreeMap<&str, Outcome<String>> =
            self.0.keys().map(|name| (name.as_str(), Outcome::Passed)).collect();
        expected.extend(otherwise.iter().map(|(name, outcome)| (*name, outcome.owned())));
        let finding = |(name, expected): (&str, Outcome<String>)| Finding {
            name: name.to_owned(),
            expected,
            came: self.0.get(name).cloned(),
        };
        let told = |finding: &Finding| finding.came != Some(Outcome::Passed) || finding.is_wrong();
        expected.into_iter().map(finding).filter(told).collect()
    }

    pub(super) fn sum(&self, name: &str, took: Duration) -> String {
        let [passed, failed, left_out] = self.counts();
        format!(
            "{name:<24} {passed} passed, {failed} failed, {left_out} left out, {:.1} s",
            took.as_secs_f64()
        )
    }
}

impl Outcome<&str> {
    fn owned(self) -> Outcome<String> {
        match self {
            Self::Passed => Outcome::Passed,
            Self::Failed(how) => Outcome::Failed(how.to_owned()),
            Self::LeftOut(why) => Outcome::LeftOut(why.to_owned()),
        }
    }
}

impl<Text: Display> Display for Outcome<Text> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Passed => f.write_str("passed"),
            Self::Failed(how) => write!(f, "failed: {how}"),
            Self::LeftOut(why) => write!(f, "left out: {why}"),
        }
    }
}

impl Finding {
    pub(super) fn is_wrong(&self) -> bool {
        self.came.as_ref() != Some(&self.expected)
    }

    pub(super) fn line(&self) -> String {
        let Self { name, expected, came } = self;
        match came {
            Some(came) if came == expected => format!("  explained  {name} {came}"),
            Some(came) => format!("  FAIL       {name} {came}; expected that it {expected}"),
            None => format!("  FAIL       {name} was not there"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SAID: &str = "\
{\"name\":\"unsigned\",\"verdict\":\"passed\",\"reason\":null}
{\"name\":\"encrypted\",\"verdict\":\"skipped\",\"reason\":\"none\"}
{\"name\":\"guest\",\"verdict\":\"failed\",\"reason\":\"signed in\"}
{\"passed\":1,\"failed\":1,\"skipped\":1}
";

    #[test]
    fn cases_are_counted_and_the_sum_must_agree() {
        let played = Played::read(SAID).unwrap();
        assert_eq!(played.counts(), [1, 1, 1]);
        assert_eq!(
            played.sum("strict", Duration::from_millis(1_250)),
            "strict                   1 passed, 1 failed, 1 left out, 1.2 s"
        );
        for wrong in [
            SAID.replace("\"passed\":1", "\"passed\":2"),
            SAID.replace("\"skipped\":1", "\"skipped\":0"),
            SAID.replace("\"guest\"", "\"unsigned\""),
            SAID.lines().take(3).map(|line| format!("{line}\n")).collect(),
            "{\"passed\":0,\"failed\":0,\"skipped\":0}".to_owned(),
            String::new(),
            "no".to_owned(),
        ] {
            assert!(Played::read(&wrong).is_err(), "{wrong}");
        }
    }

    /// The same cases with the same outcomes, and no others.
    #[test]
    fn a_case_must_go_exactly_as_its_setting_says() {
        const GUEST: (&str, Outcome<&str>) = ("guest", Outcome::Failed("signed in"));
        const ENCRYPTED: (&str, Outcome<&str>) = ("encrypted", Outcome::LeftOut("none"));
        let played = Played::read(SAID).unwrap();
        let wrong = |otherwise: &[(&str, Outcome<&str>)]| -> Vec<String> {
            played.found(otherwise).iter().filter(|it| it.is_wrong()).map(Finding::line).collect()
        };
        assert_eq!(wrong(&[GUEST, ENCRYPTED]), [""; 0]);
        let told: Vec<String> = played.found(&[GUEST, ENCRYPTED]).iter().map(Finding::line).collect();
        assert_eq!(told, ["  explained  encrypted left out: none", "  explained  guest failed: signed in"]);
        for (otherwise, line) in [
            (&[ENCRYPTED][..], "  FAIL       guest failed: signed in; expected that it passed"),
            (&[GUEST], "  FAIL       encrypted left out: none; expected that it passed"),
            (
                &[("guest", Outcome::Failed("it hangs")), ENCRYPTED],
                "  FAIL       guest failed: signed in; expected that it failed: it hangs",
            ),
            (
                &[GUEST, ENCRYPTED, ("unsigned", Outcome::Failed("signed in"))],
                "  FAIL       unsigned passed; expected that it failed: signed in",
            ),
            (&[GUEST, ENCRYPTED, ("no-such", Outcome::Passed)], "  FAIL       no-such was not there"),
        ] {
            assert_eq!(wrong(otherwise), [line]);
        }
    }
}
