//! What each command does.

pub(crate) mod audit;
mod backup;
mod certificate;
mod connection;
mod decision;
mod doctor;
pub(crate) mod domain;
pub(crate) mod inspect;
mod key;
mod keys;
mod lines;
pub(crate) mod mapping;
pub(crate) mod merge;
mod migrate;
pub(crate) mod replay;
pub(crate) mod scim;
mod serve;
pub(crate) mod session;
pub(crate) mod site;
mod source;
pub(crate) mod tenant;
mod trace;
pub(crate) mod user;

use std::path::Path;

use anyhow::Result;
use landfall_store::Store;

use crate::cli::{Cli, Command};
use crate::config::Config;
use crate::glue;

pub(crate) async fn run(cli: Cli) -> Result<()> {
    let file = cli.config.as_deref();
    match cli.command {
        Command::Serve => serve::run(&Config::read(file)?).await,
        Command::Migrate => migrate::run(&Config::read(file)?).await,
        Command::Backup { file: to } => backup::backup(&Config::read(file)?, &to).await,
        Command::Restore { file: from } => backup::restore(&Config::read(file)?, from.as_deref()).await,
        Command::Tenant(command) => tenant::run(&store(file).await?, command).await,
        Command::Domain(command) => domain::run(&Config::read(file)?, command).await,
        Command::Connection(command) => connection::run(&Config::read(file)?, command).await,
        Command::Mapping(command) => mapping::run(file, command).await,
        Command::User(command) => user::run(&Config::read(file)?, command).await,
        Command::Audit(command) => audit::run(&store(file).await?, command).await,
        Command::Merge(command) => merge::run(&glue::keyed_store(&Config::read(file)?).await?, command).await,
        Command::Session(command) => session::run(&store(file).await?, command).await,
        Command::Site(command) => site::run(&store(file).await?, command).await,
        Command::Scim(command) => scim::run(&Config::read(file)?, command).await,
        Command::Key(command) => key::run(&Config::read(file)?, command).await,
        Command::Certificate { purpose, next } => {
            certificate::run(&store(file).await?, purpose.of(), next).await
        }
        Command::Doctor(wanted) => doctor::run(file, &wanted).await,
        Command::Trace(command) => trace::run(&Config::read(file)?, command).await,
        Command::Replay(args) => replay::run(&Config::read(file)?, &args).await,
        Command::Inspect(args) => inspect::run(file, &args).await,
    }
}

async fn store(file: Option<&Path>) -> Result<Store> {
    glue::store(&Config::read(file)?).await
}
