use std::collections::HashMap;

use landfall_accounts::{EventKind, TenantId};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter};
use uuid::Uuid;

use super::{AuditError, Head, head::hash_of, page, snapshot};
use crate::{
    Store,
    chain::{CURRENT, EARLIER, Hashed, Link},
    entity::events::{Column, Entity, Model},
    fault::Fault,
};

/// What is wrong with the log, and where: the first event of which that is known.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ChainFault {
    /// The hash does not fit what is there.
    #[error(
        "event {id}, number {seq} of {}, is not as it was written: it was changed, or the one before it was together with its hash", chain(*tenant)
    )]
    Changed {
        /// The event.
        id: i64,
        /// Its chain.
        tenant: Option<TenantId>,
        /// Its number there.
        seq: i64,
    },
    /// A number is nowhere.
    #[error("number {seq} of {} is missing before event {id}: it was taken away", chain(*tenant))]
    Missing {
        /// The event after it.
        id: i64,
        /// Its chain.
        tenant: Option<TenantId>,
        /// The number that is missing.
        seq: i64,
    },
    /// A number comes too late.
    #[error("event {id} has number {seq} of {} and comes out of order: events changed places", chain(*tenant))]
    OutOfOrder {
        /// The event.
        id: i64,
        /// Its chain.
        tenant: Option<TenantId>,
        /// Its number there.
        seq: i64,
    },
    /// A number is there twice.
    #[error("event {id} has number {seq} of {} as another one has: the chain forks", chain(*tenant))]
    Forked {
        /// The event.
        id: i64,
        /// Its chain.
        tenant: Option<TenantId>,
        /// Its number there.
        seq: i64,
    },
    /// It is in no chain.
    #[error("event {id} is in no chain: it was not written by this program")]
    Unchained {
        /// The event.
        id: i64,
    },
    /// An earlier head is another event today.
    #[error("number {} of {} was another event when its head was kept: the chain was written anew since{}", head.seq, chain(head.tenant), after(*restores))]
    Rewritten {
        /// The head that was kept.
        head: Head,
        /// How often the database was restored from a backup.
        restores: u64,
    },
    /// An earlier head is after the end of its chain today.
    #[error("{} had {} events when its head was kept, and now ends before: its end was cut off since{}", chain(head.tenant), head.seq, after(*restores))]
    CutOff {
        /// The head that was kept.
        head: Head,
        /// How often the database was restored from a backup.
        restores: u64,
    },
    /// A text that is no head.
    #[error("a head is CHAIN:NUMBER:HASH, as `landfall audit verify` prints it")]
    NotAHead,
}

fn chain(tenant: Option<TenantId>) -> String {
    tenant
        .map_or_else(|| "the chain of the installation".to_owned(), |tenant| format!("the chain of {tenant}"))
}

fn after(restores: u64) -> String {
    match restores {
        0 => String::new(),
        _ => format!(
            "; the database was restored from a backup {restores} times, see `landfall audit tail --kind {}`: what came after the backup is gone with it",
            EventKind::Restored
        ),
    }
}

/// A log that is as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    /// How many events it has.
    pub events: u64,
    /// How many of them were there before there was a chain, so that nothing vouched for them until then.
    pub earlier: u64,
    /// The heads of all chains, the installation's first: kept elsewhere, they show later that nothing was written anew.
    pub heads: Vec<Head>,
}

impl Store {
    /// Reads all events and says whether they are as they were written, and whether these earlier heads are among them.
    ///
    /// A thousand events are in memory at once, and a head for each tenant.
    ///
    /// # Errors
    /// [`AuditError::Chain`] with the first event that is wrong, and how.
    ///
    /// # Security
    /// Whoever can write the database, and drop its triggers, can write all of a chain anew: heads that were kept elsewhere show it.
    pub async fn verify_events(&self, kept: &[Head]) -> Result<Verified, AuditError> {
        let txn = snapshot(self).await?;
        let mut chains: HashMap<Option<Uuid>, Link> = HashMap::new();
        let (mut last, mut events, mut earlier) = (i64::MIN, 0, 0);
        loop {
            let rows = page(&txn, last).await?;
            for row in &rows {
                let link = chains.entry(row.tenant_id).or_default();
                *link = follows(&txn, row, link).await?;
                events += 1;
                earlier += u64::from(row.form == Some(EARLIER));
                last = row.id;
            }
            if rows.is_empty() {
                break;
            }
        }
        for head in kept {
            contains(&txn, &chains, head).await?;
        }
        txn.commit().await.map_err(Fault::from)?;
        let mut heads: Vec<Head> = chains
            .into_iter()
            .map(|(tenant, link)| Head {
                tenant: tenant.map(TenantId::from_uuid),
                seq: link.seq,
                hash: link.hash,
            })
            .collect();
        heads.sort_by_key(|head| head.tenant.map(|tenant| tenant.as_uuid()));
        Ok(Verified { events, earlier, heads })
    }
}

/// The event as the next one of its chain.
async fn follows(conn: &impl ConnectionTrait, row: &Model, last: &Link) -> Result<Link, AuditError> {
    let (id, tenant) = (row.id, row.tenant_id.map(TenantId::from_uuid));
    let (Some(seq), Some(form @ (EARLIER | CURRENT)), Some(hash)) = (row.seq, row.form, &row.hash) else {
        return Err(ChainFault::Unchained { id }.into());
    };
    let expected = last.seq.saturating_add(1);
    if seq < expected {
        return Err(ChainFault::Forked { id, tenant, seq }.into());
    }
    if seq > expected {
        let later = hash_of(conn, row.tenant_id, expected).await?;
        return Err(match later {
            Some(_) => ChainFault::OutOfOrder { id, tenant, seq },
            None => ChainFault::Missing { id, tenant, seq: expected },
        }
        .into());
    }
    let link = last.next(&Hashed {
        form,
        at: row.at,
        kind: &row.kind,
        tenant: row.tenant_id,
        connection: row.connection_id,
        user: row.user_id,
        trace: row.trace.as_deref(),
        detail: &row.detail,
    });
    if link.hash[..] == hash[..] { Ok(link) } else { Err(ChainFault::Changed { id, tenant, seq }.into()) }
}

async fn contains(
    conn: &impl ConnectionTrait,
    chains: &HashMap<Option<Uuid>, Link>,
    head: &Head,
) -> Result<(), AuditError> {
    let tenant = head.tenant.map(|tenant| tenant.as_uuid());
    if chains.get(&tenant).is_none_or(|link| link.seq < head.seq) {
        return Err(ChainFault::CutOff { head: *head, restores: restores(conn).await? }.into());
    }
    match hash_of(conn, tenant, head.seq).await? {
        Some(hash) if hash == head.hash => Ok(()),
        _ => Err(ChainFault::Rewritten { head: *head, restores: restores(conn).await? }.into()),
    }
}

async fn restores(conn: &impl ConnectionTrait) -> Result<u64, Fault> {
    Ok(Entity::find().filter(Column::Kind.eq(EventKind::Restored.code())).count(conn).await?)
}
