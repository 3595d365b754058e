//! What a job remembers from one cycle to the next.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use super::code::{Code, Stop};
use super::directory::Directory;

/// A provisioning job: its watermark, whom it has matched, who failed, and whether it is in quarantine.
///
/// ```
/// use landfall_entra_twin::provisioning::{Due, Job};
/// use time::macros::datetime;
/// let job = Job::new(uuid::Uuid::from_u128(7));
/// assert_eq!(job.id, "scim.00000000000000000000000000000007");
/// assert_eq!(job.due(datetime!(2030-01-02 03:04:05 UTC)), Due::Now);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Job {
    /// `scim.` and a number, as the portal shows it.
    pub id: String,
    /// How many cycles have begun.
    pub cycles: u64,
    /// When the last cycle that came to its end began; without it the next one is an initial cycle.
    #[serde(with = "time::serde::rfc3339::option")]
    pub watermark: Option<OffsetDateTime>,
    /// Of the mappings and the scope of that cycle.
    pub(crate) settings: u64,
    /// The Tenant URL of that cycle without its flags: ids of one target mean nothing at another.
    pub(crate) target: String,
    /// Why it is in quarantine, if it is.
    pub quarantine: Option<Quarantine>,
    /// When it was disabled after four weeks of quarantine.
    #[serde(with = "time::serde::rfc3339::option")]
    pub disabled_at: Option<OffsetDateTime>,
    /// An administrator allowed the deletions that were withheld; counts for one cycle.
    pub(crate) allow_deletions: bool,
    /// By object id.
    pub users: BTreeMap<Uuid, Known>,
    /// By object id.
    pub groups: BTreeMap<Uuid, Known>,
}

/// What a job knows of a person or a group.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Known {
    /// The name at the source, for the logs of those who are gone.
    pub name: String,
    /// The id at the target, cached since the first match.
    pub target: Option<String>,
    /// Whether a later deletion at the source is passed on: not any more after an unassignment.
    pub managed: bool,
    /// Whether the target was told last that they are active.
    pub active: bool,
    /// Of what was imported when something was tried last.
    pub(crate) seen: Option<u64>,
    /// Whether `references` is all that the target has.
    pub(crate) references_known: bool,
    /// The manager, or the members: object id, and the id at the target that was sent.
    pub(crate) references: BTreeMap<Uuid, String>,
    /// What failed, and when it is tried again.
    pub escrow: Option<Escrow>,
    /// The same of references.
    pub reference_escrow: Option<Escrow>,
}

/// A failure that is tried again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Escrow {
    /// How often in a row.
    pub failures: u32,
    /// The last one.
    pub code: Code,
    /// In a sentence.
    pub reason: String,
    /// Not before.
    #[serde(with = "time::serde::rfc3339")]
    pub retry_at: OffsetDateTime,
}

impl Escrow {
    /// Fails once more: the first time the next cycle tries again, then the time doubles, up to a day.
    ///
    /// Entra documents that it backs off, and not by how much.
    pub(crate) fn after(before: Option<&Self>, code: Code, reason: &str, now: OffsetDateTime) -> Self {
        let failures = before.map_or(0, |before| before.failures).saturating_add(1);
        let cycles = 1_i32.checked_shl(failures.saturating_sub(1)).filter(|_| failures < 30);
        let wait = match failures {
            1 => Duration::ZERO,
            _ => cycles.map_or(Duration::DAY, |cycles| (Job::INTERVAL * cycles).min(Duration::DAY)),
        };
        Self { failures, code, reason: reason.to_owned(), retry_at: now + wait }
    }

    pub(crate) fn is_due(&self, now: OffsetDateTime) -> bool {
        self.retry_at <= now
    }
}

