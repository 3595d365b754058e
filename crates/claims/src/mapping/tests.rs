mod hostile;
mod written;

use super::*;
use crate::ClaimError;

/// A mapping with these rules beside the user name, which is `uid`.
fn mapping(rules: &str) -> Mapping {
    read(rules).unwrap_or_else(|error| panic!("{error}: {rules}"))
}

fn read(rules: &str) -> Result<Mapping, MappingError> {
    format!("version = 1\nfields.username.sources = [\"uid\"]\n{rules}").parse()
}

fn set(attributes: &[(&str, &[&str])]) -> AttributeSet {
    let uid = [("uid", ["ada"].as_slice())];
    attributes.iter().chain(&uid).map(|(name, values)| (*name, values.iter().copied())).collect()
}

/// What becomes of the values of `a` by a rule of the display name.
#[track_caller]
fn display(rule: &str, values: &[&str]) -> Result<Option<String>, MapError> {
    let mapping = mapping(&format!("fields.display_name = {{ {rule} }}"));
    let profile = mapping.map(&set(&[("a", values), ("b", &["bee"]), ("kind", &["guest"])]))?;
    Ok(profile.display_name().map(str::to_owned))
}

#[track_caller]
fn gives(rule: &str, values: &[&str], expected: &str) {
    assert_eq!(display(rule, values).unwrap().as_deref(), Some(expected), "{rule} of {values:?}");
}

#[track_caller]
fn gives_nothing(rule: &str, values: &[&str]) {
    assert_eq!(display(rule, values).unwrap(), None, "{rule} of {values:?}");
}

#[track_caller]
fn refused(rule: &str, values: &[&str], at: &str, code: &str) {
    let error = display(rule, values).unwrap_err();
    assert_eq!((error.rule.as_str(), error.code()), (at, code), "{rule}: {error}");
}

