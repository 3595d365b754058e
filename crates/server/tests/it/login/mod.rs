//! Logins: how they begin, come back and end.

mod encryption;
mod hop;
mod keys;
mod logout;
mod outage;
mod replay;
mod requests;
mod second_opinion;
mod sessions;
mod sp_initiated;
mod unsolicited;
