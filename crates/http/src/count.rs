//! What is counted, in the names and labels that operators build on.
//!
//! Labels have few values: codes and outcomes, never what a message says.

use landfall_accounts::ConnectionName;
use landfall_xmldsig::Opinion;
use metrics::{counter, gauge};
use time::Duration;

use crate::limits::Share;

/// `landfall_logins_total`: what came to the assertion consumer service, by its outcome:
/// `accepted`, `restarted`, `tested` or the code of the refusal.
pub(crate) fn login(outcome: &'static str) {
    counter!("landfall_logins_total", "outcome" => outcome).increment(1);
}

/// `landfall_logouts_total`: what came to the single logout service, by its outcome: `accepted` or the code of the refusal.
pub(crate) fn logout(outcome: &'static str) {
    counter!("landfall_logouts_total", "outcome" => outcome).increment(1);
}

/// `landfall_idp_clock_skew_seconds`: by how much our clock was ahead of the identity provider's at the last accepted login
/// of a connection, with the time that the message was on its way.
pub(crate) fn clock_skew(connection: &ConnectionName, ahead: Duration) {
    gauge!("landfall_idp_clock_skew_seconds", "connection" => connection.to_string())
        .set(ahead.as_seconds_f64());
}

/// `landfall_checks_total`: what proxies asked about requests to sites, by its outcome: `remembered` or `read` of somebody who is
/// admitted, `stranger` of nobody who is signed in, or the code of the refusal.
pub(crate) fn check(outcome: &'static str) {
    counter!("landfall_checks_total", "outcome" => outcome).increment(1);
}

/// `landfall_scim_tokens_total`: what came to the token endpoint of directories, by its outcome: `granted` or the code of
/// the refusal.
pub(crate) fn scim_token(outcome: &'static str) {
    counter!("landfall_scim_tokens_total", "outcome" => outcome).increment(1);
}

/// `landfall_authorizations_total`: what applications asked for codes, by its outcome: `granted` or the code of the refusal;
/// who was sent to sign in first is counted when they come back.
pub(crate) fn authorization(outcome: &'static str) {
    counter!("landfall_authorizations_total", "outcome" => outcome).increment(1);
}

/// `landfall_tokens_total`: what came to the token endpoint of applications, by its outcome: `granted` or the code of the
/// refusal.
pub(crate) fn token(outcome: &'static str) {
    counter!("landfall_tokens_total", "outcome" => outcome).increment(1);
}

/// `landfall_provisioning_log_lost_total`: entries of the provisioning log that the store could not take for too long.
pub(crate) fn provisioning_lost(entries: usize) {
    counter!("landfall_provisioning_log_lost_total").increment(u64::try_from(entries).unwrap_or(u64::MAX));
}

/// `landfall_traces_total`: messages of traced connections, by their outcome: `kept` or `lost`.
pub(crate) fn kept(kept: bool) {
    let outcome = if kept { "kept" } else { "lost" };
    counter!("landfall_traces_total", "outcome" => outcome).increment(1);
}

/// `landfall_limited_total`: requests refused because a share was used up, by whose it was: `address`, `connection`, `person`,
/// or `device` of an address at which too many devices begin.
pub(crate) fn limited(share: Share) {
    counter!("landfall_limited_total", "share" => share.name()).increment(1);
}

/// `landfall_second_opinions_total`: what the second engine said.
pub(crate) fn opinion(opinion: &Opinion) {
    let opinion = match opinion {
        Opinion::Agree => "agree",
        Opinion::Disagree { .. } => "disagree",
        _ => "inconclusive",
    };
    counter!("landfall_second_opinions_total", "opinion" => opinion).increment(1);
}
