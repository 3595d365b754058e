//! What is declared is what is stored, changed, found and served: for each attribute of the table.

use landfall_scim::{
    Attribute, Dialect, Document, Extension, ExtensionAttribute, Filter, Mutability, Patch, Projection,
    Resource, ResourceType, Type, Version, resource_types, schemas, service_provider_config,
};
use serde_json::{Map, Value, json};
use time::macros::datetime;

const BASE: &str = "https://sp.example.com/scim/v2";

fn types() -> [ResourceType; 2] {
    let declared =
        [Type::String, Type::Boolean, Type::Decimal, Type::Integer, Type::DateTime, Type::Reference];
    let one = declared.map(|kind| ExtensionAttribute::new(format!("one-{}", kind.name()), kind));
    let many =
        declared.map(|kind| ExtensionAttribute::new(format!("many_{}", kind.name()), kind).multi_valued());
    let urn = "urn:example:contoso:2.0:User";
    let extension = Extension::new(urn, "Contoso", [one, many].concat()).unwrap();
    [ResourceType::user().with_extension(extension).unwrap(), ResourceType::group()]
}

/// A value that such an attribute may have.
fn sample(attribute: &Attribute) -> Value {
    let one = match attribute.kind() {
        Type::String | Type::Reference => json!("A value"),
        Type::Boolean => json!(true),
        Type::Decimal => json!(1.5),
        Type::Integer => json!(-7),
        Type::DateTime => json!("2026-11-30T12:00:00Z"),
        Type::Binary => json!("AA=="),
        Type::Complex => {
            let written = |sub: &&Attribute| sub.mutability() != Mutability::ReadOnly;
            let subs = attribute.sub_attributes().iter().filter(written);
            // A member is a user and nothing else.
            subs.map(|sub| {
                (sub.name().to_owned(), if sub.name() == "type" { json!("User") } else { sample(sub) })
            })
            .collect::<Map<_, _>>()
            .into()
        }
    };
    if attribute.is_multi_valued() { json!([one]) } else { one }
}

/// Each attribute of a type: the URN that its name needs, and itself.
fn all(of: &ResourceType) -> Vec<(Option<&str>, &Attribute)> {
    let own = of.schema().attributes().iter().map(|attribute| (None, attribute));
    let others = of
        .extensions()
        .iter()
        .flat_map(|schema| schema.attributes().iter().map(|attribute| (Some(schema.urn()), attribute)));
    own.chain(others).collect()
}

/// A resource that has this attribute.
fn with(of: &ResourceType, urn: Option<&str>, name: &str, value: &Value) -> Value {
    let mut body = json!({ "schemas": [of.schema().urn()], "userName": "ada", "displayName": "Ada" });
    match urn {
        Some(urn) => body[urn] = json!({ name: value }),
        None => body[name] = value.clone(),
    }
    body
}

fn read(of: &ResourceType, body: &Value) -> Resource {
    let mut body = body.clone();
    if of.name() == "Group" {
        body.as_object_mut().unwrap().remove("userName");
    }
    Resource::read(body.to_string().as_bytes(), of, Dialect::Strict)
        .unwrap_or_else(|error| panic!("{body}: {error}"))
        .resource
}

fn served(of: &ResourceType, resource: &Resource, only: &[String]) -> Value {
    let made = datetime!(2026-11-30 12:00 UTC);
    let document = Document {
        id: "1",
        version: Version(1),
        created: made,
        last_modified: made,
        resource,
        related: None,
    };
    document.to_json(of, BASE, &Projection::new(only, &[], of, Dialect::Strict).unwrap())
}

