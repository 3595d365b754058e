//! What is remembered of who is at which site, and when it may be relied on ([adr 0036](../../../../docs/adr/0036-checks-are-answered-from-memory.md)).

use std::sync::{Arc, PoisonError, RwLock};

use landfall_accounts::TokenHash;
use landfall_accounts::ports::{ChangeFeed, PortError};
use time::{Duration, OffsetDateTime};
use tokio::sync::Mutex;
use tokio::time::timeout;

use super::entries::{Entries, Entry};
use super::stamps::Stamps;
use crate::error::chain;
use crate::{App, Environment, Ports};

/// How long after the changes were read what is remembered counts: so late this node knows of what another one wrote.
const CURRENT: Duration = Duration::milliseconds(250);
/// How long a check waits for the changes, whoever reads them and however many there are; then it asks the database itself.
const LONGEST: std::time::Duration = std::time::Duration::from_secs(1);

/// Entries, and the changes since they were read.
///
/// # Security
/// An entry counts if the changes were read to their end less than [`CURRENT`] ago, this process has committed nothing since they
/// were, and none of them is about its person. Where they cannot be read, nothing that is remembered counts.
pub(crate) struct Guard<Position> {
    entries: Entries,
    known: RwLock<Known>,
    /// Whoever has it reads, for all who wait.
    position: Mutex<Position>,
}

#[derive(Default)]
struct Known {
    stamps: Stamps,
    /// When the changes were read to their end, and how much this process had written by then.
    read: Option<(OffsetDateTime, u64)>,
    /// When they could not be read.
    failed_at: Option<OffsetDateTime>,
}

impl<Position: Default> Default for Guard<Position> {
    fn default() -> Self {
        Self { entries: Entries::default(), known: RwLock::default(), position: Mutex::default() }
    }
}

impl<Position: Send> Guard<Position> {
    /// The person of a token, if what is remembered can be relied on now.
    pub(super) async fn find<F: ChangeFeed<Position = Position>>(
        &self,
        token: &TokenHash,
        feed: &F,
        environment: &dyn Environment,
    ) -> Option<Arc<Entry>> {
        let entry = self.entries.find(token).filter(|entry| entry.is_within(environment.now()))?;
        let holds = self.is_current(feed, environment).await && self.with(|known| known.stamps.hold(&entry));
        holds.then_some(entry)
    }

    /// The number of the last change; to be asked before something is read that is to be kept.
    ///
    /// Changes that nobody has read yet are read first: else they would make old what is read after them.
    pub(super) async fn as_of<F: ChangeFeed<Position = Position>>(
        &self,
        feed: &F,
        environment: &dyn Environment,
    ) -> u64 {
        self.is_current(feed, environment).await;
        self.with(|known| known.stamps.latest())
    }

    /// Remembers a person whom a site admits.
    pub(super) fn keep(&self, token: &TokenHash, entry: Entry) -> Arc<Entry> {
        let entry = Arc::new(entry);
        self.entries.keep(token, Arc::clone(&entry));
        entry
    }

    /// Whether all changes are known, which are read if that is not so.
    async fn is_current<F: ChangeFeed<Position = Position>>(
        &self,
        feed: &F,
        environment: &dyn Environment,
    ) -> bool {
        let wanted = feed.written();
        if self.with(|known| known.is_current(wanted, environment.now())) {
            return true;
        }
        let problem = match timeout(LONGEST, self.read(feed, environment, wanted)).await {
            Ok(Ok(current)) => return current,
            Ok(Err(error)) => chain(&error),
            Err(_) => "the store does not answer in time".to_owned(),
        };
        tracing::warn!(cause = problem, "it cannot be read what has changed: each check asks the database");
        self.known.write().unwrap_or_else(PoisonError::into_inner).failed_at = Some(environment.now());
        false
    }

    /// Reads the changes to their end, in turn with others.
    async fn read<F: ChangeFeed<Position = Position>>(
        &self,
        feed: &F,
        environment: &dyn Environment,
        wanted: u64,
    ) -> Result<bool, PortError> {
        let mut position = self.position.lock().await;
        // Somebody else may have read them meanwhile, or failed to.
        let now = environment.now();
        if self.with(|known| known.is_current(wanted, now)) {
            return Ok(true);
        }
        if self.with(|known| known.failed_at.is_some_and(|at| is_within(at, now))) {
            return Ok(false);
        }
        let written = feed.written();
        loop {
            // What comes is taken in before anything else is waited for: who gives up here loses no change.
            let read = feed.changes(&mut position, now).await?;
            let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
            known.stamps.add(&read.changes, now);
            if !read.more {
                (known.read, known.failed_at) = (Some((now, written)), None);
                return Ok(true);
            }
        }
    }

    fn with<T>(&self, read: impl FnOnce(&Known) -> T) -> T {
        read(&self.known.read().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Known {
    /// Whether the changes were read a moment ago, with all that this process had written.
    fn is_current(&self, wanted: u64, now: OffsetDateTime) -> bool {
        self.read.is_some_and(|(at, written)| written >= wanted && is_within(at, now))
    }
}

/// Whether something was a moment ago; a clock that was set back makes it long ago.
fn is_within(at: OffsetDateTime, now: OffsetDateTime) -> bool {
    at <= now && now - at < CURRENT
}

impl<P: Ports> App<P> {
    /// As [`Guard::find`].
    pub(super) async fn remembered(&self, token: &TokenHash) -> Option<Arc<Entry>> {
        self.guard().find(token, self.ports(), self.environment()).await
    }

    /// As [`Guard::as_of`].
    pub(super) async fn last_change(&self) -> u64 {
        self.guard().as_of(self.ports(), self.environment()).await
    }
}

#[cfg(test)]
mod tests;
