//! Who gets an account, and which; and what the administrator of one customer cannot do to another.

mod claims;
mod domains;
mod exhaustion;
mod hostile_directory;
mod hostile_idp;
mod identities;
mod invitations;
mod mapping;
mod provisioning;
