use landfall_accounts::{
    AppId, DeviceAnswer, DeviceDecision, DeviceOutcome, DeviceQuestion, DeviceReply, DeviceRequest,
    EventKind, GrantId, GrantRefusal, NewDeviceRequest, Scopes, TenantId, TokenOutcome, UserCode,
    ports::{DeviceStore, PortError},
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter, Select,
    sea_query::{Expr, ExprTrait},
};
use serde_json::json;
use time::OffsetDateTime;

use super::{events, first, granting, grants};
use crate::{
    Store,
    convert::{bytes, instant, millis},
    entity::device_requests::{Column, Entity, Model},
    fault::Fault,
    open::Turn,
    store::finish,
};

const APPROVED: &str = "approved";
const DENIED: &str = "denied";

impl DeviceStore for Store {
    async fn begin_device(&self, device: NewDeviceRequest, now: OffsetDateTime) -> Result<(), PortError> {
        if waiting_of(device.app, now).count(self.reader()).await.map_err(Fault::from)? >= DeviceRequest::MOST
        {
            return Err(PortError::Full { limit: DeviceRequest::MOST });
        }
        let row = Model {
            device_code: bytes(&device.device_code),
            user_code: device.user_code.letters().to_owned(),
            app_id: device.app.as_uuid(),
            scopes: device.scopes.to_string(),
            created_at: millis(now),
            expires_at: millis(now + DeviceRequest::LIFETIME),
            interval: interval(),
            last_asked_at: None,
            decision: None,
            tenant_id: None,
            grant_id: None,
            used_at: None,
        };
        let insert = Entity::insert(row.into_active_model());
        insert.exec_without_returning(self.writer()).await.map_err(Fault::from)?;
        Ok(())
    }

    async fn waiting_device(
        &self,
        code: &UserCode,
        now: OffsetDateTime,
    ) -> Result<Option<DeviceRequest>, PortError> {
        let row = first(Entity::find().filter(of_code(code).and(waiting(now))), self.reader()).await?;
        Ok(row.map(request).transpose()?)
    }

    async fn decide_device(
        &self,
        decision: DeviceDecision,
        now: OffsetDateTime,
    ) -> Result<DeviceOutcome, PortError> {
        let txn = self.transaction(Turn::Tenant(decision.tenant)).await?;
        let outcome = decide(&txn, &decision, now).await?;
        if outcome == DeviceOutcome::Decided {
            finish(txn).await?;
        }
        Ok(outcome)
    }

    async fn ask_for_device(
        &self,
        question: DeviceQuestion,
        now: OffsetDateTime,
    ) -> Result<DeviceReply, PortError> {
        let Some(found) = of_device(self.reader(), &question).await? else {
            return Ok(DeviceReply::Refused(GrantRefusal::Unknown));
        };
        // Whoever writes an event waits for the turn of its chain; a device that only waits makes nobody else wait.
        let turn = match found.tenant_id {
            Some(tenant) => Turn::Tenant(TenantId::from_uuid(tenant)),
            None if found.app_id == question.app.as_uuid() => Turn::None,
            None => Turn::Installation,
        };
        let txn = self.transaction(turn).await?;
        let reply = answer(&txn, &question, &found, now).await?;
        finish(txn).await?;
        Ok(reply)
    }
}

/// Of two who decide at once, one does.
async fn decide(
    conn: &impl ConnectionTrait,
    decision: &DeviceDecision,
    now: OffsetDateTime,
) -> Result<DeviceOutcome, Fault> {
    let waits = of_code(&decision.user_code).and(waiting(now));
    let Some(row) = first(Entity::find().filter(waits.clone()), conn).await? else {
        return Ok(DeviceOutcome::Unknown);
    };
    let asked = request(row.clone())?;
    let whose = (decision.tenant, decision.session);
    let Some((app, by)) = grants::agreeing(conn, asked.app, whose, now).await? else {
        return Ok(DeviceOutcome::Gone);
    };
    let update = Entity::update_many().filter(waits);
    let decided = match decision.answer {
        DeviceAnswer::Deny => {
            let mut event = grants::denied(&by.session, &app, now);
            event.trace = Some(decision.trace.clone());
            events::write(conn, &event).await?;
            update.col_expr(Column::Decision, Expr::value(DENIED)).exec(conn).await?
        }
        DeviceAnswer::Approve => {
            let (scopes, lasting) = app.grants(asked.scopes);
            let user_agent = decision.user_agent.as_ref();
            let agreed = grants::Agreed { app: &app, by: &by, scopes, lasting, user_agent };
            let grant = agreed.row(now);
            grants::insert(conn, grant.clone()).await?;
            let mut event = grants::made(&grant, &app, now);
            event.trace = Some(decision.trace.clone());
            events::write(conn, &event).await?;
            grants::end_oldest(conn, app.id, &by.user, now).await?;
            update
                .col_expr(Column::Decision, Expr::value(APPROVED))
                .col_expr(Column::TenantId, Expr::value(grant.tenant_id))
                .col_expr(Column::GrantId, Expr::value(grant.id))
                .exec(conn)
                .await?
        }
    };
    // Whatever was written above is undone with the transaction.
    Ok(if decided.rows_affected == 0 { DeviceOutcome::Unknown } else { DeviceOutcome::Decided })
}

