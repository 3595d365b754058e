use serde_json::{Value, json};

use super::*;
use crate::{Dialect, ErrorKind, Resource, ResourceType, ScimError};

fn read(dialect: Dialect, operations: &Value) -> Result<Patch, ScimError> {
    let body = json!({ "schemas": [Patch::SCHEMA], "Operations": operations });
    Patch::read(body.to_string().as_bytes(), &ResourceType::user(), dialect)
}

fn ada() -> Resource {
    let ada = json!({
        "userName": "ada", "title": "x",
        "emails": [{ "value": "a", "type": "work", "primary": true }, { "value": "b", "type": "home" }],
    });
    Resource::read(ada.to_string().as_bytes(), &ResourceType::user(), Dialect::Entra).unwrap().resource
}

fn applied(dialect: Dialect, operations: &Value) -> Result<Resource, ScimError> {
    let mut resource = ada();
    let before = resource.clone();
    let result = read(dialect, operations)?.apply(&mut resource, &ResourceType::user());
    if let Err(error) = result {
        // All of it, or nothing.
        assert_eq!(resource, before);
        return Err(error);
    }
    Ok(resource)
}

#[track_caller]
fn refused(operation: Value, kind: ErrorKind) {
    let error = applied(Dialect::Strict, &json!([operation])).unwrap_err();
    assert_eq!(error.kind(), kind, "{error}");
}

#[test]
fn what_is_no_patch_is_refused() {
    // [rfc7644 3.5.2]
    let users = ResourceType::user();
    for body in [
        json!({}),
        json!({ "schemas": [Patch::SCHEMA] }),
        json!({ "schemas": [Patch::SCHEMA], "Operations": {} }),
        json!({ "schemas": [Patch::SCHEMA], "Operations": [5] }),
        json!({ "schemas": [Patch::SCHEMA], "Operations": [{ "path": "title", "value": "x" }] }),
        json!({ "schemas": [Patch::SCHEMA], "Operations": [{ "op": "move", "path": "title", "value": "x" }] }),
        json!({ "schemas": [Patch::SCHEMA], "Operations": [{ "op": "add", "OP": "remove", "path": "title" }] }),
        json!({ "schemas": [Patch::SCHEMA], "Operations": [{ "op": "add", "path": 5 }] }),
        json!({ "schemas": [Patch::SCHEMA], "Operations": [], "operations": [] }),
    ] {
        for dialect in Dialect::ALL {
            let error = Patch::read(body.to_string().as_bytes(), &users, dialect).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidSyntax, "{body}");
        }
    }
    let unnamed = json!({ "Operations": [{ "op": "replace", "path": "title", "value": "y" }] }).to_string();
    assert!(Patch::read(unnamed.as_bytes(), &users, Dialect::Strict).is_err());
    assert!(Patch::read(unnamed.as_bytes(), &users, Dialect::Okta).is_ok());
}

