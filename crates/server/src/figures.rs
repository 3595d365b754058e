//! The figures that an operator's monitoring fetches, in the text format of Prometheus.

use anyhow::{Context, Result};
use axum::Router;
use axum::routing::get;
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
