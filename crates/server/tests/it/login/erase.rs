//! A person is erased who has signed in, been refused, been traced and signed out in every way there is.

use landfall_accounts::{EventKind, Refusal};
use landfall_store::{AuditError, Scrubbed};
use landfall_xmldsig::encode_base64;
use time::Duration;

use crate::world::{Form, LINDQVIST, SIMON, World};

/// What the identity provider says of B.Simon that it says of nobody else, in each form in which it could be kept.
fn forms(world: &World) -> Vec<String> {
    let person = world.contoso.person(SIMON);
    let values = [
        SIMON.to_owned(),
        SIMON.to_lowercase(),
        "B.Simon".to_owned(),
        "B%2ESimon".to_owned(),
        "B.Simon%40".to_owned(),
        person.object_id.to_string(),
        "Geheimer Anzeigename".to_owned(),
        "Persoenliche NameID".to_owned(),
    ];
    let hex = |text: &str| text.bytes().map(|octet| format!("{octet:02x}")).collect::<String>();
    let mut forms = values.to_vec();
    for value in values {
        forms.push(hex(&value));
        // Whole groups of three octets, wherever the text begins in them.
        forms.extend((0..3).map(|skip| {
            let (_, octets) = value.as_bytes().split_at(skip);
            encode_base64(octets.split_at(octets.len() / 3 * 3).0)
        }));
    }
    forms
}

async fn found(world: &World) -> Vec<String> {
    let bytes = world.database_bytes().await;
    let is_there = |form: &String| bytes.windows(form.len()).any(|window| window == form.as_bytes());
    forms(world).into_iter().filter(is_there).collect()
}

/// [attack H12]
#[tokio::test]
async fn h12_a_person_who_was_here_is_nowhere_and_comes_back_as_nobody() {
    let world = World::new().await;
    world.trace(&world.contoso, Duration::HOUR).await;
    let mut person = world.contoso.person(SIMON);
    person.display_name = "Geheimer Anzeigename".to_owned();
    let arrives = async || {
        let mut browser = world.browser();
        let answer = browser
            .arrive(&world, &world.contoso, &person, |message| {
                message.assertion.name_id = "Persoenliche NameID".to_owned();
            })
            .await;
        let answer = if answer.status == 303 { browser.follow(&answer).await } else { answer };
        (browser, answer)
    };
    let (_, _) = arrives().await;
    let (mut out, _) = arrives().await;
    out.submit(&Form::own("/account/sign-out")).await;
    // The tile, which begins a login that goes on under the person's name.
    let mut tile = world.browser();
    tile.submit(&world.contoso.unasked(SIMON)).await;
    let mut other = world.browser();
    other.sign_in(&world, &world.contoso, LINDQVIST).await;
    let simon = world.user(SIMON).await;
    assert!(found(&world).await.len() >= 4, "{:?}", found(&world).await);
    let kept = world.store.verify_events(&[]).await.unwrap().heads;

    let erased = world.store.erase_user(&world.contoso.tenant(), &simon.id, world.clock.now()).await.unwrap();
    assert_eq!((erased.sessions, erased.identities), (2, 1));
    assert!(erased.traces >= 2 && erased.under_way >= 1, "{erased:?}");
    assert!(matches!(world.store.scrub().await.unwrap(), Scrubbed::Gone | Scrubbed::Server));
    assert_eq!(found(&world).await, [""; 0]);
    let verified = world.store.verify_events(&kept).await;
    assert!(!matches!(verified, Err(AuditError::Chain(_))), "{verified:?}");
    verified.unwrap();
    let event = world.events().await.pop().unwrap();
    assert_eq!((event.kind, event.user), (EventKind::AccountErased, Some(simon.id)));

    let (_, answer) = arrives().await;
    world.refused(&answer, 403, Refusal::IdentityDeleted.code());
    assert_eq!(world.users(&world.contoso).await.len(), 2, "nobody was made");
    assert_eq!(other.get("/account").await.status, 200, "somebody else stays");
}
