//! What seals kept messages here, and opens them again.

use std::sync::Arc;

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::rand::{SecureRandom, SystemRandom};
use landfall_accounts::{TracePlace, TraceWindow};
use landfall_http::{KeptTrace, SealError, Sealer};
use time::Duration;

use super::{Answer, Customer, World};

/// Seals under one key, which no test writes anywhere.
#[derive(Debug)]
pub(super) struct Seal;

/// Seals nothing: what would be found in the database then.
#[derive(Debug)]
struct Open;

impl Seal {
    fn key() -> LessSafeKey {
        LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &[7; 32]).unwrap())
    }

    fn open(place: &TracePlace, sealed: &[u8]) -> Vec<u8> {
        let (nonce, rest) = sealed.split_at(NONCE_LEN);
        let (nonce, mut octets) = (Nonce::try_assume_unique_for_key(nonce).unwrap(), rest.to_vec());
        Self::key().open_in_place(nonce, bound(place), &mut octets).unwrap().to_vec()
    }
}

fn bound(place: &TracePlace) -> Aad<String> {
    Aad::from(format!("{place:?}"))
}

impl Sealer for Seal {
    fn seal(&self, place: &TracePlace, octets: &[u8]) -> Result<Vec<u8>, SealError> {
        let (mut nonce, mut sealed) = ([0; NONCE_LEN], octets.to_vec());
        SystemRandom::new().fill(&mut nonce).map_err(|_| SealError)?;
        let used = Nonce::assume_unique_for_key(nonce);
        Self::key().seal_in_place_append_tag(used, bound(place), &mut sealed).map_err(|_| SealError)?;
        Ok([&nonce[..], &sealed].concat())
    }
}

impl Sealer for Open {
    fn seal(&self, _: &TracePlace, octets: &[u8]) -> Result<Vec<u8>, SealError> {
        Ok(octets.to_vec())
    }
}

impl World {
    /// From now on messages of this customer's connection are kept for so long.
    pub(crate) async fn trace(&self, customer: &Customer, lasting: Duration) {
        let window = TraceWindow::new(lasting, None, self.clock.now()).unwrap();
        self.store.trace_connection(&customer.connection(), Some(window), self.clock.now()).await.unwrap();
    }

    /// From now on this server can seal nothing.
    pub(crate) fn lose_the_sealer(&mut self) {
        self.sealer = None;
        self.serve();
    }

    /// From now on what is kept is as open as if nobody sealed it.
    pub(crate) fn seal_nothing(&mut self) {
        self.sealer = Some(Arc::new(Open));
        self.serve();
    }

    /// How many messages are kept.
    pub(crate) async fn traces(&self) -> usize {
        self.store.traces(None, self.clock.now()).await.unwrap().len()
    }

    /// What is kept of the request that got this answer.
    pub(crate) async fn kept(&self, answer: &Answer) -> Option<KeptTrace> {
        let trace = answer.trace().parse().unwrap();
        let sealed = self.store.trace(&trace, self.clock.now()).await.unwrap()?;
        assert_eq!(sealed.place.trace, trace);
        Some(KeptTrace::read(&Seal::open(&sealed.place, &sealed.sealed)).unwrap())
    }
}
