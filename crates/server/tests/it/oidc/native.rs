//! The sample client of `landfall-http`, which is activated in both ways.

use axum::http::Method;
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use url::Url;

use super::relying::{Request, refused, send, userinfo};
use super::{Back, Relying, native};
use crate::world::{HOME, SIMON, World};

#[path = "../../../../http/examples/native_client.rs"]
#[expect(dead_code, reason = "the program uses what the tests do not")]
mod native_client;

use native_client::{Client, Transport};

/// The network of a test.
struct Net<'a>(&'a World);

impl Transport for Net<'_> {
    async fn get(&self, url: &str) -> Result<Value, String> {
        let answer = send(self.0, Method::GET, path(url), &[], &Request::new(&[])).await;
        serde_json::from_str(&answer.body).map_err(|error| error.to_string())
    }

    async fn post(&self, url: &str, form: &[(&str, &str)]) -> Result<Value, String> {
        let answer = send(self.0, Method::POST, path(url), &[], &Request::new(form)).await;
        serde_json::from_str(&answer.body).map_err(|error| error.to_string())
    }

    async fn wait(&self, seconds: u64) {
        self.0.clock.advance(time::Duration::seconds(i64::try_from(seconds).unwrap()));
    }
}

fn path(url: &str) -> &str {
    url.strip_prefix(HOME).unwrap()
}

/// What a browser does that is sent to the device: a request to its port.
async fn opens(location: &str) -> String {
    let url = Url::parse(location).unwrap();
    let mut stream = TcpStream::connect(("127.0.0.1", url.port().unwrap())).await.unwrap();
    let request =
        format!("GET {}?{} HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n", url.path(), url.query().unwrap_or_default());
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

/// [rfc8252 7.3], [rfc7636 4.1], [rfc9207 2.4], [openid-discovery 4.3]
#[tokio::test]
async fn the_sample_client_is_activated_by_a_loopback_address() {
    let world = World::new().await;
    let app = Relying::new(&world, native()).await;
    let mut browser = world.browser();
    browser.sign_in(&world, &world.contoso, SIMON).await;
    let client = Client::discover(HOME, app.name(), Net(&world)).await.unwrap();
    let waiting = client.begin().await.unwrap();
    let page = browser.get(waiting.address()).await;
    let answer = browser.submit(&page.form("/oidc/activate").with("answer", "activate")).await;
    let location = answer.location().to_owned();
    let code = Back::of(&answer).code();
    // Whoever connects and says nothing holds it up for a moment, and a request that is not the answer leaves it waiting.
    let port = Url::parse(&location).unwrap().port().unwrap();
    let _silent = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    let forged = location.replace("state=", "state=x");
    let both = async { (opens(&forged).await, opens(&location).await) };
    let (tokens, (forged, shown)) = tokio::join!(client.finish(&waiting), both);
    assert!(forged.starts_with("HTTP/1.1 400") && shown.starts_with("HTTP/1.1 200"), "{forged} {shown}");
    let tokens = tokens.unwrap();
    assert_eq!(userinfo(&world, &tokens.access_token).await.status, 200);
    // The code is used up; who shows it again ends what came of it.
    let again = app.shows(&code).with("redirect_uri", waiting.redirect_uri());
    let again = app.post(&world, "/oidc/token", &again).await;
    refused(&world, &again, 400, "invalid_grant", "grant.reused");
    assert_eq!(userinfo(&world, &tokens.access_token).await.status, 401);
}

/// [rfc8628 3.3], [rfc8628 3.4]
#[tokio::test]
async fn the_sample_client_is_activated_by_a_code() {
    let world = World::new().await;
    let app = Relying::new(&world, native()).await;
    let client = Client::discover(HOME, app.name(), Net(&world)).await.unwrap();
    let device = client.begin_device().await.unwrap();
    assert_eq!(device.verification_uri, format!("{HOME}/oidc/device"));
    let mut browser = world.browser();
    browser.sign_in(&world, &world.contoso, SIMON).await;
    let form = browser.get(&device.verification_uri).await.form("user_code");
    let page = browser.submit(&form.with("user_code", &device.user_code)).await;
    let approved = page.form("/oidc/device/answer").with("answer", "approve");
    let (tokens, done) = tokio::join!(client.finish_device(&device), browser.submit(&approved));
    assert_eq!(done.status, 200, "{}", done.body);
    let tokens = tokens.unwrap();
    assert_eq!(userinfo(&world, &tokens.access_token).await.status, 200);
    // A second use of the code is refused, and ends the first's tokens.
    world.clock.advance(time::Duration::seconds(10));
    assert!(client.finish_device(&device).await.is_err());
    assert_eq!(userinfo(&world, &tokens.access_token).await.status, 401);
}
