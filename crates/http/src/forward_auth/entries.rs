//! Who is at which site, as it was read last.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use landfall_accounts::{AtSite, ConnectionId, SiteOrigin, TenantId, TokenHash, UserId};
use time::{Duration, OffsetDateTime};

use super::identity::Identity;

/// How long what was read counts at most: the use of a session is written down as often.
const LONGEST: Duration = Duration::seconds(60);
/// Parts that do not wait for each other.
const SHARDS: usize = 64;
/// Most entries of half a part: with two halves in each, some 130,000 in all, which is about 150 MB.
const HALF: usize = 1024;

/// A person whom a site admits.
pub(super) struct Entry {
    pub(super) site: SiteOrigin,
    pub(super) identity: Identity,
    pub(super) tenant: TenantId,
    pub(super) connection: ConnectionId,
    pub(super) user: UserId,
    /// The number of the last change that was known before it was read.
    pub(super) as_of: u64,
    read_at: OffsetDateTime,
    until: OffsetDateTime,
}

impl Entry {
    /// What was read at `now`; it counts until one of the limits of the session, and until its use is to be written down again.
    pub(super) fn new(at: AtSite, token: &str, as_of: u64, now: OffsetDateTime) -> Self {
        let session = &at.signed_in.session;
        let until = [
            now + LONGEST,
            session.last_seen_at + session.seen_every(),
            session.last_seen_at + session.idle,
            session.expires_at,
        ];
        Self {
            identity: Identity::of(&at.signed_in, token),
            tenant: session.tenant,
            connection: session.connection,
            user: session.user,
            as_of,
            read_at: now,
            until: until.into_iter().min().unwrap_or(now),
            site: at.site.origin,
        }
    }

    /// Whether it counts still; a clock that was set back makes it count no more.
    pub(super) fn is_within(&self, now: OffsetDateTime) -> bool {
        self.read_at <= now && now < self.until
    }
}

/// Entries by the hash of their token, in bounded memory.
pub(super) struct Entries {
    shards: Vec<Mutex<Shard>>,
    half: usize,
}

/// Two halves: when the new one is full, it takes the place of the old one, and what was there is forgotten.
#[derive(Default)]
struct Shard {
    new: HashMap<[u8; 32], Arc<Entry>>,
    old: HashMap<[u8; 32], Arc<Entry>>,
}

impl Default for Entries {
    fn default() -> Self {
        Self::with_room(SHARDS, HALF)
    }
}

impl Entries {
    fn with_room(shards: usize, half: usize) -> Self {
        Self { shards: (0..shards).map(|_| Mutex::default()).collect(), half }
    }

    fn shard(&self, key: &[u8; 32]) -> Option<&Mutex<Shard>> {
        // Hashes are spread evenly by themselves.
        let [first, second, ..] = *key;
        let place = usize::from(u16::from_be_bytes([first, second])).checked_rem(self.shards.len())?;
        self.shards.get(place)
    }

    pub(super) fn find(&self, token: &TokenHash) -> Option<Arc<Entry>> {
        let key = token.as_bytes();
        let shard = self.shard(key)?.lock().unwrap_or_else(PoisonError::into_inner);
        shard.new.get(key).or_else(|| shard.old.get(key)).map(Arc::clone)
    }

    pub(super) fn keep(&self, token: &TokenHash, entry: Arc<Entry>) {
        let key = token.as_bytes();
        let Some(shard) = self.shard(key) else { return };
        let mut shard = shard.lock().unwrap_or_else(PoisonError::into_inner);
        if shard.new.len() >= self.half && !shard.new.contains_key(key) {
            shard.old = std::mem::take(&mut shard.new);
        }
        shard.new.insert(*key, entry);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{NOW, at_site};

    fn token(n: u32) -> TokenHash {
        let mut bytes = [0; 32];
        bytes[..4].copy_from_slice(&n.wrapping_mul(0x9E37_79B9).to_be_bytes());
        bytes[28..].copy_from_slice(&n.to_be_bytes());
        TokenHash::from_bytes(bytes)
    }

    #[test]
    fn memory_is_bounded_and_what_is_new_stays() {
        let entries = Entries::with_room(4, 10);
        let entry = Arc::new(Entry::new(at_site(), "", 0, NOW));
        for n in 0..10_000 {
            entries.keep(&token(n), Arc::clone(&entry));
            assert!(entries.find(&token(n)).is_some());
        }
        let there = (0..10_000).filter(|n| entries.find(&token(*n)).is_some()).count();
        assert!((40..=80).contains(&there), "{there}");
        assert!((9_990..10_000).all(|n| entries.find(&token(n)).is_some()));
    }

    #[test]
    fn an_entry_counts_until_the_first_limit() {
        type Edit = fn(&mut AtSite);
        for (edit, seconds) in [
            ((|_| ()) as Edit, 60),
            (|at| at.signed_in.session.last_seen_at -= Duration::seconds(50), 10),
            (|at| at.signed_in.session.last_seen_at -= Duration::minutes(2), 0),
            (|at| at.signed_in.session.idle = Duration::minutes(1), 3),
            (|at| at.signed_in.session.expires_at = NOW + Duration::seconds(20), 20),
        ] {
            let mut at = at_site();
            edit(&mut at);
            let entry = Entry::new(at, "", 0, NOW);
            let end = NOW + Duration::seconds(seconds);
            assert!(!entry.is_within(end), "{seconds}");
            assert_eq!(entry.is_within(end - Duration::MILLISECOND), seconds > 0, "{seconds}");
            assert!(!entry.is_within(NOW - Duration::MILLISECOND), "a clock that is set back");
        }
    }
}
