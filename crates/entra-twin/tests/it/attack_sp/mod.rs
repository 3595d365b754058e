//! A strict service provider on 127.0.0.1 whose checks can be switched off one at a time; it knows no Landfall code.

mod careless;
mod clear;
mod judge;
mod logout;
mod signed;
mod tree;

use std::collections::{HashMap, HashSet};
use std::io::Read as _;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, RawQuery, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{get, post};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::read::DeflateDecoder;
use landfall_entra_twin::{App, Attack, AttackError, Credential, Seed, Twin};
use url::Url;

use crate::double::{NOW, deflated, encoded};
use careless::lax_base64;
use judge::Rules;
use tree::{DSIG, SAML, SAMLP};

pub(crate) use judge::Check;

/// What a careless service provider does with a form that holds no assertion.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Careless {
    /// It answers 500.
    FallsOver,
    /// It does not answer.
    Hangs,
    /// Its answer has no end.
    Endless,
    /// It redirects to itself.
    Loops,
    /// It ends the connection in the middle of its answer.
    Closes,
    /// It refuses the form, as it should, and each request to log out and each encrypted assertion too.
    RefusesMore,
}

/// Everything about one service provider.
struct Shop {
    base: String,
    login: String,
    rules: Rules,
    careless: Option<Careless>,
    state: Mutex<Memory>,
}

#[derive(Default)]
struct Memory {
    pending: HashSet<String>,
    answered: HashSet<String>,
    used: HashSet<String>,
    awaiting: HashMap<String, Session>,
    sessions: HashMap<String, Session>,
    count: u32,
}

#[derive(Clone)]
struct Session {
    name: String,
    index: Option<String>,
    /// The cookie that the browser must have.
    browser: Option<String>,
}

/// Starts a service provider, and an attack on it with the key that it trusts.
pub(crate) async fn attack(off: &'static [Check], careless: Option<Careless>) -> Attack {
    start(off, careless, &Seed::Contoso.app().unwrap().signing).await
}

/// The same with a service provider that trusts another key, and so refuses everybody.
pub(crate) async fn closed() -> Attack {
    start(&[], None, &Seed::Fabrikam.app().unwrap().signing).await
}

/// An attack by metadata that name another address than the login does.
pub(crate) async fn misled() -> Attack {
    let base = serve(&[], None, &Seed::Contoso.app().unwrap().signing).await;
    prepare(&base, &metadata("http://127.0.0.1:9"), |_| {}).await.unwrap()
}

async fn start(off: &'static [Check], careless: Option<Careless>, trusted: &Credential) -> Attack {
    let base = serve(off, careless, trusted).await;
    prepare(&base, &metadata(&base), |_| {}).await.unwrap()
}

/// The double, edited as the test likes, against the service provider at this address.
pub(crate) async fn prepare(
    base: &str,
    metadata: &str,
    edit: impl FnOnce(&mut App),
) -> Result<Attack, AttackError> {
    prepare_at(base, "/sso", metadata, edit).await
}

/// The same where a login begins at another page.
pub(crate) async fn prepare_at(
    base: &str,
    login: &str,
    metadata: &str,
    edit: impl FnOnce(&mut App),
) -> Result<Attack, AttackError> {
    let (tenant, mut app) = (Seed::Contoso.tenant().unwrap(), Seed::Contoso.app().unwrap());
    edit(&mut app);
    let twin = Twin::new(tenant, app, || NOW).with_base_url(IDP);
    let page = |path: &str| Url::parse(&format!("{base}{path}")).unwrap();
    Attack::prepare(twin, metadata, page(login), page("/account")).await
}

/// Where the identity provider would be; nobody goes there.
const IDP: &str = "http://localhost:1";

/// Starts a service provider that trusts this key, and gives its address.
pub(crate) async fn serve(off: &'static [Check], careless: Option<Careless>, trusted: &Credential) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://127.0.0.1:{}", listener.local_addr().unwrap().port());
    let tenant = Seed::Contoso.tenant().unwrap();
    let login = format!("{IDP}/{}/saml2", tenant.id);
    let rules = Rules {
        entity_id: format!("{base}/saml/metadata"),
        acs: format!("{base}/saml/acs"),
        tenant,
        certificate: trusted.certificate().to_vec().into(),
        private_key: own().private_key().to_vec(),
        now: NOW,
        off,
    };
    let shop = Shop { base: base.clone(), login, rules, careless, state: Mutex::default() };
    let most = if off.contains(&Check::Size) { usize::MAX } else { 512 * 1024 };
    let router = Router::new()
        .route("/sso", get(landing).post(begin))
        .route("/saml/metadata", get(own_metadata))
        .route("/saml/acs", post(acs).get(acs_by_get))
        .route("/saml/hop", get(hop))
        .route("/saml/slo", get(logout::slo))
        .route("/account", get(account))
        .route("/loop", get(around))
        .route("/away", get(|| async { redirect("http://localhost:1/", "unused=; Max-Age=0") }))
        .route(
            "/form",
            get(|| async { Html("<form action=http://localhost:1/><input name=login_name></form>") }),
        )
        .route("/near", get(|| async { redirect("/saml/metadata", "unused=; Max-Age=0") }))
        .route("/huge", get(|| async { "more ".repeat(1024 * 1024) }))
        .layer(DefaultBodyLimit::max(most))
        .with_state(Arc::new(shop));
    tokio::spawn(axum::serve(listener, router).into_future());
    base
}

