use landfall_accounts::{
    Collision, ConnectionId, EventKind, LinkedBy, MergeFacts, MergeId, MergeProposal, MergeState, Subject,
    TenantId, TenantName, UserId, decide_merge, ports::PortError,
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, ExprTrait, IntoActiveModel, PaginatorTrait, QueryFilter,
    QueryOrder,
    sea_query::{Expr, OnConflict},
};
use serde_json::{Value, json};
use time::OffsetDateTime;

use super::{domains, events, first, identities, identities::Key, tenants, users};
use crate::{
    AdminError, Store,
    convert::{broken, instant, millis, new_id, parsed},
    entity::{
        merge_overflows as overflows,
        merge_proposals::{Column, Entity, Model},
    },
    fault::Fault,
    open::Turn,
    store::finish,
};

/// Proposals, and what found no room among them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Merges {
    /// The proposals, the one that was seen last first.
    pub proposals: Vec<MergeProposal>,
    /// How often an identity of a connection was refused and not proposed, since the connection has too many proposals.
    pub overflows: Vec<(ConnectionId, u64)>,
}

impl Store {
    /// All proposals, decided or not, of a tenant or of all.
    ///
    /// # Errors
    /// [`AdminError::NoTenant`].
    pub async fn merges(&self, tenant: Option<&TenantName>) -> Result<Merges, AdminError> {
        let (mut rows, mut lost) = (Entity::find(), overflows::Entity::find());
        if let Some(tenant) = tenant {
            let tenant = tenants::required(self.reader(), tenant).await?.id.as_uuid();
            rows = rows.filter(Column::TenantId.eq(tenant));
            lost = lost.filter(overflows::Column::TenantId.eq(tenant));
        }
        let rows = rows.order_by_desc(Column::LastSeen).order_by_desc(Column::Id);
        let rows = rows.all(self.reader()).await.map_err(Fault::from)?;
        let lost = lost.all(self.reader()).await.map_err(Fault::from)?;
        let times = |row: &overflows::Model| {
            let times = u64::try_from(row.times).map_err(|source| broken("times", source))?;
            Ok::<_, Fault>((ConnectionId::from_uuid(row.connection_id), times))
        };
        Ok(Merges {
            proposals: rows.into_iter().map(proposal).collect::<Result<_, _>>()?,
            overflows: lost.iter().map(times).collect::<Result<_, _>>()?,
        })
    }

    /// The proposal of this id, decided or not.
    ///
    /// # Errors
    /// [`PortError`] if the store cannot answer.
    pub async fn merge(&self, id: &MergeId) -> Result<Option<MergeProposal>, PortError> {
        Ok(find(self.reader(), id).await?)
    }

    /// Links the identity of a proposal to its account, if everything still holds.
    ///
    /// The state of the account stays: whoever is suspended or pending still may not sign in.
    ///
    /// # Errors
    /// [`AdminError::NoMerge`], [`AdminError::MergeDecided`]; [`AdminError::MergeBarred`], which says what changed.
    ///
    /// # Security
    /// From now on whoever has that identity is the person of the account: the operator has made sure of it.
    pub async fn accept_merge(&self, id: &MergeId, now: OffsetDateTime) -> Result<MergeProposal, AdminError> {
        let txn = self.transaction(Turn::Alone).await?;
        let proposal = open(&txn, id).await?;
        let MergeProposal { tenant, connection, subject, user, .. } = &proposal;
        let key = Key { tenant: *tenant, connection: *connection, subject };
        let user = users::load(&txn, *tenant, *user).await?;
        let facts = MergeFacts {
            linked_to: identities::user_of(&txn, key).await?.map(|user| user.id),
            tombstone: identities::tombstone(&txn, self.tombstones()?, key).await?,
            domain: domains::standing(&txn, &user.user_name, *tenant, *connection).await?,
            user,
        };
        decide_merge(&facts).map_err(|source| AdminError::MergeBarred { merge: *id, source })?;
        identities::link_to(&txn, key, facts.user.id, LinkedBy::Merge, now).await?;
        let detail = json!({ "how": LinkedBy::Merge.name(), "proposal": id.to_string() });
        let mut linked = events::about(EventKind::AccountLinked, *tenant, now, &detail);
        (linked.connection, linked.user) = (Some(*connection), Some(facts.user.id));
        events::write(&txn, &linked).await?;
        let accepted = conclude(&txn, proposal, MergeState::Accepted, now).await?;
        finish(txn).await?;
        Ok(accepted)
    }

    /// Decides against a proposal: it is kept, and not made again.
    ///
    /// # Errors
    /// [`AdminError::NoMerge`], [`AdminError::MergeDecided`].
    pub async fn reject_merge(&self, id: &MergeId, now: OffsetDateTime) -> Result<MergeProposal, AdminError> {
        let txn = self.transaction(Turn::Alone).await?;
        let proposal = open(&txn, id).await?;
        let rejected = conclude(&txn, proposal, MergeState::Rejected, now).await?;
        finish(txn).await?;
        Ok(rejected)
    }
}

