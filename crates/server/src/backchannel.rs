//! Applications are told that a session ended in which somebody was signed on to them [openid-backchannel 2.5].

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use landfall_accounts::ports::{LogoutOutbox, PortError};
use landfall_accounts::{AppUrl, Delivery, LogoutNotice};
use landfall_http::{App, Environment, Ports};
use metrics::counter;
use serde_json::{Value, json};
use time::OffsetDateTime;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::metadata::Fetcher;

/// How long an application may take to answer.
pub(crate) const LONGEST: Duration = Duration::from_secs(10);
/// How many are told at once, by all rounds together.
const AT_ONCE: usize = 32;
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
    room: Arc<Semaphore>,
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
        let (issuer, room) = (issuer.to_owned(), Arc::new(Semaphore::new(AT_ONCE)));
        Self { inner: Arc::new(Inner { outbox, app, issuer, fetcher, clock, room }) }
    }

    /// Tells those whose time has come and for whom there is room, and waits until each has answered or was given the time to.
    ///
    /// Several rounds may go on at once: what one has taken no other one takes, so that nobody waits for who does not answer.
    /// An address that does not answer is not asked again in this round: what else waits for it counts as tried.
    ///
    /// # Errors
    /// [`PortError`] if it cannot be looked who is to be told.
    pub(crate) async fn round(&self) -> Result<(), PortError> {
        let room = &self.inner.room;
        // Nothing is taken that could not be told at once.
        let mut places = Vec::new();
        while let Ok(place) = Arc::clone(room).try_acquire_owned() {
            places.push(place);
        }
        if places.is_empty() {
            return Ok(());
        }
        let most = u64::try_from(places.len()).unwrap_or(u64::MAX);
        let due = self.inner.outbox.due_notices(most, self.inner.clock.now()).await?;
        places.truncate(due.len());
        let silent = Arc::new(Silent::default());
        let mut told = JoinSet::new();
        for (notice, place) in due.into_iter().zip(places) {
            let (inner, silent) = (Arc::clone(&self.inner), Arc::clone(&silent));
            told.spawn(async move {
                inner.settle(&notice, &silent).await;
                drop(place);
            });
        }
        told.join_all().await;
        Ok(())
    }
}

/// Addresses that did not answer in this round.
#[derive(Default)]
struct Silent(Mutex<HashSet<String>>);

impl Silent {
    fn has(&self, address: &AppUrl) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).contains(address.as_str())
    }

    fn note(&self, address: &AppUrl) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(address.as_str().to_owned());
    }
}

impl<P: Ports + LogoutOutbox> Inner<P> {
    async fn settle(&self, notice: &LogoutNotice, silent: &Silent) {
        let delivery = if silent.has(&notice.address) { Delivery::Failed } else { self.tell(notice).await };
        count(delivery);
        if delivery == Delivery::Failed {
            silent.note(&notice.address);
        }
        if let Err(error) = self.outbox.settle_notice(&notice.id, delivery, self.clock.now()).await {
            tracing::error!(%error, notice = %notice.id, "what became of a logout notice could not be kept");
        }
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