async fn own_metadata(State(shop): State<Arc<Shop>>) -> String {
    metadata(&shop.base)
}

/// The key for which assertions are encrypted; the directory of another tenant lends it.
fn own() -> Credential {
    Seed::Fabrikam.tenant().unwrap().signing
}

pub(crate) fn metadata(base: &str) -> String {
    let certificate = STANDARD.encode(own().certificate());
    format!(
        "<EntityDescriptor xmlns=\"urn:oasis:names:tc:SAML:2.0:metadata\" entityID=\"{base}/saml/metadata\">\
         <SPSSODescriptor protocolSupportEnumeration=\"{SAMLP}\">\
         <KeyDescriptor use=\"encryption\"><KeyInfo xmlns=\"{DSIG}\"><X509Data><X509Certificate>{certificate}\
         </X509Certificate></X509Data></KeyInfo></KeyDescriptor>\
         <SingleLogoutService Binding=\"urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect\" Location=\"{base}/saml/slo?of=shop\"/>\
         <AssertionConsumerService Binding=\"urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST\" Location=\"{base}/saml/acs\" index=\"0\"/>\
         </SPSSODescriptor></EntityDescriptor>"
    )
}

async fn landing() -> Html<&'static str> {
    Html("<title>Sign in</title><form method=post action=/sso><input name=login_name></form>")
}

async fn begin(State(shop): State<Arc<Shop>>) -> Response {
    let id = shop.memory().key();
    shop.memory().pending.insert(id.clone());
    let request = format!(
        "<AuthnRequest xmlns=\"{SAMLP}\" ID=\"{id}\" Version=\"2.0\" IssueInstant=\"2030-01-02T03:04:05Z\" \
         AssertionConsumerServiceURL=\"{acs}\"><Issuer xmlns=\"{SAML}\">{issuer}</Issuer></AuthnRequest>",
        acs = shop.rules.acs,
        issuer = shop.rules.entity_id
    );
    let query = encoded(&[("SAMLRequest", &deflated(&request)), ("RelayState", &id)]);
    redirect(
        &format!("{}?{query}", shop.login),
        &format!("__Host-login-{id}={id}; Path=/; Secure; HttpOnly; SameSite=Lax"),
    )
}

async fn acs_by_get(shop: State<Arc<Shop>>, RawQuery(query): RawQuery) -> Response {
    match shop.rules.check(Check::Binding, false) {
        Ok(()) => acs(shop, query.unwrap_or_default().into()).await,
        Err(why) => refused(&why),
    }
}

async fn acs(State(shop): State<Arc<Shop>>, body: Bytes) -> Response {
    let fields: Vec<(String, String)> = url::form_urlencoded::parse(&body).into_owned().collect();
    let octets = shop.response(&fields);
    let careless = shop.careless.filter(|_| !octets.as_ref().is_ok_and(|octets| holds_an_assertion(octets)));
    if let Some(careless) = careless.filter(|careless| *careless != Careless::RefusesMore) {
        return careless.answer().await;
    }
    let relay_state = fields.iter().find(|(name, _)| name == "RelayState").map(|(_, value)| value.as_str());
    if let Some(answer) = relay_state.filter(|_| !shop.rules.on(Check::RelayState)).and_then(followed) {
        return answer;
    }
    match octets.and_then(|octets| shop.accept(&octets)) {
        Ok(key) => {
            redirect("/saml/hop", &format!("__Host-hop={key}; Path=/; Secure; HttpOnly; SameSite=Lax"))
        }
        Err(why) => refused(&why),
    }
}

fn holds_an_assertion(octets: &[u8]) -> bool {
    String::from_utf8_lossy(octets).contains("Assertion")
}

/// What a careless service provider does with a RelayState that is no key of its own.
fn followed(relay_state: &str) -> Option<Response> {
    match relay_state.get(..2)? {
        "ht" => Some(redirect(relay_state, "unused=; Max-Age=0")),
        "//" => {
            let page = format!("<meta http-equiv=refresh content='0; url={relay_state}'>");
            Some(Html(page).into_response())
        }
        "\">" => Some(Html(format!("<input value=\"{relay_state}\">")).into_response()),
        _ => None,
    }
}

