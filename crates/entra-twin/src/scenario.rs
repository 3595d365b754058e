//! The steps of the demo: what a person does in a browser, and what must come of it.

use url::Url;

use crate::{DriveError, Driver, Form, Link, Page};

/// Whom a scenario signs in at the double.
#[derive(Clone, Copy, Debug)]
pub struct Person<'a> {
    /// User principal name.
    pub name: &'a str,
    /// Password, as the sign-in page of the double shows it.
    pub password: &'a str,
}

/// The service provider, as a browser sees it.
#[derive(Clone, Copy, Debug)]
pub struct Provider<'a> {
    /// The page with one field, `login_name`.
    pub landing: &'a Url,
    /// The page that only a person who is signed in sees.
    pub account: &'a Url,
}

/// What the service provider does with a response that it did not ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Unsolicited {
    /// It begins a login of its own: two SAML forms are posted.
    Restart,
    /// It takes the response: one SAML form is posted.
    Accept,
}

/// SP-initiated: begins at the landing page with a login name and ends signed in.
///
/// ```no_run
/// # async fn demo() -> Result<(), Box<dyn std::error::Error>> {
/// use landfall_entra_twin::{Driver, Person, Provider, sp_initiated};
/// let sp = Provider {
///     landing: &"http://127.0.0.1:8080/sso".parse()?,
///     account: &"http://127.0.0.1:8080/account".parse()?,
/// };
/// let person = Person { name: "B.Simon@contoso.example", password: "Pass-1234" };
/// println!("{}", sp_initiated(&mut Driver::new()?, sp, person.name, person).await?);
/// # Ok(()) }
/// ```
///
/// # Errors
/// [`ScenarioError`] says what was expected and what came.
pub async fn sp_initiated(
    driver: &mut Driver,
    sp: Provider<'_>,
    login_name: &str,
    person: Person<'_>,
) -> Result<String, ScenarioError> {
    let form = begin(driver, sp.landing, login_name, person).await?;
    let (page, _) = finish(driver, form).await?;
    check_signed_in(&page, sp.account, person)?;
    Ok(format!("SP-initiated: {login_name} at {} leads {} to {}", sp.landing, person.name, page.url))
}

/// IdP-initiated: begins with the only tile of My Apps and ends signed in.
///
/// # Errors
/// [`ScenarioError`] says what was expected and what came.
pub async fn idp_initiated(
    driver: &mut Driver,
    my_apps: &Url,
    account: &Url,
    person: Person<'_>,
    policy: Unsolicited,
) -> Result<String, ScenarioError> {
    let page = driver.open(my_apps).await?;
    let page = sign_in(driver, &page, person).await?;
    let tile = tile(&page).ok_or_else(|| ScenarioError::came("a tile in My Apps", &page))?;
    let page = driver.follow(tile).await?;
    let form =
        page.auto_post().ok_or_else(|| ScenarioError::came("a response from the tile", &page))?.clone();
    let (page, posted) = finish(driver, form).await?;
    check_signed_in(&page, account, person)?;
    let (wanted, how) = match policy {
        Unsolicited::Restart => (2, "the service provider asked again by itself"),
        Unsolicited::Accept => (1, "the service provider took it"),
    };
    if posted.len() != wanted {
        return Err(ScenarioError::Unexpected {
            expected: format!("{wanted} SAML forms on the way"),
            came: format!("{} SAML forms", posted.len()),
        });
    }
    Ok(format!("IdP-initiated: the tile leads {} to {}: {how}", person.name, page.url))
}

/// Replay: posts the form of a finished login once more, from another browser, and expects to be refused.
///
/// # Errors
/// [`ScenarioError`] says what was expected and what came.
pub async fn replay(
    driver: &mut Driver,
    sp: Provider<'_>,
    login_name: &str,
    person: Person<'_>,
) -> Result<String, ScenarioError> {
    let form = begin(driver, sp.landing, login_name, person).await?;
    let (page, posted) = finish(driver, form).await?;
    check_signed_in(&page, sp.account, person)?;
    let again = posted.first().ok_or_else(|| ScenarioError::came("a posted response", &page))?;
    let page = Driver::new()?.submit(again, &[]).await?;
    let text = page.text.to_lowercase();
    if !(400..500).contains(&page.status) || !text.contains("used") || !text.contains("already") {
        return Err(ScenarioError::came("a 4xx page that says the response was used already", &page));
    }
    Ok(format!(
        "replay refused: the same response from another browser gets {} from {}",
        page.status, page.url
    ))
}

/// Not assigned: the double itself refuses, with AADSTS50105.
///
/// # Errors
/// [`ScenarioError`] says what was expected and what came.
pub async fn not_assigned(
    driver: &mut Driver,
    landing: &Url,
    login_name: &str,
    person: Person<'_>,
) -> Result<String, ScenarioError> {
    let page = ask(driver, landing, login_name).await?;
    let page = sign_in(driver, &page, person).await?;
    if !page.text.contains("AADSTS50105") {
        return Err(ScenarioError::came("the page AADSTS50105", &page));
    }
    Ok(format!("not assigned: {} gets AADSTS50105 from the identity provider", person.name))
}

