//! The tasks of this workspace, started as `cargo xtask TASK`; `flags.rs` says which there are.
//!
//! It stays light, so that it compiles in seconds on a machine that has nothing but Rust and a C compiler.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a task tells the person at the terminal what it does"
)]

mod attack;
mod bench;
mod ci;
mod corpus;
mod demo;
mod flags;
mod fuzz;
mod interop;
mod mutants;
mod mutate_rules;
mod postgres;
mod race;
mod server;
mod setup;
mod test;
mod tidy;
mod workspace;

use std::process::ExitCode;

use flags::Task;
use workspace::Workspace;

fn main() -> ExitCode {
    let outcome = match flags::parse(std::env::args().skip(1)) {
        Ok(task) => run(task),
        Err(error) => {
            eprintln!("{error}\n\n{}", flags::USAGE);
            return ExitCode::from(2);
        }
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(task: Task) -> anyhow::Result<()> {
    let workspace = Workspace::locate()?;
    match task {
        Task::Help => {
            println!("{}", flags::USAGE);
            Ok(())
        }
        Task::Setup => setup::everything(&workspace),
        Task::Demo(then) => demo::run(&workspace, then),
        Task::Test => test::run(&workspace),
        Task::Tidy => tidy::run(&workspace),
        Task::MutateRules => mutate_rules::run(&workspace),
        Task::Mutants { shard } => mutants::run(&workspace, shard.as_deref()),
        Task::SpecMap => tidy::spec_map::run(&workspace),
        Task::Corpus { folder, json, snapshot } => {
            corpus::run(&workspace, &folder, json.as_deref(), snapshot)
        }
        Task::Race(nodes) => race::run(&workspace, nodes),
        Task::Attack => attack::run(&workspace),
        Task::Interop(peers) => interop::run(&workspace, peers),
        Task::Differential { folder } => corpus::compare(&workspace, &folder),
        Task::Fuzz { name, time } => fuzz::run(&workspace, name.as_deref(), time),
        Task::Peers => bench::peers::run(&workspace),
        Task::Bench { name, users } => bench::run(&workspace, name.as_deref(), users),
        Task::Ci => ci::run(&workspace),
    }
}