#[test]
fn h6_the_strict_dialect_takes_no_form_of_another() {
    // [attack H6], [rfc7644 3.5.2]
    let work = r#"emails[type eq "work"]"#;
    refused(json!({ "op": "Replace", "path": "title", "value": "y" }), ErrorKind::InvalidSyntax);
    refused(json!({ "op": "replace", "path": "active", "value": "False" }), ErrorKind::InvalidValue);
    refused(json!({ "op": "replace", "value": { "name.givenName": "y" } }), ErrorKind::InvalidSyntax);
    refused(json!({ "op": "replace", "path": "shoeSize", "value": 5 }), ErrorKind::InvalidPath);
    refused(json!({ "op": "replace", "path": "manager", "value": "m" }), ErrorKind::InvalidPath);
    refused(
        json!({ "op": "replace", "path": r#"emails[type eq "x"].value"#, "value": "y" }),
        ErrorKind::NoTarget,
    );
    refused(json!({ "op": "remove", "path": r#"emails[type eq "x"]"# }), ErrorKind::NoTarget);
    refused(
        json!({ "op": "remove", "path": "emails", "value": [{ "value": "a" }] }),
        ErrorKind::InvalidSyntax,
    );
    refused(json!({ "op": "remove" }), ErrorKind::NoTarget);
    refused(json!({ "op": "add", "path": "title" }), ErrorKind::InvalidValue);
    refused(json!({ "op": "replace", "value": "x" }), ErrorKind::InvalidValue);
    refused(json!({ "op": "replace", "path": format!("{work}.x"), "value": "y" }), ErrorKind::InvalidPath);
    refused(json!({ "op": "replace", "path": format!("{work}value"), "value": "y" }), ErrorKind::InvalidPath);
    refused(json!({ "op": "replace", "path": "", "value": { "title": "y" } }), ErrorKind::InvalidPath);
    assert_eq!(read(Dialect::Strict, &json!([])).unwrap_err().kind(), ErrorKind::InvalidSyntax);
    let both = json!({ "op": "replace", "value": { "title": "y", "TITLE": "z" } });
    refused(both.clone(), ErrorKind::InvalidSyntax);
    assert!(applied(Dialect::Entra, &json!([both])).is_err());
}

#[test]
fn h6_what_is_no_path_is_refused_in_each_dialect() {
    // [attack H6]
    for path in
        ["emails[", "emails[]", "emails[type]", "title[x pr]", "name[givenName pr]", "a b", "emails]", " "]
    {
        for dialect in Dialect::ALL {
            let error = read(dialect, &json!([{ "op": "replace", "path": path, "value": "x" }])).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidPath, "{path}");
        }
    }
}

#[test]
fn h5_what_is_not_the_clients_is_not_changed() {
    // [attack H5], [rfc7644 3.5.2]
    for name in ["id", "meta", "meta.version", "groups", "schemas"] {
        for op in ["add", "replace", "remove"] {
            let operation = json!({ "op": op, "path": name, "value": null });
            refused(operation.clone(), ErrorKind::Mutability);
            for dialect in [Dialect::Entra, Dialect::Okta] {
                let patch = read(dialect, &json!([operation])).unwrap();
                assert_eq!((patch.operations().len(), patch.ignored()), (0, [name.to_owned()].as_slice()));
            }
        }
    }
    let value = json!([{ "op": "replace", "value": {
        "id": "root", "meta": { "version": "1" }, "groups": [{ "value": "admins" }], "password": "secret", "isAdmin": true,
        "meta.created": "2000-01-01T00:00:00Z", "x[y": 1, "title": "y",
    } }]);
    assert!(applied(Dialect::Strict, &value).is_err());
    let changed = applied(Dialect::Entra, &value).unwrap();
    let mut expected = ada();
    expected.attributes.insert("title".to_owned(), json!("y"));
    assert_eq!(changed, expected);
}

#[test]
fn what_is_required_does_not_go() {
    // [rfc7644 3.5.2]
    for operation in [
        json!({ "op": "remove", "path": "userName" }),
        json!({ "op": "replace", "path": "userName", "value": null }),
        json!({ "op": "replace", "path": "userName", "value": "" }),
    ] {
        for dialect in Dialect::ALL {
            let error =
                applied(dialect, &json!([{ "op": "replace", "path": "title", "value": "y" }, operation]));
            assert_eq!(error.unwrap_err().kind(), ErrorKind::Mutability);
        }
    }
}

#[test]
fn a_new_primary_value_takes_that_from_the_old_one() {
    // [rfc7644 3.5.2]
    let emails = |operation: Value| {
        applied(Dialect::Strict, &json!([operation])).map(|ada| ada.attribute("emails").cloned())
    };
    let added =
        emails(json!({ "op": "add", "path": "emails", "value": [{ "value": "c", "primary": true }] }));
    let values = added.unwrap().unwrap();
    assert_eq!(values.pointer("/0/primary"), Some(&json!(false)));
    assert_eq!(values.pointer("/2/primary"), Some(&json!(true)));
    let set = emails(json!({ "op": "replace", "path": "emails[type eq \"home\"].primary", "value": true }));
    assert_eq!(set.unwrap().unwrap().pointer("/0/primary"), Some(&json!(false)));
    let two = json!([{ "value": "c", "primary": true }, { "value": "d", "primary": true }]);
    assert!(emails(json!({ "op": "add", "path": "emails", "value": two })).is_err());
    assert!(emails(json!({ "op": "replace", "path": "emails.primary", "value": true })).is_err());
}

#[test]
fn what_is_there_is_not_added_again() {
    // [rfc7644 3.5.2.1]
    let again = json!([{ "op": "add", "path": "emails", "value": [{ "value": "b", "type": "home" }] }]);
    let mut resource = ada();
    let changes = read(Dialect::Strict, &again).unwrap().apply(&mut resource, &ResourceType::user()).unwrap();
    assert!(!changes.any() && !changes.has("emails"));
}

#[test]
fn h10_operations_and_values_are_bounded() {
    // [attack H10]
    let operations = |count: usize| {
        read(Dialect::Strict, &json!(vec![json!({ "op": "replace", "path": "title", "value": "x" }); count]))
    };
    assert!(operations(Patch::MAX_OPERATIONS).is_ok());
    assert_eq!(operations(Patch::MAX_OPERATIONS + 1).unwrap_err().kind(), ErrorKind::TooMany);
    let many: Vec<Value> = (0..60).map(|n| json!({ "value": format!("{n}") })).collect();
    let once = json!({ "op": "add", "path": "phoneNumbers", "value": many });
    assert!(applied(Dialect::Strict, &json!([once])).is_ok());
    let others: Vec<Value> = (60..101).map(|n| json!({ "value": format!("{n}") })).collect();
    let twice = json!({ "op": "add", "path": "phoneNumbers", "value": others });
    assert_eq!(applied(Dialect::Strict, &json!([once, twice])).unwrap_err().kind(), ErrorKind::InvalidValue);
}

#[test]
fn no_value_is_in_debug() {
    let patch =
        read(Dialect::Entra, &json!([{ "op": "replace", "path": "title", "value": "secret" }])).unwrap();
    assert_eq!(format!("{:?}", patch.operations()), "[replace title]");
}

fn group(dialect: Dialect, operations: &Value) -> Result<GroupPatch, ScimError> {
    let body = json!({ "schemas": [Patch::SCHEMA], "Operations": operations }).to_string();
    Patch::read(body.as_bytes(), &ResourceType::group(), dialect)?.into_group()
}

/// What is done to the members, as a text.
fn members(dialect: Dialect, operations: &Value) -> Result<String, ErrorKind> {
    let ids = |ids: &[MemberId]| ids.iter().map(MemberId::as_str).collect::<Vec<_>>().join(" ");
    let one = |change: &MemberChange| match change {
        MemberChange::Add(added) => format!("+ {}", ids(added)),
        MemberChange::Remove(gone) => format!("- {}", ids(gone)),
        MemberChange::Replace(all) => format!("= {}", ids(all)),
    };
    let patch = group(dialect, operations).map_err(|error| error.kind())?;
    Ok(patch.members.iter().map(one).collect::<Vec<_>>().join("; "))
}

#[test]
fn h10_members_are_changed_without_loading_them() {
    // [attack H10], [rfc7644 3.5.2.2]
    let entra = |operation: Value| members(Dialect::Entra, &json!([operation])).unwrap();
    assert_eq!(
        entra(
            json!({ "op": "Add", "path": "members", "value": [{ "$ref": null, "value": "U" }, { "value": "V" }] })
        ),
        "+ U V"
    );
    assert_eq!(entra(json!({ "op": "Add", "path": "members", "value": [] })), "");
    assert_eq!(entra(json!({ "op": "Add", "path": "members", "value": { "value": "U" } })), "+ U");
    assert_eq!(entra(json!({ "op": "Add", "value": { "members": [{ "value": "U" }] } })), "+ U");
    assert_eq!(entra(json!({ "op": "Remove", "path": "members", "value": [{ "value": "U" }] })), "- U");
    assert_eq!(entra(json!({ "op": "Remove", "path": "members", "value": { "value": "U" } })), "- U");
    assert_eq!(entra(json!({ "op": "Remove", "path": "members", "value": "U" })), "- U");
    assert_eq!(entra(json!({ "op": "Remove", "path": "members", "value": ["U", "V"] })), "- U V");
    assert_eq!(entra(json!({ "op": "Remove", "path": "members", "value": [] })), "");
    assert_eq!(entra(json!({ "op": "remove", "path": "members[value eq \"U\"]" })), "- U");
    assert_eq!(
        entra(json!({ "op": "remove", "path": "members[value eq \"U\" or value eq \"V\"]" })),
        "- U V"
    );
    assert_eq!(entra(json!({ "op": "remove", "path": "members" })), "= ");
    assert_eq!(entra(json!({ "op": "replace", "path": "members", "value": [{ "value": "U" }] })), "= U");
    assert_eq!(entra(json!({ "op": "replace", "path": "members", "value": [] })), "= ");
    assert_eq!(entra(json!({ "op": "replace", "path": "members", "value": null })), "= ");
    assert_eq!(entra(json!({ "op": "remove", "path": "members", "value": [{ "nothing": 1 }] })), "");
    let strict = json!([
        { "op": "remove", "path": "members[value eq \"U\"]" },
        { "op": "add", "path": "members", "value": [{ "value": "V" }] },
    ]);
    assert_eq!(members(Dialect::Strict, &strict).unwrap(), "- U; + V");
    let value = json!([{ "op": "remove", "path": "members", "value": [{ "value": "U" }] }]);
    assert_eq!(members(Dialect::Strict, &value), Err(ErrorKind::InvalidSyntax));
}

#[test]
fn members_are_added_and_removed_and_nothing_else() {
    let kind = |operation: Value| members(Dialect::Entra, &json!([operation]));
    for path in [
        "members[value eq \"U\" and type eq \"User\"]",
        "members[display eq \"Ada\"]",
        "members[value sw \"U\"]",
        "members[not (value eq \"U\")]",
    ] {
        assert_eq!(kind(json!({ "op": "remove", "path": path })), Err(ErrorKind::InvalidPath), "{path}");
    }
    for path in ["members.value", "members[value eq \"U\"].value", "members[value eq \"U\"]"] {
        assert_eq!(
            kind(json!({ "op": "replace", "path": path, "value": "V" })),
            Err(ErrorKind::Mutability),
            "{path}"
        );
    }
    assert_eq!(kind(json!({ "op": "remove", "path": "members.value" })), Err(ErrorKind::Mutability));
    assert_eq!(
        kind(json!({ "op": "add", "path": "members", "value": [{ "type": "User" }] })),
        Err(ErrorKind::InvalidValue)
    );
    assert_eq!(
        kind(json!({ "op": "add", "path": "members", "value": [{ "value": "G", "type": "Group" }] })),
        Err(ErrorKind::InvalidValue)
    );
}

#[test]
fn h10_members_of_one_request_are_bounded() {
    // [attack H10]
    let of = |count: usize| json!({ "op": "add", "path": "members", "value": (0..count).map(|n| json!({ "value": format!("u{n}") })).collect::<Vec<_>>() });
    assert!(members(Dialect::Entra, &json!([of(crate::MAX_MEMBERS)])).is_ok());
    assert_eq!(members(Dialect::Entra, &json!([of(crate::MAX_MEMBERS + 1)])), Err(ErrorKind::InvalidValue));
    assert_eq!(members(Dialect::Entra, &json!([of(crate::MAX_MEMBERS), of(1)])), Err(ErrorKind::TooMany));
}

#[test]
fn attributes_and_members_of_a_group_are_changed_at_once() {
    let patch = group(
        Dialect::Okta,
        &json!([{ "op": "replace", "value": { "id": "g", "displayName": "New", "members": [{ "value": "U", "display": "Ada" }] } }]),
    );
    let patch = patch.unwrap();
    assert_eq!(format!("{:?}", patch.attributes.operations()), "[replace displayName]");
    assert_eq!(patch.attributes.ignored(), ["id"]);
    assert!(matches!(patch.members.as_slice(), [MemberChange::Replace(all)] if all.len() == 1));
    let body = br#"{"displayName": "Ops", "members": [{"value": "U"}]}"#;
    let mut ops = Resource::read(body, &ResourceType::group(), Dialect::Okta).unwrap().resource;
    assert_eq!(ops.take_members().unwrap().unwrap().len(), 1);
    assert_eq!((ops.take_members().unwrap(), ops.json().len()), (None, 1));
}

/// What a filter describes becomes a value as if it had come in a body [attack H11].
#[test]
fn h11_no_value_is_made_of_a_filter_that_could_not_have_been_sent() {
    let long = "x".repeat(100_000);
    for kind in ["\u{7f}ther", "a\u{0}b", long.as_str()] {
        let path = format!("emails[type eq {}].value", Value::from(kind));
        for op in ["Add", "Replace"] {
            let operation = json!([{ "op": op, "path": path, "value": "x@example.com" }]);
            for dialect in [Dialect::Entra, Dialect::Okta] {
                assert!(applied(dialect, &operation).is_err(), "{op} {kind:.10?}");
            }
        }
    }
    let operation =
        json!([{ "op": "Add", "path": "emails[type eq \"other\"].value", "value": "x@example.com" }]);
    let made = applied(Dialect::Entra, &operation).unwrap();
    assert_eq!(made.attribute("emails").unwrap()[2], json!({ "type": "other", "value": "x@example.com" }));
}
