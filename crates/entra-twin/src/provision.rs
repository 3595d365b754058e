//! `entra-twin provision`: the provisioning page of the portal, as commands.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use anyhow::{Context as _, bail};
use clap::{Args, Subcommand};
use landfall_entra_twin::DataDir;
use landfall_entra_twin::provisioning::{
    Action, ClientCredentials, Credentials, CycleKind, CycleReport, Directory, Due, HttpTransport, Job,
    JobFiles, LogEntry, Restart, SecretToken, Settings, Status, TargetPath, Whom, cycle, on_demand,
    test_connection, undeclared,
};
use time::format_description::well_known::Rfc3339;
use url::Url;
use uuid::Uuid;

use crate::{Folder, now};

#[derive(Subcommand)]
pub(crate) enum Provision {
    /// "Test Connection": asks for somebody whom nobody is.
    Test(Target),
    /// Runs one cycle: an initial one the first time, and then of what has changed.
    Cycle(Target),
    /// Reads what the target declares, and says which of the mapped attributes it does not.
    Schema(Target),
    /// "Provision on demand": one person or group, at once, in five steps.
    OnDemand {
        #[command(flatten)]
        target: Target,
        /// The user principal name; with --group the display name of a group.
        name: String,
        /// A group, and no person.
        #[arg(long)]
        group: bool,
        /// A member of the group who is to be in it, by user principal name; at most five times.
        #[arg(long, requires = "group")]
        member: Vec<String>,
    },
    /// Says how the job is: cycle, watermark, quarantine, failures.
    Status {
        #[command(flatten)]
        folder: Folder,
    },
    /// Forgets watermark, failures and quarantine, so that the next cycle is an initial one.
    Restart {
        #[command(flatten)]
        folder: Folder,
        /// Forgets the ids at the target too: everybody is matched anew.
        #[arg(long)]
        full: bool,
        /// Allows the deletions that were withheld, once; failures and watermark are kept.
        #[arg(long, conflicts_with = "full")]
        allow_deletions: bool,
    },
    /// Prints the provisioning logs.
    Log {
        #[command(flatten)]
        folder: Folder,
        /// Of this person or group alone, by name.
        #[arg(long)]
        identity: Option<String>,
        /// As JSON, one entry a line.
        #[arg(long)]
        json: bool,
    },
}

/// "Admin Credentials".
#[derive(Args)]
pub(crate) struct Target {
    #[command(flatten)]
    folder: Folder,
    /// Tenant URL, with its flags, such as `https://sp.example.com/scim/v2?aadOptscim062020`.
    #[arg(long)]
    tenant_url: Url,
    /// A file whose first line is the Secret Token.
    #[arg(long, required_unless_present = "client_file")]
    token_file: Option<PathBuf>,
    /// In place of a token: a file whose first line is a client id, and the second its secret.
    #[arg(long, conflicts_with = "token_file", requires = "token_endpoint")]
    client_file: Option<PathBuf>,
    /// Where a token is given for them.
    #[arg(long, requires = "client_file")]
    token_endpoint: Option<Url>,
}

/// All that a command needs to talk to the target.
struct Session {
    data: DataDir,
    files: JobFiles,
    settings: Arc<Settings>,
    transport: Arc<HttpTransport>,
    url: Url,
}

impl Target {
    fn open(self) -> anyhow::Result<Session> {
        let read = |path: &PathBuf| {
            std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))
        };
        let credentials = match (&self.token_file, &self.client_file, self.token_endpoint) {
            (Some(path), ..) => {
                Credentials::Token(SecretToken::new(read(path)?.lines().next().unwrap_or_default())?)
            }
            (None, Some(path), Some(endpoint)) => {
                Credentials::Client(ClientCredentials::new(endpoint, &read(path)?)?)
            }
            (None, ..) => bail!("expected --token-file, or --client-file and --token-endpoint"),
        };
        let files = JobFiles::at(&self.folder.data);
        Ok(Session {
            data: DataDir::at(self.folder.data),
            settings: Arc::new(files.settings()?),
            files,
            transport: Arc::new(HttpTransport::new(self.tenant_url.clone(), credentials)?),
            url: self.tenant_url,
        })
    }
}

