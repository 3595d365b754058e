//! `landfall mapping`: the rules by which attributes become a profile.

mod attributes;
mod changes;
mod compare;

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::{Args, Subcommand};
use landfall_accounts::ports::ConnectionDirectory;
use landfall_accounts::{Connection, ConnectionName, MappingChoice, MappingVersion, TestedMapping, TraceId};
use landfall_claims::{CaseFailure, FieldPreview, Mapping as Rules};
use landfall_store::{AdminError, Store};

use crate::config::Config;
use crate::environment::now;
use crate::glue;
use crate::visible::visible;

#[derive(Subcommand)]
pub(crate) enum Mapping {
    /// Prints the rules of a connection, its preset's or its own, to be changed and applied.
    Show {
        name: ConnectionName,
        /// An earlier version of its own mapping.
        #[arg(long)]
        version: Option<MappingVersion>,
    },
    /// Reads a file, and runs the test cases that stand in it.
    Test { file: PathBuf },
    /// Says of each field of a profile which value it gets, where it comes from and why.
    Preview {
        name: ConnectionName,
        #[command(flatten)]
        of: Of,
        /// By the rules of this file instead of those of the connection.
        #[arg(long, value_name = "FILE")]
        mapping: Option<PathBuf>,
    },
    /// Says what a file would change: rules, test cases, and the profiles of those whose messages are kept.
    Diff { name: ConnectionName, file: PathBuf },
    /// Gives a connection the rules of a file, if their test cases pass; logins take them from the next one on.
    Apply {
        name: ConnectionName,
        file: PathBuf,
        /// The version that the file was made of, as `mapping show` prints it; without it, the connection has a preset.
        #[arg(long, value_name = "VERSION", value_parser = base)]
        base: Option<Base>,
    },
}

/// Whose attributes are mapped.
#[derive(Args)]
#[group(required = true, multiple = false)]
pub(crate) struct Of {
    /// A file in JSON: names of attributes, and of each a value or a list of them.
    #[arg(long, value_name = "FILE.json")]
    attributes: Option<PathBuf>,
    /// A message that was kept of a traced connection, by the code that the person saw.
    #[arg(long, value_name = "CODE")]
    trace: Option<TraceId>,
}

/// What a change was made of.
#[derive(Clone, Copy)]
pub(crate) struct Base(Option<MappingVersion>);

/// 0 stands for a preset.
fn base(text: &str) -> Result<Base, landfall_accounts::NotAVersion> {
    if text == "0" { Ok(Base(None)) } else { text.parse().map(|version| Base(Some(version))) }
}

pub(crate) async fn run(file: Option<&Path>, command: Mapping) -> Result<()> {
    if let Mapping::Test { file } = &command {
        return test(file);
    }
    let config = Config::read(file)?;
    let store = glue::store(&config).await?;
    match command {
        Mapping::Test { .. } => Ok(()),
        Mapping::Show { name, version } => show(&store, &name, version).await,
        Mapping::Preview { name, of, mapping } => {
            let connection = named(&store, &name).await?;
            let rules = match mapping {
                Some(file) => read(&file)?,
                None => current(&store, &connection).await?,
            };
            preview(&rules, &attributes::of(&config, &store, &connection, &of).await?)
        }
        Mapping::Diff { name, file } => {
            let (connection, after) = (named(&store, &name).await?, read(&file)?);
            let before = current(&store, &connection).await?;
            compare::print(&config, &store, &connection, &before, &after).await
        }
        Mapping::Apply { name, file, base } => {
            apply(&store, &name, &file, base.and_then(|Base(version)| version)).await
        }
    }
}

async fn named(store: &Store, name: &ConnectionName) -> Result<Connection> {
    let found = store.connection_named(name).await?;
    found.with_context(|| format!("there is no connection `{name}`: see `landfall connection list`"))
}

fn read(file: &Path) -> Result<Rules> {
    let text = std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    text.parse().with_context(|| format!("{} is no mapping", file.display()))
}

/// The rules that logins at the connection take.
async fn current(store: &Store, connection: &Connection) -> Result<Rules> {
    match connection.settings.mapping {
        MappingChoice::Preset(preset) => Ok(preset.mapping().clone()),
        MappingChoice::Own(version) => {
            let text = store.mapping_text(connection, version).await?;
            let text = text.with_context(|| format!("version {version} of the mapping is gone"))?;
            text.parse().with_context(|| format!("version {version} of the mapping"))
        }
    }
}

