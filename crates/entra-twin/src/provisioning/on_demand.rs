//! "Provision on demand": one person, at once, step by step.

use std::sync::Arc;

use time::OffsetDateTime;
use url::Url;
use uuid::Uuid;

use super::code::{Code, Failure};
use super::directory::{Directory, SourceGroup};
use super::export::{Exported, Exporter};
use super::intent::{self, Source};
use super::job::Job;
use super::log::{Action, LogEntry, Status, Step, StepName};
use super::mapping::Kind;
use super::reference::join;
use super::request::Dialect;
use super::settings::Settings;
use super::task::{Named, Task, act, remember};
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

/// Whom "Provision on demand" provisions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Whom<'a> {
    /// The person with this user principal name.
    User(&'a str),
    /// The group with this display name, and of its members these, by user principal name, at most [`Whom::MEMBERS`].
    Group {
        /// The display name.
        name: &'a str,
        /// Who is to be in it afterwards, besides those who are in it at the target.
        members: &'a [String],
    },
}

impl Whom<'_> {
    /// How many members of a group the portal lets one choose.
    pub const MEMBERS: usize = 5;
}

/// Provisions one person or group, whatever the watermark says; the entry has the five steps of the portal.
///
/// `nobody` is a random GUID.
/// The flag of the Tenant URL is not honoured, as with Entra; a manager is left to the next cycle.
/// The job keeps the match, so that the next cycle looks at the person or group again.
pub async fn on_demand<T: Transport>(
    transport: Arc<T>,
    tenant_url: &Url,
    settings: &Arc<Settings>,
    directory: &Directory,
    job: &mut Job,
    (whom, nobody, now): (Whom<'_>, Uuid, OffsetDateTime),
) -> LogEntry {
    let exporter = Exporter::new(transport, settings.clone(), tenant_url.clone(), Dialect::Default);
    let (kind, identity) = match whom {
        Whom::User(name) => (Kind::User, name),
        Whom::Group { name, .. } => (Kind::Group, name),
    };
    let mut entry = LogEntry {
        at: now,
        job: job.id.clone(),
        cycle: 0,
        kind,
        source: Uuid::nil(),
        identity: identity.to_owned(),
        target: None,
        action: Action::Other,
        status: Status::Success,
        code: None,
        reason: "done".to_owned(),
        steps: Vec::new(),
        modified: Vec::new(),
    };
    let outcome = walk(&exporter, directory, job, (whom, nobody), &mut entry).await;
    match outcome {
        Ok(exported) => {
            entry.target.clone_from(&exported.target);
            entry.action = exported.action;
            entry.modified.splice(0..0, exported.modified);
            if let Some(why) = exported.skipped {
                entry.status = Status::Skipped;
                entry.code = Some(Code::EntrySynchronizationSkipped);
                entry.reason = why.to_owned();
            }
        }
        Err((step, failure)) => {
            entry.steps.push(Step::new(step, Status::Failure, failure.reason.clone()));
            entry.status = Status::Failure;
            entry.code = Some(failure.code);
            entry.reason = failure.reason;
        }
    }
    entry
}

/// A failure, and at which step.
type Ended = (StepName, Failure);

async fn walk<T: Transport>(
    exporter: &Exporter<T>,
    directory: &Directory,
    job: &mut Job,
    (whom, nobody): (Whom<'_>, Uuid),
    entry: &mut LogEntry,
) -> Result<Exported, Ended> {
    exporter.test(nobody).await.map_err(|failure| (StepName::TestConnection, failure))?;
    let done = Step::new(StepName::TestConnection, Status::Success, "the target answers a query");
    entry.steps.push(done);
    let none = |what: &str, name: &str| {
        let reason = format!("there is no {what} {name:?} in the directory");
        (StepName::Import, Failure::new(Code::ImportSkipped, reason))
    };
    match whom {
        Whom::User(name) => {
            let user = directory.find(name).ok_or_else(|| none("person", name))?;
            let imported = (user.object_id, user.attributes.len());
            provision(exporter, job, user, imported, entry).await
        }
        Whom::Group { name, members } => {
            let named = |group: &&SourceGroup| group.name().to_lowercase() == name.to_lowercase();
            let group = directory.groups.values().find(named).ok_or_else(|| none("group", name))?;
            let mut chosen = Vec::new();
            for member in members {
                let user = directory.find(member).map(|user| user.object_id);
                let user = user.filter(|user| group.members.contains(user));
                chosen.push(user.ok_or_else(|| none("direct member", member))?);
            }
            if chosen.len() > Whom::MEMBERS {
                let reason = format!("at most {} members can be chosen, not {}", Whom::MEMBERS, chosen.len());
                return Err((StepName::Import, Failure::new(Code::ImportSkipped, reason)));
            }
            let imported = (group.object_id, group.attributes.len());
            let exported = provision(exporter, job, group, imported, entry).await?;
            let joined =
                join(exporter, job, directory, (group.object_id, &chosen), &mut entry.modified).await;
            let joined = joined.map_err(|failure| (StepName::Action, failure))?;
            if exported.skipped.is_some() && joined > 0 {
                return Ok(Exported { action: Action::Update, skipped: None, ..exported });
            }
            Ok(exported)
        }
    }
}

/// Steps two to five, for a person or for a group.
async fn provision<T: Transport, S: Source + Named>(
    exporter: &Exporter<T>,
    job: &mut Job,
    source: &S,
    (id, attributes): (Uuid, usize),
    entry: &mut LogEntry,
) -> Result<Exported, Ended> {
    let (kind, steps) = (entry.kind, &mut entry.steps);
    entry.source = id;
    entry.identity = source.name();
    let imported = format!("{attributes} attributes have a value");
    steps.push(Step::new(StepName::Import, Status::Success, imported));

    let settings = exporter.settings.clone();
    let in_scope = intent::is_in_scope(&settings, kind, source);
    let (status, detail) = match (in_scope, source.is_assigned()) {
        (true, true) => (Status::Success, "assigned, and no filter leaves it out"),
        (true, false) => (Status::Success, "everybody is in scope, and no filter leaves it out"),
        (false, false) => (Status::Skipped, "not assigned"),
        (false, true) => (Status::Skipped, "a scoping filter leaves it out"),
    };
    steps.push(Step::new(StepName::Scope, status, detail));

    let all = match kind {
        Kind::User => &mut job.users,
        Kind::Group => &mut job.groups,
    };
    let known = all.get(&id);
    let intent = intent::decide(&settings, kind, Some(source), known);
    let cached = known.and_then(|known| known.target.clone());
    let attribute = |name: &str| match name {
        "IsSoftDeleted" => Value::Bool(!in_scope || source.is_inactive()),
        name => source.attribute(name),
    };
    let active = in_scope && !source.is_inactive();
    let mapped = settings.mapping(kind).map(&attribute);
    let name = entry.identity.clone();
    let task = Task { kind, id, name, seen: 0, intent, active, cached, mapped };
    let before = steps.len();
    let exported = act(exporter, &task, steps).await;
    // A failure before anything was matched is one of matching.
    let found = steps.len() > before || task.cached.is_some();
    let failed = if found { StepName::Action } else { StepName::Match };
    let exported = exported.map_err(|failure| (failed, failure))?;
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
    let known = all.entry(id).or_default();
    remember(known, intent, active, &exported);
    // The next cycle looks at it again.
    known.seen = None;
    Ok(exported)
}
