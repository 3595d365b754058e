//! PATCH of SCIM: no body makes it panic, it does all or nothing, and what it leaves is a resource that a POST could have made.
#![no_main]

use std::sync::LazyLock;

use landfall_scim::{Dialect, Patch, Resource, ResourceType};
use libfuzzer_sys::fuzz_target;
use serde_json::{Map, Value, json};

static ADA: LazyLock<Map<String, Value>> = LazyLock::new(|| {
    let ada = json!({
        "userName": "ada", "active": true, "title": "x", "name": { "givenName": "Ada" },
        "emails": [{ "value": "a", "type": "work", "primary": true }, { "value": "b", "type": "home" }],
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": { "manager": { "value": "m" } },
    });
    ada.as_object().unwrap().clone()
});

fuzz_target!(|body: &[u8]| {
    for dialect in Dialect::ALL {
        user(body, dialect);
        if let Ok(patch) = Patch::read(body, &ResourceType::group(), dialect)
            && let Ok(patch) = patch.into_group()
        {
            assert!(
                patch
                    .attributes
                    .operations()
                    .iter()
                    .all(|operation| !operation.path().target().is("members", None))
            );
        }
        if let Ok(received) = Resource::read(body, &ResourceType::user(), dialect) {
            again(&received.resource);
        }
    }
});

fn user(body: &[u8], dialect: Dialect) {
    let users = ResourceType::user();
    let patch = match Patch::read(body, &users, dialect) {
        Ok(patch) => patch,
        Err(error) => return assert!((400..500).contains(&error.status())),
    };
    let mut ada = Resource::restored(ADA.clone());
    match patch.apply(&mut ada, &users) {
        Ok(changes) => assert_eq!(changes.any(), *ada.json() != *ADA),
        Err(_) => assert_eq!(*ada.json(), *ADA),
    }
    again(&ada);
}

/// Read again to the letter it is the same.
fn again(resource: &Resource) {
    let users = ResourceType::user();
    let mut body = resource.json().clone();
    body.insert("schemas".to_owned(), json!([users.schema().urn()]));
    let read = Resource::read(Value::Object(body).to_string().as_bytes(), &users, Dialect::Strict);
    assert_eq!(read.map(|received| received.resource).as_ref(), Ok(resource));
}
