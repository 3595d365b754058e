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
///
/// Each that an operator begins waits for all others and makes all others wait, so that nothing passes over its ids;
/// the others are those of requests, which end sooner.
const LATE: Duration = Duration::seconds(30);
/// How many gaps are looked into at most; SQLite, which has none, reads no longer condition.
const MOST: usize = 500;

/// How far the log was read.
///
/// Ids are given out before they are written for others to see: on PostgreSQL one may come after those that follow it,
/// or never, if its transaction failed.
#[derive(Clone, Debug)]
pub struct Following {
    last: i64,
    /// The ids that were passed over, by the first of each gap.
    missing: BTreeMap<i64, Gap>,
    /// Until when something may come that is looked for no more.
    lost_until: Option<OffsetDateTime>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Gap {
    last: i64,
    until: OffsetDateTime,
}

impl Following {
    /// From the event after this one.
    #[must_use]
    pub fn after(id: i64) -> Self {
        Self { last: id, missing: BTreeMap::new(), lost_until: None }
    }

    /// What may be new, by its id; from now on what is too late is not looked for.
    pub(in crate::repo) fn condition(&mut self, id: Expr, now: OffsetDateTime) -> Condition {
        self.missing.retain(|_, gap| now < gap.until);
        let newer = Condition::any().add(id.clone().gt(self.last));
        self.missing
            .iter()
            .fold(newer, |condition, (first, gap)| condition.add(id.clone().between(*first, gap.last)))
    }

    pub(in crate::repo) fn saw(&mut self, id: i64, now: OffsetDateTime) {
        if id > self.last {
            self.pass_over(self.last.saturating_add(1), id.saturating_sub(1), now + LATE);
            self.last = id;
            return;
        }
        let Some((&first, &gap)) = self.missing.range(..=id).next_back().filter(|(_, gap)| id <= gap.last)
        else {
            return;
        };
        self.missing.remove(&first);
        self.pass_over(first, id.saturating_sub(1), gap.until);
        self.pass_over(id.saturating_add(1), gap.last, gap.until);
    }

    fn pass_over(&mut self, first: i64, last: i64, until: OffsetDateTime) {
        if first > last {
            return;
        }
        self.missing.insert(first, Gap { last, until });
        if self.missing.len() > MOST
            && let Some((_, gap)) = self.missing.pop_first()
        {
            self.lost_until = Ord::max(self.lost_until, Some(gap.until));
        }
    }

    /// Whether something may have been missed: too many ids were passed over at once.
    pub(in crate::repo) fn is_lost(&self, now: OffsetDateTime) -> bool {
        self.lost_until.is_some_and(|until| now < until)
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

    const NOW: OffsetDateTime = datetime!(2030-01-02 03:04:05 UTC);

    fn gaps(following: &Following) -> Vec<(i64, i64)> {
        following.missing.iter().map(|(first, gap)| (*first, gap.last)).collect()
    }

    #[test]
    fn what_was_passed_over_is_looked_for_until_it_comes() {
        let mut following = Following::after(7);
        following.saw(8, NOW);
        assert_eq!(gaps(&following), []);
        following.saw(11, NOW);
        assert_eq!(gaps(&following), [(9, 10)]);
        following.saw(9, NOW);
        assert_eq!((following.last, gaps(&following)), (11, vec![(10, 10)]));
        following.saw(1_000_000, NOW);
        assert_eq!(gaps(&following), [(10, 10), (12, 999_999)]);
        following.saw(500, NOW);
        following.saw(500, NOW);
        assert_eq!(gaps(&following), [(10, 10), (12, 499), (501, 999_999)]);
        following.saw(3, NOW);
        assert_eq!(gaps(&following).len(), 3, "what was never passed over");
        following.condition(Column::Id.into_expr(), NOW + LATE);
        assert_eq!(gaps(&following), []);
    }

    #[test]
    fn too_many_gaps_are_told_for_as_long_as_something_may_come() {
        let mut following = Following::after(0);
        for gap in 1..=i64::try_from(MOST).unwrap() {
            following.saw(2 * gap, NOW);
        }
        assert!(!following.is_lost(NOW) && gaps(&following).len() == MOST);
        following.saw(10_000, NOW);
        assert!(following.is_lost(NOW) && gaps(&following).len() == MOST);
        assert!(!following.is_lost(NOW + LATE));
    }
}
