//! What each command does.

mod connection;
mod domain;
mod serve;
mod session;
mod tenant;
mod user;

use anyhow::Result;
use landfall_store::Store;

use crate::cli::{Cli, Command};
use crate::config::Config;
use crate::glue;

pub(crate) async fn run(cli: Cli) -> Result<()> {
    let config = Config::read(cli.config.as_deref())?;
    match cli.command {
        Command::Serve => serve::run(&config).await,
        Command::Tenant(command) => tenant::run(&open(&config).await?, command).await,
        Command::Domain(command) => domain::run(&open(&config).await?, command).await,
        Command::Connection(command) => connection::run(&config, command).await,
        Command::User(command) => user::run(&open(&config).await?, command).await,
        Command::Session(command) => session::run(&open(&config).await?, command).await,
    }
}

async fn open(config: &Config) -> Result<Store> {
    glue::store(config).await
}
