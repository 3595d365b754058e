//! The shape of the tree: what stands at the top, what each crate has, how long a file may be.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

/// What stands at the top, besides names that begin with a dot.
const TOP: &[&str] = &[
    "CHANGELOG.md",
    "Cargo.lock",
    "Cargo.toml",
    "LICENSE-APACHE",
    "LICENSE-MIT",
    "README.md",
    "benches",
    "crates",
    "docs",
    "fuzz",
    "xtask",
];

/// What cargo builds here if it is not told another place; version control leaves it out too.
const BUILT: &[&str] = &["target", "fuzz/target"];

/// A file of more lines should be split.
const LONG: usize = 400;

/// A file of more lines must be split.
const TOO_LONG: usize = 600;

/// What the rules look at.
pub(super) struct Tree {
    top: Vec<String>,
    members: Vec<Member>,
    sources: Vec<Source>,
    pages: Vec<Source>,
}

/// A folder that holds a package.
struct Member {
    folder: String,
    manifest: String,
    has_readme: bool,
}

/// A file of Rust, or a page of Markdown.
pub(super) struct Source {
    pub(super) path: String,
    pub(super) text: String,
}

impl Source {
    fn lines(&self) -> usize {
        self.text.lines().count()
    }

    /// Whether a line of it is what a merge writes that leaves the choice to somebody.
    fn has_two_versions(&self) -> bool {
        self.text.lines().any(|line| line.starts_with("<<<<<<< ") || line.starts_with(">>>>>>> "))
    }
}

impl Tree {
    /// # Errors
    /// Names the file or folder that cannot be read.
    pub(super) fn read(root: &Path) -> Result<Self> {
        let mut top = names(root)?;
        top.retain(|name| !BUILT.contains(&name.as_str()));
        let mut folders = vec!["xtask".to_owned(), "benches".to_owned()];
        folders.extend(names(&root.join("crates"))?.into_iter().map(|name| format!("crates/{name}")));
        let mut members = Vec::new();
        for folder in folders {
            let path = root.join(&folder);
            let manifest = read(&path.join("Cargo.toml"))?;
            members.push(Member { folder, manifest, has_readme: path.join("README.md").is_file() });
        }
        let mut sources = Vec::new();
        for folder in ["crates", "xtask", "benches", "fuzz"] {
            collect(root, folder, "rs", &mut sources)?;
        }
        let mut pages = Vec::new();
        for name in &top {
            collect(root, name, "md", &mut pages)?;
        }
        Ok(Self { top, members, sources, pages })
    }

    pub(super) fn sources(&self) -> &[Source] {
        &self.sources
    }

    /// Files that are longer than they should be, each in a sentence.
    pub(super) fn long_files(&self) -> Vec<String> {
        let long = self.sources.iter().filter(|source| (LONG + 1..=TOO_LONG).contains(&source.lines()));
        long.map(|source| {
            format!("{} has {} lines: over {LONG}, split it by noun", source.path, source.lines())
        })
        .collect()
    }

    /// Each broken rule, in a sentence.
    pub(super) fn breaches(&self) -> Vec<String> {
        let mut breaches = Vec::new();
        for name in self.top.iter().filter(|name| !TOP.contains(&name.as_str())) {
            breaches.push(format!("{name} does not belong at the top of the tree"));
        }
        for name in TOP.iter().filter(|name| !self.top.iter().any(|there| there == **name)) {
            breaches.push(format!("{name} is missing at the top of the tree"));
        }
        for member in &self.members {
            if !inherits_lints(&member.manifest) {
                breaches.push(format!("{}/Cargo.toml lacks `[lints] workspace = true`", member.folder));
            }
            if member.folder.starts_with("crates/") && !member.has_readme {
                breaches.push(format!("{}/README.md is missing", member.folder));
            }
        }
        for source in self.sources.iter().filter(|source| source.lines() > TOO_LONG) {
            breaches.push(format!(
                "{} has {} lines: over {TOO_LONG}, split it by noun",
                source.path,
                source.lines()
            ));
        }
        for page in self.pages.iter().filter(|page| page.has_two_versions()) {
            breaches.push(format!("{} has the marks of a merge: choose one of the versions", page.path));
        }
        breaches
    }
}

/// The entries of a folder, in order; names that begin with a dot are left out.
fn names(folder: &Path) -> Result<Vec<String>> {
    let entries = fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))?;
    let mut names = Vec::new();
    for entry in entries {
        let entry = entry.with_context(|| format!("cannot read {}", folder.display()))?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if !name.starts_with('.') {
            names.push(name);
        }
    }
    names.sort();
    Ok(names)
}

/// What has this extension, of a file or of all below a folder.
fn collect(root: &Path, path: &str, extension: &str, found: &mut Vec<Source>) -> Result<()> {
    let full = root.join(path);
    if BUILT.contains(&path) {
        return Ok(());
    }
    if full.is_dir() {
        for name in names(&full)? {
            collect(root, &format!("{path}/{name}"), extension, found)?;
        }
    } else if full.extension().is_some_and(|there| there == extension) {
        found.push(Source { text: read(&full)?, path: path.to_owned() });
    }
    Ok(())
}

fn read(path: &Path) -> Result<String> {
    fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))
}

