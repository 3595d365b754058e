//! The SAML messages in what a browser recorded: an export of SAML-tracer, or an HTTP archive.

use anyhow::{Context, Result, bail};
use landfall_saml::RawMessage;
use serde_json::Value;
use url::{Url, form_urlencoded};

use super::input::{IN_A_QUERY, Input, percent_decoded};

/// Most messages that are explained of one recording.
const MOST: usize = 200;

/// A message, and the request that carried it.
pub(super) struct Recorded {
    /// Method and address, without the query.
    pub(super) carried_by: String,
    pub(super) input: Input,
}

/// Whether the text is a recording and not a message.
pub(super) fn is_recording(text: &str) -> bool {
    text.starts_with('{')
}

/// Every SAMLRequest and SAMLResponse, in the order of the requests.
///
/// # Security
/// Nothing else of a recording is kept: it is full of cookies and of other people's parameters.
pub(super) fn messages(text: &str) -> Result<Vec<Recorded>> {
    let recording: Value = serde_json::from_str(text).context("it begins like JSON and is none")?;
    let mut messages = Vec::new();
    for request in requests(&recording)? {
        let address = request.get("url").and_then(Value::as_str).unwrap_or_default();
        let method = request.get("method").and_then(Value::as_str).unwrap_or_default();
        let (bare, query) = address.split_once('?').unwrap_or((address, ""));
        let query = query.split_once('#').map_or(query, |(query, _)| query);
        let carried_by = format!("{method} {}", without_user(bare));
        let by_redirect = saml(parsed(query).chain(pairs(request.get("get")))).map(|value| {
            let input = input(RawMessage::from_redirect(&value), &value, IN_A_QUERY);
            // Without it, some recorders have the values alone, decoded, which nobody signed.
            Input { query: Some(query.to_owned()).filter(|query| !query.is_empty()), ..input }
        });
        let by_post =
            saml(form(request)).map(|value| input(RawMessage::from_post(&value), &value, "a form field"));
        let inputs = by_redirect.into_iter().chain(by_post);
        messages.extend(inputs.map(|input| Recorded { carried_by: carried_by.clone(), input }));
        // Before the next one is inflated: a few bytes of a recording can stand for many.
        if messages.len() > MOST {
            bail!("it holds more than {MOST} messages: record one sign-in");
        }
    }
    if messages.is_empty() {
        bail!(
            "no request in it carries SAMLRequest or SAMLResponse: record from before the sign-in starts until it ends"
        );
    }
    Ok(messages)
}

/// The message, or its text as it came, so that one that is damaged hides no other.
fn input<E>(message: Result<RawMessage, E>, value: &str, found_as: &'static str) -> Input {
    match message {
        Ok(message) => Input { message, found_as, query: None },
        Err(_) => Input {
            message: RawMessage::from_xml(value.as_bytes()),
            found_as: "a value that cannot be decoded",
            query: None,
        },
    }
}

/// The requests of SAML-tracer's export, or of an HTTP archive 1.2.
fn requests(recording: &Value) -> Result<Vec<&Value>> {
    if let Some(requests) = recording.get("requests").and_then(Value::as_array) {
        return Ok(requests.iter().collect());
    }
    let entries = recording.pointer("/log/entries").and_then(Value::as_array);
    let entries = entries
        .context("expected an export of SAML-tracer (`requests`) or an HTTP archive (`log`, `entries`)")?;
    Ok(entries.iter().filter_map(|entry| entry.get("request")).collect())
}

/// The fields of the form that was posted, if one was.
///
/// An archive has the text as it was sent; some browsers leave it out, and have the fields alone.
fn form(request: &Value) -> Box<dyn Iterator<Item = (String, String)> + '_> {
    let data = request.get("postData");
    let text = data.and_then(|data| data.get("text")).and_then(Value::as_str).unwrap_or_default();
    if !text.is_empty() {
        return Box::new(parsed(text));
    }
    let fields = data.and_then(|data| data.get("params")).and_then(Value::as_array);
    let fields = fields.into_iter().flatten().filter_map(|field| {
        let (name, value) = (field.get("name")?.as_str()?, field.get("value")?.as_str()?);
        // Some write the value as it was sent.
        let value = if value.contains('%') { percent_decoded(value) } else { value.to_owned() };
        Some((name.to_owned(), value))
    });
    Box::new(fields.chain(pairs(request.get("post"))))
}

/// SAML-tracer's `[["name", "value"], …]`.
fn pairs(list: Option<&Value>) -> impl Iterator<Item = (String, String)> + '_ {
    list.and_then(Value::as_array).into_iter().flatten().filter_map(|pair| {
        let (name, value) = (pair.get(0)?.as_str()?, pair.get(1)?.as_str()?);
        Some((name.to_owned(), value.to_owned()))
    })
}

