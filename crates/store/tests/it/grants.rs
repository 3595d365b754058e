//! What is granted: codes, tokens, and how long each counts.

use landfall_accounts::{
    Application, CodeRedemption, EndReason, EventKind, Grant, GrantOutcome, GrantRefusal, Lasting, Opened,
    RefreshRedemption, Scopes, TokenKind, TokenOutcome,
    ports::{GrantStore, SessionStore},
};
use time::Duration;

use crate::{
    behind::{access, given, new_grant, not_given, redemption, refresh, renewal},
    support::{ADA, MILLISECOND, NOW, SECOND, World, attempt, committed, opened, tenant, token},
};

/// Ada is signed in at contoso, and payroll is an application.
pub(crate) async fn signed_in() -> (World, Opened, Application) {
    let world = World::new().await;
    let ada = world.sign_in("ada", ADA, 1).await;
    let payroll = world.application("payroll").await;
    (world, ada, payroll)
}

/// [rfc6749 4.1.2]
#[tokio::test]
async fn a_code_gives_tokens_that_count_for_their_time() {
    let (world, ada, payroll) = signed_in().await;
    let id = world.agree(new_grant(&payroll, &ada, Lasting::WithSession, 1), NOW).await;
    assert!(!world.counts(1, NOW).await, "nothing counts before the code is redeemed");
    let granted = given(world.store.redeem_code(redemption(&payroll, 1), NOW).await.unwrap());
    let grant = &granted.grant;
    assert_eq!((grant.id, grant.app, grant.user, grant.session), (id, payroll.id, ada.user.id, ada.session));
    assert_eq!((grant.scopes.to_string().as_str(), grant.lasting), ("openid email", Lasting::WithSession));
    assert_eq!(grant.nonce.as_ref().unwrap().as_str(), "nonce");
    let session = world.store.session_of_token(&token(1), NOW).await.unwrap().unwrap().session;
    assert_eq!((&grant.authentication, grant.expires_at), (&session.authentication, session.expires_at));
    assert_eq!((granted.tenant.as_str(), granted.connection.as_str()), ("contoso", "contoso-entra"));
    assert!(granted.email_verified, "contoso.example is contoso's");

    for (token, kind, lifetime) in [
        (access(1), TokenKind::Access, Grant::ACCESS_LIFETIME),
        (refresh(1), TokenKind::Refresh, session.expires_at - NOW),
    ] {
        let live = world.store.live_token(&token, NOW).await.unwrap().unwrap();
        assert_eq!((live.kind, live.issued_at, live.expires_at), (kind, NOW, NOW + lifetime));
        assert_eq!(live.granted, granted);
        world.use_until(1, NOW + lifetime - MILLISECOND).await;
        assert!(world.store.live_token(&token, NOW + lifetime - MILLISECOND).await.unwrap().is_some());
        assert_eq!(world.store.live_token(&token, NOW + lifetime).await.unwrap(), None);
    }
    let made = world.events().await.into_iter().find(|event| event.kind == EventKind::GrantMade).unwrap();
    assert_eq!((made.user, made.connection), (Some(ada.user.id), Some(world.contoso.id)));
    assert!(made.detail.as_str().contains("payroll") && made.detail.as_str().contains(&id.to_string()));
}

#[tokio::test]
async fn an_address_is_verified_by_its_tenant_s_own_domain_alone() {
    for (email, verified) in [("a@contoso.example", true), ("a@fabrikam.example", false), ("a", false)] {
        let world = World::new().await;
        world.fabrikam().await;
        let payroll = world.application("payroll").await;
        let mut record = world.record(&world.contoso, "ada", ADA);
        record.arrival = crate::support::arrival_at(&world.contoso, "ada", ADA, email);
        committed(
            landfall_accounts::ports::LoginStore::commit(&world.store, record.clone(), NOW).await.unwrap(),
        );
        let hop = landfall_accounts::ports::LoginStore::hop(&world.store, attempt(&record, 1), NOW);
        let ada = opened(hop.await.unwrap());
        let granted = world.sign_on(&payroll, &ada, Lasting::WithSession, 1).await;
        assert_eq!(granted.email_verified, verified, "{email}");
    }
}