/// Whether a manifest has `workspace = true` in its table of lints.
fn inherits_lints(manifest: &str) -> bool {
    let mut table = "";
    manifest.lines().map(str::trim).any(|line| {
        if line.starts_with('[') {
            table = line;
        }
        table == "[lints]" && line.replace(' ', "") == "workspace=true"
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const MANIFEST: &str = "[package]\nname = \"landfall-saml\"\n\n[lints]\nworkspace = true\n";

    /// A tree that breaks no rule, but for what `edit` does to it.
    fn tree(edit: impl FnOnce(&mut Tree)) -> Tree {
        let member = |folder: &str| Member {
            folder: folder.to_owned(),
            manifest: MANIFEST.to_owned(),
            has_readme: true,
        };
        let mut tree = Tree {
            top: TOP.iter().map(|name| (*name).to_owned()).collect(),
            members: vec![member("crates/saml"), member("xtask")],
            sources: vec![Source { path: "crates/saml/src/sp.rs".to_owned(), text: "\n".repeat(LONG) }],
            pages: vec![Source { path: "docs/scim.md".to_owned(), text: "# A page\n\n=======\n".to_owned() }],
        };
        edit(&mut tree);
        tree
    }

    #[test]
    fn a_tidy_tree_breaks_no_rule() {
        let tree = tree(|_| ());
        assert_eq!(tree.breaches(), Vec::<String>::new());
        assert_eq!(tree.long_files(), Vec::<String>::new());
    }

    #[test]
    fn the_top_is_exactly_the_list() {
        let more = tree(|tree| tree.top.push("NOTES.md".to_owned()));
        assert_eq!(more.breaches(), ["NOTES.md does not belong at the top of the tree"]);
        let less = tree(|tree| tree.top.retain(|name| name != "README.md"));
        assert_eq!(less.breaches(), ["README.md is missing at the top of the tree"]);
    }

    #[test]
    fn each_package_inherits_the_lints() {
        for manifest in [
            "[package]\n",
            "[lints]\n",
            "[lints]\nworkspace = false\n",
            "[lints]\n[dependencies]\nworkspace = true\n",
        ] {
            let tree = tree(|tree| tree.members[1].manifest = manifest.to_owned());
            assert_eq!(tree.breaches(), ["xtask/Cargo.toml lacks `[lints] workspace = true`"], "{manifest}");
        }
    }

    #[test]
    fn each_crate_has_a_readme_but_a_tool_needs_none() {
        let of_crate = tree(|tree| tree.members[0].has_readme = false);
        assert_eq!(of_crate.breaches(), ["crates/saml/README.md is missing"]);
        let of_tool = tree(|tree| tree.members[1].has_readme = false);
        assert_eq!(of_tool.breaches(), Vec::<String>::new());
    }

    #[test]
    fn a_long_file_warns_and_a_longer_one_is_refused() {
        for (lines, warns, refused) in [
            (LONG, false, false),
            (LONG + 1, true, false),
            (TOO_LONG, true, false),
            (TOO_LONG + 1, false, true),
        ] {
            let tree = tree(|tree| tree.sources[0].text = "\n".repeat(lines));
            assert_eq!(
                (!tree.long_files().is_empty(), !tree.breaches().is_empty()),
                (warns, refused),
                "{lines} lines"
            );
        }
    }

    #[test]
    fn a_page_has_no_marks_of_a_merge() {
        for mark in ["<<<<<<< HEAD", ">>>>>>> other"] {
            let tree = tree(|tree| tree.pages[0].text = format!("one\n{mark}\ntwo\n"));
            assert_eq!(
                tree.breaches(),
                ["docs/scim.md has the marks of a merge: choose one of the versions"]
            );
        }
    }

    #[test]
    fn a_tree_on_disk_is_read_without_what_cargo_builds() {
        let root = tempfile::tempdir().unwrap();
        let files = [
            "Cargo.toml",
            ".gitignore",
            "target/x.rs",
            "xtask/Cargo.toml",
            "benches/Cargo.toml",
            "crates/saml/Cargo.toml",
            "crates/saml/src/sp.rs",
            "crates/saml/src/target/read.rs",
            "fuzz/target/y.rs",
            "fuzz/fuzz_targets/verify.rs",
            "README.md",
            "crates/saml/README.md",
            "target/README.md",
        ];
        for file in files {
            let path = root.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "one\ntwo\n").unwrap();
        }
        let tree = Tree::read(root.path()).unwrap();
        assert_eq!(tree.top, ["Cargo.toml", "README.md", "benches", "crates", "fuzz", "xtask"]);
        let pages: Vec<&str> = tree.pages.iter().map(|page| page.path.as_str()).collect();
        assert_eq!(pages, ["README.md", "crates/saml/README.md"]);
        let folders: Vec<&str> = tree.members.iter().map(|member| member.folder.as_str()).collect();
        assert_eq!(folders, ["xtask", "benches", "crates/saml"]);
        let sources: Vec<(&str, usize)> =
            tree.sources.iter().map(|source| (source.path.as_str(), source.lines())).collect();
        assert_eq!(
            sources,
            [
                ("crates/saml/src/sp.rs", 2),
                ("crates/saml/src/target/read.rs", 2),
                ("fuzz/fuzz_targets/verify.rs", 2)
            ]
        );
    }
}
