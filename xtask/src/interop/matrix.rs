//! What came of the cases, one by one and as a table.

/// What came of one case at one peer.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Passed,
    /// As it must be, and what that is: nobody demands it of the peer.
    Named(&'static str),
    /// What came.
    Failed(String),
    /// Why the peer cannot be asked for it.
    Lacks(&'static str),
}

impl Verdict {
    pub(super) fn line(&self, case: &str) -> String {
        match self {
            Self::Passed => format!("ok {case}"),
            Self::Named(what) => format!("ok {case}: {what}"),
            Self::Failed(came) => format!("FAIL {case}: {came}"),
            Self::Lacks(why) => format!("-- {case}: {why}"),
        }
    }

    fn word(&self) -> &'static str {
        match self {
            Self::Passed => "ok",
            Self::Named(what) => what,
            Self::Failed(_) => "FAIL",
            Self::Lacks(_) => "--",
        }
    }
}

/// A peer with its verdicts, in the order of the cases.
pub(super) struct Row {
    peer: &'static str,
    verdicts: Vec<(&'static str, Verdict)>,
}

impl Row {
    /// Of verdicts as they come, each with a line, and then their sum.
    pub(super) fn of(peer: &'static str, verdicts: impl Iterator<Item = (&'static str, Verdict)>) -> Self {
        let verdicts = verdicts.inspect(|(case, verdict)| println!("{}", verdict.line(case)));
        let row = Self { peer, verdicts: verdicts.collect() };
        println!("{}", row.sum());
        row
    }

    pub(super) fn failed(&self) -> usize {
        self.verdicts.iter().filter(|(_, verdict)| matches!(verdict, Verdict::Failed(_))).count()
    }

    /// `NAME: N passed, N failed`.
    pub(super) fn sum(&self) -> String {
        let good = |verdict: &Verdict| matches!(verdict, Verdict::Passed | Verdict::Named(_));
        let passed = self.verdicts.iter().filter(|(_, verdict)| good(verdict)).count();
        format!("{}: {passed} passed, {} failed", self.peer, self.failed())
    }
}

/// A line for each case, a column for each peer.
pub(super) fn table(rows: &[Row]) -> String {
    let cases: Vec<&str> =
        rows.first().map_or_else(Vec::new, |row| row.verdicts.iter().map(|(case, _)| *case).collect());
    let wide = cases.iter().map(|case| case.len()).max().unwrap_or_default();
    let mut lines = vec![format!("{:wide$}", "")];
    lines.extend(cases.iter().map(|case| format!("{case:wide$}")));
    for row in rows {
        let words = row.verdicts.iter().map(|(_, verdict)| verdict.word());
        let words: Vec<&str> = std::iter::once(row.peer).chain(words).collect();
        let column = words.iter().map(|word| word.len()).max().unwrap_or_default();
        for (line, word) in lines.iter_mut().zip(words) {
            line.push_str(&format!("  {word:column$}"));
        }
    }
    lines.iter().map(|line| line.trim_end()).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_has_a_line_for_each_case_and_a_column_for_each_peer() {
        let row =
            |peer, plain, encrypted| Row::of(peer, [("plain", plain), ("encrypted", encrypted)].into_iter());
        let first = row("one", Verdict::Named("taken"), Verdict::Lacks("no"));
        let second = row("another", Verdict::Failed("a page".to_owned()), Verdict::Passed);
        assert_eq!(second.sum(), "another: 1 passed, 1 failed");
        let expected =
            ["           one    another", "plain      taken  FAIL", "encrypted  --     ok"].join("\n");
        assert_eq!(table(&[first, second]), expected);
    }

    #[test]
    fn each_verdict_is_a_line() {
        assert_eq!(Verdict::Passed.line("plain"), "ok plain");
        assert_eq!(Verdict::Named("taken").line("plain"), "ok plain: taken");
        assert_eq!(Verdict::Failed("a page".to_owned()).line("plain"), "FAIL plain: a page");
        assert_eq!(Verdict::Lacks("it cannot").line("plain"), "-- plain: it cannot");
    }
}