/// Each refusal has an accepted twin: the same without its edit.
#[tokio::test]
async fn codes_that_are_refused_and_what_ends_with_them() {
    type Edit = fn(&mut CodeRedemption, &Application);
    let table: [(&str, GrantRefusal, bool, Duration, Edit); 6] = [
        ("unknown", GrantRefusal::Unknown, true, Duration::ZERO, |shown, _| shown.code = access(9)),
        ("other application", GrantRefusal::OtherApplication, true, Duration::ZERO, |shown, other| {
            shown.app = other.id;
        }),
        ("too late", GrantRefusal::Expired, true, Grant::CODE_LIFETIME, |_, _| {}),
        ("other address", GrantRefusal::OtherRedirect, false, Duration::ZERO, |shown, _| {
            shown.redirect = Some("https://payroll.example/cb/".to_owned());
        }),
        ("no verifier", GrantRefusal::OtherVerifier, false, Duration::ZERO, |shown, _| {
            shown.challenge = None;
        }),
        ("other verifier", GrantRefusal::OtherVerifier, false, Duration::ZERO, |shown, _| {
            shown.challenge = Some("F9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM".parse().unwrap());
        }),
    ];
    for (what, expected, still_good, later, edit) in table {
        let (world, ada, payroll) = signed_in().await;
        let other = world.application("wiki").await;
        world.agree(new_grant(&payroll, &ada, Lasting::WithSession, 1), NOW).await;
        let mut shown = redemption(&payroll, 1);
        edit(&mut shown, &other);
        let refused = not_given(&world.store.redeem_code(shown, NOW + later).await.unwrap());
        assert_eq!(refused, expected, "{what}");
        let told = usize::from(expected != GrantRefusal::Unknown);
        assert_eq!(world.count(EventKind::GrantRefused).await, told, "{what}");
        let honest =
            world.store.redeem_code(redemption(&payroll, 1), NOW + Grant::CODE_LIFETIME - MILLISECOND);
        let honest = honest.await.unwrap();
        if still_good {
            given(honest);
        } else {
            assert_eq!(not_given(&honest), GrantRefusal::Ended, "{what}");
            assert_eq!(world.count(EventKind::GrantEnded).await, 1, "{what}");
        }
    }
}

/// [rfc6749 4.1.2], [rfc9700 4.14]
#[tokio::test]
async fn a_code_that_comes_again_ends_what_came_of_it() {
    let (world, ada, payroll) = signed_in().await;
    world.sign_on(&payroll, &ada, Lasting::OfItself, 1).await;
    let other = world.application("wiki").await;
    world.sign_on(&other, &ada, Lasting::OfItself, 2).await;
    let stranger = CodeRedemption { app: other.id, ..redemption(&payroll, 1) };
    let refused = not_given(&world.store.redeem_code(stranger, NOW).await.unwrap());
    assert_eq!(refused, GrantRefusal::OtherApplication, "a stranger ends nothing");
    assert!(world.counts(1, NOW).await);
    let again = not_given(&world.store.redeem_code(redemption(&payroll, 1), NOW + SECOND).await.unwrap());
    assert_eq!(again, GrantRefusal::Reused);
    assert_eq!([world.counts(1, NOW + SECOND).await, world.counts(2, NOW + SECOND).await], [false, true]);
    let renewed = world.store.refresh(renewal(&payroll, 1, 3), NOW + SECOND).await.unwrap();
    assert_eq!(not_given(&renewed), GrantRefusal::Ended);
    let ended = world.events().await.into_iter().find(|event| event.kind == EventKind::GrantEnded).unwrap();
    assert!(ended.detail.as_str().contains("grant.reused"), "{:?}", ended.detail);
}

/// Two nodes share the database.
#[tokio::test]
async fn of_two_who_show_a_code_at_once_one_gets_tokens_and_then_nobody_has_any() {
    let (world, ada, payroll) = signed_in().await;
    world.agree(new_grant(&payroll, &ada, Lasting::OfItself, 1), NOW).await;
    let other = world.database.open().await;
    let (one, two) = (
        redemption(&payroll, 1),
        CodeRedemption { tokens: redemption(&payroll, 2).tokens, ..redemption(&payroll, 1) },
    );
    let (one, two) = tokio::join!(world.store.redeem_code(one, NOW), other.redeem_code(two, NOW));
    one_given_one_reused(&[one.unwrap(), two.unwrap()]);
    assert_eq!([world.counts(1, NOW).await, world.counts(2, NOW).await], [false, false]);
}

#[tokio::test]
async fn of_two_who_show_a_refresh_token_at_once_one_gets_tokens_and_then_nobody_has_any() {
    let (world, ada, payroll) = signed_in().await;
    world.sign_on(&payroll, &ada, Lasting::OfItself, 1).await;
    let other = world.database.open().await;
    let (one, two) = (renewal(&payroll, 1, 2), renewal(&payroll, 1, 3));
    let (one, two) = tokio::join!(world.store.refresh(one, NOW), other.refresh(two, NOW));
    one_given_one_reused(&[one.unwrap(), two.unwrap()]);
    for n in 1..=3 {
        assert!(!world.counts(n, NOW).await, "{n}");
    }
}

