use std::fmt;

use aws_lc_rs::digest::{SHA256, digest};
use landfall_accounts::{EventKind, TokenAlgorithm, ports::PortError};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, sea_query::Expr,
};
use serde_json::json;
use time::OffsetDateTime;

use super::events;
use crate::{
    AdminError, Store,
    chain::hex,
    convert::{broken, instant, millis, new_id},
    entity::sp_keys::{Column, Entity, Model},
    fault::Fault,
    open::Turn,
    store::finish,
};

/// What a key of the installation is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "what a key is bound to must be said for each purpose")]
pub enum KeyPurpose {
    /// Its requests are signed with it.
    Signing,
    /// Identity providers encrypt for it.
    Decryption,
    /// What applications are told is signed with it.
    IdToken(TokenAlgorithm),
}

impl KeyPurpose {
    /// All of them, in the order in which they are listed.
    pub const ALL: [Self; 4] = [
        Self::Signing,
        Self::Decryption,
        Self::IdToken(TokenAlgorithm::Rs256),
        Self::IdToken(TokenAlgorithm::Es256),
    ];

    /// The stable name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Signing => "signing",
            Self::Decryption => "decryption",
            Self::IdToken(TokenAlgorithm::Rs256) => "id-token-rs256",
            Self::IdToken(TokenAlgorithm::Es256) => "id-token-es256",
        }
    }
}

impl fmt::Display for KeyPurpose {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A key of the installation, with its certificate.
///
/// # Security
/// The key is sealed before it comes here: whoever reads the database can neither sign nor decrypt.
#[derive(Clone, PartialEq, Eq)]
pub struct SpKey {
    /// The certificate, DER.
    pub certificate: Vec<u8>,
    /// The private key, sealed.
    pub sealed: Vec<u8>,
    /// When it was made.
    pub created_at: OffsetDateTime,
}

impl fmt::Debug for SpKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SpKey").field("created_at", &self.created_at).finish_non_exhaustive()
    }
}

/// The installation's keys for one purpose.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SpKeys {
    /// The one that is used; none before the first start.
    pub current: Option<SpKey>,
    /// The one that is to be used next, if a change has begun.
    pub next: Option<SpKey>,
    /// Those that were used before, and that others may still go by; the newest first.
    pub retiring: Vec<SpKey>,
}

impl SpKeys {
    /// Most keys for one purpose at once: each costs whoever tries them all.
    pub const MOST: usize = 4;

    fn count(&self) -> usize {
        usize::from(self.current.is_some()) + usize::from(self.next.is_some()) + self.retiring.len()
    }
}

/// Why a key of the installation was not changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SpKeyError {
    /// There is none to follow.
    #[error("there is none yet: `landfall serve` makes the first")]
    NoCurrent,
    /// A change has begun already.
    #[error("one is staged already: activate it, or retire it")]
    StagedAlready,
    /// No change has begun.
    #[error("none is staged: `landfall key stage` makes one")]
    NotStaged,
    /// Too many at once.
    #[error("there are {} of them, the most that are tried: retire an old one first", SpKeys::MOST)]
    TooMany,
    /// The one that is used.
    #[error("this one is in use: stage and activate another one first")]
    InUse,
    /// There is no such key.
    #[error("no key has this certificate: see `landfall key list`")]
    Unknown,
}

impl SpKeyError {
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::NoCurrent => "sp_key.none",
            Self::StagedAlready => "sp_key.staged",
            Self::NotStaged => "sp_key.not_staged",
            Self::TooMany => "sp_key.too_many",
            Self::InUse => "sp_key.in_use",
            Self::Unknown => "sp_key.unknown",
        }
    }
}

const OPERATOR: &str = "operator";

const CURRENT: &str = "current";
const NEXT: &str = "next";
const RETIRING: &str = "retiring";

impl Store {
    /// The installation's keys for this purpose.
    ///
    /// # Errors
    /// [`PortError`] if the store cannot answer.
    pub async fn sp_keys(&self, purpose: KeyPurpose) -> Result<SpKeys, PortError> {
        Ok(all(purpose, self.reader()).await?)
    }

    /// Keeps a key if the installation has none yet for this purpose, and says which one it has now.
    ///
    /// Two processes that start at once in an empty database get the same answer.
    ///
    /// # Errors
    /// [`PortError`] if the store cannot answer.
    pub async fn keep_sp_key(&self, purpose: KeyPurpose, key: SpKey) -> Result<SpKey, PortError> {
        let txn = self.transaction(Turn::Alone).await?;
        if let Some(found) = all(purpose, &txn).await?.current {
            return Ok(found);
        }
        let now = key.created_at;
        let kept = insert(&txn, purpose, CURRENT, key).await?;
        note(&txn, ("installation", "key.make"), purpose, &kept.certificate, now).await?;
        finish(txn).await?;
        Ok(kept)
    }