#[test]
fn the_first_source_with_a_value_counts() {
    gives(r#"sources = ["a", "b"]"#, &["x"], "x");
    gives(r#"sources = ["a", "b"]"#, &[""], "bee");
    gives(r#"sources = ["c", "b"]"#, &["x"], "bee");
    gives_nothing(r#"sources = ["c", "d"]"#, &["x"]);
    gives(r#"sources = ["c", { constant = "nobody" }]"#, &["x"], "nobody");
    refused(r#"sources = ["c", "d"], required = true"#, &["x"], "fields.display_name", "claim.missing");
    let error = display(r#"sources = ["c", "d"], required = true"#, &[]).unwrap_err();
    assert!(error.to_string().contains("the claim `c` or `d` is missing"), "{error}");
}

#[test]
fn every_transform_does_what_its_name_says() {
    let of = |transforms: &str| format!("sources = [\"a\"], transforms = [{transforms}]");
    for (transforms, value, expected) in [
        (r#""lower""#, "ADA", "ada"),
        (r#""upper""#, "straße", "STRASSE"),
        (r#""mail-prefix""#, "ada@x.example@y", "ada"),
        (r#""mail-prefix""#, "ada", "ada"),
        (r#"{ extract = '^CN=([^,]+)' }"#, "CN=Ada L,OU=x", "Ada L"),
        (r#"{ extract = '\d+' }"#, "no 42, 43", "42"),
        (r#"{ replace = '@old\.example$', with = "@new.example" }"#, "ada@old.example", "ada@new.example"),
        (r#"{ replace = '(\w+) (\w+)', with = "${2}_$1" }"#, "Ada Lovelace", "Lovelace_Ada"),
        (r#"{ replace = 'x', with = "y" }"#, "ada", "ada"),
        (r#"{ default = "none" }"#, "ada", "ada"),
        (r#"{ default = "none" }"#, "", "none"),
        (r#"{ extract = 'x' }, { default = "none" }"#, "ada", "none"),
        (r#"{ map = { ada = "Ada L" } }"#, "ada", "Ada L"),
        (r#"{ map = { bob = "Bob" }, others = "keep" }"#, "ada", "ada"),
        (r#"{ split = ";" }, { join = "+" }"#, "a;;b;", "a+b"),
        (r#""upper", { replace = 'A', with = "O" }, "lower""#, "ada", "odo"),
    ] {
        gives(&of(transforms), &[value], expected);
    }
    gives_nothing(&of(r#"{ map = { bob = "Bob" } }"#), &["ada"]);
    gives_nothing(&of(r#"{ map = { ada = "" } }"#), &["ada"]);
    gives_nothing(&of(r#"{ replace = '.', with = "" }"#), &["ada"]);
    gives(&of(r#"{ join = ", " }"#), &["x", "y"], "x, y");
}

#[test]
fn a_source_has_transforms_of_its_own() {
    let rule =
        r#"sources = [{ claim = "a", transforms = [{ extract = '^x(.*)' }] }, "b"], transforms = ["upper"]"#;
    gives(rule, &["xyz"], "YZ");
    gives(rule, &["abc"], "BEE");
}

#[test]
fn a_join_needs_each_of_its_claims() {
    gives(r#"sources = [{ join = ["a", "b"], with = " " }]"#, &["x"], "x bee");
    gives(r#"sources = [{ join = ["a", "b"], with = "" }, "kind"]"#, &[], "guest");
    refused(
        r#"sources = [{ join = ["a", "b"], with = " " }]"#,
        &["x", "y"],
        "fields.display_name.sources[0]",
        "claim.several",
    );
}

#[test]
fn conditions_decide_whether_a_source_is_asked() {
    for (when, holds) in [
        (r#"{ claim = "kind", is = "guest" }"#, true),
        (r#"{ claim = "kind", is = "Guest" }"#, false),
        (r#"{ claim = "kind", is_not = "guest" }"#, false),
        (r#"{ claim = "kind", is_not = "member" }"#, true),
        (r#"{ claim = "kind", matches = '^gu' }"#, true),
        (r#"{ claim = "kind", matches = '^ue' }"#, false),
        (r#"{ claim = "kind", arrived = true }"#, true),
        (r#"{ claim = "kind", arrived = false }"#, false),
        (r#"{ claim = "other", arrived = false }"#, true),
        (r#"{ claim = "other", is_not = "guest" }"#, false),
        (r#"{ claim = "other", matches = '' }"#, false),
        (r#"{ claim = "kind", is = "guest" }, { claim = "b", is = "wasp" }"#, false),
        ("", true),
    ] {
        let rule = format!("sources = [{{ claim = \"a\", when = [{when}] }}, \"b\"]");
        gives(&rule, &["x"], if holds { "x" } else { "bee" });
    }
}

#[test]
fn several_values_are_refused_unless_the_first_counts() {
    refused(r#"sources = ["a"]"#, &["x", "y"], "fields.display_name", "claim.several");
    gives(r#"sources = ["a"], several = "first""#, &["", "x", "y"], "x");
    refused(
        r#"sources = ["a"], transforms = [{ split = "," }]"#,
        &["x,y"],
        "fields.display_name",
        "claim.several",
    );
}

#[test]
fn an_ambiguous_claim_points_at_its_source() {
    let error = mapping(r#"fields.email.sources = ["mail", "e"]"#)
        .map(&set(&[("e", &["x"]), ("https://x.example/e", &["y"])]))
        .unwrap_err();
    assert_eq!((error.rule.as_str(), error.code()), ("fields.email.sources[1]", "claim.ambiguous"));
    assert!(!error.to_string().contains("`x`"), "{error}");
}

const ACCESS: &str = r#"
    [groups]
    sources = ["groups"]
    incomplete = ["groups.link"]
    table = { g1 = "Engineering", g2 = "Operations", g3 = "Operations" }
    [roles]
    sources = ["role"]
    table = { "App.Writer" = ["writer", "reader"], "App.Reader" = ["reader"] }
    groups = { g2 = ["operator"], g9 = ["reader"] }
"#;

#[test]
fn groups_and_roles_come_by_table() {
    let profile = mapping(ACCESS)
        .map(&set(&[("groups", &["g3", "g2", "g9", "g1"]), ("role", &["App.Reader", "App.Writer"])]))
        .unwrap();
    assert_eq!(profile.groups(), &Groups::Listed(vec!["Operations".into(), "Engineering".into()]));
    assert_eq!(profile.roles(), ["reader", "writer", "operator"]);
    let nobody = mapping(ACCESS).map(&set(&[])).unwrap();
    assert_eq!((nobody.groups(), nobody.roles().len()), (&Groups::Listed(vec![]), 0));
}

#[test]
fn a_preview_says_of_each_field_where_its_value_came_from() {
    let mapping = mapping(&format!(
        r#"
        [fields.email]
        sources = ["work", {{ claim = "https://x.example/mail", transforms = ["lower"] }}]
        [fields.last_name]
        sources = ["sn"]
        {ACCESS}"#
    ));
    let attributes =
        set(&[("mail", &["ADA@X.EXAMPLE"]), ("sn", &["a", "b"]), ("role", &["App.Reader", "boss"])]);
    let preview = mapping.preview(&attributes);
    let field = |name: &str| preview.fields().iter().find(|field| field.field == name).unwrap();
    let email = field("email");
    assert_eq!(email.values.as_deref(), Some(["ada@x.example".to_owned()].as_slice()));
    assert_eq!((email.attribute.as_deref(), email.asked.len()), (Some("mail"), 2));
    assert_eq!(
        email.why,
        [
            "sources[0]: `work` did not arrive",
            "sources[1]: `https://x.example/mail` arrived as `mail`, values: 1",
            "sources[1].transforms[0]: lower, 1 in and 1 out",
        ]
    );
    let refused = field("last_name");
    assert_eq!(
        (refused.values.as_ref(), refused.error.as_ref().map(MapError::code)),
        (None, Some("claim.several"))
    );
    assert_eq!(field("roles").why[1], "table: 1 values are in no row and give no role");
    assert_eq!(preview.profile().unwrap_err().rule, "fields.last_name");
    let text = format!("{preview:?}");
    assert!(text.contains("email") && !text.to_lowercase().contains("ada@"), "{text}");
}

#[test]
fn errors_of_claims_keep_their_codes() {
    let missing = ClaimError::Missing { wanted: vec!["a".into()], arrived: vec![] };
    assert_eq!(MapError { rule: "fields.email".into(), why: missing }.code(), "claim.missing");
}
