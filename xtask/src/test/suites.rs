//! Which test program belongs to which part of the workspace.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde_json::Value;

/// Names of suites, by the program that cargo says it runs.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Suites {
    /// `crates/store it` → its program.
    paths: BTreeMap<String, PathBuf>,
    /// `landfall_saml-0123abcd` → `crates/saml lib`.
    programs: BTreeMap<String, String>,
    /// `landfall_saml` → `crates/saml`.
    libraries: BTreeMap<String, String>,
}

impl Suites {
    /// Reads what `cargo test --no-run --message-format json` prints.
    ///
    /// # Errors
    /// When a line is not JSON.
    pub(super) fn read(messages: &str, root: &Path) -> Result<Self> {
        let mut suites = Self::default();
        for message in messages.lines() {
            let message: Value =
                serde_json::from_str(message).context("cargo printed a message that is not JSON")?;
            let text = |pointer: &str| message.pointer(pointer).and_then(Value::as_str);
            let (Some(manifest), Some(name), Some(kind)) =
                (text("/manifest_path"), text("/target/name"), text("/target/kind/0"))
            else {
                continue;
            };
            // What lies elsewhere is a dependency.
            let Ok(inside) = Path::new(manifest).strip_prefix(root) else { continue };
            let folder = inside.parent().unwrap_or(inside).display().to_string();
            if kind == "lib" {
                suites.libraries.insert(name.to_owned(), folder.clone());
            }
            if let Some((path, program)) = text("/executable")
                .map(Path::new)
                .and_then(|path| path.file_name().map(|program| (path, program)))
            {
                let part = match kind {
                    "lib" => "lib".to_owned(),
                    "test" => name.to_owned(),
                    other => format!("{other} {name}"),
                };
                let suite = format!("{folder} {part}");
                suites.paths.insert(suite.clone(), path.to_owned());
                suites.programs.insert(program.to_string_lossy().into_owned(), suite);
            }
        }
        Ok(suites)
    }

    /// The suite of this program, by its path.
    pub(super) fn program(&self, path: &str) -> String {
        let name = Path::new(path).file_name().map(|name| name.to_string_lossy().into_owned());
        name.and_then(|name| self.programs.get(&name).cloned()).unwrap_or_else(|| path.to_owned())
    }

    /// The program of a suite.
    ///
    /// # Errors
    /// When there is no such suite.
    pub(super) fn path(&self, suite: &str) -> Result<&Path> {
        self.paths.get(suite).map(PathBuf::as_path).with_context(|| format!("there is no suite {suite}"))
    }

    /// The suite of the examples in this library's documentation.
    pub(super) fn documentation(&self, library: &str) -> String {
        format!("{} doc", self.libraries.get(library).map_or(library, String::as_str))
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    const MESSAGES: &str = r#"{"reason":"compiler-artifact","manifest_path":"/home/me/landfall/crates/saml/Cargo.toml","target":{"kind":["lib"],"name":"landfall_saml"},"executable":null}
{"reason":"compiler-artifact","manifest_path":"/home/me/landfall/crates/saml/Cargo.toml","target":{"kind":["lib"],"name":"landfall_saml"},"executable":"/cache/debug/deps/landfall_saml-01"}
{"reason":"compiler-artifact","manifest_path":"/home/me/landfall/crates/saml/Cargo.toml","target":{"kind":["test"],"name":"it"},"executable":"/cache/debug/deps/it-02"}
{"reason":"compiler-artifact","manifest_path":"/home/me/landfall/crates/http/Cargo.toml","target":{"kind":["test"],"name":"it"},"executable":"/cache/debug/deps/it-03"}
{"reason":"compiler-artifact","manifest_path":"/home/me/landfall/crates/server/Cargo.toml","target":{"kind":["bin"],"name":"landfall"},"executable":"/cache/debug/deps/landfall-04"}
{"reason":"compiler-artifact","manifest_path":"/home/me/landfall/crates/server/Cargo.toml","target":{"kind":["test"],"name":"browser"},"executable":"/cache/debug/deps/browser-05"}
{"reason":"compiler-artifact","manifest_path":"/registry/time/Cargo.toml","target":{"kind":["lib"],"name":"time"},"executable":null}
{"reason":"build-finished","success":true}
"#;

    pub(crate) fn suites() -> Suites {
        Suites::read(MESSAGES, Path::new("/home/me/landfall")).unwrap()
    }

    #[test]
    fn two_programs_of_one_name_are_two_suites() {
        assert_eq!(suites().program("/cache/debug/deps/it-02"), "crates/saml it");
        assert_eq!(suites().program("target/debug/deps/it-03"), "crates/http it");
        assert_eq!(suites().path("crates/http it").unwrap(), Path::new("/cache/debug/deps/it-03"));
        assert!(suites().path("crates/store it").is_err());
    }

    #[test]
    fn units_are_named_by_what_they_are_compiled_into() {
        assert_eq!(suites().program("/cache/debug/deps/landfall_saml-01"), "crates/saml lib");
        assert_eq!(suites().program("/cache/debug/deps/landfall-04"), "crates/server bin landfall");
    }

    #[test]
    fn documentation_is_named_by_its_folder() {
        assert_eq!(suites().documentation("landfall_saml"), "crates/saml doc");
    }

    #[test]
    fn what_is_not_known_keeps_its_own_name() {
        assert_eq!(suites().program("/cache/debug/deps/new-09"), "/cache/debug/deps/new-09");
        assert_eq!(suites().documentation("new"), "new doc");
    }

    #[test]
    fn a_message_that_is_not_json_is_an_error() {
        assert!(Suites::read("{\"reason\":\"build-finished\"}\n", Path::new("/")).is_ok());
        assert!(Suites::read("reason\n", Path::new("/")).is_err());
    }
}