#[track_caller]
fn one_given_one_reused(outcomes: &[TokenOutcome]) {
    let given = |outcome: &&TokenOutcome| matches!(outcome, TokenOutcome::Granted(_));
    let reused = |outcome: &&TokenOutcome| **outcome == TokenOutcome::Refused(GrantRefusal::Reused);
    let (given, reused) = (outcomes.iter().filter(given).count(), outcomes.iter().filter(reused).count());
    assert_eq!((given, reused), (1, 1), "{outcomes:?}");
}

/// [rfc9700 4.14.2]
#[tokio::test]
async fn a_refresh_token_counts_once_and_ends_the_grant_when_it_comes_again() {
    let (world, ada, payroll) = signed_in().await;
    let other = world.application("wiki").await;
    world.sign_on(&payroll, &ada, Lasting::OfItself, 1).await;
    let by_other = world.store.refresh(renewal(&other, 1, 9), NOW).await.unwrap();
    assert_eq!(not_given(&by_other), GrantRefusal::OtherApplication);
    let mut no_refresh_token = renewal(&payroll, 1, 9);
    no_refresh_token.refresh = access(1);
    assert_eq!(not_given(&world.store.refresh(no_refresh_token, NOW).await.unwrap()), GrantRefusal::Unknown);

    let later = NOW + Duration::days(20);
    let granted = given(world.store.refresh(renewal(&payroll, 1, 2), later).await.unwrap());
    assert_eq!((granted.grant.last_used_at, granted.grant.created_at), (later, NOW));
    assert!(world.counts(2, later).await);
    assert_eq!(world.store.live_token(&refresh(1), later).await.unwrap(), None, "it is used up");
    let granted = world.store.live_token(&refresh(2), later).await.unwrap().unwrap();
    assert_eq!(granted.expires_at, later + Grant::REFRESH_LIFETIME);
    assert_eq!(granted.scopes.to_string(), "openid email offline_access");

    let again = world.store.refresh(renewal(&payroll, 1, 3), later).await.unwrap();
    assert_eq!(not_given(&again), GrantRefusal::Reused);
    assert!(!world.counts(2, later).await);
    assert_eq!(
        not_given(&world.store.refresh(renewal(&payroll, 2, 3), later).await.unwrap()),
        GrantRefusal::Ended
    );
}

/// [rfc6749 6]
#[tokio::test]
async fn an_access_token_may_be_good_for_less_than_was_granted_and_for_no_more() {
    let (world, ada, payroll) = signed_in().await;
    world.sign_on(&payroll, &ada, Lasting::OfItself, 1).await;
    let scopes = async |n| {
        let live = world.store.live_token(&access(n), NOW).await.unwrap().unwrap();
        live.scopes.to_string()
    };
    for (n, wanted, expected) in [(1, Some("openid"), "openid"), (2, None, "openid email offline_access")] {
        let shown = renewal(&payroll, n, n + 1);
        let wants = |wanted| RefreshRedemption { scopes: Some(Scopes::asked(wanted)), ..shown.clone() };
        for more in ["openid email groups", "email", ""] {
            let refused = world.store.refresh(wants(more), NOW).await.unwrap();
            assert_eq!(not_given(&refused), GrantRefusal::Scope, "{more}");
            assert!(world.store.live_token(&refresh(n), NOW).await.unwrap().is_some(), "nothing is used up");
        }
        let shown = wanted.map_or(shown.clone(), wants);
        let granted = given(world.store.refresh(shown, NOW).await.unwrap());
        assert_eq!(granted.grant.scopes.to_string(), "openid email offline_access", "the grant stays");
        assert_eq!(scopes(n + 1).await, expected);
    }
    // Who shows one that was used is not alone, whatever they want of it.
    let mut again = renewal(&payroll, 1, 9);
    again.scopes = Some(Scopes::asked("groups"));
    assert_eq!(not_given(&world.store.refresh(again, NOW).await.unwrap()), GrantRefusal::Reused);
    assert!(!world.counts(3, NOW).await);
}

