use std::net::{IpAddr, SocketAddr};

use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{Request, header};
use http_body_util::BodyExt;
use landfall_accounts::ports::LoginStore;
use landfall_accounts::{Handle, PendingLookup};
use landfall_entra_twin::{Message, User as Person};
use time::{Duration, OffsetDateTime};
use tower::ServiceExt;
use url::Url;
use url::form_urlencoded::Serializer;

use super::{Answer, Clock, Customer, Form, HOME, World, net::Net};

/// A browser: cookies by host, and the rules of SameSite=Lax, on which a login between two sites depends.
///
/// It follows no redirect by itself.
#[derive(Clone)]
pub(crate) struct Browser {
    net: Net,
    clock: Clock,
    /// Where its connections come from, if the server is to know.
    address: Option<IpAddr>,
    cookies: Vec<Cookie>,
}

#[derive(Clone, Debug)]
struct Cookie {
    host: String,
    name: String,
    value: String,
    lax: bool,
    until: Option<OffsetDateTime>,
}

/// A login that this browser has begun.
#[derive(Clone, Debug)]
pub(crate) struct Begun {
    pub(crate) handle: String,
    pub(crate) request_id: String,
    pub(crate) relay_state: String,
}

impl Browser {
    pub(super) fn new(net: Net, clock: Clock) -> Self {
        Self { net, clock, address: None, cookies: Vec::new() }
    }

    /// The same browser at this address.
    pub(crate) fn at(mut self, address: &str) -> Self {
        self.address = Some(address.parse().unwrap());
        self
    }

    /// Opens an address as a person who types it; a path is Landfall's.
    pub(crate) async fn get(&mut self, address: &str) -> Answer {
        let url = Url::parse(HOME).unwrap().join(address).unwrap();
        self.send(&url, None, Request::get(url.as_str()).body(Body::empty()).unwrap()).await
    }

    /// Follows one redirect.
    #[track_caller]
    pub(crate) fn follow(&mut self, answer: &Answer) -> impl Future<Output = Answer> {
        let url = answer.url.join(answer.location()).unwrap();
        async move { self.get(url.as_str()).await }
    }

    /// Submits a form as it stands.
    pub(crate) async fn submit(&mut self, form: &Form) -> Answer {
        let origin = form.page.origin().ascii_serialization();
        self.post(form, Some(&origin)).await
    }

    /// Submits a form with this Origin, or with none.
    pub(crate) async fn post(&mut self, form: &Form, origin: Option<&str>) -> Answer {
        let url = Url::parse(&form.action).unwrap();
        let body = Serializer::new(String::new()).extend_pairs(&form.fields).finish();
        let mut request =
            Request::post(url.as_str()).header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        if let Some(origin) = origin {
            request = request.header(header::ORIGIN, origin);
        }
        self.send(&url, Some(&form.page), request.body(Body::from(body)).unwrap()).await
    }

    /// Sends any request, with the cookies that it would carry, and keeps those that come back.
    pub(crate) async fn send(&mut self, url: &Url, from: Option<&Url>, mut request: Request<Body>) -> Answer {
        let host = url.host_str().unwrap();
        let same_site = from.is_none_or(|page| page.host_str() == Some(host));
        let carried = same_site || request.method().is_safe();
        self.expire();
        let sent: Vec<String> = self
            .cookies
            .iter()
            .filter(|cookie| cookie.host == host && (carried || !cookie.lax))
            .map(|cookie| format!("{}={}", cookie.name, cookie.value))
            .collect();
        if !sent.is_empty() {
            request.headers_mut().insert(header::COOKIE, sent.join("; ").parse().unwrap());
        }
        if let Some(address) = self.address {
            request.extensions_mut().insert(ConnectInfo(SocketAddr::new(address, 50_000)));
        }
        let (parts, body) = self.net.at(host).oneshot(request).await.unwrap().into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        let answer = Answer {
            url: url.clone(),
            status: parts.status.as_u16(),
            headers: parts.headers,
            body: String::from_utf8(body.to_vec()).unwrap(),
        };
        for cookie in answer.cookies() {
            self.keep(host, cookie);
        }
        answer
    }

    fn keep(&mut self, host: &str, header: &str) {
        let (pair, attributes) = header.split_once("; ").unwrap();
        let (name, value) = pair.split_once('=').unwrap();
        let max_age = attributes.split("; ").find_map(|attribute| attribute.strip_prefix("Max-Age="));
        self.set_cookie(host, name, value);
        let kept = self.cookies.last_mut().unwrap();
        kept.lax = !attributes.contains("SameSite=None");
        kept.until = max_age.map(|seconds| self.clock.now() + Duration::seconds(seconds.parse().unwrap()));
        self.expire();
    }

