//! `landfall`: the service-provider side of enterprise single sign-on, as one program.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command answers on its standard output")]

mod backchannel;
mod cli;
mod commands;
mod config;
mod dns;
mod environment;
mod figures;
mod glue;
mod keyring;
mod keys;
mod metadata;
mod sealing;
mod table;
mod telemetry;
mod visible;

use std::process::ExitCode;

use clap::Parser;

use cli::Cli;

#[tokio::main]
async fn main() -> ExitCode {
    match commands::run(Cli::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("landfall: {error:#}");
            ExitCode::FAILURE
        }
    }
}
