//! Every page that a person can come to, looked at.

use landfall_entra_twin::{Driver, Form, IssueRequest, Person, Provider, SigningOption, sp_initiated};
use landfall_xmldsig::encode_base64;
use thirtyfour::By;

use crate::appearance::check;
use crate::world::{Browser, DOUBLE, LINDQVIST, PASSWORD, SIMON, World, form};

#[tokio::test(flavor = "multi_thread")]
async fn pages_on_the_way_in_and_out() {
    let (world, browser) = (World::start().await, Browser::start().await);
    browser.open(&world.at("/sso")).await;
    check(&browser, "Sign in").await;
    browser.enter("login_name", "somebody@unknown.example").await;
    browser.press("Continue").await;
    browser.finds(By::Css("p[role=alert]")).await;
    assert_eq!(browser.status().await, 422);
    check(&browser, "Sign in").await;

    signs_in_elsewhere(&world).await;
    world.sign_in(&browser, SIMON).await;
    assert_eq!(browser.count("li").await, 2);
    check(&browser, "Where you are signed in").await;

    world.command("connection set contoso unsolicited=accept");
    let form = world.unasked(LINDQVIST).await;
    browser.open(&world.outsider.posts(&form)).await;
    check(&browser, "Change account?").await;

    browser.open(&world.at("/account")).await;
    browser.press("Sign out").await;
    check(&browser, "You are signed out.").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_that_a_test_login_ends_with() {
    let (world, browser) = (World::start().await, Browser::start().await);
    browser.open(world.command("connection test contoso").trim()).await;
    browser.sees(DOUBLE).await;
    world.authenticate(&browser, SIMON).await;
    check(&browser, "This person would be signed in").await;
    assert!(browser.count(".checks li").await > 20);
    assert_eq!(world.who(&browser).await, None, "nobody is signed in");
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_of_an_invitation() {
    let (world, browser) = (World::start().await, Browser::start().await);
    world.command("connection set contoso jit=off");
    let said = world.command(&format!("user invite contoso {SIMON}"));
    let link = said.lines().find(|line| line.starts_with("http")).unwrap();
    browser.open(link).await;
    check(&browser, "Activate your account").await;
    browser.press("Activate").await;
    check(&browser, "Your account is active").await;
    browser.press("Sign in").await;
    browser.sees(DOUBLE).await;
    world.authenticate(&browser, SIMON).await;
    browser.sees("Where you are signed in").await;
    assert_eq!(world.who(&browser).await.as_deref(), Some(SIMON));
    browser.open(link).await;
    check(&browser, "This invitation cannot be used any more.").await;
    assert_eq!(browser.status().await, 404);
}

/// The same person in a browser of another kind.
async fn signs_in_elsewhere(world: &World) {
    let (landing, account) = (world.at("/sso").parse().unwrap(), world.at("/account").parse().unwrap());
    let provider = Provider { landing: &landing, account: &account };
    let person = Person { name: SIMON, password: PASSWORD };
    sp_initiated(&mut Driver::new().unwrap(), provider, SIMON, person).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_that_posts_a_request() {
    let (world, browser) =
        (World::with_post_binding(|_, outsider| outsider.nothing()).await, Browser::start().await);
    browser.open(&world.at("/sso/contoso")).await;
    check(&browser, "Going to your organisation").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_that_refuse() {
    let (world, browser) = (World::start().await, Browser::start().await);
    for (path, status, heading) in [
        ("/nowhere", 404, "There is no such page."),
        ("/sso/nobody", 404, "Your organisation's sign-in is not set up here."),
        ("/sso?target=https://evil.example/", 400, "That address is not one that you can be sent to."),
        ("/saml/hop", 403, "This sign-in is not known here any more."),
        ("/saml/acs", 405, "There is nothing to see at this address."),
    ] {
        browser.open(&world.at(path)).await;
        check(&browser, heading).await;
        assert_eq!(browser.status().await, status, "{heading}");
    }

    let foreign = world.answer(&world.begun_elsewhere().await, SIMON).await;
    for (form, status, heading) in [
        (foreign.clone(), 403, "This sign-in was started in another browser."),
        (foreign, 403, "This sign-in has already been used."),
        (response(&world, "bm8geG1s"), 400, "The sign-in message could not be read."),
        (response(&world, &misaddressed(&world)), 403, "Your sign-in could not be verified."),
        (form(&world.at("/account/sign-out")), 403, "This request came from another site."),
    ] {
        browser.open(&world.outsider.posts(&form)).await;
        check(&browser, heading).await;
        assert_eq!(browser.status().await, status, "{heading}");
    }

    for (jit, heading) in
        [("off", "There is no account for you here."), ("pending", "Your account is waiting for activation.")]
    {
        world.command(&format!("connection set contoso jit={jit}"));
        let form = world.answer(&world.begun_elsewhere().await, LINDQVIST).await;
        browser.open(&world.outsider.posts(&form)).await;
        check(&browser, heading).await;
        assert_eq!(browser.status().await, 403, "{heading}");
    }
}

fn response(world: &World, base64: &str) -> Form {
    let fields = vec![("SAMLResponse".to_owned(), base64.to_owned())];
    Form { fields, ..form(&world.at("/saml/acs")) }
}

/// What the double would say to another service provider.
fn misaddressed(world: &World) -> String {
    let twin = &world.twin;
    let response = twin.issue(&IssueRequest {
        user: twin.tenant().find(SIMON).unwrap(),
        in_response_to: None,
        acs: &world.at("/saml/acs"),
        audience: "https://other.example",
        authn_instant: twin.now(),
        now: twin.now(),
        sign: SigningOption::Assertion,
    });
    encode_base64(response.unwrap().as_bytes())
}
