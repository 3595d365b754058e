use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use clap::Subcommand;
use landfall_accounts::{ExtensionText, StoredExtension, TenantName};
use landfall_http::DeclaredExtension;
use landfall_store::{Declared, Store};

use crate::environment::now;
use crate::visible::visible;

#[derive(Subcommand)]
pub(crate) enum Extension {
    /// Prints what a tenant declares, to be changed and declared again.
    Show { tenant: TenantName },
    /// Declares the attributes of a file, in the place of those that were declared; directories may push them at once.
    Declare { tenant: TenantName, file: PathBuf },
    /// Declares none any more: what people have of them is kept and not served.
    Remove { tenant: TenantName },
}

pub(super) async fn run(store: &Store, command: Extension) -> Result<()> {
    match command {
        Extension::Show { tenant } => show(&tenant, &store.extension(&tenant).await?),
        Extension::Declare { tenant, file } => {
            let (text, declared) = read(&file)?;
            told(&tenant, &declared, &store.declare_extension(&tenant, text, now()).await?);
        }
        Extension::Remove { tenant } => {
            let gone = store.remove_extension(&tenant, now()).await?;
            println!(
                "{tenant}: version {} is declared no more; what people have of it is kept and not served",
                gone.version
            );
        }
    }
    Ok(())
}

/// The text alone goes to standard output, so that it can become a file.
fn show(tenant: &TenantName, stored: &StoredExtension) {
    eprintln!("{tenant}: version {}, declared {}", stored.version, stored.changed_at);
    if let Err(error) = stored.text.as_str().parse::<DeclaredExtension>() {
        eprintln!(
            "it cannot be read, and no request of the tenant's directories is answered: {}",
            visible(&error.to_string())
        );
    }
    print!("{}", stored.text.as_str());
}

fn read(file: &Path) -> Result<(ExtensionText, DeclaredExtension)> {
    let text = std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    let declares_nothing = || format!("{} declares nothing", file.display());
    let bounded: ExtensionText = text.parse().with_context(declares_nothing)?;
    let declared = text.parse().with_context(declares_nothing)?;
    Ok((bounded, declared))
}

/// What has changed.
fn told(tenant: &TenantName, declared: &DeclaredExtension, change: &Declared) {
    let Declared { before, now } = change;
    let before = match before.as_ref().map(|before| before.text.as_str().parse::<DeclaredExtension>()) {
        None => None,
        Some(Ok(before)) => Some(before),
        Some(Err(error)) => {
            let error = visible(&error.to_string());
            println!("what was declared before cannot be read, so that all of it is new: {error}");
            None
        }
    };
    for line in declared.changes_since(before.as_ref()) {
        println!("{}", visible(&line.to_string()));
    }
    let (urn, version) = (visible(declared.urn()), now.version);
    if change.before.as_ref() == Some(now) {
        println!("{tenant}: it is declared already, as version {version} of {urn}");
    } else {
        println!("{tenant}: version {version} of {urn} counts from the next request on");
    }
}
