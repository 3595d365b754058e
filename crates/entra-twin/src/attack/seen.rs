//! What a service provider answered, and who was signed in afterwards.

use url::Url;

use crate::fault::ATTACKER;
use crate::{DriveError, Page, Tenant};

/// Whom the page of the service provider names.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Who {
    /// Nobody is signed in.
    Nobody,
    /// This person of the directory, by user principal name.
    Person(String),
    /// Somebody is signed in whom the directory does not know.
    Unknown,
}

/// The page as nobody sees it.
#[derive(Clone, Debug, Default)]
pub(super) struct Anonymous {
    url: Option<Url>,
    status: u16,
    text: String,
}

impl Anonymous {
    pub(super) fn of(page: &Page) -> Self {
        Self { url: Some(page.url.clone()), status: page.status, text: page.text.clone() }
    }

    /// Whom the page names that it did not name to nobody; the longest name, since one may be part of another.
    fn named(&self, page: &Page, tenant: &Tenant) -> Who {
        let (text, before) = (page.text.to_lowercase(), self.text.to_lowercase());
        let names = tenant.users.iter().map(|user| &user.user_principal_name);
        let found = names
            .filter(|name| text.contains(&name.to_lowercase()) && !before.contains(&name.to_lowercase()))
            .max_by_key(|name| name.len());
        let same = self.url.as_ref() == Some(&page.url);
        let redirected = page.hops.first().is_some_and(|hop| hop.url != page.url);
        match (found, page.status) {
            (Some(name), _) => Who::Person(name.clone()),
            // It is sent to somebody else's site.
            (None, 300..400) => Who::Nobody,
            // A refusal says something new each time, such as an id to ask for, and is the same status.
            (None, 400..) if self.status == page.status => Who::Nobody,
            (None, status) if same && (redirected || (self.status, &self.text) == (status, &page.text)) => {
                Who::Nobody
            }
            (None, _) => Who::Unknown,
        }
    }
}

/// What came of a case.
#[derive(Clone, Debug)]
pub(super) struct Seen {
    /// The status of the last answer to the fault.
    pub(super) status: Option<u16>,
    /// Why there was no whole answer, in words.
    pub(super) broken: Option<String>,
    /// Why the page that says who is signed in did not come.
    pub(super) blind: Option<String>,
    pub(super) who: Who,
    /// Where the answer leads the browser on the attacker's site: an address, or a script or form that names it.
    pub(super) led_away: Option<String>,
}

impl Seen {
    pub(super) fn of(
        page: Result<Page, DriveError>,
        whoami: Result<Page, DriveError>,
        anonymous: &Anonymous,
        tenant: &Tenant,
    ) -> Self {
        let mut seen = match page {
            Err(error) => Self::broken(name_of(&error)),
            Ok(page) => Self {
                led_away: page.leads_to(ATTACKER),
                status: Some(page.status),
                broken: None,
                blind: None,
                who: Who::Nobody,
            },
        };
        match whoami {
            Err(error) => seen.blind = Some(name_of(&error)),
            Ok(page) if page.status >= 500 => seen.blind = Some(format!("status {}", page.status)),
            Ok(page) => seen.who = anonymous.named(&page, tenant),
        }
        seen
    }

    pub(super) fn broken(why: String) -> Self {
        Self { status: None, broken: Some(why), blind: None, who: Who::Nobody, led_away: None }
    }

    /// Why it is no answer of a sound service provider, whoever is signed in.
    pub(super) fn trouble(&self) -> Option<String> {
        let fallen = self.status.filter(|status| *status >= 500);
        let fallen = fallen.map(|status| format!("status {status}: it fell over"));
        self.broken.clone().or(fallen).or_else(|| self.blindness())
    }

    /// Why nobody can say who is signed in.
    pub(super) fn blindness(&self) -> Option<String> {
        self.blind.as_ref().map(|why| format!("nobody can say who is signed in: {why}"))
    }
}

/// What a careless service provider does, in words.
pub(super) fn name_of(error: &DriveError) -> String {
    match error {
        DriveError::Transport { source } => {
            let client = source.downcast_ref::<reqwest::Error>();
            if source.is::<tokio::time::error::Elapsed>() || client.is_some_and(reqwest::Error::is_timeout) {
                "it hangs".to_owned()
            } else if client.is_some_and(reqwest::Error::is_connect) {
                "nobody answers".to_owned()
            } else {
                CLOSED.to_owned()
            }
        }
        DriveError::Endless { .. } => "redirects without end".to_owned(),
        DriveError::TooLong { limit } => format!("an answer of more than {limit} bytes"),
        DriveError::Location { got, .. } => format!("a redirect to {got:?}"),
    }
}

/// The connection ended before the answer did.
pub(super) const CLOSED: &str = "it closed the connection";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Hop, Seed};

    fn page(url: &str, from: Option<&str>, status: u16, text: &str) -> Page {
        let hops = from.map(|from| Hop { url: from.parse().unwrap(), status: 303 });
        let html = format!("<p>{text}</p>");
        Page::read(url.parse().unwrap(), status, hops.into_iter().collect(), "", &html)
    }

    #[test]
    fn the_page_says_who_is_signed_in() {
        const ME: &str = "http://127.0.0.1:1/me";
        const LOGIN: &str = "http://127.0.0.1:1/login";
        let contoso = Seed::Contoso.tenant().unwrap();
        let away = Anonymous::of(&page(LOGIN, Some(ME), 200, "Sign in"));
        let here = Anonymous::of(&page(ME, None, 200, "Nobody. Ask G.Silva@contoso.example."));
        let refused = Anonymous::of(&page(ME, None, 401, "Sign in. Trace 1"));
        let simon = Who::Person("B.Simon@contoso.example".to_owned());
        for (anonymous, page, who) in [
            (&away, page(LOGIN, Some(ME), 200, "Sign in"), Who::Nobody),
            (&away, page(LOGIN, Some(ME), 200, "You are signed out. Sign in"), Who::Nobody),
            (&away, page(ME, None, 200, "Hello b.simon@CONTOSO.example"), simon.clone()),
            (&away, page(ME, None, 200, "Hello B.Simon"), Who::Unknown),
            (&away, page(ME, None, 403, "B.Simon@contoso.example, you may not"), simon.clone()),
            (&away, page(ME, None, 403, "Somebody may not"), Who::Unknown),
            (&refused, page(ME, None, 401, "Sign in. Trace 2"), Who::Nobody),
            (&refused, page(ME, None, 401, "B.Simon@contoso.example, sign in again"), simon.clone()),
            (&refused, page(ME, None, 403, "You may not"), Who::Unknown),
            (&refused, page(ME, None, 200, "Hello"), Who::Unknown),
            (&away, page("http://evil.example/", Some(ME), 303, ""), Who::Nobody),
            (&here, page(ME, None, 200, "Nobody. Ask G.Silva@contoso.example."), Who::Nobody),
            (
                &here,
                page(ME, None, 200, "B.Simon@contoso.example. Ask G.Silva@contoso.example."),
                simon.clone(),
            ),
            (&here, page(ME, None, 200, "B. Ask G.Silva@contoso.example."), Who::Unknown),
        ] {
            assert_eq!(anonymous.named(&page, &contoso), who, "{} {}", page.url, page.text);
        }
    }
}
