//! The side of an application: what it asks for, where its codes come back, what it does with them.

use axum::body::Body;
use axum::http::{Method, Request as HttpRequest, header};
use landfall_accounts::{
    Activating, AppAuthentication, AppKind, Application, NewAppCredential, NewApplication, OfflineAccess,
    TokenAlgorithm,
};
use landfall_http::AppSecret;
use landfall_xmldsig::encode_base64;
use serde_json::Value;
use url::Url;
use url::form_urlencoded::Serializer;

use crate::world::{Answer, Browser, HOME, World};

/// What every application of these tests sends and shows; the pair is that of RFC 7636, appendix B.
pub(crate) const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
pub(crate) const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

/// An application on a server, with a secret.
pub(crate) fn payroll() -> NewApplication {
    NewApplication {
        name: "payroll".parse().unwrap(),
        title: "Payroll".parse().unwrap(),
        kind: AppKind::Web,
        authentication: AppAuthentication::Secret,
        tenant: None,
        redirect_uris: vec!["https://payroll.example/cb".parse().unwrap()],
        post_logout_uris: vec!["https://payroll.example/bye".parse().unwrap()],
        backchannel_logout: None,
        offline: OfflineAccess::Never,
        signed_with: TokenAlgorithm::Rs256,
        activation: Activating::default(),
    }
}

/// An application in a browser, without a secret.
pub(crate) fn page_application() -> NewApplication {
    NewApplication {
        name: "board".parse().unwrap(),
        title: "Board".parse().unwrap(),
        kind: AppKind::Browser,
        authentication: AppAuthentication::None,
        redirect_uris: vec!["https://board.example/cb".parse().unwrap()],
        post_logout_uris: Vec::new(),
        signed_with: TokenAlgorithm::Es256,
        ..payroll()
    }
}

/// An application on a person's device, which may outlast the session.
pub(crate) fn native() -> NewApplication {
    NewApplication {
        name: "client".parse().unwrap(),
        title: "Field Client".parse().unwrap(),
        kind: AppKind::Native,
        redirect_uris: vec![
            "com.example.client:/cb".parse().unwrap(),
            "http://127.0.0.1/cb".parse().unwrap(),
        ],
        offline: OfflineAccess::Allowed,
        ..page_application()
    }
}

/// An application, as its own side knows it.
#[derive(Clone)]
pub(crate) struct Relying {
    pub(crate) application: Application,
    pub(crate) secret: Option<AppSecret>,
}

impl Relying {
    /// Registers it.
    pub(crate) async fn new(world: &World, new: NewApplication) -> Self {
        let secret = matches!(new.authentication, AppAuthentication::Secret)
            .then(|| AppSecret::new(&world.environment()).unwrap());
        let credential = secret
            .as_ref()
            .map(|secret| NewAppCredential { prefix: secret.prefix().clone(), hash: secret.hash() });
        let made = world.store.create_application(new, credential.as_ref(), world.clock.now()).await;
        Self { application: made.unwrap().0, secret }
    }

    pub(crate) fn name(&self) -> &str {
        self.application.name.as_str()
    }

    fn redirect(&self) -> &str {
        self.application.redirect_uris.first().unwrap().as_str()
    }

    /// An honest request for a code.
    pub(crate) fn asks(&self) -> Request {
        Request(Vec::new())
            .with("client_id", self.name())
            .with("redirect_uri", self.redirect())
            .with("response_type", "code")
            .with("scope", "openid")
            .with("state", "s t&te")
            .with("nonce", "n-0S6")
            .with("code_challenge", CHALLENGE)
            .with("code_challenge_method", "S256")
    }

    /// What it shows at the token endpoint for a code.
    pub(crate) fn shows(&self, code: &str) -> Request {
        Request(Vec::new())
            .with("grant_type", "authorization_code")
            .with("code", code)
            .with("redirect_uri", self.redirect())
            .with("code_verifier", VERIFIER)
    }

    /// Gets a code for whoever is signed in in a browser.
    pub(crate) async fn code(&self, browser: &mut Browser, request: &Request) -> String {
        Back::of(&browser.get(&request.address()).await).code()
    }

    /// Asks at an endpoint as itself: by Basic if it has a secret, else by its name.
    pub(crate) async fn post(&self, world: &World, path: &str, form: &Request) -> Answer {
        match &self.secret {
            Some(secret) => {
                let pair = format!("{}:{}", self.name(), secret.expose());
                let basic = format!("Basic {}", encode_base64(pair.as_bytes()));
                send(world, Method::POST, path, &[("authorization", &basic)], form).await
            }
            None => {
                let form = form.clone().with("client_id", self.name());
                send(world, Method::POST, path, &[], &form).await
            }
        }
    }

    /// Shows a code.
    pub(crate) async fn redeem(&self, world: &World, code: &str) -> Answer {
        self.post(world, "/oidc/token", &self.shows(code)).await
    }

    /// Shows a refresh token.
    pub(crate) async fn refresh(&self, world: &World, token: &str) -> Answer {
        let form = Request(Vec::new()).with("grant_type", "refresh_token").with("refresh_token", token);
        self.post(world, "/oidc/token", &form).await
    }

    /// From the request to the tokens, for whoever is signed in in a browser.
    pub(crate) async fn signs_on(&self, world: &World, browser: &mut Browser, request: &Request) -> Tokens {
        let code = self.code(browser, request).await;
        Tokens::of(&self.redeem(world, &code).await)
    }
}

/// Pairs of a query or a form.
#[derive(Clone)]
pub(crate) struct Request(Vec<(String, String)>);

