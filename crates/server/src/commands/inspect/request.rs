//! Requests and other protocol messages: what they ask for.

use landfall_xmldsig::{Document, Element, XMLDSIG_NAMESPACE};
use serde_json::{Map, Value, json};

use super::Findings;

/// What is shown of a protocol message: attributes of the root, and the text of its Issuer, NameID and SessionIndexes.
const SHOWN: [&str; 10] = [
    "ID",
    "Version",
    "IssueInstant",
    "Destination",
    "InResponseTo",
    "NotOnOrAfter",
    "AssertionConsumerServiceURL",
    "ProtocolBinding",
    "ForceAuthn",
    "IsPassive",
];

pub(super) fn inspect(document: &Document<'_>, name: &str, redact: bool) -> Findings {
    let root = document.root();
    let mut fields: Vec<(&str, String)> =
        SHOWN.iter().filter_map(|name| Some((*name, root.attribute(name)?.to_owned()))).collect();
    if let Some(issuer) = text(root, "Issuer") {
        fields.push(("Issuer", issuer));
    }
    if let Some(name_id) = text(root, "NameID") {
        fields.push(("NameID", if redact { "[redacted]".to_owned() } else { name_id }));
    }
    let sessions = root.elements().filter(|child| child.local_name() == "SessionIndex");
    let shown = |index: Element<'_>| {
        if redact { "[redacted]".to_owned() } else { index.text().unwrap_or_default().to_owned() }
    };
    let sessions: Vec<String> = sessions.map(shown).collect();
    if !sessions.is_empty() {
        fields.push(("SessionIndex", sessions.join(", ")));
    }
    if let Some(status) = root.elements().find(|child| child.local_name() == "Status") {
        let codes = status.descendants().filter(|child| child.local_name() == "StatusCode");
        let codes: Vec<&str> = codes.filter_map(|code| code.attribute("Value")).collect();
        fields.push(("Status", codes.join(", ")));
    }
    let signed = root.elements().any(|child| child.is(XMLDSIG_NAMESPACE, "Signature"));
    fields.push(("Signature", if signed { "inside, not verified" } else { "none inside" }.to_owned()));
    let mut lines = vec![format!("SAML {name}")];
    lines.extend(fields.iter().map(|(name, value)| format!("  {name:<28} {value}")));
    let json: Map<String, Value> =
        fields.into_iter().map(|(name, value)| (name.to_owned(), value.into())).collect();
    Findings { lines, json: json!({ "kind": name, "fields": json }), good: true }
}

fn text(root: Element<'_>, local: &str) -> Option<String> {
    root.elements().find(|child| child.local_name() == local)?.text().ok().map(str::to_owned)
}
