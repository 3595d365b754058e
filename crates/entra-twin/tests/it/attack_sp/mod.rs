//! A strict service provider on 127.0.0.1 whose checks can be switched off one at a time; it knows no Landfall code.

mod judge;
mod tree;

use std::collections::{HashMap, HashSet};
use std::io::Read as _;
use std::sync::{Arc, Mutex};

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
use openssl::hash::MessageDigest;
use openssl::sign::Verifier;
use openssl::x509::X509;
use url::Url;

use crate::double::{NOW, deflated, encoded};
use judge::Rules;
use tree::{Element, SAML, SAMLP};

pub(crate) use judge::Check;

/// What a careless service provider does with a form that holds no response.
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
pub(crate) async fn attack(off: Option<Check>, careless: Option<Careless>) -> Attack {
    start(off, careless, &Seed::Contoso.app().unwrap().signing).await
}

/// The same with a service provider that trusts another key, and so refuses everybody.
pub(crate) async fn closed() -> Attack {
    start(None, None, &Seed::Fabrikam.app().unwrap().signing).await
}

/// An attack by metadata that name another address than the login does.
pub(crate) async fn misled() -> Attack {
    let base = serve(None, None, &Seed::Contoso.app().unwrap().signing).await;
    prepare(&base, &metadata("http://127.0.0.1:9"), |_| {}).await.unwrap()
}

async fn start(off: Option<Check>, careless: Option<Careless>, trusted: &Credential) -> Attack {
    let base = serve(off, careless, trusted).await;
    prepare(&base, &metadata(&base), |_| {}).await.unwrap()
}

/// The double, edited as the test likes, against the service provider at this address.
pub(crate) async fn prepare(
    base: &str,
    metadata: &str,
    edit: impl FnOnce(&mut App),
) -> Result<Attack, AttackError> {
    let (tenant, mut app) = (Seed::Contoso.tenant().unwrap(), Seed::Contoso.app().unwrap());
    edit(&mut app);
    let twin = Twin::new(tenant, app, || NOW).with_base_url(IDP);
    let page = |path: &str| Url::parse(&format!("{base}{path}")).unwrap();
    Attack::prepare(twin, metadata, page("/sso"), page("/account")).await
}

/// Where the identity provider would be; nobody goes there.
const IDP: &str = "http://localhost:1";

/// Starts a service provider that trusts this key, and gives its address.
pub(crate) async fn serve(off: Option<Check>, careless: Option<Careless>, trusted: &Credential) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://127.0.0.1:{}", listener.local_addr().unwrap().port());
    let tenant = Seed::Contoso.tenant().unwrap();
    let login = format!("{IDP}/{}/saml2", tenant.id);
    let rules = Rules {
        entity_id: format!("{base}/saml/metadata"),
        acs: format!("{base}/saml/acs"),
        tenant,
        certificate: trusted.certificate().to_vec().into(),
        now: NOW,
        off,
    };
    let shop = Shop { base: base.clone(), login, rules, careless, state: Mutex::default() };
    let most = if off == Some(Check::Size) { usize::MAX } else { 512 * 1024 };
    let router = Router::new()
        .route("/sso", get(landing).post(begin))
        .route("/saml/metadata", get(own_metadata))
        .route("/saml/acs", post(acs))
        .route("/saml/hop", get(hop))
        .route("/saml/slo", get(slo))
        .route("/account", get(account))
        .route("/loop", get(around))
        .route("/huge", get(|| async { "more ".repeat(1024 * 1024) }))
        .layer(DefaultBodyLimit::max(most))
        .with_state(Arc::new(shop));
    tokio::spawn(axum::serve(listener, router).into_future());
    base
}

async fn own_metadata(State(shop): State<Arc<Shop>>) -> String {
    metadata(&shop.base)
}

pub(crate) fn metadata(base: &str) -> String {
    format!(
        "<EntityDescriptor xmlns=\"urn:oasis:names:tc:SAML:2.0:metadata\" entityID=\"{base}/saml/metadata\">\
         <SPSSODescriptor protocolSupportEnumeration=\"{SAMLP}\">\
         <SingleLogoutService Binding=\"urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect\" Location=\"{base}/saml/slo\"/>\
         <AssertionConsumerService Binding=\"urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST\" Location=\"{base}/saml/acs\" index=\"0\"/>\
         </SPSSODescriptor></EntityDescriptor>"
    )
}

async fn landing() -> Html<&'static str> {
    Html("<title>Sign in</title><form method=post action=/sso><input name=login_name></form>")
}

