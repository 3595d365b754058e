//! Logins in a real browser: Landfall on 127.0.0.1 and a double of Entra on localhost, two sites to Chromium.
#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]
#![expect(clippy::print_stderr, reason = "a test that fails shows what the server logged")]

mod appearance;
mod applications;
mod flows;
mod foreign;
mod lax;
mod pages;
mod sessions;
mod stale;
mod world;
