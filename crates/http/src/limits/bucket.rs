//! Rates by key, in bounded memory and by the clock of the installation.

use std::hash::Hash;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use governor::clock::Clock;
use governor::middleware::NoOpMiddleware;
use governor::nanos::Nanos;
use governor::state::keyed::HashMapStateStore;
use governor::{Quota, RateLimiter};
use time::OffsetDateTime;

/// How many keys are known at once, which is some 5 MB.
const MOST: usize = 100_000;
/// A clock that goes back by less has been read by two threads, in the other order.
const SET_BACK: time::Duration = time::Duration::SECOND;

/// The rate of each key.
pub(super) struct Buckets<K: Hash + Eq + Clone> {
    quota: Quota,
    most: usize,
    state: Mutex<State<K>>,
}

type Limiter<K> = RateLimiter<K, HashMapStateStore<K>, Elapsed, NoOpMiddleware<Nanos>>;

struct State<K: Hash + Eq + Clone> {
    limiter: Limiter<K>,
    elapsed: Elapsed,
    /// When it was asked last.
    last: OffsetDateTime,
}

/// Time since the beginning, which a clock that is set back does not take back.
#[derive(Clone, Debug, Default)]
struct Elapsed(Arc<AtomicU64>);

impl Clock for Elapsed {
    type Instant = Nanos;

    fn now(&self) -> Nanos {
        Nanos::from(self.0.load(Ordering::Relaxed))
    }
}

impl<K: Hash + Eq + Clone> Buckets<K> {
    pub(super) fn new(quota: Quota, now: OffsetDateTime) -> Self {
        Self::with_room(quota, MOST, now)
    }

    fn with_room(quota: Quota, most: usize, now: OffsetDateTime) -> Self {
        let elapsed = Elapsed::default();
        let limiter = RateLimiter::hashmap_with_clock(quota, elapsed.clone());
        Self { quota, most, state: Mutex::new(State { limiter, elapsed, last: now }) }
    }

    /// Takes one from the key's share, or says how long to wait for the next.
    pub(super) fn take(&self, key: &K, now: OffsetDateTime) -> Result<(), Duration> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.advance(now);
        if state.limiter.len() >= self.most {
            self.make_room(&mut state);
        }
        let now = state.elapsed.now();
        state.limiter.check_key(key).map_err(|not_yet| not_yet.wait_time_from(now))
    }

    /// Forgets those who have rested; if that is not half of them, everybody.
    ///
    /// Not less than half, so that the next time is far; and to forget is to admit: who has that many addresses
    /// is not held by a limit on one, and must not lock out those who have one.
    fn make_room(&self, state: &mut State<K>) {
        state.limiter.retain_recent();
        if state.limiter.len() > self.most / 2 {
            state.limiter = RateLimiter::hashmap_with_clock(self.quota, state.elapsed.clone());
        }
    }
}

impl<K: Hash + Eq + Clone> State<K> {
    fn advance(&mut self, now: OffsetDateTime) {
        let step = now - self.last;
        if let Ok(step) = Duration::try_from(step) {
            let nanos = u64::try_from(step.as_nanos()).unwrap_or(u64::MAX);
            let elapsed = self.elapsed.0.load(Ordering::Relaxed);
            // Half of what there is, so that sums with it do not overflow: some 290 years.
            self.elapsed.0.store(elapsed.saturating_add(nanos).min(u64::MAX / 2), Ordering::Relaxed);
        }
        if step > time::Duration::ZERO || step < -SET_BACK {
            self.last = now;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;

    use super::*;
    use crate::testing::NOW;

    const SECOND: time::Duration = time::Duration::SECOND;

    /// Three at once, one a second.
    fn buckets(most: usize) -> Buckets<u32> {
        let quota = Quota::per_second(NonZeroU32::MIN).allow_burst(NonZeroU32::new(3).unwrap());
        Buckets::with_room(quota, most, NOW)
    }

    fn known(buckets: &Buckets<u32>) -> usize {
        buckets.state.lock().unwrap().limiter.len()
    }

    #[track_caller]
    fn takes(buckets: &Buckets<u32>, key: u32, now: OffsetDateTime, count: usize) {
        for taken in 0..count {
            assert!(buckets.take(&key, now).is_ok(), "{taken} of {count}");
        }
        assert!(buckets.take(&key, now).is_err(), "more than {count}");
    }

    #[test]
    fn a_share_is_used_up_and_comes_back() {
        let buckets = buckets(10);
        takes(&buckets, 1, NOW, 3);
        assert_eq!(buckets.take(&1, NOW), Err(Duration::from_secs(1)));
        takes(&buckets, 2, NOW, 3);
        takes(&buckets, 1, NOW + SECOND, 1);
        takes(&buckets, 1, NOW + 100 * SECOND, 3);
    }

    #[test]
    fn a_clock_that_is_set_back_closes_nobody_out() {
        let buckets = buckets(10);
        takes(&buckets, 1, NOW, 3);
        let earlier = NOW - time::Duration::HOUR;
        takes(&buckets, 1, earlier, 0);
        takes(&buckets, 1, earlier + SECOND, 1);
    }

    #[test]
    fn threads_that_read_the_clock_in_another_order_gain_nothing() {
        let buckets = buckets(10);
        let later = NOW + time::Duration::milliseconds(100);
        takes(&buckets, 1, later, 3);
        for _ in 0..100 {
            assert!(buckets.take(&1, NOW).is_err());
            assert!(buckets.take(&1, later).is_err());
        }
    }

    #[test]
    fn d12_many_addresses_take_no_more_memory() {
        let buckets = buckets(100);
        for key in 0..10_000 {
            assert!(buckets.take(&key, NOW).is_ok());
            assert!(known(&buckets) <= 100);
        }
        // Those who rested are forgotten, and the one that did not is held.
        let buckets = super::tests::buckets(100);
        (0..99).for_each(|key| assert!(buckets.take(&key, NOW).is_ok()));
        takes(&buckets, 200, NOW + 10 * SECOND, 3);
        assert!(buckets.take(&201, NOW + 10 * SECOND).is_ok());
        assert_eq!(known(&buckets), 2);
        takes(&buckets, 200, NOW + 10 * SECOND, 0);
    }
}
