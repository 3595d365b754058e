//! A running double that Landfall is registered with, and one browser without a screen.

use axum::Router;
use axum::http::StatusCode;
use landfall_entra_twin::{App, Tenant, Twin};

use crate::double::{Answer, authn_request, deflated, encoded, get, post, twin_with};
use crate::landfall::register;

pub(crate) const SIMON: &str = "B.Simon@contoso.example";

pub(crate) struct Browser {
    pub(crate) twin: Twin,
    pub(crate) router: Router,
    pub(crate) cookie: String,
}

impl Browser {
    /// Nobody is signed in.
    pub(crate) fn with(edit: impl FnOnce(&mut Tenant, &mut App)) -> Self {
        let twin = twin_with(|tenant, app| {
            register(app);
            edit(tenant, app);
        });
        Self { router: twin.clone().router(), twin, cookie: String::new() }
    }

    pub(crate) fn new() -> Self {
        Self::with(|_, _| {})
    }

    /// Signs in at My Apps.
    pub(crate) async fn signed_in(mut self, login: &str) -> Self {
        let answer = self.submit("login", &[("login", login), ("passwd", "Pass-1234")]).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
        self.cookie = answer.cookie().to_owned();
        self
    }

    /// Opens an address of the double, whole or its path.
    pub(crate) async fn open(&self, url: &str) -> Answer {
        let path = url.strip_prefix("https://login.microsoftonline.com").unwrap_or(url);
        get(&self.router, path, &self.cookie).await
    }

    /// Posts a form to an address of the tenant.
    pub(crate) async fn submit(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let path = format!("/{}/{path}", self.twin.tenant().id);
        post(&self.router, &path, fields, &self.cookie).await
    }

    /// Asks by redirect, with more parameters.
    pub(crate) async fn ask_with(&self, xml: &str, more: &[(&str, &str)]) -> Answer {
        let request = deflated(xml);
        let fields: Vec<_> =
            [("SAMLRequest", request.as_str())].into_iter().chain(more.iter().copied()).collect();
        self.open(&format!("/{}/saml2?{}", self.twin.tenant().id, encoded(&fields))).await
    }

    /// Asks by redirect with a request, edited as the test likes.
    pub(crate) async fn ask(&self, edit: impl FnOnce(String) -> String) -> Answer {
        self.ask_with(&authn_request(edit), &[]).await
    }

    /// Fills in the sign-in page, with everything that it carries.
    pub(crate) async fn fill_in(&self, page: &Answer, login: &str) -> Answer {
        let carried: Vec<(&str, String)> = ["SAMLRequest", "RelayState", "SignedQuery"]
            .into_iter()
            .filter(|name| page.body.contains(&format!("name=\"{name}\"")))
            .map(|name| (name, unescaped(page.input(name))))
            .collect();
        let mut fields: Vec<(&str, &str)> =
            carried.iter().map(|(name, value)| (*name, value.as_str())).collect();
        fields.extend([("login", login), ("passwd", "Pass-1234")]);
        self.submit("login", &fields).await
    }
}

/// Adds attributes to the root of a request, and elements behind its Issuer.
pub(crate) fn adding(attributes: &str, elements: &str) -> impl FnOnce(String) -> String {
    move |xml| {
        let xml = xml.replacen(" Version", &format!(" {attributes} Version"), 1);
        xml.replace("</Issuer>", &format!("</Issuer>{elements}"))
    }
}

fn unescaped(value: &str) -> String {
    value.replace("&#38;", "&").replace("&#34;", "\"").replace("&#60;", "<").replace("&#62;", ">")
}
