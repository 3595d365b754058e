//! What a directory's requests leave in the provisioning log.

use landfall_accounts::{ProvisioningAction, ProvisioningEntry, ProvisioningTarget, ScimDialect};
use landfall_store::ProvisioningFilter;
use serde_json::{Value, json};
use time::Duration;

use super::{ADA, group, id_in, person};
use crate::world::World;

/// What an entry says, but for when and by whom.
fn told(entry: &ProvisioningEntry) -> (&'static str, u16, Option<&str>) {
    (entry.action.name(), entry.status, entry.code.as_deref())
}

fn changes(entry: &ProvisioningEntry) -> Vec<Value> {
    if entry.changes.as_str().is_empty() {
        return Vec::new();
    }
    serde_json::from_str(entry.changes.as_str()).unwrap()
}

#[tokio::test]
async fn each_change_is_logged_with_the_values_before_and_after() {
    let world = World::new().await;
    let entra = world.entra().await;
    let id = entra.post("/Users", &person(ADA)).await.id();
    let path = format!("/Users/{id}");
    entra
        .patch(&path, &json!([{ "op": "Replace", "path": "displayName", "value": "Ada C" }]))
        .await
        .json(200);
    entra.get(&path).await.json(200);
    entra.find("/Users", "userName eq \"nobody@contoso.example\"").await.json(200);
    entra.delete(&path).await.empty(204);

    let log = world.provisioning().await;
    let [made, changed, deleted] = &log[..] else { panic!("{log:?}") };
    assert_eq!(told(made), ("create", 201, None));
    assert_eq!(told(changed), ("change", 200, None));
    assert_eq!(told(deleted), ("delete", 204, None));
    for entry in &log {
        assert_eq!(entry.target, ProvisioningTarget::User(id.parse().ok()));
        assert_eq!(entry.directory, world.directory_of(&world.contoso).await);
        assert_eq!((entry.at, entry.took), (world.clock.now(), Duration::ZERO), "by the clock of the test");
        assert_eq!(entry.name, None, "the account says it");
    }
    let all = changes(made);
    assert!(all.contains(&json!({ "attribute": "userName", "before": null, "after": ADA })), "{all:?}");
    assert_eq!(
        changes(changed),
        [json!({ "attribute": "displayName", "before": "Ada B", "after": "Ada C" })]
    );
    assert_eq!(changes(deleted), [] as [Value; 0]);
}

#[tokio::test]
async fn what_was_refused_is_logged_with_its_code_and_whom_it_was_about() {
    let world = World::new().await;
    let entra = world.entra().await;
    let id = entra.post("/Users", &person(ADA)).await.id();
    entra.post("/Users", &person(ADA)).await.refused(409, Some("uniqueness"));
    entra.post("/Users", &person("ada@other.example")).await.refused(400, Some("invalidValue"));
    entra.get("/Users/nobody").await.refused(404, None);
    entra.find("/Users", "nothing eq 1").await.refused(400, Some("invalidFilter"));
    let key = json!([{ "op": "Replace", "path": "userName", "value": "ada@other.example" }]);
    entra.patch(&format!("/Users/{id}"), &key).await.refused(400, Some("invalidValue"));

    let log = world.provisioning().await;
    let said: Vec<_> = log.iter().skip(1).map(told).collect();
    assert_eq!(
        said,
        [
            ("create", 409, Some("push.external_id_taken")),
            ("create", 400, Some("domain.not_listed")),
            ("read", 404, Some("scim.not_found")),
            ("read", 400, Some("scim.invalid_filter")),
            ("change", 400, Some("domain.not_listed")),
        ]
    );
    let names: Vec<_> = log.iter().map(|entry| entry.name.as_ref().map(|name| name.as_str())).collect();
    assert_eq!(names, [None, Some(ADA), Some("ada@other.example"), None, None, None]);
    assert!(log[1].changes.as_str().is_empty(), "of nobody's account nothing but the name is kept");
    assert_eq!(
        changes(&log[5]),
        [json!({ "attribute": "userName", "before": ADA, "after": "ada@other.example" })],
        "what was asked for"
    );
}

#[tokio::test]
async fn members_are_counted_and_a_few_of_them_named() {
    let world = World::new().await;
    let entra = world.entra().await;
    let mut people = Vec::new();
    for n in 0..25 {
        people.push(entra.post("/Users", &person(&format!("p{n}@contoso.example"))).await.id());
    }
    let ops = entra.post("/Groups", &group("Ops")).await.id();
    let members: Vec<Value> = people.iter().map(|id| json!({ "value": id })).collect();
    let add = json!([{ "op": "Add", "path": "members", "value": members }]);
    entra.patch(&format!("/Groups/{ops}"), &add).await.empty(204);
    let log = world.provisioning().await;
    let last = log.last().unwrap();
    assert_eq!(last.action, ProvisioningAction::Change);
    assert_eq!(last.target, ProvisioningTarget::Group(id_in(&ops).parse().ok()));
    let expected = json!({ "attribute": "members", "add": people[..20], "count": 25 });
    assert_eq!(changes(last), [expected]);
}

/// [attack H1]
#[tokio::test]
async fn h1_a_directory_logs_for_its_own_tenant_whatever_it_names() {
    let world = World::new().await;
    let id = world.entra().await.post("/Users", &person(ADA)).await.id();
    let fabrikam = world.directory(&world.fabrikam.connection(), ScimDialect::Entra).await;
    fabrikam.delete(&format!("/Users/{id}")).await.refused(404, None);
    let log = world.provisioning().await;
    let last = log.last().unwrap();
    assert_eq!(last.directory, world.directory_of(&world.fabrikam).await);
    assert_ne!(last.directory.tenant, log[0].directory.tenant);
}

/// [attack H12]
#[tokio::test]
async fn h12_no_value_is_logged_of_what_is_long_or_secret() {
    let world = World::new().await;
    let okta = world.directory(&world.contoso.connection(), ScimDialect::Okta).await;
    let mut ada = person(ADA);
    ada["password"] = "s3cret-of-Ada".into();
    ada["title"] = "x".repeat(300).into();
    okta.post("/Users", &ada).await.json(201);
    let log = world.provisioning().await;
    assert!(!log[0].changes.as_str().contains("s3cret"), "{}", log[0].changes.as_str());
    let omitted = json!({ "attribute": "title", "before": null, "after": { "omitted": true } });
    assert!(changes(&log[0]).contains(&omitted), "{}", log[0].changes.as_str());
    assert!(!format!("{:?}", log[0]).contains("Ada"), "{:?}", log[0]);
}

/// So many wait at most: then they are written, though nobody looks after the log.
#[tokio::test]
async fn a_log_that_nobody_writes_is_written_when_too_much_waits() {
    let world = World::new().await;
    let entra = world.entra().await;
    for _ in 0..999 {
        entra.get("/Users/nobody").await.refused(404, None);
    }
    let written =
        async || world.store.provisioning(&ProvisioningFilter::default(), 2000).await.unwrap().len();
    assert_eq!(written().await, 0);
    entra.get("/Users/nobody").await.refused(404, None);
    assert_eq!(written().await, 1000);
}
