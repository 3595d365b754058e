//! What is to be done about one person or group, and what becomes of it.

use uuid::Uuid;

use super::code::{Code, Failure};
use super::directory::{SourceGroup, SourceUser};
use super::export::{Exported, Exporter};
use super::intent::Intent;
use super::job::Known;
use super::log::{Action, LogEntry, Status, Step, StepName};
use super::mapping::{Kind, Mapped};
use super::transport::Transport;

/// One person or group of which something is to be done.
pub(crate) struct Task {
    pub(crate) kind: Kind,
    pub(crate) id: Uuid,
    pub(crate) name: String,
    pub(crate) seen: u64,
    pub(crate) intent: Intent,
    /// In scope, enabled and not deleted.
    pub(crate) active: bool,
    pub(crate) cached: Option<String>,
    pub(crate) mapped: Result<Vec<Mapped>, String>,
}

/// What became of it.
pub(crate) struct Done {
    pub(crate) task: Task,
    pub(crate) outcome: Result<Exported, Failure>,
    pub(crate) steps: Vec<Step>,
}

pub(crate) async fn work<T: Transport>(exporter: &Exporter<T>, task: Task) -> Done {
    let mut steps = Vec::new();
    let outcome = act(exporter, &task, &mut steps).await;
    let (status, detail) = match &outcome {
        Ok(Exported { skipped: Some(why), .. }) => (Status::Skipped, (*why).to_owned()),
        Ok(exported) => (Status::Success, format!("{:?}", exported.action)),
        Err(failure) => (Status::Failure, failure.reason.clone()),
    };
    steps.push(Step::new(StepName::Action, status, detail));
    Done { task, outcome, steps }
}

pub(crate) async fn act<T: Transport>(
    exporter: &Exporter<T>,
    task: &Task,
    steps: &mut Vec<Step>,
) -> Result<Exported, Failure> {
    let mapped = || task.mapped.as_ref().map_err(|reason| Failure::new(Code::ImportSkipped, reason.clone()));
    let cached = task.cached.as_deref();
    match (task.intent, cached) {
        (Intent::Provision, cached) => exporter.provision(task.kind, mapped()?, cached, steps).await,
        (Intent::Disable { whole, .. }, Some(id)) => exporter.disable(task.kind, mapped()?, id, whole).await,
        (Intent::Delete { .. }, Some(id)) => exporter.delete(task.kind, id).await,
        (Intent::Nothing(why), cached) => {
            let target = cached.map(str::to_owned);
            Ok(Exported { skipped: Some(why), ..Exported::of(target, Action::Other) })
        }
        (Intent::Forget | Intent::Disable { .. } | Intent::Delete { .. }, _) => {
            Ok(Exported { skipped: Some("it is not managed"), ..Exported::of(None, Action::Other) })
        }
    }
}

/// What is known of somebody afterwards.
pub(crate) fn remember(known: &mut Known, intent: Intent, active: bool, exported: &Exported) {
    known.escrow = None;
    known.target.clone_from(&exported.target);
    if exported.created || exported.rematched {
        known.references.clear();
        known.references_known = exported.created;
    }
    match intent {
        Intent::Provision => {
            known.managed = known.target.is_some();
            known.active = active && known.target.is_some();
        }
        Intent::Disable { managed, .. } => {
            known.managed = managed && known.target.is_some();
            known.active = false;
        }
        Intent::Delete { .. } => {
            known.managed = false;
            known.active = false;
        }
        Intent::Forget | Intent::Nothing(_) => {}
    }
}

pub(crate) fn describe(
    entry: &mut LogEntry,
    intent: Intent,
    outcome: Result<Exported, Failure>,
    steps: Vec<Step>,
    target: Option<String>,
) {
    entry.target = target;
    entry.steps = steps;
    match outcome {
        Ok(exported) => {
            entry.action = exported.action;
            entry.modified = exported.modified;
            match exported.skipped {
                Some(why) => {
                    entry.status = Status::Skipped;
                    entry.code = Some(Code::EntrySynchronizationSkipped);
                    entry.reason = why.to_owned();
                }
                None => entry.reason = "done".to_owned(),
            }
            if exported.rematched {
                entry.status = Status::Warning;
                entry.code = Some(Code::InvalidAnchor);
                entry.reason = "what was matched before is gone at the target".to_owned();
            }
        }
        Err(failure) => {
            entry.action = match intent {
                Intent::Provision if entry.target.is_none() => Action::Create,
                Intent::Provision => Action::Update,
                Intent::Disable { .. } => Action::Disable,
                Intent::Delete { .. } => Action::Delete,
                Intent::Forget | Intent::Nothing(_) => Action::Other,
            };
            entry.status =
                if failure.code == Code::ImportSkipped { Status::Skipped } else { Status::Failure };
            entry.code = Some(failure.code);
            entry.reason = failure.reason;
        }
    }
}

/// What the logs call somebody.
pub(crate) trait Named {
    fn name(&self) -> String;
}

impl Named for SourceUser {
    fn name(&self) -> String {
        Self::name(self)
    }
}

impl Named for SourceGroup {
    fn name(&self) -> String {
        Self::name(self)
    }
}
