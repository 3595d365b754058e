//! Responses: judged as a connection would, with every check.

use anyhow::Result;
use landfall_saml::{
    Accepted, Attribute, EntityId, IdentityProvider, Login, PendingRequest, RawMessage, RequestId,
    RoutingHints,
};
use serde_json::{Value, json};
use time::OffsetDateTime;

use super::bench::{self, bench};
use super::{Findings, Inspect};
use crate::config::Config;

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
        lines.push(bench::NONE.to_owned());
        let json = json!({ "kind": "Response", "claims": claims, "decision": null });
        return Ok(Findings { lines, json, good: true });
    };
    let pending = pending(args, &hints, &bench.idp)?;
    let (judged, decision) = bench.sp.finish(&bench.idp, pending.as_ref(), &response, &bench.policy, at);
    lines.extend(decision.to_string().lines().map(str::to_owned));
    lines.push(bench::verdict(judged.as_ref().err()));
    let decided = landfall_http::decision_json(&decision);
    let mut json = json!({ "kind": "Response", "claims": claims, "decision": decided });
    if let Ok(Accepted::Login(login)) = &judged {
        lines.extend(said(login, args.redact));
        if let Some(fields) = json.as_object_mut() {
            fields.insert("said".to_owned(), said_json(login, args.redact));
        }
    }
    Ok(Findings { lines, json, good: decision.failure().is_none() })
}

fn described(hints: &RoutingHints) -> Vec<String> {
    let issuer = hints.issuer.as_ref().map_or_else(|| "none".to_owned(), ToString::to_string);
    let answers = hints.in_response_to.as_ref().map_or_else(|| "no request".to_owned(), ToString::to_string);
    vec![format!("  claims to come from {issuer}"), format!("  claims to answer {answers}")]
}

/// The request that should be answered: the one that is named, or the one that the message names.
fn pending(args: &Inspect, hints: &RoutingHints, idp: &IdentityProvider) -> Result<Option<PendingRequest>> {
    let request = bench::request(args)?.or_else(|| hints.in_response_to.clone());
    Ok(request.map(|request| PendingRequest::new(request, idp.entity_id().clone())))
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
