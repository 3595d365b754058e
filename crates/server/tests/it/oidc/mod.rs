//! Applications behind Landfall: what they get of the people who sign in, and what nobody gets.

mod account;
mod bcp;
mod conformance;
mod device;
mod discovery;
mod endpoints;
mod limits;
mod native;
mod pages;
mod relying;

pub(crate) use relying::{Back, Relying, Request, native, page_application, payroll, userinfo};