#[tokio::test]
async fn a_refresh_token_ends_when_it_is_not_used_and_a_grant_after_a_year() {
    let (world, ada, payroll) = signed_in().await;
    world.sign_on(&payroll, &ada, Lasting::OfItself, 1).await;
    let over = NOW + Grant::REFRESH_LIFETIME;
    let late = world.store.refresh(renewal(&payroll, 1, 2), over).await.unwrap();
    assert_eq!(not_given(&late), GrantRefusal::Expired);
    let mut at = over - MILLISECOND;
    let mut n = 1;
    while at < NOW + Grant::LONGEST {
        let granted = given(world.store.refresh(renewal(&payroll, n, n + 1), at).await.unwrap());
        assert_eq!(granted.grant.expires_at, NOW + Grant::LONGEST);
        (at, n) = (at + Duration::days(29), n + 1);
    }
    assert!(!world.counts(n, NOW + Grant::LONGEST).await);
    let late = world.store.refresh(renewal(&payroll, n, n + 1), NOW + Grant::LONGEST).await.unwrap();
    assert_eq!(not_given(&late), GrantRefusal::Expired);
}

#[tokio::test]
async fn a_refresh_is_a_use_of_the_session_where_the_grant_ends_with_it() {
    for (lasting, lives) in [(Lasting::WithSession, true), (Lasting::OfItself, false)] {
        let (world, ada, payroll) = signed_in().await;
        world.sign_on(&payroll, &ada, lasting, 1).await;
        let (idle, half) = (Duration::hours(2), Duration::minutes(90));
        given(world.store.refresh(renewal(&payroll, 1, 2), NOW + half).await.unwrap());
        let found = world.store.session_of_token(&token(1), NOW + idle + SECOND).await.unwrap();
        assert_eq!(found.is_some(), lives, "{lasting:?}");
        let end = NOW + half + idle;
        let late = world.store.refresh(renewal(&payroll, 2, 3), end).await.unwrap();
        match lasting {
            Lasting::WithSession => assert_eq!(not_given(&late), GrantRefusal::Ended),
            Lasting::OfItself => drop(given(late)),
        }
    }
}

/// Whoever locks people out ends what they granted; each use looks again all the same.
#[tokio::test]
async fn a_grant_counts_only_while_account_and_connection_admit_its_person() {
    for out in ["UPDATE users SET state = 'suspended'", "UPDATE connections SET state = 'disabled'"] {
        let (world, ada, payroll) = signed_in().await;
        world.sign_on(&payroll, &ada, Lasting::OfItself, 1).await;
        world.agree(new_grant(&payroll, &ada, Lasting::OfItself, 2), NOW).await;
        let listed = async || world.store.activations_of(&ada.user.id, NOW).await.unwrap().len();
        assert_eq!((world.counts(1, NOW).await, listed().await), (true, 1));
        world.database.sql(out).await;
        assert_eq!((world.counts(1, NOW).await, listed().await), (false, 0), "{out}");
        let renewed = world.store.refresh(renewal(&payroll, 1, 3), NOW).await.unwrap();
        let redeemed = world.store.redeem_code(redemption(&payroll, 2), NOW).await.unwrap();
        for outcome in [renewed, redeemed] {
            assert_eq!(not_given(&outcome), GrantRefusal::Ended, "{out}");
        }
    }
}

#[tokio::test]
async fn nothing_is_granted_in_a_session_that_is_gone_or_to_an_application_that_is_not_theirs() {
    let (world, ada, payroll) = signed_in().await;
    let fabrikam = world.fabrikam().await;
    let theirs = world.application_that("theirs", |new| new.tenant = Some(fabrikam.tenant)).await;
    let ours = world.application_that("ours", |new| new.tenant = Some(world.contoso.tenant)).await;
    let outcome = async |app: &Application, n, edit: fn(&mut landfall_accounts::NewGrant)| {
        let mut new = new_grant(app, &ada, Lasting::WithSession, n);
        edit(&mut new);
        world.store.grant(new, NOW).await.unwrap()
    };
    assert!(matches!(outcome(&ours, 1, |_| {}).await, GrantOutcome::Granted(_)));
    assert_eq!(outcome(&theirs, 2, |_| {}).await, GrantOutcome::Gone);
    let mut elsewhere = new_grant(&payroll, &ada, Lasting::WithSession, 3);
    elsewhere.tenant = fabrikam.tenant;
    assert_eq!(world.store.grant(elsewhere, NOW).await.unwrap(), GrantOutcome::Gone);
    world.store.revoke_session(&ada.session, NOW).await.unwrap();
    assert_eq!(outcome(&ours, 4, |_| {}).await, GrantOutcome::Gone);
    assert_eq!(world.count(EventKind::GrantMade).await, 1);
}

