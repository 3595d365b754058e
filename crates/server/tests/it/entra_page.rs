//! The page of Entra's codes in `docs/` is the table, written out.

use std::fmt::Write as _;
use std::fs;

use landfall_saml::ENTRA_CODES;

const HEAD: &str = "# What Entra's error codes mean here\n\n\
    This page is the table `ENTRA_CODES` of `landfall-saml`, and a test holds the two together.\n\
    Most codes are shown on Entra's own page and never reach the service; one that does stands in the decision of the login, with what to do.\n\n\
    | Code | What it means | What to do |\n| --- | --- | --- |\n";

/// After a change of the table: `LANDFALL_WRITE_DOCS=1 cargo test -p landfall --test it entra_page`.
#[test]
fn the_page_is_the_table() {
    let mut page = HEAD.to_owned();
    for known in ENTRA_CODES {
        writeln!(page, "| {} | {} | {} |", known.code, known.cause, known.remedy).unwrap();
    }
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/entra-errors.md");
    if std::env::var_os("LANDFALL_WRITE_DOCS").is_some() {
        fs::write(file, &page).unwrap();
    }
    assert_eq!(fs::read_to_string(file).unwrap(), page);
}
