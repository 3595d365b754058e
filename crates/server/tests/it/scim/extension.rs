//! Attributes that a tenant declares: pushed, changed, found, served, and gone.

use landfall_accounts::{Access, ScimDialect, Standing, UserState};
use serde_json::{Value, json};

use super::{ADA, CORE, ENTERPRISE, person};
use crate::world::{Customer, Directory, MILLISECOND, SIMON, World};

const URN: &str = "urn:ietf:params:scim:schemas:extension:contoso:2.0:User";

const HR: &str = r#"
urn = "urn:ietf:params:scim:schemas:extension:contoso:2.0:User"
name = "Contoso"

[[attribute]]
name = "badge"
type = "string"
case_exact = true
description = "Printed on the badge."

[[attribute]]
name = "site"
type = "string"

[[attribute]]
name = "floor"
type = "integer"

[[attribute]]
name = "skills"
type = "string"
multi_valued = true

[[attribute]]
name = "remote"
type = "boolean"
"#;

impl World {
    async fn declare(&self, customer: &Customer, text: &str) {
        let text = text.parse().unwrap();
        self.store.declare_extension(&customer.tenant(), text, self.clock.now()).await.unwrap();
    }
}

/// A person with these attributes of the tenant's own.
fn with(user_name: &str, own: Value) -> Value {
    let mut body = person(user_name);
    let more = [("schemas", json!([CORE, ENTERPRISE, URN])), (URN, own)];
    body.as_object_mut().unwrap().extend(more.map(|(name, value)| (name.to_owned(), value)));
    body
}

async fn own(directory: &Directory, path: &str) -> Value {
    directory.get(path).await.json(200).get(URN).cloned().unwrap_or_default()
}

