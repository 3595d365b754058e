//! People do not stand in logs, events and refusals: codes and ids do.

use landfall_accounts::{IdpBinding, UserState};
use landfall_entra_twin::Message;

use crate::world::{Answer, LINDQVIST, REYES, SIMON, World};

/// Names, addresses and keys of B.Simon, in the spellings that a careless line would have.
fn traces_of_simon(world: &World) -> Vec<String> {
    let person = world.contoso.person(SIMON);
    vec![
        SIMON.to_owned(),
        SIMON.to_lowercase(),
        "B.Simon".to_owned(),
        "Simon".to_owned(),
        "B%2ESimon".to_owned(),
        person.object_id.to_string(),
        "Geheimer Anzeigename".to_owned(),
        "Persoenliche NameID".to_owned(),
    ]
}

/// B.Simon arrives with everything that may be personal set to something that is easy to find.
async fn arrives(world: &World, edit: impl FnOnce(&mut Message)) -> Answer {
    let mut person = world.contoso.person(SIMON);
    person.display_name = "Geheimer Anzeigename".to_owned();
    let mut browser = world.browser();
    let answer = browser
        .arrive(world, &world.contoso, &person, |message| {
            message.assertion.name_id = "Persoenliche NameID".to_owned();
            edit(message);
        })
        .await;
    if answer.status == 303 { browser.follow(&answer).await } else { answer }
}

#[tokio::test]
async fn the_log_and_the_events_name_nobody() {
    let world = World::new().await;
    // Accepted, changed, refused by rules, by identity, by provisioning; replayed, restarted, collided, suspended.
    assert_eq!(arrives(&world, |_| ()).await.status, 303);
    assert_eq!(arrives(&world, |message| message.assertion.attributes.reverse()).await.status, 303);
    let lies: [fn(&mut Message); 7] = [
        |message| message.assertion.audiences.clear(),
        |message| message.assertion.recipient = None,
        |message| message.assertion.attributes.truncate(1),
        |message| message.assertion.attributes.retain(|attribute| attribute.name != "email"),
        |message| message.response.status = "urn:oasis:names:tc:SAML:2.0:status:Responder".to_owned(),
        |message| message.assertion.attributes[8].values = vec!["B.Simon@unlisted.example".to_owned()],
        |message| {
            let twice = message.assertion.attributes[1].clone();
            message.assertion.attributes.push(twice);
        },
    ];
    for lie in lies {
        assert_eq!(arrives(&world, lie).await.status, 403);
    }
    world.browser().enter(SIMON).await;
    world.browser().enter("B.Simon").await;
    let unasked = world.contoso.unasked(SIMON);
    for _ in 0..2 {
        world.browser().submit(&unasked).await;
    }
    let mut other = world.contoso.person(SIMON);
    other.object_id = world.fabrikam.person(REYES).object_id;
    world.browser().arrive(&world, &world.contoso, &other, |_| ()).await;
    let mut browser = world.browser();
    browser.sign_in(&world, &world.contoso, LINDQVIST).await;
    let answer = browser.arrive(&world, &world.contoso, &world.contoso.person(SIMON), |_| ()).await;
    assert!(browser.follow(&answer).await.page(200).contains(SIMON), "the page of the question names both");
    let simon = world.user(SIMON).await;
    world.set_state(&simon, UserState::Suspended).await;
    assert_eq!(arrives(&world, |_| ()).await.status, 403);

    let events: String = world.events().await.iter().map(|event| format!("{event:?}\n")).collect();
    assert!(world.events().await.len() > 25 && events.contains(&simon.id.to_string()));
    let log = world.log();
    assert!(log.lines().count() > 25 && log.contains("audience"));
    for trace in traces_of_simon(&world) {
        assert!(!events.contains(&trace), "{trace} in the events: {events}");
        assert!(!log.contains(&trace), "{trace} in the log: {log}");
    }
}

#[tokio::test]
async fn e20_a_refusal_shows_nothing_of_the_message() {
    let world = World::new().await;
    let lies: [fn(&mut Message); 5] = [
        |message| message.sign = None,
        |message| message.assertion.audiences = vec!["https://other.example/".to_owned()],
        |message| message.assertion.attributes.truncate(1),
        |message| message.assertion.attributes[8].values = vec!["B.Simon@unlisted.example".to_owned()],
        |message| message.assertion.issuer = "https://other.example/".to_owned(),
    ];
    for lie in lies {
        let answer = arrives(&world, lie).await;
        assert_eq!(answer.status, 403);
        let shown =
            ["saml", "Assertion", "urn:", "http:", "other.example", "unlisted.example", "audience", "claim"];
        for part in traces_of_simon(&world).iter().map(String::as_str).chain(shown) {
            let body = answer.body.replace("/sso/contoso-entra", "");
            assert!(!body.contains(part), "{part}: {body}");
        }
    }
}

#[tokio::test]
async fn an_operator_finds_every_rule_of_a_refusal_by_its_code() {
    let world = World::new().await;
    let answer = arrives(&world, |message| {
        message.assertion.audiences = vec!["https://other.example/".to_owned()];
        message.assertion.recipient = None;
    })
    .await;
    world.refused(&answer, 403, "confirmation.recipient");
    let events = world.events_of(&answer).await;
    let [event] = events.as_slice() else { panic!("one event, not {events:?}") };
    let detail: serde_json::Value = serde_json::from_str(event.detail.as_str()).unwrap();
    assert_eq!(detail["code"], "confirmation.recipient");
    let checks = detail["decision"]["checks"].as_array().unwrap();
    let failed: Vec<&str> = checks
        .iter()
        .filter(|check| check["verdict"] == "fail")
        .map(|check| check["code"].as_str().unwrap())
        .collect();
    assert_eq!(failed, ["confirmation.recipient", "audience"]);
    let audience = checks.iter().find(|check| check["rule"] == "audience").unwrap();
    assert_eq!(
        (&audience["actual"], &audience["expected"]),
        (&"https://other.example/".into(), &"https://sso.example/saml/metadata".into())
    );
    assert!(audience["remedy"].as_str().unwrap().contains("Entra: Identifier"));
    let signer = world.contoso.trust(IdpBinding::Post).certificates[0].fingerprint;
    assert_eq!(detail["decision"]["signer"], signer.to_string());
}

#[tokio::test]
async fn what_a_stranger_writes_fills_no_event() {
    let world = World::new().await;
    let long = "x".repeat(100_000);
    let person = world.contoso.person(SIMON);
    let lies: [fn(&mut Message, String); 5] = [
        |message, long| message.response.status = long,
        |message, long| message.response.issuer = long,
        |message, long| message.response.destination = Some(long),
        |message, long| message.assertion.recipient = Some(long),
        |message, long| message.assertion.attributes[0].name = long,
    ];
    for lie in lies {
        for sign in [None, world.contoso.says(&person, None).sign] {
            let mut message = world.contoso.says(&person, None);
            message.sign = sign;
            lie(&mut message, long.clone());
            let answer = world.browser().submit(&world.contoso.form(&message, None)).await;
            for event in world.events_of(&answer).await {
                let length = event.detail.as_str().len();
                assert!(length < 16_384, "{length}: {:.200}", event.detail.as_str());
            }
        }
    }
}
