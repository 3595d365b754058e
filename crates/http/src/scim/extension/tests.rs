use landfall_scim::Dialect;

use super::*;

const HEAD: &str = "urn = \"urn:contoso:hr:1.0:User\"\nname = \"Contoso\"\n";

fn declared(attributes: &str) -> Result<DeclaredExtension, ExtensionTextError> {
    format!("{HEAD}{attributes}").parse()
}

/// It says this code, the attribute and what to do.
#[track_caller]
fn refused(text: &str, code: &str, says: &[&str]) {
    let error = text.parse::<DeclaredExtension>().unwrap_err();
    assert_eq!(error.code(), code, "{error}");
    for part in says {
        assert!(error.to_string().contains(part), "no {part:?} in {error}");
    }
}

#[test]
fn a_text_says_all_of_an_attribute() {
    let text = r#"
        [[attribute]]
        name = "badge"
        type = "string"
        case_exact = true
        description = "Printed on the badge."

        [[attribute]]
        name = "called"
        type = "string"
        fills = "first_name"

        [[attribute]]
        name = "floors"
        type = "integer"
        multi_valued = true
    "#;
    let declared = declared(text).unwrap();
    let [badge, called, floors] = declared.attributes() else { panic!("{declared:?}") };
    assert_eq!((badge.kind(), badge.is_case_exact(), badge.is_multi_valued()), (Type::String, true, false));
    assert_eq!(badge.description(), "Printed on the badge.");
    assert_eq!((called.is_case_exact(), declared.filled_by("called")), (false, Some(Filled::FirstName)));
    assert_eq!((floors.kind(), floors.is_multi_valued()), (Type::Integer, true));
    assert!(declared.fills(Filled::FirstName) && !declared.fills(Filled::LastName));
    assert_eq!(declared.users().extensions().len(), 2);
    for kind in TYPES {
        let text = format!("{HEAD}[[attribute]]\nname = \"a\"\ntype = \"{}\"", kind.name());
        assert_eq!(text.parse::<DeclaredExtension>().unwrap().attributes()[0].kind(), kind);
    }
}

#[test]
fn an_error_names_the_attribute_and_what_to_do() {
    let one = |lines: &str| format!("{HEAD}[[attribute]]\nname = \"badge\"\n{lines}");
    let string = "type = \"string\"\n";
    let cases = [
        (one(""), "extension.no_type", vec!["attribute badge", "add type = \"string\"", "dateTime"]),
        (one("type = \"text\""), "extension.type", vec!["attribute badge", "\"text\"", "one of string"]),
        (one("type = \"complex\""), "extension.type", vec!["attribute badge", "reference"]),
        (one("type = \"binary\""), "extension.type", vec!["attribute badge"]),
        (one("type = \"boolean\"\ncase_exact = true"), "extension.case_exact", vec!["badge", "leave"]),
        (one(&format!("{string}required = true")), "extension.toml", vec!["line 6", "required", "fills"]),
        (one("type = 7"), "extension.toml", vec!["line 5", "expected a string"]),
        (one("type = \"integer\"\nfills = \"email\""), "extension.fills_no_text", vec!["badge", "email"]),
        (
            one(&format!("{string}multi_valued = true\nfills = \"email\"")),
            "extension.fills_no_text",
            vec!["badge", "one value"],
        ),
        (
            one(&format!(
                "{string}fills = \"email\"\n[[attribute]]\nname = \"mail\"\n{string}fills = \"email\""
            )),
            "extension.filled_twice",
            vec!["badge and mail", "email", "leave"],
        ),
        (
            one(&format!("{string}[[attribute]]\nname = \"BADGE\"\n{string}")),
            "extension.twice",
            vec!["attribute BADGE"],
        ),
        (format!("{HEAD}[[attribute]]\nname = \"a b\"\n{string}"), "extension.name", vec!["a b", "letters"]),
        (format!("{HEAD}[[attribute]]\n{string}"), "extension.toml", vec!["line 3", "`name`"]),
        (HEAD.to_owned(), "extension.count", vec!["1 to 50"]),
        ("name = \"x\"".to_owned(), "extension.toml", vec!["`urn`"]),
        (one(string).replace("Contoso", " "), "extension.no_name", vec!["name = "]),
        (one(string).replace("urn:contoso", "contoso"), "extension.urn", vec!["urn:"]),
        ("urn = ".to_owned(), "extension.toml", vec!["line 1"]),
    ];
    for (text, code, says) in cases {
        refused(&text, code, &says);
    }
}

