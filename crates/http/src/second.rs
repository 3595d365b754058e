//! The second engine, asked in a pool of its own, for so long and no longer.

use std::sync::Arc;
use std::time::Duration;

use landfall_saml::SignedDocument;
use landfall_xmldsig::{Opinion, Question, SecondOpinion, TrustedKeys};
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

    /// How much its silence weighs.
    #[must_use]
    pub fn demand(&self) -> Demand {
        self.demand
    }

    /// Asks it about each document that was verified; no answer in time is an inconclusive one.
    ///
    /// A place is taken until the engine is done, however long anybody waits: a message that it hangs on
    /// costs one place and never more.
    pub async fn ask(&self, documents: &[SignedDocument], keys: &TrustedKeys) -> Opinion {
        let (documents, keys) = (documents.to_vec(), keys.clone());
        let engine = Arc::clone(&self.engine);
        let places = Arc::clone(&self.places);
        let answer = async move {
            let place = places.acquire_owned().await.ok();
            spawn_blocking(move || {
                let opinion = judge(engine.as_ref(), &documents, &keys);
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

/// It agrees if it agrees on every document; a disagreement counts before a silence.
fn judge(engine: &dyn SecondOpinion, documents: &[SignedDocument], keys: &TrustedKeys) -> Opinion {
    let mut opinion = Opinion::Agree;
    for SignedDocument { octets, signed } in documents {
        match engine.judge(&Question { document: octets, keys, signed }) {
            Opinion::Agree => {}
            Opinion::Disagree { found } => return Opinion::Disagree { found },
            silence => opinion = silence,
        }
    }
    opinion
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

    fn documents(count: usize) -> Vec<SignedDocument> {
        vec![SignedDocument { octets: b"<a/>".to_vec(), signed: Vec::new() }; count]
    }

    fn keys() -> TrustedKeys {
        let certificate = include_str!("../../xmldsig/tests/keys/signer.crt.pem");
        TrustedKeys::new([Certificate::from_pem(certificate).unwrap()]).unwrap()
    }

    async fn ask(second: SecondEngine) -> Opinion {
        second.ask(&documents(1), &keys()).await
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

    #[test]
    fn each_document_counts_and_a_disagreement_most() {
        /// Says one thing after the other.
        #[derive(Debug)]
        struct Says(Mutex<Vec<Opinion>>);
        impl SecondOpinion for Says {
            fn judge(&self, _: &Question<'_>) -> Opinion {
                self.0.lock().unwrap().remove(0)
            }
        }
        let no = Opinion::Disagree { found: "other octets".to_owned() };
        for (said, expected) in [
            ([Opinion::Agree, Opinion::Agree], Opinion::Agree),
            ([LATE, Opinion::Agree], LATE),
            ([Opinion::Agree, LATE], LATE),
            ([LATE, no.clone()], no.clone()),
            ([no.clone(), LATE], no.clone()),
            ([Opinion::Agree, no.clone()], no),
        ] {
            assert_eq!(judge(&Says(Mutex::new(said.to_vec())), &documents(2), &keys()), expected);
        }
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
