//! One cycle of a job.

use std::collections::BTreeSet;
use std::sync::Arc;

use time::OffsetDateTime;
use url::Url;
use uuid::Uuid;

use super::code::{Code, Stop};
use super::directory::Directory;
use super::export::Exporter;
use super::intent::{self, Intent, Source};
use super::job::{Due, Escrow, Job, Known, QuarantineReason};
use super::log::{Action, LogEntry, Status};
use super::mapping::Kind;
use super::reference;
use super::request::Dialect;
use super::runner::at_once;
use super::settings::Settings;
use super::task::{Done, Named, Task, describe, remember, work};
use super::transport::Transport;
use super::value::Value;

/// How a cycle went.
#[derive(Clone, Debug)]
pub struct CycleReport {
    /// Everybody, or what has changed.
    pub kind: CycleKind,
    /// What the provisioning logs have of it.
    pub entries: Vec<LogEntry>,
    /// How many requests were sent.
    pub requests: u64,
    /// How many people and groups were looked at.
    pub evaluated: usize,
}

/// What a cycle looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CycleKind {
    /// Everybody.
    Initial,
    /// What has changed since the watermark, and failures whose time has come.
    Delta,
}

impl CycleReport {
    /// How many entries have this action and ended so.
    #[must_use]
    pub fn count(&self, action: Action, status: Status) -> usize {
        self.entries.iter().filter(|entry| entry.action == action && entry.status == status).count()
    }

    /// How many entries ended so.
    #[must_use]
    pub fn ended(&self, status: Status) -> usize {
        self.entries.iter().filter(|entry| entry.status == status).count()
    }
}

/// A cycle may not begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CycleError {
    /// The job is in quarantine.
    #[error("the job is in quarantine until {until}: mend what is wrong, then restart it")]
    Quarantined {
        /// When the next cycle may begin.
        until: OffsetDateTime,
    },
    /// The job was in quarantine for four weeks.
    #[error("the job is disabled after four weeks of quarantine: restart it")]
    Disabled,
}

impl CycleError {
    /// A stable name of the variant.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Quarantined { .. } => "cycle-quarantined",
            Self::Disabled => "cycle-disabled",
        }
    }
}

/// Runs one cycle: people, then groups, then what refers to them; and leaves in the job what the next one needs.
///
/// It waits for nothing but answers: what fails is tried again by a later cycle, as with Entra.
///
/// # Errors
/// [`CycleError`] where the job is in quarantine or disabled; what goes wrong at the target is in the report and the job.
///
/// # Cancel safety
/// When it is dropped, requests that were sent are forgotten; the next cycle matches who was made by them.
pub async fn cycle<T: Transport>(
    transport: Arc<T>,
    tenant_url: &Url,
    settings: &Arc<Settings>,
    directory: &Directory,
    job: &mut Job,
    now: OffsetDateTime,
) -> Result<CycleReport, CycleError> {
    match job.due(now) {
        Due::Now => {}
        Due::NotBefore(until) => return Err(CycleError::Quarantined { until }),
        Due::Never => return Err(CycleError::Disabled),
    }
    let dialect = Dialect::of(tenant_url);
    let exporter = Arc::new(Exporter::new(transport, settings.clone(), tenant_url.clone(), dialect));
    let kind = begin(job, settings, tenant_url);
    let mut run =
        Run { now, kind, job, directory, settings, entries: Vec::new(), stop: None, tally: Tally::default() };
    let (users, groups) = (&directory.users, &directory.groups);
    // Who was never matched and is not imported any more is nobody's failure.
    let imported = |source: Option<bool>, known: &Known| known.target.is_some() || source == Some(true);
    run.job
        .users
        .retain(|id, known| imported(users.get(id).map(|user| intent::is_imported(settings, user)), known));
    run.job.groups.retain(|id, known| {
        imported(groups.get(id).map(|group| intent::is_imported(settings, group)), known)
    });
    let mut tasks = run.plan(Kind::User, |id| users.get(id), users.keys());
    tasks.extend(run.plan(Kind::Group, |id| groups.get(id), groups.keys()));
    let withheld = run.guard(&mut tasks);
    let evaluated = tasks.len();
    for kind in [Kind::User, Kind::Group] {
        let of_kind;
        (of_kind, tasks) = tasks.into_iter().partition(|task| task.kind == kind);
        run.export(&exporter, of_kind).await;
    }
    if run.stop.is_none() {
        reference::send(&mut run, &exporter).await;
    }
    run.finish(withheld);
    let entries = std::mem::take(&mut run.entries);
    Ok(CycleReport { kind, entries, requests: exporter.requests(), evaluated })
}

