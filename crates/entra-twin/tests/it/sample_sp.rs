//! A small service provider on 127.0.0.1, for the driver and the scenarios; it knows no Landfall code.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{get, post};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use landfall_entra_twin::{Seed, Twin, Unsolicited};
use samael::crypto::{CertificateDer, Crypto, CryptoProvider, ReduceMode};
use tokio::net::TcpListener;
use url::Url;

use crate::double::{NOW, deflated, encoded};

/// What the service provider does wrong.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Flaw {
    None,
    /// It takes a response twice.
    TakesReplays,
    /// Its sign-out leaves the session.
    KeepsSessions,
    /// It opens no session.
    OpensNone,
}

/// The service provider and the double, both running, on two sites.
pub(crate) struct Sites {
    pub(crate) sp: Url,
    pub(crate) idp: Url,
    shop: Arc<Shop>,
}

impl Sites {
    /// Starts both; they end with the test.
    pub(crate) async fn start(policy: Unsolicited, flaw: Flaw) -> Self {
        let (here, there) = (listen().await, listen().await);
        let sp = format!("http://127.0.0.1:{}", here.local_addr().unwrap().port());
        let idp = format!("http://localhost:{}", there.local_addr().unwrap().port());
        let mut app = Seed::Contoso.app().unwrap();
        app.register(&format!("{sp}/saml/metadata"), vec![format!("{sp}/saml/acs")]);
        let certificate = app.signing.certificate().to_vec().into();
        let twin = Twin::new(Seed::Contoso.tenant().unwrap(), app, || NOW).with_base_url(&idp);
        let login = twin.saml_url();
        let shop =
            Arc::new(Shop { base: sp.clone(), login, certificate, policy, flaw, state: Mutex::default() });
        tokio::spawn(axum::serve(there, twin.router()).into_future());
        tokio::spawn(axum::serve(here, routes(shop.clone())).into_future());
        Self { sp: Url::parse(&sp).unwrap(), idp: Url::parse(&idp).unwrap(), shop }
    }

    pub(crate) fn sp(&self, path: &str) -> Url {
        self.sp.join(path).unwrap()
    }

    pub(crate) fn idp(&self, path: &str) -> Url {
        self.idp.join(path).unwrap()
    }

    /// Ends all sessions, as when a directory takes access away.
    pub(crate) fn end_sessions(&self) {
        self.shop.state.lock().unwrap().sessions.clear();
    }

    /// The cookies that came with each POST to the assertion consumer service.
    pub(crate) fn cookies_at_acs(&self) -> Vec<String> {
        self.shop.state.lock().unwrap().cookies_at_acs.clone()
    }
}

async fn listen() -> TcpListener {
    TcpListener::bind("127.0.0.1:0").await.unwrap()
}

struct Shop {
    base: String,
    login: String,
    certificate: CertificateDer,
    policy: Unsolicited,
    flaw: Flaw,
    state: Mutex<Memory>,
}

#[derive(Default)]
struct Memory {
    pending: HashSet<String>,
    used: HashSet<String>,
    awaiting: HashMap<String, String>,
    sessions: HashMap<String, String>,
    cookies_at_acs: Vec<String>,
    count: u32,
}

fn routes(shop: Arc<Shop>) -> Router {
    Router::new()
        .route("/sso", get(landing).post(begin))
        .route("/saml/acs", post(acs))
        .route("/saml/hop", get(hop))
        .route("/account", get(account))
        .route("/account/sign-out", post(sign_out))
        .with_state(shop)
}

async fn landing() -> Html<&'static str> {
    Html("<title>Sign in</title><form method=post action=/sso>Who are you?<input name=login_name></form>")
}

async fn begin(State(shop): State<Arc<Shop>>, body: Bytes) -> Response {
    shop.ask(&field(&body, "login_name").unwrap())
}