async fn hop(State(shop): State<Arc<Shop>>, headers: HeaderMap) -> Response {
    let mut memory = shop.memory();
    let session = cookie(&headers, "__Host-hop").and_then(|key| memory.awaiting.remove(&key));
    let Some(session) = session else { return refused("no login waits") };
    let own =
        session.browser.as_ref().is_none_or(|id| cookie(&headers, &format!("__Host-login-{id}")).is_some());
    if let Err(why) = shop.rules.check(Check::Browser, own) {
        return refused(&why);
    }
    let key = memory.key();
    memory.sessions.insert(key.clone(), session);
    redirect("/account", &format!("__Host-session={key}; Path=/; Secure; HttpOnly; SameSite=Lax"))
}

async fn account(State(shop): State<Arc<Shop>>, headers: HeaderMap) -> Response {
    let memory = shop.memory();
    match cookie(&headers, "__Host-session").and_then(|key| memory.sessions.get(&key)) {
        Some(session) => Html(format!("<p>Signed in as {}</p>", session.name)).into_response(),
        None => redirect("/sso", "unused=; Max-Age=0"),
    }
}

async fn around() -> Response {
    redirect("/loop", "unused=; Max-Age=0")
}

impl Careless {
    async fn answer(self) -> Response {
        match self {
            Self::FallsOver => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
            Self::Hangs => std::future::pending().await,
            Self::Endless => "more ".repeat(1024 * 1024).into_response(),
            Self::Loops => redirect("/loop", "unused=; Max-Age=0"),
            Self::Closes | Self::RefusesMore => panic!("the connection ends without an answer"),
        }
    }
}

impl Shop {
    /// The memory, whatever became of others who held it.
    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The octets of the response in a form.
    fn response(&self, fields: &[(String, String)]) -> Result<Vec<u8>, String> {
        let is_field = |name: &str| match self.rules.on(Check::Fields) {
            true => name == "SAMLResponse",
            false => name.to_lowercase().starts_with("samlre"),
        };
        let mut found = fields.iter().filter(|(name, _)| is_field(name)).map(|(_, value)| value);
        let response = found.next().ok_or("no SAMLResponse")?;
        self.rules.check(Check::Fields, found.next().is_none())?;
        let packed: String = response.split_whitespace().collect();
        let octets = match self.rules.on(Check::Base64) {
            true => STANDARD.decode(packed).map_err(|error| error.to_string())?,
            false => lax_base64(&packed),
        };
        match inflated(&octets, self.rules.most()) {
            Ok(inflated) if !self.rules.on(Check::Binding) => Ok(inflated),
            _ => Ok(octets),
        }
    }

    /// Judges a response, and gives the key under which its session waits.
    fn accept(&self, octets: &[u8]) -> Result<String, String> {
        if self.careless == Some(Careless::RefusesMore)
            && String::from_utf8_lossy(octets).contains("EncryptedAssertion")
        {
            return Err("nothing is decrypted here".into());
        }
        let mut memory = self.memory();
        let accepted = self.rules.judge(octets, |id| memory.pending.contains(id))?;
        let fresh = memory.used.insert(accepted.assertion);
        let unanswered = accepted.request.as_ref().is_none_or(|id| memory.answered.insert(id.clone()));
        self.rules.check(Check::Replay, fresh && unanswered)?;
        let browser = accepted.request.filter(|id| memory.pending.contains(id));
        let key = memory.key();
        let session = Session { name: accepted.name, index: accepted.session_index, browser };
        memory.awaiting.insert(key.clone(), session);
        Ok(key)
    }
}

impl Memory {
    fn key(&mut self) -> String {
        self.count += 1;
        format!("_k{}", self.count)
    }
}

fn refused(why: &str) -> Response {
    (StatusCode::FORBIDDEN, Html(format!("refused: {}", why.replace('<', "&lt;")))).into_response()
}

fn redirect(location: &str, cookie: &str) -> Response {
    (StatusCode::SEE_OTHER, [("location", location), ("set-cookie", cookie)]).into_response()
}

/// What is deflated, up to a bound.
fn inflated(octets: &[u8], most: u64) -> Result<Vec<u8>, String> {
    let mut inflated = Vec::new();
    let mut reader = DeflateDecoder::new(octets).take(most + 1);
    reader.read_to_end(&mut inflated).map_err(|error| error.to_string())?;
    if inflated.len() as u64 > most { Err("more than a message".into()) } else { Ok(inflated) }
}

fn cookie(headers: &HeaderMap, name: &str) -> Option<String> {
    let all = headers.get(header::COOKIE)?.to_str().unwrap();
    all.split("; ").find_map(|pair| pair.strip_prefix(&format!("{name}=")).map(str::to_owned))
}