/// Counts the cycle, and says what it looks at.
fn begin(job: &mut Job, settings: &Settings, tenant_url: &Url) -> CycleKind {
    let mut target = tenant_url.clone();
    target.set_query(None);
    target.set_fragment(None);
    if job.target != target.as_str() {
        // The ids of another target mean nothing here.
        job.users.clear();
        job.groups.clear();
        job.watermark = None;
        job.target = target.into();
    }
    if job.settings != settings.fingerprint() {
        job.watermark = None;
        job.settings = settings.fingerprint();
    }
    job.cycles = job.cycles.saturating_add(1);
    if job.watermark.is_some() { CycleKind::Delta } else { CycleKind::Initial }
}

/// A cycle under way.
pub(crate) struct Run<'a> {
    pub(crate) now: OffsetDateTime,
    kind: CycleKind,
    pub(crate) job: &'a mut Job,
    pub(crate) directory: &'a Directory,
    pub(crate) settings: &'a Settings,
    pub(crate) entries: Vec<LogEntry>,
    pub(crate) stop: Option<(Stop, String)>,
    pub(crate) tally: Tally,
}

/// What quarantine is decided on.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Tally {
    pub(crate) tried: u64,
    pub(crate) failed: u64,
    pub(crate) references_failed: u64,
}

impl Tally {
    /// Whether so many failures put a job into quarantine (`entra.md` D5).
    fn is_too_much(self) -> bool {
        let share = self.failed.saturating_mul(100) > self.tried.saturating_mul(40);
        (self.failed >= 5_000 && share)
            || self.failed > 40_000
            || self.failed.saturating_add(self.references_failed) >= 60_000
    }
}

