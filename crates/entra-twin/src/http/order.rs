//! A response that somebody is waiting for.

use axum::http::StatusCode;
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::pages::{PostPage, SignInPage, page};
use super::sessions::{Participant, Sessions, SignedIn};
use super::{Failure, Fields};
use crate::aadsts::Aadsts;
use crate::app::{LogoutName, NameIdFormat};
use crate::query::QuerySignature;
use crate::request::{Asked, Binding};
use crate::{
    AccountState, IssueRequest, Message, SignIn, Twin, User, Verification, message, name_id, pairwise,
    verification,
};

/// A response that somebody is waiting for, once it is known for whom.
pub(super) struct Order {
    asked: Option<Asked>,
    /// The format of the NameID, if the request has one.
    format: Option<NameIdFormat>,
    acs: String,
    audience: String,
    relay_state: Option<String>,
    /// The query that brought the request, if it is signed.
    query: Option<String>,
}

/// What becomes of a request.
pub(super) enum Received {
    /// It is in order.
    Order(Box<Order>),
    /// It is refused, and the service provider is told.
    Refused(Response),
}

/// How a request came: a signature covers the query as it was.
#[derive(Clone, Copy)]
pub(super) enum Came<'a> {
    /// In a query.
    Query(&'a str),
    /// In a form.
    Form(&'a Fields),
}

/// The field in which the sign-in page keeps a signed query.
const SIGNED_QUERY: &str = "SignedQuery";

impl<'a> Came<'a> {
    /// From the sign-in page, which brings back what it was given.
    pub(super) fn again(fields: &'a Fields) -> Self {
        fields.find(SIGNED_QUERY).map_or(Self::Form(fields), Self::Query)
    }
}

impl Order {
    /// Reads and checks the request; `None` if there is none.
    pub(super) fn of_request(twin: &Twin, came: Came<'_>) -> Result<Option<Received>, Aadsts> {
        let parsed;
        let (fields, binding, query) = match came {
            Came::Form(fields) => (fields, Binding::Post, None),
            Came::Query(query) => {
                parsed = Fields::parse(query.as_bytes());
                (&parsed, Binding::Redirect, Some(query))
            }
        };
        let Some(parameter) = fields.find("SAMLRequest") else { return Ok(None) };
        let asked = Asked::decode(parameter, binding)?;
        let app = twin.app();
        // Both comparisons are ordinal: case and a trailing slash count.
        if !app.identifiers.contains(&asked.issuer) {
            return Err(Aadsts::NoApplication { got: asked.issuer, tenant: twin.tenant().name.clone() });
        }
        let asked = verification::verified(app, asked, query)?;
        let acs = match asked.acs.as_ref().or(app.reply_urls.first()) {
            Some(url) if app.reply_urls.contains(url) => url.clone(),
            other => {
                let got = other.cloned().unwrap_or_default();
                return Err(Aadsts::ReplyUrl { got, identifier: asked.issuer });
            }
        };
        let (format, audience) = (asked.name_id_format(), asked.issuer.clone());
        let relay_state = fields.find("RelayState").map(str::to_owned);
        let query = query.filter(|query| QuerySignature::find(query, "SAMLRequest").is_some());
        let mut order = Self {
            asked: Some(asked),
            format: None,
            acs,
            audience,
            relay_state,
            query: query.map(str::to_owned),
        };
        match format {
            Ok(format) => order.format = format,
            Err(error) if error.is_posted() => {
                return Ok(Some(Received::Refused(order.refuse(twin, &error))));
            }
            Err(error) => return Err(error),
        }
        Ok(Some(Received::Order(Box::new(order))))
    }

    /// IdP-initiated sign-on, from the application's own settings.
    pub(super) fn of_tile(twin: &Twin) -> Result<Self, Aadsts> {
        let app = twin.app();
        if app.verification != Verification::NotRequired {
            return Err(Aadsts::NotSigned);
        }
        let missing =
            |got: &str| Aadsts::NoApplication { got: got.to_owned(), tenant: twin.tenant().name.clone() };
        let audience = app.identifiers.first().cloned().ok_or_else(|| missing(&app.name))?;
        let acs = app
            .reply_urls
            .first()
            .cloned()
            .ok_or_else(|| Aadsts::ReplyUrl { got: String::new(), identifier: audience.clone() })?;
        let relay_state = Some(app.relay_state.clone()).filter(|state| !state.is_empty());
        Ok(Self { asked: None, format: None, acs, audience, relay_state, query: None })
    }

    /// Whether a session that is there will do.
    pub(super) fn takes_a_session(&self) -> bool {
        !self.asked.as_ref().is_some_and(|asked| asked.force_authn)
    }

    /// What to do with a person who has to sign in: the page for it, unless nothing must be asked.
    pub(super) fn ask(&self, twin: &Twin, login: &str) -> Response {
        if self.asked.as_ref().is_some_and(|asked| asked.is_passive) {
            return self.refuse(twin, &Aadsts::NoSession);
        }
        page(StatusCode::OK, &self.sign_in_page(twin, login))
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
        if let Some(query) = &self.query {
            carried.push((SIGNED_QUERY, query.clone()));
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
        self.admit(twin, user)?;
        let request = IssueRequest {
            user,
            in_response_to: self.asked.as_ref().and_then(Asked::in_response_to),
            acs: &self.acs,
            audience: &self.audience,
            authn_instant: signed_in.since,
            now: twin.now(),
            sign: twin.app().sign,
        };
        let name = name_id::of(twin, user, self.format)?;
        // What a logout names later.
        let logout_name = match twin.app().logout_name {
            LogoutName::SignOn => name.value.clone(),
            LogoutName::Pairwise => pairwise::id(twin, user),
        };
        let name_id_format = name.format.uri();
        let message = Message::about(twin, &request, name);
        let response = twin.answer(&request, &message).map_err(Failure::Forge)?;
        let session_index = message.assertion.session_index.unwrap_or_default();
        let participant =
            Participant { app: twin.app().id, session_index, name_id: logout_name, name_id_format };
        sessions.join(signed_in, participant);
        Ok(self.post(&response))
    }

    /// Whether the person may have a response, by account, assignment and the way of signing in.
    fn admit(&self, twin: &Twin, user: &User) -> Result<(), Aadsts> {
        let app = twin.app();
        if app.sign_in == SignIn::Disabled {
            return Err(Aadsts::AppDisabled { app: app.name.clone() });
        }
        if user.account == AccountState::Disabled {
            return Err(Aadsts::Disabled);
        }
        if !twin.admits(user) {
            let name = user.user_principal_name.clone();
            return Err(Aadsts::NotAssigned { app: app.name.clone(), app_id: app.id, user: name });
        }
        self.asked.as_ref().map_or(Ok(()), |asked| asked.admits_class(user.authn_class(), &app.name))
    }

    /// Tells the service provider that there is no response.
    fn refuse(&self, twin: &Twin, error: &Aadsts) -> Response {
        let in_response_to = self.asked.as_ref().and_then(Asked::in_response_to);
        self.post(message::refusal(twin, in_response_to, error).as_bytes())
    }

    /// The form that carries a response.
    fn post(&self, response: &[u8]) -> Response {
        let post = PostPage {
            action: &self.acs,
            saml_response: STANDARD.encode(response),
            relay_state: self.relay_state.as_deref(),
        };
        page(StatusCode::OK, &post)
    }
}