/// A job that tries seldom, because it hardly succeeds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Quarantine {
    /// Why.
    pub reason: QuarantineReason,
    /// In a sentence.
    pub detail: String,
    /// Since the first cycle that went wrong.
    #[serde(with = "time::serde::rfc3339")]
    pub since: OffsetDateTime,
    /// How many cycles in a row went wrong.
    pub attempts: u32,
    /// No cycle before.
    #[serde(with = "time::serde::rfc3339")]
    pub next_attempt: OffsetDateTime,
}

/// Why a job is in quarantine (`entra.md` D5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum QuarantineReason {
    /// The target does not know the token.
    InvalidCredentials,
    /// The target does not speak SCIM as Entra needs it.
    ScimNonCompliance,
    /// Too many failed, and too great a share.
    TooManyFailures,
    /// More would be deleted than the threshold allows.
    AccidentalDeletions,
}

impl From<Stop> for QuarantineReason {
    fn from(stop: Stop) -> Self {
        match stop {
            Stop::Credentials => Self::InvalidCredentials,
            Stop::Protocol => Self::ScimNonCompliance,
        }
    }
}

/// Whether a cycle may begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Due {
    /// It may.
    Now,
    /// The job is in quarantine until then.
    NotBefore(OffsetDateTime),
    /// The job is disabled: restart it.
    Never,
}

/// What a restart forgets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Restart {
    /// Watermark, failures and quarantine.
    Keep,
    /// The ids at the target too: everybody is matched anew.
    Full,
}

impl Job {
    /// How long after the beginning of a cycle the next one begins; about, says Entra.
    pub const INTERVAL: Duration = Duration::minutes(40);
    /// How long a quarantine lasts before the job is disabled.
    pub const LONGEST_QUARANTINE: Duration = Duration::weeks(4);

    /// A job that has done nothing yet.
    #[must_use]
    pub fn new(id: Uuid) -> Self {
        Self {
            id: format!("scim.{}", id.simple()),
            cycles: 0,
            watermark: None,
            settings: 0,
            target: String::new(),
            quarantine: None,
            disabled_at: None,
            allow_deletions: false,
            users: BTreeMap::new(),
            groups: BTreeMap::new(),
        }
    }

    /// Whether a cycle may begin now.
    #[must_use]
    pub fn due(&self, now: OffsetDateTime) -> Due {
        match (&self.disabled_at, &self.quarantine) {
            (Some(_), _) => Due::Never,
            (None, Some(quarantine)) if now < quarantine.next_attempt => {
                Due::NotBefore(quarantine.next_attempt)
            }
            _ => Due::Now,
        }
    }

    /// The administrator restarts it; the next cycle is an initial one.
    pub fn restart(&mut self, restart: Restart) {
        self.watermark = None;
        self.quarantine = None;
        self.disabled_at = None;
        for known in self.users.values_mut().chain(self.groups.values_mut()) {
            known.escrow = None;
            known.reference_escrow = None;
        }
        if restart == Restart::Full {
            self.users.clear();
            self.groups.clear();
        }
    }

    /// The administrator allows the deletions that were withheld; the next cycle may begin at once.
    pub fn allow_deletions(&mut self) {
        self.allow_deletions = true;
        if self.quarantine.as_ref().is_some_and(|it| it.reason == QuarantineReason::AccidentalDeletions) {
            self.quarantine = None;
        }
    }

    /// A cycle ended so; `wrong` is why it counts as one that went wrong.
    pub(crate) fn conclude(&mut self, wrong: Option<(QuarantineReason, String)>, now: OffsetDateTime) {
        let Some((reason, detail)) = wrong else {
            self.quarantine = None;
            return;
        };
        let before = self.quarantine.take();
        let attempts = before.as_ref().map_or(0, |before| before.attempts).saturating_add(1);
        let since = before.map_or(now, |before| before.since);
        let wait = match attempts {
            1 => Duration::hours(6),
            2 => Duration::hours(12),
            _ => Duration::DAY,
        };
        if now - since >= Self::LONGEST_QUARANTINE {
            self.disabled_at = Some(now);
        }
        self.quarantine = Some(Quarantine { reason, detail, since, attempts, next_attempt: now + wait });
    }

