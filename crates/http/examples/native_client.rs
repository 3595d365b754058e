//! A program on somebody's device, which is activated at Landfall in either of two ways.
//!
//! ```text
//! landfall app create field-client --title "Field Client" --kind native --redirect http://127.0.0.1/cb
//! cargo run -p landfall-http --example native_client -- https://sso.example field-client
//! cargo run -p landfall-http --example native_client -- https://sso.example field-client --device
//! ```
//!
//! The first opens a browser and waits for the code at an address of this machine [rfc8252 7.3]; the second shows a code,
//! which its person enters in any browser [rfc8628].

use std::future::Future;
use std::time::Duration;

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::rand::{SecureRandom, SystemRandom};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;
use url::Url;

const SCOPE: &str = "openid profile offline_access";
/// How long whoever has connected may say nothing.
const LONGEST_SILENCE: Duration = Duration::from_secs(1);
/// How long the provider may take.
const LONGEST_ANSWER: Duration = Duration::from_secs(30);
const DEVICE_GRANT: &str = "urn:ietf:params:oauth:grant-type:device_code";

/// How requests are sent, and how time passes.
pub(crate) trait Transport {
    /// Gets a document.
    fn get(&self, url: &str) -> impl Future<Output = Result<Value, String>>;
    /// Posts a form; a refusal is a document too.
    fn post(&self, url: &str, form: &[(&str, &str)]) -> impl Future<Output = Result<Value, String>>;
    /// Lets some seconds pass.
    fn wait(&self, seconds: u64) -> impl Future<Output = ()>;
}

/// The program, as its provider knows it.
pub(crate) struct Client<T> {
    issuer: String,
    name: String,
    provider: Value,
    transport: T,
}

/// What the program keeps: the refresh token belongs into the keychain of the device.
pub(crate) struct Tokens {
    pub(crate) access_token: String,
    pub(crate) refresh_token: String,
}

/// An activation that waits for its answer from the browser.
pub(crate) struct Waiting {
    listener: TcpListener,
    redirect_uri: String,
    address: String,
    state: String,
    verifier: String,
}

impl Waiting {
    /// What the browser opens.
    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// Where the browser comes back.
    pub(crate) fn redirect_uri(&self) -> &str {
        &self.redirect_uri
    }
}

/// An activation that waits for a person who enters its code.
pub(crate) struct Device {
    pub(crate) user_code: String,
    pub(crate) verification_uri: String,
    device_code: String,
    interval: u64,
}

impl<T: Transport> Client<T> {
    /// Learns what the provider does; it must be the one that was meant [openid-discovery 4.3].
    pub(crate) async fn discover(issuer: &str, name: &str, transport: T) -> Result<Self, String> {
        let provider = transport.get(&format!("{issuer}/.well-known/openid-configuration")).await?;
        let said = text(&provider, "issuer")?;
        if said != issuer {
            return Err(format!("{issuer} says that it is {said}"));
        }
        let (issuer, name) = (issuer.to_owned(), name.to_owned());
        Ok(Self { issuer, name, provider, transport })
    }

    fn endpoint(&self, name: &str) -> Result<String, String> {
        text(&self.provider, name)
    }

    /// Listens at a port of this machine, and makes what the browser is to open.
    pub(crate) async fn begin(&self) -> Result<Waiting, String> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.map_err(|error| error.to_string())?;
        let port = listener.local_addr().map_err(|error| error.to_string())?.port();
        let redirect_uri = format!("http://127.0.0.1:{port}/cb");
        let (verifier, state) = (random()?, random()?);
        let challenge = URL_SAFE_NO_PAD.encode(digest(&SHA256, verifier.as_bytes()));
        let mut address =
            Url::parse(&self.endpoint("authorization_endpoint")?).map_err(|error| error.to_string())?;
        address.query_pairs_mut().extend_pairs([
            ("client_id", self.name.as_str()),
            ("redirect_uri", &redirect_uri),
            ("response_type", "code"),
            ("scope", SCOPE),
            ("state", &state),
            ("code_challenge", &challenge),
            ("code_challenge_method", "S256"),
        ]);
        Ok(Waiting { listener, redirect_uri, address: address.into(), state, verifier })
    }

    /// Waits for the browser, and takes the code that it brings.
    pub(crate) async fn finish(&self, waiting: &Waiting) -> Result<Tokens, String> {
        loop {
            let (mut stream, _) = waiting.listener.accept().await.map_err(|error| error.to_string())?;
            let asked = asked(&mut stream).await;
            // Any program on this machine can come here: what is not the answer to this request is not one [rfc9207 2.4].
            let value = |name: &str| {
                asked.iter().find(|(of, _)| of == name).map(|(_, value)| value.as_str()).unwrap_or_default()
            };
            if value("state") != waiting.state || value("iss") != self.issuer {
                answer(&mut stream, "400 Bad Request", "This is not the answer that is waited for.").await;
                continue;
            }
            answer(&mut stream, "200 OK", "You can close this window and go back to the program.").await;
            if value("code").is_empty() {
                return Err(value("error").to_owned());
            }
            let form = [
                ("grant_type", "authorization_code"),
                ("client_id", &self.name),
                ("code", value("code")),
                ("redirect_uri", &waiting.redirect_uri),
                ("code_verifier", &waiting.verifier),
            ];
            return tokens(&self.transport.post(&self.endpoint("token_endpoint")?, &form).await?);
        }
    }

    /// Begins without a browser: what is shown to the person.
    pub(crate) async fn begin_device(&self) -> Result<Device, String> {
        let form = [("client_id", self.name.as_str()), ("scope", SCOPE)];
        let found = self.transport.post(&self.endpoint("device_authorization_endpoint")?, &form).await?;
        Ok(Device {
            user_code: text(&found, "user_code")?,
            verification_uri: text(&found, "verification_uri")?,
            device_code: text(&found, "device_code")?,
            interval: found.get("interval").and_then(Value::as_u64).unwrap_or(5),
        })
    }

    /// Asks until the person has decided, as often as it may [rfc8628 3.5].
    pub(crate) async fn finish_device(&self, device: &Device) -> Result<Tokens, String> {
        let form =
            [("grant_type", DEVICE_GRANT), ("client_id", &self.name), ("device_code", &device.device_code)];
        let mut interval = device.interval;
        loop {
            self.transport.wait(interval).await;
            let found = self.transport.post(&self.endpoint("token_endpoint")?, &form).await?;
            match error(&found) {
                None => return tokens(&found),
                Some("authorization_pending") => {}
                Some("slow_down") => interval += 5,
                Some(error) => return Err(error.to_owned()),
            }
        }
    }
}

