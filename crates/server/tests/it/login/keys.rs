//! What a connection trusts: all keys that its metadata lists now, used as its policy says.

use landfall_accounts::ports::ConnectionDirectory;
use landfall_accounts::{Danger, IdpBinding, IdpTrust, Weakening};
use landfall_http::connection_policy;
use landfall_saml::{CertificateDates, Policy, Unsolicited};
use landfall_xmldsig::{AlgorithmPolicy, C14nMethod};
use time::Duration;

use crate::world::{Answer, SIMON, World};

/// B.Simon of contoso arrives, by a response that contoso's key signs, or fabrikam's.
async fn signed_by_contoso(world: &World) -> Answer {
    let response = world.contoso.unasked(SIMON);
    world.browser().submit(&response).await
}

async fn signed_by_fabrikam(world: &World) -> Answer {
    let message = world.contoso.says(&world.contoso.person(SIMON), None);
    world.browser().submit(&world.fabrikam.form(&message, None)).await
}

#[tokio::test]
async fn g6_each_certificate_of_the_metadata_counts_while_a_key_is_replaced() {
    let world = World::new().await;
    let (old, new) = (world.contoso.trust(IdpBinding::Redirect), world.fabrikam.trust(IdpBinding::Redirect));
    let renew = async |certificates| {
        let trust = IdpTrust { certificates, ..old.clone() };
        world.store.renew_connection(&world.contoso.connection(), trust, world.clock.now()).await.unwrap();
    };
    world.refused(&signed_by_fabrikam(&world).await, 403, "signature.unknown_key");
    assert_eq!(signed_by_contoso(&world).await.status, 303);

    renew([old.certificates.clone(), new.certificates.clone()].concat()).await;
    assert_eq!(signed_by_fabrikam(&world).await.status, 303);
    assert_eq!(signed_by_contoso(&world).await.status, 303);

    renew(new.certificates.clone()).await;
    assert_eq!(signed_by_fabrikam(&world).await.status, 303);
    world.refused(&signed_by_contoso(&world).await, 403, "signature.unknown_key");
}

#[tokio::test]
async fn b9_c9_c10_each_weakening_drops_the_one_demand_that_it_names_until_its_end() {
    let world = World::new().await;
    let (name, now) = (world.contoso.connection(), world.clock.now());
    let end = now + Duration::DAY;
    let policy =
        async |at| connection_policy(&world.store.connection_named(&name).await.unwrap().unwrap(), at);
    let strict = Policy::new(Unsolicited::Restart, CertificateDates::Refuse);
    let algorithms = AlgorithmPolicy::strict();
    assert_eq!(policy(now).await, strict);
    for (danger, weakened) in [
        (Danger::Sha1, strict.danger_algorithms(algorithms.danger_allow_sha1())),
        (Danger::ShortRsa, strict.danger_algorithms(algorithms.danger_allow_short_rsa())),
        (Danger::EmptyReference, strict.danger_algorithms(algorithms.danger_allow_empty_reference())),
        (
            Danger::OtherC14n,
            strict.danger_algorithms(
                C14nMethod::ALL.into_iter().fold(algorithms, AlgorithmPolicy::danger_allow_c14n),
            ),
        ),
        (Danger::MissingAudience, strict.danger_allow_missing_audience()),
    ] {
        let weakening = Weakening::new(danger, "why", end, now).unwrap();
        world.store.weaken_connection(&name, weakening, now).await.unwrap();
        assert_eq!(policy(end - Duration::MILLISECOND).await, weakened, "{danger}");
        assert_eq!(policy(end).await, strict, "{danger}");
        world.store.strengthen_connection(&name, danger, now).await.unwrap();
        assert_eq!(policy(now).await, strict, "{danger}");
    }
}
