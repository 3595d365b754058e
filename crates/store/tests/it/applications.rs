//! Applications as their operator makes, changes and deletes them.

use landfall_accounts::{
    AppCredential, AppKind, Application, CredentialMark, CredentialPrefix, EventKind, GrantOutcome, Lasting,
    NewAppCredential, OfflineAccess, TokenAlgorithm,
    ports::{ApplicationDirectory, GrantStore, LoginStore},
};
use time::Duration;

use crate::{
    behind::{LOGOUT, access, new_application, new_grant, not_given, redemption, renewal},
    support::{ADA, MILLISECOND, NOW, SECOND, World, attempt, committed, hash, opened},
};

fn secret(n: u32) -> NewAppCredential {
    let prefix = CredentialPrefix::new(CredentialMark::Application, [0, 0, 0, 0, u8::try_from(n).unwrap()]);
    NewAppCredential { prefix, hash: hash("secret", n) }
}

#[tokio::test]
async fn an_application_is_kept_as_it_was_made() {
    let world = World::new().await;
    let mut new = new_application("payroll");
    new.tenant = Some(world.contoso.tenant);
    new.post_logout_uris = vec!["https://payroll.example/".parse().unwrap()];
    new.activation.download = Some("https://payroll.example/download".parse().unwrap());
    new.activation.start = Some("com.example.payroll:/start".parse().unwrap());
    new.activation.terms = Some("Be kind.\nAlways.".parse().unwrap());
    let (made, credential) = world.store.create_application(new, Some(&secret(1)), NOW).await.unwrap();
    let keys = landfall_accounts::AppAuthentication::PrivateKeyJwt { keys: r#"{"keys":[]}"#.to_owned() };
    let signs = world.application_that("signs", |new| new.authentication = keys).await;
    let native = world
        .application_that("native", |new| {
            new.kind = AppKind::Native;
            new.authentication = landfall_accounts::AppAuthentication::None;
        })
        .await;
    for app in [&made, &signs, &native] {
        assert_eq!(world.store.application(&app.id).await.unwrap().as_ref(), Some(app));
        assert_eq!(world.store.application_named(&app.name).await.unwrap().as_ref(), Some(app));
    }
    assert_eq!(world.store.applications().await.unwrap(), [native, made.clone(), signs]);
    assert_eq!(world.store.application_named(&"nobody".parse().unwrap()).await.unwrap(), None);
    assert_eq!(world.store.app_secrets(&made.id, NOW).await.unwrap(), [credential.unwrap()]);
}

#[tokio::test]
async fn names_are_taken_once_and_flaws_are_refused() {
    let world = World::new().await;
    world.application("payroll").await;
    let create = async |new| world.store.create_application(new, None, NOW).await.unwrap_err().code();
    assert_eq!(create(new_application("payroll")).await, "application.exists");
    let mut flawed = new_application("flawed");
    flawed.kind = AppKind::Browser;
    assert_eq!(create(flawed).await, "application.authentication");
    let name = "payroll".parse().unwrap();
    let change = world.store.change_application(&name, |app| app.redirect_uris.clear(), NOW).await;
    assert_eq!(change.unwrap_err().code(), "application.no_redirect");
    let nobody = "nobody".parse().unwrap();
    let gone = world.store.change_application(&nobody, |_| {}, NOW).await.unwrap_err();
    assert_eq!(gone.code(), "application.unknown");
    assert_eq!(world.store.delete_application(&nobody, NOW).await.unwrap_err().code(), "application.unknown");
    assert_eq!(world.store.applications().await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_new_secret_counts_at_once_and_the_old_ones_for_a_while() {
    let world = World::new().await;
    let (payroll, other) = (world.application("payroll").await, world.application("wiki").await);
    let rotate =
        async |n, until| world.store.rotate_app_secret(&payroll.name, &secret(n), until, NOW).await.unwrap();
    let counts = async |app: &Application, n, at| {
        world.store.is_secret_of(&app.id, &hash("secret", n), at).await.unwrap()
    };
    rotate(1, NOW).await;
    assert!(counts(&payroll, 1, NOW + Duration::days(3650)).await);
    assert!(!counts(&other, 1, NOW).await && !counts(&payroll, 2, NOW).await);
    let end = NOW + AppCredential::OVERLAP;
    rotate(2, end).await;
    assert!(counts(&payroll, 2, NOW).await);
    assert_eq!([counts(&payroll, 1, end - MILLISECOND).await, counts(&payroll, 1, end).await], [true, false]);
    // A later end makes none longer that ends before.
    let made = rotate(3, end + SECOND).await;
    assert_eq!([counts(&payroll, 1, end).await, counts(&payroll, 2, end).await], [false, true]);
    rotate(4, NOW).await;
    assert!(!counts(&payroll, 1, NOW).await && !counts(&payroll, 3, NOW).await);
    assert_eq!(world.store.app_secrets(&payroll.id, NOW).await.unwrap().len(), 1);
    assert!(made.prefix.as_str().starts_with("lfa_"));

    let native = world
        .application_that("native", |new| {
            new.kind = AppKind::Native;
            new.authentication = landfall_accounts::AppAuthentication::None;
        })
        .await;
    let none = world.store.rotate_app_secret(&native.name, &secret(5), NOW, NOW).await.unwrap_err();
    assert_eq!(none.code(), "application.no_secret");
}

/// [rfc7523 3]
#[tokio::test]
async fn what_an_application_signed_counts_once_and_for_itself() {
    let world = World::new().await;
    let (payroll, other) = (world.application("payroll").await, world.application("wiki").await);
    let until = NOW + Duration::minutes(5);
    let used = async |app: &Application, n, now| {
        world.store.use_app_assertion(&app.id, &hash("jti", n), until, now).await.unwrap()
    };
    assert!(used(&payroll, 1, NOW).await && used(&other, 1, NOW).await && used(&payroll, 2, NOW).await);
    assert!(!used(&payroll, 1, NOW).await);
    world.store.purge(until).await.unwrap();
    assert!(!used(&payroll, 1, until - MILLISECOND).await, "it is remembered as long as it could count");
    assert!(!used(&payroll, 3, until).await, "it counts no more");
    let later = until + MILLISECOND;
    world.store.purge(later).await.unwrap();
    let again = world.store.use_app_assertion(&payroll.id, &hash("jti", 1), later + SECOND, later).await;
    assert!(again.unwrap(), "what can count no more is forgotten");
    let other = world.database.open().await;
    let (one, two) = (hash("jti", 9), hash("jti", 9));
    let (one, two) = tokio::join!(
        world.store.use_app_assertion(&payroll.id, &one, until, NOW),
        other.use_app_assertion(&payroll.id, &two, until, NOW)
    );
    assert_ne!(one.unwrap(), two.unwrap());
}

#[tokio::test]
async fn what_can_be_activated_is_offered_to_those_it_serves() {
    let world = World::new().await;
    let fabrikam = world.fabrikam().await;
    world.application("plain").await;
    let download = || Some("https://app.example/download".parse().unwrap());
    world.application_that("everybody", |new| new.activation.download = download()).await;
    world
        .application_that("ours", |new| {
            new.tenant = Some(world.contoso.tenant);
            new.activation.start = Some("com.example.app:/start".parse().unwrap());
            new.title = "A first".parse().unwrap();
        })
        .await;
    world
        .application_that("theirs", |new| {
            new.tenant = Some(fabrikam.tenant);
            new.activation.terms = Some("Be kind.".parse().unwrap());
        })
        .await;
    let offered = async |tenant| {
        let found = world.store.applications_to_activate(&tenant).await.unwrap();
        found.into_iter().map(|app| app.name.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(offered(world.contoso.tenant).await, ["ours", "everybody"]);
    assert_eq!(offered(fabrikam.tenant).await, ["everybody", "theirs"]);
}

#[tokio::test]
async fn what_an_application_may_have_no_more_ends_when_that_is_said() {
    let world = World::new().await;
    let fabrikam = world.fabrikam().await;
    let payroll = world.application("payroll").await;
    let ada = world.sign_in("ada", ADA, 1).await;
    let record = world.record(&fabrikam, "eve", "eve@fabrikam.example");
    committed(world.store.commit(record.clone(), NOW).await.unwrap());
    let eve = opened(world.store.hop(attempt(&record, 2), NOW).await.unwrap());
    for (n, by, lasting) in
        [(1, &ada, Lasting::WithSession), (2, &ada, Lasting::OfItself), (3, &eve, Lasting::WithSession)]
    {
        world.sign_on(&payroll, by, lasting, n).await;
    }
    let counts =
        async || [world.counts(1, NOW).await, world.counts(2, NOW).await, world.counts(3, NOW).await];
    let change = async |edit: fn(&mut Application, landfall_accounts::TenantId)| {
        let tenant = world.contoso.tenant;
        world.store.change_application(&payroll.name, |app| edit(app, tenant), NOW).await.unwrap()
    };
    let changed = change(|app, _| {
        app.title = "Pay".parse().unwrap();
        app.signed_with = TokenAlgorithm::Rs256;
        app.name = "other".parse().unwrap();
        app.kind = AppKind::Native;
    })
    .await;
    assert_eq!(
        (changed.title.as_str(), changed.name.as_str(), changed.kind),
        ("Pay", "payroll", AppKind::Web)
    );
    assert_eq!(world.store.application(&payroll.id).await.unwrap(), Some(changed));
    assert_eq!(counts().await, [true, true, true]);
    change(|app, tenant| app.tenant = Some(tenant)).await;
    assert_eq!(counts().await, [true, true, false]);
    assert_eq!(world.due(NOW).await.len(), 1, "it is told");
    change(|app, _| app.offline = OfflineAccess::Never).await;
    assert_eq!(counts().await, [true, false, false]);
    let log = world.count(EventKind::ConfigurationChanged).await;
    change(|_, _| {}).await;
    assert_eq!(world.count(EventKind::ConfigurationChanged).await, log, "nothing changed");
}

#[tokio::test]
async fn a_deleted_application_has_nothing_and_is_told_so() {
    let world = World::new().await;
    let (payroll, other) = (world.application("payroll").await, world.application("wiki").await);
    world.store.rotate_app_secret(&payroll.name, &secret(1), NOW, NOW).await.unwrap();
    let ada = world.sign_in("ada", ADA, 1).await;
    world.sign_on(&payroll, &ada, Lasting::OfItself, 1).await;
    world.agree(new_grant(&payroll, &ada, Lasting::OfItself, 2), NOW).await;
    world.sign_on(&other, &ada, Lasting::OfItself, 3).await;
    world.device(&payroll, "openid", 1).await;
    world.store.delete_application(&payroll.name, NOW).await.unwrap();

    assert_eq!(world.store.live_token(&access(1), NOW).await.unwrap(), None);
    for outcome in [
        world.store.redeem_code(redemption(&payroll, 2), NOW).await.unwrap(),
        world.store.refresh(renewal(&payroll, 1, 4), NOW).await.unwrap(),
    ] {
        assert_eq!(not_given(&outcome), landfall_accounts::GrantRefusal::Unknown);
    }
    let new = new_grant(&payroll, &ada, Lasting::OfItself, 5);
    assert_eq!(world.store.grant(new, NOW).await.unwrap(), GrantOutcome::Gone);
    assert!(!world.store.is_secret_of(&payroll.id, &hash("secret", 1), NOW).await.unwrap());
    assert!(world.counts(3, NOW).await);
    assert_eq!(world.count(EventKind::GrantEnded).await, 2);
    let told = world.due(NOW).await;
    let named: Vec<_> = told.iter().map(|notice| (notice.app.as_str(), notice.address.as_str())).collect();
    assert_eq!(named, [("payroll", LOGOUT)]);
    world.application("payroll").await;
}
