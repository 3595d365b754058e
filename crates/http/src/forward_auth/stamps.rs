//! When something changed last of whom, as numbers that count up.

use std::collections::HashMap;
use std::hash::Hash;

use landfall_accounts::{Change, ConnectionId, TenantId, UserId};
use time::{Duration, OffsetDateTime};

use super::entries::Entry;

/// How many are known at once, which is some 10 MB; with one more everybody counts as changed.
const MOST: usize = 100_000;
/// How long one is known: longer than an entry counts, and than a read of one takes.
const LASTING: Duration = Duration::minutes(3);

/// The number of the last change of each, and of everybody.
#[derive(Default)]
pub(super) struct Stamps {
    /// The number of the last change.
    latest: u64,
    /// What was read before this one is to be read again, whoever's it is.
    everybody: u64,
    tenants: HashMap<TenantId, Stamp>,
    connections: HashMap<ConnectionId, Stamp>,
    people: HashMap<UserId, Stamp>,
}

#[derive(Clone, Copy)]
struct Stamp {
    number: u64,
    at: OffsetDateTime,
}

impl Stamps {
    /// The number of the last change: what is read from now on knows of it.
    pub(super) fn latest(&self) -> u64 {
        self.latest
    }

    /// Whether nothing has changed of a person since their entry was read.
    pub(super) fn hold(&self, entry: &Entry) -> bool {
        fn number<K: Eq + Hash>(stamps: &HashMap<K, Stamp>, key: &K) -> u64 {
            stamps.get(key).map_or(0, |stamp| stamp.number)
        }
        // Most of what is asked for was read after the last change.
        entry.as_of >= self.latest
            || entry.as_of >= self.everybody
                && entry.as_of >= number(&self.people, &entry.user)
                && entry.as_of >= number(&self.connections, &entry.connection)
                && entry.as_of >= number(&self.tenants, &entry.tenant)
    }

    pub(super) fn add(&mut self, changes: &[Change], now: OffsetDateTime) {
        if changes.is_empty() {
            return;
        }
        self.latest += 1;
        let stamp = Stamp { number: self.latest, at: now };
        for change in changes {
            match change {
                Change::Person(user) => drop(self.people.insert(*user, stamp)),
                Change::Connection(connection) => drop(self.connections.insert(*connection, stamp)),
                Change::Tenant(tenant) => drop(self.tenants.insert(*tenant, stamp)),
                Change::Everybody => self.everybody = self.latest,
            }
        }
        if self.count() > MOST {
            self.forget(now);
        }
    }

    fn count(&self) -> usize {
        self.people.len() + self.connections.len() + self.tenants.len()
    }

    /// Forgets those that are old enough; if that is not half of them, all.
    ///
    /// What is forgotten counts for everybody, so that nothing counts that was read before it, however the clock went.
    fn forget(&mut self, now: OffsetDateTime) {
        fn forget<K: Eq + Hash>(stamps: &mut HashMap<K, Stamp>, now: OffsetDateTime) -> u64 {
            let mut forgotten = 0;
            stamps.retain(|_, stamp| {
                let stays = now < stamp.at + LASTING;
                if !stays {
                    forgotten = forgotten.max(stamp.number);
                }
                stays
            });
            forgotten
        }
        let forgotten = forget(&mut self.people, now)
            .max(forget(&mut self.connections, now))
            .max(forget(&mut self.tenants, now));
        self.everybody = self.everybody.max(forgotten);
        if self.count() > MOST / 2 {
            self.everybody = self.latest;
            (self.people, self.connections, self.tenants) = Default::default();
        }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::testing::{NOW, at_site};

    fn entry(as_of: u64) -> Entry {
        Entry::new(at_site(), "", as_of, NOW)
    }

    fn user(n: u128) -> UserId {
        UserId::from_uuid(Uuid::from_u128(n))
    }

    #[test]
    fn what_was_read_before_a_change_is_read_again() {
        let other = Uuid::from_u128(999);
        let Entry { user, connection, tenant, .. } = entry(0);
        for (change, concerns) in [
            (Change::Person(user), true),
            (Change::Connection(connection), true),
            (Change::Tenant(tenant), true),
            (Change::Everybody, true),
            (Change::Person(UserId::from_uuid(other)), false),
            (Change::Connection(ConnectionId::from_uuid(other)), false),
            (Change::Tenant(TenantId::from_uuid(other)), false),
        ] {
            let mut stamps = Stamps::default();
            let before = entry(stamps.latest());
            assert!(stamps.hold(&before));
            stamps.add(&[change], NOW);
            let after = entry(stamps.latest());
            assert_eq!((stamps.hold(&before), stamps.hold(&after)), (!concerns, true), "{change:?}");
            stamps.add(&[Change::Person(UserId::from_uuid(other))], NOW);
            assert_eq!((stamps.hold(&before), stamps.hold(&after)), (!concerns, true), "{change:?}");
        }
    }

    #[test]
    fn memory_is_bounded_and_nothing_that_changed_counts_again() {
        let own = entry(0).user;
        for late in [Duration::ZERO, LASTING] {
            let mut stamps = Stamps::default();
            let before = entry(stamps.latest());
            stamps.add(&[Change::Person(own)], NOW);
            let many: Vec<Change> = (1000..).take(MOST).map(|n| Change::Person(user(n))).collect();
            for changes in many.chunks(1000) {
                stamps.add(changes, NOW + late);
                assert!(stamps.count() <= MOST && !stamps.hold(&before));
            }
            assert!(stamps.count() < MOST, "{late}: some were forgotten");
            assert!(!stamps.hold(&before) && stamps.hold(&entry(stamps.latest())));
        }
    }
}
