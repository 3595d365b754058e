use landfall_accounts::{
    AssertionUse, Connection, ConnectionId, ConnectionName, ConnectionState, Detail, Event, EventKind,
    Handle, Judged, LoginPurpose, PendingLogin, TEST_LINK_LIFETIME, TestOutcome, TestRecord, TestVerdict,
    Tested, TokenHash, UserId, decide,
    ports::{PortError, TestStore},
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter,
    sea_query::{Expr, ExprTrait},
};
use serde_json::json;
use time::OffsetDateTime;

use super::{
    assertions::{self, Claim},
    commit, connections, events, first, key_use,
    pending::{self, Answered, Consumption},
};
use crate::{
    AdminError, Store, TombstoneKey,
    convert::{bytes, millis, token},
    entity::test_logins::{Column, Entity, Model},
    fault::Fault,
    open::Turn,
    store::finish,
};

impl Store {
    /// Keeps a link by which a test login is begun at a connection, once, within [`TEST_LINK_LIFETIME`].
    ///
    /// # Errors
    /// [`AdminError::NoConnection`]; [`AdminError::NotTested`] in a state in which nobody may test.
    pub async fn create_test_link(
        &self,
        name: &ConnectionName,
        link: &TokenHash,
        now: OffsetDateTime,
    ) -> Result<Connection, AdminError> {
        let txn = self.transaction(Turn::Alone).await?;
        let connection = connections::required(&txn, name).await?;
        if !connection.state.admits_tests() {
            return Err(AdminError::NotTested { connection: connection.name, state: connection.state });
        }
        let row = Model {
            tenant_id: connection.tenant.as_uuid(),
            link: bytes(link),
            connection_id: connection.id.as_uuid(),
            expires_at: millis(now + TEST_LINK_LIFETIME),
            handle: None,
            hop: None,
            seen_until: None,
            code: None,
            says: None,
            user_id: None,
            decision: None,
        };
        Entity::insert(row.into_active_model()).exec_without_returning(&txn).await.map_err(Fault::from)?;
        let detail =
            json!({ "by": "operator", "action": "connection.test", "name": connection.name.as_str() });
        let mut event = events::about(EventKind::ConfigurationChanged, connection.tenant, now, &detail);
        event.connection = Some(connection.id);
        events::write(&txn, &event).await?;
        finish(txn).await?;
        Ok(connection)
    }
}

impl TestStore for Store {
    async fn connection_of_test_link(
        &self,
        link: &TokenHash,
        now: OffsetDateTime,
    ) -> Result<Option<ConnectionId>, PortError> {
        let found = first(Entity::find().filter(unused(link, now)), self.reader()).await?;
        Ok(found.map(|row| ConnectionId::from_uuid(row.connection_id)))
    }

    async fn begin_test(
        &self,
        link: &TokenHash,
        login: PendingLogin,
        now: OffsetDateTime,
    ) -> Result<TestOutcome, PortError> {
        let txn = self.transaction(Turn::Tenant(login.tenant)).await?;
        let (state, _) = connections::state_and_settings(&txn, login.tenant, login.connection).await?;
        let of_it = unused(link, now)
            .and(Column::TenantId.eq(login.tenant.as_uuid()))
            .and(Column::ConnectionId.eq(login.connection.as_uuid()));
        let opened = Entity::update_many()
            .col_expr(Column::Handle, Expr::value(login.handle.as_str()))
            .col_expr(Column::ExpiresAt, Expr::value(millis(login.expires_at + Tested::LIFETIME)))
            .filter(of_it)
            .exec(&txn)
            .await
            .map_err(Fault::from)?;
        if opened.rows_affected == 0 || !state.admits_tests() {
            return Ok(TestOutcome::Gone);
        }
        pending::begin(&txn, &PendingLogin { purpose: LoginPurpose::Test, ..login }, now).await?;
        finish(txn).await?;
        Ok(TestOutcome::Kept)
    }

    async fn conclude_test(&self, test: TestRecord, now: OffsetDateTime) -> Result<TestOutcome, PortError> {
        let txn = self.transaction(Turn::Tenant(test.tenant)).await?;
        let outcome = conclude(&txn, self.tombstones()?, &test, now).await?;
        finish(txn).await?;
        Ok(outcome)
    }

    async fn tested(&self, handle: &Handle, now: OffsetDateTime) -> Result<Option<Tested>, PortError> {
        let seen = Column::Handle.eq(handle.as_str()).and(Column::SeenUntil.gt(millis(now)));
        let row = first(Entity::find().filter(seen), self.reader()).await?;
        Ok(row.map(tested).transpose()?)
    }
}

