//! What ends a session on one node has ended it on every other: the next request there is refused.
//!
//! `cargo xtask bench revocation` does the same many times, and prints how long it takes.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use landfall_store::SessionsOf;
use reqwest::header::{COOKIE, ORIGIN};
use reqwest::redirect::Policy;
use tokio::sync::Notify;

use super::message::now;
use super::race::{Client, Nodes};

/// What somebody does to end a session: in another browser, or on the command line.
#[derive(Clone, Copy)]
enum Order {
    Page(&'static str),
    Command(&'static str),
}

/// Each way, and what lets people in again after it.
const WAYS: [(Order, Option<&str>); 10] = [
    (Order::Page("/account/sessions/SESSION/end"), None),
    (Order::Page("/account/sessions/end-others"), None),
    (Order::Page("/account/sign-out/everywhere"), None),
    (Order::Command("session revoke SESSION"), None),
    (Order::Command("session revoke --user contoso PERSON"), None),
    (Order::Command("session revoke --connection contoso-entra"), None),
    (Order::Command("user suspend contoso PERSON"), None),
    (Order::Command("user delete contoso PERSON"), None),
    (
        Order::Command("connection state contoso-entra disabled"),
        Some("connection state contoso-entra active"),
    ),
    (Order::Command("tenant disable contoso"), Some("connection state contoso-entra active")),
];

/// How long until the other node refused, since the order was given, and since it was answered.
struct Latency {
    given: Duration,
    answered: Duration,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn h8_what_ends_on_one_node_is_over_on_the_other_at_the_next_request() {
    let rounds = std::env::var("LANDFALL_REVOCATIONS").map_or(1, |text| text.parse().expect("a number"));
    let world = Revocations::start().await;
    let mut person = 0;
    for (order, after) in WAYS {
        let mut all = Vec::new();
        for _ in 0..rounds {
            person += 1;
            all.push(world.measure(order, person).await);
            if let Some(after) = after {
                world.command(after).await;
            }
        }
        println!("{}", line(order, &all));
    }
}

fn line(order: Order, all: &[Latency]) -> String {
    let (Order::Page(name) | Order::Command(name)) = order;
    let figures = |of: fn(&Latency) -> Duration| {
        let mut all: Vec<Duration> = all.iter().map(of).collect();
        all.sort_unstable();
        let milliseconds = |time: Duration| time.as_secs_f64() * 1000.0;
        [all.get(all.len() / 2), all.last()].map(|time| milliseconds(*time.expect("a round")))
    };
    let [[given, longest], [answered, latest]] = [figures(|one| one.given), figures(|one| one.answered)];
    format!(
        "{name:<42} {given:7.1} ms after it was given, at most {longest:7.1}; {answered:6.1} ms after it was answered, at most {latest:6.1}"
    )
}

struct Revocations {
    nodes: Nodes,
    client: Client,
    http: reqwest::Client,
    /// Where orders are given, and where somebody goes on working: two nodes on PostgreSQL.
    here: SocketAddr,
    there: SocketAddr,
}

impl Revocations {
    async fn start() -> Self {
        let nodes = Nodes::start().await;
        nodes.succeeds(&["connection", "set", "contoso-entra", "unsolicited=accept"]);
        let addresses = nodes.addresses();
        let [here, there] = [addresses.first(), addresses.last()].map(|address| *address.expect("a node"));
        let http = reqwest::Client::builder().redirect(Policy::none()).no_proxy().build().unwrap();
        Self { client: Client::new(nodes.clone(), 11), nodes, http, here, there }
    }

    /// A person works at one node while an order is given at the other; nothing that begins after its answer is let through.
    async fn measure(&self, order: Order, person: usize) -> Latency {
        let (_, working) = self.client.unasked(person).await;
        let session = self.only_session_of(person).await;
        let (_, elsewhere) = self.client.unasked(person).await;
        assert!(self.is_signed_in(&working).await && self.is_signed_in(&elsewhere).await);
        let words = |text: &str| text.replace("SESSION", &session).replace("PERSON", &name(person));
        let at_work = Notify::new();
        let give = async {
            at_work.notified().await;
            let given = Instant::now();
            match order {
                Order::Page(path) => self.press(&words(path), &elsewhere).await,
                Order::Command(command) => self.command(&words(command)).await,
            }
            (given, Instant::now())
        };
        let work = async {
            let (mut asked, since) = (Vec::new(), Instant::now());
            loop {
                let begun = Instant::now();
                let signed_in = self.is_signed_in(&working).await;
                if !signed_in {
                    return (asked, Instant::now());
                }
                asked.push(begun);
                at_work.notify_one();
                assert!(since.elapsed() < Duration::from_secs(60), "the session goes on");
            }
        };
        let ((given, answered), (asked, refused)) = tokio::join!(give, work);
        let late = asked.iter().filter(|begun| **begun > answered).count();
        assert_eq!(late, 0, "requests were let through after the order was answered");
        Latency {
            given: refused.saturating_duration_since(given),
            answered: refused.saturating_duration_since(answered),
        }
    }

    async fn only_session_of(&self, person: usize) -> String {
        let theirs = SessionsOf::User("contoso".parse().unwrap(), name(person).parse().unwrap());
        let sessions = self.nodes.store().sessions(Some(&theirs), now()).await.unwrap();
        let [only] = sessions.as_slice() else { panic!("one session, not {sessions:?}") };
        only.session.id.to_string()
    }

    async fn is_signed_in(&self, cookie: &str) -> bool {
        let url = format!("http://{}/account", self.there);
        let status = self.http.get(url).header(COOKIE, cookie).send().await.unwrap().status().as_u16();
        assert!(matches!(status, 200 | 303), "{status}");
        status == 200
    }

    async fn press(&self, path: &str, cookie: &str) {
        let url = format!("http://{}{path}", self.here);
        let request = self.http.post(url).header(COOKIE, cookie).header(ORIGIN, "https://sso.example");
        assert_eq!(request.send().await.unwrap().status().as_u16(), 303, "{path}");
    }

    async fn command(&self, words: &str) {
        let (nodes, words) = (self.nodes.clone(), words.to_owned());
        let run = move || nodes.succeeds(&words.split(' ').collect::<Vec<_>>());
        tokio::task::spawn_blocking(run).await.unwrap();
    }
}

fn name(person: usize) -> String {
    format!("person-{person}@contoso.example")
}