async fn acs(State(shop): State<Arc<Shop>>, headers: HeaderMap, body: Bytes) -> Response {
    let xml = STANDARD.decode(field(&body, "SAMLResponse").unwrap()).unwrap();
    let xml = String::from_utf8(xml).unwrap();
    let certificates = std::slice::from_ref(&shop.certificate);
    if Crypto::reduce_xml_to_signed(&xml, certificates, ReduceMode::PreDigest).is_err() {
        return (StatusCode::FORBIDDEN, Html("The double did not sign this.")).into_response();
    }
    let response: samael::schema::Response = xml.parse().unwrap();
    let assertion = response.assertion.unwrap();
    let name = assertion.subject.unwrap().name_id.unwrap().value;
    let mut memory = shop.state.lock().unwrap();
    let cookies = headers.get(header::COOKIE).map(|value| value.to_str().unwrap().to_owned());
    memory.cookies_at_acs.push(cookies.unwrap_or_default());
    if !memory.used.insert(assertion.id) && shop.flaw != Flaw::TakesReplays {
        return (StatusCode::FORBIDDEN, Html("This response was used already.")).into_response();
    }
    match response.in_response_to {
        Some(id) => assert!(memory.pending.contains(&id), "a request of ours"),
        None if shop.policy == Unsolicited::Restart => {
            drop(memory);
            return shop.ask(&name);
        }
        None => {}
    }
    let key = memory.key();
    memory.awaiting.insert(key.clone(), name);
    redirect("/saml/hop", &format!("__Host-hop={key}; Path=/; Secure; HttpOnly; SameSite=Lax"))
}

async fn hop(State(shop): State<Arc<Shop>>, headers: HeaderMap) -> Response {
    let mut memory = shop.state.lock().unwrap();
    let name = cookie(&headers, "__Host-hop").and_then(|key| memory.awaiting.remove(&key));
    let Some(name) = name else { return (StatusCode::FORBIDDEN, "no login waits").into_response() };
    let key = memory.key();
    if shop.flaw != Flaw::OpensNone {
        memory.sessions.insert(key.clone(), name);
    }
    redirect("/account", &format!("__Host-session={key}; Path=/; Secure; HttpOnly; SameSite=Lax"))
}

async fn account(State(shop): State<Arc<Shop>>, headers: HeaderMap) -> Response {
    let memory = shop.state.lock().unwrap();
    match cookie(&headers, "__Host-session").and_then(|key| memory.sessions.get(&key)) {
        Some(name) => Html(format!(
            "<p>Signed in as {name}</p><form method=post action=/account/sign-out><button>Out</button></form>"
        ))
        .into_response(),
        None => redirect("/sso?target=/account", "unused=; Max-Age=0"),
    }
}

async fn sign_out(State(shop): State<Arc<Shop>>, headers: HeaderMap) -> Response {
    assert_eq!(headers[header::ORIGIN].to_str().unwrap(), shop.base);
    if shop.flaw != Flaw::KeepsSessions {
        let key = cookie(&headers, "__Host-session").expect("the session's cookie");
        shop.state.lock().unwrap().sessions.remove(&key);
    }
    redirect("/sso", "unused=; Max-Age=0")
}

impl Shop {
    /// Sends the browser to the identity provider.
    fn ask(&self, login_name: &str) -> Response {
        let mut memory = self.state.lock().unwrap();
        let id = format!("_{}", memory.key());
        memory.pending.insert(id.clone());
        let request = format!(
            "<AuthnRequest xmlns=\"urn:oasis:names:tc:SAML:2.0:protocol\" ID=\"{id}\" Version=\"2.0\" \
             IssueInstant=\"2030-01-02T03:04:05Z\" AssertionConsumerServiceURL=\"{base}/saml/acs\">\
             <Issuer xmlns=\"urn:oasis:names:tc:SAML:2.0:assertion\">{base}/saml/metadata</Issuer></AuthnRequest>",
            base = self.base
        );
        let fields = [("SAMLRequest", deflated(&request)), ("login_hint", login_name.to_owned())];
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let cookie = format!("__Host-login={id}; Path=/; Secure; HttpOnly; SameSite=Lax");
        redirect(&format!("{}?{}", self.login, encoded(&fields)), &cookie)
    }
}

impl Memory {
    fn key(&mut self) -> String {
        self.count += 1;
        format!("k{}", self.count)
    }
}

fn redirect(location: &str, cookie: &str) -> Response {
    (StatusCode::SEE_OTHER, [("location", location), ("set-cookie", cookie)]).into_response()
}

fn field(body: &[u8], name: &str) -> Option<String> {
    url::form_urlencoded::parse(body).find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
}

fn cookie(headers: &HeaderMap, name: &str) -> Option<String> {
    let all = headers.get(header::COOKIE)?.to_str().unwrap();
    all.split("; ").find_map(|pair| pair.strip_prefix(&format!("{name}=")).map(str::to_owned))
}
