//! A browser without a screen, for the demo and for tests.

mod cookies;
mod page;
mod site;

use std::time::Duration;

use reqwest::header::{ACCEPT, CONTENT_TYPE, COOKIE, LOCATION, ORIGIN, REFERRER_POLICY, REFRESH, SET_COOKIE};
use reqwest::redirect::Policy;
use url::form_urlencoded::Serializer;
use url::{Origin, Url};

use cookies::{Jar, Navigation};

pub use page::{Form, Hop, Link, Method, Page};

/// A browser with its own cookies, which follows redirects and submits forms as Chromium does.
///
/// It keeps the rules that a login between two sites depends on: SameSite, Secure (http on loopback counts as secure),
/// the `__Host-` prefix, and the Origin header of a POST.
/// It runs no script; [`Driver::follow_auto_post`] does what the script of a SAML form would do.
///
/// ```no_run
/// # async fn demo() -> Result<(), Box<dyn std::error::Error>> {
/// use landfall_entra_twin::Driver;
/// let mut driver = Driver::new()?;
/// let landing = driver.open(&"http://127.0.0.1:8080/sso".parse()?).await?;
/// let form = landing.form_with("login_name").ok_or("no form")?;
/// let page = driver.submit(form, &[("login_name", "B.Simon@contoso.example")]).await?;
/// assert_eq!(page.url.host_str(), Some("localhost"));
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
pub struct Driver {
    client: reqwest::Client,
    jar: Jar,
    /// The origins that it keeps to; `None` goes wherever it is sent.
    within: Option<Vec<Origin>>,
    /// How the addresses begin to which it follows no redirect.
    short_of: Option<String>,
}

impl Driver {
    /// A browser without cookies.
    ///
    /// # Errors
    /// [`DriveError::Transport`] if TLS cannot be set up.
    pub fn new() -> Result<Self, DriveError> {
        Self::with(reqwest::Client::builder().timeout(PATIENCE))
    }

    /// A browser without cookies that waits as long as an answer takes: whoever drives it bounds each step.
    ///
    /// # Errors
    /// As [`Driver::new`].
    pub(crate) fn unhurried() -> Result<Self, DriveError> {
        // Each request on a connection of its own: one that the server has closed is nobody else's fault.
        Self::with(reqwest::Client::builder().pool_max_idle_per_host(0))
    }

    fn with(client: reqwest::ClientBuilder) -> Result<Self, DriveError> {
        let client = client.redirect(Policy::none()).no_proxy().build();
        Ok(Self { client: client.map_err(transport)?, jar: Jar::default(), within: None, short_of: None })
    }

    /// Keeps to these origins: a redirect to another one is not followed, and the empty page has its address.
    pub(crate) fn within(mut self, origins: Vec<Origin>) -> Self {
        self.within = Some(origins);
        self
    }

    /// From now on it follows no redirect to an address that begins so: the empty page has that address.
    pub(crate) fn stop_short_of(&mut self, start: Option<&str>) {
        self.short_of = start.map(str::to_owned);
    }

    /// Whether it would not go there.
    pub(crate) fn keeps_out_of(&self, url: &Url) -> bool {
        self.within.as_ref().is_some_and(|origins| !origins.contains(&url.origin()))
            || self.short_of.as_ref().is_some_and(|start| url.as_str().starts_with(start))
    }

    /// Opens an address as a person who types it.
    ///
    /// # Errors
    /// [`DriveError`] if there is no answer, or no end of redirects.
    pub async fn open(&mut self, url: &Url) -> Result<Page, DriveError> {
        self.go(Request { url: url.clone(), post: None }, None).await
    }

    /// The `Cookie` header that it would send to an address that a person types; none if it would send none.
    #[must_use]
    pub fn cookies(&self, url: &Url) -> Option<String> {
        self.jar.header(url, Navigation { from: None, safe: true })
    }

    /// Clicks a link.
    ///
    /// # Errors
    /// As [`Driver::open`].
    pub async fn follow(&mut self, link: &Link) -> Result<Page, DriveError> {
        self.go(Request { url: link.href.clone(), post: None }, Some(&link.page)).await
    }

    /// Submits a form, with some of its values replaced by what a person types.
    ///
    /// # Errors
    /// As [`Driver::open`].
    pub async fn submit(&mut self, form: &Form, typed: &[(&str, &str)]) -> Result<Page, DriveError> {
        let value = |name: &str, old: &str| {
            typed.iter().find(|(key, _)| *key == name).map_or(old, |(_, new)| *new).to_owned()
        };
        let fields = form.fields.iter().map(|(name, old)| (name, value(name, old)));
        let encoded = Serializer::new(String::new()).extend_pairs(fields).finish();
        let mut url = form.action.clone();
        let post = match form.method {
            Method::Post => Some(Post { origin: form.origin.clone(), body: encoded }),
            Method::Get => {
                url.set_query(Some(&encoded));
                None
            }
        };
        self.go(Request { url, post }, Some(&form.page)).await
    }

