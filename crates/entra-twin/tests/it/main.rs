//! The double at its boundary: what it writes, what libxmlsec1 says of it, its pages, its driver and its commands.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod attack;
mod attack_sp;
mod browser;
mod claims;
mod cli;
mod clock;
mod double;
mod errors;
mod flows;
mod forgotten;
mod landfall;
mod libxmlsec1;
mod logout;
mod names;
mod provisioning;
mod refusals;
mod requests;
mod sample_sp;
mod scenarios;
mod served;
mod signed_requests;
mod signing;
mod walk;
mod wire;