impl Run<'_> {
    /// Who is looked at in this cycle, and what is to be done about each.
    fn plan<'s, S: Source + Named + 's>(
        &self,
        kind: Kind,
        source: impl Fn(&Uuid) -> Option<&'s S>,
        present: impl Iterator<Item = &'s Uuid>,
    ) -> Vec<Task> {
        let known = self.known(kind);
        let all: BTreeSet<Uuid> = present.copied().chain(known.keys().copied()).collect();
        let mut tasks = Vec::new();
        for id in all {
            let (source, known) = (source(&id), known.get(&id));
            let matched = known.is_some_and(|known| known.target.is_some());
            if !matched && source.is_some_and(|source| !intent::is_imported(self.settings, source)) {
                continue;
            }
            let scope = source.is_some_and(|source| intent::is_in_scope(self.settings, kind, source));
            let seen = intent::seen(source) ^ u64::from(scope);
            let changed = known.is_none_or(|known| known.seen != Some(seen));
            let due =
                known.and_then(|known| known.escrow.as_ref()).is_some_and(|escrow| escrow.is_due(self.now));
            if self.kind == CycleKind::Delta && !changed && !due {
                continue;
            }
            let mapping = self.settings.mapping(kind);
            let attribute = |name: &str| match (name, source) {
                // Out of scope is inactive, whatever the directory says.
                ("IsSoftDeleted", _) if !scope => Value::Bool(true),
                (name, Some(source)) => source.attribute(name),
                (_, None) => Value::Null,
            };
            tasks.push(Task {
                kind,
                id,
                name: source
                    .map_or_else(|| known.map(|known| known.name.clone()).unwrap_or_default(), Named::name),
                seen,
                intent: intent::decide(self.settings, kind, source, known),
                active: scope && source.is_some_and(|source| !source.is_inactive()),
                cached: known.and_then(|known| known.target.clone()),
                mapped: mapping.map(&attribute),
            });
        }
        tasks
    }

    fn known(&self, kind: Kind) -> &std::collections::BTreeMap<Uuid, Known> {
        match kind {
            Kind::User => &self.job.users,
            Kind::Group => &self.job.groups,
        }
    }

    fn known_mut(&mut self, kind: Kind) -> &mut std::collections::BTreeMap<Uuid, Known> {
        match kind {
            Kind::User => &mut self.job.users,
            Kind::Group => &mut self.job.groups,
        }
    }

    /// Withholds all deletions if they are more than the threshold allows, and says how many they are.
    fn guard(&mut self, tasks: &mut Vec<Task>) -> Option<usize> {
        let takes: usize = tasks.iter().filter(|task| task.intent.takes_away()).count();
        let threshold = self.settings.deletion_threshold.filter(|threshold| takes > *threshold)?;
        if std::mem::take(&mut self.job.allow_deletions) {
            return None;
        }
        let reason = format!(
            "{takes} would be disabled or deleted, more than {threshold}: allow it, or undo it at the source"
        );
        let (staged, others) = std::mem::take(tasks).into_iter().partition(|task| task.intent.takes_away());
        *tasks = others;
        let staged: Vec<Task> = staged;
        for task in staged {
            self.log(task.kind, task.id, task.name, |entry| {
                entry.target = task.cached;
                entry.action = Action::StagedDelete;
                entry.status = Status::Skipped;
                entry.reason.clone_from(&reason);
            });
        }
        Some(takes)
    }

    async fn export<T: Transport>(&mut self, exporter: &Arc<Exporter<T>>, tasks: Vec<Task>) {
        if self.stop.is_some() {
            return;
        }
        let work = |task: Task| {
            let exporter = exporter.clone();
            async move { work(&exporter, task).await }
        };
        let stops = |done: &Done| matches!(&done.outcome, Err(failure) if failure.stops.is_some());
        for done in at_once(tasks, self.settings.concurrency, work, stops).await {
            self.settle(done);
        }
    }

    /// Keeps what became of one, and logs it.
    fn settle(&mut self, done: Done) {
        let (now, Done { task, outcome, steps }) = (self.now, done);
        let Task { kind, id, name, seen, intent, active, cached, .. } = task;
        self.tally.tried += 1;
        if let Err(failure) = &outcome {
            self.tally.failed += u64::from(failure.code != Code::ImportSkipped);
            if let (Some(stop), None) = (failure.stops, &self.stop) {
                self.stop = Some((stop, failure.reason.clone()));
            }
        }
        let known = self.known_mut(kind).entry(id).or_default();
        known.seen = Some(seen);
        known.name.clone_from(&name);
        match &outcome {
            Ok(exported) => remember(known, intent, active, exported),
            // Another try is no use before the directory says something else.
            Err(failure) if failure.code == Code::ImportSkipped => known.escrow = None,
            Err(failure) => {
                // What was matched is gone: the next cycle matches anew.
                if failure.code == Code::InvalidAnchor {
                    known.target = None;
                }
                known.escrow = Some(Escrow::after(known.escrow.as_ref(), failure.code, &failure.reason, now));
            }
        }
        let target = known.target.clone().or(cached);
        let gone = matches!(intent, Intent::Forget | Intent::Delete { gone: true });
        if gone && outcome.is_ok() {
            self.known_mut(kind).remove(&id);
        }
        if intent == Intent::Forget && target.is_none() {
            return;
        }
        self.log(kind, id, name, |entry| describe(entry, intent, outcome, steps, target));
    }

    pub(crate) fn log(
        &mut self,
        kind: Kind,
        source: Uuid,
        identity: String,
        fill: impl FnOnce(&mut LogEntry),
    ) {
        let mut entry = LogEntry {
            at: self.now,
            job: self.job.id.clone(),
            cycle: self.job.cycles,
            kind,
            source,
            identity,
            target: None,
            action: Action::Other,
            status: Status::Success,
            code: None,
            reason: String::new(),
            steps: Vec::new(),
            modified: Vec::new(),
        };
        fill(&mut entry);
        self.entries.push(entry);
    }

    /// Decides on quarantine, and moves the watermark unless the cycle broke off.
    fn finish(&mut self, withheld: Option<usize>) {
        let broke_off = self.stop.is_some();
        let wrong = match (self.stop.take(), withheld) {
            (Some((stop, reason)), _) => Some((stop.into(), reason)),
            (None, Some(takes)) => {
                Some((QuarantineReason::AccidentalDeletions, format!("{takes} would be disabled or deleted")))
            }
            (None, None) if self.tally.is_too_much() => Some((
                QuarantineReason::TooManyFailures,
                format!("{} of {} failed", self.tally.failed, self.tally.tried),
            )),
            _ => None,
        };
        if !broke_off {
            self.job.watermark = Some(self.now);
            self.job.allow_deletions = false;
        }
        self.job.conclude(wrong, self.now);
        self.job.name_all(self.directory);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_stop_a_job_by_number_and_share() {
        for (tried, failed, references_failed, expected) in [
            (5_000, 4_999, 0, false),
            (12_499, 5_000, 0, true),
            (12_500, 5_000, 0, false),
            (1_000_000, 40_000, 0, false),
            (1_000_000, 40_001, 0, true),
            (1_000_000, 30_000, 29_999, false),
            (1_000_000, 30_000, 30_000, true),
            (0, 0, 0, false),
        ] {
            let tally = Tally { tried, failed, references_failed };
            assert_eq!(tally.is_too_much(), expected, "{tally:?}");
        }
    }
}
