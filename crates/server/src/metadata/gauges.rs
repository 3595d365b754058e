//! Ends of trust as figures: times in seconds since 1970, so that a rule can compare them with its own clock.

use landfall_accounts::{CertificateState, Connection, MetadataSource};
use metrics::gauge;

/// `landfall_keys_end_timestamp_seconds`: when the last key of a connection that counts ends;
/// `landfall_keys_waiting`: how many of its keys wait for an operator;
/// `landfall_metadata_refreshed_timestamp_seconds`: when its metadata were last fetched, where they are.
#[expect(clippy::cast_precision_loss, reason = "seconds since 1970 fit into 52 bits")]
pub(crate) fn set(connections: &[Connection], sources: &[MetadataSource]) {
    for connection in connections {
        let name = || connection.name.to_string();
        let ends = connection.idp.in_state(CertificateState::Trusted).map(|one| one.not_after).max();
        let ends = ends.map_or(0, time::OffsetDateTime::unix_timestamp);
        gauge!("landfall_keys_end_timestamp_seconds", "connection" => name()).set(ends as f64);
        let waiting = connection.idp.in_state(CertificateState::Pending).count();
        gauge!("landfall_keys_waiting", "connection" => name()).set(waiting as f64);
        if let Some(source) = sources.iter().find(|source| source.connection == connection.id) {
            let refreshed = source.last_success.unix_timestamp() as f64;
            gauge!("landfall_metadata_refreshed_timestamp_seconds", "connection" => name()).set(refreshed);
        }
    }
}
