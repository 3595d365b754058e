//! Attributes to map: from a file, or from a message that was kept.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result, bail};
use landfall_accounts::{Connection, NameIdClaim};
use landfall_claims::AttributeSet;
use landfall_http::{KeptTrace, attribute_set, connection_policy, connection_provider};
use landfall_saml::{Accepted, PendingRequest, RawMessage};
use landfall_store::Store;
use serde::Deserialize;

use super::Of;
use crate::commands::{replay, trace};
use crate::config::Config;

/// Those that were asked for.
pub(super) async fn of(
    config: &Config,
    store: &Store,
    connection: &Connection,
    of: &Of,
) -> Result<AttributeSet> {
    if let Some(file) = &of.attributes {
        return read(file);
    }
    let Some(code) = &of.trace else { bail!("expected --attributes or --trace") };
    let (kept, of) = trace::opened(config, store, code).await?;
    if of.id != connection.id {
        bail!("the message {code} came to the connection `{}`", of.name);
    }
    let judged = kept_person(config, store, &kept, connection).await?;
    let (_, attributes) = judged.with_context(|| {
        format!("the message {code} was refused, so that nothing in it counts: see `landfall replay {code}`")
    })?;
    Ok(attributes)
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Values {
    One(String),
    Several(Vec<String>),
}

fn read(file: &Path) -> Result<AttributeSet> {
    let text = std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    let attributes: BTreeMap<String, Values> = serde_json::from_str(&text).with_context(|| {
        format!("{}: expected a JSON object of names, each with a text or a list of texts", file.display())
    })?;
    let values = |values| match values {
        Values::One(value) => vec![value],
        Values::Several(values) => values,
    };
    Ok(attributes.into_iter().map(|(name, of)| (name, values(of))).collect())
}

/// Whom a kept message is about and what it says, if it is accepted by what it was judged by.
///
/// # Security
/// It is judged again: of a message that is refused no attribute is read.
pub(super) async fn kept_person(
    config: &Config,
    store: &Store,
    kept: &KeptTrace,
    today: &Connection,
) -> Result<Option<(NameIdClaim, AttributeSet)>> {
    let connection = kept.connection(today)?;
    let sp = replay::service_provider(config, store, kept, &connection, false).await?;
    let idp = connection_provider(&connection).context("the keys of the connection")?;
    let request = kept.request.as_deref().map(PendingRequest::from_state).transpose()?;
    let message = RawMessage::from_xml(kept.message());
    let Ok(response) = message.response() else { return Ok(None) };
    let policy = connection_policy(&connection, kept.at);
    let Ok(Accepted::Login(login)) = sp.finish(&idp, request.as_ref(), &response, &policy, kept.at).0 else {
        return Ok(None);
    };
    let name_id = NameIdClaim {
        value: login.name_id().value().to_owned(),
        format: login.name_id().format().map(str::to_owned),
    };
    Ok(Some((name_id, attribute_set(login.attributes()))))
}
