//! Metadata: who it describes, with which keys.

use landfall_saml::{EntityId, IdpMetadata, MetadataError};
use serde_json::{Value, json};
use time::OffsetDateTime;

use super::Findings;

pub(super) fn inspect(octets: &[u8], at: OffsetDateTime) -> Findings {
    let read = |entity: Option<&EntityId>| IdpMetadata::read(octets, entity, at);
    let entities = match read(None) {
        Err(MetadataError::Choose { found, .. }) => found.iter().map(|id| read(Some(id))).collect(),
        other => vec![other],
    };
    let mut lines = vec!["SAML metadata".to_owned()];
    let mut json = Vec::new();
    let good = entities.iter().all(Result::is_ok);
    for entity in entities {
        match entity {
            Ok(metadata) => {
                lines.extend(describe(&metadata));
                json.push(as_json(&metadata));
            }
            Err(error) => {
                let text = landfall_http::error_chain(&error);
                lines.push(format!("not usable: {text}"));
                json.push(json!({ "code": error.code(), "error": text }));
            }
        }
    }
    Findings { lines, json: json!({ "kind": "metadata", "entities": json }), good }
}

fn describe(metadata: &IdpMetadata) -> Vec<String> {
    let mut lines = vec![format!("identity provider {}", metadata.entity_id())];
    lines.extend(
        metadata.sso().iter().map(|sso| format!("  sign-on address {:?} {}", sso.binding, sso.location)),
    );
    lines.extend(metadata.slo().iter().map(|slo| {
        let (binding, location, answers) = (slo.binding, &slo.location, slo.answers());
        let elsewhere = if answers == location { String::new() } else { format!(", answers to {answers}") };
        format!("  logout address {binding:?} {location}{elsewhere}")
    }));
    lines.extend(metadata.certificates().iter().map(|certificate| {
        let (from, until) = (certificate.not_before().date(), certificate.not_after().date());
        format!("  certificate {} {}, {from} to {until}", certificate.fingerprint(), certificate.subject())
    }));
    lines.extend(metadata.warnings().iter().map(|warning| format!("  warning: {warning}")));
    lines
}

fn as_json(metadata: &IdpMetadata) -> Value {
    let certificates = metadata.certificates().iter().map(|certificate| {
        json!({
            "fingerprint": certificate.fingerprint().to_string(),
            "subject": certificate.subject(),
            "not_before": certificate.not_before().unix_timestamp(),
            "not_after": certificate.not_after().unix_timestamp(),
        })
    });
    json!({
        "entity_id": metadata.entity_id().as_str(),
        "sso": metadata.sso().iter().map(|sso| sso.location.as_str()).collect::<Vec<_>>(),
        "slo": metadata.slo().iter().map(|slo| slo.location.as_str()).collect::<Vec<_>>(),
        "certificates": certificates.collect::<Vec<_>>(),
        "warnings": metadata.warnings().iter().map(ToString::to_string).collect::<Vec<_>>(),
    })
}