/// Refused: the identity provider says who it is, and the service provider gives no access.
///
/// It begins at the landing page, or at the start of one connection, which asks for no name.
/// The line ends with the page that the person sees, which has the code for the administrator in it.
///
/// # Errors
/// [`ScenarioError`] says what was expected and what came.
pub async fn refused(
    driver: &mut Driver,
    sp: Provider<'_>,
    login_name: &str,
    person: Person<'_>,
) -> Result<String, ScenarioError> {
    let page = ask(driver, sp.landing, login_name).await?;
    let page = sign_in(driver, &page, person).await?;
    let form = page.auto_post().cloned();
    let form = form.ok_or_else(|| ScenarioError::came("a response of the identity provider", &page))?;
    let (page, _) = finish(driver, form).await?;
    if page.status != 403 {
        return Err(ScenarioError::came("a page with status 403", &page));
    }
    let refusal = page.text.clone();
    let account = driver.open(sp.account).await?;
    if account.url == *sp.account {
        return Err(ScenarioError::came("an account page that is closed", &account));
    }
    Ok(format!("refused: {} gets 403: {refusal}", person.name))
}

/// Sign-out: signs in, submits the form on the account page, and finds the account page closed.
///
/// # Errors
/// [`ScenarioError`] says what was expected and what came.
pub async fn sign_out(
    driver: &mut Driver,
    sp: Provider<'_>,
    login_name: &str,
    person: Person<'_>,
) -> Result<String, ScenarioError> {
    let form = begin(driver, sp.landing, login_name, person).await?;
    let (page, _) = finish(driver, form).await?;
    check_signed_in(&page, sp.account, person)?;
    let form = page
        .forms
        .iter()
        .find(|form| form.action.path().ends_with("/account/sign-out"))
        .ok_or_else(|| ScenarioError::came("a sign-out form", &page))?
        .clone();
    driver.submit(&form, &[]).await?;
    let page = driver.open(sp.account).await?;
    let redirected = page.hops.first().is_some_and(|hop| hop.status == 303 && hop.url == *sp.account);
    if !redirected || page.url.path() != sp.landing.path() {
        return Err(ScenarioError::came("a redirect 303 from the account page to the landing page", &page));
    }
    Ok(format!("sign-out: afterwards {} answers 303 to {}", sp.account, page.url))
}

/// A scenario did not end as it must.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ScenarioError {
    /// Another page, or another number of steps.
    #[error("expected {expected}, got {came}")]
    Unexpected {
        /// What must come.
        expected: String,
        /// What came.
        came: String,
    },
    /// The driver cannot go on.
    #[error("the browser cannot go on")]
    Drive {
        /// Why not.
        #[from]
        source: DriveError,
    },
}

impl ScenarioError {
    /// A stable name of the variant.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unexpected { .. } => "scenario-unexpected",
            Self::Drive { .. } => "scenario-drive",
        }
    }

    pub(crate) fn came(expected: &str, page: &Page) -> Self {
        const SHOWN: usize = 300;
        let text: String = page.text.chars().take(SHOWN).collect();
        Self::Unexpected {
            expected: expected.to_owned(),
            came: format!("{} with status {} and the text {text:?}", page.url, page.status),
        }
    }
}

/// From the landing page to the form that carries the response.
async fn begin(
    driver: &mut Driver,
    landing: &Url,
    login_name: &str,
    person: Person<'_>,
) -> Result<Form, ScenarioError> {
    let page = ask(driver, landing, login_name).await?;
    let page = sign_in(driver, &page, person).await?;
    page.auto_post().cloned().ok_or_else(|| ScenarioError::came("a response of the identity provider", &page))
}

/// From the landing page to the identity provider.
async fn ask(driver: &mut Driver, landing: &Url, login_name: &str) -> Result<Page, ScenarioError> {
    let page = driver.open(landing).await?;
    // The start of one connection leads on by itself.
    let page = if page.form_with("passwd").is_some() {
        page
    } else {
        let form = page.form_with("login_name");
        let form = form.ok_or_else(|| ScenarioError::came("a form with login_name", &page))?;
        driver.submit(form, &[("login_name", login_name)]).await?
    };
    Ok(driver.follow_auto_post(page).await?.0)
}

/// The first tile of My Apps.
pub(crate) fn tile(page: &Page) -> Option<&Link> {
    page.links.iter().find(|link| link.href.path().starts_with("/myapps/signin/"))
}

async fn sign_in(driver: &mut Driver, page: &Page, person: Person<'_>) -> Result<Page, ScenarioError> {
    let form = page
        .form_with("passwd")
        .ok_or_else(|| ScenarioError::came("the sign-in page of the double", page))?;
    Ok(driver.submit(form, &[("login", person.name), ("passwd", person.password)]).await?)
}

async fn finish(driver: &mut Driver, form: Form) -> Result<(Page, Vec<Form>), ScenarioError> {
    let page = driver.submit(&form, &[]).await?;
    let (page, later) = driver.follow_auto_post(page).await?;
    Ok((page, std::iter::once(form).chain(later).collect()))
}

fn check_signed_in(page: &Page, account: &Url, person: Person<'_>) -> Result<(), ScenarioError> {
    let name = person.name.to_lowercase();
    if page.status == 200 && page.url == *account && page.text.to_lowercase().contains(&name) {
        return Ok(());
    }
    Err(ScenarioError::came(&format!("{account} with the name {}", person.name), page))
}
