//! What holds for every filter, path and PATCH.

use landfall_scim::{Dialect, Filter, MemberChange, MemberId, Patch, Path, Resource, ResourceType};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

fn text() -> impl Strategy<Value = String> {
    prop_oneof![Just("work".to_owned()), Just("a".to_owned()), "[a-zA-Z \"\\\\\u{e9}\u{df}\\]()]{0,8}"]
}

fn quoted(text: String) -> String {
    Value::String(text).to_string()
}

/// A comparison of something that has this name.
fn comparison(names: &'static [&'static str]) -> impl Strategy<Value = String> {
    let operator = prop::sample::select(&["eq", "Ne", "co", "SW", "ew", "gt", "ge", "lt", "le"]);
    prop_oneof![
        (prop::sample::select(names), operator, text())
            .prop_map(|(name, operator, text)| format!("{name} {operator} {}", quoted(text))),
        prop::sample::select(names).prop_map(|name| format!("{name} PR")),
        prop::sample::select(names).prop_map(|name| format!("{name} eq null")),
    ]
}

fn tree(leaf: impl Strategy<Value = String> + 'static) -> impl Strategy<Value = String> {
    leaf.prop_recursive(4, 20, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 2..4).prop_map(|parts| parts.join(" AND ")),
            prop::collection::vec(inner.clone(), 2..4).prop_map(|parts| parts.join(" or  ")),
            inner.clone().prop_map(|inner| format!("not({inner})")),
            inner.prop_map(|inner| format!("( {inner} )")),
        ]
    })
}

fn value_filter() -> impl Strategy<Value = String> {
    tree(prop_oneof![
        comparison(&["type", "VALUE", "display"]),
        any::<bool>().prop_map(|value| format!("primary eq {value}"))
    ])
}

