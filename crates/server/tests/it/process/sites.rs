//! Whoever is remembered at a site is out once their access is taken, in whatever way: on the node that did it at once,
//! on the others, and after a command, within a second.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, COOKIE, LOCATION, ORIGIN, SET_COOKIE};
use reqwest::redirect::Policy;
use reqwest::{Method, RequestBuilder, Response};
use serde_json::{Value, json};
use tokio::sync::Notify;
use url::Url;

use super::Folder;
use super::race::{Client, Nodes};

/// How late another node may know.
const LATE: Duration = Duration::from_secs(1);
const APP: &str = "app.example";

/// What somebody does: on a page of a node, at the site, by the directory, or on the command line.
#[derive(Clone, Copy, Debug)]
enum Order {
    Page(&'static str),
    AtSite,
    Directory(Push),
    Command(&'static str),
}

#[derive(Clone, Copy, Debug)]
enum Push {
    Deactivate,
    Delete,
}

/// Each way, and what lets people in again after it.
const WAYS: [(Order, Option<&str>); 17] = [
    (Order::Page("/account/sign-out"), None),
    (Order::Page("/account/sign-out/everywhere"), None),
    (Order::Page("/account/sessions/SESSION/end"), None),
    (Order::AtSite, None),
    (Order::Directory(Push::Deactivate), None),
    (Order::Directory(Push::Delete), None),
    (Order::Command("session revoke SESSION"), None),
    (Order::Command("session revoke --user contoso PERSON"), None),
    (Order::Command("session revoke --connection contoso-entra"), None),
    (Order::Command("session revoke --tenant contoso"), None),
    (Order::Command("user suspend contoso PERSON"), None),
    (Order::Command("user delete contoso PERSON"), None),
    (Order::Command("user erase contoso PERSON --yes"), None),
    (
        Order::Command("connection state contoso-entra disabled"),
        Some("connection state contoso-entra active"),
    ),
    (Order::Command("tenant disable contoso"), Some("connection state contoso-entra active")),
    (
        Order::Command("site set https://app.example --role nobody"),
        Some("site set https://app.example --any role"),
    ),
    (Order::Command("site delete https://app.example"), Some("site create https://app.example")),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn h8_whoever_is_remembered_is_out_in_time_whatever_takes_their_access() {
    let world = World::start().await;
    for (person, (order, after)) in WAYS.into_iter().enumerate() {
        world.out_after(order, person + 1).await;
        if let Some(after) = after {
            world.command(after).await;
        }
    }
}

struct World {
    nodes: Nodes,
    client: Client,
    http: reqwest::Client,
    token: String,
    /// Where orders are given, and another node: the same one on SQLite.
    here: SocketAddr,
    there: SocketAddr,
}

impl World {
    async fn start() -> Self {
        let nodes = Nodes::start().await;
        nodes.succeeds(&["connection", "set", "contoso-entra", "unsolicited=accept"]);
        nodes.succeeds(&["site", "create", "https://app.example"]);
        let token = nodes.succeeds(&["scim", "token", "create", "contoso-entra", "--dialect", "entra"]);
        let token = token.lines().next().unwrap().to_owned();
        let addresses = nodes.addresses();
        let [here, there] = [addresses.first(), addresses.last()].map(|address| *address.expect("a node"));
        let http = reqwest::Client::builder().redirect(Policy::none()).no_proxy().build().unwrap();
        Self { client: Client::new(nodes.clone(), 13), nodes, http, token, here, there }
    }

    /// Somebody works at the site by both nodes until they are out at both.
    async fn out_after(&self, order: Order, person: usize) {
        let (_, session) = self.client.unasked(person).await;
        let at_site = self.enter(&session).await;
        for _ in 0..3 {
            assert!(self.passes(self.here, &at_site).await && self.passes(self.there, &at_site).await);
        }
        let (at_work_here, at_work_there) = (Notify::new(), Notify::new());
        let give = async {
            at_work_here.notified().await;
            at_work_there.notified().await;
            self.give(order, person, &session, &at_site).await;
            Instant::now()
        };
        let (answered, here, there) = tokio::join!(
            give,
            self.work(self.here, &at_site, &at_work_here),
            self.work(self.there, &at_site, &at_work_there)
        );
        let at_once = !matches!(order, Order::Command(_));
        let limit = if at_once { Duration::ZERO } else { LATE };
        late(order, "here", &here, answered + limit);
        let limit = if self.here == self.there { limit } else { LATE };
        late(order, "there", &there, answered + limit);
    }

    /// When each request that was let through had begun.
    async fn work(&self, node: SocketAddr, at_site: &str, at_work: &Notify) -> Vec<Instant> {
        let (mut asked, since) = (Vec::new(), Instant::now());
        loop {
            let begun = Instant::now();
            if !self.passes(node, at_site).await {
                return asked;
            }
            asked.push(begun);
            at_work.notify_one();
            assert!(since.elapsed() < Duration::from_secs(60), "the session goes on");
        }
    }

    async fn passes(&self, node: SocketAddr, at_site: &str) -> bool {
        let answer = self.at_site(node, "/auth/verify").header(COOKIE, at_site).send().await.unwrap();
        let status = answer.status().as_u16();
        assert!(matches!(status, 200 | 401 | 403), "{status}");
        status == 200
    }

    /// The cookie of the site for whoever has this session.
    async fn enter(&self, session: &str) -> String {
        let start = self.at_site(self.there, "/.landfall/start?rd=/").send().await.unwrap();
        let entry = cookie(&start);
        let begin = format!("http://{}{}", self.there, path(&start));
        let begin = self.http.get(begin).header(COOKIE, session).send().await.unwrap();
        let callback = self.at_site(self.there, &path(&begin)).header(COOKIE, entry).send().await.unwrap();
        let at_site = cookie(&callback);
        assert!(at_site.starts_with("__Host-landfall-site="), "{at_site}");
        at_site
    }

    /// A request to the site, as its proxy passes it on.
    fn at_site(&self, node: SocketAddr, path: &str) -> RequestBuilder {
        self.request(Method::GET, node, path)
    }

    fn request(&self, method: Method, node: SocketAddr, path: &str) -> RequestBuilder {
        let request = self.http.request(method, format!("http://{node}{path}"));
        request.header("x-forwarded-proto", "https").header("x-forwarded-host", APP)
    }

    async fn give(&self, order: Order, person: usize, session: &str, at_site: &str) {
        let name = format!("person-{person}@contoso.example");
        match order {
            Order::Page(path) => {
                let path = path.replace("SESSION", &self.session_of(&name).await);
                let request = self.http.post(format!("http://{}{path}", self.here)).header(COOKIE, session);
                let answer = request.header(ORIGIN, "https://sso.example").send().await.unwrap();
                assert_eq!(answer.status().as_u16(), 303, "{path}");
            }
            Order::AtSite => {
                let request = self.request(Method::POST, self.here, "/.landfall/sign-out");
                let request = request.header(COOKIE, at_site).header(ORIGIN, "https://app.example");
                assert_eq!(request.send().await.unwrap().status().as_u16(), 303);
            }
            Order::Directory(push) => self.push(push, &name, person).await,
            Order::Command(words) => {
                let session = self.session_of(&name).await;
                self.command(&words.replace("SESSION", &session).replace("PERSON", &name)).await;
            }
        }
    }

    async fn session_of(&self, name: &str) -> String {
        let (nodes, name) = (self.nodes.clone(), name.to_owned());
        let list = move || nodes.succeeds(&["session", "list", "--user", "contoso", &name]);
        let listed = tokio::task::spawn_blocking(list).await.unwrap();
        listed.lines().nth(1).and_then(|line| line.split(' ').next()).expect("a session").to_owned()
    }

    async fn command(&self, words: &str) {
        let (nodes, words) = (self.nodes.clone(), words.to_owned());
        let run = move || nodes.succeeds(&words.split(' ').collect::<Vec<_>>());
        tokio::task::spawn_blocking(run).await.unwrap();
    }

    /// The directory takes the person over, and then takes their access away.
    async fn push(&self, push: Push, name: &str, person: usize) {
        let made = json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
            "userName": name,
            "externalId": super::race::uuid(person).to_string(),
            "active": true,
        });
        let made = self.scim(Method::POST, "", &made).await;
        assert_eq!(made.status().as_u16(), 201);
        let made: Value = serde_json::from_slice(&made.bytes().await.unwrap()).unwrap();
        let path = format!("/{}", made.get("id").and_then(Value::as_str).expect("an id"));
        let answer = match push {
            Push::Deactivate => {
                let operation = json!({ "op": "Replace", "path": "active", "value": "False" });
                let schema = "urn:ietf:params:scim:api:messages:2.0:PatchOp";
                let patch = json!({ "schemas": [schema], "Operations": [operation] });
                self.scim(Method::PATCH, &path, &patch).await
            }
            Push::Delete => self.scim(Method::DELETE, &path, &json!({})).await,
        };
        assert!(answer.status().is_success(), "{}", answer.status());
    }

    async fn scim(&self, method: Method, path: &str, body: &Value) -> Response {
        let request = self.http.request(method, format!("http://{}/scim/v2/Users{path}", self.here));
        let request = request.header(AUTHORIZATION, format!("Bearer {}", self.token));
        request.header(CONTENT_TYPE, "application/scim+json").body(body.to_string()).send().await.unwrap()
    }
}

/// No request that began after this moment was let through.
#[track_caller]
fn late(order: Order, node: &str, asked: &[Instant], limit: Instant) {
    let late: Vec<_> = asked.iter().filter(|begun| **begun > limit).map(|begun| *begun - limit).collect();
    assert!(late.is_empty(), "{order:?}: let through {node}, so late: {late:?}");
}

fn cookie(answer: &Response) -> String {
    let cookie = answer.headers().get(SET_COOKIE).expect("a cookie").to_str().unwrap();
    cookie.split(';').next().unwrap().to_owned()
}

/// Path and query of where an answer leads.
fn path(answer: &Response) -> String {
    let location = answer.headers().get(LOCATION).expect("a location").to_str().unwrap();
    let url = Url::parse(location).unwrap();
    format!("{}?{}", url.path(), url.query().unwrap())
}

#[test]
fn an_operator_makes_changes_and_forgets_sites() {
    let folder = Folder::with_contoso();
    let app = "https://app.example";
    let said = folder
        .succeeds(&["site", "create", app, "--tenant", "contoso", "--group", "sales", "--group", "ops"]);
    assert_eq!(
        said,
        "made the site https://app.example, which admits tenant contoso, and group ops or sales\n"
    );
    assert_eq!(
        folder.succeeds(&["site", "create", "http://localhost:3000"]),
        "made the site http://localhost:3000, which admits whoever is signed in\n"
    );
    let said =
        folder.succeeds(&["site", "set", app, "--group", "board", "--role", "writer", "--any", "tenant"]);
    assert_eq!(said, "https://app.example admits group board, and role writer\n");
    let listed = folder.succeeds(&["site", "list"]);
    assert_eq!(
        listed,
        "SITE                   TENANTS  GROUPS  ROLES\n\
         http://localhost:3000  any      any     any\n\
         https://app.example    any      board   writer\n"
    );
    folder.run(&["site", "create", app]).failed(&[app, "already", "landfall site set"]);
    folder
        .run(&["site", "create", "https://wiki.example", "--tenant", "nobody"])
        .failed(&["`nobody`", "contoso"]);
    let wiki = "https://wiki.example";
    for command in [&["site", "set", wiki, "--role", "writer"][..], &["site", "delete", wiki]] {
        let ended = folder.run(command);
        ended.failed(&["https://wiki.example", "the sites are http://localhost:3000, https://app.example"]);
    }
    for origin in ["app.example", "https://app.example/", "http://app.example", "https://App.example"] {
        let ended = folder.run(&["site", "create", origin]);
        assert!(ended.status.code() == Some(2) && ended.err.contains("https://app.example"), "{}", ended.err);
    }
    let ended = folder.run(&["site", "set", app]);
    assert!(
        ended.status.code() == Some(2) && ended.err.contains("--tenant"),
        "nothing is to change: {}",
        ended.err
    );
    folder.run(&["site", "set", app, "--group", ""]).failed(&["groups", "1 to 256 characters"]);
    assert_eq!(folder.succeeds(&["site", "list"]), listed);
    assert_eq!(folder.succeeds(&["site", "delete", app]), "forgot the site https://app.example\n");
    assert!(!folder.succeeds(&["site", "list"]).contains(app));
}

#[test]
fn a_site_without_a_listed_proxy_is_told_of() {
    let folder = Folder::new();
    assert!(!folder.run(&["doctor"]).out.contains("sites"));
    folder.succeeds(&["site", "create", "https://app.example"]);
    let said = folder.run(&["doctor"]).out;
    assert!(said.contains("trusted_proxies lists nobody, so that no site admits anybody"), "{said}");
    folder
        .write("landfall.toml", "public_url = \"https://sso.example\"\ntrusted_proxies = [\"127.0.0.1\"]\n");
    let said = folder.run(&["doctor"]).out;
    assert!(said.contains("1, as the listed proxies say"), "{said}");
}
