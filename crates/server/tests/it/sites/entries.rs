//! The way of a person to a site, and those that lead nowhere.

use axum::body::Body;
use axum::http::Request;
use landfall_accounts::{EventKind, SitePass, SiteRules};
use time::Duration;
use url::Url;
use url::form_urlencoded::byte_serialize;

use super::{APP, COOKIE, WIKI, at, enter, follow_all, guarded, site};
use crate::world::{Answer, Browser, Form, HOME, LINDQVIST, MILLISECOND, SIMON, World};

/// As far as the address at the site to which a code leads.
async fn with_code(browser: &mut Browser, path: &str) -> Answer {
    let page = browser.get(&at(APP, path)).await;
    let start = browser.follow(&page).await;
    let begin = browser.follow(&start).await;
    assert!(
        begin.location().starts_with("https://app.example/.landfall/callback?code="),
        "{}",
        begin.location()
    );
    begin
}

#[track_caller]
fn refused(world: &World, answer: &Answer, status: u16, code: &str) {
    assert_eq!((answer.status, world.code(answer).as_deref()), (status, Some(code)), "{}", answer.body);
    assert!(answer.body.contains(answer.trace()), "no code for the administrator: {}", answer.body);
    assert!(answer.cookies().is_empty(), "a refusal sets cookies: {:?}", answer.cookies());
}

/// [rfc7519 4.1.3], [rfc8725 3.11]
#[tokio::test]
async fn the_application_gets_a_token_that_verifies_and_is_for_it_alone() {
    let world = guarded().await;
    let mut browser = world.browser();
    let now = world.clock.now().unix_timestamp();
    let mut sessions = Vec::new();
    for host in [APP, WIKI] {
        let page = if host == APP {
            enter(&world, &mut browser, host, "/").await
        } else {
            let page = browser.get(&at(host, "/")).await;
            follow_all(&mut browser, page).await
        };
        let token = page.body.lines().find_map(|line| line.strip_prefix("x-landfall-jwt: ")).unwrap();
        let claims = world.verified(token, "site+jwt").await;
        assert_eq!((&claims["iss"], &claims["aud"]), (&HOME.into(), &format!("https://{host}").into()));
        assert_eq!((&claims["exp"], &claims["preferred_username"]), (&(now + 120).into(), &SIMON.into()));
        assert_eq!(claims["sub"], world.user(SIMON).await.id.to_string());
        sessions.push(claims["sid"].clone());
    }
    assert_eq!(sessions[0], sessions[1], "one sign-on");
}