#[tokio::test]
async fn a_token_ends_its_grant_for_its_own_application_alone() {
    let (world, ada, payroll) = signed_in().await;
    let other = world.application("wiki").await;
    for (n, token) in [(1, access(1)), (2, refresh(2))] {
        world.sign_on(&payroll, &ada, Lasting::OfItself, n).await;
        world.store.revoke_token(&other.id, &token, NOW).await.unwrap();
        world.store.revoke_token(&payroll.id, &access(99), NOW).await.unwrap();
        assert!(world.counts(n, NOW).await);
        world.store.revoke_token(&payroll.id, &token, NOW).await.unwrap();
        assert!(!world.counts(n, NOW).await);
        assert_eq!(world.count(EventKind::GrantEnded).await, usize::try_from(n).unwrap());
    }
    assert!(world.store.session_of_token(&token(1), NOW).await.unwrap().is_some(), "the session goes on");
}

#[tokio::test]
async fn of_a_person_who_has_too_many_at_an_application_those_end_that_were_not_used_for_the_longest_time() {
    let (world, ada, payroll) = signed_in().await;
    let other = world.application("wiki").await;
    world.sign_on(&other, &ada, Lasting::OfItself, 2000).await;
    world.sign_on(&payroll, &ada, Lasting::OfItself, 1).await;
    world.sign_on(&payroll, &ada, Lasting::OfItself, 2).await;
    given(world.store.refresh(renewal(&payroll, 1, 1000), NOW + SECOND).await.unwrap());
    let most = u32::try_from(Grant::MOST).unwrap();
    for n in 3..=most + 1 {
        world.agree(new_grant(&payroll, &ada, Lasting::WithSession, n), NOW + SECOND).await;
    }
    assert_eq!([world.counts(1000, NOW).await, world.counts(2, NOW).await], [true, false]);
    assert_eq!(world.count(EventKind::GrantEnded).await, 1);
    assert!(world.counts(2000, NOW).await, "no application pushes out another one's");
}

#[tokio::test]
async fn what_is_over_is_forgotten_and_what_counts_is_not() {
    let (world, ada, payroll) = signed_in().await;
    world.sign_on(&payroll, &ada, Lasting::WithSession, 1).await;
    world.sign_on(&payroll, &ada, Lasting::OfItself, 2).await;
    world.agree(new_grant(&payroll, &ada, Lasting::OfItself, 3), NOW).await;
    let purge = async |after: Duration| {
        let purged = world.store.purge(NOW + after).await.unwrap();
        (purged.grants, purged.grant_tokens)
    };
    assert_eq!(purge(Duration::minutes(59)).await, (0, 0));
    assert_eq!(purge(Grant::ACCESS_LIFETIME).await, (0, 2));
    // The session runs out after two hours without use, and with it the first grant.
    let out = Duration::hours(2);
    assert_eq!(purge(out).await, (0, 0));
    let dead = world.store.refresh(renewal(&payroll, 1, 9), NOW + out).await.unwrap();
    assert_eq!(not_given(&dead), GrantRefusal::Ended, "for a day it is known why");
    assert_eq!(purge(Duration::DAY - MILLISECOND).await, (0, 1), "its refresh token ended with the session");
    assert_eq!(purge(Duration::DAY).await, (1, 0), "the code that nobody redeemed");
    assert_eq!(purge(Duration::DAY + out).await, (1, 0));
    given(world.store.refresh(renewal(&payroll, 2, 10), NOW + Duration::DAY + out).await.unwrap());
}

/// [attack E11]
#[tokio::test]
async fn grants_of_two_customers_stay_apart() {
    let (world, ada, payroll) = signed_in().await;
    let fabrikam = world.fabrikam().await;
    let record = world.record(&fabrikam, "ada", "ada@fabrikam.example");
    committed(landfall_accounts::ports::LoginStore::commit(&world.store, record.clone(), NOW).await.unwrap());
    let hop = landfall_accounts::ports::LoginStore::hop(&world.store, attempt(&record, 2), NOW);
    let eve = opened(hop.await.unwrap());
    world.sign_on(&payroll, &ada, Lasting::OfItself, 1).await;
    let theirs = world.sign_on(&payroll, &eve, Lasting::OfItself, 2).await;
    assert_eq!(theirs.tenant.as_str(), "fabrikam");
    let everywhere = EndReason::SignedOutEverywhere;
    world.store.end_sessions_of(&fabrikam.tenant, &ada.user.id, None, everywhere, NOW).await.unwrap();
    assert!(world.counts(1, NOW).await, "a person belongs to one tenant");
    world.store.disable_tenant(&tenant("contoso"), NOW).await.unwrap();
    assert_eq!([world.counts(1, NOW).await, world.counts(2, NOW).await], [false, true]);
    assert_eq!(
        not_given(&world.store.refresh(renewal(&payroll, 1, 3), NOW).await.unwrap()),
        GrantRefusal::Ended
    );
}
