use std::path::Path;

use anyhow::{Context, Result, bail};
use landfall_store::{EventFilter, Place, Store};

use crate::config::Config;
use crate::environment::now;
use crate::glue;

/// Copies the database.
pub(crate) async fn backup(config: &Config, file: &Path) -> Result<()> {
    let store = Store::open(&config.database).await?;
    store.backup(file).await?;
    println!("copied {} to {}: keep {} apart from it", config.database, file.display(), config.master_key);
    store.close().await;
    Ok(())
}

/// Takes a copy back, and says from when on changes are lost.
pub(crate) async fn restore(config: &Config, file: Option<&Path>) -> Result<()> {
    match (&config.database, file) {
        (Place::Sqlite(to), Some(file)) => {
            glue::make_folder(config)?;
            Store::restore(file, to, now()).await?;
        }
        (Place::Sqlite(_), None) => bail!("which backup? `landfall restore FILE`"),
        (Place::Postgres(_), None) => {
            let store = Store::open(&config.database).await?;
            store.mark_restored(now()).await?;
            store.close().await;
        }
        (_, _) => bail!(
            "bring the backup back by pg_restore while no node runs, then call `landfall restore` without a file"
        ),
    }
    let store = Store::open(&config.database).await?;
    // The last event but that of the restore.
    let last = store.events(&EventFilter::default(), 2).await?.pop();
    let last = last.context("a restored database has an event")?.event;
    println!(
        "restored {}: every session has ended, and assertions from before now are refused",
        config.database
    );
    println!(
        "changes since {} are lost: accounts suspended and keys revoked since then must be so again",
        last.at
    );
    store.close().await;
    Ok(())
}
