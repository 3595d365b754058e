use std::collections::BTreeMap;

use landfall_accounts::ports::PortError;
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, ExprTrait, QueryFilter, QueryOrder, QuerySelect, sea_query::Expr,
};
use time::{Duration, OffsetDateTime};

use super::{PAGE, RecordedEvent, recorded};
use crate::{
    Store,
    entity::events::{Column, Entity},
    fault::Fault,
};

/// How long an id that was passed over may still come: no transaction lives longer.
const LATE: Duration = Duration::seconds(30);
/// How many such ids are looked for at most.
const MOST: i64 = 1000;

/// How far the log was read.
///
/// Ids are given out before they are written for others to see: on PostgreSQL one may come after those that follow it,
/// or never, if its transaction failed.
#[derive(Clone, Debug)]
pub struct Following {
    last: i64,
    missing: BTreeMap<i64, OffsetDateTime>,
}

impl Following {
    /// From the event after this one.
    #[must_use]
    pub fn after(id: i64) -> Self {
        Self { last: id, missing: BTreeMap::new() }
    }

    /// What may be new, by its id; from now on what is too late is not looked for.
    pub(in crate::repo) fn condition(&mut self, id: Expr, now: OffsetDateTime) -> Condition {
        self.missing.retain(|_, until| now < *until);
        let late = self.missing.keys().copied();
        Condition::any().add(id.clone().gt(self.last)).add(id.is_in(late))
    }

    pub(in crate::repo) fn saw(&mut self, id: i64, now: OffsetDateTime) {
        self.missing.remove(&id);
        if id > self.last {
            let first = Ord::max(self.last.saturating_add(1), id.saturating_sub(MOST));
            let passed_over = first..id;
            self.missing.extend(passed_over.map(|id| (id, now + LATE)));
            self.last = id;
        }
    }
}

impl Store {
    /// The events that were written since the last call, in their order; a thousand at most.
    ///
    /// # Errors
    /// [`PortError`] if the store cannot answer.
    pub async fn follow_events(
        &self,
        following: &mut Following,
        now: OffsetDateTime,
    ) -> Result<Vec<RecordedEvent>, PortError> {
        let rows = Entity::find()
            .filter(following.condition(Column::Id.into_expr(), now))
            .order_by_asc(Column::Id)
            .limit(PAGE)
            .all(self.reader())
            .await
            .map_err(Fault::from)?;
        for row in &rows {
            following.saw(row.id, now);
        }
        Ok(rows.into_iter().map(recorded).collect::<Result<_, _>>()?)
    }
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    #[test]
    fn what_was_passed_over_is_looked_for_until_it_comes() {
        let now = datetime!(2030-01-02 03:04:05 UTC);
        let mut following = Following::after(7);
        following.saw(8, now);
        assert!(following.missing.is_empty());
        following.saw(11, now);
        assert_eq!(following.missing.keys().copied().collect::<Vec<_>>(), [9, 10]);
        following.saw(9, now);
        assert_eq!((following.last, following.missing.len()), (11, 1));
        following.saw(1_000_000, now);
        assert_eq!(following.missing.len(), 1001, "bounded");
    }
}
