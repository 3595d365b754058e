//! "Provision on demand": one person, at once, step by step.

use std::sync::Arc;

use time::OffsetDateTime;
use url::Url;
use uuid::Uuid;

use super::code::{Code, Failure};
use super::directory::Directory;
use super::export::{Exported, Exporter};
use super::intent::{self, Source};
use super::job::Job;
use super::log::{Action, LogEntry, Status, Step, StepName};
use super::mapping::Kind;
use super::request::Dialect;
use super::settings::Settings;
use super::task::{Task, act, remember};
use super::transport::Transport;
use super::value::Value;

/// Looks whether the server is there, takes the token and answers a query that finds nobody: "Test Connection".
///
/// `nobody` is a random GUID.
///
/// # Errors
/// A sentence of what was expected and what came.
pub async fn test_connection<T: Transport>(
    transport: Arc<T>,
    tenant_url: &Url,
    settings: &Arc<Settings>,
    nobody: Uuid,
) -> Result<(), String> {
    let dialect = Dialect::of(tenant_url);
    let exporter = Exporter::new(transport, settings.clone(), tenant_url.clone(), dialect);
    exporter.test(nobody).await.map_err(|failure| format!("{:?}: {}", failure.code, failure.reason))
}

/// Provisions one person, whatever the watermark says; the entry has the five steps of the portal.
///
/// `user` is a user principal name, `nobody` a random GUID.
/// The flag of the Tenant URL is not honoured, as with Entra; managers and memberships are left to the next cycle.
/// The job keeps the match and nothing else, so that the next cycle looks at the person again.
pub async fn on_demand<T: Transport>(
    transport: Arc<T>,
    tenant_url: &Url,
    settings: &Arc<Settings>,
    directory: &Directory,
    job: &mut Job,
    (user, nobody, now): (&str, Uuid, OffsetDateTime),
) -> LogEntry {
    let exporter = Exporter::new(transport, settings.clone(), tenant_url.clone(), Dialect::Default);
    let mut entry = LogEntry {
        at: now,
        job: job.id.clone(),
        cycle: 0,
        kind: Kind::User,
        source: Uuid::nil(),
        identity: user.to_owned(),
        target: None,
        action: Action::Other,
        status: Status::Success,
        code: None,
        reason: "done".to_owned(),
        steps: Vec::new(),
        modified: Vec::new(),
    };
    let mut steps = Vec::new();
    let outcome = walk(&exporter, directory, job, (user, nobody), &mut entry, &mut steps).await;
    match outcome {
        Ok(exported) => {
            entry.target.clone_from(&exported.target);
            entry.action = exported.action;
            entry.modified = exported.modified;
            if let Some(why) = exported.skipped {
                entry.status = Status::Skipped;
                entry.code = Some(Code::EntrySynchronizationSkipped);
                entry.reason = why.to_owned();
            }
        }
        Err((step, failure)) => {
            steps.push(Step::new(step, Status::Failure, failure.reason.clone()));
            entry.status = Status::Failure;
            entry.code = Some(failure.code);
            entry.reason = failure.reason;
        }
    }
    entry.steps = steps;
    entry
}

async fn walk<T: Transport>(
    exporter: &Exporter<T>,
    directory: &Directory,
    job: &mut Job,
    (name, nobody): (&str, Uuid),
    entry: &mut LogEntry,
    steps: &mut Vec<Step>,
) -> Result<Exported, (StepName, Failure)> {
    let at = |step: StepName| move |failure: Failure| (step, failure);
    exporter.test(nobody).await.map_err(at(StepName::TestConnection))?;
    steps.push(Step::new(StepName::TestConnection, Status::Success, "the target answers a query"));

    let user = directory.find(name).ok_or_else(|| {
        let reason = format!("nobody in the directory is {name:?}");
        (StepName::Import, Failure::new(Code::ImportSkipped, reason))
    })?;
    entry.source = user.object_id;
    entry.identity = user.name();
    let imported = format!("{} attributes have a value", user.attributes.len());
    steps.push(Step::new(StepName::Import, Status::Success, imported));

    let settings = exporter.settings.clone();
    let in_scope = intent::is_in_scope(&settings, Kind::User, user);
    let (status, detail) = match (in_scope, user.assigned) {
        (true, true) => (Status::Success, "assigned, and no filter leaves them out"),
        (true, false) => (Status::Success, "everybody is in scope, and no filter leaves them out"),
        (false, false) => (Status::Skipped, "not assigned"),
        (false, true) => (Status::Skipped, "a scoping filter leaves them out"),
    };
    steps.push(Step::new(StepName::Scope, status, detail));

    let known = job.users.get(&user.object_id);
    let intent = intent::decide(&settings, Kind::User, Some(user), known);
    let cached = known.and_then(|known| known.target.clone());
    let attribute = |name: &str| match name {
        "IsSoftDeleted" => Value::Bool(!in_scope || user.is_inactive()),
        name => user.attribute(name),
    };
    let active = in_scope && !user.is_inactive();
    let (id, name) = (user.object_id, user.name());
    let mapped = settings.users.map(&attribute);
    let task = Task { kind: Kind::User, id, name, seen: 0, intent, active, cached, mapped };
    let before = steps.len();
    let exported = act(exporter, &task, steps).await;
    // A failure before anything was matched is one of matching.
    let found = steps.len() > before || task.cached.is_some();
    let exported = exported.map_err(at(if found { StepName::Action } else { StepName::Match }))?;
    if steps.len() == before {
        let (status, detail) = match &task.cached {
            Some(id) => (Status::Success, format!("{id} was matched before")),
            None => (Status::Skipped, "nobody is looked for".to_owned()),
        };
        steps.push(Step::new(StepName::Match, status, detail));
    }
    let (status, detail) = match exported.skipped {
        Some(why) => (Status::Skipped, why.to_owned()),
        None => (Status::Success, format!("{:?}", exported.action)),
    };
    steps.push(Step::new(StepName::Action, status, detail));
    let known = job.users.entry(id).or_default();
    remember(known, intent, active, &exported);
    // The next cycle looks at the person again.
    known.seen = None;
    Ok(exported)
}