impl Request {
    pub(crate) fn new(pairs: &[(&str, &str)]) -> Self {
        Self(pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect())
    }

    /// With this value in place of any other.
    pub(crate) fn with(self, name: &str, value: &str) -> Self {
        self.without(name).and(name, value)
    }

    /// With this value too.
    pub(crate) fn and(mut self, name: &str, value: &str) -> Self {
        self.0.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(crate) fn without(mut self, name: &str) -> Self {
        self.0.retain(|(of, _)| of != name);
        self
    }

    pub(crate) fn query(&self) -> String {
        Serializer::new(String::new()).extend_pairs(&self.0).finish()
    }

    /// Where a browser asks for a code with it.
    pub(crate) fn address(&self) -> String {
        format!("/oidc/authorize?{}", self.query())
    }
}

/// What comes back to an application by the browser.
pub(crate) struct Back(Url);

impl Back {
    #[track_caller]
    pub(crate) fn of(answer: &Answer) -> Self {
        Self(Url::parse(answer.location()).unwrap_or_else(|_| panic!("not back: {}", answer.location())))
    }

    /// The address, without what was added.
    pub(crate) fn address(&self) -> String {
        let mut bare = self.0.clone();
        bare.set_query(None);
        bare.into()
    }

    pub(crate) fn value(&self, name: &str) -> Option<String> {
        let mut values =
            self.0.query_pairs().filter(|(of, _)| of == name).map(|(_, value)| value.into_owned());
        let value = values.next();
        assert!(values.next().is_none(), "{name} twice: {}", self.0);
        value
    }

    /// [rfc9207 2]
    #[track_caller]
    pub(crate) fn code(&self) -> String {
        assert_eq!(self.value("error"), None, "{}", self.0);
        assert_eq!(self.value("iss").as_deref(), Some(HOME), "{}", self.0);
        self.value("code").unwrap_or_else(|| panic!("no code: {}", self.0))
    }

    /// It is refused with this error, and says whose answer it is.
    #[track_caller]
    pub(crate) fn refused(&self, error: &str) {
        let found = self.value("error");
        assert_eq!((found.as_deref(), self.value("code")), (Some(error), None), "{}", self.0);
        assert_eq!(self.value("iss").as_deref(), Some(HOME), "{}", self.0);
        let description = self.value("error_description").unwrap();
        let allowed = |byte: u8| (b' '..=b'~').contains(&byte) && byte != b'"' && byte != b'\\';
        assert!(description.bytes().all(allowed), "{description}");
    }
}

/// What the token endpoint gave.
#[derive(Clone)]
pub(crate) struct Tokens(Value);

impl Tokens {
    /// [rfc6749 5.1]
    #[track_caller]
    pub(crate) fn of(answer: &Answer) -> Self {
        assert_eq!(answer.status, 200, "{}", answer.body);
        assert_eq!(answer.header("content-type"), Some("application/json"));
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        let found: Value = serde_json::from_str(&answer.body).unwrap();
        assert_eq!(at(&found, "token_type"), "Bearer");
        Self(found)
    }

    fn text(&self, name: &str) -> &str {
        at(&self.0, name).as_str().unwrap_or_else(|| panic!("no {name}"))
    }

    pub(crate) fn access(&self) -> &str {
        self.text("access_token")
    }

    pub(crate) fn refresh(&self) -> &str {
        self.text("refresh_token")
    }

    pub(crate) fn id(&self) -> &str {
        self.text("id_token")
    }

    pub(crate) fn scope(&self) -> &str {
        self.text("scope")
    }

    pub(crate) fn expires_in(&self) -> i64 {
        at(&self.0, "expires_in").as_i64().unwrap()
    }

    /// What the identity token says, verified by the keys that are published.
    pub(crate) async fn claims(&self, world: &World) -> Value {
        world.verified(self.id(), "JWT").await
    }
}

/// What an answer says under this name, or null.
pub(crate) fn at<'a>(found: &'a Value, name: &str) -> &'a Value {
    found.get(name).unwrap_or(&Value::Null)
}

/// Sends what a program sends; a form, if it is a POST.
pub(crate) async fn send(
    world: &World,
    method: Method,
    path: &str,
    headers: &[(&str, &str)],
    form: &Request,
) -> Answer {
    let url = Url::parse(HOME).unwrap().join(path).unwrap();
    let is_post = method == Method::POST;
    let mut request = HttpRequest::builder().method(method).uri(url.as_str());
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let body = if is_post {
        request = request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        Body::from(form.query())
    } else {
        Body::empty()
    };
    world.browser().at("192.0.2.1").send(&url, None, request.body(body).unwrap()).await
}

/// What userinfo says to whoever shows this.
pub(crate) async fn userinfo(world: &World, token: &str) -> Answer {
    let bearer = format!("Bearer {token}");
    send(world, Method::GET, "/oidc/userinfo", &[("authorization", &bearer)], &Request::new(&[])).await
}

/// It is refused in the words of the standard, and the operator finds this code [rfc6749 5.2].
#[track_caller]
pub(crate) fn refused(world: &World, answer: &Answer, status: u16, error: &str, code: &str) {
    let found: Value = serde_json::from_str(&answer.body).unwrap();
    assert_eq!((answer.status, at(&found, "error").as_str()), (status, Some(error)), "{}", answer.body);
    assert_eq!(world.code(answer).as_deref(), Some(code), "{}", answer.body);
    assert_eq!(answer.header("www-authenticate").is_some(), status == 401);
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert!(answer.body.contains(answer.trace()), "{}", answer.body);
}
