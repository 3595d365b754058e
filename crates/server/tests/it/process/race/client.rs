use std::net::SocketAddr;
use std::sync::Mutex;

use landfall_accounts::Handle;
use landfall_accounts::ports::LoginStore;
use landfall_entra_twin::{IssueRequest, Message, User as Person};
use landfall_xmldsig::encode_base64;
use reqwest::header::{COOKIE, LOCATION, SET_COOKIE};
use reqwest::redirect::Policy;
use url::Url;

use super::nodes::Nodes;
use crate::process::message::now;
use crate::world::{ACS, ENTITY_ID, SIMON};

/// How a login went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    SignedIn,
    /// A node was killed after it had decided and before it could say so: the person begins anew.
    Lost,
}

/// A browser that signs one person in after another.
pub(crate) struct Client {
    nodes: Nodes,
    http: reqwest::Client,
    random: Mutex<Random>,
}

/// What is looked at of an answer.
pub(crate) struct Answer {
    pub(crate) status: u16,
    location: String,
    /// The first cookie that it sets, as it is sent back.
    cookie: String,
}

impl Client {
    pub(crate) fn new(nodes: Nodes, seed: u64) -> Self {
        let http = reqwest::Client::builder().redirect(Policy::none()).no_proxy().build().unwrap();
        Self { nodes, http, random: Mutex::new(Random::new(seed)) }
    }

    /// One login, whose response is sent to every node at the same time.
    pub(super) async fn login(&self, person: usize) -> Outcome {
        let begun = self.get("/sso/contoso-entra", "").await;
        assert_eq!(begun.status, 303);
        let (name, _) = begun.cookie.split_once('=').expect("the cookie of a login");
        let handle: Handle = name.strip_prefix("__Host-landfall-login-").unwrap().parse().unwrap();
        let pending = self.nodes.store().pending_by_handle(&handle).await.unwrap().expect("what was begun");
        let location = Url::parse(&begun.location).unwrap();
        let relay_state =
            location.query_pairs().find(|(name, _)| name == "RelayState").unwrap().1.into_owned();
        let response = self.response(person, Some(pending.login.request_id.as_str()));

        let Some(accepted) = self.post(&[("SAMLResponse", response), ("RelayState", relay_state)]).await
        else {
            return Outcome::Lost;
        };
        let cookies = format!("{}; {}", begun.cookie, accepted.cookie);
        let hop = self.get(&accepted.location, &cookies).await;
        if hop.status != 303 {
            return Outcome::Lost;
        }
        assert_eq!(hop.location, "/account");
        assert_eq!(self.get("/account", &hop.cookie).await.status, 200);
        Outcome::SignedIn
    }

    /// Sends the same form to every node at once; gives the one answer that accepts it, or none if it was lost.
    async fn post(&self, form: &[(&str, String)]) -> Option<Answer> {
        loop {
            let addresses = self.nodes.addresses();
            // To the only node twice.
            let twice = [addresses.first(), addresses.last()].into_iter().flatten();
            let requests = twice.map(|address| self.http.post(url(*address, "/saml/acs")).form(form));
            let answers: Vec<_> = futures(requests.map(answer).collect()).await;
            let whole: Vec<Answer> = answers.into_iter().flatten().collect();
            let (accepted, refused): (Vec<_>, Vec<_>) = whole.into_iter().partition(|one| one.status == 303);
            assert!(accepted.len() <= 1, "accepted twice");
            for one in &refused {
                assert_eq!((one.status, one.cookie.as_str()), (403, ""));
            }
            match (accepted.into_iter().next(), refused.is_empty()) {
                (Some(accepted), _) => return Some(accepted),
                (None, false) => return None,
                // No node that was asked could tell: another one, or the same one again.
                (None, true) => tokio::task::yield_now().await,
            }
        }
    }

    /// Asks any node, and another one if that cannot tell.
    pub(crate) async fn get(&self, path: &str, cookies: &str) -> Answer {
        loop {
            let addresses = self.nodes.addresses();
            let n = self.random.lock().unwrap().below(addresses.len().max(1));
            if let Some(address) = addresses.get(n)
                && let Some(answer) = answer(self.http.get(url(*address, path)).header(COOKIE, cookies)).await
            {
                return answer;
            }
            tokio::task::yield_now().await;
        }
    }

    /// Signs a person in whom nobody asked for; gives the response and the cookie of the session.
    pub(crate) async fn unasked(&self, person: usize) -> (String, String) {
        let response = self.response(person, None);
        let accepted = self.again(&response).await.expect("a response that is accepted");
        let hop = self.get(&accepted.location, &accepted.cookie).await;
        assert_eq!((hop.status, hop.location.as_str()), (303, "/account"));
        (response, hop.cookie)
    }

    /// What a node answers to a response that nobody asked for, whatever it is.
    pub(crate) async fn status(&self, response: &str) -> u16 {
        let address = *self.nodes.addresses().first().unwrap();
        let form = [("SAMLResponse", response)];
        self.http.post(url(address, "/saml/acs")).form(&form).send().await.unwrap().status().as_u16()
    }

    /// Sends a response that nobody asked for; none if it is refused.
    pub(crate) async fn again(&self, response: &str) -> Option<Answer> {
        self.post(&[("SAMLResponse", response.to_owned())]).await
    }

    pub(crate) fn response(&self, person: usize, request: Option<&str>) -> String {
        let twin = self.nodes.twin();
        let simon = twin.tenant().find(SIMON).unwrap().clone();
        let name = format!("person-{person}@contoso.example");
        let person =
            Person { object_id: uuid(person), user_principal_name: name.clone(), mail: Some(name), ..simon };
        let now = now();
        let message = Message::honest(
            twin,
            &IssueRequest {
                user: &person,
                in_response_to: request,
                acs: ACS,
                audience: ENTITY_ID,
                authn_instant: now,
                now,
                sign: twin.app().sign,
            },
        );
        encode_base64(twin.sign(&message).unwrap().as_bytes())
    }
}

/// The object id of a person at the double.
pub(crate) fn uuid(person: usize) -> uuid::Uuid {
    uuid::Uuid::from_u128(0x1234_5678_0000_4000_8000_0000_0000_0000 + person as u128)
}

fn url(address: SocketAddr, path: &str) -> String {
    format!("http://{address}{path}")
}

/// None if the node was killed meanwhile, or too many wait for its database: both say that nothing happened.
async fn answer(request: reqwest::RequestBuilder) -> Option<Answer> {
    let response = request.send().await.ok()?;
    let header = |name| {
        let value = response.headers().get(name).map(|value| value.to_str().unwrap());
        value.unwrap_or_default().to_owned()
    };
    let cookie = header(SET_COOKIE).split(';').next().unwrap_or_default().to_owned();
    let (status, location) = (response.status().as_u16(), header(LOCATION));
    response.bytes().await.ok()?;
    if status == 503 {
        return None;
    }
    Some(Answer { status, location, cookie })
}

async fn futures<T: Send + 'static>(all: Vec<impl Future<Output = T> + Send + 'static>) -> Vec<T> {
    let tasks: Vec<_> = all.into_iter().map(tokio::spawn).collect();
    let mut done = Vec::new();
    for task in tasks {
        done.push(task.await.unwrap());
    }
    done
}

/// Numbers that only have to look random, and come again with the same seed.
pub(super) struct Random(u64);

impl Random {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    pub(super) fn below(&mut self, end: usize) -> usize {
        // Xorshift [Marsaglia 2003].
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % end as u64) as usize
    }
}
