//! The figures that an operator's monitoring fetches, in the text format of Prometheus.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use axum::Router;
use axum::routing::get;
use metrics::counter;
use metrics_exporter_prometheus::PrometheusBuilder;
use tokio::net::TcpListener;

use crate::config::Listen;

/// Begins to count, and serves `GET /metrics` at an address of its own, apart from the people's.
pub(crate) async fn serve(listen: Listen) -> Result<()> {
    let handle = PrometheusBuilder::new().install_recorder().context("metrics")?;
    let address = listen.address();
    let listener =
        TcpListener::bind(address).await.with_context(|| format!("metrics: cannot listen on {address}"))?;
    eprintln!("landfall: figures at http://{}/metrics", listener.local_addr()?);
    let router = Router::new().route("/metrics", get(async move || handle.render()));
    tokio::spawn(async move { axum::serve(listener, router).await });
    Ok(())
}

/// `landfall_sessions_ended_total`: sessions that are over, by why, whoever ended them and on whichever node.
///
/// Each is counted once, by the node that removes it, a minute or so later.
pub(crate) fn sessions_ended(by_reason: BTreeMap<String, u64>) {
    for (reason, count) in by_reason {
        counter!("landfall_sessions_ended_total", "reason" => reason).increment(count);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ended_sessions_are_counted_by_their_reasons() {
        let recorder = PrometheusBuilder::new().build_recorder();
        let ended = |idle| [("idle".to_owned(), idle), ("revoked".to_owned(), 1)].into_iter().collect();
        metrics::with_local_recorder(&recorder, || {
            sessions_ended(ended(2));
            sessions_ended(ended(3));
        });
        let text = recorder.handle().render();
        for line in ["{reason=\"idle\"} 5", "{reason=\"revoked\"} 2"] {
            assert!(text.contains(&format!("landfall_sessions_ended_total{line}")), "{text}");
        }
    }
}
