//! Metadata that live: keys that come and go, addresses that are down or lie, and what people notice of it.

mod directory;
mod fetch;
mod hostile;
mod names;
mod outage;
mod rollover;
mod tls;

use std::sync::Arc;

use landfall_accounts::ports::ConnectionDirectory;
use landfall_accounts::{Approval, CertificateFingerprint, CertificateState, Connection};
use url::Url;

use crate::metadata::{Fetcher, Refresher, Rules, Way, trust};
use crate::world::{Answer, Customer, Publisher, SIMON, World};

/// Long enough on a machine that has other work.
const LONGEST: std::time::Duration = std::time::Duration::from_secs(20);

fn fetcher(rules: Rules) -> Fetcher {
    Fetcher::new(rules, Way::of_the_system(), LONGEST)
}

/// Refreshes the connections of a world; new keys may count at once at the host of the publisher.
fn refresher(world: &World, publisher: &Publisher) -> Refresher {
    Refresher::new(world.store.clone(), fetcher(rules(publisher)), Arc::new(world.environment()))
}

fn rules(publisher: &Publisher) -> Rules {
    Rules {
        auto_hosts: ["127.0.0.1".to_owned()].into(),
        allow_private: [publisher.host()].into(),
        ..Rules::default()
    }
}

/// A world in which the metadata of contoso are fetched from a publisher.
async fn watched(approval: Approval) -> (World, Publisher) {
    let (world, publisher) = (World::new().await, Publisher::start().await);
    publisher.publish(&world.contoso, &[&world.contoso]);
    watch(&world, &world.contoso, &publisher, approval).await;
    (world, publisher)
}

async fn watch(world: &World, customer: &Customer, publisher: &Publisher, approval: Approval) {
    let url = Url::parse(&publisher.url()).unwrap();
    let (metadata, watched) = refresher(world, publisher).import(&url, approval, None, None).await.unwrap();
    let now = world.clock.now();
    let trust = trust(&metadata, now).unwrap();
    world.store.renew_watched(&customer.connection(), trust, &watched, now).await.unwrap();
}

/// B.Simon of contoso signs in, by a response that the key of `signer` signs.
async fn signed_by(world: &World, signer: &Customer) -> Answer {
    let mut browser = world.browser();
    let begun = browser.begin(world, &world.contoso).await;
    let message = world.contoso.says(&world.contoso.person(SIMON), Some(&begun));
    let answer = browser.submit(&signer.form(&message, Some(&begun))).await;
    if answer.status == 303 {
        assert_eq!(browser.follow(&answer).await.location(), "/account");
    }
    answer
}

async fn connection(world: &World, customer: &Customer) -> Connection {
    world.store.connection_named(&customer.connection()).await.unwrap().unwrap()
}

fn key(customer: &Customer) -> CertificateFingerprint {
    let certificate =
        landfall_xmldsig::Certificate::from_der(customer.twin.app().signing.certificate()).unwrap();
    CertificateFingerprint::from_bytes(*certificate.fingerprint().as_bytes())
}

async fn state(world: &World, of: &Customer, key: CertificateFingerprint) -> Option<CertificateState> {
    let connection = connection(world, of).await;
    connection.idp.certificates.iter().find(|one| one.fingerprint == key).map(|one| one.state)
}
