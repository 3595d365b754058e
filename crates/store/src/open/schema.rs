//! The schema of a database, seen from this version.

use std::collections::HashSet;

use sea_orm::{DatabaseConnection, DatabaseTransaction, DbErr, EntityTrait, TransactionTrait};
use sea_orm_migration::{MigratorTrait, SchemaManager, seaql_migrations};

use super::{OpenError, Place, Turn, options, wait};
use crate::migration::Migrator;

/// Refuses a database whose schema is another than this version's.
pub(super) async fn expect(place: &Place, db: &DatabaseConnection) -> Result<(), OpenError> {
    let txn = begin(db).await.map_err(|source| OpenError::database(place, source))?;
    let (database, missing) = (place.to_string(), missing(place, &txn).await?);
    if missing.is_empty() {
        Ok(())
    } else if missing.len() == Migrator::migrations().len() {
        Err(OpenError::Empty { database })
    } else {
        Err(OpenError::Older { database, missing })
    }
}

/// Makes the changes that are missing, all of them or none, and names them.
pub(super) async fn migrate(place: &Place, db: &DatabaseConnection) -> Result<Vec<String>, OpenError> {
    let failed = |source: DbErr| OpenError::database(place, source);
    let txn = begin(db).await.map_err(failed)?;
    let missing = missing(place, &txn).await?;
    Migrator::up(&txn, None).await.map_err(failed)?;
    txn.commit().await.map_err(failed)?;
    Ok(missing)
}

/// Several processes may look at a fresh database at once: one makes the schema, the others find it.
async fn begin(db: &DatabaseConnection) -> Result<DatabaseTransaction, DbErr> {
    let txn = db.begin_with_options(options(db)).await?;
    wait(&txn, Turn::Alone).await?;
    Ok(txn)
}

/// The changes that the database has not seen, in their order.
async fn missing(place: &Place, txn: &DatabaseTransaction) -> Result<Vec<String>, OpenError> {
    let failed = |source: DbErr| OpenError::database(place, source);
    let known: Vec<String> = Migrator::migrations().iter().map(|step| step.name().to_owned()).collect();
    // Asked for first: whoever may not make tables may still use them.
    let steps = Migrator::migration_table_name().to_string();
    let applied = match SchemaManager::new(txn).has_table(steps).await.map_err(failed)? {
        true => seaql_migrations::Entity::find().all(txn).await.map_err(failed)?,
        false => Vec::new(),
    };
    let applied: HashSet<String> = applied.into_iter().map(|step| step.version).collect();
    let mut unknown: Vec<String> = applied.iter().filter(|step| !known.contains(step)).cloned().collect();
    if !unknown.is_empty() {
        unknown.sort();
        return Err(OpenError::Newer { database: place.to_string(), unknown });
    }
    Ok(known.into_iter().filter(|step| !applied.contains(step)).collect())
}
