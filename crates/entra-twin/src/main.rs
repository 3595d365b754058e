//! `entra-twin`: a local double of Microsoft Entra ID.
#![expect(clippy::print_stdout, reason = "the answers of a command go to its standard output")]

mod attack_cli;
mod certificate_cli;
mod drive;
mod people;
mod provision;
mod walker;

use std::fs;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::{Args, Parser, Subcommand};
use landfall_entra_twin::{ClockChange, DataDir, KeysOf, Seed, SigningOption, Twin};
use time::OffsetDateTime;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

/// A local double of Microsoft Entra ID; nothing in it is real.
#[derive(Parser)]
#[command(version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Makes a folder with a tenant and its application.
    Init {
        #[command(flatten)]
        folder: Folder,
        /// contoso, or fabrikam with its hostile administrator.
        #[arg(long, default_value = "contoso")]
        tenant: Seed,
    },
    /// Runs the double until SIGTERM; the first line says where it listens.
    Serve {
        #[command(flatten)]
        folder: Folder,
        /// Address and port; port 0 takes a free one.
        #[arg(long, default_value = "127.0.0.1:0")]
        listen: SocketAddr,
        /// The host name in the addresses that the double gives out.
        #[arg(long, default_value = "localhost")]
        public_host: String,
    },
    /// Prints the federation metadata.
    Metadata {
        #[command(flatten)]
        folder: Folder,
        /// Where the double can be reached, such as http://localhost:8080.
        #[arg(long)]
        base_url: String,
        /// With the keys of the application, as the App Federation Metadata Url has them.
        #[arg(long)]
        app: bool,
    },
    /// Registers a service provider with the application, or changes a setting of it.
    #[command(subcommand)]
    App(AppCommand),
    /// Makes, changes, deletes and assigns people while the double runs.
    #[command(subcommand)]
    User(people::UserCommand),
    /// Sets the clock of the double wrong, or right again; a running one takes it at once.
    Clock {
        #[command(flatten)]
        folder: Folder,
        /// offset=SECONDS, by=SECONDS or at=TIME
        change: ClockChange,
    },
    /// Pushes people and groups to a SCIM server, as Entra's provisioning service does.
    #[command(subcommand)]
    Provision(provision::Provision),
    /// Walks through a login without a browser and checks where it ends.
    #[command(subcommand)]
    Drive(drive::Scenario),
    /// Plays every fault against a service provider that trusts the key of the double: status 1 if a case failed.
    Attack(Box<attack_cli::Arguments>),
}

#[derive(Subcommand)]
enum AppCommand {
    /// Takes Identifier, Reply URL, Logout URL and certificates from a service provider's metadata.
    Import {
        #[command(flatten)]
        folder: Folder,
        /// The metadata file.
        file: PathBuf,
        /// Where the My Apps tile leads; without it the tile starts IdP-initiated sign-on.
        #[arg(long)]
        sign_on_url: Option<String>,
        /// assertion, response or both.
        #[arg(long)]
        sign: Option<SigningOption>,
    },
    /// Changes settings, such as sign-on-url, relay-state, sign and verification; a wrong name lists all of them.
    Set {
        #[command(flatten)]
        folder: Folder,
        /// name=value
        #[arg(required = true)]
        settings: Vec<String>,
    },
    /// Lists, makes and activates signing certificates.
    #[command(subcommand)]
    Certificate(certificate_cli::Certificates),
}

#[derive(Args)]
pub(crate) struct Folder {
    /// The folder of the double.
    #[arg(long)]
    data: PathBuf,
}

