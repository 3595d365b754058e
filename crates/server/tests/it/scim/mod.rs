//! What directories meet before anything of SCIM is read.

mod token_endpoint;
mod workload;
