//! Counts tests while `cargo test` prints them.

use std::fmt;

use anyhow::{Result, bail};

use super::suites::Suites;

/// What ran so far.
pub(super) struct Report {
    names: Suites,
    suites: Vec<Suite>,
}

/// The tests of one program, or of one library's documentation.
struct Suite {
    name: String,
    counts: Counts,
    tests: Vec<Test>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Counts {
    passed: usize,
    failed: usize,
    skipped: usize,
}

struct Test {
    name: String,
    verdict: String,
}

/// What a line said.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Line {
    /// A pass, or a line that frames it.
    Routine,
    /// Anything that a person should see.
    News,
}

impl Line {
    pub(super) fn is_news(&self) -> bool {
        *self == Self::News
    }
}

impl Report {
    pub(super) fn new(names: Suites) -> Self {
        Self { names, suites: Vec::new() }
    }

    /// What is read from now on belongs to this suite.
    pub(super) fn begin(&mut self, name: String) {
        self.suites.push(Suite { name, counts: Counts::default(), tests: Vec::new() });
    }

    /// Reads one line of `cargo test`, both streams merged.
    pub(super) fn read(&mut self, line: &str) -> Line {
        if let Some(name) = self.heading(line) {
            self.begin(name);
            return Line::News;
        }
        let Some(suite) = self.suites.last_mut() else { return Line::News };
        if let Some(counts) = line.strip_prefix("test result: ").and_then(Counts::read) {
            // Documentation has two results: examples compiled together, and each by itself.
            suite.counts = suite.counts.plus(counts);
            return if counts.failed == 0 { Line::Routine } else { Line::News };
        }
        if let Some((name, verdict)) = line.strip_prefix("test ").and_then(|line| line.rsplit_once(" ... ")) {
            suite.tests.push(Test { name: name.to_owned(), verdict: verdict.to_owned() });
            return if verdict == "ok" { Line::Routine } else { Line::News };
        }
        // By the last two, libxmlsec1 and libxml2 say why they refuse, as tests want them to.
        let routine =
            ["running ", "func=xmlSec", "C14N error : "].iter().any(|start| line.starts_with(start));
        if line.is_empty() || routine { Line::Routine } else { Line::News }
    }

    /// The suite that this line of cargo's opens.
    fn heading(&self, line: &str) -> Option<String> {
        let line = line.trim_start();
        if let Some(library) = line.strip_prefix("Doc-tests ") {
            return Some(self.names.documentation(library));
        }
        let (_source, program) = line.strip_prefix("Running ")?.rsplit_once(" (")?;
        Some(self.names.program(program.strip_suffix(')')?))
    }

    pub(super) fn failed(&self) -> usize {
        self.all().failed
    }

    fn all(&self) -> Counts {
        self.suites.iter().fold(Counts::default(), |sum, suite| sum.plus(suite.counts))
    }

    /// # Errors
    /// When a test failed or was skipped, or when none ran.
    pub(super) fn verdict(&self) -> Result<()> {
        match self.all() {
            Counts { passed: 0, failed: 0, .. } => bail!("no test ran"),
            Counts { failed: 0, skipped: 0, .. } => Ok(()),
            Counts { failed: 0, skipped, .. } => {
                bail!("tests that were skipped: {skipped}; a test runs or is removed")
            }
            Counts { failed, .. } => bail!("tests that failed: {failed}"),
        }
    }
}

impl Counts {
    /// Reads `ok. 5 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.00s`.
    fn read(result: &str) -> Option<Self> {
        let (_verdict, counts) = result.split_once(". ")?;
        let count = |what: &str| {
            let mut parts = counts.split("; ").filter_map(|part| part.split_once(' '));
            parts.find(|(_, word)| *word == what)?.0.parse::<usize>().ok()
        };
        let skipped = count("ignored")? + count("filtered out")?;
        Some(Self { passed: count("passed")?, failed: count("failed")?, skipped })
    }

    fn plus(self, other: Self) -> Self {
        Self {
            passed: self.passed + other.passed,
            failed: self.failed + other.failed,
            skipped: self.skipped + other.skipped,
        }
    }
}

