//! The rules, each as the file that it was taken out of.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};

/// The table of all rules on responses, the one of those that a single confirmation must pass, and those on logout messages.
const TABLES: &[(&str, &str)] = &[
    ("crates/saml/src/rules/mod.rs", "const RULES: &[Rule] = &["),
    ("crates/saml/src/rules/confirmation.rs", "const CLAUSES: &[fn(&Context<'_>) -> Finding] = &["),
    ("crates/saml/src/rules/logout.rs", "const MESSAGE_RULES: &[MessageRule] = &["),
    ("crates/saml/src/rules/logout.rs", "const REQUEST_RULES: &[RequestRule] = &["),
    ("crates/saml/src/rules/logout.rs", "const RESPONSE_RULES: &[ResponseRule] = &["),
];

/// A file without one rule.
#[derive(Debug)]
pub(super) struct Mutant {
    pub(super) name: String,
    pub(super) file: &'static str,
    pub(super) text: String,
}

/// One mutant for each row of each table.
pub(super) fn all(root: &Path) -> Result<Vec<Mutant>> {
    let mut mutants = Vec::new();
    for (file, table) in TABLES {
        let text = fs::read_to_string(root.join(file)).with_context(|| format!("cannot read {file}"))?;
        let rows = rows(&text, table).with_context(|| format!("cannot find `{table}` in {file}"))?;
        if rows.is_empty() {
            bail!("`{table}` in {file} is empty");
        }
        for (name, text) in rows {
            mutants.push(Mutant { name: format!("{name} of {}", word(table)), file, text });
        }
    }
    Ok(mutants)
}

/// The name of each row of a table, and the whole text without that row.
fn rows(text: &str, table: &str) -> Option<Vec<(String, String)>> {
    let (before, rest) = text.split_once(table)?;
    let (body, after) = rest.split_once("];")?;
    let mut rows = Vec::new();
    let mut start = 0;
    let mut depth = 0_u32;
    for (at, letter) in body.char_indices() {
        match letter {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        let last = at + letter.len_utf8() == body.len();
        if (letter == ',' && depth == 0) || last {
            let end = at + letter.len_utf8();
            let (head, row, tail) = (body.get(..start)?, body.get(start..end)?, body.get(end..)?);
            if !row.trim().is_empty() {
                let name = row.trim_end_matches([',', ')', ' ', '\n']).rsplit([' ', '(']).next()?;
                rows.push((name.to_owned(), format!("{before}{table}{head}{tail}];{after}")));
            }
            start = end;
        }
    }
    Some(rows)
}

/// The name of the constant that a table is.
fn word(table: &str) -> &str {
    table.trim_start_matches("const ").split(':').next().unwrap_or(table)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(text: &str) -> Vec<(String, String)> {
        rows(text, "const T: &[R] = &[").unwrap()
    }

    #[test]
    fn each_row_is_taken_away_alone() {
        let text = "a\nconst T: &[R] = &[\n    (\"x\", \"1, 2\", m::x),\n    (\n        \"y\",\n        m::y,\n    ),\n];\nb";
        let [(first, without_first), (second, without_second)] = taken(text).try_into().unwrap();
        assert_eq!((first.as_str(), second.as_str()), ("m::x", "m::y"));
        assert_eq!(
            without_first,
            "a\nconst T: &[R] = &[\n    (\n        \"y\",\n        m::y,\n    ),\n];\nb"
        );
        assert_eq!(without_second, "a\nconst T: &[R] = &[\n    (\"x\", \"1, 2\", m::x),\n];\nb");
    }

    #[test]
    fn a_table_on_one_line_needs_no_last_comma() {
        let [(first, without_first), (second, without_second)] =
            taken("const T: &[R] = &[one, two];").try_into().unwrap();
        assert_eq!((first.as_str(), second.as_str()), ("one", "two"));
        assert_eq!(without_first, "const T: &[R] = &[ two];");
        assert_eq!(without_second, "const T: &[R] = &[one,];");
        assert!(rows("nothing", "const T: &[R] = &[").is_none());
    }
}