#[tokio::test]
async fn a_person_is_signed_in_on_the_way_and_gets_where_they_wanted() {
    let world = guarded().await;
    let mut browser = world.browser();
    let page = enter(&world, &mut browser, APP, "/reports?year=2030&month=1").await;
    insta::with_settings!({ filters => [(r"user: [0-9a-f-]{36}", "user: ID"), (r"jwt: [\w-]+\.[\w-]+\.[\w-]+", "jwt: SIGNED")] }, {
        insta::assert_snapshot!(page.body, @r"
        x-landfall-connection: contoso-entra
        x-landfall-email: B.Simon@contoso.example
        x-landfall-groups: 
        x-landfall-jwt: SIGNED
        x-landfall-name: B.Simon@contoso.example
        x-landfall-roles: 
        x-landfall-tenant: contoso
        x-landfall-user: ID
        ");
    });
    let names: Vec<&str> = browser.cookies_at(APP).iter().map(|(name, _)| *name).collect();
    assert_eq!(names, [COOKIE], "the cookie of the begin is gone");
    // One sign-on, many applications: nobody is asked again.
    let page = browser.get(&at(WIKI, "/a")).await;
    let page = follow_all(&mut browser, page).await;
    assert_eq!((page.status, page.url.as_str()), (200, "https://wiki.example/a"));
    let entered = world.events().await.iter().filter(|event| event.kind == EventKind::SiteEntered).count();
    assert_eq!(entered, 2);
}

#[tokio::test]
async fn cookies_of_a_site_are_bound_to_its_host() {
    let world = guarded().await;
    let mut browser = world.browser();
    browser.sign_in(&world, &world.contoso, SIMON).await;
    let page = browser.get(&at(APP, "/")).await;
    let start = browser.follow(&page).await;
    let begin = browser.follow(&start).await;
    let callback = browser.follow(&begin).await;
    let text = |answer: &Answer| answer.cookies().join("\n");
    insta::with_settings!({ filters => [(r"=[A-Za-z0-9_-]{43};", "=SECRET;"), (r"-[0-9a-f]{16}=", "-HANDLE=")] }, {
        insta::assert_snapshot!([text(&start), text(&begin), text(&callback)].join("\n\n"), @r"
        __Host-landfall-entry-HANDLE=SECRET; HttpOnly; SameSite=Lax; Secure; Path=/; Max-Age=900



        __Host-landfall-site=SECRET; HttpOnly; SameSite=Lax; Secure; Path=/; Max-Age=43200
        __Host-landfall-entry-HANDLE=; HttpOnly; SameSite=Lax; Secure; Path=/; Max-Age=0
        ");
    });
    // What leaves the site for ours has the hash of the cookie alone, and the database that of everything.
    let secret = |answer: &Answer| answer.cookies()[0].split(['=', ';']).nth(1).unwrap().to_owned();
    assert!(!start.location().contains(&secret(&start)));
    let code = Url::parse(begin.location()).unwrap().query_pairs().next().unwrap().1.into_owned();
    let bytes = world.database_bytes().await;
    for secret in [secret(&start), secret(&callback), code] {
        assert!(!bytes.windows(secret.len()).any(|window| window == secret.as_bytes()), "{secret}");
    }
}

#[tokio::test]
async fn two_tabs_at_once_both_get_where_they_wanted() {
    let world = guarded().await;
    let mut browser = world.browser();
    browser.sign_in(&world, &world.contoso, SIMON).await;
    let one = with_code(&mut browser, "/one").await;
    let other = with_code(&mut browser, "/other").await;
    for (begin, path) in [(one, "/one"), (other, "/other")] {
        let page = follow_all(&mut browser, begin).await;
        assert_eq!((page.status, page.url.path()), (200, path));
    }
}

#[tokio::test]
async fn a_code_is_used_once_and_its_second_use_ends_the_first() {
    let world = guarded().await;
    let mut browser = world.browser();
    browser.sign_in(&world, &world.contoso, SIMON).await;
    let begin = with_code(&mut browser, "/").await;
    let mut thief = browser.clone();
    let page = follow_all(&mut browser, begin.clone()).await;
    assert_eq!(page.status, 200);
    let again = thief.follow(&begin).await;
    refused(&world, &again, 403, "site.replayed");
    assert_eq!(world.kinds_of(&again).await, [EventKind::SiteReplayed]);
    // On this node at once, although the person was remembered.
    assert_eq!(browser.get(&at(APP, "/")).await.status, 303);
    assert!(browser.is_signed_in().await, "the session itself goes on");
}

#[tokio::test]
async fn e18_a_code_of_somebody_else_signs_nobody_in() {
    let world = guarded().await;
    let (mut attacker, mut victim) = (world.browser(), world.browser());
    attacker.sign_in(&world, &world.contoso, LINDQVIST).await;
    let begin = with_code(&mut attacker, "/").await;
    // A page of the attacker's leads the victim to the callback, with or without an entry of the victim's own.
    let page = victim.get(&at(APP, "/")).await;
    victim.follow(&page).await;
    let callback = victim.get(begin.location()).await;
    refused(&world, &callback, 403, "site.foreign");
    assert!(victim.cookies_at(APP).iter().all(|(name, _)| *name != COOKIE));
    // It is used up by that.
    refused(&world, &attacker.get(begin.location()).await, 403, "site.code");
}

#[tokio::test]
async fn e18_no_page_can_have_a_victim_enter_by_an_attackers_begin() {
    let world = guarded().await;
    let (mut attacker, mut victim) = (world.browser(), world.browser());
    victim.sign_in(&world, &world.contoso, SIMON).await;
    let page = attacker.get(&at(APP, "/")).await;
    let start = attacker.follow(&page).await;
    // The victim gets a code for the attacker's begin, and brings it to the site, where no cookie fits.
    let begin = victim.get(start.location()).await;
    refused(&world, &victim.follow(&begin).await, 403, "site.foreign");
    refused(&world, &attacker.get(begin.location()).await, 403, "site.code");
}

#[tokio::test]
async fn a_code_counts_at_its_site_and_for_a_minute() {
    let world = guarded().await;
    let mut browser = world.browser();
    browser.sign_in(&world, &world.contoso, SIMON).await;
    let begin = with_code(&mut browser, "/").await;
    for (name, value) in browser.clone().cookies_at(APP) {
        browser.plant_at(WIKI, name, value);
    }
    let elsewhere = begin.location().replace(APP, WIKI);
    refused(&world, &browser.get(&elsewhere).await, 403, "site.other");
    world.clock.advance(SitePass::LIFETIME - MILLISECOND);
    assert_eq!(follow_all(&mut browser, begin).await.status, 200);
    let mut other = browser.clone();
    other.plant_at(APP, COOKIE, "");
    let begin = with_code(&mut other, "/").await;
    world.clock.advance(SitePass::LIFETIME);
    refused(&world, &other.follow(&begin).await, 403, "site.late");
    // It is used up by that, for whoever has it.
    refused(&world, &browser.get(begin.location()).await, 403, "site.code");
}

#[tokio::test]
async fn a_session_that_ends_on_the_way_enters_nothing() {
    let world = guarded().await;
    let (mut browser, mut other) = (world.browser(), world.browser());
    browser.sign_in(&world, &world.contoso, SIMON).await;
    other.sign_in(&world, &world.contoso, SIMON).await;
    let begin = with_code(&mut browser, "/").await;
    other.submit(&Form::own("/account/sign-out/everywhere")).await;
    refused(&world, &browser.follow(&begin).await, 403, "site.ended");
}

#[tokio::test]
async fn whoever_the_site_does_not_admit_gets_no_code() {
    let world = guarded().await;
    let rules = |before: SiteRules| before.with_tenants(vec!["fabrikam".parse().unwrap()]);
    world.store.set_site(&site(APP), rules, world.clock.now()).await.unwrap();
    let mut browser = world.browser();
    browser.sign_in(&world, &world.contoso, SIMON).await;
    let page = browser.get(&at(APP, "/")).await;
    let start = browser.follow(&page).await;
    let begin = browser.follow(&start).await;
    refused(&world, &begin, 403, "site.tenant");
    assert!(begin.body.contains("You have no access to this application."), "{}", begin.body);
    assert_eq!(world.kinds_of(&begin).await, [EventKind::SiteRefused]);
    let page = browser.get(&at(WIKI, "/")).await;
    assert_eq!(follow_all(&mut browser, page).await.status, 200, "the other site admits them");
}

#[tokio::test]
async fn e17_an_entry_leads_to_a_path_of_its_site_alone() {
    let world = guarded().await;
    let mut browser = world.browser();
    browser.sign_in(&world, &world.contoso, SIMON).await;
    let page = browser.get(&at(APP, "/")).await;
    let start = browser.follow(&page).await;
    for target in [
        "//evil.example/",
        "https://evil.example/",
        "/\\evil.example/",
        "/.//evil.example/",
        "\r\nSet-Cookie: x=y",
        "/a\r\nSet-Cookie: x=y",
        "javascript:alert(1)",
        "/.landfall/start",
        "evil",
    ] {
        let target: String = byte_serialize(target.as_bytes()).collect();
        let own = browser.get(&at(APP, &format!("/.landfall/start?rd={target}"))).await;
        refused(&world, &own, 400, "target");
        let begin = start.location().replace("rd=%2F", &format!("rd={target}"));
        refused(&world, &browser.get(&begin).await, 400, "target");
    }
    let begin = start.location().replace("rd=%2F", "rd=%2Fx%3Fy%3D%2F%2Fevil.example");
    let begin = browser.get(&begin).await;
    let page = follow_all(&mut browser, begin).await;
    assert_eq!(page.url.as_str(), "https://app.example/x?y=//evil.example");
}

#[tokio::test]
async fn e17_a_code_goes_to_a_site_that_the_operator_made() {
    let world = guarded().await;
    let mut browser = world.browser();
    browser.sign_in(&world, &world.contoso, SIMON).await;
    let page = browser.get(&at(APP, "/")).await;
    let start = browser.follow(&page).await.location().to_owned();
    let own = "site=https%3A%2F%2Fapp.example";
    assert!(start.contains(own), "{start}");
    for (site, status, code) in [
        ("site=https%3A%2F%2Fevil.example", 403, "site.unknown"),
        ("site=http%3A%2F%2Fapp.example", 403, "site.unknown"),
        ("site=https%3A%2F%2Fapp.example.evil.example", 403, "site.unknown"),
        ("site=https%3A%2F%2Fapp.example%40evil.example", 403, "site.unknown"),
        ("site=https%3A%2F%2Fapp.example%2F", 403, "site.unknown"),
        ("site=javascript%3Aalert(1)", 403, "site.unknown"),
        ("x=y", 400, "site.parameters"),
    ] {
        let answer = browser.get(&start.replace(own, site)).await;
        refused(&world, &answer, status, code);
        assert!(!answer.body.contains("evil"), "{}", answer.body);
    }
    for (part, other) in [("&h=", "&h=x"), ("&state=", "&state=x"), ("&state=", "&x=")] {
        let answer = browser.get(&start.replace(part, other)).await;
        refused(&world, &answer, 400, "site.parameters");
    }
}

#[tokio::test]
async fn a_path_that_is_too_long_for_a_login_is_given_up() {
    let world = guarded().await;
    let mut browser = world.browser();
    let answer = browser.get(&at(APP, &format!("/?{}", "&".repeat(1_000)))).await;
    let landing = follow_all(&mut browser, answer).await;
    let target = landing.form("login_name").value("target").unwrap().to_owned();
    assert!(target.contains("rd=%2F&"), "{target}");
    let answer = browser.get(&at(APP, &format!("/{}", "x".repeat(5_000)))).await;
    assert_eq!(answer.location(), "https://app.example/.landfall/start?rd=%2F");
}

#[tokio::test]
async fn e22_what_is_no_listed_proxy_starts_nothing() {
    let world = guarded().await;
    for path in [
        "/.landfall/start",
        "/.landfall/callback?code=x&h=0000000000000000",
        "/.landfall/sign-out",
        "/auth/verify",
    ] {
        for (peer, headers, code) in [
            ("192.0.2.1", &[("x-forwarded-host", APP), ("x-forwarded-proto", "https")][..], "site.no_proxy"),
            (
                "10.0.0.1",
                &[("x-forwarded-host", "other.example"), ("x-forwarded-proto", "https")],
                "site.unknown",
            ),
            ("10.0.0.1", &[("x-forwarded-host", APP), ("x-forwarded-proto", "http")], "site.unknown"),
            ("10.0.0.1", &[("x-forwarded-proto", "https")], "site.header"),
            ("10.0.0.1", &[], "site.header"),
        ] {
            let mut request = Request::get(format!("https://sso.example{path}"));
            for (name, value) in headers {
                request = request.header(*name, *value);
            }
            let request = request.header("host", APP).body(Body::empty()).unwrap();
            let url = Url::parse(&format!("https://sso.example{path}")).unwrap();
            let answer = world.browser().at(peer).send(&url, None, request).await;
            refused(&world, &answer, 403, code);
        }
    }
}

#[tokio::test]
async fn entries_that_nobody_finished_make_room() {
    let world = guarded().await;
    let mut browser = world.browser();
    for _ in 0..20 {
        browser.get(&at(APP, "/.landfall/start")).await;
        world.clock.advance(Duration::SECOND);
    }
    assert_eq!(browser.cookies_at(APP).len(), 8);
}