async fn begin(State(shop): State<Arc<Shop>>) -> Response {
    let id = shop.state.lock().unwrap().key();
    shop.state.lock().unwrap().pending.insert(id.clone());
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

async fn acs(State(shop): State<Arc<Shop>>, body: Bytes) -> Response {
    let fields: Vec<(String, String)> = url::form_urlencoded::parse(&body).into_owned().collect();
    let mut responses = fields.iter().filter(|(name, _)| name == "SAMLResponse").map(|(_, value)| value);
    let (Some(response), None) = (responses.next(), responses.next()) else {
        return match shop.careless {
            None => refused("one SAMLResponse, no more"),
            Some(careless) => careless.answer().await,
        };
    };
    let relay_state = fields.iter().find(|(name, value)| name == "RelayState" && value.starts_with("http"));
    if let Some((_, address)) = relay_state.filter(|_| !shop.rules.on(Check::RelayState)) {
        return redirect(address, "unused=; Max-Age=0");
    }
    match shop.accept(response) {
        Ok(key) => {
            redirect("/saml/hop", &format!("__Host-hop={key}; Path=/; Secure; HttpOnly; SameSite=Lax"))
        }
        Err(why) => refused(&why),
    }
}

async fn hop(State(shop): State<Arc<Shop>>, headers: HeaderMap) -> Response {
    let mut memory = shop.state.lock().unwrap();
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
    let memory = shop.state.lock().unwrap();
    match cookie(&headers, "__Host-session").and_then(|key| memory.sessions.get(&key)) {
        Some(session) => Html(format!("<p>Signed in as {}</p>", session.name)).into_response(),
        None => redirect("/sso", "unused=; Max-Age=0"),
    }
}

async fn slo(State(shop): State<Arc<Shop>>, RawQuery(query): RawQuery) -> Response {
    match shop.log_out(&query.unwrap_or_default()) {
        Ok(()) => Html("You are signed out.").into_response(),
        Err(why) => refused(&why),
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
            Self::Closes => panic!("the connection ends without an answer"),
        }
    }
}

impl Shop {
    /// Judges a response, and gives the key under which its session waits.
    fn accept(&self, response: &str) -> Result<String, String> {
        let packed: String = response.split_whitespace().collect();
        let octets = STANDARD.decode(packed).map_err(|error| error.to_string())?;
        let mut memory = self.state.lock().unwrap();
        let accepted = self.rules.judge(&octets, |id| memory.pending.contains(id))?;
        let fresh = memory.used.insert(accepted.assertion);
        let unanswered = accepted.request.as_ref().is_none_or(|id| memory.answered.insert(id.clone()));
        self.rules.check(Check::Replay, fresh && unanswered)?;
        let browser = accepted.request.filter(|id| memory.pending.contains(id));
        let key = memory.key();
        let session = Session { name: accepted.name, index: accepted.session_index, browser };
        memory.awaiting.insert(key.clone(), session);
        Ok(key)
    }

    /// Ends the sessions that a signed LogoutRequest names.
    fn log_out(&self, query: &str) -> Result<(), String> {
        let raw = |name: &str| {
            let mut found =
                query.split('&').filter_map(|pair| pair.split_once('=')).filter(|(key, _)| *key == name);
            match (found.next(), found.next()) {
                (one, None) => Ok(one.map(|(_, value)| value)),
                _ => Err(format!("{name} twice")),
            }
        };
        let message = raw("SAMLRequest")?.ok_or("no SAMLRequest")?;
        let (relay_state, algorithm) = (raw("RelayState")?, raw("SigAlg")?);
        let signature = raw("Signature")?;
        if self.rules.on(Check::LogoutSignature) {
            let (algorithm, signature) = (algorithm.ok_or("no SigAlg")?, signature.ok_or("no Signature")?);
            let relay_state = relay_state.map(|state| format!("&RelayState={state}")).unwrap_or_default();
            let signed = format!("SAMLRequest={message}{relay_state}&SigAlg={algorithm}");
            self.verify(&signed, &decoded(algorithm), &decoded(signature))?;
        }
        let deflated = STANDARD.decode(decoded(message)).map_err(|error| error.to_string())?;
        let mut text = String::new();
        let most = if self.rules.on(Check::Size) { 256 * 1024 } else { u64::MAX };
        DeflateDecoder::new(deflated.as_slice())
            .take(most)
            .read_to_string(&mut text)
            .map_err(|error| error.to_string())?;
        let request = Element::read(&text, false)?;
        let rules = &self.rules;
        let issuer = request.child(SAML, "Issuer").and_then(Element::text);
        rules.check(Check::Issuer, issuer == Some(rules.tenant.issuer()))?;
        rules.check(
            Check::Destination,
            request.attribute("Destination") == Some(&format!("{}/saml/slo", self.base)),
        )?;
        rules.check(Check::Window, rules.has_begun(request.attribute("IssueInstant")))?;
        let end = request.attribute("NotOnOrAfter");
        rules.check(Check::Window, rules.goes_on(end))?;
        let index = request.child(SAMLP, "SessionIndex").and_then(Element::text);
        self.state.lock().unwrap().sessions.retain(|_, session| session.index != index);
        Ok(())
    }

    fn verify(&self, signed: &str, algorithm: &str, signature: &str) -> Result<(), String> {
        if algorithm != "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256" {
            return Err(format!("signed by {algorithm}"));
        }
        let signature = STANDARD.decode(signature).map_err(|error| error.to_string())?;
        let key = X509::from_der(self.rules.certificate.der_data()).unwrap().public_key().unwrap();
        let mut verifier = Verifier::new(MessageDigest::sha256(), &key).unwrap();
        match verifier.verify_oneshot(&signature, signed.as_bytes()) {
            Ok(true) => Ok(()),
            _ => Err("the signature does not hold".into()),
        }
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

/// The value of a parameter as it stands in a query.
fn decoded(value: &str) -> String {
    let pair = format!("x={value}");
    url::form_urlencoded::parse(pair.as_bytes()).map(|(_, value)| value.into_owned()).collect()
}

fn cookie(headers: &HeaderMap, name: &str) -> Option<String> {
    let all = headers.get(header::COOKIE)?.to_str().unwrap();
    all.split("; ").find_map(|pair| pair.strip_prefix(&format!("{name}=")).map(str::to_owned))
}
