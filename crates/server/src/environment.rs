//! The clock and the random source of the running process.

use aws_lc_rs::rand::{SecureRandom, SystemRandom};
use landfall_http::{Environment, NoRandomness};
use time::OffsetDateTime;

/// The system's own.
#[derive(Debug, Default)]
pub(crate) struct System {
    random: SystemRandom,
}

impl Environment for System {
    fn now(&self) -> OffsetDateTime {
        now()
    }

    fn fill(&self, bytes: &mut [u8]) -> Result<(), NoRandomness> {
        self.random.fill(bytes).map_err(|_| NoRandomness)
    }
}

/// The one place where the clock is read.
#[expect(clippy::disallowed_methods, reason = "this is the clock of the process")]
pub(crate) fn now() -> OffsetDateTime {
    OffsetDateTime::now_utc()
}
