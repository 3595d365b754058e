//! Filters, pages, orders and what of each is served [rfc7644 3.4.2].

use serde_json::json;

use super::{ENTERPRISE, group, person};
use crate::world::{MILLISECOND, World};

#[tokio::test]
async fn people_are_found_by_what_is_said_of_them() {
    let world = World::new().await;
    let entra = world.entra().await;
    let mut ids = Vec::new();
    for (n, name) in ["a", "b", "c"].into_iter().enumerate() {
        let mut body = person(&format!("{name}@contoso.example"));
        body["displayName"] = json!(format!("Name {}%", name.to_uppercase()));
        body["title"] = json!(["Chief", "chief", "Clerk"][n]);
        body["active"] = json!(n != 1);
        body["externalId"] = json!(format!("X{name}"));
        body[ENTERPRISE] =
            json!({ "manager": { "value": if n == 0 { "m" } else { "M" } }, "department": "R'&D" });
        if n == 2 {
            body["name"] = json!({ "givenName": "Grace" });
        }
        ids.push(entra.post("/Users", &body).await.id());
        world.clock.advance(MILLISECOND);
    }
    let first = ids[0].clone();
    let guid = "0193a0c2-7f3b-7c11-8a52-1f0d9c3b7e64";
    let cases: Vec<(String, Vec<usize>)> = vec![
        (format!("userName eq \"{guid}\""), vec![]),
        ("USERNAME EQ \"B@CONTOSO.example\"".into(), vec![1]),
        ("externalId eq \"Xc\"".into(), vec![2]),
        ("externalId eq \"xC\"".into(), vec![]),
        (format!("id eq \"{first}\""), vec![0]),
        ("id eq \"nobody\"".into(), vec![]),
        ("id ne \"nobody\"".into(), vec![0, 1, 2]),
        ("emails[type eq \"work\"].value eq \"A@contoso.example\"".into(), vec![0]),
        ("emails[type eq \"work\" and value ew \"contoso.example\"]".into(), vec![0, 1, 2]),
        ("emails.value eq \"c@contoso.example\"".into(), vec![2]),
        ("emails eq \"c@contoso.example\"".into(), vec![2]),
        ("displayName eq \"name b%\"".into(), vec![1]),
        ("displayName co \"E A%\"".into(), vec![0]),
        ("displayName sw \"NAME \"".into(), vec![0, 1, 2]),
        ("displayName sw \"_ame\"".into(), vec![]),
        ("displayName ew \"%\"".into(), vec![0, 1, 2]),
        ("displayName gt \"name a%\"".into(), vec![1, 2]),
        ("active eq false".into(), vec![1]),
        ("active ne false".into(), vec![0, 2]),
        ("name.familyName pr".into(), vec![0, 1]),
        ("not (name.familyName pr)".into(), vec![2]),
        ("name.familyName ne \"B\"".into(), vec![2]),
        ("not (name.familyName eq \"B\")".into(), vec![2]),
        ("title eq \"chief\"".into(), vec![0, 1]),
        (format!("{ENTERPRISE}:department eq \"r'&d\""), vec![0, 1, 2]),
        (format!("id eq \"{first}\" and manager eq \"m\""), vec![0]),
        (format!("id eq \"{first}\" and manager eq \"M\""), vec![]),
        ("userName eq \"a@contoso.example\" or title eq \"clerk\"".into(), vec![0, 2]),
        ("active eq true and (title eq \"chief\" or title eq \"clerk\")".into(), vec![0, 2]),
        ("meta.created ge \"2030-01-02T03:04:05Z\"".into(), vec![0, 1, 2]),
        ("meta.lastModified gt \"2030-01-02T03:04:06Z\"".into(), vec![]),
        ("nickName pr".into(), vec![]),
    ];
    for (filter, expected) in cases {
        let expected: Vec<_> = expected.into_iter().map(|n| ids[n].clone()).collect();
        let total = expected.len() as u64;
        assert_eq!(entra.find("/Users", &filter).await.ids(), (expected.clone(), total), "{filter}");
        let search =
            json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"], "filter": filter });
        assert_eq!(entra.post("/Users/.search", &search).await.ids(), (expected, total), "{filter}");
    }
    for filter in [
        "",
        "userName",
        "userName eq",
        "password pr",
        "phoneNumbers.value eq \"1\"",
        "id gt \"a\"",
        "emails[type eq \"home\"].value eq \"a\"",
        "userName eq \"a\"; drop table users",
        "groups pr",
    ] {
        if !filter.is_empty() {
            let detail = entra.find("/Users", filter).await.refused(400, Some("invalidFilter"));
            assert!(!detail.is_empty());
        }
    }
}