/// [rfc8628 3.5]
async fn answer(
    conn: &impl ConnectionTrait,
    question: &DeviceQuestion,
    found: &Model,
    now: OffsetDateTime,
) -> Result<DeviceReply, Fault> {
    let Some(row) = of_device(conn, question).await? else {
        return Ok(DeviceReply::Refused(GrantRefusal::Unknown));
    };
    if row.tenant_id != found.tenant_id {
        // Decided a moment ago, and so for the next question.
        return Ok(DeviceReply::Pending);
    }
    if row.app_id != question.app.as_uuid() {
        return refused(conn, &row, question, GrantRefusal::OtherApplication, now).await;
    }
    if row.used_at.is_some() {
        return refused(conn, &row, question, GrantRefusal::Reused, now).await;
    }
    if row.decision.as_deref() == Some(DENIED) {
        return Ok(DeviceReply::Denied);
    }
    if row.expires_at <= millis(now) {
        return Ok(DeviceReply::Expired);
    }
    let Some(id) = row.grant_id else { return wait(conn, &row, now).await };
    let Some(grant) = grants::of_id(conn, &GrantId::from_uuid(id)).await? else {
        // It is gone with its person.
        return Ok(DeviceReply::Refused(GrantRefusal::Ended));
    };
    use_up(conn, &row, now).await?;
    let granted = grants::granted(conn, &grant, now).await?;
    let by = (&question.app, &question.tokens, &question.trace);
    Ok(match granting::give(conn, grant, Ok(granted), by, now).await? {
        TokenOutcome::Granted(granted) => DeviceReply::Granted(granted),
        TokenOutcome::Refused(refusal) => DeviceReply::Refused(refusal),
    })
}

/// A device that asks too often waits longer from now on.
async fn wait(conn: &impl ConnectionTrait, row: &Model, now: OffsetDateTime) -> Result<DeviceReply, Fault> {
    let early = row.last_asked_at.is_some_and(|last| millis(now) < last + row.interval);
    let next = if early { row.interval + interval() } else { row.interval };
    Entity::update_many()
        .col_expr(Column::LastAskedAt, Expr::value(millis(now)))
        .col_expr(Column::Interval, Expr::value(next))
        .filter(Column::DeviceCode.eq(row.device_code.clone()))
        .exec(conn)
        .await?;
    Ok(if early { DeviceReply::SlowDown } else { DeviceReply::Pending })
}

async fn use_up(conn: &impl ConnectionTrait, row: &Model, now: OffsetDateTime) -> Result<(), Fault> {
    Entity::update_many()
        .col_expr(Column::UsedAt, Expr::value(millis(now)))
        .filter(Column::DeviceCode.eq(row.device_code.clone()))
        .exec(conn)
        .await?;
    Ok(())
}

/// What came of the code ends with a second use; before its person has decided there is nothing to end.
async fn refused(
    conn: &impl ConnectionTrait,
    row: &Model,
    question: &DeviceQuestion,
    refusal: GrantRefusal,
    now: OffsetDateTime,
) -> Result<DeviceReply, Fault> {
    let grant = match row.grant_id {
        Some(id) => grants::of_id(conn, &GrantId::from_uuid(id)).await?,
        None => None,
    };
    if let Some(grant) = grant {
        let by = (&question.app, &question.trace);
        let _ = granting::refuse(conn, grant, refusal, by, now).await?;
        return Ok(DeviceReply::Refused(refusal));
    }
    let detail = json!({ "code": refusal.code() });
    let mut event = events::of_installation(EventKind::GrantRefused, now, &detail);
    event.trace = Some(question.trace.clone());
    events::write(conn, &event).await?;
    Ok(DeviceReply::Refused(refusal))
}

async fn of_device(conn: &impl ConnectionTrait, question: &DeviceQuestion) -> Result<Option<Model>, Fault> {
    first(Entity::find_by_id(bytes(&question.device_code)), conn).await
}

fn of_code(code: &UserCode) -> Expr {
    Column::UserCode.eq(code.letters())
}

/// Those about which nobody has decided, in time.
fn waiting(now: OffsetDateTime) -> Expr {
    Column::Decision.is_null().and(Column::ExpiresAt.gt(millis(now)))
}

fn waiting_of(app: AppId, now: OffsetDateTime) -> Select<Entity> {
    Entity::find().filter(waiting(now).and(Column::AppId.eq(app.as_uuid())))
}

fn interval() -> i64 {
    super::sessions::length(DeviceRequest::INTERVAL)
}

fn request(row: Model) -> Result<DeviceRequest, Fault> {
    Ok(DeviceRequest {
        app: AppId::from_uuid(row.app_id),
        scopes: Scopes::asked(&row.scopes),
        expires_at: instant("expires_at", row.expires_at)?,
    })
}

#[cfg(test)]
mod tests {
    use sea_orm::QueryTrait;
    use time::macros::datetime;
    use uuid::Uuid;

    use super::*;
    use crate::repo::plan::plan;

    #[tokio::test]
    async fn the_devices_that_wait_are_counted_by_when_they_end() {
        let app = AppId::from_uuid(Uuid::from_u128(1));
        let plan = plan(&waiting_of(app, datetime!(2030-01-02 03:04:05 UTC)).into_query()).await;
        let found = plan.iter().any(|step| step.contains("_of_application (app_id=? AND expires_at>?)"));
        assert!(found, "{plan:#?}");
    }
}
