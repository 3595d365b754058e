//! The double at its boundary: what it writes, what libxmlsec1 says of it, its pages, its driver and its commands.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod cli;
mod double;
mod errors;
mod flows;
mod libxmlsec1;
mod provisioning;
mod sample_sp;
mod scenarios;
mod wire;
