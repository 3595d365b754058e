//! Texts: wrong ones, those at their limits, those with test cases, and the manual.

use super::*;

/// The rule at which a text is refused, and what is said of it.
#[track_caller]
fn wrong(rules: &str, at: &str, says: &str) {
    let error = read(rules).expect_err(rules).to_string();
    assert!(error.contains(at) && error.contains(says), "{error}\n for {rules}");
}

#[test]
fn a_wrong_text_says_where() {
    wrong("fields.email.sources = [\n\"x\",\n3]", "line 5", "invalid type: integer");
    wrong("colour = 3", "line 3", "unknown field `colour`");
    wrong("[fields.nickname]\nsources = [\"x\"]", "line 3", "unknown field `nickname`");
    wrong(
        r#"fields.email = { sources = [{ claim = "x", colour = 1 }] }"#,
        "line 3",
        "unknown field `colour`",
    );
    wrong(r#"fields.email.sources = ["x"#, "line 3", "");
    wrong("fields.email.sources = []", "`fields.email.sources`", "expected a source");
    wrong(r#"fields.email.sources = ["a", ""]"#, "`fields.email.sources[1]`", "the name of a claim");
    wrong(r#"fields.email.sources = [{ join = ["a"], with = "" }]"#, "`fields.email.sources[0]`", "join");
    wrong(r#"fields.email.sources = [{ claim = "a", constant = "b" }]"#, "sources[0]`", "one of claim");
    wrong(
        r#"fields.email = { sources = ["a"], transforms = ["shout"] }"#,
        "`fields.email.transforms[0]`",
        "`shout`",
    );
    wrong(
        r#"fields.email = { sources = ["a"], transforms = ["lower", { extract = "(" }] }"#,
        "`fields.email.transforms[1]`",
        "unclosed group",
    );
    wrong(
        r#"fields.email = { sources = ["a"], transforms = [{ replace = "a", with = "$1" }] }"#,
        "`fields.email.transforms[0]`",
        "no group `1`",
    );
    wrong(
        r#"fields.email = { sources = ["a"], transforms = [{ split = ",", join = "," }] }"#,
        "transforms[0]`",
        "one of extract",
    );
    wrong(
        r#"fields.email.sources = [{ claim = "a", when = [{ claim = "b" }] }]"#,
        "`fields.email.sources[0].when[0]`",
        "one of is",
    );
    wrong(r#"roles = { sources = ["a"] }"#, "`roles.table`", "no value is a role by itself");
    wrong(r#"roles = { table = { a = ["b"] } }"#, "`roles.sources`", "a source");
    wrong(r#"roles = { groups = { a = ["b"] } }"#, "`roles.groups`", "[groups]");
    wrong("roles = { sources = [\"a\"], table = { b = [\"x\\u202E\"] } }", "`roles.table.\"b\"`", "U+202E");
    wrong("[[tests]]\nname = \"x\"\nattributes = {}\nexpect = {}", "`tests[0].expect`", "refused");
    assert_eq!(
        "version = 2\nfields.username.sources = [\"a\"]".parse::<Mapping>().unwrap_err(),
        MappingError::Version { got: 2 }
    );
    let error = "version = 1".parse::<Mapping>().unwrap_err().to_string();
    assert!(error.contains("`fields.username`"), "{error}");
}

#[test]
fn a_text_has_limits() {
    let sources = |count: usize| format!("fields.email.sources = [{}]", "\"a\",".repeat(count));
    assert!(read(&sources(limits::LIST)).is_ok());
    wrong(&sources(limits::LIST + 1), "`fields.email.sources`", "at most 32");
    let table = |count: usize| {
        let rows: String = (0..count).map(|row| format!("a{row} = \"b\"\n")).collect();
        format!("[groups]\nsources = [\"a\"]\n[groups.table]\n{rows}")
    };
    assert!(read(&table(limits::TABLE)).is_ok());
    wrong(&table(limits::TABLE + 1), "`groups.table`", "at most 2000");
    let patterns = |count: usize| {
        let step = "{ extract = 'a' },".repeat(count / 2);
        format!(
            "fields.email = {{ sources = [\"a\"], transforms = [{step}] }}\n\
                 fields.last_name = {{ sources = [\"a\"], transforms = [{step}] }}"
        )
    };
    assert!(read(&patterns(limits::PATTERNS)).is_ok());
    wrong(&patterns(limits::PATTERNS + 2), "`fields.email.transforms[15]`", "at most 32");
    wrong(&format!("#{}", "x".repeat(limits::TEXT)), "65", "at most 65536");
    wrong(
        &format!("fields.email.sources = ['{}']", "x".repeat(limits::WORD + 1)),
        "sources[0]`",
        "at most 1024",
    );
}

const CASES: &str = r#"
    [fields.email]
    sources = ["mail"]
    transforms = ["lower"]
    required = true
    [groups]
    sources = ["groups"]
    incomplete = ["link"]

    [[tests]]
    name = "a member"
    attributes = { uid = "ada", mail = "Ada@x.example", groups = ["g1", "g2"] }
    expect = { username = "ada", email = "ada@x.example", last_name = "", groups = ["g1", "g2"], roles = [] }

    [[tests]]
    name = "too many groups"
    attributes = { uid = "ada", mail = "a@x.example", link = "x" }
    expect = { groups = "incomplete" }

    [[tests]]
    name = "nobody"
    attributes = { uid = "ada" }
    expect = { refused = "claim.missing" }
"#;

#[test]
fn test_cases_live_with_the_mapping() {
    let passing = mapping(CASES);
    assert_eq!(passing.test(), []);
    assert_eq!(
        passing.cases().map(|(name, _)| name).collect::<Vec<_>>(),
        ["a member", "too many groups", "nobody"]
    );
    for (from, to, failures) in [
        (
            r#"transforms = ["lower"]"#,
            "",
            vec!["tests[0] `a member`: `fields.email`: expected `ada@x.example`, got `Ada@x.example`"],
        ),
        (
            r#"incomplete = ["link"]"#,
            "",
            vec!["tests[1] `too many groups`: `groups`: expected incomplete, got no value"],
        ),
        (
            r#"refused = "claim.missing""#,
            r#"refused = "claim.several""#,
            vec![
                "tests[2] `nobody`: `fields.email`: expected refused, claim.several, got refused, claim.missing",
            ],
        ),
        (
            "required = true",
            "",
            vec!["tests[2] `nobody`: `tests`: expected refused, claim.missing, got a profile"],
        ),
        (
            r#"sources = ["mail"]"#,
            r#"sources = ["e"]"#,
            vec!["tests[0] `a member`: `fields.email`", "tests[1]"],
        ),
        (r#"["g1", "g2"], roles"#, r#"["g2", "g1"], roles"#, vec!["expected `g2`, `g1`, got `g1`, `g2`"]),
    ] {
        assert!(CASES.contains(from), "{from}");
        let found = mapping(&CASES.replacen(from, to, 1)).test();
        assert_eq!(found.len(), failures.len(), "{found:?}");
        for (found, expected) in found.iter().zip(failures) {
            assert!(found.to_string().contains(expected), "{found}");
        }
    }
}

/// The examples of the manual are mappings, their test cases pass, and each transform does what its row says.
#[test]
fn the_manual_says_what_is() {
    const MANUAL: &str = include_str!("../../../../../docs/mapping.md");
    let whole = MANUAL.split("```toml\n").nth(1).unwrap().split("```").next().unwrap();
    let whole: Mapping = whole.parse().unwrap();
    assert_eq!((whole.test(), whole.cases().len()), (vec![], 3));
    let section = MANUAL.split("### Transforms").nth(1).unwrap().split("\n### ").next().unwrap();
    let quoted = |cell: &str| cell.split('`').skip(1).step_by(2).map(str::to_owned).collect::<Vec<_>>();
    let mut names = Vec::new();
    for row in section.lines().filter(|line| line.starts_with("| `")) {
        let cells: Vec<&str> = row.trim_matches('|').split('|').collect();
        let [transform, before, after] = cells.as_slice() else { panic!("three cells: {row}") };
        let transform = quoted(transform).remove(0);
        let rules = format!("[groups]\nsources = [\"a\"]\ntransforms = [{transform}]");
        let before = quoted(before);
        let set: AttributeSet = [("uid", vec!["ada".to_owned()]), ("a", before)].into_iter().collect();
        let profile = mapping(&rules).map(&set).unwrap();
        assert_eq!(profile.groups(), &Groups::Listed(quoted(after)), "{row}");
        names.push(transform);
    }
    for name in ["lower", "upper", "mail-prefix", "extract", "replace", "default", "split", "join", "map"] {
        assert!(names.iter().any(|transform| transform.contains(name)), "{name}");
    }
}
