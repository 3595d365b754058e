//! Proxies that others wrote, in front of an application: `cargo xtask interop forward-auth` installs and runs them.
//!
//! They run with the configurations of `docs/proxies`, but for the addresses in them.
#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "each check that holds is a line")]

#[path = "../../../http/examples/behind_a_proxy.rs"]
mod behind_a_proxy;
mod chromium;
mod person;
mod proxy;
#[path = "../browser/world/mod.rs"]
#[allow(dead_code, unused_imports, clippy::indexing_slicing, reason = "the browser's tests use more of it")]
mod world;

use person::through;
use proxy::{Caddy, Haproxy, Nginx};

#[tokio::test(flavor = "multi_thread")]
async fn nginx() {
    through::<Nginx>().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn caddy() {
    through::<Caddy>().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn haproxy() {
    through::<Haproxy>().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nginx_and_chromium() {
    chromium::through_nginx().await;
}