/// The text alone goes to standard output, so that it can become a file.
async fn show(store: &Store, name: &ConnectionName, version: Option<MappingVersion>) -> Result<()> {
    let connection = named(store, name).await?;
    let versions = store.mappings(name).await?;
    let Some(version) = version.or_else(|| connection.settings.mapping.own()) else {
        eprintln!(
            "{name} has the preset {}: apply a change of it with --base 0",
            connection.settings.mapping
        );
        print!("{}", current(store, &connection).await?.text());
        return Ok(());
    };
    let found = versions.iter().find(|stored| stored.version == version);
    let stored = found.with_context(|| {
        let there_are: Vec<String> = versions.iter().map(|stored| stored.version.to_string()).collect();
        format!("{name} has no version {version} of a mapping: there are {}", there_are.join(", "))
    })?;
    let counts = match connection.settings.mapping {
        MappingChoice::Own(counts) if counts == version => {
            format!("which counts: apply a change of it with --base {version}")
        }
        mapping => format!("but the mapping that counts is {mapping}"),
    };
    eprintln!("version {version}, applied {}, {counts}", stored.applied_at);
    print!("{}", stored.text);
    Ok(())
}

fn test(file: &Path) -> Result<()> {
    let rules = read(file)?;
    let count = rules.cases().len();
    refuse_failures(&rules.test())?;
    match count {
        0 => println!("{} is a mapping, and no test case stands in it", file.display()),
        _ => println!("{} is a mapping, and its test cases pass: {count}", file.display()),
    }
    Ok(())
}

fn refuse_failures(failures: &[CaseFailure]) -> Result<()> {
    for failure in failures {
        println!("{}", visible(&failure.to_string()));
    }
    if failures.is_empty() { Ok(()) } else { bail!("test cases do not pass: see above") }
}

fn preview(rules: &Rules, attributes: &landfall_claims::AttributeSet) -> Result<()> {
    let preview = rules.preview(attributes);
    for field in preview.fields() {
        println!("{}", visible(&said(field)));
        for why in &field.why {
            println!("    {}", visible(why));
        }
    }
    match preview.profile() {
        Ok(_) => Ok(()),
        Err(error) => bail!("the person is refused, {}: {}", error.code(), visible(&error.to_string())),
    }
}

fn said(field: &FieldPreview) -> String {
    let name = field.field;
    let values = match (&field.error, &field.values) {
        (Some(error), _) => return format!("{name}: refused, {}", error.code()),
        (None, None) => return format!("{name}: incomplete"),
        (None, Some(values)) if values.is_empty() => return format!("{name}: no value"),
        (None, Some(values)) => values.join(", "),
    };
    match &field.attribute {
        Some(attribute) => format!("{name}: {values}, from {attribute}"),
        None => format!("{name}: {values}, by the mapping itself"),
    }
}

async fn apply(
    store: &Store,
    name: &ConnectionName,
    file: &Path,
    base: Option<MappingVersion>,
) -> Result<()> {
    let tested = match TestedMapping::of(read(file)?) {
        Ok(tested) => tested,
        Err(failures) => {
            refuse_failures(&failures)?;
            return Ok(());
        }
    };
    let count = tested.mapping().cases().len();
    match store.apply_mapping(name, base, &tested, now()).await {
        Ok(connection) => {
            println!(
                "{name}: the mapping is {}; test cases that passed: {count}",
                connection.settings.mapping
            );
            Ok(())
        }
        Err(error @ AdminError::MappingMoved { .. }) => {
            // What the other operator changed, if it can be told.
            let connection = named(store, name).await?;
            let versions = store.mappings(name).await?;
            let before = base.and_then(|base| versions.into_iter().find(|stored| stored.version == base));
            if let Some(before) = before {
                println!("meanwhile, since version {}:", before.version);
                let after = current(store, &connection).await?;
                for line in changes::lines(&before.text, after.text()) {
                    println!("  {}", visible(&line));
                }
            }
            Err(error.into())
        }
        Err(error) => Err(error.into()),
    }
}
