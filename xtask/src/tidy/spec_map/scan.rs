//! Which function, of the code or of the tests, a comment belongs to.

use super::citation::{self, Citation};

/// An item in a file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    pub(super) path: String,
    pub(super) item: String,
}

/// One citation.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) citation: Citation,
    pub(super) place: Place,
    pub(super) in_test: bool,
}

/// The citations of one file.
///
/// A comment belongs to the item that it documents, or else to the one that it stands in.
/// Of the functions that only help tests, none is taken.
pub(super) fn scan(path: &str, text: &str) -> Vec<Found> {
    let mut found = Vec::new();
    let mut documentation: Vec<Citation> = Vec::new();
    let mut is_test = false;
    let mut among_tests = path.contains("/tests/") || path.ends_with("/tests.rs");
    let mut item = Item { name: file_name(path), is_test: false };
    for line in text.lines().map(str::trim_start) {
        let mut note = |item: &Item, citation| {
            if item.is_test || !among_tests {
                let place = Place { path: path.to_owned(), item: item.name.clone() };
                found.push(Found { citation, place, in_test: item.is_test });
            }
        };
        if line.starts_with("///") {
            documentation.extend(citation::cited(line));
        } else if line.starts_with("//") {
            citation::cited(line).for_each(|citation| note(&item, citation));
        } else if line == "#[cfg(test)]" {
            among_tests = true;
        } else if line.starts_with("#[test]") || line.starts_with("#[tokio::test") {
            is_test = true;
        } else if let Some(name) = item_name(line) {
            item = Item { name: name.to_owned(), is_test };
            documentation.drain(..).for_each(|citation| note(&item, citation));
            if std::mem::take(&mut is_test) {
                citation::named(name).for_each(|citation| note(&item, citation));
            }
        } else if !line.starts_with('#') {
            // What documents a field or a variant belongs to its type.
            documentation.drain(..).for_each(|citation| note(&item, citation));
        }
    }
    found
}

struct Item {
    name: String,
    is_test: bool,
}

/// The name of the item that begins in this line.
fn item_name(line: &str) -> Option<&str> {
    const BEFORE: &[&str] = &["pub", "pub(crate)", "pub(super)", "async", "unsafe"];
    const KINDS: &[&str] = &["fn", "struct", "enum", "trait", "type", "static", "const"];
    let mut words = line.split_whitespace().skip_while(|word| BEFORE.contains(word));
    let kind = words.next().filter(|word| KINDS.contains(word))?;
    let name = words.next().filter(|word| kind != "const" || *word != "fn").or_else(|| words.next())?;
    name.split(|letter: char| !letter.is_alphanumeric() && letter != '_')
        .next()
        .filter(|name| !name.is_empty())
}

fn file_name(path: &str) -> String {
    path.rsplit('/').next().unwrap_or(path).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scanned(path: &str, text: &str) -> Vec<(String, String, bool)> {
        let found = scan(path, text).into_iter();
        found.map(|found| (found.citation.to_string(), found.place.item, found.in_test)).collect()
    }

    fn row(citation: &str, item: &str, in_test: bool) -> (String, String, bool) {
        (citation.to_owned(), item.to_owned(), in_test)
    }

    #[test]
    fn a_comment_belongs_to_its_item() {
        let text = "\
//! The file [xml 1].
/// Documented [xml 2].
#[must_use]
pub(crate) const fn first<T>() {
    // Inside [xml 3].
}
pub enum Kind {
    /// A variant [xml 4].
    One,
}
#[cfg(test)]
mod tests {
    /// Helps [xml 5].
    fn helps() {}
    /// Tests [xml 6].
    #[test]
    fn a1_it_holds() {
        // And [xml 7].
    }
}
";
        let expected = [
            row("xml 1", "lib.rs", false),
            row("xml 2", "first", false),
            row("xml 3", "first", false),
            row("xml 4", "Kind", false),
            row("xml 6", "a1_it_holds", true),
            row("attack A1", "a1_it_holds", true),
            row("xml 7", "a1_it_holds", true),
        ];
        assert_eq!(scanned("crates/a/src/lib.rs", text), expected);
    }

    #[test]
    fn a_folder_of_tests_holds_no_code() {
        let text = "//! [xml 1]\nfn helps() {\n    // [xml 2]\n}\n#[tokio::test(flavor = \"x\")]\nasync fn e1_replay() {}\n";
        assert_eq!(scanned("crates/a/tests/it.rs", text), [row("attack E1", "e1_replay", true)]);
    }
}
