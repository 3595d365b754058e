//! What an operator should look at before somebody cannot sign in.

use landfall_accounts::{CertificateState, Connection, MetadataSource};
use time::{Duration, OffsetDateTime};

/// A fetch that was due a day ago is late: each is due within a day.
const LATE: Duration = Duration::days(2);
/// From here on before their end, metadata are warned of.
const SOON: Duration = Duration::days(3);

/// Whether people can still sign in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Urgency {
    /// They can.
    Warn,
    /// They cannot.
    Fail,
}

/// What is to be said about the metadata of a connection now.
pub(crate) fn warnings(
    connection: &Connection,
    source: Option<&MetadataSource>,
    now: OffsetDateTime,
) -> Vec<(Urgency, String)> {
    let (name, mut found) = (&connection.name, Vec::new());
    let mut say = |urgency, text: String| found.push((urgency, text));
    match connection.idp.valid_until {
        Some(until) if until <= now => say(
            Urgency::Fail,
            format!(
                "the metadata were valid until {until}, nobody can sign in: `landfall connection refresh {name}`"
            ),
        ),
        Some(until) if until <= now + SOON => {
            say(Urgency::Warn, format!("the metadata are valid until {until}, and no newer ones have come"));
        }
        _ => {}
    }
    for key in connection.idp.in_state(CertificateState::Pending) {
        let key = key.fingerprint;
        let text = format!("the key {key} waits: `landfall connection approve {name} {key}`, or refuse");
        say(Urgency::Warn, text);
    }
    let Some(source) = source else { return found };
    if source.waiting.is_some() {
        let text = format!(
            "addresses at another host wait: look at `landfall connection keys {name}`, then `landfall connection approve {name} endpoints`"
        );
        say(Urgency::Warn, text);
    }
    let since = source.last_success;
    if let Some(failure) = &source.failure {
        let code = &failure.code;
        let text = format!(
            "the metadata cannot be taken ({code}), what was trusted on {since} counts on: `landfall connection refresh {name}` says why"
        );
        say(Urgency::Warn, text);
    } else if since + LATE <= now {
        say(Urgency::Warn, format!("the metadata were last fetched on {since}: does `landfall serve` run?"));
    }
    found
}
