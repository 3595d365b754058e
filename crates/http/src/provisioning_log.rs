//! Entries of the provisioning log between the answer and the store: they are written many at once.

use std::mem;
use std::sync::{Mutex, PoisonError};

use landfall_accounts::ports::PortError;
use landfall_accounts::{ProvisioningEntry, TenantId};
use tokio::sync;

use crate::{App, Ports, count};

/// So many wait at most: then the request that brings one more writes them all before it is answered.
const FULL: usize = 1000;
/// While the store cannot answer, so many are held for it.
const MOST: usize = 10_000;

/// What waits to be written, the oldest first.
#[derive(Debug, Default)]
pub(crate) struct Waiting {
    entries: Mutex<Vec<ProvisioningEntry>>,
    /// One writes at a time, so that entries keep their order.
    writing: sync::Mutex<()>,
}

impl Waiting {
    /// Takes all of them; what is still taken when this goes waits again.
    fn take(&self) -> Taken<'_> {
        let entries = mem::take(&mut *self.entries.lock().unwrap_or_else(PoisonError::into_inner));
        Taken { waiting: self, entries }
    }

    /// Holds these before those that came since; of too many, the oldest go.
    fn hold(&self, mut entries: Vec<ProvisioningEntry>) {
        let mut waiting = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        entries.append(&mut waiting);
        let lost = entries.len().saturating_sub(MOST);
        entries.drain(..lost);
        *waiting = entries;
        count::provisioning_lost(lost);
    }

    /// Says how many wait with it.
    fn add(&self, entry: ProvisioningEntry) -> usize {
        let mut waiting = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.push(entry);
        waiting.len()
    }
}

/// Entries on their way into the store: a request that is given up on the way, or a store that cannot answer, loses none.
struct Taken<'a> {
    waiting: &'a Waiting,
    entries: Vec<ProvisioningEntry>,
}

impl Taken<'_> {
    /// The first ones, as far as they are of one tenant.
    fn of_one_tenant(&self) -> Option<(TenantId, &[ProvisioningEntry])> {
        let of = |entry: &ProvisioningEntry| entry.directory.tenant;
        let tenant = of(self.entries.first()?);
        let end = self.entries.iter().take_while(|entry| of(entry) == tenant).count();
        Some((tenant, self.entries.get(..end)?))
    }
}

impl Drop for Taken<'_> {
    fn drop(&mut self) {
        self.waiting.hold(mem::take(&mut self.entries));
    }
}

impl<P: Ports> App<P> {
    /// Writes what directories have asked for since the last call into the provisioning log.
    ///
    /// Whoever serves calls it a few times a second, and once after the last answer: what was not written when the
    /// process ends is not in that log; the event of each change is, in the transaction of the change.
    ///
    /// # Errors
    /// [`PortError`] if the store cannot answer: then the entries wait for the next call.
    ///
    /// # Cancel safety
    /// What was not written waits for the next call; what was being written may be in the log twice.
    pub async fn write_provisioning_log(&self) -> Result<(), PortError> {
        let waiting = self.waiting();
        let _turn = waiting.writing.lock().await;
        let mut taken = waiting.take();
        while let Some((tenant, entries)) = taken.of_one_tenant() {
            let written = entries.len();
            self.ports().log_provisioning(tenant, entries).await?;
            taken.entries.drain(..written);
        }
        Ok(())
    }

    /// Has an entry written soon.
    pub(crate) async fn log_provisioning(&self, entry: ProvisioningEntry) {
        if self.waiting().add(entry) < FULL {
            return;
        }
        if let Err(error) = self.write_provisioning_log().await {
            let error = crate::error::chain(&error);
            tracing::error!(error, "the provisioning log cannot be written now");
        }
    }
}

#[cfg(test)]
mod tests {
    use landfall_accounts::{
        ConnectionId, CredentialId, Directory, ProvisioningAction, ProvisioningTarget, Rest, TraceId,
    };
    use time::{Duration, OffsetDateTime};
    use uuid::Uuid;

    use super::*;

    fn entry(status: u16) -> ProvisioningEntry {
        let (tenant, connection) = (TenantId::from_uuid(Uuid::nil()), ConnectionId::from_uuid(Uuid::nil()));
        ProvisioningEntry {
            at: OffsetDateTime::UNIX_EPOCH,
            directory: Directory { tenant, connection },
            credential: CredentialId::from_uuid(Uuid::nil()),
            trace: TraceId::new([0; 8]),
            action: ProvisioningAction::Read,
            target: ProvisioningTarget::Other,
            name: None,
            changes: Rest::default(),
            status,
            code: None,
            took: Duration::ZERO,
        }
    }

    fn statuses(entries: &[ProvisioningEntry]) -> Vec<u16> {
        entries.iter().map(|entry| entry.status).collect()
    }

    #[test]
    fn what_was_taken_and_not_written_comes_before_what_came_since() {
        let waiting = Waiting::default();
        assert_eq!([1, 2, 3].map(|status| waiting.add(entry(status))), [1, 2, 3]);
        let mut taken = waiting.take();
        waiting.add(entry(4));
        taken.entries.drain(..1);
        // As when the request that writes is given up, or the store does not answer.
        drop(taken);
        assert_eq!(statuses(&waiting.take().entries), [2, 3, 4]);
    }

    #[test]
    fn entries_are_written_tenant_by_tenant_in_their_order() {
        let waiting = Waiting::default();
        for (status, tenant) in [(1, 7), (2, 7), (3, 8), (4, 7)] {
            let mut one = entry(status);
            one.directory.tenant = TenantId::from_uuid(Uuid::from_u128(tenant));
            waiting.add(one);
        }
        let (mut taken, mut parts) = (waiting.take(), Vec::new());
        while let Some((_, entries)) = taken.of_one_tenant() {
            let part = statuses(entries);
            taken.entries.drain(..part.len());
            parts.push(part);
        }
        assert_eq!(parts, [vec![1, 2], vec![3], vec![4]]);
    }

    #[test]
    fn of_too_many_the_oldest_go() {
        let waiting = Waiting::default();
        waiting.add(entry(7));
        waiting.hold(vec![entry(1); MOST]);
        let kept = waiting.take();
        assert_eq!((kept.entries.len(), kept.entries.last().map(|entry| entry.status)), (MOST, Some(7)));
    }
}
