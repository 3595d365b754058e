//! Whether the process runs, and whether it can work.

use axum::extract::State;
use axum::http::StatusCode;

use crate::error::chain;
use crate::{App, Ports};

/// `GET /healthz`: the process runs.
pub(crate) async fn healthz() -> &'static str {
    "ok\n"
}

/// `GET /readyz`: the store answers.
pub(crate) async fn readyz<P: Ports>(State(app): State<App<P>>) -> (StatusCode, &'static str) {
    match app.ports().ready().await {
        Ok(()) => (StatusCode::OK, "ready\n"),
        Err(error) => {
            tracing::error!(cause = chain(&error), "not ready");
            (StatusCode::SERVICE_UNAVAILABLE, "the store cannot answer\n")
        }
    }
}
