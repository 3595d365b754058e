//! Responses: judged as a connection would, with every check.

use anyhow::{Context, Result};
use landfall_accounts::ports::ConnectionDirectory;
use landfall_http::{connection_policy, connection_provider};
use landfall_saml::{
    Accepted, Attribute, CertificateDates, Decision, EntityId, IdentityProvider, IdpMetadata, Login,
    PendingRequest, Policy, RawMessage, Reject, RequestId, RoutingHints, ServiceProvider, Unsolicited,
};
use landfall_store::{KeyPurpose, Store};
use serde_json::{Value, json};
use time::OffsetDateTime;

use super::{Findings, Inspect};
use crate::config::Config;
use crate::glue;
use crate::keys::MasterKey;

/// What a response is judged by.
struct Bench {
    sp: ServiceProvider,
    idp: IdentityProvider,
    policy: Policy,
}

pub(super) async fn inspect(
    message: &RawMessage,
    config: &Option<Config>,
    args: &Inspect,
    at: OffsetDateTime,
) -> Result<Findings> {
    let response = match message.response() {
        Ok(response) => response,
        Err(error) => {
            let text = landfall_http::error_chain(&error);
            let json = json!({ "kind": "Response", "code": error.code(), "error": text });
            return Ok(Findings { lines: vec![format!("not readable: {text}")], json, good: false });
        }
    };
    let hints = response.hints();
    let mut lines = vec!["SAML Response".to_owned()];
    lines.extend(described(&hints));
    let claims = json!({
        "issuer": hints.issuer.as_ref().map(EntityId::as_str),
        "in_response_to": hints.in_response_to.as_ref().map(RequestId::as_str),
    });
    let Some(bench) = bench(config, args, at).await? else {
        lines.push("not judged: name a --connection, or --metadata with --audience and --acs".to_owned());
        let json = json!({ "kind": "Response", "claims": claims, "decision": null });
        return Ok(Findings { lines, json, good: true });
    };
    let pending = pending(args, &hints, &bench.idp)?;
    let (judged, decision) = bench.sp.finish(&bench.idp, pending.as_ref(), &response, &bench.policy, at);
    lines.extend(decision.to_string().lines().map(str::to_owned));
    lines.push(verdict(&judged));
    let decided = landfall_http::decision_json(&decision);
    let mut json = json!({ "kind": "Response", "claims": claims, "decision": decided });
    if let Ok(Accepted::Login(login)) = &judged {
        lines.extend(said(login, args.redact));
        if let Some(fields) = json.as_object_mut() {
            fields.insert("said".to_owned(), said_json(login, args.redact));
        }
    }
    Ok(Findings { lines, json, good: decision_is_good(&decision) })
}

fn decision_is_good(decision: &Decision) -> bool {
    decision.failure().is_none()
}

fn described(hints: &RoutingHints) -> Vec<String> {
    let issuer = hints.issuer.as_ref().map_or_else(|| "none".to_owned(), ToString::to_string);
    let answers = hints.in_response_to.as_ref().map_or_else(|| "no request".to_owned(), ToString::to_string);
    vec![format!("  claims to come from {issuer}"), format!("  claims to answer {answers}")]
}

async fn bench(config: &Option<Config>, args: &Inspect, at: OffsetDateTime) -> Result<Option<Bench>> {
    if let (Some(config), Some(name)) = (config, &args.connection) {
        let store = Store::open(&config.database)
            .await
            .context("the settings of the installation, which --config names, lead to no database")?;
        let connection = store.connection_named(name).await?;
        let connection = connection
            .with_context(|| format!("there is no connection `{name}`: see `landfall connection list`"))?;
        let idp = connection_provider(&connection).context("what is stored of the connection")?;
        let sp = decrypting(config, &store).await?;
        let policy = accepting(connection_policy(&connection, at));
        return Ok(Some(Bench { sp, idp, policy }));
    }
    let (Some(file), Some(audience), Some(acs)) = (&args.metadata, &args.audience, &args.acs) else {
        return Ok(None);
    };
    let bytes = std::fs::read(file).with_context(|| file.display().to_string())?;
    let idp = IdpMetadata::read(&bytes, None, at)
        .with_context(|| file.display().to_string())?
        .identity_provider()?;
    let audience = audience.as_str().try_into().context("--audience")?;
    let sp = ServiceProvider::new(audience, acs.as_str().try_into().context("--acs")?);
    Ok(Some(Bench { sp, idp, policy: Policy::new(Unsolicited::Accept, CertificateDates::Refuse) }))
}

/// Our side as it is when the server runs; where its keys cannot be opened, without what is encrypted.
async fn decrypting(config: &Config, store: &Store) -> Result<ServiceProvider> {
    let Some(key) = store.sp_key(KeyPurpose::Decryption).await? else {
        return Ok(glue::service_provider(config));
    };
    let opened = MasterKey::read(&config.master_key);
    Ok(opened.and_then(|master| glue::decrypting(config, &master, &key)).unwrap_or_else(|error| {
        eprintln!("warning: what is encrypted is not read: {error:#}");
        glue::service_provider(config)
    }))
}

/// A connection that restarts unsolicited logins judges them all the same: here they may pass.
fn accepting(policy: Policy) -> Policy {
    policy.with_unsolicited(Unsolicited::Accept)
}

/// The request that should be answered: the one that is named, or the one that the message names.
fn pending(args: &Inspect, hints: &RoutingHints, idp: &IdentityProvider) -> Result<Option<PendingRequest>> {
    let named = args.request.as_deref().map(RequestId::try_from).transpose().context("--request")?;
    let request = named.or_else(|| hints.in_response_to.clone());
    Ok(request.map(|request| PendingRequest::new(request, idp.entity_id().clone())))
}

fn verdict(judged: &Result<Accepted, Reject>) -> String {
    match judged {
        Ok(_) => "accepted".to_owned(),
        Err(reject) => format!("refused, {}: {}", reject.code(), reject.remedy()),
    }
}

/// What the assertion says about the person.
fn said(login: &Login, redact: bool) -> Vec<String> {
    let shown = |value: &str| if redact { "[redacted]".to_owned() } else { value.to_owned() };
    let mut lines = vec![format!("  NameID {}", shown(login.name_id().value()))];
    for attribute in login.attributes() {
        let values: Vec<String> = attribute.values().iter().map(|value| shown(value)).collect();
        lines.push(format!("  {} = {}", attribute.name(), values.join(", ")));
    }
    lines
}

fn said_json(login: &Login, redact: bool) -> Value {
    let values = |attribute: &Attribute| {
        if redact { json!(attribute.values().len()) } else { json!(attribute.values()) }
    };
    let attributes = login
        .attributes()
        .iter()
        .map(|attribute| json!({ "name": attribute.name(), "values": values(attribute) }));
    json!({
        "name_id": if redact { Value::Null } else { json!(login.name_id().value()) },
        "name_id_format": login.name_id().format(),
        "attributes": attributes.collect::<Vec<_>>(),
    })
}