#[tokio::test]
async fn what_is_declared_is_pushed_changed_and_served() {
    let world = World::new().await;
    let entra = world.entra().await;
    world.declare(&world.contoso, HR).await;
    let pushed = json!({ "badge": "B7", "floor": 3, "skills": ["go"], "remote": "True", "shoe": 38 });
    let made = entra.post("/Users", &with(ADA, pushed)).await;
    let path = format!("/Users/{}", made.id());
    let body = made.json(201);
    assert_eq!(body[URN], json!({ "badge": "B7", "floor": 3, "skills": ["go"], "remote": true }));
    assert_eq!(body["schemas"], json!([CORE, URN]));
    let badge = format!("{URN}:badge");
    let (floor, skills) = (format!("{URN}:floor"), format!("{URN}:skills"));
    let cases = [
        (json!([{ "op": "Replace", "path": badge, "value": "B8" }]), "badge", json!("B8")),
        (json!([{ "op": "Add", "path": badge.to_uppercase(), "value": "B9" }]), "badge", json!("B9")),
        (json!([{ "op": "Add", "path": skills, "value": "rust" }]), "skills", json!(["go", "rust"])),
        (json!([{ "op": "Remove", "path": skills, "value": ["go"] }]), "skills", json!(["rust"])),
        // What Entra sends with `aadOptscim062020`.
        (
            json!([{ "op": "replace", "value": { "displayName": "A", badge.clone(): "B10", floor: 4 } }]),
            "floor",
            json!(4),
        ),
        (json!([{ "op": "replace", "value": { URN: { "site": "Berlin" } } }]), "site", json!("Berlin")),
        (json!([{ "op": "add", "path": URN, "value": { "remote": false } }]), "remote", json!(false)),
        (json!([{ "op": "Remove", "path": badge }]), "badge", Value::Null),
    ];
    for (operations, name, expected) in cases {
        let answered = entra.patch(&path, &operations).await.json(200);
        assert_eq!(answered[URN][name], expected, "{operations}");
        assert_eq!(entra.get(&path).await.json(200), answered, "{operations}");
    }
    let wrong = json!([{ "op": "Replace", "path": format!("{URN}:floor"), "value": "high" }]);
    entra.patch(&path, &wrong).await.refused(400, Some("invalidValue"));
    let put = with(ADA, json!({ "site": "Oslo" }));
    assert_eq!(entra.put(&path, &put).await.json(200)[URN], json!({ "site": "Oslo" }));
    let log = world.provisioning().await;
    let created = log.first().unwrap().changes.as_str();
    assert!(created.contains(&format!(r#""attribute":"{badge}""#)), "{created}");
}

#[tokio::test]
async fn what_is_declared_finds_sorts_and_is_left_out() {
    let world = World::new().await;
    let entra = world.entra().await;
    world.declare(&world.contoso, HR).await;
    let mut ids = Vec::new();
    for (name, badge, site) in [("a", "x2", "Oslo"), ("b", "X1", "Berlin"), ("c", "x1", "oslo")] {
        let body =
            with(&format!("{name}@contoso.example"), json!({ "badge": badge, "site": site, "floor": 1 }));
        ids.push(entra.post("/Users", &body).await.id());
        world.clock.advance(MILLISECOND);
    }
    for (filter, expected) in [
        (format!("{URN}:badge eq \"x1\""), vec![2]),
        (format!("{}:BADGE sw \"x\"", URN.to_uppercase()), vec![0, 2]),
        (format!("{URN}:site eq \"OSLO\""), vec![0, 2]),
        ("site eq \"berlin\"".to_owned(), vec![1]),
        (format!("{URN}:site pr and not ({URN}:site co \"e\")"), vec![0, 2]),
    ] {
        let expected: Vec<_> = expected.into_iter().map(|n: usize| ids[n].clone()).collect();
        assert_eq!(entra.find("/Users", &filter).await.ids().0, expected, "{filter}");
    }
    for filter in ["floor eq 1", "skills eq \"go\"", "remote eq true"] {
        let text = entra.find("/Users", &format!("{URN}:{filter}")).await.refused(400, Some("invalidFilter"));
        assert!(text.contains("extensions"), "{text}");
    }
    let sorted = entra.get(&format!("/Users?sortBy={URN}:site&sortOrder=descending")).await.ids().0;
    assert_eq!(sorted, [ids[0].clone(), ids[2].clone(), ids[1].clone()]);
    let searched = json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"],
        "filter": format!("{URN}:badge eq \"X1\""), "attributes": [format!("{URN}:site")] });
    let found = entra.post("/Users/.search", &searched).await.json(200);
    assert_eq!(found["Resources"][0][URN], json!({ "site": "Berlin" }));
    assert_eq!(found["Resources"][0].get("userName"), None);
    let path = format!("/Users/{}", ids[0]);
    for (query, expected) in [
        (format!("attributes={URN}:badge"), json!({ "badge": "x2" })),
        (format!("attributes={URN}"), json!({ "badge": "x2", "site": "Oslo", "floor": 1 })),
        ("attributes=userName".to_owned(), Value::Null),
        (format!("excludedAttributes={URN}:badge,{URN}:floor"), json!({ "site": "Oslo" })),
        (format!("excludedAttributes={URN}"), Value::Null),
    ] {
        assert_eq!(own(&entra, &format!("{path}?{query}")).await, expected, "{query}");
    }
}

/// [rfc7643 6], [rfc7643 7]
#[tokio::test]
async fn what_is_declared_is_in_the_schemas_of_its_tenant() {
    let world = World::new().await;
    let entra = world.entra().await;
    let fabrikam = world.directory(&world.fabrikam.connection(), ScimDialect::Entra).await;
    world.declare(&world.contoso, HR).await;
    let schema = entra.get(&format!("/Schemas/{URN}")).await.json(200);
    assert_eq!((&schema["id"], &schema["name"]), (&json!(URN), &json!("Contoso")));
    assert_eq!(
        schema["attributes"][0],
        json!({ "name": "badge", "type": "string", "multiValued": false, "caseExact": true, "required": false,
            "description": "Printed on the badge.", "mutability": "readWrite", "returned": "default",
            "uniqueness": "none" })
    );
    assert_eq!(schema["attributes"].as_array().unwrap().len(), 5);
    assert_eq!((entra.get("/Schemas").await.ids().1, fabrikam.get("/Schemas").await.ids().1), (4, 3));
    fabrikam.get(&format!("/Schemas/{URN}")).await.refused(404, None);
    let extensions = |of: Value| of["schemaExtensions"].as_array().unwrap().clone();
    let user = entra.get("/ResourceTypes/User").await.json(200);
    assert!(extensions(user).contains(&json!({ "schema": URN, "required": false })));
    assert_eq!(extensions(fabrikam.get("/ResourceTypes/User").await.json(200)).len(), 1);
    assert_eq!(extensions(entra.get("/ResourceTypes/Group").await.json(200)).len(), 0);
}

/// [attack H1], [attack H5]
#[tokio::test]
async fn h1_another_tenant_knows_nothing_of_it() {
    let world = World::new().await;
    world.declare(&world.contoso, HR).await;
    let entra = world.directory(&world.fabrikam.connection(), ScimDialect::Entra).await;
    let strict = world.directory(&world.fabrikam.connection(), ScimDialect::Strict).await;
    // Contoso's is read before and after, so that nothing of it can be taken from what is kept in memory.
    let contoso = world.entra().await;
    contoso.post("/Users", &with(ADA, json!({ "badge": "B7" }))).await.id();
    let ada = "ada@fabrikam.example";
    let made = entra.post("/Users", &with(ada, json!({ "badge": "B7" }))).await;
    assert_eq!(made.json(201).get(URN), None);
    let path = format!("/Users/{}", made.id());
    let badge = json!([{ "op": "replace", "path": format!("{URN}:badge"), "value": "B8" }]);
    assert_eq!(entra.patch(&path, &badge).await.json(200).get(URN), None);
    strict.patch(&path, &badge).await.refused(400, Some("invalidPath"));
    strict.put(&path, &with(ada, json!({ "badge": "B7" }))).await.refused(400, Some("invalidSyntax"));
    entra.find("/Users", &format!("{URN}:badge eq \"B7\"")).await.refused(400, Some("invalidFilter"));
    assert_eq!(contoso.find("/Users", &format!("{URN}:badge eq \"B7\"")).await.ids().1, 1);

    // The same name, of another type: each tenant has its own.
    let text = HR.replace("type = \"string\"\ncase_exact = true", "type = \"integer\"");
    world.declare(&world.fabrikam, &text).await;
    let number = json!([{ "op": "replace", "path": format!("{URN}:badge"), "value": 7 }]);
    assert_eq!(strict.patch(&path, &number).await.json(200)[URN]["badge"], 7);
    strict.patch(&path, &badge).await.refused(400, Some("invalidValue"));
    assert_eq!(contoso.find("/Users", &format!("{URN}:badge eq \"B7\"")).await.ids().1, 1);
}

#[tokio::test]
async fn a_removed_attribute_is_not_served_and_its_values_stay() {
    let world = World::new().await;
    let (entra, strict) =
        (world.entra().await, world.directory(&world.contoso.connection(), ScimDialect::Strict).await);
    world.declare(&world.contoso, HR).await;
    let made = entra.post("/Users", &with(ADA, json!({ "badge": "B7", "floor": 3, "site": "Oslo" }))).await;
    let path = format!("/Users/{}", made.id());

    let without_site = HR.replace("[[attribute]]\nname = \"site\"\ntype = \"string\"\n", "");
    world.declare(&world.contoso, &without_site).await;
    assert_eq!(own(&entra, &path).await, json!({ "badge": "B7", "floor": 3 }));
    entra.find("/Users", &format!("{URN}:site pr")).await.refused(400, Some("invalidFilter"));
    strict
        .patch(&path, &json!([{ "op": "remove", "path": format!("{URN}:site") }]))
        .await
        .refused(400, Some("invalidPath"));
    // Neither a change, nor another description in its place, nor the removal of the whole loses what cannot be named.
    let gone = entra.patch(&path, &json!([{ "op": "Remove", "path": URN }])).await.json(200);
    assert_eq!((gone.get(URN), &gone["schemas"]), (None, &json!([CORE])));
    entra.put(&path, &with(ADA, json!({ "floor": 5 }))).await.json(200);

    world.store.remove_extension(&world.contoso.tenant(), world.clock.now()).await.unwrap();
    let served = entra.get(&path).await.json(200);
    assert_eq!((served.get(URN), &served["schemas"]), (None, &json!([CORE])));
    assert_eq!(entra.get("/Schemas").await.ids().1, 3);
    entra.find("/Users", &format!("{URN}:badge pr")).await.refused(400, Some("invalidFilter"));
    entra.put(&path, &person(ADA)).await.json(200);

    world.declare(&world.contoso, HR).await;
    assert_eq!(own(&entra, &path).await, json!({ "floor": 5, "site": "Oslo" }));
    let integers = HR.replace("name = \"site\"\ntype = \"string\"", "name = \"site\"\ntype = \"integer\"");
    world.declare(&world.contoso, &integers).await;
    assert_eq!(own(&entra, &path).await, json!({ "floor": 5 }), "a value of another type");
}

#[tokio::test]
async fn an_attribute_fills_the_account_where_it_has_a_value() {
    let world = World::new().await;
    let entra = world.entra().await;
    let attribute = |name: &str, fills: &str| {
        format!("[[attribute]]\nname = \"{name}\"\ntype = \"string\"\nfills = \"{fills}\"\n")
    };
    let fills = [
        attribute("called", "first_name"),
        attribute("family", "last_name"),
        attribute("mail", "email"),
        attribute("shown", "display_name"),
    ];
    let made = entra.post("/Users", &person(ADA)).await;
    let path = format!("/Users/{}", made.id());
    let account = async || {
        let user = world.user(ADA).await;
        [user.first_name, user.last_name, user.email, user.display_name].map(Option::unwrap)
    };
    let standard = ["Ada", "B", ADA, "Ada B"];
    world.declare(&world.contoso, &format!("urn = \"{URN}\"\nname = \"C\"\n{}", fills.concat())).await;
    assert_eq!(account().await, standard, "from the next push on");
    let own =
        json!({ "called": "Countess", "family": "Lovelace", "mail": "al@other.example", "shown": "AL" });
    let body = entra.put(&path, &with(ADA, own)).await.json(200);
    assert_eq!(account().await, ["Countess", "Lovelace", "al@other.example", "AL"]);
    assert_eq!(body["name"], json!({ "formatted": "Ada B", "givenName": "Ada", "familyName": "B" }));
    // What is found is what is served, and not what the account has in its place.
    for (filter, found) in [
        ("displayName eq \"ada b\"", 1),
        ("displayName eq \"AL\"", 0),
        ("name.givenName eq \"Ada\" and not (name.familyName eq \"Lovelace\")", 1),
        ("name.familyName eq \"b\" or name.familyName eq \"x\"", 1),
        ("name.givenName sw \"Count\"", 0),
        ("userName eq \"ada@contoso.example\"", 1),
    ] {
        assert_eq!(entra.find("/Users", filter).await.ids().1, found, "{filter}");
    }
    let text = entra.find("/Users", "emails pr").await.refused(400, Some("invalidFilter"));
    assert!(text.contains("filled"), "{text}");
    entra.get("/Users?sortBy=emails").await.refused(400, Some("invalidPath"));
    assert_eq!(entra.get("/Users?sortBy=displayName").await.ids().1, 1);

    let gone = json!([{ "op": "Remove", "path": format!("{URN}:called") }]);
    entra.patch(&path, &gone).await.json(200);
    assert_eq!(
        account().await,
        ["Ada", "Lovelace", "al@other.example", "AL"],
        "without a value the standard one"
    );
    world.store.remove_extension(&world.contoso.tenant(), world.clock.now()).await.unwrap();
    entra.put(&path, &person(ADA)).await.json(200);
    assert_eq!(account().await, standard);
    assert_eq!(entra.find("/Users", "emails eq \"ada@contoso.example\"").await.ids().1, 1);
}

/// Whatever it is called: what an application may let a person do comes from a mapping, and a standing from an operator [attack H5].
#[tokio::test]
async fn h5_no_attribute_of_a_tenant_grants_anything() {
    let world = World::new().await;
    let entra = world.entra().await;
    let names = [
        "roles",
        "groups",
        "entitlements",
        "standing",
        "state",
        "access",
        "origin",
        "userName",
        "externalId",
        "id",
    ];
    let attributes: String =
        names.iter().map(|name| format!("[[attribute]]\nname = \"{name}\"\ntype = \"string\"\n")).collect();
    let active = "[[attribute]]\nname = \"active\"\ntype = \"boolean\"\n";
    world.declare(&world.contoso, &format!("urn = \"{URN}\"\nname = \"C\"\n{attributes}{active}")).await;
    let mut body =
        with(SIMON, names.iter().map(|name| ((*name).to_owned(), json!("administrator"))).collect());
    body[URN]["active"] = json!(false);
    let made = entra.post("/Users", &body).await;
    assert_eq!(made.json(201)[URN]["roles"], "administrator");
    let path = format!("/Users/{}", made.id());
    let each =
        names.iter().map(|name| json!({ "op": "Add", "path": format!("{URN}:{name}"), "value": "root" }));
    entra.patch(&path, &each.collect()).await.json(200);
    // Without the URN a name is the standard attribute's.
    let bare = json!([{ "op": "Replace", "path": "roles", "value": "root" }, { "op": "Replace", "path": "id", "value": "x" }]);
    let after = entra.patch(&path, &bare).await.json(200);
    assert_eq!((&after["id"], &after[URN]["id"]), (&made.json(201)["id"], &json!("root")));

    let mut browser = world.browser();
    for _ in 0..2 {
        let user = world.user(SIMON).await;
        assert_eq!((user.standing, user.state), (Standing::Person, UserState::Active));
        assert_eq!(user.access, Access::none());
        assert_eq!(user.user_name.as_str(), SIMON);
        browser.sign_in(&world, &world.contoso, SIMON).await;
    }
    assert_eq!(entra.get("/Groups").await.ids().1, 0);
}

/// A text of another version of Landfall, or one that somebody has written into the database.
#[tokio::test]
async fn a_declaration_that_cannot_be_read_refuses_every_request() {
    let world = World::new().await;
    let entra = world.entra().await;
    let fabrikam = world.directory(&world.fabrikam.connection(), ScimDialect::Entra).await;
    world.declare(&world.contoso, HR).await;
    let path = format!("/Users/{}", entra.post("/Users", &with(ADA, json!({ "badge": "B7" }))).await.id());
    // What is kept of a version is not asked for again.
    world.sql("UPDATE scim_extensions SET text = 'nothing'").await;
    assert_eq!(own(&entra, &path).await, json!({ "badge": "B7" }));
    world.sql("UPDATE scim_extensions SET version = 2, text = 'urn = nothing'").await;
    let change = json!([{ "op": "Replace", "path": "displayName", "value": "Lost" }]);
    for _ in 0..2 {
        let reply = entra.patch(&path, &change).await;
        reply.refused(503, None);
        assert_eq!(reply.header("retry-after"), Some("10"));
        entra.get(&path).await.refused(503, None);
        entra.get("/Schemas").await.refused(503, None);
    }
    let log = world.log();
    assert!(log.contains("cannot be read: declare them again") && log.contains("line 1"), "{log}");
    assert!(log.contains("stored.extension"), "{log}");
    assert_eq!(fabrikam.get("/Schemas").await.ids().1, 3, "others are answered");
    world.declare(&world.contoso, HR).await;
    assert_eq!(own(&entra, &path).await, json!({ "badge": "B7" }));
    assert_eq!(entra.get(&path).await.json(200)["displayName"], "Ada B");
}
