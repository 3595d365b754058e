//! The settings of the process: a TOML file, then LANDFALL_* from the environment.

mod dns;
mod limits;
mod listen;
mod metadata;
mod second;
mod sessions;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use figment::Figment;
use figment::providers::{Env, Format, Toml};
use landfall_http::{PublicUrl, Settings};
use landfall_saml::{EntityId, Location};
use landfall_store::Place;
use serde::Deserialize;
use url::Url;

pub(crate) use listen::Listen;
pub(crate) use second::SecondOpinion;

use crate::keys::KeyPlace;
use crate::metadata::Rules;
use limits::RawLimits;
use sessions::RawSessions;

/// Read where no file is named.
const DEFAULT_FILE: &str = "landfall.toml";
/// The variable of the environment that holds the master key.
const MASTER_KEY: &str = "LANDFALL_MASTER_KEY";

/// What the file and the environment may say, as text.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    public_url: Option<String>,
    listen: Option<String>,
    data_dir: Option<PathBuf>,
    database: Option<String>,
    entity_id: Option<String>,
    landing_aliases: Option<Vec<String>>,
    scim_aliases: Option<Vec<String>>,
    target_origins: Option<Vec<String>>,
    second_opinion: Option<SecondOpinion>,
    limits: Option<RawLimits>,
    sessions: Option<RawSessions>,
    trusted_proxies: Option<Vec<String>>,
    metrics: Option<String>,
    metadata: Option<metadata::Raw>,
    dns: Option<dns::Raw>,
    log: Option<String>,
    log_format: Option<LogFormat>,
}

/// The keys of [`Raw`]: others in the environment are not ours to complain about.
const KEYS: [&str; 17] = [
    "public_url",
    "listen",
    "data_dir",
    "database",
    "entity_id",
    "landing_aliases",
    "scim_aliases",
    "target_origins",
    "second_opinion",
    "limits",
    "sessions",
    "trusted_proxies",
    "metrics",
    "metadata",
    "dns",
    "log",
    "log_format",
];

/// How log lines look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// For machines.
    Json,
}

/// The settings, checked.
#[derive(Debug)]
pub(crate) struct Config {
    pub(crate) http: Settings,
    pub(crate) listen: Listen,
    pub(crate) data_dir: PathBuf,
    pub(crate) database: Place,
    /// The key that seals what is secret in the database.
    pub(crate) master_key: KeyPlace,
    pub(crate) entity_id: EntityId,
    pub(crate) acs: Location,
    /// Where logout messages come to.
    pub(crate) slo: Location,
    pub(crate) second_opinion: SecondOpinion,
    /// Where the figures are to be had, if anywhere.
    pub(crate) metrics: Option<Listen>,
    /// Where metadata may be fetched from.
    pub(crate) metadata: Rules,
    /// Who is asked whether a domain is a tenant's; nobody means whom the system asks.
    pub(crate) dns: Vec<SocketAddr>,
    pub(crate) log: Option<String>,
    pub(crate) log_format: LogFormat,
}

impl Config {
    /// Reads the named file, or `landfall.toml` if it is there, and the environment over it.
    pub(crate) fn read(file: Option<&Path>) -> Result<Self> {
        let named = file.is_some();
        let file = file.unwrap_or(Path::new(DEFAULT_FILE));
        let found = file.is_file();
        if named && !found {
            bail!("{}: there is no such file: name an existing one with --config", file.display());
        }
        let written = if found { Figment::from(Toml::file_exact(file)) } else { Figment::new() };
        let raw: Raw = written
            .merge(Env::prefixed("LANDFALL_").only(&KEYS))
            .extract()
            .map_err(|error| anyhow::anyhow!("{}", unreadable(error)))
            .context("the settings cannot be read")?;
        let folder = file.parent().filter(|_| found).unwrap_or(Path::new(""));
        let sources =
            if found { format!("{} and LANDFALL_*", file.display()) } else { "LANDFALL_*".to_owned() };
        let mut config = Self::check(raw, folder).with_context(|| format!("the settings in {sources}"))?;
        // A secret is not written into a file that is shown around.
        if let Ok(key) = std::env::var(MASTER_KEY) {
            config.master_key = KeyPlace::Environment(key);
        }
        Ok(config)
    }

