//! Logout messages: what they ask or tell, judged as a connection would, with every check.

use anyhow::Result;
use landfall_saml::{
    Decision, Location, LogoutKind, LogoutOutcome, PendingLogout, RawLogout, ReceivedLogout, Reject,
};
use landfall_xmldsig::{Document, Element};
use serde_json::json;
use time::OffsetDateTime;

use super::bench::{self, Bench, bench};
use super::input::{DEFLATED, Input};
use super::{Findings, Inspect, insert, request};
use crate::config::Config;

/// The kind of the message, if it is one of logout.
pub(super) fn kind(name: &str) -> Option<LogoutKind> {
    match name {
        "LogoutRequest" => Some(LogoutKind::Request),
        "LogoutResponse" => Some(LogoutKind::Response),
        _ => None,
    }
}

pub(super) async fn inspect(
    document: &Document<'_>,
    kind: LogoutKind,
    input: &Input,
    config: &Option<Config>,
    args: &Inspect,
    at: OffsetDateTime,
) -> Result<Findings> {
    let root = document.root();
    let mut findings = request::inspect(document, root.local_name(), args.redact);
    insert(&mut findings.json, "decision", json!(null));
    let raw = match &input.query {
        Some(query) => match RawLogout::from_query(query) {
            Ok(raw) => raw,
            Err(error) => return Ok(unreadable(findings, error.code(), &error)),
        },
        None => RawLogout::from_xml(kind, input.message.octets()),
    };
    let Some(bench) = bench(config, args, at).await? else {
        findings.lines.push(bench::NONE.to_owned());
        return Ok(findings);
    };
    if input.query.is_none() && input.found_as == DEFLATED {
        findings.lines.push(
            "not judged: its signature stands beside it in the query, so give the whole address".to_owned(),
        );
        return Ok(findings);
    }
    match raw.read() {
        Ok(received) => judged(findings, &received, at_its_address(bench, root, args), args, at),
        Err(error) => Ok(unreadable(findings, error.code(), &error)),
    }
}

fn judged(
    mut findings: Findings,
    received: &ReceivedLogout<'_>,
    bench: Bench,
    args: &Inspect,
    at: OffsetDateTime,
) -> Result<Findings> {
    let Bench { sp, idp, policy } = &bench;
    let (refused, decision, told) = match received.kind() {
        LogoutKind::Request => {
            let (judged, decision) = sp.accept_logout(idp, received, policy, at);
            let told = judged.as_ref().ok().map(|request| match request.session_indexes().len() {
                0 => "ends all sessions of the person".to_owned(),
                count => format!("ends the sessions that it names: {count}"),
            });
            (judged.err(), decision, told)
        }
        LogoutKind::Response => {
            let request = bench::request(args)?.or_else(|| received.hints().in_response_to);
            let pending = request.map(|request| PendingLogout::new(request, idp.entity_id().clone()));
            let (judged, decision) = sp.finish_logout(idp, pending.as_ref(), received, policy, at);
            let told = judged.as_ref().ok().map(|response| match response.outcome() {
                LogoutOutcome::Complete => "says that the person is signed out".to_owned(),
                LogoutOutcome::Partial => "says that the person is signed out, and not everywhere".to_owned(),
            });
            (judged.err(), decision, told)
        }
    };
    findings.lines.extend(decided(&decision, refused.as_ref()));
    findings.lines.extend(told.map(|told| format!("  {told}")));
    insert(&mut findings.json, "decision", landfall_http::decision_json(&decision));
    Ok(Findings { good: decision.failure().is_none(), ..findings })
}

fn decided(decision: &Decision, refused: Option<&Reject>) -> Vec<String> {
    let mut lines: Vec<String> = decision.to_string().lines().map(str::to_owned).collect();
    lines.push(bench::verdict(refused));
    lines
}

/// With our logout address: the one that is named, the installation's, or else the one that the message names.
fn at_its_address(bench: Bench, root: Element<'_>, args: &Inspect) -> Bench {
    let named = root.attribute("Destination").and_then(|text| Location::try_from(text).ok());
    match args.slo.clone().or_else(|| named.filter(|_| bench.sp.slo().is_none())) {
        Some(slo) => Bench { sp: bench.sp.with_slo(slo), ..bench },
        None => bench,
    }
}

fn unreadable(mut findings: Findings, code: &str, error: &(dyn std::error::Error + 'static)) -> Findings {
    let text = landfall_http::error_chain(error);
    findings.lines.push(format!("not readable: {text}"));
    insert(&mut findings.json, "code", json!(code));
    insert(&mut findings.json, "error", json!(text));
    Findings { good: false, ..findings }
}
