//! What every endpoint that speaks OAuth has in common: parameters, who asks, signed assertions, answers.

mod answer;
mod client;
mod jwt;
mod parameters;

pub(crate) use answer::{Refused, not_stored};
pub(crate) use client::{Shown, ShownError};
pub(crate) use jwt::{Audiences, Dates, JwtRefusal, SKEW, Unverified};
pub(crate) use parameters::{Parameters, Twice};
