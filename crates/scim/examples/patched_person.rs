//! Takes a person that a directory pushes and a change of it in Entra's dialect, and says what a filter finds.
//!
//! `cargo run -p landfall-scim --example patched_person`
#![allow(clippy::print_stdout, reason = "an example prints")]

use std::error::Error;

use landfall_scim::{Dialect, ListRequest, Patch, Resource, ResourceType};

fn main() -> Result<(), Box<dyn Error>> {
    let (users, dialect) = (ResourceType::user(), Dialect::Entra);
    let pushed = br#"{
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
        "userName": "ada@contoso.example",
        "active": true
    }"#;
    let mut person = Resource::read(pushed, &users, dialect)?.resource;

    // Entra writes operations with capitals and booleans as texts.
    let change = br#"{
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
        "Operations": [{ "op": "Replace", "path": "active", "value": "False" }]
    }"#;
    Patch::read(change, &users, dialect)?.apply(&mut person, &users)?;
    println!("{}", serde_json::to_string_pretty(person.json())?);
    if person.attribute("active") != Some(&serde_json::Value::Bool(false)) {
        return Err("expected that the person is not active any more".into());
    }

    let asked = ListRequest::from_query("filter=userName+eq+%22ADA@contoso.example%22", &users, dialect)?;
    let filter = asked.filter.ok_or("expected a filter")?;
    println!("{filter}");
    Ok(())
}

#[cfg(test)]
mod tests {
    #[test]
    fn it_runs() {
        super::main().unwrap();
    }
}
