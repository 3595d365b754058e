//! `landfall inspect`: what a message is, every check, and what to do about it.

mod bench;
mod input;
mod logout;
mod metadata;
mod request;
mod response;
mod trace;

use std::path::PathBuf;

use anyhow::{Result, bail};
use clap::Args;
use landfall_accounts::ConnectionName;
use landfall_saml::Location;
use landfall_xmldsig::{Document, Limits, ParseError};
use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::config::Config;
use crate::environment::now;
use crate::visible::{is_command, visible};
pub(crate) use bench::verdict;
use input::{Found, Input};
use trace::Recorded;

#[derive(Args)]
pub(crate) struct Inspect {
    /// The message, or - for standard input: XML, base64, an address or a form with SAMLResponse or SAMLRequest;
    /// or what a browser recorded, an export of SAML-tracer or an HTTP archive (HAR).
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Judge a response or a logout message as this connection would.
    #[arg(long, value_name = "NAME", conflicts_with_all = ["metadata", "audience", "acs"])]
    connection: Option<ConnectionName>,
    /// Judge a response or a logout message by the keys in this metadata file.
    #[arg(long, value_name = "FILE", requires_all = ["audience", "acs"])]
    metadata: Option<PathBuf>,
    /// Our entity ID.
    #[arg(long, value_name = "ENTITY_ID", requires = "metadata")]
    audience: Option<String>,
    /// Our assertion consumer service.
    #[arg(long, value_name = "URL", requires = "metadata")]
    acs: Option<String>,
    /// Our logout address; without it, the installation's, or the one that a logout message names.
    #[arg(long, value_name = "URL", value_parser = location)]
    slo: Option<Location>,
    /// The request that it should answer; without it, the one that it names.
    #[arg(long, value_name = "ID")]
    request: Option<String>,
    /// The time of judgement, RFC 3339; without it, now.
    #[arg(long, value_name = "TIME", value_parser = instant)]
    at: Option<OffsetDateTime>,
    /// As JSON.
    #[arg(long)]
    json: bool,
    /// Without what the message says about people.
    #[arg(long)]
    redact: bool,
}

/// Reads a time of the command line.
pub(crate) fn instant(text: &str) -> Result<OffsetDateTime, String> {
    OffsetDateTime::parse(text, &Rfc3339)
        .map_err(|_| "expected a time such as 2030-01-02T03:04:05Z".to_owned())
}

fn location(text: &str) -> Result<Location, String> {
    Location::try_from(text).map_err(|error| error.to_string())
}

/// What there is to say: lines for people, the same for machines, and whether the message is good.
pub(super) struct Findings {
    pub(super) lines: Vec<String>,
    pub(super) json: Value,
    pub(super) good: bool,
}

pub(crate) async fn run(config: Option<&std::path::Path>, args: &Inspect) -> Result<()> {
    let at = args.at.unwrap_or_else(now);
    match input::read(&args.file)? {
        Found::Message(input) => {
            let findings = explain(&input, config, args, at).await?;
            if args.json {
                println!("{:#}", findings.json);
            } else {
                print(&input, &findings);
            }
            if findings.good { Ok(()) } else { bail!("the message is not good: see above") }
        }
        Found::Recording(recorded) => recording(&recorded, config, args, at).await,
    }
}

/// Explains each message of a recording; all of them must be good.
async fn recording(
    recorded: &[Recorded],
    config: Option<&std::path::Path>,
    args: &Inspect,
    at: OffsetDateTime,
) -> Result<()> {
    let (mut bad, mut all) = (0, Vec::new());
    for (number, Recorded { carried_by, input }) in recorded.iter().enumerate() {
        let mut findings = explain(input, config, args, at).await?;
        bad += usize::from(!findings.good);
        if args.json {
            insert(&mut findings.json, "carried_by", json!(carried_by));
            all.push(findings.json);
        } else {
            let between = if number > 0 { "\n" } else { "" };
            println!("{between}message {} of {}: {}", number + 1, recorded.len(), visible(carried_by));
            print(input, &findings);
        }
    }
    if args.json {
        println!("{:#}", Value::Array(all));
    }
    if bad == 0 { Ok(()) } else { bail!("{bad} of {} messages are not good: see above", recorded.len()) }
}

