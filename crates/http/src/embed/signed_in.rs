use std::sync::Arc;

use axum::Json;
use axum::extract::{FromRequestParts, OptionalFromRequestParts};
use axum::http::header::WWW_AUTHENTICATE;
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use landfall_accounts::{ConnectionName, Session, TenantName, User};
use serde_json::json;

use super::Arrival;
use crate::respond::see_other;

/// A person who is signed in, for the handlers of an application behind a [`SignedInLayer`](super::SignedInLayer).
///
/// As an argument it is a demand: whoever is not signed in does not come to the handler, see [`NotSignedIn`].
/// `Option<SignedIn>` is none of whoever is not signed in, behind a layer that lets anybody in; behind no layer it is refused too.
///
/// ```
/// use landfall_http::SignedIn;
///
/// async fn hello(person: SignedIn) -> String {
///     format!("Hello, {}", person.user().user_name.as_str())
/// }
/// ```
///
/// # Security
/// Names and addresses are personal data, and its `Debug` shows none.
/// Whoever decides by groups must refuse where they are incomplete [attack G7].
#[derive(Clone, Debug)]
pub struct SignedIn(Arc<landfall_accounts::SignedIn>);

impl SignedIn {
    pub(super) fn new(person: landfall_accounts::SignedIn) -> Self {
        Self(Arc::new(person))
    }

    /// The account: its id is what an application keeps, the user name may be another one tomorrow.
    #[must_use]
    pub fn user(&self) -> &User {
        &self.0.user
    }

    /// The session, with how and when the person proved who they are.
    #[must_use]
    pub fn session(&self) -> &Session {
        &self.0.session
    }

    /// The name of the tenant.
    #[must_use]
    pub fn tenant(&self) -> &TenantName {
        &self.0.tenant
    }

    /// The name of the connection by which the person signed in.
    #[must_use]
    pub fn connection(&self) -> &ConnectionName {
        &self.0.connection
    }

    /// Whether the mapping gave the person this role.
    #[must_use]
    pub fn has_role(&self, role: &str) -> bool {
        self.0.user.access.roles.iter().any(|own| own == role)
    }
}

impl<S: Sync> FromRequestParts<S> for SignedIn {
    type Rejection = NotSignedIn;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, NotSignedIn> {
        let arrival = parts.extensions.get::<Arrival>().ok_or(NotSignedIn::NoLayer)?;
        arrival.person.clone().ok_or_else(|| match &arrival.way {
            Some(way) => NotSignedIn::Browser { way: Arc::clone(way) },
            None => NotSignedIn::Program,
        })
    }
}

impl<S: Sync> OptionalFromRequestParts<S> for SignedIn {
    type Rejection = NotSignedIn;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Option<Self>, NotSignedIn> {
        let arrival = parts.extensions.get::<Arrival>().ok_or(NotSignedIn::NoLayer)?;
        Ok(arrival.person.clone())
    }
}

/// Nobody is signed in.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NotSignedIn {
    /// A browser goes to the landing page, and from there to where it wanted to go: 303.
    #[error("nobody is signed in: the browser goes to {way}")]
    Browser {
        /// The way to sign in.
        way: Arc<str>,
    },
    /// A program is told so: 401.
    #[error("nobody is signed in")]
    Program,
    /// The handler stands behind no layer that could know: 500.
    #[error("the handler stands behind no SignedInLayer: put one around its router")]
    NoLayer,
}

impl IntoResponse for NotSignedIn {
    fn into_response(self) -> Response {
        match self {
            Self::Browser { way } => see_other(&way),
            Self::Program => {
                let body = Json(json!({ "error": "signed_out", "sign_in": "/sso" }));
                let mut response = (StatusCode::UNAUTHORIZED, body).into_response();
                // A challenge must be there [rfc9110 15.5.2]; none that is registered is about a cookie.
                response.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static("Landfall"));
                response
            }
            Self::NoLayer => {
                tracing::error!(cause = %self, "a handler demands a person");
                StatusCode::INTERNAL_SERVER_ERROR.into_response()
            }
        }
    }
}
