//! What people grant for longer than a session, as they and their operator see it.

use landfall_accounts::{EndOutcome, Lasting, OfflineAccess, ports::GrantStore};

use crate::{behind::new_grant, grants::signed_in, support::NOW};

#[tokio::test]
async fn a_grant_lasts_of_itself_only_where_its_operator_allows_it() {
    let (world, ada, _) = signed_in().await;
    let never = world.application_that("never", |new| new.offline = OfflineAccess::Never).await;
    let granted = world.sign_on(&never, &ada, Lasting::OfItself, 1).await.grant;
    assert_eq!(
        (granted.lasting, granted.scopes.to_string().as_str()),
        (Lasting::WithSession, "openid email")
    );
}

#[tokio::test]
async fn activations_are_listed_and_ended_by_their_person_and_by_an_operator() {
    let (world, ada, payroll) = signed_in().await;
    let bob = world.sign_in("bob", "bob@contoso.example", 2).await;
    world.sign_on(&payroll, &ada, Lasting::WithSession, 1).await;
    let first = world.sign_on(&payroll, &ada, Lasting::OfItself, 2).await.grant;
    world.agree(new_grant(&payroll, &ada, Lasting::OfItself, 3), NOW).await;
    let theirs = world.sign_on(&payroll, &bob, Lasting::OfItself, 4).await.grant;
    let of = async |user| world.store.activations_of(user, NOW).await.unwrap();
    assert_eq!(of(&ada.user.id).await, [(first.clone(), payroll.clone())], "redeemed, and lasting of itself");
    let all = world.store.activations(None, NOW).await.unwrap();
    assert_eq!(all.len(), 2);
    assert_eq!(world.store.grants_of_application(&payroll.id, NOW).await.unwrap(), 3);

    let end = async |owner| world.store.end_grant(&first.id, owner, NOW).await.unwrap();
    assert_eq!(end(Some(&bob.user.id)).await, EndOutcome::NotFound);
    assert_eq!(of(&ada.user.id).await.len(), 1);
    assert_eq!(end(Some(&ada.user.id)).await, EndOutcome::Ended);
    assert_eq!(end(Some(&ada.user.id)).await, EndOutcome::NotFound);
    assert!(of(&ada.user.id).await.is_empty() && !world.counts(2, NOW).await);
    world.store.revoke_grant(&theirs.id, NOW).await.unwrap();
    assert_eq!(world.store.revoke_grant(&theirs.id, NOW).await.unwrap_err().code(), "grant.unknown");
    assert!(!world.counts(4, NOW).await && world.counts(1, NOW).await);
}