#[tokio::main]
async fn main() -> anyhow::Result<ExitCode> {
    match Cli::parse().command {
        Command::Init { folder, tenant } => init(folder.data, tenant)?,
        Command::Serve { folder, listen, public_host } => serve(folder.data, listen, &public_host).await?,
        Command::Metadata { folder, base_url, app } => {
            metadata(folder.data, base_url, if app { KeysOf::App } else { KeysOf::Tenant })?;
        }
        Command::App(AppCommand::Import { folder, file, sign_on_url, sign }) => {
            import(folder.data, file, sign_on_url, sign)?;
        }
        Command::App(AppCommand::Set { folder, settings }) => set(folder.data, &settings)?,
        Command::App(AppCommand::Certificate(certificates)) => println!("{}", certificates.run(now)?),
        Command::Clock { folder, change } => set_clock(folder.data, change)?,
        Command::User(command) => command.run()?,
        Command::Provision(command) => command.run().await?,
        Command::Drive(scenario) => {
            println!("{}", scenario.run().await?);
        }
        Command::Attack(arguments) => {
            if !arguments.run().await? {
                return Ok(ExitCode::FAILURE);
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn init(folder: PathBuf, seed: Seed) -> anyhow::Result<()> {
    let shown = folder.display().to_string();
    let tenant = DataDir::init(folder, seed)?.tenant()?;
    println!("{shown} holds the tenant {} ({}), with test keys", tenant.name, tenant.id);
    Ok(())
}

async fn serve(folder: PathBuf, listen: SocketAddr, public_host: &str) -> anyhow::Result<()> {
    let data = DataDir::at(folder);
    let (tenant, app) = (data.tenant()?, data.app()?);
    let listener = TcpListener::bind(listen).await.with_context(|| format!("cannot listen on {listen}"))?;
    let base_url = format!("http://{public_host}:{}", listener.local_addr()?.port());
    // Before the first line is out: whoever read it may send the signal at once.
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    println!("listening {base_url}");
    println!("my apps {base_url}/myapps");
    println!(
        "app federation metadata {base_url}/{}/federationmetadata/2007-06/federationmetadata.xml?appid={}",
        tenant.id, app.id
    );
    axum::serve(listener, data.router(base_url, now))
        .with_graceful_shutdown(async move {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
        })
        .await?;
    Ok(())
}

fn metadata(folder: PathBuf, base_url: String, keys: KeysOf) -> anyhow::Result<()> {
    let data = DataDir::at(folder);
    let twin = Twin::new(data.tenant()?, data.app()?, now).with_base_url(base_url);
    print!("{}", twin.metadata(keys)?);
    Ok(())
}

fn import(
    folder: PathBuf,
    file: PathBuf,
    sign_on_url: Option<String>,
    sign: Option<SigningOption>,
) -> anyhow::Result<()> {
    let data = DataDir::at(folder);
    let mut app = data.app()?;
    let text = fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?;
    app.import(&text).with_context(|| format!("cannot use {}", file.display()))?;
    if let Some(url) = sign_on_url {
        app.sign_on_url = url;
    }
    if let Some(sign) = sign {
        app.sign = sign;
    }
    data.save_app(&app)?;
    println!(
        "{}: Identifier {}, Reply URL {}",
        app.name,
        app.identifiers.join(" "),
        app.reply_urls.join(" ")
    );
    Ok(())
}

fn set(folder: PathBuf, settings: &[String]) -> anyhow::Result<()> {
    let data = DataDir::at(folder);
    let mut app = data.app()?;
    for setting in settings {
        let (name, value) =
            setting.split_once('=').with_context(|| format!("expected name=value, got {setting:?}"))?;
        app.set(name, value)?;
    }
    data.save_app(&app)?;
    println!("{}: {}", app.name, settings.join(" "));
    Ok(())
}

fn set_clock(folder: PathBuf, change: ClockChange) -> anyhow::Result<()> {
    let data = DataDir::at(folder);
    let mut tenant = data.tenant()?;
    change.make(&mut tenant, now());
    data.save_tenant(&tenant)?;
    println!("{}: the clock has an offset of {} seconds", tenant.name, tenant.clock_offset);
    Ok(())
}

#[expect(clippy::disallowed_methods, reason = "the clock of the running double")]
pub(crate) fn now() -> OffsetDateTime {
    OffsetDateTime::now_utc()
}
