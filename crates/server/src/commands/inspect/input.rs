//! A message in whatever dress it was saved.

use std::io::Read;
use std::path::Path;

use anyhow::{Context, Result, bail};
use landfall_saml::RawMessage;
use landfall_xmldsig::Limits;
use url::form_urlencoded;

use super::trace::{self, Recorded};

/// What a file holds.
pub(super) enum Found {
    /// A message by itself.
    Message(Input),
    /// What a browser recorded, with each message in it.
    Recording(Vec<Recorded>),
}

/// A message, and how it was found.
pub(super) struct Input {
    pub(super) message: RawMessage,
    pub(super) found_as: &'static str,
    /// The query of a redirect that carried it, as it came: its signature is over these octets.
    pub(super) query: Option<String>,
}

/// How a message is called that a query may have carried.
pub(super) const IN_A_QUERY: &str = "a parameter, deflated";
pub(super) const DEFLATED: &str = "base64, deflated";

/// Reads a file, or standard input for `-`.
pub(super) fn read(file: &Path) -> Result<Found> {
    let name = || file.display().to_string();
    // Base64, percent-encoded, is at most four times what it stands for.
    let most = u64::try_from(Limits::metadata().bytes * 4).unwrap_or(u64::MAX - 1);
    let mut bytes = Vec::new();
    if file == Path::new("-") {
        std::io::stdin().take(most + 1).read_to_end(&mut bytes).context("standard input")?;
    } else {
        std::fs::File::open(file)
            .with_context(name)?
            .take(most + 1)
            .read_to_end(&mut bytes)
            .with_context(name)?;
    }
    if u64::try_from(bytes.len()).is_ok_and(|read| read > most) {
        bail!("{} has more than {most} bytes: no message or recording that is read here is so large", name());
    }
    found(&bytes).with_context(name)
}

/// What these bytes hold.
pub(super) fn found(bytes: &[u8]) -> Result<Found> {
    let text = text(bytes);
    if trace::is_recording(text) {
        trace::messages(text).map(Found::Recording)
    } else {
        find(bytes).map(Found::Message)
    }
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap_or_default().trim_start_matches('\u{FEFF}').trim()
}

fn find(bytes: &[u8]) -> Result<Input> {
    let text = text(bytes);
    if text.is_empty() || text.starts_with('<') {
        return Ok(Input { message: RawMessage::from_xml(bytes), found_as: "XML", query: None });
    }
    let query = text.split_once('?').map_or(text, |(_, query)| query);
    let query = query.split_once('#').map_or(query, |(query, _)| query);
    let field = form_urlencoded::parse(query.as_bytes())
        .find(|(name, _)| name == "SAMLResponse" || name == "SAMLRequest");
    if let Some((_, value)) = field {
        let input = decoded(&value, IN_A_QUERY, "a form field")?;
        let query = Some(query.to_owned()).filter(|_| input.found_as == IN_A_QUERY);
        return Ok(Input { query, ..input });
    }
    // A value on its own may still be percent-encoded, as it stands in a log.
    let value = if text.contains('%') { percent_decoded(text) } else { text.to_owned() };
    decoded(&value, DEFLATED, "base64")
}

fn decoded(value: &str, deflated: &'static str, plain: &'static str) -> Result<Input> {
    let posted = RawMessage::from_post(value)
        .context("expected XML, base64, or an address or form with SAMLResponse or SAMLRequest")?;
    if let Ok(message) = RawMessage::from_redirect(value)
        && !posted.octets().trim_ascii_start().starts_with(b"<")
    {
        return Ok(Input { message, found_as: deflated, query: None });
    }
    Ok(Input { message: posted, found_as: plain, query: None })
}

pub(super) fn percent_decoded(text: &str) -> String {
    // A form of one field without a value: its name is the decoded text, but for '+', which base64 uses itself.
    let guarded = text.replace('+', "%2B");
    form_urlencoded::parse(guarded.as_bytes()).next().map(|(name, _)| name.into_owned()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn found(text: &str, as_what: &str) {
        let input = find(text.as_bytes()).unwrap();
        assert_eq!((input.message.octets(), input.found_as), (&b"<a>+</a>"[..], as_what), "{text}");
    }

    #[test]
    fn a_message_is_found_in_every_dress() {
        found("<a>+</a>", "XML");
        found("PGE+KzwvYT4=", "base64");
        found(" PGE+\nKzwvYT4=\n", "base64");
        found("PGE%2BKzwvYT4%3D", "base64");
        found("RelayState=x&SAMLResponse=PGE%2BKzwvYT4%3D", "a form field");
        found(
            "https://sp.example/acs?SAMLRequest=s0m007bRT7QDAA%3D%3D&RelayState=x",
            "a parameter, deflated",
        );
        found("s0m007bRT7QDAA==", "base64, deflated");
    }

    #[test]
    fn what_is_no_message_is_said_to_be_none() {
        let error = find(b"hello, world").err().unwrap();
        assert!(format!("{error:#}").contains("expected XML, base64"), "{error:#}");
    }
}
