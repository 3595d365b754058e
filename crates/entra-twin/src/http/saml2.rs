//! `/{TID}/saml2`: a request comes in, a signed response goes out.

use axum::body::Bytes;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::pages::{PostPage, SignInPage, page};
use super::sessions::{Participant, Sessions, SignedIn};
use super::{Double, Failure, Fields, check_tenant, logout};
use crate::aadsts::Aadsts;
use crate::request::{Asked, Binding};
use crate::{AccountState, IssueRequest, Message, Twin};

pub(super) async fn redirect(
    State(double): State<Double>,
    Path(tenant): Path<String>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Response {
    let query = query.unwrap_or_default();
    let fields = Fields::parse(query.as_bytes());
    double.answer(|twin, sessions| {
        check_tenant(twin, &tenant)?;
        match logout::take(twin, sessions, &headers, &query)? {
            Some(answer) => Ok(answer),
            None => begin(twin, sessions, &headers, &fields, Binding::Redirect),
        }
    })
}

pub(super) async fn post(
    State(double): State<Double>,
    Path(tenant): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let fields = Fields::parse(&body);
    double.answer(|twin, sessions| {
        check_tenant(twin, &tenant)?;
        begin(twin, sessions, &headers, &fields, Binding::Post)
    })
}

fn begin(
    twin: &Twin,
    sessions: &Sessions,
    headers: &HeaderMap,
    fields: &Fields,
    binding: Binding,
) -> Result<Response, Failure> {
    let order = Order::of_request(twin, fields, binding)?.ok_or(Aadsts::NoRequest)?;
    let hinted = fields.find("login_hint").and_then(|hint| twin.tenant().hinted(hint));
    match sessions.find(twin, headers) {
        Some(signed_in) if hinted.is_none_or(|user| user.object_id == signed_in.user.object_id) => {
            order.deliver(twin, sessions, &signed_in)
        }
        _ => {
            let login = hinted.map(|user| user.user_principal_name.as_str()).unwrap_or_default();
            Ok(page(StatusCode::OK, &order.sign_in_page(twin, login)))
        }
    }
}

/// A response that somebody is waiting for, once it is known for whom.
pub(super) struct Order {
    asked: Option<Asked>,
    acs: String,
    audience: String,
    relay_state: Option<String>,
}

impl Order {
    /// Reads and checks the request among the fields; `None` if there is none.
    pub(super) fn of_request(twin: &Twin, fields: &Fields, binding: Binding) -> Result<Option<Self>, Aadsts> {
        let Some(parameter) = fields.find("SAMLRequest") else { return Ok(None) };
        let asked = Asked::decode(parameter, binding)?;
        // Both comparisons are ordinal: case and a trailing slash count.
        if !twin.app().identifiers.contains(&asked.issuer) {
            return Err(Aadsts::NoApplication { got: asked.issuer, tenant: twin.tenant().name.clone() });
        }
        let acs = match asked.acs.as_ref().or(twin.app().reply_urls.first()) {
            Some(url) if twin.app().reply_urls.contains(url) => url.clone(),
            other => {
                let got = other.cloned().unwrap_or_default();
                return Err(Aadsts::ReplyUrl { got, identifier: asked.issuer });
            }
        };
        let audience = asked.issuer.clone();
        let relay_state = fields.find("RelayState").map(str::to_owned);
        Ok(Some(Self { asked: Some(asked), acs, audience, relay_state }))
    }

    /// IdP-initiated sign-on, from the application's own settings.
    pub(super) fn of_tile(twin: &Twin) -> Result<Self, Aadsts> {
        let app = twin.app();
        let missing =
            |got: &str| Aadsts::NoApplication { got: got.to_owned(), tenant: twin.tenant().name.clone() };
        let audience = app.identifiers.first().cloned().ok_or_else(|| missing(&app.name))?;
        let acs = app
            .reply_urls
            .first()
            .cloned()
            .ok_or_else(|| Aadsts::ReplyUrl { got: String::new(), identifier: audience.clone() })?;
        let relay_state = Some(app.relay_state.clone()).filter(|state| !state.is_empty());
        Ok(Self { asked: None, acs, audience, relay_state })
    }

    /// The sign-in page, which brings the request back.
    pub(super) fn sign_in_page<'a>(&self, twin: &'a Twin, login: &'a str) -> SignInPage<'a> {
        let mut carried = Vec::new();
        if let Some(asked) = &self.asked {
            carried.push(("SAMLRequest", asked.to_post_binding()));
        }
        if let Some(relay_state) = &self.relay_state {
            carried.push(("RelayState", relay_state.clone()));
        }
        SignInPage::new(twin, format!("to continue to {}", twin.app().name), login).with_carried(carried)
    }

    /// Sends the response for a person, if the person may have one.
    pub(super) fn deliver(
        &self,
        twin: &Twin,
        sessions: &Sessions,
        signed_in: &SignedIn<'_>,
    ) -> Result<Response, Failure> {
        let user = signed_in.user;
        if user.account == AccountState::Disabled {
            return Err(Aadsts::Disabled.into());
        }
        if !twin.app().admits(user) {
            let app = twin.app();
            let name = user.user_principal_name.clone();
            return Err(Aadsts::NotAssigned { app: app.name.clone(), app_id: app.id, user: name }.into());
        }
        let message = Message::honest(
            twin,
            &IssueRequest {
                user,
                in_response_to: self.asked.as_ref().and_then(Asked::in_response_to),
                acs: &self.acs,
                audience: &self.audience,
                authn_instant: signed_in.since,
                now: twin.now(),
                sign: twin.app().sign,
            },
        );
        let response = twin.sign(&message).map_err(Failure::Sign)?;
        // What a logout names later; the honest name is text without markup.
        sessions.join(
            signed_in,
            Participant {
                app: twin.app().id,
                session_index: message.assertion.session_index.unwrap_or_default(),
                name_id: user.user_principal_name.clone(),
            },
        );
        let post = PostPage {
            action: &self.acs,
            saml_response: STANDARD.encode(response),
            relay_state: self.relay_state.as_deref(),
        };
        Ok(page(StatusCode::OK, &post))
    }
}
