use std::future::Future;

use time::OffsetDateTime;

use super::PortError;
use crate::Change;

/// What happened since the last time somebody asked.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Changes {
    /// Whose access may be another one.
    pub changes: Vec<Change>,
    /// Whether there is more to read.
    pub more: bool,
}

impl Changes {
    /// What was read, and whether there is more.
    #[must_use]
    pub fn new(changes: Vec<Change>, more: bool) -> Self {
        Self { changes, more }
    }
}

/// Tells those who remember something what has changed since.
pub trait ChangeFeed: Send + Sync {
    /// How far somebody has read; the beginning is some time before the first call.
    type Position: Default + Send + 'static;

    /// Goes up with each transaction that this process has committed, before whoever asked for it is answered.
    fn written(&self) -> u64;

    /// What was committed since the position, by anybody, and moves the position behind it.
    ///
    /// Whatever was committed before the call began is in this answer, or in those that follow while there is more.
    ///
    /// # Errors
    /// [`PortError`] if the store cannot answer: then the position is where it was, and nothing that is remembered counts.
    ///
    /// # Cancel safety
    /// The position moves when the answer is ready: who gives up before has missed nothing.
    fn changes(
        &self,
        position: &mut Self::Position,
        now: OffsetDateTime,
    ) -> impl Future<Output = Result<Changes, PortError>> + Send;
}
