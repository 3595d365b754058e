//! Time and randomness, which nothing here takes from elsewhere.

use time::OffsetDateTime;

/// The clock and the random source of a process.
pub trait Environment: Send + Sync + 'static {
    /// The time, UTC.
    fn now(&self) -> OffsetDateTime;

    /// Fills `bytes` with cryptographic randomness.
    ///
    /// # Errors
    /// [`NoRandomness`] if the system has none: then nothing is begun and nothing is opened.
    fn fill(&self, bytes: &mut [u8]) -> Result<(), NoRandomness>;
}

/// The system gave no random bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the system gave no random bytes")]
pub struct NoRandomness;

/// `N` random bytes.
pub(crate) fn random<const N: usize>(environment: &dyn Environment) -> Result<[u8; N], NoRandomness> {
    let mut bytes = [0; N];
    environment.fill(&mut bytes)?;
    Ok(bytes)
}
