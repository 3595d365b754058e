use time::macros::datetime;

use super::*;
use crate::Dialect;

const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

/// Ada as she is served, if a client asks so.
fn served(only: &[&str], without: &[&str]) -> Value {
    let body = json!({
        "userName": "ada", "name": { "givenName": "Ada", "familyName": "B" },
        "emails": [{ "value": "a", "type": "work" }, { "value": "b" }],
        ENTERPRISE: { "department": "R&D", "division": "D" },
    });
    let users = ResourceType::user();
    let resource = Resource::read(body.to_string().as_bytes(), &users, Dialect::Entra).unwrap().resource;
    let document = Document {
        id: "u1",
        version: Version(3),
        created: datetime!(2026-11-30 12:00 UTC),
        last_modified: datetime!(2026-11-30 13:00:00.5 UTC),
        resource: &resource,
        related: Some(&[Related { id: "g1".to_owned(), display: Some("Ops".to_owned()) }]),
    };
    let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    let projection = Projection::new(&names(only), &names(without), &users, Dialect::Strict).unwrap();
    document.to_json(&users, "https://sp.example.com/scim/v2", &projection)
}

fn names(value: &Value) -> Vec<&str> {
    // Other crates of a build may have the order of insertion kept.
    let mut names: Vec<&str> = value.as_object().unwrap().keys().map(String::as_str).collect();
    names.sort_unstable();
    names
}

#[test]
fn a_resource_is_served_with_what_the_server_knows() {
    // [rfc7643 3.1], [rfc7643 4.1], [rfc7643 4.3]
    insta::with_settings!({ sort_maps => true }, { insta::assert_json_snapshot!(served(&[], &[])) });
}

#[test]
fn attributes_choose_what_is_served() {
    // [rfc7644 3.9]
    assert_eq!(names(&served(&["USERNAME"], &[])), ["id", "schemas", "userName"]);
    assert_eq!(names(&served(&["nothing"], &[])), ["id", "schemas"]);
    let part = served(&["name.givenname", "emails.value"], &[]);
    assert_eq!(part["name"], json!({ "givenName": "Ada" }));
    assert_eq!(part["emails"], json!([{ "value": "a" }, { "value": "b" }]));
    assert_eq!(served(&["emails.type"], &[])["emails"], json!([{ "type": "work" }]));
    assert_eq!(
        served(&["name.givenName", "name"], &[])["name"],
        json!({ "givenName": "Ada", "familyName": "B" })
    );
    assert_eq!(served(&[ENTERPRISE], &[])[ENTERPRISE], json!({ "department": "R&D", "division": "D" }));
    let department = format!("{ENTERPRISE}:department");
    assert_eq!(served(&[&department], &[])[ENTERPRISE], json!({ "department": "R&D" }));
}

#[test]
fn excluded_attributes_are_not_served() {
    // [rfc7644 3.9]
    let without = served(&[], &["emails", "meta", "id", "schemas", "groups", "name.familyName"]);
    assert_eq!(names(&without), ["id", "name", "schemas", ENTERPRISE, "userName"]);
    assert_eq!(without["name"], json!({ "givenName": "Ada" }));
    assert_eq!(
        names(&served(&[], &[ENTERPRISE, "name", "emails", "groups", "meta"])),
        ["id", "schemas", "userName"]
    );
    let both = ["userName".to_owned()];
    assert!(Projection::new(&both, &both, &ResourceType::user(), Dialect::Entra).is_err());
    let many = vec!["userName".to_owned(); Projection::MAX_NAMES + 1];
    assert!(Projection::new(&many, &[], &ResourceType::user(), Dialect::Entra).is_err());
}

#[test]
fn members_are_loaded_where_they_are_served() {
    let groups = ResourceType::group();
    let includes = |only: &[&str], without: &[&str]| {
        let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        Projection::new(&names(only), &names(without), &groups, Dialect::Entra).unwrap().includes("members")
    };
    assert!(includes(&[], &[]) && includes(&["members.value"], &[]) && includes(&[], &["members.display"]));
    assert!(!includes(&["displayName"], &[]) && !includes(&[], &["Members"]));
}

#[test]
fn a_group_without_members_says_so() {
    // [rfc7643 4.2]
    let groups = ResourceType::group();
    let resource = Resource::read(br#"{"displayName": "Ops"}"#, &groups, Dialect::Entra).unwrap().resource;
    let made = datetime!(2026-11-30 12:00 UTC);
    let document = |related| Document {
        id: "g1",
        version: Version(1),
        created: made,
        last_modified: made,
        resource: &resource,
        related,
    };
    let base = "https://sp.example.com/scim/v2";
    let json = document(Some(&[])).to_json(&groups, base, &Projection::default());
    assert_eq!(json["members"], json!([]));
    let ada = [Related { id: "u1".to_owned(), display: None }];
    let json = document(Some(&ada)).to_json(&groups, base, &Projection::default());
    assert_eq!(
        json["members"],
        json!([{ "value": "u1", "type": "User", "$ref": format!("{base}/Users/u1") }])
    );
    assert!(document(None).to_json(&groups, base, &Projection::default()).get("members").is_none());
}
