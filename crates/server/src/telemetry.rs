//! Log lines on standard error: codes and ids, no personal data.

use std::io::IsTerminal;

use anyhow::{Context, Result};
use tracing_subscriber::EnvFilter;

use crate::config::{Config, LogFormat};

/// What is logged where the settings say nothing.
const DEFAULT: &str = "info,sea_orm_migration=warn,sqlx=warn";

/// Begins to log.
pub(crate) fn start(config: &Config) -> Result<()> {
    let directives = config.log.as_deref().unwrap_or(DEFAULT);
    let filter =
        EnvFilter::try_new(directives).with_context(|| format!("log: {directives:?} is no filter"))?;
    let lines = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal());
    let started = match config.log_format {
        LogFormat::Text => lines.try_init(),
        LogFormat::Json => lines.json().try_init(),
    };
    started.map_err(|error| anyhow::anyhow!("logging cannot start: {error}"))
}
