//! Single logout: what goes out, what comes in, and what is accepted.

mod accepted;
mod judge;
mod received;
mod send;

pub use accepted::{LogoutOutcome, LogoutRequest, LogoutResponse};
pub use received::{LogoutHints, ReceivedLogout};
pub use send::{BegunLogout, LogoutAnswer};
