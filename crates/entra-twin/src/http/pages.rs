//! The pages, and the page of the service provider's form.

use askama::Template;
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Response};

use crate::aadsts::Aadsts;
use crate::fault::{Fault, Set};
use crate::{AccountState, Twin, User};

/// Renders a page; the templates cannot fail but by running out of memory.
pub(crate) fn page(status: StatusCode, template: &impl Template) -> Response {
    match template.render() {
        Ok(html) => (status, [("cache-control", "no-store")], Html(html)).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

#[derive(Template)]
#[template(path = "sign_in.html")]
pub(crate) struct SignInPage<'a> {
    tenant: &'a str,
    purpose: String,
    failure: Option<String>,
    action: String,
    /// Hidden fields that come back with the form.
    carried: Vec<(&'static str, String)>,
    login: &'a str,
    people: Vec<Person<'a>>,
}

struct Person<'a> {
    display_name: &'a str,
    user_principal_name: &'a str,
    password: &'a str,
    /// What decides whether a login of this person succeeds.
    standing: String,
}

impl<'a> SignInPage<'a> {
    pub(crate) fn new(twin: &'a Twin, purpose: String, login: &'a str) -> Self {
        let tenant = twin.tenant();
        let people = tenant.users.iter().map(|user| Person {
            display_name: &user.display_name,
            user_principal_name: &user.user_principal_name,
            password: &user.password,
            standing: standing(twin, user),
        });
        Self {
            tenant: &tenant.name,
            purpose,
            failure: None,
            action: format!("/{}/login", tenant.id),
            carried: Vec::new(),
            login,
            people: people.collect(),
        }
    }

    pub(crate) fn with_failure(mut self, failure: &Aadsts) -> Self {
        self.failure = Some(format!("AADSTS{}: {failure}", failure.code()));
        self
    }

    pub(crate) fn with_carried(mut self, carried: Vec<(&'static str, String)>) -> Self {
        self.carried = carried;
        self
    }
}

fn standing(twin: &Twin, user: &User) -> String {
    let kind = if user.is_guest() { "guest" } else { "member" };
    let assigned = if twin.is_assigned(user) { "assigned" } else { "not assigned" };
    let disabled = if user.account == AccountState::Disabled { ", disabled" } else { "" };
    format!("{kind}, {assigned}{disabled}")
}

#[derive(Template)]
#[template(path = "error.html")]
pub(crate) struct ErrorPage {
    code: u32,
    text: String,
    request_id: String,
    correlation_id: String,
    timestamp: String,
    remedy: String,
}

impl ErrorPage {
    pub(crate) fn new(twin: &Twin, error: &Aadsts) -> Self {
        Self {
            code: error.code(),
            text: error.to_string(),
            request_id: twin.guid().to_string(),
            correlation_id: twin.guid().to_string(),
            timestamp: crate::xml::time(twin.now()),
            remedy: error.remedy(),
        }
    }
}

/// The double's own files or key do not work.
#[derive(Template)]
#[template(path = "broken.html")]
pub(crate) struct BrokenPage {
    lines: Vec<String>,
}

impl BrokenPage {
    /// One line for each error of the chain.
    pub(crate) fn new(error: &dyn std::error::Error) -> Self {
        let chain = std::iter::successors(Some(error), |error| error.source());
        Self { lines: chain.map(ToString::to_string).collect() }
    }
}

#[derive(Template)]
#[template(path = "my_apps.html")]
pub(crate) struct MyAppsPage<'a> {
    pub(crate) display_name: &'a str,
    pub(crate) user_principal_name: &'a str,
    pub(crate) sign_out: String,
    pub(crate) tiles: Vec<Tile<'a>>,
}

pub(crate) struct Tile<'a> {
    pub(crate) name: &'a str,
    pub(crate) href: String,
    pub(crate) how: &'static str,
}

#[derive(Template)]
#[template(path = "signed_out.html")]
pub(crate) struct SignedOutPage<'a> {
    pub(crate) tenant: &'a str,
    /// What the service provider says of its own session.
    pub(crate) outcome: Option<String>,
}

#[derive(Template)]
#[template(path = "clock.html")]
pub(crate) struct ClockPage {
    pub(crate) now: String,
    pub(crate) offset: i64,
}

/// Carries the response to the service provider [saml-bindings 3.5.4].
#[derive(Template)]
#[template(path = "post.html")]
pub(crate) struct PostPage<'a> {
    pub(crate) action: &'a str,
    pub(crate) saml_response: String,
    pub(crate) relay_state: Option<&'a str>,
}

/// What the double does wrong, to be chosen.
#[derive(Template)]
#[template(path = "faults.html")]
pub(crate) struct FaultsPage {
    /// Name, label and what is chosen.
    fields: [(&'static str, &'static str, Option<&'static str>); 2],
    faults: Vec<&'static Fault>,
}

impl FaultsPage {
    pub(crate) fn new(set: &Set) -> Self {
        Self {
            fields: [
                ("next", "The next login", set.next.map(Fault::name)),
                ("standing", "Each login", set.standing.map(Fault::name)),
            ],
            faults: Fault::all().filter(|fault| fault.can_be_served()).collect(),
        }
    }
}
