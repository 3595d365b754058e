//! Entries of the provisioning log between the answer and the store: they are written many at once.

use std::mem;
use std::sync::{Mutex, PoisonError};

use landfall_accounts::ProvisioningEntry;
use landfall_accounts::ports::PortError;
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
    fn take(&self) -> Vec<ProvisioningEntry> {
        mem::take(&mut *self.entries.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Holds these before those that came since; of too many, the oldest go. Says how many wait.
    fn hold(&self, mut entries: Vec<ProvisioningEntry>) -> usize {
        let mut waiting = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        entries.append(&mut waiting);
        let lost = entries.len().saturating_sub(MOST);
        entries.drain(..lost);
        *waiting = entries;
        count::provisioning_lost(lost);
        waiting.len()
    }

    fn add(&self, entry: ProvisioningEntry) -> usize {
        let mut waiting = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.push(entry);
        waiting.len()
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
    pub async fn write_provisioning_log(&self) -> Result<(), PortError> {
        let waiting = self.waiting();
        let _turn = waiting.writing.lock().await;
        let mut entries = waiting.take().into_iter().peekable();
        while let Some(tenant) = entries.peek().map(|entry| entry.directory.tenant) {
            let mut of_one = Vec::new();
            while let Some(entry) = entries.next_if(|entry| entry.directory.tenant == tenant) {
                of_one.push(entry);
            }
            if let Err(error) = self.ports().log_provisioning(tenant, &of_one).await {
                waiting.hold(of_one.into_iter().chain(entries).collect());
                return Err(error);
            }
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
        ConnectionId, CredentialId, Directory, ProvisioningAction, ProvisioningTarget, Rest, TenantId,
        TraceId,
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

    #[test]
    fn what_could_not_be_written_comes_before_what_came_since() {
        let waiting = Waiting::default();
        assert_eq!((waiting.add(entry(1)), waiting.add(entry(2))), (1, 2));
        let taken = waiting.take();
        waiting.add(entry(3));
        assert_eq!(waiting.hold(taken), 3);
        let order: Vec<u16> = waiting.take().iter().map(|entry| entry.status).collect();
        assert_eq!(order, [1, 2, 3]);
    }

    #[test]
    fn of_too_many_the_oldest_go() {
        let waiting = Waiting::default();
        waiting.add(entry(7));
        assert_eq!(waiting.hold(vec![entry(1); MOST]), MOST);
        let kept = waiting.take();
        assert_eq!((kept.len(), kept.last().map(|entry| entry.status)), (MOST, Some(7)));
    }
}
