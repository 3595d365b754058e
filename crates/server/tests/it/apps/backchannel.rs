//! Whoever is signed on to an application is signed off there when the session ends here [openid-backchannel 2].

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration as Patience;

use axum::Router;
use axum::extract::Request;
use axum::http::header::{CONTENT_TYPE, LOCATION};
use axum::http::{Response, StatusCode};
use http_body_util::BodyExt;
use landfall_accounts::ports::GrantStore;
use landfall_accounts::{
    Activating, AppAuthentication, AppKind, Application, CodeRedemption, EventKind, GrantOutcome, Lasting,
    LogoutNotice, NewApplication, NewGrant, NewTokens, OfflineAccess, Scopes, Session, TokenAlgorithm,
    TokenHash, TokenOutcome, TraceId, UserState,
};
use landfall_saml::Binding;
use landfall_store::{Place, Store};
use serde_json::{Value, json};
use time::Duration;
use tokio::net::TcpListener;

use crate::backchannel::{LONGEST, Sender};
use crate::login::logout;
use crate::metadata::{Fetcher, Rules, Way};
use crate::world::{Browser, Form, HOME, LINDQVIST, SIMON, World};

/// An application's server on loopback, which keeps what it is told.
struct Listener {
    address: SocketAddr,
    said: Arc<Mutex<(StatusCode, Vec<Told>)>>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Told {
    path: String,
    form: String,
    body: String,
}

impl Listener {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let said = Arc::new(Mutex::new((StatusCode::OK, Vec::new())));
        let answers = Arc::clone(&said);
        let router = Router::new().fallback(async move |request: Request| {
            let (parts, body) = request.into_parts();
            let body = body.collect().await.unwrap().to_bytes();
            let mut said = answers.lock().unwrap();
            said.1.push(Told {
                path: parts.uri.to_string(),
                form: parts.headers.get(CONTENT_TYPE).unwrap().to_str().unwrap().to_owned(),
                body: String::from_utf8(body.to_vec()).unwrap(),
            });
            let answer = Response::builder().status(said.0).header(LOCATION, "/elsewhere");
            answer.body(String::new()).unwrap()
        });
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { address, said }
    }

    /// From now on it answers so.
    fn answer(&self, status: u16) {
        self.said.lock().unwrap().0 = StatusCode::from_u16(status).unwrap();
    }

    /// What it was told since it was asked last.
    fn told(&self) -> Vec<Told> {
        std::mem::take(&mut self.said.lock().unwrap().1)
    }
}

/// An application that is told of logouts at this listener.
async fn application(world: &World, name: &str, listener: &Listener) -> Application {
    application_at(world, name, listener.address).await
}

async fn application_at(world: &World, name: &str, address: SocketAddr) -> Application {
    let new = NewApplication {
        name: name.parse().unwrap(),
        title: name.parse().unwrap(),
        kind: AppKind::Web,
        authentication: AppAuthentication::Secret,
        tenant: None,
        redirect_uris: vec!["https://payroll.example/cb".parse().unwrap()],
        post_logout_uris: Vec::new(),
        backchannel_logout: Some(format!("http://{address}/{name}/logout").parse().unwrap()),
        offline: OfflineAccess::Never,
        signed_with: if name == "payroll" { TokenAlgorithm::Rs256 } else { TokenAlgorithm::Es256 },
        activation: Activating::default(),
    };
    world.store.create_application(new, None, world.clock.now()).await.unwrap().0
}

/// Signs whoever is signed in here on to an application, and says in which session.
async fn sign_on(world: &World, app: &Application, person: &str, n: u8) -> Session {
    let sessions = world.store.sessions(None, world.clock.now()).await.unwrap();
    let found = sessions.into_iter().find(|one| one.user.user_name.as_str() == person).unwrap();
    let hash = |what: u8| TokenHash::from_bytes([what.wrapping_add(n); 32]);
    let challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM".parse().unwrap();
    let redirect = app.redirect(Some("https://payroll.example/cb")).unwrap();
    let shown = Some(redirect.as_str().to_owned());
    let new = NewGrant {
        app: app.id,
        tenant: found.session.tenant,
        session: found.session.id,
        scopes: Scopes::asked("openid"),
        lasting: Lasting::WithSession,
        redirect,
        challenge,
        nonce: None,
        code: hash(1),
        user_agent: None,
        trace: TraceId::new([n; 8]),
    };
    let challenge = Some(new.challenge.clone());
    let granted = world.store.grant(new, world.clock.now()).await.unwrap();
    assert!(matches!(granted, GrantOutcome::Granted(_)));
    let tokens = NewTokens { access: hash(101), refresh: hash(201) };
    let trace = TraceId::new([n; 8]);
    let redemption = CodeRedemption { app: app.id, code: hash(1), redirect: shown, challenge, tokens, trace };
    let outcome = world.store.redeem_code(redemption, world.clock.now()).await.unwrap();
    assert!(matches!(outcome, TokenOutcome::Granted(_)));
    found.session
}