/// A table of the suites, the tests of the browser and those that did not pass by name, and a last line to search for.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{:<44} {:>7} {:>7} {:>8}", "suite", "passed", "failed", "skipped")?;
        for suite in self.suites.iter().filter(|suite| suite.counts != Counts::default()) {
            let Counts { passed, failed, skipped } = suite.counts;
            writeln!(f, "{:<44} {passed:>7} {failed:>7} {skipped:>8}", suite.name)?;
            let by_name = suite.name.ends_with(" browser");
            for test in suite.tests.iter().filter(|test| by_name || test.verdict != "ok") {
                writeln!(f, "  {} {}", test.name, test.verdict)?;
            }
        }
        let Counts { passed, failed, skipped } = self.all();
        write!(f, "\ntests: {passed} passed, {failed} failed, {skipped} skipped")
    }
}

#[cfg(test)]
mod tests {
    use super::super::suites::tests::suites;
    use super::*;

    /// What `cargo test` prints, with `edit` done to it.
    fn report(edit: impl Fn(&str) -> String) -> Report {
        let output = "\
   Compiling landfall-saml v0.1.0 (/home/me/landfall/crates/saml)
    Finished `test` profile [unoptimized] target(s) in 1.00s
     Running unittests src/lib.rs (/cache/debug/deps/landfall_saml-01)

running 2 tests
test rules::window ... ok
test rules::audience ... ok

test result: ok. 2 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s

     Running tests/it/main.rs (/cache/debug/deps/it-02)

running 0 tests

test result: ok. 0 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s

     Running tests/browser/main.rs (/cache/debug/deps/browser-05)

running 1 test
test two_tabs ... ok

test result: ok. 1 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 3.00s

   Doc-tests landfall_saml

running 3 tests
test crates/saml/src/lib.rs - (line 3) ... ok
test crates/saml/src/lib.rs - sp (line 9) ... ok
test crates/saml/src/lib.rs - sp (line 12) - compile fail ... ok

test result: ok. 3 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.10s


running 1 test
test crates/saml/src/ids.rs - (line 5) ... ok

test result: ok. 1 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.20s

all doctests ran in 0.50s; merged doctests compilation took 0.30s
";
        let mut report = Report::new(suites());
        for line in edit(output).lines() {
            report.read(line);
        }
        report
    }

    fn verdict(edit: impl Fn(&str) -> String) -> String {
        report(edit).verdict().map_or_else(|error| error.to_string(), |()| "passed".to_owned())
    }

    #[test]
    fn the_table_names_suites_and_the_tests_of_the_browser() {
        let table = report(str::to_owned).to_string();
        let expected = "\
suite                                         passed  failed  skipped
crates/saml lib                                    2       0        0
crates/server browser                              1       0        0
  two_tabs ok
crates/saml doc                                    4       0        0

tests: 7 passed, 0 failed, 0 skipped";
        assert_eq!(table, expected);
        assert_eq!(verdict(str::to_owned), "passed");
    }

    #[test]
    fn a_failed_test_fails_and_is_named() {
        let edit = |output: &str| {
            output
                .replace("rules::window ... ok", "rules::window ... FAILED")
                .replace("ok. 2 passed; 0 failed", "FAILED. 1 passed; 1 failed")
        };
        assert_eq!(verdict(edit), "tests that failed: 1");
        assert!(report(edit).to_string().contains("\n  rules::window FAILED\n"));
    }

    #[test]
    fn a_skipped_test_fails_and_is_named() {
        let edit = |output: &str| {
            output
                .replace("rules::window ... ok", "rules::window ... ignored, slow")
                .replace("2 passed; 0 failed; 0 ignored", "1 passed; 0 failed; 1 ignored")
        };
        assert_eq!(verdict(edit), "tests that were skipped: 1; a test runs or is removed");
        assert!(report(edit).to_string().contains("\n  rules::window ignored, slow\n"));
    }

    #[test]
    fn a_test_that_a_filter_left_out_is_skipped() {
        let edit = |output: &str| {
            output.replace("0 filtered out; finished in 3.00s", "1 filtered out; finished in 3.00s")
        };
        assert_eq!(verdict(edit), "tests that were skipped: 1; a test runs or is removed");
    }

    #[test]
    fn no_test_at_all_is_no_success() {
        assert_eq!(verdict(|_| String::new()), "no test ran");
    }

    #[test]
    fn passes_are_routine_and_the_rest_is_news() {
        let mut report = report(str::to_owned);
        for line in ["", "running 2 tests", "func=xmlSecDSigCtxVerify:file=x", "test a ... ok"] {
            assert_eq!(report.read(line), Line::Routine, "{line}");
        }
        for line in
            ["test a ... FAILED", "thread 'a' panicked", "test a has been running for over 60 seconds"]
        {
            assert_eq!(report.read(line), Line::News, "{line}");
        }
    }
}
