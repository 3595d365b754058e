//! A login at an identity provider that is not the double, whatever its pages look like.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use url::Url;

use crate::{Driver, Form, Page, ScenarioError, scenario};

/// More pages than any login has.
pub(crate) const LIMIT: usize = 16;
const RESPONSE: &str = "SAMLResponse";

/// Who goes where, and what is done to a response on the way.
#[derive(Clone, Copy, Debug)]
pub struct Elsewhere<'a> {
    /// Where it begins: a page of the service provider, or one of the identity provider.
    pub start: &'a Url,
    /// What is typed at the landing page, and what the account page must show.
    pub login_name: &'a str,
    /// What is typed at the identity provider: name and value of each field.
    pub typed: &'a [(String, String)],
    /// The page that only a person who is signed in sees.
    pub account: &'a Url,
    /// A text of the response and what takes its place, as somebody on the way would do it.
    pub change: Option<(&'a str, &'a str)>,
    /// Where the person leaves again: the form of the account page that goes there, or else a page to open.
    pub leave: Option<&'a Url>,
    /// How often the response is posted that opened the account page.
    pub posts: Posts,
}

/// How often a response is posted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Posts {
    /// As everybody does.
    Once,
    /// A second time after it was taken, by a browser that has each cookie that the first one had before it posted.
    Twice,
}

/// How it ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ending {
    /// Whether the account page was reached.
    pub outcome: Outcome,
    /// The responses that were posted, as the identity provider wrote them.
    pub responses: Vec<String>,
}

/// What the service provider said in the end.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outcome {
    /// The account page with the name.
    SignedIn,
    /// The account page was reached, and is closed since the person left.
    SignedOut {
        /// Where the browser was sent meanwhile, redirects too.
        passed: Vec<Url>,
        /// What a person reads at the end of it.
        text: String,
    },
    /// A page of its own with an error.
    Refused {
        /// HTTP status.
        status: u16,
        /// What a person reads.
        text: String,
    },
    /// The account page was reached, and the response was refused when it came a second time.
    RefusedAgain {
        /// HTTP status.
        status: u16,
        /// What a person reads.
        text: String,
    },
    /// The account page was reached twice, with one response.
    SignedInAgain,
}

/// Walks from page to page: signs in where it is asked to, opens the tile of My Apps, submits SAML forms, until the
/// service provider has decided.
///
/// ```no_run
/// # async fn demo() -> Result<(), Box<dyn std::error::Error>> {
/// use landfall_entra_twin::{Driver, Elsewhere, Outcome, Posts, elsewhere};
/// let person = [("username".to_owned(), "ada".to_owned()), ("password".to_owned(), "ada".to_owned())];
/// let way = Elsewhere {
///     start: &"http://127.0.0.1:8080/sso".parse()?,
///     login_name: "ada@example.org",
///     typed: &person,
///     account: &"http://127.0.0.1:8080/account".parse()?,
///     change: None,
///     leave: None,
///     posts: Posts::Once,
/// };
/// assert_eq!(elsewhere(&mut Driver::new()?, way).await?.outcome, Outcome::SignedIn);
/// # Ok(()) }
/// ```
///
/// # Errors
/// [`ScenarioError`] if a page leads nowhere, the account is somebody else's, or nothing is there to be changed.
pub async fn elsewhere(driver: &mut Driver, way: Elsewhere<'_>) -> Result<Ending, ScenarioError> {
    let mut responses = Vec::new();
    let mut posted = None;
    let mut page = driver.open(way.start).await?;
    for _ in 0..LIMIT {
        if let Some(mut outcome) = way.outcome(&page)? {
            if let (Outcome::SignedIn, Posts::Twice, Some((copy, form))) =
                (&outcome, way.posts, posted.take())
            {
                outcome = way.again(copy, &form).await?;
            }
            if let (Outcome::SignedIn, Some(leave)) = (&outcome, way.leave) {
                outcome = sign_out(driver, &page, leave, way.account).await?;
            }
            return Ok(Ending { outcome, responses });
        }
        page = if let Some((form, typed)) = answered(&page, way.login_name, way.typed) {
            driver.submit(form, &typed).await?
        } else if let Some(form) = page.auto_post() {
            let mut form = form.clone();
            let response = way.take(&mut form)?;
            if response.is_some() {
                posted = Some((driver.clone(), form.clone()));
            }
            responses.extend(response);
            driver.submit(&form, &[]).await?
        } else if let Some(tile) = scenario::tile(&page) {
            driver.follow(tile).await?
        } else {
            return Err(ScenarioError::came("a form to go on with", &page));
        };
    }
    Err(ScenarioError::came(&format!("an end after {LIMIT} pages"), &page))
}

