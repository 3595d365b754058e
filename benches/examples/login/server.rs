//! The server that is measured.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use landfall_benches::Failure;

/// How long a tick is in what Linux shows to programs, on every machine [proc_pid_stat(5)].
const TICK: Duration = Duration::from_millis(10);

/// A process.
pub(crate) struct Server {
    stat: PathBuf,
}

impl Server {
    /// The process with this id.
    pub(crate) fn of(pid: &str) -> Result<Self, Failure> {
        Ok(Self { stat: format!("/proc/{}/stat", pid.parse::<u32>()?).into() })
    }

    /// What all its threads, those that have ended too, have run until now, in programs and in the kernel.
    pub(crate) fn cpu_time(&self) -> Result<Duration, Failure> {
        let text = fs::read_to_string(&self.stat)
            .map_err(|error| format!("cannot read {}: {error}", self.stat.display()))?;
        Ok(TICK * ticks(&text).ok_or("the process is described in an unknown form")?)
    }
}

/// The middle one of figures of some rounds, of each kind by itself: how long it took, and what it cost.
pub(crate) fn median(figures: &[(Duration, Duration)]) -> (Duration, Duration) {
    let middle = |mut times: Vec<Duration>| {
        times.sort();
        times.get(times.len() / 2).copied().unwrap_or_default()
    };
    let (elapsed, cpu) = figures.iter().copied().unzip();
    (middle(elapsed), middle(cpu))
}

/// The 14th and the 15th field; the 2nd is a name in brackets, which may hold anything.
fn ticks(stat: &str) -> Option<u32> {
    let (_, behind_name) = stat.rsplit_once(") ")?;
    let mut fields = behind_name.split(' ').skip(11);
    let mut field = || fields.next()?.parse::<u32>().ok();
    field()?.checked_add(field()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_times_count() {
        let text = "7 (a (b) c) S 1 7 7 0 -1 4194560 100 200 0 0 41 17 5 6 20 0 9 0 1000 1 2";
        assert_eq!(ticks(text), Some(58));
        assert_eq!(ticks("7 (a) S 1 7"), None);
        assert_eq!(ticks(""), None);
    }
}