#[test]
fn what_is_declared_is_stored_changed_found_and_served() {
    // [rfc7643 7]
    let mut seen = 0;
    for of in &types() {
        for (urn, attribute) in all(of) {
            if attribute.mutability() == Mutability::ReadOnly {
                continue;
            }
            seen += 1;
            let (name, value) = (attribute.name(), sample(attribute));
            let path = urn.map_or(name.to_owned(), |urn| format!("{urn}:{name}"));
            let place = urn.map_or(format!("/{name}"), |urn| format!("/{urn}/{name}"));

            let mut shouted = with(of, urn, name, &value);
            if urn.is_none() && !["userName", "displayName"].contains(&name) {
                let value = shouted.as_object_mut().unwrap().remove(name).unwrap();
                shouted[name.to_uppercase()] = value;
            }
            let resource = read(of, &shouted);
            let all = served(of, &resource, &[]);
            assert_eq!(all.pointer(&place), Some(&value), "{path} is stored and served");
            assert_eq!(
                served(of, &resource, &[path.to_uppercase()]).pointer(&place),
                Some(&value),
                "{path} is chosen"
            );

            let filter = Filter::parse(&format!("{path} pr"), of, Dialect::Strict).unwrap();
            assert!(filter.matches(all.as_object().unwrap()), "{path} is found");

            let body = json!({ "schemas": [Patch::SCHEMA], "Operations": [{ "op": "replace", "path": path, "value": value }] });
            let mut other =
                read(of, &json!({ "schemas": [of.schema().urn()], "userName": "x", "displayName": "x" }));
            Patch::read(body.to_string().as_bytes(), of, Dialect::Strict)
                .unwrap()
                .apply(&mut other, of)
                .unwrap();
            assert_eq!(served(of, &other, &[]).pointer(&place), Some(&value), "{path} is changed");

            for sub in attribute.sub_attributes() {
                let path = format!("{path}.{}", sub.name());
                let filter = Filter::parse(&format!("{path} pr"), of, Dialect::Strict).unwrap();
                let written = sub.mutability() != Mutability::ReadOnly;
                assert_eq!(filter.matches(all.as_object().unwrap()), written, "{path} is found");
            }
        }
    }
    assert!(seen > 30, "{seen}");
}

#[test]
fn what_is_read_only_is_declared_so_and_cannot_be_written() {
    // [rfc7643 2.2]
    let users = ResourceType::user();
    let read_only: Vec<_> = all(&users)
        .into_iter()
        .filter(|(_, attribute)| attribute.mutability() == Mutability::ReadOnly)
        .collect();
    assert_eq!(read_only.iter().map(|(_, attribute)| attribute.name()).collect::<Vec<_>>(), ["groups"]);
    let groups = json!([{ "value": "admins" }]);
    assert!(read(&users, &with(&users, None, "groups", &groups)).attribute("groups").is_none());
}

#[test]
fn names_are_names_and_no_two_are_one() {
    // [rfc7643 2.1]
    for of in &types() {
        for schema in std::iter::once(of.schema()).chain(of.extensions()) {
            unlike(schema.attributes());
        }
    }
}

fn unlike(attributes: &[Attribute]) {
    for (at, attribute) in attributes.iter().enumerate() {
        assert!(
            attributes.iter().skip(at + 1).all(|other| !other.name().eq_ignore_ascii_case(attribute.name()))
        );
        assert_eq!(
            attribute.kind() == Type::Complex,
            !attribute.sub_attributes().is_empty(),
            "{}",
            attribute.name()
        );
        assert!(!attribute.description().is_empty() || attribute.name().contains(['-', '_']));
        unlike(attribute.sub_attributes());
    }
}

#[test]
fn the_table_is_declared() {
    // [rfc7643 4.1], [rfc7643 4.2], [rfc7643 4.3], [rfc7643 5], [rfc7643 6], [rfc7643 7]
    let types = [ResourceType::user(), ResourceType::group()];
    // Other crates of a build may have the order of insertion kept.
    insta::with_settings!({ sort_maps => true }, {
        insta::assert_json_snapshot!("schemas", schemas(&types, BASE));
        insta::assert_json_snapshot!("resource_types", resource_types(&types, BASE));
        insta::assert_json_snapshot!("service_provider_config", service_provider_config(BASE));
    });
    assert!(!json!(schemas(&types, BASE)).to_string().contains("null"));
}
