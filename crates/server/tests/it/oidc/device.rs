//! A device without a browser, and its person in one [rfc8628].

use axum::http::Method;
use landfall_accounts::{Activating, EventKind, NewApplication};
use serde_json::Value;
use time::Duration;

use super::relying::{Tokens, at, refused, send, userinfo};
use super::{Relying, Request, native, payroll};
use crate::world::{Answer, Browser, Form, LINDQVIST, REYES, SIMON, World};

const GRANT: &str = "urn:ietf:params:oauth:grant-type:device_code";

/// A device that has begun: what it shows to its person, and what it asks with.
struct Device {
    app: Relying,
    user_code: String,
    device_code: String,
    complete: String,
}

impl Device {
    /// [rfc8628 3.2]
    async fn of(world: &World, app: &Relying, scope: &str) -> Self {
        let form = Request::new(&[("scope", scope)]);
        let answer = app.post(world, "/oidc/device_authorization", &form).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        let found: Value = serde_json::from_str(&answer.body).unwrap();
        assert_eq!(at(&found, "verification_uri"), "https://sso.example/oidc/device");
        assert_eq!(
            (at(&found, "expires_in").as_i64(), at(&found, "interval").as_i64()),
            (Some(600), Some(5))
        );
        let text = |name: &str| at(&found, name).as_str().unwrap().to_owned();
        let (user_code, device_code) = (text("user_code"), text("device_code"));
        let complete = text("verification_uri_complete");
        assert_eq!(complete, format!("https://sso.example/oidc/device?user_code={user_code}"));
        Self { app: app.clone(), user_code, device_code, complete }
    }

    async fn new(world: &World) -> Self {
        let app = Relying::new(world, native()).await;
        Self::of(world, &app, "openid email offline_access").await
    }

    /// [rfc8628 3.4]
    async fn asks(&self, world: &World) -> Answer {
        let form = Request::new(&[("grant_type", GRANT), ("device_code", &self.device_code)]);
        self.app.post(world, "/oidc/token", &form).await
    }

    #[track_caller]
    fn waits(&self, world: &World, answer: &Answer) {
        refused(world, answer, 400, "authorization_pending", "device.pending");
    }
}

/// The page that a person sees who has entered a code.
async fn enter(browser: &mut Browser, code: &str) -> Answer {
    let form = browser.get("/oidc/device").await.form("user_code").with("user_code", code);
    browser.submit(&form).await
}

async fn decide(browser: &mut Browser, page: &Answer, answer: &str) -> Answer {
    browser.submit(&page.form("/oidc/device/answer").with("answer", answer)).await
}

/// [rfc8628 3.3], [rfc8628 3.5]
#[tokio::test]
async fn a_device_gets_tokens_when_its_person_says_so() {
    let world = World::new().await;
    let device = Device::new(&world).await;
    device.waits(&world, &device.asks(&world).await);
    let mut browser = world.browser();
    browser.sign_in(&world, &world.contoso, SIMON).await;
    let page = enter(&mut browser, &device.user_code.to_lowercase().replace('-', " ")).await;
    assert!(page.page(200).contains("Activate Field Client?"), "{}", page.body);
    assert!(
        page.body.contains(&device.user_code) && page.body.contains(SIMON) && page.body.contains("contoso")
    );
    world.clock.advance(Duration::seconds(5));
    device.waits(&world, &device.asks(&world).await);
    let done = decide(&mut browser, &page, "approve").await;
    assert!(done.page(200).contains("The device is activated."), "{}", done.body);
    assert_eq!(world.kinds_of(&done).await, [EventKind::GrantMade]);
    world.clock.advance(Duration::seconds(5));
    let tokens = Tokens::of(&device.asks(&world).await);
    assert_eq!(tokens.scope(), "openid email offline_access");
    assert_eq!(tokens.claims(&world).await["sub"], world.user(SIMON).await.id.to_string());
    // It outlasts the session.
    browser.submit(&browser.clone().get("/account").await.form("/account/sign-out")).await;
    assert_eq!(userinfo(&world, tokens.access()).await.status, 200);
    // A device code that comes again ends what came of it.
    world.clock.advance(Duration::seconds(5));
    refused(&world, &device.asks(&world).await, 400, "invalid_grant", "grant.reused");
    assert_eq!(userinfo(&world, tokens.access()).await.status, 401);
}