    fn check(raw: Raw, folder: &Path) -> Result<Self> {
        let public_url = raw.public_url.context(
            "public_url is not set: write public_url = \"https://sso.example\" into landfall.toml, or set LANDFALL_PUBLIC_URL",
        )?;
        let public_url: PublicUrl = public_url.parse()?;
        let entity_id = raw.entity_id.unwrap_or_else(|| public_url.join("/saml/metadata"));
        let entity_id = EntityId::try_from(entity_id.as_str()).context("entity_id")?;
        let acs = Location::try_from(public_url.join("/saml/acs").as_str()).context("public_url")?;
        let slo = Location::try_from(public_url.join("/saml/slo").as_str()).context("public_url")?;
        let listen = raw.listen.unwrap_or_else(|| "127.0.0.1:8080".to_owned());
        let listen = listen.parse().context("listen")?;
        let data_dir = folder.join(raw.data_dir.unwrap_or_else(|| PathBuf::from("data")));
        let database = match raw.database {
            Some(url) => Place::Postgres(Box::new(url.parse().context("database")?)),
            None => Place::Sqlite(data_dir.join("landfall.db")),
        };
        let master_key = KeyPlace::File(data_dir.join("master.key"));
        let landing_aliases = raw.landing_aliases.unwrap_or_default();
        let scim_aliases = raw.scim_aliases.unwrap_or_default();
        let named = |setting, aliases: &[String]| {
            aliases.iter().map(|alias| (setting, alias.clone())).collect::<Vec<_>>()
        };
        let aliases =
            [named("landing_aliases", &landing_aliases), named("scim_aliases", &scim_aliases)].concat();
        for (place, (setting, alias)) in aliases.iter().enumerate() {
            check_alias(setting, alias)?;
            if aliases.iter().take(place).any(|(_, other)| other == alias) {
                bail!("{setting}: {alias:?} is there twice: write it once");
            }
        }
        let target_origins = raw.target_origins.unwrap_or_default();
        let target_origins =
            target_origins.iter().map(|origin| check_origin(origin)).collect::<Result<_>>()?;
        let metrics = raw.metrics.map(|text| text.parse().context("metrics")).transpose()?;
        let metadata = raw.metadata.unwrap_or_default().check()?;
        let dns = raw.dns.unwrap_or_default().check()?;
        let second_opinion = raw.second_opinion.unwrap_or_default();
        let trusted_proxies = raw.trusted_proxies.unwrap_or_default();
        let trusted_proxies = trusted_proxies.iter().map(|proxy| proxy.parse().context("trusted_proxies"));
        let http = Settings {
            public_url,
            landing_aliases,
            scim_aliases,
            target_origins,
            sessions: raw.sessions.unwrap_or_default().check()?,
            second_engine: second_opinion.engine()?,
            limits: raw.limits.unwrap_or_default().into(),
            trusted_proxies: trusted_proxies.collect::<Result<_>>()?,
            sealer: None,
            assertion_keys: None,
        };
        let (log, log_format) = (raw.log, raw.log_format.unwrap_or_default());
        Ok(Self {
            http,
            listen,
            data_dir,
            database,
            master_key,
            entity_id,
            acs,
            slo,
            second_opinion,
            metrics,
            metadata,
            dns,
            log,
            log_format,
        })
    }
}

/// What is wrong with each setting, and where it was found.
fn unreadable(error: figment::Error) -> String {
    let one = |error: figment::Error| {
        let source = error.metadata.as_ref().and_then(|metadata| metadata.source.as_ref());
        // The first part of a path is figment's own; only a file has a source.
        match (error.path.last(), source) {
            (Some(setting), Some(file)) => format!("{setting} in {file}: {}", error.kind),
            (Some(setting), None) => format!("LANDFALL_{}: {}", setting.to_uppercase(), error.kind),
            (None, Some(file)) => format!("{file}: {}", error.kind),
            (None, None) => error.kind.to_string(),
        }
    };
    error.into_iter().map(one).collect::<Vec<_>>().join("; ")
}