fn tokens(found: &Value) -> Result<Tokens, String> {
    if let Some(error) = error(found) {
        return Err(error.to_owned());
    }
    Ok(Tokens { access_token: text(found, "access_token")?, refresh_token: text(found, "refresh_token")? })
}

fn error(found: &Value) -> Option<&str> {
    found.get("error").and_then(Value::as_str)
}

fn text(found: &Value, name: &str) -> Result<String, String> {
    let text = found.get(name).and_then(Value::as_str);
    text.map(str::to_owned).ok_or_else(|| format!("the answer has no {name}"))
}

fn random() -> Result<String, String> {
    let mut bytes = [0; 32];
    SystemRandom::new().fill(&mut bytes).map_err(|_| "the system has no random bytes".to_owned())?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}

/// The pairs of the query of a request.
async fn asked(stream: &mut TcpStream) -> Vec<(String, String)> {
    let mut bytes = vec![0; 8192];
    // A browser may connect once more than it asks: who says nothing holds up nobody.
    let read = timeout(LONGEST_SILENCE, stream.read(&mut bytes)).await;
    bytes.truncate(read.map_or(0, Result::unwrap_or_default));
    let text = String::from_utf8_lossy(&bytes);
    let target = text.split(' ').nth(1).unwrap_or_default();
    let query = target.split_once('?').map(|(_, query)| query).unwrap_or_default();
    url::form_urlencoded::parse(query.as_bytes()).into_owned().collect()
}

async fn answer(stream: &mut TcpStream, status: &str, text: &str) {
    let length = text.len();
    let answer = format!(
        "HTTP/1.1 {status}\r\ncontent-type: text/plain\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{text}"
    );
    // Whoever has gone away meanwhile reads nothing.
    let _ = stream.write_all(answer.as_bytes()).await;
    let _ = stream.shutdown().await;
}

/// The network, and the clock.
struct Network(reqwest::Client);

impl Transport for Network {
    async fn get(&self, url: &str) -> Result<Value, String> {
        read(self.0.get(url).send().await).await
    }

    async fn post(&self, url: &str, form: &[(&str, &str)]) -> Result<Value, String> {
        read(self.0.post(url).form(form).send().await).await
    }

    async fn wait(&self, seconds: u64) {
        tokio::time::sleep(Duration::from_secs(seconds)).await;
    }
}

async fn read(sent: reqwest::Result<reqwest::Response>) -> Result<Value, String> {
    let bytes = sent.map_err(|error| error.to_string())?.bytes().await.map_err(|error| error.to_string())?;
    serde_json::from_slice(&bytes).map_err(|error| error.to_string())
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), String> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (issuer, name, by_device) = match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [issuer, name] => (issuer, name, false),
        [issuer, name, "--device"] => (issuer, name, true),
        _ => {
            return Err(
                "expected the address of Landfall, the name of the application, and perhaps --device".into(),
            );
        }
    };
    let network = reqwest::Client::builder().timeout(LONGEST_ANSWER).build();
    let network = Network(network.map_err(|error| error.to_string())?);
    let client = Client::discover(issuer, name, network).await?;
    let tokens = if by_device {
        let device = client.begin_device().await?;
        say(&format!("open {} and enter {}", device.verification_uri, device.user_code));
        client.finish_device(&device).await?
    } else {
        let waiting = client.begin().await?;
        say(&format!("open {}\nthe answer comes to {}", waiting.address(), waiting.redirect_uri()));
        client.finish(&waiting).await?
    };
    let (access, refresh) = (tokens.access_token.len(), tokens.refresh_token.len());
    say(&format!(
        "activated: an access token of {access} characters to use, a refresh token of {refresh} to keep"
    ));
    Ok(())
}

#[expect(clippy::print_stdout, reason = "a person reads it")]
fn say(text: &str) {
    println!("{text}");
}
