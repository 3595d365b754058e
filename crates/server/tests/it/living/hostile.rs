//! The administrator of fabrikam publishes whatever he likes; contoso does not notice.

use landfall_accounts::Approval;
use time::Duration;

use super::{connection, key, refresher, signed_by, state, watch};
use crate::world::{Publisher, REYES, World, publisher_metadata};

/// Fabrikam's metadata are fetched from a publisher, and its keys count at once.
async fn world() -> (World, Publisher) {
    let (world, publisher) = (World::new().await, Publisher::start().await);
    publisher.publish(&world.fabrikam, &[&world.fabrikam]);
    watch(&world, &world.fabrikam, &publisher, Approval::Auto).await;
    (world, publisher)
}

#[tokio::test]
async fn f1_metadata_in_the_name_of_contoso_change_nothing_of_either() {
    let (world, publisher) = world().await;
    let both = async || (connection(&world, &world.contoso).await, connection(&world, &world.fabrikam).await);
    let before = both().await;
    // Contoso's own metadata, the same with fabrikam's key, and a list of both.
    let contoso = publisher_metadata(&world.contoso, &[&world.contoso]);
    let forged = publisher_metadata(&world.contoso, &[&world.fabrikam]);
    for text in [contoso, forged] {
        publisher.say(200, &[], text);
        world.clock.advance(Duration::DAY);
        refresher(&world, &publisher).round().await.unwrap();
        assert_eq!(both().await, before);
        let failure = world.store.metadata_source(&world.fabrikam.connection()).await.unwrap().1.failure;
        assert_eq!(failure.unwrap().code, "metadata.no_such_entity");
    }
    let inner = |customer, key| {
        let text: String = publisher_metadata(customer, &[key]);
        let (_, entity) = text.split_once("<EntityDescriptor").unwrap();
        format!("<EntityDescriptor{entity}")
    };
    let list = format!(
        "<EntitiesDescriptor xmlns=\"urn:oasis:names:tc:SAML:2.0:metadata\">{}{}</EntitiesDescriptor>",
        inner(&world.fabrikam, &world.fabrikam),
        inner(&world.contoso, &world.fabrikam)
    );
    publisher.say(200, &[], list);
    world.clock.advance(Duration::DAY);
    refresher(&world, &publisher).round().await.unwrap();
    let source = world.store.metadata_source(&world.fabrikam.connection()).await.unwrap().1;
    assert_eq!(source.failure, None, "its own part of the list is taken");
    assert_eq!(both().await.0, before.0);
    world.refused(&signed_by(&world, &world.fabrikam).await, 403, "signature.unknown_key");
    assert_eq!(signed_by(&world, &world.contoso).await.status, 303);
}

#[tokio::test]
async fn e12_the_key_of_contoso_in_the_metadata_of_fabrikam_counts_at_fabrikam_alone() {
    let (world, publisher) = world().await;
    let before = connection(&world, &world.contoso).await;
    publisher.publish(&world.fabrikam, &[&world.fabrikam, &world.contoso]);
    world.clock.advance(Duration::DAY);
    refresher(&world, &publisher).round().await.unwrap();
    assert!(state(&world, &world.fabrikam, key(&world.contoso)).await.is_some());
    // And when it leaves fabrikam's metadata, or is refused there, contoso keeps it.
    publisher.publish(&world.fabrikam, &[&world.fabrikam]);
    world.clock.advance(Duration::DAY);
    refresher(&world, &publisher).round().await.unwrap();
    world
        .store
        .refuse_key(&world.fabrikam.connection(), &key(&world.contoso), world.clock.now())
        .await
        .unwrap();
    assert_eq!(connection(&world, &world.contoso).await, before);
    assert_eq!(signed_by(&world, &world.contoso).await.status, 303);
    world.refused(&signed_by(&world, &world.fabrikam).await, 403, "signature.unknown_key");
    world.browser().sign_in(&world, &world.fabrikam, REYES).await;
}

#[tokio::test]
async fn f1_a_sign_on_address_elsewhere_waits_and_nobody_is_sent_there() {
    let (world, publisher) = world().await;
    let text = publisher_metadata(&world.fabrikam, &[&world.fabrikam]);
    publisher.say(200, &[], text.replace("https://login.fabrikam.example", "https://login.contoso.example"));
    world.clock.advance(Duration::DAY);
    refresher(&world, &publisher).round().await.unwrap();
    let source = world.store.metadata_source(&world.fabrikam.connection()).await.unwrap().1;
    assert!(source.waiting.is_some_and(|waiting| !waiting.sso.is_empty()));
    let answer = world.browser().get(&world.fabrikam.start()).await;
    assert!(answer.location().starts_with("https://login.fabrikam.example/"));
}