    /// The id at the target of somebody whose deletion would be passed on.
    pub(crate) fn managed_target(&self, user: &Uuid) -> Option<&str> {
        self.users.get(user).filter(|known| known.managed).and_then(|known| known.target.as_deref())
    }

    /// Takes over what is called how, for the logs of those who are gone later.
    pub(crate) fn name_all(&mut self, directory: &Directory) {
        for (id, known) in &mut self.users {
            if let Some(user) = directory.users.get(id) {
                known.name = user.name();
            }
        }
        for (id, known) in &mut self.groups {
            if let Some(group) = directory.groups.get(id) {
                known.name = group.name();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    const NOW: OffsetDateTime = datetime!(2030-01-02 03:04:05 UTC);

    #[test]
    fn quarantine_retries_after_6_12_and_24_hours_and_ends_the_job_after_four_weeks() {
        let mut job = Job::new(Uuid::nil());
        let wrong = || Some((QuarantineReason::InvalidCredentials, "401".to_owned()));
        let mut now = NOW;
        for hours in [6, 12, 24, 24] {
            job.conclude(wrong(), now);
            let next = now + Duration::hours(hours);
            assert_eq!(job.due(now), Due::NotBefore(next));
            assert_eq!(job.due(next - Duration::SECOND), Due::NotBefore(next));
            assert_eq!(job.due(next), Due::Now);
            now = next;
        }
        job.conclude(wrong(), NOW + Job::LONGEST_QUARANTINE - Duration::SECOND);
        assert_eq!(job.disabled_at, None);
        job.conclude(wrong(), NOW + Job::LONGEST_QUARANTINE);
        assert_eq!(job.due(NOW + Duration::weeks(100)), Due::Never);
        job.restart(Restart::Keep);
        assert_eq!(job.due(now), Due::Now);
    }

    #[test]
    fn a_clean_cycle_ends_a_quarantine() {
        let mut job = Job::new(Uuid::nil());
        job.conclude(Some((QuarantineReason::TooManyFailures, String::new())), NOW);
        job.conclude(None, NOW + Duration::DAY);
        assert_eq!(job.quarantine, None);
        job.conclude(Some((QuarantineReason::TooManyFailures, String::new())), NOW + Duration::DAY);
        assert_eq!(job.quarantine.unwrap().attempts, 1);
    }

    #[test]
    fn a_failure_is_tried_in_the_next_cycle_and_then_ever_later_up_to_a_day() {
        let mut escrow = None;
        let mut waits = Vec::new();
        for _ in 0..40 {
            let next = Escrow::after(escrow.as_ref(), Code::Timeout, "", NOW);
            waits.push((next.retry_at - NOW).whole_minutes());
            escrow = Some(next);
        }
        assert_eq!(waits[..8], [0, 80, 160, 320, 640, 1280, 1440, 1440]);
        assert!(waits[8..].iter().all(|wait| *wait == 1440));
        let escrow = escrow.unwrap();
        assert!(!escrow.is_due(NOW) && escrow.is_due(NOW + Duration::DAY));
    }

    #[test]
    fn a_restart_keeps_ids_and_a_full_one_does_not() {
        let mut job = Job::new(Uuid::nil());
        let known = Known {
            target: Some("1".into()),
            escrow: Some(Escrow::after(None, Code::Timeout, "", NOW)),
            ..Known::default()
        };
        job.users.insert(Uuid::nil(), known);
        job.watermark = Some(NOW);
        job.restart(Restart::Keep);
        assert_eq!(job.watermark, None);
        assert!(job.users[&Uuid::nil()].escrow.is_none() && job.users[&Uuid::nil()].target.is_some());
        job.restart(Restart::Full);
        assert!(job.users.is_empty());
    }
}