fn parsed(text: &str) -> impl Iterator<Item = (String, String)> + '_ {
    form_urlencoded::parse(text.as_bytes()).into_owned()
}

fn saml(mut fields: impl Iterator<Item = (String, String)>) -> Option<String> {
    let named = |name: &str| matches!(name, "SAMLRequest" | "SAMLResponse");
    fields.find(|(name, value)| named(name) && !value.is_empty()).map(|(_, value)| value)
}

/// The address without a name and password in it.
fn without_user(address: &str) -> String {
    let Ok(mut url) = Url::parse(address) else { return "an address that cannot be read".to_owned() };
    let plain = url.set_username("").is_ok() && url.set_password(None).is_ok();
    if plain { url.to_string() } else { url.scheme().to_owned() }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// `<a>+</a>`, deflated and not.
    const DEFLATED: &str = "s0m007bRT7QDAA==";
    const PLAIN: &str = "PGE+KzwvYT4=";

    #[track_caller]
    fn both(recording: &Value) {
        let found = messages(&recording.to_string()).unwrap();
        let found: Vec<_> = found
            .iter()
            .map(|one| (one.carried_by.as_str(), one.input.found_as, one.input.message.octets()))
            .collect();
        let expected = [
            ("GET https://idp.example/sso", "a parameter, deflated", &b"<a>+</a>"[..]),
            ("POST https://sp.example/saml/acs", "a form field", b"<a>+</a>"),
        ];
        assert_eq!(found, expected, "{recording}");
    }

    #[test]
    fn a_saml_tracer_export() {
        both(&json!({ "requests": [
            { "method": "GET", "url": "https://idp.example/style.css" },
            { "method": "GET", "url": "https://me:secret@idp.example/sso?x=1", "get": [["SAMLRequest", DEFLATED], ["RelayState", "r"]], "post": null },
            { "method": "POST", "url": "https://sp.example/saml/acs", "post": [["SAMLResponse", PLAIN], ["RelayState", "r"]] },
        ]}));
        let url = "https://idp.example/sso?SAMLRequest=s0m007bRT7QDAA%3D%3D&RelayState=r#top";
        both(&json!({ "requests": [
            { "method": "GET", "url": url, "get": [["SAMLRequest", DEFLATED]] },
            { "method": "POST", "url": "https://sp.example/saml/acs", "post": [["SAMLResponse", PLAIN]] },
        ]}));
    }

    #[test]
    fn an_http_archive() {
        let get = json!({ "request": {
            "method": "GET", "url": "https://idp.example/sso?SAMLRequest=s0m007bRT7QDAA%3D%3D",
            "queryString": [{ "name": "SAMLRequest", "value": "s0m007bRT7QDAA%3D%3D" }],
        }});
        for data in [
            json!({ "text": "RelayState=r&SAMLResponse=PGE%2BKzwvYT4%3D" }),
            json!({ "params": [{ "name": "SAMLResponse", "value": PLAIN }] }),
            json!({ "params": [{ "name": "SAMLResponse", "value": "PGE%2BKzwvYT4%3D" }] }),
        ] {
            let url = "https://sp.example/saml/acs?y=2";
            let post = json!({ "request": { "method": "POST", "url": url, "postData": data } });
            both(&json!({ "log": { "version": "1.2", "entries": [get, post] } }));
        }
    }

    #[test]
    fn a_damaged_message_hides_no_other() {
        let get = json!({ "method": "GET", "url": "https://idp.example/?SAMLRequest=%21%21" });
        let post =
            json!({ "method": "POST", "url": "https://a.example/", "post": [["SAMLResponse", PLAIN]] });
        let found = messages(&json!({ "requests": [get, post] }).to_string()).unwrap();
        let found: Vec<_> =
            found.iter().map(|one| (one.input.found_as, one.input.message.octets())).collect();
        let damaged = ("a value that cannot be decoded", &b"!!"[..]);
        assert_eq!(found, [damaged, ("a form field", b"<a>+</a>")]);
    }

    #[test]
    fn what_is_no_recording_of_a_sign_in_is_said_to_be_none() {
        let refused = |text: &str| format!("{:#}", messages(text).err().unwrap());
        assert!(refused("{").contains("begins like JSON and is none"));
        assert!(refused("{}").contains("expected an export of SAML-tracer"));
        let other = json!({ "requests": [{ "method": "GET", "url": "https://a.example/?Other=1" }] });
        assert!(refused(&other.to_string()).contains("no request in it carries SAMLRequest"));
        let request =
            json!({ "method": "POST", "url": "https://a.example/", "post": [["SAMLResponse", PLAIN]] });
        let many = |count| json!({ "requests": vec![request.clone(); count] }).to_string();
        assert_eq!(messages(&many(MOST)).unwrap().len(), MOST);
        assert!(refused(&many(MOST + 1)).contains("more than 200 messages"));
    }
}
