//! The crate at its boundary: every form that clients send, what holds for all of them, and the table.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod forms;
mod properties;
mod table;
