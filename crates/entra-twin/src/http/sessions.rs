//! Who is signed in at the double.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use axum::http::{HeaderMap, HeaderValue, header};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{Tenant, Twin, User};

/// The sessions of one running double, in memory.
#[derive(Default)]
pub(crate) struct Sessions(Mutex<HashMap<Uuid, Session>>);

/// One browser's session.
#[derive(Clone, Copy)]
struct Session {
    user: Uuid,
    since: OffsetDateTime,
}

/// A person with a session, and since when.
pub(crate) struct SignedIn<'a> {
    pub(crate) user: &'a User,
    pub(crate) since: OffsetDateTime,
}

impl Sessions {
    /// Begins a session and returns its cookie.
    pub(crate) fn begin(&self, twin: &Twin, user: &User) -> HeaderValue {
        let mut sessions = self.lock();
        // A double that runs for weeks forgets everybody now and then.
        if sessions.len() >= MOST {
            sessions.clear();
        }
        let token = twin.guid();
        sessions.insert(token, Session { user: user.object_id, since: twin.now() });
        cookie(twin.tenant(), &token.to_string(), "")
    }

    /// The person whose cookie came with a request.
    pub(crate) fn find<'a>(&self, twin: &'a Twin, headers: &HeaderMap) -> Option<SignedIn<'a>> {
        let token = token(twin.tenant(), headers)?;
        let session = *self.lock().get(&token)?;
        let user = twin.tenant().users.iter().find(|user| user.object_id == session.user)?;
        Some(SignedIn { user, since: session.since })
    }

    /// Ends the session whose cookie came with a request and returns the cookie that removes it.
    pub(crate) fn end(&self, twin: &Twin, headers: &HeaderMap) -> HeaderValue {
        if let Some(token) = token(twin.tenant(), headers) {
            self.lock().remove(&token);
        }
        cookie(twin.tenant(), "", "; Max-Age=0")
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Uuid, Session>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

const MOST: usize = 10_000;

/// Entra's name, with the tenant: doubles on two ports of one host share a browser's cookies.
fn name(tenant: &Tenant) -> String {
    format!("ESTSAUTH-{}", tenant.id)
}

/// `SameSite=None` as Entra's own, since a request may come by a POST from another site.
fn cookie(tenant: &Tenant, value: &str, more: &str) -> HeaderValue {
    let cookie = format!("{}={value}; Path=/; HttpOnly; Secure; SameSite=None{more}", name(tenant));
    // A GUID in a fixed frame is always a legal header value.
    HeaderValue::try_from(cookie).unwrap_or(HeaderValue::from_static(""))
}

fn token(tenant: &Tenant, headers: &HeaderMap) -> Option<Uuid> {
    let name = name(tenant);
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(key, _)| *key == name)
        .and_then(|(_, value)| Uuid::parse_str(value).ok())
}