/// Leaves, goes wherever both sides send the browser, and looks whether the account page is closed.
async fn sign_out(
    driver: &mut Driver,
    page: &Page,
    leave: &Url,
    account: &Url,
) -> Result<Outcome, ScenarioError> {
    let mut page = match page.forms.iter().find(|form| form.action == *leave) {
        Some(form) => driver.submit(form, &[]).await?,
        None => driver.open(leave).await?,
    };
    let mut passed = Vec::new();
    for _ in 0..LIMIT {
        passed.extend(page.hops.iter().map(|hop| hop.url.clone()).chain([page.url.clone()]));
        if page.status >= 400 {
            return Err(ScenarioError::came("a page that says that the person is signed out", &page));
        }
        let Some(form) = page.auto_post().cloned() else {
            let closed = driver.open(account).await?;
            let sent_away = closed.hops.first().is_some_and(|hop| hop.url == *account);
            return if sent_away {
                Ok(Outcome::SignedOut { passed, text: page.text })
            } else {
                Err(ScenarioError::came("a closed account", &closed))
            };
        };
        page = driver.submit(&form, &[]).await?;
    }
    Err(ScenarioError::came(&format!("an end after {LIMIT} pages"), &page))
}

/// The form in which a page asks who the person is, and what they type: at the identity provider, or at a landing page.
pub(crate) fn answered<'a>(
    page: &'a Page,
    login_name: &'a str,
    typed: &'a [(String, String)],
) -> Option<(&'a Form, Vec<(&'a str, &'a str)>)> {
    let all = |form: &&Form| typed.iter().all(|(name, _)| form.has(name));
    if let Some(form) = page.forms.iter().find(all).filter(|_| !typed.is_empty()) {
        return Some((form, typed.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()));
    }
    page.form_with("login_name").map(|form| (form, vec![("login_name", login_name)]))
}

impl Elsewhere<'_> {
    /// What the service provider says of a response that it has taken already.
    async fn again(&self, mut copy: Driver, form: &Form) -> Result<Outcome, ScenarioError> {
        let page = copy.submit(form, &[]).await?;
        match self.outcome(&page)? {
            Some(Outcome::SignedIn) => Ok(Outcome::SignedInAgain),
            Some(Outcome::Refused { status, text }) => Ok(Outcome::RefusedAgain { status, text }),
            _ => Err(ScenarioError::came("an end at the service provider", &page)),
        }
    }

    /// What the service provider has decided, if this page is its last.
    fn outcome(&self, page: &Page) -> Result<Option<Outcome>, ScenarioError> {
        if page.url.origin() != self.account.origin() {
            return Ok(None);
        }
        if page.status >= 400 {
            return Ok(Some(Outcome::Refused { status: page.status, text: page.text.clone() }));
        }
        if page.url != *self.account {
            return Ok(None);
        }
        if page.text.contains(self.login_name) {
            return Ok(Some(Outcome::SignedIn));
        }
        Err(ScenarioError::came(&format!("the name {}", self.login_name), page))
    }

    /// The response that a form carries, which goes on changed if it is to be.
    fn take(&self, form: &mut Form) -> Result<Option<String>, ScenarioError> {
        let Some((_, value)) = form.fields.iter_mut().find(|(name, _)| name == RESPONSE) else {
            return Ok(None);
        };
        let unexpected = |came: String| ScenarioError::Unexpected {
            expected: "a response, as base64 of UTF-8".to_owned(),
            came,
        };
        let bytes = STANDARD.decode(value.replace(['\r', '\n'], ""));
        let bytes = bytes.map_err(|error| unexpected(error.to_string()))?;
        let response = String::from_utf8(bytes).map_err(|error| unexpected(error.to_string()))?;
        if let Some((old, new)) = self.change {
            if !response.contains(old) {
                return Err(ScenarioError::Unexpected {
                    expected: format!("a response with {old:?} in it"),
                    came: response,
                });
            }
            *value = STANDARD.encode(response.replace(old, new));
        }
        Ok(Some(response))
    }
}
