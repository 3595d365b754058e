//! The second engine, asked in a pool of its own, for so long and no longer.

use std::sync::Arc;
use std::time::Duration;

use landfall_saml::RawMessage;
use landfall_xmldsig::{Opinion, Question, SecondOpinion, SignedXml, TrustedKeys};
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;
use tokio::time::timeout;

/// How many messages it judges at once.
const PLACES: usize = 4;
/// How long a login waits for it, for a place and for the answer together.
const LONGEST: Duration = Duration::from_secs(2);

/// A second engine, and how much its silence weighs; cheap to clone.
///
/// Where it disagrees the login is refused in either case.
#[derive(Clone, Debug)]
pub struct SecondEngine {
    engine: Arc<dyn SecondOpinion>,
    demand: Demand,
    places: Arc<Semaphore>,
}

/// What becomes of a login that the second engine cannot judge, or not in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Demand {
    /// It goes on.
    Advise,
    /// It is refused.
    Require,
}

impl SecondEngine {
    /// Puts an engine into a pool of its own.
    pub fn new(engine: impl SecondOpinion, demand: Demand) -> Self {
        Self { engine: Arc::new(engine), demand, places: Arc::new(Semaphore::new(PLACES)) }
    }

    pub(crate) fn demand(&self) -> Demand {
        self.demand
    }

    /// Asks it; no answer in time is an inconclusive one.
    ///
    /// A place is taken until the engine is done, however long anybody waits: a message that it hangs on
    /// costs one place and never more.
    pub(crate) async fn ask(
        &self,
        message: &RawMessage,
        keys: &TrustedKeys,
        signed: &[SignedXml],
    ) -> Opinion {
        let (message, keys, signed) = (message.octets().to_vec(), keys.clone(), signed.to_vec());
        let engine = Arc::clone(&self.engine);
        let places = Arc::clone(&self.places);
        let answer = async move {
            let place = places.acquire_owned().await.ok();
            spawn_blocking(move || {
                let opinion = engine.judge(&Question { message: &message, keys: &keys, signed: &signed });
                drop(place);
                opinion
            })
            .await
        };
        match timeout(LONGEST, answer).await {
            Ok(Ok(opinion)) => opinion,
            Ok(Err(_)) => Opinion::Disagree { found: "it broke down over this message".to_owned() },
            Err(_) => Opinion::Inconclusive { reason: "it did not answer in time" },
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;
    use std::sync::mpsc::{Receiver, channel};

    use landfall_xmldsig::Certificate;
    use tokio::time::{advance, pause};

    use super::*;

    /// Answers when something arrives, or breaks down when nothing ever can.
    #[derive(Debug)]
    struct Waits(Mutex<Receiver<()>>);

    impl SecondOpinion for Waits {
        fn judge(&self, _: &Question<'_>) -> Opinion {
            self.0.lock().unwrap().recv().unwrap();
            Opinion::Agree
        }
    }

    async fn ask(second: SecondEngine) -> Opinion {
        let certificate = include_str!("../../xmldsig/tests/keys/signer.crt.pem");
        let keys = TrustedKeys::new([Certificate::from_pem(certificate).unwrap()]).unwrap();
        second.ask(&RawMessage::from_xml(b"<a/>"), &keys, &[]).await
    }

    const LATE: Opinion = Opinion::Inconclusive { reason: "it did not answer in time" };

    #[tokio::test]
    async fn nobody_waits_for_ever() {
        let (go, wait) = channel();
        let second = SecondEngine::new(Waits(Mutex::new(wait)), Demand::Advise);
        pause();
        let asked: Vec<_> = (0..=PLACES).map(|_| tokio::spawn(ask(second.clone()))).collect();
        tokio::task::yield_now().await;
        advance(LONGEST + Duration::from_millis(1)).await;
        for asked in asked {
            assert_eq!(asked.await.unwrap(), LATE);
        }
        // The one that found no place was never begun; the places are free again when the engine is done.
        (0..PLACES).for_each(|_| go.send(()).unwrap());
        go.send(()).unwrap();
        tokio::time::resume();
        assert_eq!(ask(second).await, Opinion::Agree);
    }

    #[tokio::test]
    async fn a_breakdown_is_no_agreement() {
        let (_, wait) = channel();
        let second = SecondEngine::new(Waits(Mutex::new(wait)), Demand::Advise);
        assert!(matches!(ask(second.clone()).await, Opinion::Disagree { .. }));
        // A place that broke down is free again.
        for _ in 0..=PLACES {
            assert!(matches!(ask(second.clone()).await, Opinion::Disagree { .. }));
        }
    }
}
