use landfall_accounts::{
    Change, ConnectionId, EventKind, TenantId, UserId,
    ports::{ChangeFeed, Changes, PortError},
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use time::OffsetDateTime;
use uuid::Uuid;

use super::{Following, PAGE};
use crate::{
    Store,
    entity::events::{Column, Entity},
    fault::Fault,
};

/// How many ids before the newest the first look begins: one of them may not be written for others to see.
const LOOK_BACK: i64 = 1000;

/// How far the changes were read.
#[derive(Clone, Debug, Default)]
pub struct FeedPosition(Option<Following>);

impl ChangeFeed for Store {
    type Position = FeedPosition;

    fn written(&self) -> u64 {
        self.commits()
    }

    async fn changes(&self, position: &mut FeedPosition, now: OffsetDateTime) -> Result<Changes, PortError> {
        Ok(read(self, position, now).await?)
    }
}

/// Of an event, all that tells of a change; what else stands there is not read.
type Row = (i64, String, Option<Uuid>, Option<Uuid>, Option<Uuid>);

async fn read(store: &Store, position: &mut FeedPosition, now: OffsetDateTime) -> Result<Changes, Fault> {
    let mut following = match &position.0 {
        Some(following) => following.clone(),
        None => Following::after(newest(store).await?.saturating_sub(LOOK_BACK)),
    };
    let rows: Vec<Row> = Entity::find()
        .select_only()
        .columns([Column::Id, Column::Kind, Column::TenantId, Column::ConnectionId, Column::UserId])
        .filter(following.condition(Column::Id.into_expr(), now))
        .order_by_asc(Column::Id)
        .limit(PAGE)
        .into_tuple()
        .all(store.reader())
        .await?;
    let more = u64::try_from(rows.len()).is_ok_and(|rows| rows >= PAGE);
    let mut changes = Vec::new();
    for (id, kind, tenant, connection, user) in rows {
        following.saw(id, now);
        changes.extend(Change::of(
            kind.parse::<EventKind>().ok(),
            tenant.map(TenantId::from_uuid),
            connection.map(ConnectionId::from_uuid),
            user.map(UserId::from_uuid),
        ));
    }
    if following.is_lost(now) {
        changes.push(Change::Everybody);
    }
    position.0 = Some(following);
    Ok(Changes::new(changes, more))
}

async fn newest(store: &Store) -> Result<i64, Fault> {
    let newest: Option<Option<i64>> = Entity::find()
        .select_only()
        .column_as(Column::Id.max(), "id")
        .into_tuple()
        .one(store.reader())
        .await?;
    Ok(newest.flatten().unwrap_or_default())
}
