//! Metadata of identity providers, and keys of those who sign assertions, fetched anew while the server runs.
//!
//! The tests of the server take this folder in as it is, to let days pass without waiting for them:
//! nothing in it names anything else of this program.

pub(crate) mod address;
pub(crate) mod fetch;
pub(crate) mod gauges;
mod jwks;
mod reading;
mod refresh;
mod seen;
mod trust;
mod warnings;

pub(crate) use address::{Most, Rules, Way, host_and_port};
pub(crate) use fetch::Fetcher;
pub(crate) use jwks::IssuerKeys;
pub(crate) use reading::Reading;
pub(crate) use refresh::{Refreshed, Refresher};
pub(crate) use seen::Seen;
pub(crate) use trust::{pinned, trust};
pub(crate) use warnings::{Urgency, warnings};