fn filter() -> impl Strategy<Value = String> {
    tree(prop_oneof![
        4 => comparison(&["userName", "NAME.givenName", "emails", "emails.type", "externalId",
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department"]),
        1 => any::<bool>().prop_map(|value| format!("active eq {value}")),
        1 => (0i64..4_000_000_000).prop_map(|at| {
            let moment = time::OffsetDateTime::from_unix_timestamp(at).unwrap();
            format!("meta.created ge \"{}\"", moment.format(&time::format_description::well_known::Rfc3339).unwrap())
        }),
        2 => value_filter().prop_map(|inner| format!("emails[{inner}]")),
    ])
}

fn path() -> impl Strategy<Value = String> {
    prop_oneof![
        prop::sample::select(
            &[
                "title",
                "NAME",
                "name.familyName",
                "emails",
                "emails.display",
                "active",
                "roles",
                "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager",
                "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department"
            ][..]
        )
        .prop_map(str::to_owned),
        (value_filter(), prop::sample::select(&["", ".value", ".TYPE", ".primary"]))
            .prop_map(|(filter, sub)| format!("emails[{filter}]{sub}")),
        text().prop_map(|kind| format!("phoneNumbers[type eq {}].value", quoted(kind))),
    ]
}

fn email() -> impl Strategy<Value = Value> {
    (text(), prop::option::of(text())).prop_map(|(value, kind)| json!({ "value": value, "type": kind }))
}

fn resource() -> impl Strategy<Value = Resource> {
    (text(), prop::option::of(text()), prop::collection::vec(email(), 0..4), any::<bool>(), 0usize..5).prop_map(
        |(title, given, mut emails, active, primary)| {
            if let Some(Value::Object(email)) = emails.get_mut(primary) {
                email.insert("primary".to_owned(), json!(true));
            }
            let body = json!({
                "userName": "ada", "title": title, "name": { "givenName": given, "familyName": "B" }, "emails": emails,
                "active": active, "roles": [{ "value": "r" }], ENTERPRISE: { "department": "d", "division": "v" },
            });
            Resource::read(body.to_string().as_bytes(), &ResourceType::user(), Dialect::Okta).unwrap().resource
        },
    )
}

/// A value that may fit.
fn value() -> impl Strategy<Value = Value> {
    prop_oneof![
        text().prop_map(Value::from),
        any::<bool>().prop_map(Value::from),
        Just(Value::Null),
        Just(json!([])),
        email(),
        prop::collection::vec(email(), 1..3).prop_map(Value::from),
        text().prop_map(|text| json!({ "givenName": text })),
    ]
}

/// Every attribute of a resource by its path, those of extensions apart.
fn flat(attributes: &Map<String, Value>) -> Map<String, Value> {
    let mut flat = Map::new();
    for (name, value) in attributes {
        match value {
            Value::Object(inside) if name.contains(':') => {
                flat.extend(inside.iter().map(|(inner, value)| (format!("{name}:{inner}"), value.clone())));
            }
            value => drop(flat.insert(name.clone(), value.clone())),
        }
    }
    flat
}

fn without_primary(value: &Value) -> Value {
    let mut value = value.clone();
    if let Value::Object(object) = &mut value {
        object.remove("primary");
    }
    value
}

/// An operation on the members of a group.
fn membership() -> impl Strategy<Value = Value> {
    let ids = prop::collection::vec(0..6, 0..4);
    (prop::sample::select(&["Add", "Remove", "Replace", "remove"]), ids, any::<bool>()).prop_map(
        |(op, ids, by_filter)| {
            let value: Vec<Value> = ids.iter().map(|id| json!({ "value": format!("u{id}") })).collect();
            let filter: Vec<String> = ids.iter().map(|id| format!("value eq \"u{id}\"")).collect();
            match op {
                "Remove" | "remove" if by_filter && !ids.is_empty() => {
                    json!({ "op": op, "path": format!("members[{}]", filter.join(" or ")) })
                }
                op => json!({ "op": op, "path": "members", "value": value }),
            }
        },
    )
}

/// What a store does with these changes.
fn kept(before: &[&str], changes: &[MemberChange]) -> Vec<String> {
    let texts = |ids: &[MemberId]| ids.iter().map(|id| id.as_str().to_owned()).collect::<Vec<_>>();
    let mut members: Vec<String> = before.iter().map(|id| (*id).to_owned()).collect();
    for change in changes {
        match change {
            MemberChange::Add(ids) => members.extend(texts(ids)),
            MemberChange::Remove(ids) => members.retain(|member| !texts(ids).contains(member)),
            MemberChange::Replace(ids) => members = texts(ids),
        }
    }
    members.sort();
    members.dedup();
    members
}

proptest! {
    #[test]
    fn changes_of_members_do_what_the_whole_group_would_become(operations in prop::collection::vec(membership(), 1..5)) {
        let groups = ResourceType::group();
        let body = json!({ "schemas": [Patch::SCHEMA], "Operations": operations }).to_string();
        let patch = Patch::read(body.as_bytes(), &groups, Dialect::Entra).unwrap();
        let body = json!({ "displayName": "Ops", "members": [{ "value": "u0" }, { "value": "u1" }] }).to_string();
        let mut ops = Resource::read(body.as_bytes(), &groups, Dialect::Entra).unwrap().resource;
        patch.apply(&mut ops, &groups).unwrap();
        let mut whole: Vec<String> = ops
            .take_members()
            .unwrap()
            .unwrap_or_default()
            .iter()
            .map(|member| member.as_str().to_owned())
            .collect();
        whole.sort();
        whole.dedup();
        prop_assert_eq!(kept(&["u0", "u1"], &patch.into_group().unwrap().members), whole);
    }

    #[test]
    fn a_filter_that_is_printed_is_the_same_filter(text in filter()) {
        let users = ResourceType::user();
        let filter = match Filter::parse(&text, &users, Dialect::Strict) {
            Ok(filter) => filter,
            Err(error) => {
                let bounded = error.detail().contains("nested deeper") || error.detail().contains("comparisons");
                prop_assert!(bounded, "{text}: {error}");
                return Ok(());
            }
        };
        let printed = filter.to_string();
        let again = Filter::parse(&printed, &users, Dialect::Strict);
        prop_assert_eq!(again.as_ref(), Ok(&filter), "{}", &printed);
        prop_assert_eq!(again.unwrap().to_string(), printed);
    }

    #[test]
    fn a_printed_filter_holds_for_the_same_resources(text in filter(), resource in resource()) {
        let users = ResourceType::user();
        if let Ok(filter) = Filter::parse(&text, &users, Dialect::Strict) {
            let negated = Filter::parse(&format!("not ({filter})"), &users, Dialect::Strict);
            if let Ok(negated) = negated {
                prop_assert_ne!(filter.matches(resource.json()), negated.matches(resource.json()));
            }
        }
    }

    #[test]
    fn any_text_is_a_filter_or_an_error(text in "\\PC{0,40}") {
        for dialect in Dialect::ALL {
            let _ = Filter::parse(&text, &ResourceType::user(), dialect);
            let _ = Path::parse(&text, &ResourceType::user(), dialect);
        }
    }

    #[test]
    fn a_path_that_is_printed_is_the_same_path(text in path()) {
        let users = ResourceType::user();
        let path = Path::parse(&text, &users, Dialect::Strict);
        prop_assume!(path.is_ok());
        let path = path.unwrap();
        prop_assert_eq!(Path::parse(&path.to_string(), &users, Dialect::Strict), Ok(path));
    }

    #[test]
    fn h6_a_patch_touches_only_what_its_path_names(
        before in resource(), text in path(), op in prop::sample::select(&["add", "replace", "remove"]),
        value in value(), dialect in prop::sample::select(&Dialect::ALL[..]),
    ) {
        // [attack H6]
        let users = ResourceType::user();
        let body = json!({ "schemas": [Patch::SCHEMA], "Operations": [{ "op": op, "path": text, "value": value }] });
        let Ok(patch) = Patch::read(body.to_string().as_bytes(), &users, dialect) else { return Ok(()) };
        let path = Path::parse(&text, &users, dialect).unwrap();
        let named = match path.target().extension() {
            Some(urn) => format!("{urn}:{}", path.target().attribute().name()),
            None => path.target().attribute().name().to_owned(),
        };
        let mut after = before.clone();
        let Ok(changes) = patch.apply(&mut after, &users) else {
            prop_assert_eq!(before, after);
            return Ok(());
        };
        prop_assert!(changes.iter().all(|(name, _)| name == named), "{:?}", changes);
        let (mut was, mut is) = (flat(before.json()), flat(after.json()));
        let (value, other) = (was.remove(&named), is.remove(&named));
        prop_assert_eq!(was, is);
        // Of several values those stay that the filter does not choose, but for what is primary.
        if let (Some(filter), Some(Value::Array(values))) = (path.filter(), value) {
            let kept = values.iter().filter(|value| !filter.matches(value.as_object().unwrap())).map(without_primary);
            let is: Vec<Value> =
                other.as_ref().and_then(Value::as_array).into_iter().flatten().map(without_primary).collect();
            for kept in kept {
                prop_assert!(is.contains(&kept), "{kept} is gone");
            }
        }
        // What was read by a PATCH is what a POST would have read.
        let whole = json!({ "schemas": [users.schema().urn()] });
        let mut whole = whole.as_object().unwrap().clone();
        whole.extend(after.json().clone());
        let again = Resource::read(Value::Object(whole).to_string().as_bytes(), &users, Dialect::Strict).unwrap();
        prop_assert_eq!(again.resource, after);
    }
}