#[tokio::test]
async fn a_device_that_is_not_the_persons_gets_nothing() {
    let world = World::new().await;
    let device = Device::new(&world).await;
    let mut browser = world.browser();
    browser.sign_in(&world, &world.contoso, SIMON).await;
    let page = enter(&mut browser, &device.user_code).await;
    let done = decide(&mut browser, &page, "deny").await;
    assert!(done.page(200).contains("The device gets nothing."));
    refused(&world, &device.asks(&world).await, 400, "access_denied", "device.denied");
    // It was decided, and cannot be decided again.
    assert_eq!(decide(&mut browser, &page, "approve").await.status, 422);
    refused(&world, &device.asks(&world).await, 400, "access_denied", "device.denied");
}

/// [rfc8628 3.5]
#[tokio::test]
async fn a_device_waits_as_it_is_told() {
    let world = World::new().await;
    let device = Device::new(&world).await;
    device.waits(&world, &device.asks(&world).await);
    world.clock.advance(Duration::seconds(4));
    refused(&world, &device.asks(&world).await, 400, "slow_down", "device.slow_down");
    world.clock.advance(Duration::seconds(10));
    device.waits(&world, &device.asks(&world).await);
    world.clock.advance(Duration::minutes(10));
    refused(&world, &device.asks(&world).await, 400, "expired_token", "device.late");
    let mut browser = world.browser();
    browser.sign_in(&world, &world.contoso, SIMON).await;
    assert_eq!(enter(&mut browser, &device.user_code).await.status, 422);
}

/// A link with a code fills it in, and does nothing by itself [rfc8628 3.3.1], [rfc8628 5.4].
#[tokio::test]
async fn a_link_with_a_code_asks_first_who_it_is_and_then_whether_it_is_theirs() {
    let world = World::new().await;
    let device = Device::new(&world).await;
    let mut browser = world.browser();
    let landing = browser.get(&device.complete).await;
    let expected = format!("/sso?target=%2Foidc%2Fdevice%3Fuser_code%3D{}", device.user_code);
    assert_eq!(landing.location(), expected);
    let form = browser.follow(&landing).await.form("login_name").with("login_name", SIMON);
    let begun = browser.submit(&form).await;
    let begun = browser.begun(&world, &begun).await;
    let arrived = browser.submit(&world.contoso.answers(SIMON, &begun)).await;
    let hop = browser.follow(&arrived).await;
    let page = browser.follow(&hop).await;
    assert_eq!(page.form("user_code").value("user_code"), Some(device.user_code.as_str()));
    assert!(page.body.contains("Never enter one that somebody has sent you"));
    device.waits(&world, &device.asks(&world).await);
    let asked = browser.submit(&page.form("user_code")).await;
    assert!(asked.page(200).contains("If somebody sent you the code"), "{}", asked.body);
    world.clock.advance(Duration::seconds(5));
    device.waits(&world, &device.asks(&world).await);
}

#[tokio::test]
async fn a_device_of_an_application_with_terms_waits_until_they_are_accepted() {
    let world = World::new().await;
    let terms = Some("Be kind.\nAnd <quick>.".parse().unwrap());
    let activation = Activating { terms, ..Activating::default() };
    let app = Relying::new(&world, NewApplication { activation, ..native() }).await;
    let device = Device::of(&world, &app, "openid").await;
    let mut browser = world.browser();
    browser.sign_in(&world, &world.contoso, SIMON).await;
    let page = enter(&mut browser, &device.user_code).await;
    assert!(page.page(200).contains("And &#60;quick&#62;."), "{}", page.body);
    let form = page.form("/oidc/device/answer").with("answer", "approve");
    let other = "x".repeat(43);
    for unaccepted in [form.clone().without("terms"), form.clone().with("terms", &other)] {
        let asked = browser.submit(&unaccepted).await;
        assert!(asked.page(422).contains("Accept the terms to go on."), "{}", asked.body);
        device.waits(&world, &device.asks(&world).await);
        world.clock.advance(Duration::seconds(5));
    }
    // Whoever wants nothing of it accepts nothing.
    let refused_by = Device::of(&world, &app, "openid").await;
    let page = enter(&mut browser, &refused_by.user_code).await;
    let deny = page.form("/oidc/device/answer").with("answer", "deny").without("terms");
    assert!(browser.submit(&deny).await.page(200).contains("The device gets nothing."));
    refused(&world, &refused_by.asks(&world).await, 400, "access_denied", "device.denied");
    // The honest twin.
    assert!(browser.submit(&form).await.page(200).contains("The device is activated."));
    Tokens::of(&device.asks(&world).await);
}

