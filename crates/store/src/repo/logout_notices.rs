use landfall_accounts::{
    AppUrl, Application, Delivery, EventKind, LogoutNotice, NoticeId, SessionId, TenantId, UserId,
    ports::{LogoutOutbox, PortError},
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect,
    sea_query::{Expr, ExprTrait, LockBehavior, LockType},
};
use serde_json::json;
use time::OffsetDateTime;

use super::{events, first, purge::unheld};
use crate::{
    Store,
    convert::{broken, instant, millis, new_id, parsed},
    entity::{
        grants as granted,
        logout_notices::{Column, Entity, Model},
    },
    fault::Fault,
    open::Turn,
    store::finish,
};

/// How many notices one statement writes.
const BATCH: usize = 100;

impl LogoutOutbox for Store {
    async fn due_addresses(&self, now: OffsetDateTime) -> Result<Vec<AppUrl>, PortError> {
        Ok(due_addresses(self, now).await?)
    }

    async fn due_notices(
        &self,
        address: &AppUrl,
        most: u64,
        now: OffsetDateTime,
    ) -> Result<Vec<LogoutNotice>, PortError> {
        Ok(take_due(self, address, most, now).await?)
    }

    async fn settle_notice(
        &self,
        notice: &NoticeId,
        delivery: Delivery,
        now: OffsetDateTime,
    ) -> Result<(), PortError> {
        Ok(settle(self, notice, delivery, now).await?)
    }
}

async fn due_addresses(store: &Store, now: OffsetDateTime) -> Result<Vec<AppUrl>, Fault> {
    let due = Entity::find().select_only().column(Column::Address).distinct();
    let due = due.filter(Column::DueAt.lte(millis(now))).order_by_asc(Column::Address);
    let addresses: Vec<String> = due.into_tuple().all(store.reader()).await?;
    addresses.iter().map(|address| parsed("address", address)).collect()
}

/// Of two nodes that find one due, one gets it: the other passes over it.
async fn take_due(
    store: &Store,
    address: &AppUrl,
    most: u64,
    now: OffsetDateTime,
) -> Result<Vec<LogoutNotice>, Fault> {
    let due = Entity::find()
        .filter(Column::Address.eq(address.as_str()))
        .filter(Column::DueAt.lte(millis(now)))
        .order_by_asc(Column::DueAt)
        .order_by_asc(Column::Id)
        .limit(most);
    // Nobody waits for who only looks.
    if due.clone().all(store.reader()).await?.is_empty() {
        return Ok(Vec::new());
    }
    let txn = store.transaction(Turn::None).await?;
    let taken = due.lock_with_behavior(LockType::Update, LockBehavior::SkipLocked).all(&txn).await?;
    Entity::update_many()
        .col_expr(Column::DueAt, Expr::value(millis(now + LogoutNotice::LEASE)))
        .filter(Column::Id.is_in(taken.iter().map(|row| row.id)))
        .exec(&txn)
        .await?;
    finish(txn).await?;
    taken.into_iter().map(notice).collect()
}

async fn settle(store: &Store, id: &NoticeId, delivery: Delivery, now: OffsetDateTime) -> Result<(), Fault> {
    let own = || Column::Id.eq(id.as_uuid());
    if delivery == Delivery::Taken {
        Entity::delete_many().filter(own()).exec(store.writer()).await?;
        return Ok(());
    }
    let Some(row) = first(Entity::find().filter(own()), store.reader()).await? else { return Ok(()) };
    let notice = notice(row.clone())?;
    let tries = notice.tries.saturating_add(1);
    if now - notice.ended_at < LogoutNotice::GIVEN_UP {
        // Whoever does not answer one gets no other in the meantime: others are not kept waiting behind them.
        let wait = millis(now + LogoutNotice::wait(tries));
        let others = Column::DueAt.lte(millis(now)).and(Column::Address.eq(row.address.as_str()));
        Entity::update_many()
            .col_expr(Column::DueAt, Expr::value(wait))
            .filter(unheld::<Entity>(others))
            .exec(store.writer())
            .await?;
        Entity::update_many()
            .col_expr(Column::Tries, Expr::value(i32::try_from(tries).unwrap_or(i32::MAX)))
            .col_expr(Column::DueAt, Expr::value(wait))
            .filter(own())
            .exec(store.writer())
            .await?;
        return Ok(());
    }
    let tenant = TenantId::from_uuid(row.tenant_id);
    let txn = store.transaction(Turn::Tenant(tenant)).await?;
    if Entity::delete_many().filter(own()).exec(&txn).await?.rows_affected > 0 {
        let session = notice.session.to_string();
        let detail = json!({ "application": notice.app.as_str(), "session": session, "tries": tries });
        let mut event = events::about(EventKind::NoticeGivenUp, tenant, now, &detail);
        event.user = Some(notice.user);
        events::write(&txn, &event).await?;
    }
    finish(txn).await
}

/// What is to be told of a session in which this was granted.
pub(super) fn row(grant: &granted::Model, app: &Application, address: &AppUrl, now: OffsetDateTime) -> Model {
    Model {
        tenant_id: grant.tenant_id,
        id: new_id(now),
        app: app.name.as_str().to_owned(),
        app_id: Some(app.id.as_uuid()),
        address: address.as_str().to_owned(),
        signed_with: app.signed_with.name().to_owned(),
        user_id: grant.user_id,
        session_id: grant.session_id,
        ended_at: millis(now),
        tries: 0,
        due_at: millis(now),
    }
}

pub(super) async fn insert(conn: &impl ConnectionTrait, mut rows: Vec<Model>) -> Result<(), Fault> {
    while !rows.is_empty() {
        let rest = rows.split_off(rows.len().min(BATCH));
        let models = rows.into_iter().map(IntoActiveModel::into_active_model);
        Entity::insert_many(models).exec_without_returning(conn).await?;
        rows = rest;
    }
    Ok(())
}

/// What waits for an application follows it to its new address; without one, it waits for nothing.
pub(super) async fn follow(conn: &impl ConnectionTrait, app: &Application) -> Result<(), Fault> {
    let own = Column::AppId.eq(app.id.as_uuid());
    match &app.backchannel_logout {
        Some(address) => {
            Entity::update_many()
                .col_expr(Column::Address, Expr::value(address.as_str()))
                .col_expr(Column::SignedWith, Expr::value(app.signed_with.name()))
                .filter(own)
                .exec(conn)
                .await?;
        }
        None => {
            Entity::delete_many().filter(own).exec(conn).await?;
        }
    }
    Ok(())
}

fn notice(row: Model) -> Result<LogoutNotice, Fault> {
    Ok(LogoutNotice {
        id: NoticeId::from_uuid(row.id),
        app: parsed("app", &row.app)?,
        address: parsed("address", &row.address)?,
        signed_with: parsed("signed_with", &row.signed_with)?,
        user: UserId::from_uuid(row.user_id),
        session: SessionId::from_uuid(row.session_id),
        ended_at: instant("ended_at", row.ended_at)?,
        tries: u32::try_from(row.tries).map_err(|source| broken("tries", source))?,
    })
}
