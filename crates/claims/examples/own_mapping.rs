//! Maps what an identity provider says by rules of one's own, with the cases that they are held to.
//!
//! `cargo run -p landfall-claims --example own_mapping`
#![allow(clippy::print_stdout, reason = "an example prints")]

use std::error::Error;

use landfall_claims::{AttributeSet, Mapping};

const RULES: &str = r#"
version = 1

[fields.username]
sources = ["uid", "mail"]

[fields.email]
sources = ["mail"]

[groups]
sources = ["memberOf"]

[roles.groups]
"staff" = ["reader"]
"board" = ["reader", "approver"]

[[tests]]
name = "a member of the board"
attributes = { uid = "ada", memberOf = "board" }
expect = { username = "ada", roles = ["reader", "approver"] }
"#;

fn main() -> Result<(), Box<dyn Error>> {
    let mapping: Mapping = RULES.parse()?;
    let failures = mapping.test();
    if let Some(failure) = failures.first() {
        return Err(format!("a case of the mapping fails: {failure:?}").into());
    }
    let attributes: AttributeSet =
        [("mail", vec!["ada@contoso.example"]), ("memberOf", vec!["staff"])].into_iter().collect();
    let profile = mapping.map(&attributes)?;
    println!("{} may be {:?}", profile.username(), profile.roles());
    if profile.roles() != ["reader"] {
        return Err("expected the role of the staff".into());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #[test]
    fn it_runs() {
        super::main().unwrap();
    }
}