async fn explain(
    input: &Input,
    config: Option<&std::path::Path>,
    args: &Inspect,
    at: OffsetDateTime,
) -> Result<Findings> {
    let octets = input.message.octets();
    let mut findings = match Document::parse(octets, &Limits::metadata()) {
        Ok(document) => about(&document, input, config, args, at).await?,
        Err(error) => broken(&error, octets, args.redact),
    };
    insert(&mut findings.json, "found_as", json!(input.found_as));
    insert(&mut findings.json, "bytes", json!(octets.len()));
    insert(&mut findings.json, "good", json!(findings.good));
    Ok(findings)
}

fn insert(json: &mut Value, name: &str, value: Value) {
    if let Some(fields) = json.as_object_mut() {
        fields.insert(name.to_owned(), value);
    }
}

fn print(input: &Input, findings: &Findings) {
    println!("{} bytes of XML, found as {}", input.message.octets().len(), input.found_as);
    findings.lines.iter().for_each(|line| println!("{}", visible(line)));
}

async fn about(
    document: &Document<'_>,
    input: &Input,
    config: Option<&std::path::Path>,
    args: &Inspect,
    at: OffsetDateTime,
) -> Result<Findings> {
    let root = document.root();
    Ok(match (root.namespace(), root.local_name()) {
        (PROTOCOL, "Response") => {
            response::inspect(&input.message, &config_for(config, args)?, args, at).await?
        }
        (PROTOCOL, name) => match logout::kind(name) {
            Some(kind) => {
                logout::inspect(document, kind, input, &config_for(config, args)?, args, at).await?
            }
            None => request::inspect(document, name, args.redact),
        },
        (METADATA, _) => metadata::inspect(input.message.octets(), at),
        (namespace, name) => other(namespace, name),
    })
}

const PROTOCOL: &str = "urn:oasis:names:tc:SAML:2.0:protocol";
const METADATA: &str = "urn:oasis:names:tc:SAML:2.0:metadata";

/// Settings are needed for a connection alone.
fn config_for(file: Option<&std::path::Path>, args: &Inspect) -> Result<Option<Config>> {
    args.connection.is_some().then(|| Config::read(file)).transpose()
}

fn other(namespace: &str, name: &str) -> Findings {
    let line = format!("<{name}> of {namespace:?}: expected a SAML 2.0 message or metadata");
    Findings { json: json!({ "kind": name, "namespace": namespace }), lines: vec![line], good: false }
}

/// Where the XML breaks, with the line around it, in which a person may stand.
fn broken(error: &ParseError, octets: &[u8], redact: bool) -> Findings {
    let mut lines = vec![format!("not readable as XML: {error}")];
    if !redact {
        lines.extend(around(error, octets));
    }
    Findings {
        lines,
        json: json!({
            "kind": "unreadable",
            "code": error.code(),
            "error": error.kind().to_string(),
            "offset": error.offset(),
            "line": error.line(),
            "column": error.column(),
        }),
        good: false,
    }
}

/// The line where reading stopped, and a mark below the character; one a terminal would obey is shown as another.
fn around(error: &ParseError, octets: &[u8]) -> [String; 2] {
    const WIDTH: usize = 60;
    let text = String::from_utf8_lossy(octets);
    let line = text.split('\n').nth(error.line().saturating_sub(1)).unwrap_or_default();
    let column = error.column().saturating_sub(1);
    let from = column.saturating_sub(WIDTH / 2);
    let shown =
        line.chars().map(|letter| if is_command(letter) { char::REPLACEMENT_CHARACTER } else { letter });
    let shown: String = shown.skip(from).take(WIDTH).collect();
    [format!("  {shown}"), format!("  {}^", " ".repeat(column.saturating_sub(from)))]
}