    /// Submits SAML forms until a page has none, and says which forms went out.
    ///
    /// # Errors
    /// As [`Driver::open`].
    pub async fn follow_auto_post(&mut self, mut page: Page) -> Result<(Page, Vec<Form>), DriveError> {
        let mut posted = Vec::new();
        while let Some(form) = page.auto_post().cloned() {
            if posted.len() == LIMIT {
                return Err(DriveError::Endless { url: page.url, limit: LIMIT });
            }
            page = self.submit(&form, &[]).await?;
            posted.push(form);
        }
        Ok((page, posted))
    }

    /// One navigation: the request and all redirects that follow.
    async fn go(&mut self, mut request: Request, from: Option<&Url>) -> Result<Page, DriveError> {
        let mut hops = Vec::new();
        loop {
            let mut response = self.send(&request, from).await?;
            let status = response.status().as_u16();
            for header in response.headers().get_all(SET_COOKIE) {
                if let Ok(header) = header.to_str() {
                    self.jar.store(&request.url, header);
                }
            }
            let location = response.headers().get(LOCATION).and_then(|value| value.to_str().ok());
            match location {
                Some(location) if matches!(status, 301 | 302 | 303 | 307 | 308) => {
                    if hops.len() == LIMIT {
                        return Err(DriveError::Endless { url: request.url, limit: LIMIT });
                    }
                    let next = request
                        .url
                        .join(location)
                        .map_err(|source| DriveError::Location { got: location.to_owned(), source })?;
                    hops.push(Hop { url: request.url, status });
                    if self.keeps_out_of(&next) {
                        return Ok(Page::read(next, status, hops, "", ""));
                    }
                    let post = request.post.filter(|_| matches!(status, 307 | 308));
                    request = Request { url: next, post };
                }
                _ => {
                    let policy = response.headers().get(REFERRER_POLICY).cloned();
                    let policy = policy.as_ref().and_then(|value| value.to_str().ok()).unwrap_or_default();
                    let refresh = response.headers().get(REFRESH).cloned();
                    let html = body(&mut response).await?;
                    let mut page = Page::read(request.url, status, hops, policy, &html);
                    let refresh = refresh.and_then(|value| value.to_str().ok().map(str::to_owned));
                    page.unasked.extend(refresh);
                    return Ok(page);
                }
            }
        }
    }

    async fn send(&self, request: &Request, from: Option<&Url>) -> Result<reqwest::Response, DriveError> {
        let navigation = Navigation { from, safe: request.post.is_none() };
        let mut builder = match &request.post {
            None => self.client.get(request.url.clone()),
            Some(post) => self
                .client
                .post(request.url.clone())
                .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
                .header(ORIGIN, &post.origin)
                .body(post.body.clone()),
        };
        if let Some(cookies) = self.jar.header(&request.url, navigation) {
            builder = builder.header(COOKIE, cookies);
        }
        // As any browser that opens a page: some servers tell people from programs by it.
        builder = builder.header(ACCEPT, "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8");
        builder.send().await.map_err(transport)
    }
}

/// The driver cannot go on.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DriveError {
    /// Nobody answers.
    #[error("no answer over HTTP: does the server run?")]
    Transport {
        /// What the client said.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A redirect to something that is no address.
    #[error("the redirect leads to {got:?}, which is no address")]
    Location {
        /// The header.
        got: String,
        /// Why not.
        source: url::ParseError,
    },
    /// Redirects or SAML forms do not end.
    #[error("more than {limit} redirects or SAML forms, the last at {url}")]
    Endless {
        /// Where the driver gave up.
        url: Url,
        /// How many it follows.
        limit: usize,
    },
    /// A page that no person would wait for.
    #[error("the page is longer than {limit} bytes")]
    TooLong {
        /// How much it reads.
        limit: usize,
    },
}

impl DriveError {
    /// A stable name of the variant.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Transport { .. } => "drive-transport",
            Self::Location { .. } => "drive-location",
            Self::Endless { .. } => "drive-endless",
            Self::TooLong { .. } => "drive-too-long",
        }
    }
}

const LIMIT: usize = 20;

/// How long one answer may take.
const PATIENCE: Duration = Duration::from_secs(30);

const PAGE_LIMIT: usize = 4 * 1024 * 1024;

/// GET, unless it posts something.
struct Request {
    url: Url,
    post: Option<Post>,
}

struct Post {
    origin: String,
    body: String,
}

fn transport(source: reqwest::Error) -> DriveError {
    DriveError::Transport { source: Box::new(source) }
}

async fn body(response: &mut reqwest::Response) -> Result<String, DriveError> {
    let mut bytes = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(transport)? {
        bytes.extend_from_slice(&chunk);
        if bytes.len() > PAGE_LIMIT {
            return Err(DriveError::TooLong { limit: PAGE_LIMIT });
        }
    }
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
