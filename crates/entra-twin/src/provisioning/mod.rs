//! Entra's provisioning service: what it pushes to a SCIM server, when, and what it does when that fails.
//!
//! [`Directory`] is what is imported, [`Settings`] what is mapped and who is in scope, [`Job`] what is remembered;
//! [`cycle`] does the work through a [`Transport`], and takes the time as an argument.
//!
//! ```no_run
//! # async fn demo() -> Result<(), Box<dyn std::error::Error>> {
//! use std::sync::Arc;
//! use landfall_entra_twin::{DataDir, provisioning::{Credentials, Directory, HttpTransport, JobFiles, SecretToken, cycle}};
//! use time::macros::datetime;
//! let (data, files) = (DataDir::at("twin"), JobFiles::at("twin"));
//! let url = "https://sp.example.com/scim/v2?aadOptscim062020".parse()?;
//! let transport = Arc::new(HttpTransport::new(url, Credentials::Token(SecretToken::new("secret")?))?);
//! let url = "https://sp.example.com/scim/v2?aadOptscim062020".parse()?;
//! let directory = Directory::of(&data.tenant()?, &data.app()?);
//! let (settings, mut job) = (Arc::new(files.settings()?), files.job(uuid::Uuid::from_u128(7))?);
//! let now = datetime!(2030-01-02 03:04:05 UTC);
//! let report = cycle(transport, &url, &settings, &directory, &mut job, now).await?;
//! files.append(&report.entries)?;
//! files.save_job(&job)?;
//! # Ok(()) }
//! ```

mod code;
mod cycle;
mod directory;
mod export;
mod expression;
mod files;
mod http;
mod intent;
mod job;
mod json;
mod log;
mod mapping;
mod on_demand;
mod path;
mod reference;
mod request;
mod runner;
mod schema;
mod scope;
mod settings;
mod task;
mod transport;
mod value;

pub use code::Code;
pub use cycle::{CycleError, CycleKind, CycleReport, cycle};
pub use directory::{Directory, SourceGroup, SourceUser};
pub use expression::{EvalError, Expression, ParseError};
pub use files::{JobFileError, JobFiles};
pub use http::{ClientCredentials, Credentials, HttpTransport, SecretToken};
pub use job::{Due, Escrow, Job, Known, Quarantine, QuarantineReason, Restart};
pub use json::Json;
pub use log::{Action, LogEntry, Modified, Status, Step, StepName};
pub use mapping::{Actions, Apply, AttributeMapping, Flow, Kind, Mapping};
pub use on_demand::{Whom, on_demand, test_connection};
pub use path::{PathError, TargetPath};
pub use request::{Dialect, ScimMethod, ScimRequest};
pub use schema::undeclared;
pub use scope::{Clause, Filter};
pub use settings::{NullValues, Scope, Settings};
pub use transport::{ScimResponse, Transport, TransportError};
pub use value::Value;