async fn round(world: &World) {
    sender(world).round().await.unwrap();
}

fn sender(world: &World) -> Sender<Store> {
    let fetcher = Fetcher::new(Rules::default(), Way::of_the_system(), LONGEST);
    let clock = Arc::new(world.environment());
    Sender::new(world.store.clone(), world.app(), HOME, fetcher, clock)
}

/// What the token says, verified as an application would.
async fn verified(world: &World, told: &Told) -> Value {
    assert_eq!(told.form, "application/x-www-form-urlencoded");
    let token = told.body.strip_prefix("logout_token=").unwrap();
    world.verified(token, "logout+jwt").await
}

/// [openid-backchannel 2.4]
#[tokio::test]
async fn a_logout_token_says_whose_session_ended_and_verifies_with_what_is_published() {
    for name in ["payroll", "wiki"] {
        let world = World::new().await;
        let listener = Listener::start().await;
        let app = application(&world, name, &listener).await;
        world.browser().sign_in(&world, &world.contoso, SIMON).await;
        let session = sign_on(&world, &app, SIMON, 1).await;
        round(&world).await;
        assert!(listener.told().is_empty(), "nothing ended");
        world.store.revoke_session(&session.id, world.clock.now()).await.unwrap();
        round(&world).await;
        let told = listener.told();
        assert_eq!(
            told.iter().map(|told| told.path.as_str()).collect::<Vec<_>>(),
            [format!("/{name}/logout")]
        );
        let mut claims = verified(&world, &told[0]).await;
        assert!(claims.as_object_mut().unwrap().remove("jti").unwrap().as_str().unwrap().len() == 36);
        let now = world.clock.now().unix_timestamp();
        assert_eq!(
            claims,
            json!({
                "iss": HOME, "aud": name, "sub": session.user.to_string(), "sid": session.id.to_string(),
                "iat": now, "exp": now + 120,
                "events": { "http://schemas.openid.net/event/backchannel-logout": {} },
            })
        );
        round(&world).await;
        assert!(listener.told().is_empty(), "it is told once");
    }
}

/// One sign-on, many applications: each is told, whatever ended the session.
#[tokio::test]
async fn each_end_of_a_session_reaches_the_applications() {
    let ends = ["sign-out", "everywhere", "operator", "suspended", "scim", "single logout", "disabled"];
    for end in ends {
        let world = World::new().await;
        let listener = Listener::start().await;
        let (payroll, wiki) =
            (application(&world, "payroll", &listener).await, application(&world, "wiki", &listener).await);
        let entra = world.entra().await;
        let path = format!("/Users/{}", entra.post("/Users", &crate::scim::person(SIMON)).await.id());
        let (mut simon, mut other) = (world.browser(), world.browser());
        simon.sign_in(&world, &world.contoso, SIMON).await;
        other.sign_in(&world, &world.contoso, LINDQVIST).await;
        let session = sign_on(&world, &payroll, SIMON, 1).await;
        sign_on(&world, &wiki, SIMON, 2).await;
        sign_on(&world, &wiki, LINDQVIST, 3).await;
        let now = world.clock.now();
        match end {
            "sign-out" => submit(&mut simon, "/account/sign-out").await,
            "everywhere" => submit(&mut simon, "/account/sign-out/everywhere").await,
            "operator" => world.store.revoke_session(&session.id, now).await.unwrap(),
            "suspended" => {
                world.store.set_user_state(&session.user, UserState::Suspended, now).await.unwrap();
            }
            "scim" => {
                let off = json!([{ "op": "Replace", "path": "active", "value": "False" }]);
                entra.patch(&path, &off).await.json(200);
            }
            "single logout" => {
                let (name, index) = logout::named(&world, SIMON).await;
                let asked = logout::request(&world, &world.contoso, Binding::Redirect, &name, Some(&index));
                logout::brought(&world, &asked).await;
            }
            _ => world.disable(&world.contoso).await,
        }
        round(&world).await;
        let mut told = Vec::new();
        for one in listener.told() {
            let claims = verified(&world, &one).await;
            told.push((one.path, claims["sid"].as_str().unwrap().to_owned()));
        }
        told.sort();
        let sid = session.id.to_string();
        let expected = ["/payroll/logout", "/wiki/logout"].map(|path| (path.to_owned(), sid.clone()));
        if end == "disabled" {
            assert_eq!(told.len(), 3, "{end}");
        } else {
            assert_eq!(told, expected, "{end}");
        }
    }
}

async fn submit(browser: &mut Browser, path: &str) {
    let answer = browser.submit(&Form::own(path)).await;
    assert!(answer.status < 400, "{}", answer.status);
}

