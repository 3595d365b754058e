//! Domains that a tenant proves by a record in DNS.

use landfall_accounts::{
    ChallengeValue, DomainChallenge, DomainName, EventKind, TenantName, Unproven, VerifiedBy,
};
use landfall_store::AdminError;
use time::OffsetDateTime;

use crate::support::{NOW, SECOND, World, tenant};

fn domain() -> DomainName {
    "contoso.test".parse().unwrap()
}

async fn challenge(world: &World, name: &str, n: u8, at: OffsetDateTime) -> DomainChallenge {
    world.store.challenge_domain(&tenant(name), &domain(), ChallengeValue::new([n; 32]), at).await.unwrap()
}

fn says(challenges: &[&DomainChallenge]) -> Vec<String> {
    let said = challenges.iter().map(|challenge| challenge.value.as_str().to_owned());
    said.chain(["v=spf1 -all".to_owned()]).collect()
}

#[track_caller]
fn unproven(error: &AdminError, expected: Unproven) {
    let AdminError::Unproven { source, .. } = error else { panic!("expected {expected}, got {error}") };
    assert_eq!((*source, error.code()), (expected, expected.code()));
}

async fn of_other_than_contoso(world: &World) -> TenantName {
    world.fabrikam().await;
    tenant("fabrikam")
}

#[tokio::test]
async fn a_record_gives_the_domain_to_the_tenant_that_was_challenged() {
    let world = World::new().await;
    let asked = challenge(&world, "contoso", 1, NOW).await;
    assert_eq!((asked.tenant, &asked.domain), (world.contoso.tenant, &domain()));
    assert_eq!(world.store.domains().await.unwrap().len(), 1, "a challenge lists nothing");
    let error = world.store.verify_domain(&domain(), &says(&[]), NOW).await.unwrap_err();
    unproven(&error, Unproven::OtherValue { records: 1 });

    let later = NOW + SECOND;
    let verified = world.store.verify_domain(&domain(), &says(&[&asked]), later).await.unwrap();
    assert_eq!((verified.tenant, verified.connection), (world.contoso.tenant, None));
    assert_eq!((verified.verified_by, verified.verified_at), (VerifiedBy::Dns, later));
    assert!(world.store.domains().await.unwrap().contains(&verified));
    let event = world.events().await.remove(0);
    assert_eq!((event.kind, event.tenant), (EventKind::ConfigurationChanged, Some(world.contoso.tenant)));
    assert!(event.detail.as_str().contains("domain.verify"), "{event:?}");

    let bound = world.store.bind_domain(&domain(), &world.contoso.name, later).await.unwrap();
    let again = world.store.verify_domain(&domain(), &says(&[&asked]), later + SECOND).await.unwrap();
    assert_eq!((again.connection, again.verified_at), (bound.connection, later + SECOND), "it stays bound");
}

#[tokio::test]
async fn what_an_operator_vouched_for_can_be_proven_later() {
    let world = World::new().await;
    let added = world.store.add_domain(&tenant("contoso"), domain(), NOW).await.unwrap();
    assert_eq!(added.verified_by, VerifiedBy::Operator);
    let asked = challenge(&world, "contoso", 1, NOW).await;
    let proven = world.store.verify_domain(&domain(), &says(&[&asked]), NOW).await.unwrap();
    assert_eq!((proven.tenant, proven.verified_by), (added.tenant, VerifiedBy::Dns));
}

#[tokio::test]
async fn a_challenge_stays_the_same_until_it_expires() {
    let world = World::new().await;
    let first = challenge(&world, "contoso", 1, NOW).await;
    let end = NOW + DomainChallenge::LIFETIME;
    assert_eq!(challenge(&world, "contoso", 2, end - SECOND).await, first);
    let error = world.store.verify_domain(&domain(), &says(&[&first]), end).await.unwrap_err();
    unproven(&error, Unproven::Expired);
    let second = challenge(&world, "contoso", 3, end).await;
    assert_ne!(second.value, first.value);
    assert!(world.store.verify_domain(&domain(), &says(&[&first]), end).await.is_err());
    world.store.verify_domain(&domain(), &says(&[&second]), end).await.unwrap();
    let late = end + DomainChallenge::LIFETIME;
    assert_eq!(challenge(&world, "contoso", 4, late).await, second, "the owner's record stands for good");
    world.store.verify_domain(&domain(), &says(&[&second]), late).await.unwrap();
}

#[tokio::test]
async fn a_domain_that_nobody_is_to_prove_is_not_verified() {
    let world = World::new().await;
    let error = world.store.verify_domain(&domain(), &says(&[]), NOW).await.unwrap_err();
    assert_eq!(error.code(), "domain.no_challenge");
    assert!(error.to_string().contains("landfall domain challenge TENANT contoso.test"), "{error}");
}

#[tokio::test]
async fn g4_no_customer_gets_a_domain_by_what_another_publishes() {
    let world = World::new().await;
    of_other_than_contoso(&world).await;
    let (hostile, ours) =
        (challenge(&world, "fabrikam", 1, NOW).await, challenge(&world, "contoso", 2, NOW).await);
    assert_ne!(hostile.value, ours.value);
    let error = world.store.verify_domain(&domain(), &says(&[&hostile, &ours]), NOW).await.unwrap_err();
    unproven(&error, Unproven::TwoTenants);
    let verified = world.store.verify_domain(&domain(), &says(&[&ours]), NOW).await.unwrap();
    assert_eq!(verified.tenant, world.contoso.tenant);
    let listed = world.store.domains().await.unwrap();
    assert_eq!(listed.iter().filter(|listed| listed.tenant != world.contoso.tenant).count(), 1);
}

#[tokio::test]
async fn of_two_tenants_the_first_that_proves_wins_and_the_other_is_told() {
    let world = World::new().await;
    let fabrikam = of_other_than_contoso(&world).await;
    let (theirs, ours) =
        (challenge(&world, "fabrikam", 1, NOW).await, challenge(&world, "contoso", 2, NOW).await);
    let won = world.store.verify_domain(&domain(), &says(&[&theirs]), NOW).await.unwrap();
    let error = world.store.verify_domain(&domain(), &says(&[&ours]), NOW).await.unwrap_err();
    assert!(
        matches!(&error, AdminError::DomainTaken { tenant, .. } if *tenant == fabrikam),
        "the other is told whose it is: {error}"
    );
    let value = ChallengeValue::new([3; 32]);
    let error = world.store.challenge_domain(&tenant("contoso"), &domain(), value, NOW).await.unwrap_err();
    assert_eq!(error.code(), "domain.taken");
    assert!(world.store.domains().await.unwrap().contains(&won));
}

#[tokio::test]
async fn the_case_of_a_domain_does_not_count_in_its_a_label_form_either() {
    let world = World::new().await;
    let name: DomainName = "XN--Mnchen-3ya.Test".parse().unwrap();
    let value = ChallengeValue::new([1; 32]);
    let asked = world.store.challenge_domain(&tenant("contoso"), &name, value, NOW).await.unwrap();
    let lower = "xn--mnchen-3ya.test".parse().unwrap();
    let verified = world.store.verify_domain(&lower, &says(&[&asked]), NOW).await.unwrap();
    assert_eq!(verified.name, name);
    world.store.bind_domain(&lower, &world.contoso.name, NOW).await.unwrap();
    let (_, committed) = world.login("ada", "Ada@XN--MNCHEN-3YA.test").await;
    crate::support::signed_in(committed);
}