    /// Keeps the key that is to be used next: others learn of it before it is used.
    ///
    /// # Errors
    /// [`AdminError::SpKey`] without a current key, with one that is next already, or with [`SpKeys::MOST`] keys.
    pub async fn stage_sp_key(&self, purpose: KeyPurpose, key: SpKey) -> Result<SpKeys, AdminError> {
        let refused = |source| Err(AdminError::SpKey { purpose, source });
        let txn = self.transaction(Turn::Alone).await?;
        let before = all(purpose, &txn).await?;
        match (&before.current, &before.next) {
            (None, _) => return refused(SpKeyError::NoCurrent),
            (_, Some(_)) => return refused(SpKeyError::StagedAlready),
            _ if before.count() >= SpKeys::MOST => return refused(SpKeyError::TooMany),
            _ => {}
        }
        let now = key.created_at;
        let staged = insert(&txn, purpose, NEXT, key).await?;
        note(&txn, (OPERATOR, "key.stage"), purpose, &staged.certificate, now).await?;
        let after = all(purpose, &txn).await?;
        finish(txn).await?;
        Ok(after)
    }

    /// Makes the key that is next the current one; the one before is retiring, and still counts.
    ///
    /// # Errors
    /// [`AdminError::SpKey`] if none is next.
    pub async fn activate_sp_key(
        &self,
        purpose: KeyPurpose,
        now: OffsetDateTime,
    ) -> Result<SpKeys, AdminError> {
        let txn = self.transaction(Turn::Alone).await?;
        let Some(next) = all(purpose, &txn).await?.next else {
            return Err(AdminError::SpKey { purpose, source: SpKeyError::NotStaged });
        };
        for (from, to) in [(CURRENT, RETIRING), (NEXT, CURRENT)] {
            Entity::update_many()
                .col_expr(Column::State, Expr::value(to))
                .filter(Column::Purpose.eq(purpose.name()))
                .filter(Column::State.eq(from))
                .exec(&txn)
                .await
                .map_err(Fault::from)?;
        }
        note(&txn, (OPERATOR, "key.activate"), purpose, &next.certificate, now).await?;
        let after = all(purpose, &txn).await?;
        finish(txn).await?;
        Ok(after)
    }

    /// Forgets a key that is next or retiring, for good.
    ///
    /// # Errors
    /// [`AdminError::SpKey`] for the current key, and for one that is not there.
    ///
    /// # Security
    /// What was encrypted for it can be read no more, by nobody.
    pub async fn retire_sp_key(
        &self,
        purpose: KeyPurpose,
        certificate: &[u8],
        now: OffsetDateTime,
    ) -> Result<SpKeys, AdminError> {
        let txn = self.transaction(Turn::Alone).await?;
        let before = all(purpose, &txn).await?;
        if before.current.is_some_and(|current| current.certificate == certificate) {
            return Err(AdminError::SpKey { purpose, source: SpKeyError::InUse });
        }
        let deleted = Entity::delete_many()
            .filter(Column::Purpose.eq(purpose.name()))
            .filter(Column::Certificate.eq(certificate))
            .exec(&txn)
            .await
            .map_err(Fault::from)?;
        if deleted.rows_affected == 0 {
            return Err(AdminError::SpKey { purpose, source: SpKeyError::Unknown });
        }
        note(&txn, (OPERATOR, "key.retire"), purpose, certificate, now).await?;
        let after = all(purpose, &txn).await?;
        finish(txn).await?;
        Ok(after)
    }
}

async fn insert(
    conn: &impl ConnectionTrait,
    purpose: KeyPurpose,
    state: &str,
    key: SpKey,
) -> Result<SpKey, Fault> {
    let row = Model {
        id: new_id(key.created_at),
        certificate: key.certificate,
        sealed: key.sealed,
        created_at: millis(key.created_at),
        purpose: purpose.name().to_owned(),
        state: state.to_owned(),
    };
    let kept = sp_key(row.clone())?;
    Entity::insert(row.into_active_model()).exec_without_returning(conn).await?;
    Ok(kept)
}

async fn all(purpose: KeyPurpose, conn: &impl ConnectionTrait) -> Result<SpKeys, Fault> {
    let rows = Entity::find()
        .filter(Column::Purpose.eq(purpose.name()))
        .order_by_desc(Column::CreatedAt)
        .all(conn)
        .await?;
    let mut keys = SpKeys::default();
    for row in rows {
        match row.state.as_str() {
            CURRENT => keys.current = Some(sp_key(row)?),
            NEXT => keys.next = Some(sp_key(row)?),
            RETIRING => keys.retiring.push(sp_key(row)?),
            _ => return Err(broken("state", "expected current, next or retiring")),
        }
    }
    Ok(keys)
}

async fn note(
    conn: &impl ConnectionTrait,
    (by, action): (&str, &str),
    purpose: KeyPurpose,
    certificate: &[u8],
    now: OffsetDateTime,
) -> Result<(), Fault> {
    let certificate = hex(digest(&SHA256, certificate).as_ref());
    let detail = json!({ "by": by, "action": action, "purpose": purpose.name(), "certificate": certificate });
    events::write(conn, &events::of_installation(EventKind::ConfigurationChanged, now, &detail)).await
}

fn sp_key(row: Model) -> Result<SpKey, Fault> {
    Ok(SpKey {
        certificate: row.certificate,
        sealed: row.sealed,
        created_at: instant("created_at", row.created_at)?,
    })
}
