//! Whole logins in one process, from the landing page to the session, honest and hostile; and the program itself.
#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod accounts;
mod apps;
#[path = "../../src/backchannel.rs"]
mod backchannel;
mod common_problems;
#[path = "../../../store/tests/it/database.rs"]
mod database;
mod entra_page;
mod limits;
mod living;
mod login;
#[path = "../../src/metadata/mod.rs"]
#[expect(unused_imports, reason = "the program uses what the tests do not")]
mod metadata;
mod oidc;
mod pages;
mod process;
mod scim;
mod sites;
mod world;
