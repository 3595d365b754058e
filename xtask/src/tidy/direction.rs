//! The direction of dependencies: only downward, and siblings never meet.

use anyhow::{Context, Result};
use serde_json::Value;

/// The double of Entra. It plays the other side in tests, so that nothing that is deployed may depend on it.
const DOUBLE: &str = "landfall-entra-twin";

/// Which packages of ours each package may depend on.
const MAY_DEPEND_ON: &[(&str, &[&str])] = &[
    ("landfall-xmldsig", &[]),
    ("landfall-xmldsig-xmlsec", &["landfall-xmldsig"]),
    ("landfall-saml", &["landfall-xmldsig"]),
    ("landfall-claims", &[]),
    ("landfall-scim", &[]),
    ("landfall-accounts", &["landfall-claims"]),
    ("landfall-store", &["landfall-accounts", "landfall-scim"]),
    (
        "landfall-http",
        &["landfall-xmldsig", "landfall-saml", "landfall-claims", "landfall-scim", "landfall-accounts"],
    ),
    ("landfall", DEPLOYED),
    (DOUBLE, &[]),
    ("landfall-differential", &["landfall-xmldsig"]),
    ("landfall-benches", DEPLOYED),
    ("xtask", &[]),
];

/// Every library that the server is composed of.
const DEPLOYED: &[&str] = &[
    "landfall-xmldsig",
    "landfall-xmldsig-xmlsec",
    "landfall-saml",
    "landfall-claims",
    "landfall-scim",
    "landfall-accounts",
    "landfall-store",
    "landfall-http",
];

/// Each dependency that goes the wrong way, in a sentence; from `cargo metadata --no-deps`.
///
/// # Errors
/// When the metadata is not of the form that cargo documents.
pub(super) fn breaches(metadata: &Value) -> Result<Vec<String>> {
    let packages = list(metadata, "packages")?;
    let ours: Vec<&str> = packages.iter().map(|package| text(package, "name")).collect::<Result<_>>()?;
    let mut breaches = Vec::new();
    for package in packages {
        let name = text(package, "name")?;
        let Some((_, allowed)) = MAY_DEPEND_ON.iter().find(|(known, _)| *known == name) else {
            breaches.push(format!(
                "{name} is not in the table of xtask/src/tidy/direction.rs: say what it may depend on"
            ));
            continue;
        };
        for dependency in list(package, "dependencies")? {
            let other = text(dependency, "name")?;
            let in_tests = dependency.get("kind").and_then(Value::as_str) == Some("dev");
            // The double may be compared with anything, and anything may be tested against the double.
            let met_in_tests = in_tests && (name == DOUBLE || other == DOUBLE);
            if ours.contains(&other) && !allowed.contains(&other) && !met_in_tests {
                let kind = if in_tests { "in its tests " } else { "" };
                breaches.push(format!(
                    "{name} {kind}depends on {other}, which the direction of dependencies forbids"
                ));
            }
        }
    }
    Ok(breaches)
}

fn list<'a>(value: &'a Value, field: &str) -> Result<&'a Vec<Value>> {
    value
        .get(field)
        .and_then(Value::as_array)
        .with_context(|| format!("cargo's metadata has no list {field:?}"))
}

fn text<'a>(value: &'a Value, field: &str) -> Result<&'a str> {
    value
        .get(field)
        .and_then(Value::as_str)
        .with_context(|| format!("cargo's metadata has no text {field:?}"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// The workspace as it should be, and one dependency more.
    fn with(package: &str, other: &str, kind: Value) -> Vec<String> {
        let packages: Vec<Value> = MAY_DEPEND_ON
            .iter()
            .map(|(name, allowed)| {
                let mut dependencies: Vec<Value> =
                    allowed.iter().map(|other| json!({ "name": other, "kind": null })).collect();
                dependencies.push(json!({ "name": "time", "kind": null }));
                if *name == package {
                    dependencies.push(json!({ "name": other, "kind": kind }));
                }
                json!({ "name": name, "dependencies": dependencies })
            })
            .collect();
        breaches(&json!({ "packages": packages })).unwrap()
    }

    #[track_caller]
    fn refused(package: &str, other: &str, kind: Value) {
        let breaches = with(package, other, kind);
        assert_eq!(breaches.len(), 1, "{breaches:?}");
        assert!(
            breaches.iter().all(|breach| breach.starts_with(package) && breach.contains(other)),
            "{breaches:?}"
        );
    }

    #[track_caller]
    fn accepted(package: &str, other: &str, kind: Value) {
        assert_eq!(with(package, other, kind), Vec::<String>::new());
    }

    #[test]
    fn what_goes_down_is_accepted() {
        accepted("landfall-saml", "landfall-xmldsig", json!(null));
        accepted("landfall", "landfall-store", json!(null));
    }

    #[test]
    fn what_goes_up_is_refused() {
        refused("landfall-xmldsig", "landfall-saml", json!(null));
        refused("landfall-saml", "landfall-store", json!(null));
        refused("landfall-claims", "landfall-accounts", json!(null));
        refused("landfall-http", "landfall", json!(null));
    }

    #[test]
    fn siblings_never_meet() {
        refused("landfall-http", "landfall-store", json!(null));
        refused("landfall-store", "landfall-http", json!(null));
        refused("landfall-claims", "landfall-saml", json!(null));
    }

    #[test]
    fn build_scripts_and_tests_are_held_to_the_same_table() {
        refused("landfall-saml", "landfall-store", json!("build"));
        refused("landfall-http", "landfall-store", json!("dev"));
        accepted("landfall-http", "landfall-saml", json!("dev"));
    }

    #[test]
    fn the_double_is_for_tests_alone() {
        for package in ["landfall", "landfall-http", "landfall-benches", "xtask"] {
            refused(package, DOUBLE, json!(null));
            refused(package, DOUBLE, json!("build"));
            accepted(package, DOUBLE, json!("dev"));
        }
    }

    #[test]
    fn the_double_shares_no_code_with_what_it_tests() {
        refused(DOUBLE, "landfall-saml", json!(null));
        accepted(DOUBLE, "landfall-saml", json!("dev"));
    }

    #[test]
    fn a_package_that_is_not_in_the_table_is_a_breach() {
        let metadata = json!({ "packages": [{ "name": "landfall-new", "dependencies": [] }] });
        assert!(
            breaches(&metadata)
                .unwrap()
                .iter()
                .all(|breach| breach.starts_with("landfall-new is not in the table"))
        );
        assert_eq!(breaches(&metadata).unwrap().len(), 1);
    }

    #[test]
    fn what_is_not_metadata_is_an_error() {
        assert!(breaches(&json!({ "packages": [] })).is_ok());
        assert!(breaches(&json!({})).is_err());
        assert!(breaches(&json!({ "packages": [{ "name": "xtask" }] })).is_err());
    }
}