impl Session {
    fn directory(&self) -> anyhow::Result<Directory> {
        Ok(Directory::of(&self.data.tenant()?, &self.data.app()?))
    }
}

impl Provision {
    /// Runs it; the first line says how it ended.
    pub(crate) async fn run(self) -> anyhow::Result<()> {
        match self {
            Self::Test(target) => {
                let Session { transport, url, settings, .. } = target.open()?;
                match test_connection(transport, &url, &settings, Uuid::new_v4()).await {
                    Ok(()) => println!("the target takes the token and answers a query"),
                    Err(said) => bail!("expected 200 and an empty ListResponse, got {said}"),
                }
            }
            Self::Cycle(target) => one_cycle(&target.open()?).await?,
            Self::Schema(target) => {
                let Session { transport, url, settings, .. } = target.open()?;
                match undeclared(transport, &url, &settings).await {
                    Ok(missing) if missing.is_empty() => println!("the target declares all that is mapped"),
                    Ok(missing) => {
                        let missing: Vec<_> = missing.iter().map(TargetPath::as_str).collect();
                        bail!("expected all that is mapped to be declared, got no {}", missing.join(", "));
                    }
                    Err(said) => bail!("expected 200 and a ListResponse of schemas, got {said}"),
                }
            }
            Self::OnDemand { target, name, group, member } => {
                let whom = match group {
                    false => Whom::User(&name),
                    true => Whom::Group { name: &name, members: &member },
                };
                demanded(&target.open()?, whom).await?;
            }
            Self::Status { folder } => {
                let files = JobFiles::at(folder.data);
                status(&files.job(Uuid::new_v4())?)?;
            }
            Self::Restart { folder, full, allow_deletions } => {
                let files = JobFiles::at(folder.data);
                let mut job = files.job(Uuid::new_v4())?;
                if allow_deletions {
                    job.allow_deletions();
                    println!("the next cycle may delete what was withheld");
                } else {
                    job.restart(if full { Restart::Full } else { Restart::Keep });
                    println!("the next cycle is an initial one");
                }
                files.save_job(&job)?;
            }
            Self::Log { folder, identity, json } => {
                let shown = |entry: &LogEntry| {
                    identity.as_ref().is_none_or(|name| entry.identity.to_lowercase() == name.to_lowercase())
                };
                for entry in JobFiles::at(folder.data).log()?.iter().filter(|entry| shown(entry)) {
                    if json {
                        println!("{}", serde_json::to_string(entry)?);
                    } else {
                        println!("{}", line(entry)?);
                    }
                }
            }
        }
        Ok(())
    }
}

async fn one_cycle(session: &Session) -> anyhow::Result<()> {
    let Session { files, settings, transport, url, .. } = session;
    let mut job = files.job(Uuid::new_v4())?;
    let directory = session.directory()?;
    let begun = Instant::now();
    let report = cycle(transport.clone(), url, settings, &directory, &mut job, now()).await;
    let took = begun.elapsed();
    let report = report?;
    files.append(&report.entries)?;
    files.save_job(&job)?;
    println!("{}", summary(&report, job.cycles));
    let rate = report.requests as f64 / took.as_secs_f64().max(0.001);
    println!("{} requests in {:.3} s, {rate:.0} requests/s", report.requests, took.as_secs_f64());
    for entry in report.entries.iter().filter(|entry| entry.status == Status::Failure).take(5) {
        println!("{}", line(entry)?);
    }
    match &job.quarantine {
        None => Ok(()),
        Some(quarantine) => {
            bail!("the job is in quarantine, {:?}: {}", quarantine.reason, quarantine.detail)
        }
    }
}