/// A further path of a page or a surface: one that no route of ours has, written plainly.
fn check_alias(setting: &str, alias: &str) -> Result<()> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/-._~".contains(&byte);
    let ours = [
        "/sso",
        "/saml",
        "/account",
        "/activate",
        "/auth",
        "/.landfall",
        "/assets",
        "/scim",
        "/api",
        "/oidc",
        "/.well-known",
        "/healthz",
        "/readyz",
    ];
    let first = alias.split('/').nth(1).unwrap_or_default();
    if !alias.starts_with('/') || first.is_empty() || !alias.bytes().all(plain) {
        bail!("{setting}: {alias:?} is refused: write a path such as \"/ClientActivation/ssolanding.go\"");
    }
    if ours.contains(&format!("/{first}").as_str()) {
        bail!("{setting}: {alias:?} is refused: paths below /{first} are taken");
    }
    Ok(())
}

fn check_origin(text: &str) -> Result<Url> {
    let url = Url::parse(text).with_context(|| format!("target_origins: {text:?} is not an address"))?;
    let bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none() && url.has_host();
    if !bare || !matches!(url.scheme(), "https" | "http") {
        bail!(
            "target_origins: {text:?} is refused: write scheme and host alone, such as \"https://app.example\""
        );
    }
    Ok(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(edit: impl FnOnce(&mut Raw)) -> Result<Config> {
        let mut raw = Raw { public_url: Some("https://sso.example".to_owned()), ..Raw::default() };
        edit(&mut raw);
        Config::check(raw, Path::new("/etc/landfall"))
    }

    #[track_caller]
    fn refused(part: &str, edit: impl FnOnce(&mut Raw)) {
        assert!(check(|_| ()).is_ok());
        let text = format!("{:#}", check(edit).unwrap_err());
        assert!(text.contains(part), "{text}");
    }

    #[test]
    fn defaults_follow_from_the_public_url() {
        let config = check(|_| ()).unwrap();
        assert_eq!(config.entity_id.as_str(), "https://sso.example/saml/metadata");
        assert_eq!(config.acs.as_str(), "https://sso.example/saml/acs");
        assert_eq!(config.database.to_string(), "/etc/landfall/data/landfall.db");
    }

    #[test]
    fn a_wrong_setting_is_named() {
        refused("public_url is not set", |raw| raw.public_url = None);
        refused("public_url", |raw| raw.public_url = Some("http://sso.example".to_owned()));
        refused("database: a database is named as postgres://", |raw| {
            raw.database = Some("sqlite:landfall.db".to_owned())
        });
        refused("entity_id", |raw| raw.entity_id = Some(String::new()));
        refused("listen", |raw| raw.listen = Some("0.0.0.0:80".to_owned()));
        for alias in [
            "x",
            "/",
            "//x",
            "/{x}",
            "/a b",
            "/saml/acs",
            "/sso",
            "/activate/x",
            "/auth/x",
            "/.landfall/x",
            "/oidc/authorize",
            "/.well-known/openid-configuration",
        ] {
            refused("landing_aliases", |raw| raw.landing_aliases = Some(vec![alias.to_owned()]));
        }
        refused("twice", |raw| {
            raw.landing_aliases = Some(vec!["/a".to_owned(), "/b".to_owned(), "/a".to_owned()])
        });
        refused("trusted_proxies: \"proxy\" is no network", |raw| {
            raw.trusted_proxies = Some(vec!["127.0.0.1".to_owned(), "proxy".to_owned()])
        });
        for origin in ["app.example", "https://app.example/x", "javascript:1", "https://app.example?x"] {
            refused("target_origins", |raw| raw.target_origins = Some(vec![origin.to_owned()]));
        }
    }
}
