//! The page of what people report most: each line names tests that exist, and codes that are known.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use landfall_saml::ENTRA_CODES;

const PAGE: &str = include_str!("../../../../docs/common-problems.md");

/// The cells of each line of the table.
fn rows() -> Vec<Vec<&'static str>> {
    let lines = PAGE.lines().filter(|line| line.starts_with("| ")).skip(1);
    let cells = |line: &'static str| line.trim_matches('|').split(" | ").map(str::trim).collect();
    lines.filter(|line| !line.starts_with("| ---")).map(cells).collect()
}

/// What stands in backticks.
fn quoted(cell: &str) -> Vec<&str> {
    cell.split('`').skip(1).step_by(2).collect()
}

/// The names of all tests in a folder and below it.
fn collect(folder: &Path, found: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            tests_of(&fs::read_to_string(&path).unwrap(), found);
        }
    }
}

/// A function that follows an attribute which makes it a test.
fn tests_of(source: &str, found: &mut BTreeSet<String>) {
    let mut is_test = false;
    for line in source.lines().map(str::trim) {
        is_test |= line == "#[test]" || line.starts_with("#[tokio::test");
        let function = line.strip_prefix("async ").unwrap_or(line).strip_prefix("fn ");
        if let Some((name, _)) = function.and_then(|rest| rest.split_once('(')) {
            if is_test {
                found.insert(name.to_owned());
            }
            is_test = false;
        }
    }
}

#[test]
fn each_test_that_the_page_names_exists() {
    let mut tests = BTreeSet::new();
    for krate in fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/..")).unwrap() {
        for folder in ["src", "tests"].map(|name| krate.as_ref().unwrap().path().join(name)) {
            if folder.is_dir() {
                collect(&folder, &mut tests);
            }
        }
    }
    assert!(tests.len() > 500 && !tests.contains("tests_of"), "{}", tests.len());
    let rows = rows();
    assert!(rows.len() >= 20, "{}", rows.len());
    for row in rows {
        let [seen, _, named] = row.as_slice() else { panic!("three cells, not {row:?}") };
        let named = quoted(named);
        assert!(!named.is_empty(), "no test for {seen}");
        for name in named {
            assert!(tests.contains(name), "there is no test {name}, which the line on {seen} names");
        }
    }
}

#[test]
fn each_code_of_entra_that_the_page_names_is_known() {
    let named: BTreeSet<&str> = PAGE
        .split(|letter: char| !letter.is_ascii_alphanumeric())
        .filter(|word| word.starts_with("AADSTS"))
        .collect();
    assert!(named.len() >= 6, "{named:?}");
    for code in named {
        assert!(ENTRA_CODES.iter().any(|known| known.code == code), "{code}");
    }
}
