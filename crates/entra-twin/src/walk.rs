//! A browser that goes where it is told, one step after the other.

use url::Url;

use crate::elsewhere::{LIMIT, answered};
use crate::{Driver, Page, ScenarioError};

/// A person at a browser of their own, who signs in wherever a page asks who they are.
///
/// ```no_run
/// # async fn demo() -> Result<(), Box<dyn std::error::Error>> {
/// use landfall_entra_twin::{Driver, Step, Walk};
/// let name = "B.Simon@contoso.example".to_owned();
/// let typed = vec![("login".to_owned(), name.clone()), ("passwd".to_owned(), "Pass-1234".to_owned())];
/// let mut walk = Walk::new(Driver::new()?, name, typed);
/// let account = walk.take(&Step::open("http://127.0.0.1:8080/account".parse()?)).await?;
/// assert_eq!(account.status, 200);
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
pub struct Walk {
    driver: Driver,
    login_name: String,
    typed: Vec<(String, String)>,
    page: Option<Page>,
}

/// One step.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Step {
    /// Opens an address.
    Open {
        /// The address.
        url: Url,
        /// How an address begins to which a redirect is not followed: the step ends with that address.
        short_of: Option<String>,
    },
    /// Submits a form of the page where the last step ended.
    Press {
        /// The path that the form goes to.
        path: String,
        /// What is typed; what the form has no field for is the name and the value of the button.
        fields: Vec<(String, String)>,
    },
}

/// Where a step ended: a page that asks nobody who they are.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stop {
    /// The address of the page.
    pub url: Url,
    /// HTTP status.
    pub status: u16,
    /// What a person reads.
    pub text: String,
    /// All addresses on the way, redirects and forms too, and the last one.
    pub passed: Vec<Url>,
}

impl Walk {
    /// With what is typed at a landing page, and name and value of each field of an identity provider.
    #[must_use]
    pub fn new(driver: Driver, login_name: String, typed: Vec<(String, String)>) -> Self {
        Self { driver, login_name, typed, page: None }
    }

    /// Takes a step, and whatever sign-in stands on the way.
    ///
    /// # Errors
    /// [`ScenarioError`] if there is no such form, no answer, or no end.
    pub async fn take(&mut self, step: &Step) -> Result<Stop, ScenarioError> {
        let page = match step {
            Step::Open { url, short_of } => {
                self.driver.stop_short_of(short_of.as_deref());
                self.driver.open(url).await?
            }
            Step::Press { path, fields } => self.press(path, fields).await?,
        };
        let mut passed = passed_by(&page);
        let page = self.signed_in(page, &mut passed).await?;
        let stop = Stop { url: page.url.clone(), status: page.status, text: page.text.clone(), passed };
        self.page = Some(page);
        Ok(stop)
    }

    async fn press(&mut self, path: &str, fields: &[(String, String)]) -> Result<Page, ScenarioError> {
        let no_page = || ScenarioError::Unexpected {
            expected: format!("a page with a form to {path}"),
            came: "no page at all: open one first".to_owned(),
        };
        let page = self.page.as_ref().ok_or_else(no_page)?;
        let form = page.forms.iter().find(|form| form.action.path() == path);
        let mut form =
            form.cloned().ok_or_else(|| ScenarioError::came(&format!("a form to {path}"), page))?;
        let buttons: Vec<_> = fields.iter().filter(|(name, _)| !form.has(name)).cloned().collect();
        form.fields.extend(buttons);
        let typed: Vec<_> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        Ok(self.driver.submit(&form, &typed).await?)
    }

    /// The first page that neither asks who the person is nor goes on by itself.
    async fn signed_in(&mut self, mut page: Page, passed: &mut Vec<Url>) -> Result<Page, ScenarioError> {
        for _ in 0..LIMIT {
            page = if let Some((form, typed)) = answered(&page, &self.login_name, &self.typed) {
                self.driver.submit(form, &typed).await?
            } else if let Some(form) = page.auto_post() {
                self.driver.submit(form, &[]).await?
            } else {
                return Ok(page);
            };
            passed.extend(passed_by(&page));
        }
        Err(ScenarioError::came(&format!("an end after {LIMIT} pages"), &page))
    }
}

impl Step {
    /// Opens an address, wherever that leads.
    #[must_use]
    pub fn open(url: Url) -> Self {
        Self::Open { url, short_of: None }
    }
}

fn passed_by(page: &Page) -> Vec<Url> {
    page.hops.iter().map(|hop| hop.url.clone()).chain([page.url.clone()]).collect()
}
