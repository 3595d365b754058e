//! The steps that every login has: it begins, a form goes to the service provider, and the page says who is signed in.

use std::time::Duration;

use url::Url;

use super::{Attack, Seen, Stop};
use crate::fault::Posted;
use crate::request::{Asked, Binding};
use crate::{DriveError, Driver, Form, Method, Page};

/// A login that waits for its response.
pub(super) struct Begun {
    /// `None` for a response that nobody asked for.
    asked: Option<Asked>,
    /// The page of the identity provider from which the browser posts.
    idp: Url,
    acs: String,
    relay_state: Option<String>,
}

impl Begun {
    pub(super) fn request_id(&self) -> Option<&str> {
        self.asked.as_ref().map(|asked| asked.id.as_str())
    }

    pub(super) fn acs(&self) -> &str {
        &self.acs
    }

    pub(super) fn relay_state(&self) -> Option<&str> {
        self.relay_state.as_deref()
    }
}

impl Attack {
    /// Goes from the login page to the identity provider, and takes the AuthnRequest there.
    pub(super) async fn begin(&self, browser: &mut Driver) -> Result<Begun, Stop> {
        let page = self.within(browser.open(&self.login)).await?;
        let page = match page.form_with("login_name").cloned() {
            Some(form) if request_in(&page).is_none() => {
                if browser.keeps_out_of(&form.action) {
                    let why = format!("no login can begin: its form leads to {}", form.action);
                    return Err(Stop::Broken(why));
                }
                let typed = [("login_name", self.person.user_principal_name.as_str())];
                self.within(browser.submit(&form, &typed)).await?
            }
            _ => page,
        };
        let Some((parameter, relay_state, binding, idp)) = request_in(&page) else {
            let text: String = page.text.chars().take(120).collect();
            let came = format!("{} with status {} and {text:?}", page.url, page.status);
            return Err(Stop::Broken(format!("no login can begin: expected an AuthnRequest, got {came}")));
        };
        let asked = Asked::decode(&parameter, binding)
            .map_err(|error| Stop::Broken(format!("the AuthnRequest cannot be read: {error}")))?;
        let default = self.target.acs.first().cloned().unwrap_or_default();
        let acs = asked.acs.clone().unwrap_or(default);
        if !self.target.acs.contains(&acs) {
            return Err(Stop::Broken(format!("{acs} of the AuthnRequest is not in the metadata")));
        }
        Ok(Begun { asked: Some(asked), idp, acs, relay_state })
    }

    /// A response without a request, from the address that the double has.
    pub(super) fn unsolicited(&self) -> Result<Begun, Stop> {
        let acs = self.target.acs.first().cloned().unwrap_or_default();
        let idp = Url::parse(&self.twin.saml_url())
            .map_err(|error| Stop::Broken(format!("the double has no address: {error}")))?;
        Ok(Begun { asked: None, idp, acs, relay_state: None })
    }

    /// Sends the form, goes wherever the service provider sends the browser, and asks who is signed in.
    pub(super) async fn post(&self, browser: &mut Driver, begun: &Begun, posted: &Posted) -> Seen {
        let action = match Url::parse(&begun.acs) {
            Ok(action) => action,
            Err(error) => return Seen::broken(format!("the ACS is no address: {error}")),
        };
        let form = Form {
            page: begun.idp.clone(),
            action,
            method: if posted.by_get { Method::Get } else { Method::Post },
            origin: begun.idp.origin().ascii_serialization(),
            fields: posted.fields.clone(),
        };
        let page = self.within(browser.submit(&form, &[])).await;
        self.look(browser, page).await
    }

    /// What came of a step, and who is signed in afterwards.
    pub(super) async fn look(&self, browser: &mut Driver, page: Result<Page, DriveError>) -> Seen {
        let whoami = self.within(browser.open(&self.whoami)).await;
        Seen::of(page, whoami, &self.anonymous, self.twin.tenant())
    }

    pub(super) async fn within<T>(
        &self,
        step: impl Future<Output = Result<T, DriveError>>,
    ) -> Result<T, DriveError> {
        within(self.patience, step).await
    }
}

/// A step takes no longer than the patience, however often it redirects.
pub(super) async fn within<T>(
    patience: Duration,
    step: impl Future<Output = Result<T, DriveError>>,
) -> Result<T, DriveError> {
    let late = |elapsed: tokio::time::error::Elapsed| DriveError::Transport { source: Box::new(elapsed) };
    tokio::time::timeout(patience, step).await.map_err(late)?
}

/// The AuthnRequest that a browser would carry to the identity provider now.
fn request_in(page: &Page) -> Option<(String, Option<String>, Binding, Url)> {
    let query =
        |name: &str| page.url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned());
    if let Some(request) = query("SAMLRequest") {
        let mut idp = page.url.clone();
        idp.set_query(None);
        return Some((request, query("RelayState"), Binding::Redirect, idp));
    }
    let form = page.forms.iter().find(|form| form.has("SAMLRequest"))?;
    let field = |name: &str| form.fields.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone());
    Some((field("SAMLRequest")?, field("RelayState"), Binding::Post, form.action.clone()))
}