/// Writes down that an identity was refused since an account has its name; the detail of an event if that is new.
pub(super) async fn propose(
    conn: &impl ConnectionTrait,
    key: Key<'_>,
    with: UserId,
    why: Collision,
    now: OffsetDateTime,
) -> Result<Option<Value>, Fault> {
    if !MergeProposal::follows(why) {
        return Ok(None);
    }
    let (tenant, connection) = (key.tenant.as_uuid(), key.connection.as_uuid());
    let again = Entity::update_many()
        .col_expr(Column::Times, Expr::col(Column::Times).add(1))
        .col_expr(Column::LastSeen, Expr::value(millis(now)))
        .col_expr(Column::Why, Expr::value(why.code()))
        .filter(of_connection(key))
        .filter(Column::Subject.eq(key.subject.as_str()))
        .filter(Column::UserId.eq(with.as_uuid()))
        .exec(conn)
        .await?;
    if again.rows_affected > 0 {
        return Ok(None);
    }
    let kept = Entity::find().filter(of_connection(key));
    let open = kept.clone().filter(Column::State.eq(MergeState::Open.name()));
    if open.count(conn).await? >= MergeProposal::MOST_OPEN || kept.count(conn).await? >= MergeProposal::MOST {
        overflow(conn, key, now).await?;
        return Ok(None);
    }
    let row = Model {
        tenant_id: tenant,
        id: new_id(now),
        connection_id: connection,
        subject: key.subject.as_str().to_owned(),
        user_id: with.as_uuid(),
        why: why.code().to_owned(),
        state: MergeState::Open.name().to_owned(),
        times: 1,
        first_seen: millis(now),
        last_seen: millis(now),
        decided_at: None,
    };
    let id = MergeId::from_uuid(row.id);
    Entity::insert(row.into_active_model()).exec_without_returning(conn).await?;
    Ok(Some(json!({ "proposal": id.to_string(), "code": why.code() })))
}

async fn overflow(conn: &impl ConnectionTrait, key: Key<'_>, now: OffsetDateTime) -> Result<(), Fault> {
    use overflows::Column;
    let row = overflows::Model {
        tenant_id: key.tenant.as_uuid(),
        connection_id: key.connection.as_uuid(),
        times: 1,
        last_seen: millis(now),
    };
    let again = OnConflict::columns([Column::TenantId, Column::ConnectionId])
        .value(Column::Times, Expr::col((overflows::Entity, Column::Times)).add(1))
        .update_column(Column::LastSeen)
        .to_owned();
    overflows::Entity::insert(row.into_active_model())
        .on_conflict(again)
        .exec_without_returning(conn)
        .await?;
    Ok(())
}

async fn conclude(
    conn: &impl ConnectionTrait,
    proposal: MergeProposal,
    state: MergeState,
    now: OffsetDateTime,
) -> Result<MergeProposal, Fault> {
    Entity::update_many()
        .col_expr(Column::State, Expr::value(state.name()))
        .col_expr(Column::DecidedAt, Expr::value(millis(now)))
        .filter(Column::TenantId.eq(proposal.tenant.as_uuid()))
        .filter(Column::Id.eq(proposal.id.as_uuid()))
        .exec(conn)
        .await?;
    let detail = json!({ "proposal": proposal.id.to_string(), "decision": state.name() });
    let mut event = events::about(EventKind::MergeDecided, proposal.tenant, now, &detail);
    (event.connection, event.user) = (Some(proposal.connection), Some(proposal.user));
    events::write(conn, &event).await?;
    Ok(MergeProposal { state, decided_at: Some(now), ..proposal })
}

async fn open(conn: &impl ConnectionTrait, id: &MergeId) -> Result<MergeProposal, AdminError> {
    let found = find(conn, id).await?.ok_or(AdminError::NoMerge { merge: *id })?;
    match found.state {
        MergeState::Open => Ok(found),
        state => Err(AdminError::MergeDecided { merge: *id, state }),
    }
}

async fn find(conn: &impl ConnectionTrait, id: &MergeId) -> Result<Option<MergeProposal>, Fault> {
    first(Entity::find().filter(Column::Id.eq(id.as_uuid())), conn).await?.map(proposal).transpose()
}

fn of_connection(key: Key<'_>) -> Expr {
    Column::TenantId.eq(key.tenant.as_uuid()).and(Column::ConnectionId.eq(key.connection.as_uuid()))
}

fn proposal(row: Model) -> Result<MergeProposal, Fault> {
    Ok(MergeProposal {
        id: MergeId::from_uuid(row.id),
        tenant: TenantId::from_uuid(row.tenant_id),
        connection: ConnectionId::from_uuid(row.connection_id),
        subject: parsed::<Subject>("subject", &row.subject)?,
        user: UserId::from_uuid(row.user_id),
        why: parsed("why", &row.why)?,
        state: parsed("state", &row.state)?,
        times: u64::try_from(row.times).map_err(|source| broken("times", source))?,
        first_seen: instant("first_seen", row.first_seen)?,
        last_seen: instant("last_seen", row.last_seen)?,
        decided_at: row.decided_at.map(|at| instant("decided_at", at)).transpose()?,
    })
}
