//! Logins that begin at Landfall.

use aws_lc_rs::digest::{SHA256, digest};
use landfall_accounts::EventKind::{AccountCreated, LoginAccepted, SessionOpened};
use landfall_entra_twin::SigningOption;
use landfall_xmldsig::encode_base64;

use crate::world::{HOME, SIMON, World};

#[tokio::test]
async fn from_the_landing_page_to_the_account() {
    let world = World::new().await;
    let mut browser = world.browser();
    let to_idp = browser.enter(SIMON).await;
    assert!(to_idp.location().starts_with(&world.contoso.twin.saml_url()));
    let sign_in = browser.follow(&to_idp).await;
    assert_eq!(sign_in.form("passwd").value("login"), Some(SIMON), "the double is told who comes");
    let response = browser.authenticate(&sign_in, SIMON).await;

    let acs = browser.submit(&response).await;
    assert!(acs.location().starts_with("/saml/hop?h="));
    let hop = browser.follow(&acs).await;
    assert_eq!(hop.location(), "/account");
    let account = browser.follow(&hop).await;
    for shown in ["B.Simon", SIMON, "contoso", "contoso-entra", "this browser"] {
        assert!(account.page(200).contains(shown), "{shown}: {}", account.body);
    }
    assert_eq!(world.kinds_of(&acs).await, [AccountCreated, LoginAccepted]);
    assert_eq!(world.kinds_of(&hop).await, [SessionOpened]);
    assert_eq!((world.users(&world.contoso).await.len(), world.sessions().await), (1, 1));
}

#[tokio::test]
async fn the_landing_page_has_other_addresses() {
    let world = World::new().await;
    let mut browser = world.browser();
    let page = browser.get("/ClientActivation/ssolanding.go").await;
    let form = page.form("login_name").with("login_name", SIMON);
    assert_eq!(form.action, format!("{HOME}/sso"));
    assert!(browser.submit(&form).await.location().starts_with(&world.contoso.twin.saml_url()));
    assert_eq!(browser.get("/ClientActivation/other.go").await.status, 404);
}

#[tokio::test]
async fn a_login_begins_at_a_connection_by_name() {
    let world = World::new().await;
    let mut browser = world.browser();
    let to_idp = browser.get("/sso/contoso-entra").await;
    assert!(to_idp.location().starts_with(&world.contoso.twin.saml_url()));
    let sign_in = browser.follow(&to_idp).await;
    assert_eq!(sign_in.form("passwd").value("login"), Some(""), "nobody has said who comes");
    let response = browser.authenticate(&sign_in, SIMON).await;
    let acs = browser.submit(&response).await;
    browser.follow(&acs).await;
    assert!(browser.is_signed_in().await);
}

#[tokio::test]
async fn each_signing_option_of_the_double() {
    for option in [SigningOption::Assertion, SigningOption::Response, SigningOption::Both] {
        let world = World::with(|application| application.sign = option).await;
        let mut browser = world.browser();
        browser.sign_in(&world, &world.contoso, SIMON).await;
        assert_eq!(world.sessions().await, 1, "{option:?}");
        let unsigned = world.contoso.person(SIMON);
        let answer =
            world.browser().arrive(&world, &world.contoso, &unsigned, |message| message.sign = None).await;
        world.refused(&answer, 403, "signature.none");
    }
}

#[tokio::test]
async fn e21_an_identity_provider_that_takes_posts_alone_is_asked_by_post() {
    let world = World::asking_by_post().await;
    let mut browser = world.browser();
    let page = browser.enter(SIMON).await;
    let form = page.form("SAMLRequest");
    assert_eq!(form.action, world.contoso.twin.saml_url());
    let (_, script) = page.page(200).split_once("<script>").expect("a script that submits the form");
    let (script, _) = script.split_once("</script>").unwrap();
    let hash = encode_base64(digest(&SHA256, script.as_bytes()).as_ref());
    let policy = page.header("content-security-policy").unwrap();
    assert!(policy.contains(&format!("form-action https:; script-src 'sha256-{hash}';")), "{policy}");
    let sign_in = browser.submit(&form).await;
    let response = browser.authenticate(&sign_in, SIMON).await;
    assert_eq!(response.value("RelayState"), form.value("RelayState"));
    let acs = browser.submit(&response).await;
    browser.follow(&acs).await;
    assert!(browser.is_signed_in().await);
}

#[tokio::test]
async fn a_failure_at_the_identity_provider_is_told_and_consumes_nothing() {
    let world = World::new().await;
    let mut browser = world.browser();
    let begun = browser.begin(&world, &world.contoso).await;
    let mut message = world.contoso.says(&world.contoso.person(SIMON), Some(&begun));
    message.response.status = "urn:oasis:names:tc:SAML:2.0:status:Requester".to_owned();
    let answer = browser.submit(&world.contoso.form(&message, Some(&begun))).await;
    world.refused(&answer, 403, "status");
    assert!(answer.body.contains("Your organisation did not sign you in."));
    let answer = browser.submit(&world.contoso.answers(SIMON, &begun)).await;
    browser.follow(&answer).await;
    assert!(browser.is_signed_in().await);
}

#[tokio::test]
async fn whoever_is_signed_in_goes_on_from_the_landing_page() {
    let world = World::new().await;
    let mut browser = world.browser();
    let path = "/sso?target=https://app.example/reports";
    assert!(browser.get(path).await.page(200).contains("login_name"));
    browser.sign_in(&world, &world.contoso, SIMON).await;
    assert_eq!(browser.get(path).await.location(), "https://app.example/reports");
    assert_eq!(browser.get("/sso").await.location(), "/account");
}

#[tokio::test]
async fn a_second_login_of_the_same_tab_and_two_tabs_at_once_end_signed_in() {
    let world = World::new().await;
    let mut browser = world.browser();
    let (first, second) =
        (browser.begin(&world, &world.contoso).await, browser.begin(&world, &world.contoso).await);
    for begun in [second, first] {
        let acs = browser.submit(&world.contoso.answers(SIMON, &begun)).await;
        assert_eq!(browser.follow(&acs).await.location(), "/account");
        assert!(browser.is_signed_in().await);
    }
    assert_eq!((world.sessions().await, world.users(&world.contoso).await.len()), (1, 1));
}
