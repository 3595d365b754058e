//! Random documents, signed by either engine and judged by both.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod exceptions;
mod random;
mod refusals;
