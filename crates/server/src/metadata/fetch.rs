//! One fetch: bounded in time, size and in where it goes.

use std::error::Error;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Duration;

use landfall_accounts::Validators;
use reqwest::header::{
    CONTENT_TYPE, ETAG, HeaderMap, HeaderName, IF_MODIFIED_SINCE, IF_NONE_MATCH, LAST_MODIFIED, LOCATION,
};
use reqwest::{Client, RequestBuilder, Response, StatusCode, redirect::Policy};
use url::Url;

use super::address::{Forbidden, Most, Reach, Reachable, Rules, Way};
use super::seen::Seen;

/// How long a connection may take.
const LONGEST_CONNECT: Duration = Duration::from_secs(5);
/// How often the same host may send on.
const MOST_REDIRECTS: usize = 3;
/// How a form is written.
const FORM: &str = "application/x-www-form-urlencoded";
/// Most characters of what a server says about a copy.
const MOST_VALIDATOR: usize = 512;

/// Fetches as the operator allows.
#[derive(Clone, Debug)]
pub(crate) struct Fetcher {
    rules: Rules,
    way: Way,
    longest: Duration,
}

/// What came.
#[derive(Debug)]
pub(crate) enum Answer {
    /// The server says that the known copy is current.
    Unchanged,
    /// A copy was handed on as it came; this is what the server says about it.
    Copy { validators: Validators },
}

/// Why nothing came.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FetchError {
    #[error(
        "{url:?} is not taken: write an https address; plain http is for what metadata.allow_private lists on this machine"
    )]
    Url { url: String },
    #[error(transparent)]
    Address(#[from] Forbidden),
    #[error("{host} cannot be reached: look at its name, at the network and at its certificate")]
    Connect {
        host: String,
        #[source]
        source: reqwest::Error,
    },
    #[error("the answer broke off: try again")]
    Broken(#[source] reqwest::Error),
    #[error("it took longer than {} s: try again, or ask whoever runs the server", longest.as_secs())]
    TooSlow { longest: Duration },
    #[error(
        "the answer has more than {} bytes: look whether the address is that of one identity provider's metadata; for a federation's, metadata.max_bytes takes more",
        most.bytes()
    )]
    TooLarge { most: Most },
    #[error("the server answers {status}: look whether the address is still the right one")]
    Status { status: StatusCode },
    #[error(
        "it sends on to {to:?}: a fetch stays at its host and at https, so give the new address if it is right"
    )]
    Redirect { to: String },
    #[error("it sends on more than {MOST_REDIRECTS} times: give the address where the metadata are")]
    Redirects,
}

impl FetchError {
    /// The stable code.
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::Url { .. } => "fetch.url",
            Self::Address(_) => "fetch.address",
            Self::Connect { .. } => "fetch.connect",
            Self::Broken(_) => "fetch.broken",
            Self::TooSlow { .. } => "fetch.too_slow",
            Self::TooLarge { .. } => "fetch.too_large",
            Self::Status { .. } => "fetch.status",
            Self::Redirect { .. } => "fetch.redirect",
            Self::Redirects => "fetch.redirects",
        }
    }
}

impl Fetcher {
    /// `longest` is the time that all of a fetch may take: name, connections, redirects, body.
    pub(crate) fn new(rules: Rules, way: Way, longest: Duration) -> Self {
        Self { rules, way, longest }
    }

    /// Whether an address may be fetched at all, and whether its keys may count without approval.
    pub(crate) fn rules(&self) -> &Rules {
        &self.rules
    }

    /// Fetches what stands at an address, unless the server says that the copy with these validators is current.
    ///
    /// Each piece is handed on as it comes; who breaks off wants no more, and that is no error.
    pub(crate) async fn get(
        &self,
        url: &str,
        known: &Validators,
        into: impl FnMut(&[u8]) -> ControlFlow<()>,
    ) -> Result<Answer, FetchError> {
        let (longest, fetching) = (self.longest, self.follow(url, known, into));
        tokio::time::timeout(longest, fetching).await.unwrap_or(Err(FetchError::TooSlow { longest }))
    }

    /// Asks once what stands at an address, and takes the head of the answer alone, wherever that sends on to.
    pub(crate) async fn look(&self, url: &str) -> Result<Seen, FetchError> {
        let url = Url::parse(url).map_err(|_| FetchError::Url { url: url.to_owned() })?;
        let (longest, known) = (self.longest, Validators::default());
        let asked = tokio::time::timeout(longest, self.ask(&url, &known)).await;
        asked.unwrap_or(Err(FetchError::TooSlow { longest })).map(|response| Seen::from(&response))
    }

    /// Posts a form, once, to an address that the operator of this installation wrote, and takes the status alone,
    /// wherever that sends on to.
    pub(crate) async fn post(&self, url: &str, form: String) -> Result<StatusCode, FetchError> {
        let refused = || FetchError::Url { url: url.to_owned() };
        let url = Url::parse(url).map_err(|_| refused())?;
        let reach = Reach::of_our_operator(&url).ok_or_else(refused)?;
        let request = self.client(&url, reach)?.post(url.clone()).header(CONTENT_TYPE, FORM).body(form);
        let (longest, sent) = (self.longest, tokio::time::timeout(self.longest, send(request, &url)).await);
        sent.unwrap_or(Err(FetchError::TooSlow { longest })).map(|response| response.status())
    }