#[tokio::test]
async fn groups_are_found_by_name_and_by_member_without_their_members() {
    let world = World::new().await;
    let entra = world.entra().await;
    let ada = entra.post("/Users", &person("a@contoso.example")).await.id();
    let mut ops = group("Ops");
    ops["members"] = json!([{ "value": ada }]);
    let ops = entra.post("/Groups", &ops).await.id();
    let dev = entra.post("/Groups", &group("Dev")).await.id();
    let (ops, dev) = (vec![ops], vec![dev]);
    let none: Vec<String> = vec![];
    for (filter, expected) in [
        ("displayName eq \"OPS\"".to_owned(), &ops),
        ("externalId eq \"id-of-Dev\"".to_owned(), &dev),
        (format!("members eq \"{ada}\""), &ops),
        (format!("members.value eq \"{ada}\""), &ops),
        (format!("members[value eq \"{ada}\"]"), &ops),
        (format!("not (members eq \"{ada}\")"), &dev),
        ("members pr".to_owned(), &ops),
        (format!("id eq \"{}\" and members eq \"{ada}\"", ops[0]), &ops),
        (format!("id eq \"{}\" and members eq \"{ada}\"", dev[0]), &none),
        ("members eq \"nobody\"".to_owned(), &none),
    ] {
        assert_eq!(&entra.find("/Groups", &filter).await.ids().0, expected, "{filter}");
    }
    let probe =
        entra.get("/Groups?excludedAttributes=members&filter=displayName%20eq%20%22Ops%22").await.json(200);
    assert_eq!(probe["totalResults"], 1);
    assert!(probe["Resources"][0].get("members").is_none(), "{probe}");
    let one = entra.get(&format!("/Groups/{}?excludedAttributes=members", ops[0])).await.json(200);
    assert!(one.get("members").is_none(), "{one}");
    let user = entra.get(&format!("/Users/{ada}")).await.json(200);
    assert_eq!((&user["groups"][0]["value"], &user["groups"][0]["display"]), (&json!(ops[0]), &json!("Ops")));
    let without = entra.get(&format!("/Users/{ada}?excludedAttributes=groups")).await.json(200);
    assert!(without.get("groups").is_none(), "{without}");
}

/// [rfc7644 3.4.2.4]
#[tokio::test]
async fn pages_begin_at_one_and_keep_their_order() {
    let world = World::new().await;
    let entra = world.entra().await;
    let mut ids = Vec::new();
    for n in 0..11 {
        let mut body = person(&format!("u{n:02}@contoso.example"));
        body["title"] = json!(format!("T{}", 10 - n));
        if n == 10 {
            body["title"] = json!(null);
        }
        ids.push(entra.post("/Users", &body).await.id());
        world.clock.advance(MILLISECOND);
    }
    for (query, from, to) in [
        ("", 0, 11),
        ("?startIndex=1&count=5", 0, 5),
        ("?startIndex=6&count=5", 5, 10),
        ("?startIndex=11&count=5", 10, 11),
        ("?startIndex=12&count=5", 11, 11),
        ("?count=0", 0, 0),
        ("?startIndex=0&count=2", 0, 2),
        ("?startIndex=-3", 0, 11),
        ("?count=-1", 0, 0),
        ("?startIndex=9223372036854775807", 0, 0),
    ] {
        assert_eq!(entra.get(&format!("/Users{query}")).await.ids(), (ids[from..to].to_vec(), 11), "{query}");
    }
    assert_eq!(entra.get("/Users?startIndex=6&count=5").await.json(200)["startIndex"], 6);
    let mut backwards = ids.clone();
    backwards.reverse();
    assert_eq!(entra.get("/Users?sortBy=userName&sortOrder=descending").await.ids().0, backwards);
    assert_eq!(entra.get("/Users?sortBy=userName").await.ids().0, ids);
    let by_title = entra.get("/Users?sortBy=title").await.ids().0;
    assert_eq!(by_title.last(), ids.last(), "who has none comes last");
    assert_eq!(by_title[..2], [ids[9].clone(), ids[0].clone()], "T1 comes before T10");
    entra.get("/Users?sortBy=phoneNumbers").await.refused(400, Some("invalidPath"));
    entra.get("/Users?startIndex=x").await.refused(400, Some("invalidValue"));

    let only = entra.get("/Users?attributes=userName&count=1").await.json(200);
    let mut names: Vec<_> = only["Resources"][0].as_object().unwrap().keys().cloned().collect();
    names.sort();
    assert_eq!(names, ["id", "schemas", "userName"]);
    entra.get("/Users?attributes=userName&excludedAttributes=title").await.refused(400, Some("invalidValue"));
}