/// [attack H5]
#[test]
fn h5_nothing_that_counts_can_be_filled_and_no_standard_schema_hidden() {
    for field in
        ["role", "roles", "standing", "user_name", "userName", "active", "external_id", "state", "id"]
    {
        let text = format!("[[attribute]]\nname = \"a\"\ntype = \"string\"\nfills = \"{field}\"");
        let error = declared(&text).unwrap_err();
        assert_eq!(error.code(), "extension.fills", "{field}");
        assert!(error.to_string().contains(&format!("attribute a cannot fill {field:?}")), "{error}");
    }
    for urn in ["schemas:core:2.0:User", "schemas:extension:enterprise:2.0:User"] {
        let text = format!("{HEAD}[[attribute]]\nname = \"active\"\ntype = \"boolean\"");
        refused(
            &text.replace("contoso:hr:1.0:User", &format!("ietf:params:scim:{urn}")),
            "extension.taken",
            &[],
        );
    }
}

#[test]
fn what_fills_a_field_is_a_value_and_never_an_empty_one() {
    let declared =
        declared("[[attribute]]\nname = \"called\"\ntype = \"string\"\nfills = \"first_name\"").unwrap();
    let value = |inside: &str| {
        let body = format!(
            r#"{{"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "a", "urn:contoso:hr:1.0:User": {inside}}}"#
        );
        let resource = Resource::read(body.as_bytes(), declared.users(), Dialect::Strict).unwrap().resource;
        declared.value(Filled::FirstName, &resource).map(str::to_owned)
    };
    assert_eq!(value(r#"{"called": "Countess"}"#).as_deref(), Some("Countess"));
    assert_eq!((value(r#"{"called": ""}"#), value("{}")), (None, None));
}

#[test]
fn a_change_is_told_attribute_by_attribute() {
    let attribute = |name: &str, lines: &str| format!("[[attribute]]\nname = \"{name}\"\n{lines}\n");
    let before = [
        attribute("badge", "type = \"string\""),
        attribute("desk", "type = \"string\""),
        attribute("floor", "type = \"integer\""),
        attribute("cars", "type = \"string\""),
        attribute("same", "type = \"boolean\""),
        attribute("told", "type = \"boolean\""),
    ];
    let after = [
        attribute("badge", "type = \"integer\""),
        attribute("floor", "type = \"integer\"\nmulti_valued = true"),
        attribute("cars", "type = \"string\"\ncase_exact = true\nfills = \"email\""),
        attribute("same", "type = \"boolean\""),
        attribute("told", "type = \"boolean\"\ndescription = \"x\""),
        attribute("new", "type = \"dateTime\""),
    ];
    let (before, after) = (declared(&before.concat()).unwrap(), declared(&after.concat()).unwrap());
    let lines = |changes: Vec<ExtensionChange>| changes.iter().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(
        lines(after.changes_since(Some(&before))),
        [
            "~ badge: string -> integer; what people have of the old type is not served, and goes with the next push",
            "~ floor: integer -> integer, several values",
            "~ cars: string -> string, case exact, fills email",
            "~ told: another description",
            "+ new: dateTime",
            "- desk: what people have of it is kept and not served",
        ]
    );
    let back = lines(before.changes_since(Some(&after)));
    assert!(back[2].starts_with("~ floor: integer, several values -> integer; what people"), "{back:?}");
    assert_eq!(after.changes_since(Some(&after)), []);
    assert_eq!(lines(before.changes_since(None)).len(), 6);
    let text = format!("{HEAD}{}", attribute("a", "type = \"string\""));
    let (one, other): (DeclaredExtension, DeclaredExtension) = (
        text.parse().unwrap(),
        text.replace("hr:1.0", "hr:2.0").replace("Contoso", "Other").parse().unwrap(),
    );
    let changes = lines(other.changes_since(Some(&one)));
    assert!(
        changes[0].starts_with("~ urn: urn:contoso:hr:1.0:User -> urn:contoso:hr:2.0:User"),
        "{changes:?}"
    );
    assert_eq!(changes[1..], ["~ name: Contoso -> Other"]);
}
