use std::fmt;

use landfall_accounts::ports::PortError;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder};
use time::OffsetDateTime;

use super::first;
use crate::{
    Store,
    convert::{instant, millis, new_id},
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
}

impl KeyPurpose {
    fn column(self) -> &'static str {
        match self {
            Self::Signing => "signing",
            Self::Decryption => "decryption",
        }
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

impl Store {
    /// The installation's key for this purpose, if it has one.
    ///
    /// # Errors
    /// [`PortError`] if the store cannot answer.
    pub async fn sp_key(&self, purpose: KeyPurpose) -> Result<Option<SpKey>, PortError> {
        Ok(current(purpose, self.reader()).await?)
    }

    /// Keeps a key if the installation has none yet for this purpose, and says which one it has now.
    ///
    /// Two processes that start at once in an empty database get the same answer.
    ///
    /// # Errors
    /// [`PortError`] if the store cannot answer.
    pub async fn keep_sp_key(&self, purpose: KeyPurpose, key: SpKey) -> Result<SpKey, PortError> {
        let txn = self.transaction(Turn::Alone).await?;
        if let Some(found) = current(purpose, &txn).await? {
            return Ok(found);
        }
        let row = Model {
            id: new_id(key.created_at),
            certificate: key.certificate,
            sealed: key.sealed,
            created_at: millis(key.created_at),
            purpose: purpose.column().to_owned(),
        };
        let kept = sp_key(row.clone())?;
        Entity::insert(row.into_active_model()).exec_without_returning(&txn).await.map_err(Fault::from)?;
        finish(txn).await?;
        Ok(kept)
    }
}

async fn current(purpose: KeyPurpose, conn: &impl ConnectionTrait) -> Result<Option<SpKey>, Fault> {
    let keys = Entity::find().filter(Column::Purpose.eq(purpose.column()));
    let row = first(keys.order_by_asc(Column::CreatedAt), conn).await?;
    row.map(sp_key).transpose()
}

fn sp_key(row: Model) -> Result<SpKey, Fault> {
    Ok(SpKey {
        certificate: row.certificate,
        sealed: row.sealed,
        created_at: instant("created_at", row.created_at)?,
    })
}