/// `delta cycle 2: 1 created, …`
fn summary(report: &CycleReport, number: u64) -> String {
    let kind = match report.kind {
        CycleKind::Initial => "initial",
        _ => "delta",
    };
    let done = |action| report.count(action, Status::Success);
    format!(
        "{kind} cycle {number}: {} looked at, {} created, {} updated, {} disabled, {} deleted, {} skipped, {} warnings, {} failed",
        report.evaluated,
        done(Action::Create),
        done(Action::Update),
        done(Action::Disable),
        done(Action::Delete),
        report.ended(Status::Skipped),
        report.ended(Status::Warning),
        report.ended(Status::Failure),
    )
}

async fn demanded(session: &Session, whom: Whom<'_>) -> anyhow::Result<()> {
    let Session { files, settings, transport, url, .. } = session;
    let mut job = files.job(Uuid::new_v4())?;
    let directory = session.directory()?;
    let how = (whom, Uuid::new_v4(), now());
    let entry = on_demand(transport.clone(), url, settings, &directory, &mut job, how).await;
    files.append(std::slice::from_ref(&entry))?;
    files.save_job(&job)?;
    for (number, step) in entry.steps.iter().enumerate() {
        println!("{}. {}: {:?}: {}", number + 1, step.name.title(), step.status, step.detail);
    }
    if entry.status == Status::Failure {
        let code = entry.code.map(|code| format!("{code:?}")).unwrap_or_default();
        bail!("{} is not provisioned, {code}: {}", entry.identity, entry.reason);
    }
    println!("{}", line(&entry)?);
    Ok(())
}

fn status(job: &Job) -> anyhow::Result<()> {
    let instant = |at: time::OffsetDateTime| at.format(&Rfc3339);
    println!("job {}: {} cycles", job.id, job.cycles);
    match job.watermark {
        None => println!("watermark: none, the next cycle is an initial one"),
        Some(at) => println!("watermark: {}, the next cycle is about {} later", instant(at)?, Job::INTERVAL),
    }
    let matched = job.users.values().filter(|known| known.target.is_some());
    println!(
        "people: {} matched, {} of them active",
        matched.clone().count(),
        matched.filter(|known| known.active).count()
    );
    println!("groups: {} matched", job.groups.values().filter(|known| known.target.is_some()).count());
    let escrows = job.users.values().chain(job.groups.values());
    let failing: Vec<_> = escrows
        .filter_map(|known| Some((known, known.escrow.as_ref().or(known.reference_escrow.as_ref())?)))
        .collect();
    println!("failures: {}", failing.len());
    for (known, escrow) in failing.iter().take(20) {
        let at = instant(escrow.retry_at)?;
        println!(
            "  {} {:?}, {} in a row, again after {at}: {}",
            known.name, escrow.code, escrow.failures, escrow.reason
        );
    }
    match (&job.quarantine, job.due(now())) {
        (_, Due::Never) => println!("disabled after four weeks of quarantine: restart it"),
        (None, _) => println!("quarantine: none"),
        (Some(quarantine), _) => {
            let (since, next) = (instant(quarantine.since)?, instant(quarantine.next_attempt)?);
            println!(
                "quarantine: {:?} since {since}, {} cycles went wrong, next attempt {next}: {}",
                quarantine.reason, quarantine.attempts, quarantine.detail
            );
        }
    }
    Ok(())
}

fn line(entry: &LogEntry) -> anyhow::Result<String> {
    let code = entry.code.map(|code| format!(" {code:?}")).unwrap_or_default();
    Ok(format!(
        "{} cycle {} {:?} {} {:?} {:?}{code}: {}",
        entry.at.format(&Rfc3339)?,
        entry.cycle,
        entry.kind,
        entry.identity,
        entry.action,
        entry.status,
        entry.reason
    ))
}