    fn expire(&mut self) {
        let now = self.clock.now();
        self.cookies.retain(|cookie| cookie.until.is_none_or(|until| now < until));
    }

    fn set_cookie(&mut self, host: &str, name: &str, value: &str) {
        self.cookies.retain(|cookie| (cookie.host.as_str(), cookie.name.as_str()) != (host, name));
        let (host, name, value) = (host.to_owned(), name.to_owned(), value.to_owned());
        self.cookies.push(Cookie { host, name, value, lax: true, until: None });
    }

    /// Landfall's cookies, name and value.
    pub(crate) fn cookies(&self) -> Vec<(&str, &str)> {
        let ours = self.cookies.iter().filter(|cookie| HOME.ends_with(&cookie.host));
        ours.map(|cookie| (cookie.name.as_str(), cookie.value.as_str())).collect()
    }

    pub(crate) fn cookie(&self, name: &str) -> Option<&str> {
        self.cookies().into_iter().find(|(of, _)| *of == name).map(|(_, value)| value)
    }

    /// The cookies of another host, name and value.
    pub(crate) fn cookies_at(&self, host: &str) -> Vec<(&str, &str)> {
        let theirs = self.cookies.iter().filter(|cookie| cookie.host == host);
        theirs.map(|cookie| (cookie.name.as_str(), cookie.value.as_str())).collect()
    }

    /// Puts a cookie of another host in by hand.
    pub(crate) fn plant_at(&mut self, host: &str, name: &str, value: &str) {
        self.set_cookie(host, name, value);
    }

    /// Puts a cookie of Landfall in by hand.
    pub(crate) fn plant(&mut self, name: &str, value: &str) {
        self.set_cookie("sso.example", name, value);
    }

    /// Forgets the cookies of Landfall whose name begins so.
    pub(crate) fn forget(&mut self, prefix: &str) {
        self.cookies.retain(|cookie| !cookie.name.starts_with(prefix));
    }

    /// Types a name at the landing page.
    pub(crate) async fn enter(&mut self, login_name: &str) -> Answer {
        let form = self.get("/sso").await.form("login_name").with("login_name", login_name);
        self.submit(&form).await
    }

    /// Begins a login at a customer's connection.
    pub(crate) async fn begin(&mut self, world: &World, customer: &Customer) -> Begun {
        let answer = self.get(&customer.start()).await;
        self.begun(world, &answer).await
    }

    /// The login that an answer began.
    pub(crate) async fn begun(&self, world: &World, answer: &Answer) -> Begun {
        let url = Url::parse(answer.location()).unwrap();
        let relay_state = url.query_pairs().find(|(name, _)| name == "RelayState").unwrap().1.into_owned();
        let cookie = answer.cookies().pop().expect("the cookie of a login");
        let (name, _) = cookie.split_once('=').unwrap();
        let handle = name.strip_prefix("__Host-landfall-login-").expect("the cookie of a login").to_owned();
        let request_id = pending(world, &handle).await.unwrap().login.request_id.as_str().to_owned();
        Begun { handle, request_id, relay_state }
    }

    /// At the sign-in page of a double: gives the form with the response.
    pub(crate) async fn authenticate(&mut self, page: &Answer, person: &str) -> Form {
        let form = page.form("passwd").with("login", person).with("passwd", "Pass-1234");
        self.submit(&form).await.form("SAMLResponse")
    }

    /// Begins a login at a customer's connection and posts what its double says of a person, with an edit.
    pub(crate) async fn arrive(
        &mut self,
        world: &World,
        customer: &Customer,
        person: &Person,
        edit: impl FnOnce(&mut Message),
    ) -> Answer {
        let begun = self.begin(world, customer).await;
        let mut message = customer.says(person, Some(&begun));
        edit(&mut message);
        self.submit(&customer.form(&message, Some(&begun))).await
    }

    /// Signs a person of a customer in, and gives the account page.
    pub(crate) async fn sign_in(&mut self, world: &World, customer: &Customer, person: &str) -> Answer {
        let answer = self.arrive(world, customer, &customer.person(person), |_| ()).await;
        let hop = self.follow(&answer).await;
        assert_eq!(hop.location(), "/account");
        let account = self.follow(&hop).await;
        assert!(account.page(200).contains("this browser"));
        account
    }

    /// Whether a session of Landfall is open in this browser.
    pub(crate) async fn is_signed_in(&mut self) -> bool {
        let answer = self.get("/account").await;
        if answer.status == 303 {
            assert_eq!(answer.location(), "/sso?target=/account");
        }
        answer.status == 200
    }
}

/// What is remembered of a login that was begun.
pub(crate) async fn pending(world: &World, handle: &str) -> Option<PendingLookup> {
    world.store.pending_by_handle(&handle.parse::<Handle>().unwrap()).await.unwrap()
}