/// [openid-backchannel 2.8]
#[tokio::test]
async fn an_application_that_does_not_take_it_is_told_again() {
    let world = World::new().await;
    let listener = Listener::start().await;
    let payroll = application(&world, "payroll", &listener).await;
    world.browser().sign_in(&world, &world.contoso, SIMON).await;
    let session = sign_on(&world, &payroll, SIMON, 1).await;
    world.store.revoke_session(&session.id, world.clock.now()).await.unwrap();
    let mut ids = Vec::new();
    for (tries, status) in [(1, 503), (2, 302), (3, 400), (4, 204)] {
        listener.answer(status);
        round(&world).await;
        let told = listener.told();
        assert_eq!(told.len(), 1, "once, and nothing is followed: {status}");
        ids.push(verified(&world, &told[0]).await["jti"].as_str().unwrap().to_owned());
        world.clock.advance(LogoutNotice::wait(tries) - Duration::MILLISECOND);
        round(&world).await;
        assert!(listener.told().is_empty(), "{status}");
        world.clock.advance(Duration::MILLISECOND);
    }
    ids.dedup();
    assert_eq!(ids.len(), 1, "one name, by which an application knows it again");
    world.clock.advance(Duration::DAY);
    round(&world).await;
    assert!(listener.told().is_empty());
    let log = world.log();
    assert!(log.contains("status.503") && !log.contains(SIMON), "{log}");
}

#[tokio::test]
async fn who_does_not_answer_holds_back_nobody_else() {
    let world = World::new().await;
    let (silent, listener) = (Listener::start().await, Listener::start().await);
    silent.answer(500);
    let (payroll, wiki) =
        (application(&world, "payroll", &silent).await, application(&world, "wiki", &listener).await);
    for (n, person) in [(1, SIMON), (2, LINDQVIST)] {
        world.browser().sign_in(&world, &world.contoso, person).await;
        sign_on(&world, &payroll, person, n).await;
        sign_on(&world, &wiki, person, n + 10).await;
    }
    world.disable(&world.contoso).await;
    round(&world).await;
    assert_eq!(listener.told().len(), 2);
    assert!((1..=2).contains(&silent.told().len()));
    world.clock.advance(LogoutNotice::GIVEN_UP);
    round(&world).await;
    let given_up = world.events().await.iter().filter(|event| event.kind == EventKind::NoticeGivenUp).count();
    assert_eq!(given_up, 2);
}

#[tokio::test]
async fn nobody_waits_for_who_takes_its_time() {
    let world = World::new().await;
    let (slow, listener) = (TcpListener::bind("127.0.0.1:0").await.unwrap(), Listener::start().await);
    let payroll = application_at(&world, "payroll", slow.local_addr().unwrap()).await;
    let wiki = application(&world, "wiki", &listener).await;
    for person in [SIMON, LINDQVIST] {
        world.browser().sign_in(&world, &world.contoso, person).await;
    }
    sign_on(&world, &payroll, SIMON, 1).await;
    sign_on(&world, &wiki, LINDQVIST, 2).await;
    let out = async |person| {
        let user = world.user(person).await;
        world.set_state(&user, UserState::Suspended).await;
    };
    let sender = sender(&world);
    out(SIMON).await;
    // However much it is to be told.
    let others = "INSERT INTO logout_notices (tenant_id, id, app, app_id, address, signed_with, user_id, session_id, ended_at, tries, due_at)
        WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 100)
        SELECT tenant_id, ID, app, app_id, address, signed_with, user_id, session_id, ended_at, tries, due_at FROM logout_notices, n";
    let id = if matches!(world.place(), Place::Postgres(_)) { "gen_random_uuid()" } else { "randomblob(16)" };
    world.sql(&others.replace("ID", id)).await;
    let first = sender.clone();
    let waiting = tokio::spawn(async move { first.round().await });
    let mut connections = Vec::new();
    for _ in 0..8 {
        connections.push(slow.accept().await.unwrap());
    }
    out(LINDQVIST).await;
    sender.round().await.unwrap();
    assert_eq!((listener.told().len(), waiting.is_finished()), (1, false));
    let more = slow.into_std().unwrap().accept();
    assert_eq!(
        more.unwrap_err().kind(),
        std::io::ErrorKind::WouldBlock,
        "it is told so much at once and no more"
    );
    waiting.abort();
}

/// An operator wrote the address: it may be private, and plain http stays on this machine.
#[tokio::test]
async fn where_an_application_may_be_told() {
    let listener = Listener::start().await;
    let fetcher = Fetcher::new(Rules::default(), Way::of_the_system(), Patience::from_secs(1));
    let code = async |url: &str| match fetcher.post(url, "logout_token=x".to_owned()).await {
        Ok(status) => status.as_u16().to_string(),
        Err(error) => error.code().to_owned(),
    };
    assert_eq!(code(&format!("http://{}/", listener.address)).await, "200");
    for (url, expected) in [
        ("http://8.8.8.8/", "fetch.address"),
        ("http://10.0.0.1/", "fetch.address"),
        ("com.example.app:/logout", "fetch.url"),
        ("https://user@127.0.0.1/", "fetch.url"),
        ("no address", "fetch.url"),
    ] {
        assert_eq!(code(url).await, expected, "{url}");
    }
    let at_loopback = format!("https://{}/", listener.address);
    assert_eq!(code(&at_loopback).await, "fetch.connect", "it has no certificate, and was reached");
}
