//! `landfall mapping`: from the text of a preset to rules that count.

use super::{Ended, Folder};

const RULES: &str = r#"version = 1
[fields]
username = { sources = ["username"] }
email = { sources = ["work", "email"], transforms = ["lower"] }
[groups]
sources = ["groups"]
[roles]
groups = { g1 = ["writer"] }
[[tests]]
name = "a member"
attributes = { username = "ada", email = "Ada@X.example", groups = ["g1"] }
expect = { email = "ada@x.example", roles = ["writer"] }
"#;

/// It failed, whatever it printed before.
#[track_caller]
fn fails(ended: &Ended, parts: &[&str]) {
    assert_eq!(ended.status.code(), Some(1), "{}{}", ended.out, ended.err);
    assert!(ended.err.starts_with("landfall: "), "{}", ended.err);
    for part in parts {
        assert!(ended.err.contains(part), "no {part:?} in {}", ended.err);
    }
}

fn apply<'a>(rest: &[&'a str]) -> Vec<&'a str> {
    [&["mapping", "apply", "contoso-entra", "m.toml"], rest].concat()
}

#[test]
fn a_preset_is_shown_changed_tested_and_applied() {
    let folder = Folder::with_contoso();
    let shown = folder.run(&["mapping", "show", "contoso-entra"]);
    assert!(shown.out.starts_with("# The four claims") && shown.err.contains("--base 0"), "{}", shown.err);
    folder.write("preset.toml", &shown.out);
    folder.succeeds(&["mapping", "test", "preset.toml"]);

    folder.write("m.toml", RULES);
    assert_eq!(
        folder.succeeds(&["mapping", "test", "m.toml"]),
        "m.toml is a mapping, and its test cases pass: 1\n"
    );
    let said = folder.succeeds(&apply(&[]));
    assert_eq!(said, "contoso-entra: the mapping is own, version 1; test cases that passed: 1\n");
    let shown = folder.run(&["mapping", "show", "contoso-entra"]);
    assert_eq!(shown.out, RULES);
    assert!(shown.err.contains("version 1, applied 20") && shown.err.contains("--base 1"), "{}", shown.err);
    assert!(folder.succeeds(&["connection", "show", "contoso-entra"]).contains("own, version 1"));

    folder.write("m.toml", RULES.replace("\"lower\"", "\"upper\""));
    fails(&folder.run(&apply(&["--base", "1"])), &["test cases do not pass"]);
    let ended = folder.run(&["mapping", "test", "m.toml"]);
    fails(&ended, &["test cases do not pass"]);
    assert!(
        ended
            .out
            .contains("tests[0] `a member`: `fields.email`: expected `ada@x.example`, got `ADA@X.EXAMPLE`")
    );
    folder.write("m.toml", RULES.replace("\"lower\"", "\"louder\""));
    folder.run(&apply(&["--base", "1"])).failed(&[
        "m.toml is no mapping",
        "`fields.email.transforms[0]`",
        "`louder`",
    ]);
    folder.write("m.toml", format!("{RULES}colour = 1\n"));
    folder.run(&apply(&["--base", "1"])).failed(&["line 13", "`colour`"]);
    assert_eq!(folder.run(&["mapping", "show", "contoso-entra"]).out, RULES, "nothing of it was taken");
}

#[test]
fn the_second_of_two_operators_is_told_what_the_first_has_changed() {
    let folder = Folder::with_contoso();
    folder.write("m.toml", RULES);
    folder.succeeds(&apply(&[]));
    folder.write("m.toml", RULES.replace("\"work\", ", ""));
    folder.succeeds(&apply(&["--base", "1"]));
    folder.write("m.toml", RULES.replace("g1 =", "g2 =").replace("\"g1\"", "\"g2\""));
    let ended = folder.run(&apply(&["--base", "1"]));
    fails(&ended, &["version 2 by now", "version 1", "--base 2"]);
    for part in [
        "since version 1",
        "- email = { sources = [\"work\", \"email\"]",
        "+ email = { sources = [\"email\"]",
    ] {
        assert!(ended.out.contains(part), "{part}: {}", ended.out);
    }
    folder.run(&apply(&[])).failed(&["version 2 by now", "the preset", "--base 2"]);
    folder.succeeds(&apply(&["--base", "2"]));
    assert_eq!(folder.succeeds(&["mapping", "show", "contoso-entra", "--version", "1"]), RULES);
    folder.run(&["mapping", "show", "contoso-entra", "--version", "9"]).failed(&["no version 9", "1, 2, 3"]);
}

#[test]
fn a_preview_says_value_source_and_why() {
    let folder = Folder::with_contoso();
    folder.write("m.toml", RULES);
    folder.write("a.json", r#"{ "username": "ada", "email": ["Ada@X.example"], "groups": ["g1", "g2"] }"#);
    let preview = |rest: &[&str]| folder.run(&[&["mapping", "preview", "contoso-entra"], rest].concat());
    let by_file = preview(&["--attributes", "a.json", "--mapping", "m.toml"]);
    assert!(by_file.status.success(), "{}", by_file.err);
    for part in [
        "email: ada@x.example, from email\n",
        "    sources[0]: `work` did not arrive\n",
        "    transforms[0]: lower, 1 in and 1 out\n",
        "groups: g1, g2, from groups\n",
        "roles: writer, by the mapping itself\n",
    ] {
        assert!(by_file.out.contains(part), "{part}: {}", by_file.out);
    }
    folder.write("a.json", "{ \"username\": \"a\\u202eda\", \"email\": \"e\" }");
    let refused = preview(&["--attributes", "a.json"]);
    fails(&refused, &["the person is refused, claim.invisible", "`fields.username`", "U+202E"]);
    assert!(refused.out.contains("username: refused, claim.invisible"), "{}", refused.out);
    assert!(!refused.out.contains('\u{202e}'));
    folder.write("a.json", "[1]");
    preview(&["--attributes", "a.json"]).failed(&["a.json", "a JSON object"]);
    assert_eq!(preview(&[]).status.code(), Some(2), "one of --attributes and --trace");
    preview(&["--trace", "0123456789abcdef"]).failed(&["trace list"]);
}
