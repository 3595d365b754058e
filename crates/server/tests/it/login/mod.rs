//! Logins: how they begin, come back and end.

mod asking;
mod clocks;
mod encryption;
mod erase;
mod hop;
mod keys;
pub(crate) mod logout;
mod outage;
mod own_name;
mod replay;
mod requests;
mod second_opinion;
mod sessions;
mod sp_initiated;
mod states;
mod step_up;
mod test_login;
mod traces;
mod unsolicited;
