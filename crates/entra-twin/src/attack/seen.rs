//! What a service provider answered, and who was signed in afterwards.

use url::Url;

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

    fn is(&self, page: &Page) -> bool {
        page.status >= 400
            || (self.url.as_ref() == Some(&page.url) && self.status == page.status && self.text == page.text)
            || (self.url.as_ref() == Some(&page.url)
                && page.hops.first().is_some_and(|hop| hop.url != page.url))
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
    /// The address of another site to which the browser was sent.
    pub(super) sent_to: Option<Url>,
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
                // A page that was not opened has the status of the redirect that leads to it.
                sent_to: (300..400).contains(&page.status).then(|| page.url.clone()),
                status: Some(page.status),
                broken: None,
                blind: None,
                who: Who::Nobody,
            },
        };
        match whoami {
            Err(error) => seen.blind = Some(name_of(&error)),
            Ok(page) if page.status >= 500 => seen.blind = Some(format!("status {}", page.status)),
            Ok(page) if anonymous.is(&page) => {}
            Ok(page) => seen.who = named(&page, tenant),
        }
        seen
    }

    pub(super) fn broken(why: String) -> Self {
        Self { status: None, broken: Some(why), blind: None, who: Who::Nobody, sent_to: None }
    }
}

/// The person whose name stands on the page; the longest one, since a name may be part of another.
fn named(page: &Page, tenant: &Tenant) -> Who {
    // Wherever else the browser was sent, nobody is known to be signed in there.
    if (300..400).contains(&page.status) {
        return Who::Nobody;
    }
    let text = page.text.to_lowercase();
    let names = tenant.users.iter().map(|user| &user.user_principal_name);
    let found = names.filter(|name| text.contains(&name.to_lowercase())).max_by_key(|name| name.len());
    found.map_or(Who::Unknown, |name| Who::Person(name.clone()))
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
