//! The keys of issuers of assertions: fetched in the background like metadata, and kept in memory.

use std::collections::HashMap;
use std::fmt;
use std::ops::ControlFlow;
use std::sync::{Arc, Mutex, PoisonError};

use landfall_accounts::{ASK_AGAIN, Validators, WorkloadIssuer, next_fetch, next_try};
use landfall_http::{AssertionKeys, Environment, FoundKey};
use serde::Deserialize;
use time::{Duration, OffsetDateTime};

use super::fetch::{Answer, FetchError, Fetcher};

/// Most bytes of a set of keys; Microsoft's have some 20 KB.
const MOST_BYTES: usize = 256 * 1024;
/// Most keys of a set.
const MOST_KEYS: usize = 64;
/// Keys that nobody could fetch again for so long count no more.
const LONGEST_KEPT: Duration = Duration::days(7);

/// Where an issuer publishes its keys.
type Place = dyn Fn(&WorkloadIssuer) -> String + Send + Sync;

/// The keys of the issuers that clients trust.
#[derive(Clone)]
pub(crate) struct IssuerKeys {
    fetcher: Fetcher,
    environment: Arc<dyn Environment>,
    place: Arc<Place>,
    known: Arc<Mutex<HashMap<WorkloadIssuer, Known>>>,
}

/// What is known of one issuer.
#[derive(Default)]
struct Known {
    keys: Vec<Key>,
    fetched: Option<OffsetDateTime>,
    attempted: Option<OffsetDateTime>,
    due: Option<OffsetDateTime>,
}

struct Key {
    kid: String,
    n: String,
    e: String,
}

/// Why the keys of an issuer cannot be taken; those that were known count on.
#[derive(Debug, thiserror::Error)]
pub(crate) enum KeysError {
    #[error("the keys cannot be fetched")]
    Fetch(#[from] FetchError),
    #[error("what was fetched is no set of keys")]
    Read(#[source] Option<serde_json::Error>),
    #[error("what was fetched holds no RSA key that could count")]
    None,
}

impl KeysError {
    /// The stable code.
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::Fetch(error) => error.code(),
            Self::Read(_) => "keys.read",
            Self::None => "keys.none",
        }
    }
}

impl IssuerKeys {
    /// Fetches from `place`, which is [`WorkloadIssuer::keys_url`] but in tests.
    pub(crate) fn new(place: Arc<Place>, fetcher: Fetcher, environment: Arc<dyn Environment>) -> Self {
        Self { fetcher, environment, place, known: Arc::default() }
    }

    /// Fetches the keys of those issuers that are due, and forgets the keys of all that are not among them.
    pub(crate) async fn round(&self, issuers: &[WorkloadIssuer]) {
        for issuer in self.due(issuers) {
            match self.fetch(&issuer).await {
                Ok(count) => tracing::info!(%issuer, count, "the keys of an issuer were fetched"),
                Err(error) => {
                    let (code, cause) = (error.code(), landfall_http::error_chain(&error));
                    tracing::warn!(%issuer, code, cause, "the keys of an issuer cannot be taken");
                }
            }
        }
    }

    fn due(&self, issuers: &[WorkloadIssuer]) -> Vec<WorkloadIssuer> {
        let (mut known, now) = (self.lock(), self.environment.now());
        known.retain(|issuer, _| issuers.contains(issuer));
        let mut due = Vec::new();
        for issuer in issuers {
            let of_it = known.entry(*issuer).or_default();
            if of_it.due.is_none_or(|due| due <= now) && !due.contains(issuer) {
                of_it.attempted = Some(now);
                due.push(*issuer);
            }
        }
        due
    }

    async fn fetch(&self, issuer: &WorkloadIssuer) -> Result<usize, KeysError> {
        let mut bytes = Vec::new();
        let take = |piece: &[u8]| {
            bytes.extend_from_slice(piece);
            if bytes.len() > MOST_BYTES { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        };
        let fetched = self.fetcher.get(&(self.place)(issuer), &Validators::default(), take).await;
        let read = fetched.map_err(KeysError::from).and_then(|answer| match answer {
            Answer::Copy { .. } => keys(&bytes, issuer),
            Answer::Unchanged => Err(KeysError::Read(None)),
        });
        let (mut known, now) = (self.lock(), self.environment.now());
        let of_it = known.entry(*issuer).or_default();
        match read {
            Ok(keys) => {
                let count = keys.len();
                (of_it.keys, of_it.fetched) = (keys, Some(now));
                of_it.due = Some(next_fetch(now, None, self.jitter()));
                Ok(count)
            }
            Err(error) => {
                of_it.due = Some(next_try(now, self.jitter()));
                Err(error)
            }
        }
    }

    fn jitter(&self) -> u16 {
        let mut bytes = [0; 2];
        self.environment.fill(&mut bytes).map_or(0, |()| u16::from_be_bytes(bytes))
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<WorkloadIssuer, Known>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl AssertionKeys for IssuerKeys {
    /// # Security
    /// Anybody can name an unknown key: it has the keys fetched again only if the last fetch was [`ASK_AGAIN`] ago [attack F6].
    fn find(&self, issuer: &WorkloadIssuer, kid: &str, now: OffsetDateTime) -> FoundKey {
        let mut known = self.lock();
        let Some(of_it) = known.get_mut(issuer) else { return FoundKey::NotYet };
        let fresh = of_it.fetched.is_some_and(|fetched| now < fetched + LONGEST_KEPT);
        let found = of_it.keys.iter().find(|key| fresh && key.kid == kid);
        if let Some(Key { n, e, .. }) = found {
            return FoundKey::Rsa { n: n.clone(), e: e.clone() };
        }
        if of_it.attempted.is_none_or(|attempted| attempted + ASK_AGAIN <= now) {
            of_it.due = None;
        }
        if fresh { FoundKey::Unknown } else { FoundKey::NotYet }
    }
}

impl fmt::Debug for IssuerKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IssuerKeys").field("issuers", &self.lock().len()).finish_non_exhaustive()
    }
}

/// A set of keys [rfc7517 5], of which each is read by itself: one that is not understood is left out.
#[derive(Deserialize)]
struct Set {
    keys: Vec<serde_json::Value>,
}

#[derive(Deserialize)]
struct Listed {
    kty: String,
    kid: String,
    n: String,
    e: String,
    #[serde(rename = "use")]
    usage: Option<String>,
    alg: Option<String>,
    issuer: Option<String>,
}

/// The RSA keys for signatures of a set, without those that it says are another issuer's.
fn keys(bytes: &[u8], issuer: &WorkloadIssuer) -> Result<Vec<Key>, KeysError> {
    if bytes.len() > MOST_BYTES {
        return Err(KeysError::Read(None));
    }
    let set: Set = serde_json::from_slice(bytes).map_err(|error| KeysError::Read(Some(error)))?;
    let own = |listed: &Listed| {
        let named = listed
            .issuer
            .as_deref()
            .map(|named| named.replace("{tenantid}", &issuer.directory().to_string()) == issuer.to_string());
        listed.kty == "RSA"
            && listed.usage.as_deref().is_none_or(|usage| usage == "sig")
            && listed.alg.as_deref().is_none_or(|alg| alg == "RS256")
            && named.unwrap_or(true)
    };
    let keys: Vec<_> = set
        .keys
        .into_iter()
        .filter_map(|key| serde_json::from_value::<Listed>(key).ok())
        .filter(own)
        .map(|listed| Key { kid: listed.kid, n: listed.n, e: listed.e })
        .take(MOST_KEYS)
        .collect();
    if keys.is_empty() { Err(KeysError::None) } else { Ok(keys) }
}
