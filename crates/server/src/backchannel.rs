//! Applications are told that a session ended in which somebody was signed on to them [openid-backchannel 2.5].

use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use landfall_accounts::ports::{LogoutOutbox, PortError};
use landfall_accounts::{AppUrl, Delivery, LogoutNotice};
use landfall_http::{App, Environment, Ports};
use metrics::counter;
use serde_json::{Value, json};
use time::OffsetDateTime;
use tokio::task::JoinSet;

use crate::metadata::Fetcher;

/// How long an application may take to answer.
pub(crate) const LONGEST: Duration = Duration::from_secs(10);
/// How much one address is told at once.
const AT_ONCE: u64 = 8;
/// How long a logout token counts [openid-backchannel 2.4].
const LIFETIME: time::Duration = time::Duration::minutes(2);
/// What happened, as a logout token says it.
const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";

/// Tells applications; cheap to clone.
pub(crate) struct Sender<P: Ports> {
    inner: Arc<Inner<P>>,
}

struct Inner<P: Ports> {
    outbox: P,
    app: App<P>,
    issuer: String,
    fetcher: Fetcher,
    clock: Arc<dyn Environment>,
    /// The addresses that are being told.
    busy: Mutex<HashSet<String>>,
}

impl<P: Ports> Clone for Sender<P> {
    fn clone(&self) -> Self {
        Self { inner: Arc::clone(&self.inner) }
    }
}

impl<P: Ports + LogoutOutbox> Sender<P> {
    /// `fetcher` takes [`LONGEST`] at most.
    pub(crate) fn new(
        outbox: P,
        app: App<P>,
        issuer: &str,
        fetcher: Fetcher,
        clock: Arc<dyn Environment>,
    ) -> Self {
        let (issuer, busy) = (issuer.to_owned(), Mutex::default());
        Self { inner: Arc::new(Inner { outbox, app, issuer, fetcher, clock, busy }) }
    }

    /// Tells those whose time has come, each address by itself, and waits until each has answered or was given the time to.
    ///
    /// Several rounds may go on at once: an address that one is at is left to it, so that nobody waits for another one that does
    /// not answer, however much that is to be told.
    ///
    /// # Errors
    /// [`PortError`] if it cannot be looked who is to be told.
    pub(crate) async fn round(&self) -> Result<(), PortError> {
        let mut told = JoinSet::new();
        for address in self.inner.outbox.due_addresses(self.inner.clock.now()).await? {
            if let Some(turn) = Turn::at(&self.inner, address) {
                told.spawn(async move { turn.tell_all().await });
            }
        }
        told.join_all().await;
        Ok(())
    }
}

/// Whoever has it tells an address, and nobody else does meanwhile.
struct Turn<P: Ports> {
    inner: Arc<Inner<P>>,
    address: AppUrl,
}

impl<P: Ports> Turn<P> {
    fn at(inner: &Arc<Inner<P>>, address: AppUrl) -> Option<Self> {
        let new = inner.busy().insert(address.as_str().to_owned());
        new.then(|| Self { inner: Arc::clone(inner), address })
    }
}

impl<P: Ports> Drop for Turn<P> {
    fn drop(&mut self) {
        self.inner.busy().remove(self.address.as_str());
    }
}

impl<P: Ports + LogoutOutbox> Turn<P> {
    /// Until nothing is due there, or something was not taken: the store has the rest wait with that.
    async fn tell_all(self) {
        loop {
            let inner = &self.inner;
            let due = match inner.outbox.due_notices(&self.address, AT_ONCE, inner.clock.now()).await {
                Ok(due) => due,
                Err(error) => {
                    tracing::error!(%error, "it cannot be looked what an application is to be told");
                    return;
                }
            };
            let mut tries = JoinSet::new();
            for notice in due {
                let inner = Arc::clone(inner);
                tries.spawn(async move { inner.settle(&notice).await });
            }
            let tried = tries.join_all().await;
            if tried.is_empty() || tried.contains(&Delivery::Failed) {
                return;
            }
        }
    }
}

impl<P: Ports> Inner<P> {
    fn busy(&self) -> MutexGuard<'_, HashSet<String>> {
        self.busy.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<P: Ports + LogoutOutbox> Inner<P> {
    async fn settle(&self, notice: &LogoutNotice) -> Delivery {
        let delivery = self.tell(notice).await;
        count(delivery);
        if let Err(error) = self.outbox.settle_notice(&notice.id, delivery, self.clock.now()).await {
            tracing::error!(%error, notice = %notice.id, "what became of a logout notice could not be kept");
        }
        delivery
    }

    /// [openid-backchannel 2.5], [openid-backchannel 2.8]
    async fn tell(&self, notice: &LogoutNotice) -> Delivery {
        let claims = claims(notice, &self.issuer, self.clock.now());
        let token = match self.app.own().tokens().sign(notice.signed_with, "logout+jwt", &claims) {
            Ok(token) => token,
            Err(error) => {
                tracing::error!(%error, notice = %notice.id, "a logout token cannot be signed");
                return Delivery::Failed;
            }
        };
        let why = match self.fetcher.post(notice.address.as_str(), format!("logout_token={token}")).await {
            Ok(status) if matches!(status.as_u16(), 200 | 204) => return Delivery::Taken,
            Ok(status) => format!("status.{}", status.as_u16()),
            Err(error) => error.code().to_owned(),
        };
        let (notice, app, tries) = (notice.id, &notice.app, notice.tries + 1);
        tracing::warn!(%notice, %app, tries, why, "an application was not told that a session ended, and will be");
        Delivery::Failed
    }
}

/// `landfall_logout_notices_total`: tries to tell an application that a session ended, by what came of them: `taken` or `failed`.
fn count(delivery: Delivery) {
    let outcome = match delivery {
        Delivery::Taken => "taken",
        Delivery::Failed => "failed",
    };
    counter!("landfall_logout_notices_total", "outcome" => outcome).increment(1);
}

/// Without a nonce, so that it is never taken for an identity token [openid-backchannel 2.4].
fn claims(notice: &LogoutNotice, issuer: &str, now: OffsetDateTime) -> Value {
    json!({
        "iss": issuer,
        "aud": notice.app.as_str(),
        "sub": notice.user.to_string(),
        "sid": notice.session.to_string(),
        "jti": notice.id.to_string(),
        "iat": now.unix_timestamp(),
        "exp": (now + LIFETIME).unix_timestamp(),
        "events": { (EVENT): {} },
    })
}

#[cfg(test)]
mod tests {
    use metrics_exporter_prometheus::PrometheusBuilder;

    use super::*;

    #[test]
    fn tries_are_counted_by_their_outcomes() {
        let recorder = PrometheusBuilder::new().build_recorder();
        metrics::with_local_recorder(&recorder, || {
            [Delivery::Failed, Delivery::Failed, Delivery::Taken].into_iter().for_each(count);
        });
        let text = recorder.handle().render();
        for line in ["{outcome=\"failed\"} 2", "{outcome=\"taken\"} 1"] {
            assert!(text.contains(&format!("landfall_logout_notices_total{line}")), "{text}");
        }
    }
}
