//! `docs/spec-map.md`: each clause and each class of attack, the code that holds it, and its tests.
//!
//! Code and tests cite a clause in a comment, `[saml-core 2.5.1.4]`.
//! Code cites a class of attack, `[attack E2]`, and a test is named after it, `e2_audience`.

mod citation;
mod scan;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::fs;

use anyhow::{Context, Result};

use super::tree::Source;
use crate::workspace::Workspace;
use citation::Citation;
use scan::{Place, scan};

const FILE: &str = "docs/spec-map.md";

const HEAD: &str = "\
# Clauses, code, tests

Written by `cargo xtask spec-map`; `cargo xtask tidy` fails where it is old, where a clause or a class has no test, and where a class has no code.
A clause stands here because code cites it in a comment; its tests are those that cite it too.
A class of attack is one of [attacks.md](attacks.md); its tests are named after it.
That no rule of `landfall-saml` can go unnoticed is shown by `cargo xtask mutate-rules`.
";

/// What is known of all citations.
#[derive(Default)]
pub(crate) struct SpecMap {
    rows: BTreeMap<Citation, Row>,
    /// The classes that `docs/attacks.md` lists.
    classes: BTreeSet<Citation>,
}

#[derive(Default)]
struct Row {
    code: BTreeSet<Place>,
    tests: BTreeSet<Place>,
}

impl SpecMap {
    /// Reads `docs/attacks.md` and every source of the crates.
    pub(super) fn new(attacks: &str, sources: &[Source]) -> Self {
        let mut map = Self { classes: citation::listed(attacks).collect(), ..Self::default() };
        for source in sources.iter().filter(|source| source.path.starts_with("crates/")) {
            for found in scan(&source.path, &source.text) {
                let row = map.rows.entry(found.citation).or_default();
                if found.in_test {
                    row.tests.insert(found.place)
                } else {
                    row.code.insert(found.place)
                };
            }
        }
        map
    }

    /// What lacks its counterpart, each in a sentence.
    pub(super) fn breaches(&self) -> Vec<String> {
        let mut breaches = Vec::new();
        for (citation, row) in &self.rows {
            if row.tests.is_empty() {
                breaches.push(format!("{citation} is cited by {} and by no test", places(&row.code, plain)));
            }
            if row.code.is_empty() {
                breaches.push(format!("{citation} is cited by {} and by no code", places(&row.tests, plain)));
            }
            if citation.is_class() && !self.classes.contains(citation) {
                breaches.push(format!("{citation} is cited, and docs/attacks.md does not list it"));
            }
        }
        let lost = self.classes.iter().filter(|class| !self.rows.contains_key(class));
        breaches.extend(lost.map(|class| format!("{class} has neither code nor test")));
        breaches
    }

    /// The page.
    fn page(&self) -> String {
        let mut page = HEAD.to_owned();
        for (title, classes) in [("Clauses", false), ("Classes of attack", true)] {
            let _ = write!(page, "\n## {title}\n\n| | Code | Tests |\n| --- | --- | --- |\n");
            for (citation, row) in self.rows.iter().filter(|(citation, _)| citation.is_class() == classes) {
                let (code, tests) = (places(&row.code, link), places(&row.tests, link));
                let _ = writeln!(page, "| {citation} | {code} | {tests} |");
            }
        }
        page
    }

    /// Says so if the page in the tree is not the one that would be written.
    pub(super) fn stale(&self, workspace: &Workspace) -> Option<String> {
        let there = fs::read_to_string(workspace.root().join(FILE)).unwrap_or_default();
        (there != self.page()).then(|| format!("{FILE} is old: run `cargo xtask spec-map`"))
    }
}

/// Writes the page.
///
/// # Errors
/// When a source cannot be read or the page cannot be written.
pub(crate) fn run(workspace: &Workspace) -> Result<()> {
    let map = super::spec_map(workspace, &super::tree::Tree::read(workspace.root())?)?;
    fs::write(workspace.root().join(FILE), map.page()).with_context(|| format!("cannot write {FILE}"))?;
    println!("spec-map: {FILE} has {} rows", map.rows.len());
    Ok(())
}

fn places(places: &BTreeSet<Place>, one: fn(&Place) -> String) -> String {
    places.iter().map(one).collect::<Vec<_>>().join(", ")
}

fn plain(place: &Place) -> String {
    format!("{} ({})", place.item, place.path)
}

fn link(place: &Place) -> String {
    format!("[`{}`](../{})", place.item, place.path)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ATTACKS: &str = "| # | Attack |\n| --- | --- |\n| A1 | forged |\n| D1, D2 | entities |\n";

    fn map(code: &str, tests: &str) -> SpecMap {
        let source = |path: &str, text: &str| Source { path: path.to_owned(), text: text.to_owned() };
        SpecMap::new(ATTACKS, &[source("crates/a/src/lib.rs", code), source("crates/a/tests/it.rs", tests)])
    }

    const CODE: &str = "/// Audience [saml-core 2.5.1.4].\nfn audience() {\n    // [attack A1, D1, D2]\n}\n";
    const TESTS: &str =
        "#[test]\nfn a1_forged() {\n    // [saml-core 2.5.1.4]\n}\n#[test]\nfn d1_d2_entities() {}\n";

    #[test]
    fn what_has_code_and_tests_is_in_the_table() {
        let map = map(CODE, TESTS);
        assert!(map.breaches().is_empty(), "{:?}", map.breaches());
        let page = map.page();
        let row = "| saml-core 2.5.1.4 | [`audience`](../crates/a/src/lib.rs) | [`a1_forged`](../crates/a/tests/it.rs) |";
        assert!(page.contains(row), "{page}");
        assert!(
            page.contains("| attack D2 | [`audience`](../crates/a/src/lib.rs) | [`d1_d2_entities`]"),
            "{page}"
        );
    }

    #[test]
    fn what_lacks_a_test_or_code_is_a_breach() {
        let without_test = map(CODE, &TESTS.replace("// [saml-core 2.5.1.4]", "")).breaches();
        assert_eq!(
            without_test,
            ["saml-core 2.5.1.4 is cited by audience (crates/a/src/lib.rs) and by no test"]
        );
        let unnamed = map(CODE, &TESTS.replace("a1_forged", "forged")).breaches();
        assert_eq!(unnamed, ["attack A1 is cited by audience (crates/a/src/lib.rs) and by no test"]);
        let without_code = map(&CODE.replace("A1, ", ""), TESTS).breaches();
        assert_eq!(without_code, ["attack A1 is cited by a1_forged (crates/a/tests/it.rs) and by no code"]);
        let neither = map(&CODE.replace("A1, ", ""), &TESTS.replace("a1_forged", "forged")).breaches();
        assert_eq!(neither, ["attack A1 has neither code nor test"]);
        let unknown = map(&CODE.replace("A1, ", "A1, A9, "), &TESTS.replace("a1_", "a1_a9_")).breaches();
        assert_eq!(unknown, ["attack A9 is cited, and docs/attacks.md does not list it"]);
    }
}
