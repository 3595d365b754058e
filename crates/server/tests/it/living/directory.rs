//! Metadata of Entra's whole directory, whose keys sign nothing for an application.

use landfall_accounts::{Approval, CertificateFingerprint, IdpTrust, TrustedCertificate};
use landfall_entra_twin::KeysOf;
use landfall_xmldsig::Certificate;
use rcgen::{CertificateParams, DnType, KeyPair};
use serde_json::Value;
use url::Url;

use super::{connection, refresher, signed_by};
use crate::metadata::trust;
use crate::world::{Answer, Publisher, World};

/// Contoso's metadata are fetched from this path of the publisher from now on.
async fn fetched_from(world: &World, publisher: &Publisher, path: &str) {
    let url = Url::parse(&publisher.url()).unwrap().join(path).unwrap();
    let imported = refresher(world, publisher).import(&url, Approval::Approve, None, None).await;
    let (metadata, watched) = imported.unwrap();
    let now = world.clock.now();
    let trust = trust(&metadata, now).unwrap();
    world.store.renew_watched(&world.contoso.connection(), trust, &watched, now).await.unwrap();
}

/// What the operator reads is in the event: the refusal of the signature, and then whose keys are trusted.
async fn told(world: &World, answer: &Answer) -> Value {
    world.refused(answer, 403, "key.directory");
    let events = world.events_of(answer).await;
    let event: Value = serde_json::from_str(events.first().unwrap().detail.as_str()).unwrap();
    let checks = event.pointer("/decision/checks").and_then(Value::as_array).unwrap();
    assert!(checks.iter().any(|check| check["code"] == "signature.unknown_key"), "{event}");
    checks.last().unwrap().clone()
}

const DIRECTORY: &str = "/T/FederationMetadata/2007-06/FederationMetadata.xml";

#[tokio::test]
async fn where_metadata_are_the_directorys_the_refusal_says_which_to_take() {
    let (world, publisher) = (World::new().await, Publisher::start().await);
    publisher.say(200, &[], world.contoso.twin.metadata(KeysOf::Tenant).unwrap());
    fetched_from(&world, &publisher, DIRECTORY).await;
    let last = told(&world, &signed_by(&world, &world.contoso).await).await;
    assert_eq!((last["rule"].as_str(), last["code"].as_str()), (Some("key"), Some("key.directory")));
    let remedy = last["remedy"].as_str().unwrap();
    for part in ["your metadata are the directory's", "?appid=", "landfall connection renew"] {
        assert!(remedy.contains(part), "{remedy}");
    }
    // With the application's, its signature counts, and another's is what it is.
    publisher.publish(&world.contoso, &[&world.contoso]);
    fetched_from(&world, &publisher, &format!("{DIRECTORY}?appid=1")).await;
    assert_eq!(signed_by(&world, &world.contoso).await.status, 303);
    let stranger = signed_by(&world, &world.fabrikam).await;
    world.refused(&stranger, 403, "signature.unknown_key");
}

/// A file says no address, but Entra names the certificates of its directories otherwise than those of applications.
#[tokio::test]
async fn a_file_with_the_directorys_keys_is_known_by_their_name() {
    let world = World::new().await;
    let trusting = async |name: &str| {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.distinguished_name.push(DnType::CommonName, name);
        let der = params.self_signed(&KeyPair::generate().unwrap()).unwrap().der().to_vec();
        let certificate = Certificate::from_der(&der).unwrap();
        let fingerprint = CertificateFingerprint::from_bytes(*certificate.fingerprint().as_bytes());
        let idp = connection(&world, &world.contoso).await.idp;
        let first = idp.certificates[0].clone();
        let one = TrustedCertificate { der, fingerprint, ..first };
        let trust = IdpTrust { certificates: vec![one], ..idp };
        let (name, now) = (world.contoso.connection(), world.clock.now());
        world.store.renew_connection(&name, trust, now).await.unwrap();
        signed_by(&world, &world.contoso).await
    };
    told(&world, &trusting("accounts.accesscontrol.windows.net").await).await;
    let application = trusting("Microsoft Azure Federated SSO Certificate").await;
    world.refused(&application, 403, "signature.unknown_key");
}
