//! What the account page says of applications.

use landfall_accounts::{Activating, NewApplication};

use super::relying::{Tokens, refused, userinfo};
use super::{Back, Relying, native, payroll};
use crate::world::{Browser, Form, LINDQVIST, REYES, SIMON, World};

fn offered() -> NewApplication {
    NewApplication {
        activation: Activating {
            download: Some("https://files.example/client.exe".parse().unwrap()),
            start: Some("com.example.client:/start".parse().unwrap()),
            terms: None,
        },
        ..native()
    }
}

/// Activates an application for whoever is signed in.
async fn activate(world: &World, browser: &mut Browser, app: &Relying) -> Tokens {
    let page = browser.get(&app.asks().with("scope", "openid offline_access").address()).await;
    let answer = browser.submit(&page.form("/oidc/activate").with("answer", "activate")).await;
    Tokens::of(&app.redeem(world, &Back::of(&answer).code()).await)
}

/// [openid-core 4]
#[tokio::test]
async fn what_can_be_activated_is_offered_to_its_people() {
    let world = World::new().await;
    let mut simon = world.browser();
    let bare = simon.sign_in(&world, &world.contoso, SIMON).await;
    assert!(!bare.body.contains("Applications") && !bare.body.contains("/oidc/device"));
    let tenant = world.directory_of(&world.contoso).await.tenant;
    Relying::new(&world, NewApplication { tenant: Some(tenant), ..offered() }).await;
    Relying::new(&world, payroll()).await;
    let account = simon.get("/account").await;
    let start =
        "com.example.client:/start?iss=https%3A%2F%2Fsso.example&#38;login_hint=B.Simon%40contoso.example";
    for link in ["https://files.example/client.exe", start, "/oidc/device"] {
        assert!(account.page(200).contains(&format!("href=\"{link}\"")), "{link}: {}", account.body);
    }
    assert!(account.body.contains("Field Client") && !account.body.contains("Payroll"));
    let mut reyes = world.browser();
    assert!(!reyes.sign_in(&world, &world.fabrikam, REYES).await.body.contains("Field Client"));
}

#[tokio::test]
async fn what_was_activated_is_listed_and_ended() {
    let world = World::new().await;
    let app = Relying::new(&world, offered()).await;
    let mut browser = world.browser();
    browser.sign_in(&world, &world.contoso, SIMON).await;
    let (one, other) =
        (activate(&world, &mut browser, &app).await, activate(&world, &mut browser, &app).await);
    // A sign-on that ends with the session is none.
    let web = Relying::new(&world, payroll()).await;
    web.signs_on(&world, &mut browser, &web.asks()).await;
    let account = browser.get("/account").await;
    assert_eq!(account.page(200).matches("/account/activations/").count(), 2, "{}", account.body);
    let form = account.form("/end");
    let form = if form.action.contains("activations") { form } else { panic!("{form:?}") };

    let mut lindqvist = world.browser();
    lindqvist.sign_in(&world, &world.contoso, LINDQVIST).await;
    world.refused(&lindqvist.submit(&form).await, 404, "not_found");
    world.refused(&browser.post(&form, Some("https://evil.example")).await, 403, "origin");
    world.refused(&browser.submit(&Form::own("/account/activations/x/end")).await, 404, "not_found");
    assert_eq!(browser.submit(&form).await.location(), "/account");
    assert_eq!(browser.get("/account").await.body.matches("/account/activations/").count(), 1);
    let mut live = Vec::new();
    for tokens in [&one, &other] {
        live.push(userinfo(&world, tokens.access()).await.status == 200);
        let refresh = app.refresh(&world, tokens.refresh()).await;
        if !live.last().unwrap() {
            refused(&world, &refresh, 400, "invalid_grant", "grant.ended");
        }
    }
    live.sort_unstable();
    assert_eq!(live, [false, true], "one ended, and the other did not");
}