    async fn follow(
        &self,
        url: &str,
        known: &Validators,
        into: impl FnMut(&[u8]) -> ControlFlow<()>,
    ) -> Result<Answer, FetchError> {
        let first = Url::parse(url).map_err(|_| FetchError::Url { url: url.to_owned() })?;
        let mut at = first.clone();
        for _ in 0..=MOST_REDIRECTS {
            let response = self.ask(&at, known).await?;
            let status = response.status();
            if status == StatusCode::NOT_MODIFIED && *known != Validators::default() {
                return Ok(Answer::Unchanged);
            }
            let Some(onward) = onward(&response, &at) else {
                return if status == StatusCode::OK {
                    take(response, self.rules.most, into).await
                } else {
                    Err(FetchError::Status { status })
                };
            };
            match onward {
                Ok(onward) if onward.origin() == first.origin() => at = onward,
                Ok(other) => return Err(FetchError::Redirect { to: other.into() }),
                Err(to) => return Err(FetchError::Redirect { to }),
            }
        }
        Err(FetchError::Redirects)
    }

    async fn ask(&self, url: &Url, known: &Validators) -> Result<Response, FetchError> {
        let reach = self.rules.reach(url).ok_or_else(|| FetchError::Url { url: url.to_string() })?;
        let mut request = self.client(url, reach)?.get(url.clone());
        if let Some(etag) = &known.etag {
            request = request.header(IF_NONE_MATCH, etag);
        }
        if let Some(last_modified) = &known.last_modified {
            request = request.header(IF_MODIFIED_SINCE, last_modified);
        }
        send(request, url).await
    }

    /// # Security
    /// No proxy of the environment, no redirect by itself, no address that is not allowed, no cookie, no password.
    fn client(&self, url: &Url, reach: Reach) -> Result<Client, FetchError> {
        if !url.username().is_empty() || url.password().is_some() {
            return Err(FetchError::Url { url: url.to_string() });
        }
        reach.check(url)?;
        let names = Reachable { reach, names: Arc::clone(&self.way.names) };
        Client::builder()
            .tls_certs_merge(self.way.authorities.iter().cloned())
            .no_proxy()
            .redirect(Policy::none())
            .connect_timeout(LONGEST_CONNECT)
            .user_agent(concat!("landfall/", env!("CARGO_PKG_VERSION")))
            .dns_resolver(Arc::new(names))
            .build()
            .map_err(|source| FetchError::Connect { host: host_of(url), source })
    }
}

async fn send(request: RequestBuilder, url: &Url) -> Result<Response, FetchError> {
    request.send().await.map_err(|source| match forbidden(&source) {
        Some(error) => FetchError::Address(error),
        None => FetchError::Connect { host: host_of(url), source },
    })
}

fn host_of(url: &Url) -> String {
    url.host_str().unwrap_or_default().to_owned()
}

/// Where a redirect leads, or what it says if that is nowhere.
fn onward(response: &Response, at: &Url) -> Option<Result<Url, String>> {
    let is_redirect = matches!(response.status().as_u16(), 301 | 302 | 303 | 307 | 308);
    let to = response.headers().get(LOCATION).filter(|_| is_redirect)?;
    let to = String::from_utf8_lossy(to.as_bytes()).chars().take(MOST_VALIDATOR).collect::<String>();
    Some(at.join(&to).map_err(|_| to))
}

/// The body, which is counted while it comes.
async fn take(
    mut response: Response,
    most: Most,
    mut into: impl FnMut(&[u8]) -> ControlFlow<()>,
) -> Result<Answer, FetchError> {
    if response.content_length().is_some_and(|length| length > most.bytes()) {
        return Err(FetchError::TooLarge { most });
    }
    let validators = Validators {
        etag: header(response.headers(), &ETAG),
        last_modified: header(response.headers(), &LAST_MODIFIED),
    };
    let mut taken: u64 = 0;
    while let Some(chunk) = response.chunk().await.map_err(FetchError::Broken)? {
        taken = taken.saturating_add(u64::try_from(chunk.len()).unwrap_or(u64::MAX));
        if taken > most.bytes() {
            return Err(FetchError::TooLarge { most });
        }
        if into(&chunk).is_break() {
            break;
        }
    }
    Ok(Answer::Copy { validators })
}

fn header(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    let value = headers.get(name)?.to_str().ok()?;
    (value.len() <= MOST_VALIDATOR).then(|| value.to_owned())
}

/// The address that was refused, if that is why.
fn forbidden(error: &reqwest::Error) -> Option<Forbidden> {
    let mut cause = error.source();
    while let Some(error) = cause {
        if let Some(found) = error.downcast_ref::<Forbidden>() {
            return Some(found.clone());
        }
        cause = error.source();
    }
    None
}
