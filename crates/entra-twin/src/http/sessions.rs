//! Who is signed in at the double.

use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use axum::http::{HeaderMap, HeaderValue, header};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{Tenant, Twin, User};

/// The sessions of one running double, in memory.
#[derive(Default)]
pub(crate) struct Sessions(Mutex<State>);

#[derive(Default)]
struct State {
    sessions: HashMap<Uuid, Session>,
    /// IDs of the logout requests that no service provider has answered yet.
    asked: HashSet<String>,
}

/// One browser's session.
#[derive(Clone)]
struct Session {
    user: Uuid,
    since: OffsetDateTime,
    joined: Vec<Participant>,
}

/// A sign-on at a service provider in a session, as its assertion names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Participant {
    /// Application ID.
    pub(crate) app: Uuid,
    pub(crate) session_index: String,
    pub(crate) name_id: String,
    /// Format of the NameID of the sign-on.
    pub(crate) name_id_format: &'static str,
}

/// A person with a session, and since when.
pub(crate) struct SignedIn<'a> {
    pub(crate) user: &'a User,
    pub(crate) since: OffsetDateTime,
    pub(crate) session: Uuid,
}

impl Sessions {
    /// Begins a session; the cookie goes to its browser.
    pub(crate) fn begin<'a>(&self, twin: &Twin, user: &'a User) -> (SignedIn<'a>, HeaderValue) {
        let mut state = self.lock();
        // A double that runs for weeks forgets everybody now and then.
        if state.sessions.len() >= MOST {
            state.sessions.clear();
        }
        let (token, since) = (twin.guid(), twin.now());
        state.sessions.insert(token, Session { user: user.object_id, since, joined: Vec::new() });
        (SignedIn { user, since, session: token }, cookie(twin.tenant(), &token.to_string(), ""))
    }

    /// The person whose cookie came with a request.
    pub(crate) fn find<'a>(&self, twin: &'a Twin, headers: &HeaderMap) -> Option<SignedIn<'a>> {
        let token = token(twin.tenant(), headers)?;
        let (id, since) = self.lock().sessions.get(&token).map(|session| (session.user, session.since))?;
        let user = twin.tenant().users.iter().find(|user| user.object_id == id)?;
        Some(SignedIn { user, since, session: token })
    }

    /// Notes that a service provider took part in a session.
    pub(crate) fn join(&self, signed_in: &SignedIn<'_>, participant: Participant) {
        if let Some(session) = self.lock().sessions.get_mut(&signed_in.session) {
            // The oldest goes first: a person signs in to one application all day long.
            if session.joined.len() >= MOST_JOINED {
                session.joined.remove(0);
            }
            session.joined.push(participant);
        }
    }

    /// The sign-ons of an application in a session.
    pub(crate) fn joined(&self, signed_in: &SignedIn<'_>, app: Uuid) -> Vec<Participant> {
        let state = self.lock();
        let joined = state.sessions.get(&signed_in.session).map(|session| session.joined.as_slice());
        joined.unwrap_or_default().iter().filter(|participant| participant.app == app).cloned().collect()
    }

    /// Ends the session whose cookie came with a request and returns the cookie that removes it.
    pub(crate) fn end(&self, twin: &Twin, headers: &HeaderMap) -> HeaderValue {
        if let Some(token) = token(twin.tenant(), headers) {
            self.lock().sessions.remove(&token);
        }
        cookie(twin.tenant(), "", "; Max-Age=0")
    }

    /// Notes the ID of a logout request that goes out.
    pub(crate) fn asked(&self, id: &str) {
        let mut state = self.lock();
        if state.asked.len() >= MOST {
            state.asked.clear();
        }
        state.asked.insert(id.to_owned());
    }

    /// Whether an answer was waited for, and from now on is no longer.
    pub(crate) fn answered(&self, id: &str) -> bool {
        self.lock().asked.remove(id)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

const MOST: usize = 10_000;

const MOST_JOINED: usize = 32;

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
