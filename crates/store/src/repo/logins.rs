use landfall_accounts::{
    CommitOutcome, Event, EventKind, Handle, HopAttempt, HopOutcome, LoginRecord, PendingLogin,
    PendingLookup, Refusal, RequestId, RestartOutcome, RestartRecord,
    ports::{LoginStore, PortError},
};
use time::OffsetDateTime;

use super::{
    assertions::{self, Claim},
    commit, connections, events, hop, pending, sessions,
};
use crate::{Store, open::Turn, store::finish};

impl LoginStore for Store {
    async fn begin(&self, login: PendingLogin, now: OffsetDateTime) -> Result<(), PortError> {
        let txn = self.transaction(Turn::None).await?;
        pending::begin(&txn, &login, now).await?;
        finish(txn).await?;
        Ok(())
    }

    async fn pending(&self, request: &RequestId) -> Result<Option<PendingLookup>, PortError> {
        Ok(pending::by_request(self.reader(), request).await?)
    }

    async fn pending_by_handle(&self, handle: &Handle) -> Result<Option<PendingLookup>, PortError> {
        Ok(pending::by_handle(self.reader(), handle).await?)
    }

    async fn commit(&self, login: LoginRecord, now: OffsetDateTime) -> Result<CommitOutcome, PortError> {
        let txn = self.transaction(Turn::Tenant(login.tenant)).await?;
        let outcome = commit::commit(&txn, self.tombstones()?, &login, now).await?;
        finish(txn).await?;
        Ok(outcome)
    }

    async fn restart(
        &self,
        restart: RestartRecord,
        now: OffsetDateTime,
    ) -> Result<RestartOutcome, PortError> {
        let txn = self.transaction(Turn::Tenant(restart.pending.tenant)).await?;
        let pending = &restart.pending;
        let (tenant, connection) = (pending.tenant, pending.connection);
        let (state, _) = connections::state_and_settings(&txn, tenant, connection).await?;
        let (outcome, kind, code) = if !state.admits_people() {
            let refusal = Refusal::ConnectionDisabled;
            (RestartOutcome::Refused(refusal), EventKind::LoginRefused, refusal.code())
        } else {
            match assertions::claim(&txn, tenant, connection, &restart.used).await? {
                Claim::Won => {
                    pending::begin(&txn, pending, now).await?;
                    (RestartOutcome::Restarted, EventKind::LoginRestarted, "restarted")
                }
                Claim::Replayed => (RestartOutcome::Replayed, EventKind::LoginReplayed, "replayed"),
                Claim::BeforeRestore => {
                    (RestartOutcome::BeforeRestore, EventKind::LoginRefused, "before_restore")
                }
            }
        };
        let detail = events::decided(code, Some(&restart.used), &restart.decision, None)?;
        let mut event = events::about(kind, tenant, now, &detail);
        event.connection = Some(connection);
        event.trace = Some(restart.trace);
        events::write(&txn, &event).await?;
        finish(txn).await?;
        Ok(outcome)
    }

    async fn hop(&self, attempt: HopAttempt, now: OffsetDateTime) -> Result<HopOutcome, PortError> {
        let txn = self.transaction(sessions::turn_of_hop(self, &attempt).await?).await?;
        let outcome = hop::hop(&txn, &attempt, now).await?;
        finish(txn).await?;
        Ok(outcome)
    }

    async fn note(&self, event: Event) -> Result<(), PortError> {
        let txn = self.transaction(Turn::of(event.tenant)).await?;
        events::write(&txn, &event).await?;
        finish(txn).await?;
        Ok(())
    }
}