/// Only our own page speaks for the person [rfc9700 4.7].
#[tokio::test]
async fn no_other_site_approves_a_device() {
    let world = World::new().await;
    let device = Device::new(&world).await;
    let mut browser = world.browser();
    browser.sign_in(&world, &world.contoso, SIMON).await;
    for path in ["/oidc/device", "/oidc/device/answer"] {
        let form = Form::own(path).with("user_code", &device.user_code).with("answer", "approve");
        for origin in [Some("https://evil.example"), Some("null"), None] {
            world.refused(&browser.post(&form, origin).await, 403, "origin");
        }
    }
    device.waits(&world, &device.asks(&world).await);
    let page = enter(&mut browser, &device.user_code).await;
    assert_eq!(decide(&mut browser, &page, "approve").await.status, 200);
}

/// Who tries codes in turn is stopped long before one is found, and nobody else is [rfc8628 5.1].
#[tokio::test]
async fn codes_cannot_be_tried_in_turn() {
    let world = World::new().await;
    let device = Device::new(&world).await;
    let mut browser = world.browser();
    browser.sign_in(&world, &world.contoso, SIMON).await;
    for _ in 0..20 {
        let wrong = enter(&mut browser, "BBBB-BBBB").await;
        assert!(wrong.page(422).contains("No device waits by this code."), "{}", wrong.body);
    }
    world.refused(&enter(&mut browser, &device.user_code).await, 429, "limit.person");
    let answer =
        Form::own("/oidc/device/answer").with("user_code", &device.user_code).with("answer", "approve");
    world.refused(&browser.submit(&answer).await, 429, "limit.person");
    // What is no code at all costs nothing.
    assert_eq!(enter(&mut browser, "not a code").await.status, 422);
    let mut other = world.browser();
    other.sign_in(&world, &world.contoso, LINDQVIST).await;
    assert_eq!(enter(&mut other, &device.user_code).await.status, 200);
    world.clock.advance(Duration::seconds(30));
    assert_eq!(enter(&mut browser, &device.user_code).await.status, 200);
}

/// A device of an application of contoso is not there for people of fabrikam [attack G4].
#[tokio::test]
async fn g4_a_device_of_another_customer_is_not_there() {
    let world = World::new().await;
    let tenant = world.directory_of(&world.contoso).await.tenant;
    let app = Relying::new(&world, NewApplication { tenant: Some(tenant), ..native() }).await;
    let device = Device::of(&world, &app, "openid").await;
    let mut reyes = world.browser();
    reyes.sign_in(&world, &world.fabrikam, REYES).await;
    let page = enter(&mut reyes, &device.user_code).await;
    assert!(page.page(422).contains("No device waits by this code.") && !page.body.contains("Field Client"));
    let form =
        Form::own("/oidc/device/answer").with("user_code", &device.user_code).with("answer", "approve");
    assert_eq!(reyes.submit(&form).await.status, 422);
    device.waits(&world, &device.asks(&world).await);
    let mut simon = world.browser();
    simon.sign_in(&world, &world.contoso, SIMON).await;
    assert_eq!(enter(&mut simon, &device.user_code).await.status, 200);
}

/// [rfc8628 3.1]
#[tokio::test]
async fn what_a_device_may_ask_for() {
    let world = World::new().await;
    let device = Device::new(&world).await;
    let web = Relying::new(&world, payroll()).await;
    let begin = Request::new(&[("scope", "openid")]);
    let answer = web.post(&world, "/oidc/device_authorization", &begin).await;
    refused(&world, &answer, 400, "unauthorized_client", "app.kind");
    let poll = Request::new(&[("grant_type", GRANT), ("device_code", &device.device_code)]);
    let answer = web.post(&world, "/oidc/token", &poll).await;
    refused(&world, &answer, 400, "unauthorized_client", "app.kind");
    let no_scope = device.app.post(&world, "/oidc/device_authorization", &Request::new(&[])).await;
    refused(&world, &no_scope, 400, "invalid_scope", "token.scope");
    let nobody = send(&world, Method::POST, "/oidc/device_authorization", &[], &begin).await;
    refused(&world, &nobody, 401, "invalid_client", "token.nobody");
    let other = Relying::new(&world, NewApplication { name: "other".parse().unwrap(), ..native() }).await;
    let answer = other.post(&world, "/oidc/token", &poll).await;
    refused(&world, &answer, 400, "invalid_grant", "grant.other_application");
    device.waits(&world, &device.asks(&world).await);
}