async fn conclude(
    conn: &impl ConnectionTrait,
    stones: &TombstoneKey,
    test: &TestRecord,
    now: OffsetDateTime,
) -> Result<TestOutcome, Fault> {
    let (state, settings) = connections::state_and_settings(conn, test.tenant, test.connection).await?;
    let answered = Answered {
        tenant: test.tenant,
        connection: test.connection,
        request: &test.request,
        purpose: LoginPurpose::Test,
    };
    let waiting = pending::waiting(conn, &answered, now).await?;
    let Some(handle) = waiting.filter(|_| state.admits_tests()) else {
        note(conn, test, EventKind::LoginRefused, "request_gone", now).await?;
        return Ok(TestOutcome::Gone);
    };
    let verdict = match &test.judged {
        Judged::Refused { code, says } => TestVerdict::refused(code, says),
        Judged::Accepted { signer, used, arrival } => {
            match assertions::claim(conn, test.tenant, test.connection, used).await? {
                Claim::Replayed => TestVerdict::refused("replayed", "the assertion has been used already"),
                Claim::BeforeRestore => {
                    let says = "the assertion was issued before the database was restored";
                    TestVerdict::refused("before_restore", says)
                }
                Claim::Won if pending::consume(conn, &answered, now).await? == Consumption::Gone => {
                    note(conn, test, EventKind::LoginRefused, "request_gone", now).await?;
                    return Ok(TestOutcome::Gone);
                }
                Claim::Won
                    if !key_use::uses(conn, test.tenant, test.connection, signer, None, now).await? =>
                {
                    TestVerdict::refused("key_gone", "the key that signed counts no more")
                }
                Claim::Won => {
                    let from = (test.tenant, test.connection);
                    let facts = commit::facts(conn, stones, from, arrival, ConnectionState::Active).await?;
                    TestVerdict::of(&decide(arrival, &facts, &settings, now))
                }
            }
        }
    };
    keep(conn, test, &handle, &verdict, now).await?;
    note(conn, test, EventKind::LoginTested, &verdict.code, now).await?;
    Ok(TestOutcome::Kept)
}

async fn keep(
    conn: &impl ConnectionTrait,
    test: &TestRecord,
    handle: &str,
    verdict: &TestVerdict,
    now: OffsetDateTime,
) -> Result<(), Fault> {
    let kept = Entity::update_many()
        .col_expr(Column::Hop, Expr::value(bytes(&test.hop)))
        .col_expr(Column::SeenUntil, Expr::value(millis(now + Tested::LIFETIME)))
        .col_expr(Column::Code, Expr::value(verdict.code.as_str()))
        .col_expr(Column::Says, Expr::value(verdict.says.as_str()))
        .col_expr(Column::UserId, Expr::value(verdict.user.map(|user| user.as_uuid())))
        .col_expr(Column::Decision, Expr::value(test.decision.as_str()))
        .filter(Column::TenantId.eq(test.tenant.as_uuid()))
        .filter(Column::ConnectionId.eq(test.connection.as_uuid()))
        .filter(Column::Handle.eq(handle))
        .exec(conn)
        .await?;
    if kept.rows_affected == 0 { Err(Fault::Missing { what: "test login" }) } else { Ok(()) }
}

async fn note(
    conn: &impl ConnectionTrait,
    test: &TestRecord,
    kind: EventKind,
    code: &str,
    now: OffsetDateTime,
) -> Result<(), Fault> {
    let used: Option<&AssertionUse> = match &test.judged {
        Judged::Accepted { used, .. } => Some(used),
        Judged::Refused { .. } => None,
    };
    let event = Event {
        at: now,
        kind,
        tenant: Some(test.tenant),
        connection: Some(test.connection),
        user: None,
        trace: Some(test.trace.clone()),
        detail: Detail::new(events::decided(code, used, &test.decision, None)?),
    };
    events::write(conn, &event).await
}

fn unused(link: &TokenHash, now: OffsetDateTime) -> Expr {
    Column::Link.eq(bytes(link)).and(Column::Handle.is_null()).and(Column::ExpiresAt.gt(millis(now)))
}

fn tested(row: Model) -> Result<Tested, Fault> {
    let missing = || Fault::Missing { what: "outcome of a test" };
    Ok(Tested {
        hop: token("hop", &row.hop.ok_or_else(missing)?)?,
        verdict: TestVerdict {
            code: row.code.ok_or_else(missing)?,
            says: row.says.ok_or_else(missing)?,
            user: row.user_id.map(UserId::from_uuid),
        },
        decision: Detail::new(row.decision.ok_or_else(missing)?),
    })
}
