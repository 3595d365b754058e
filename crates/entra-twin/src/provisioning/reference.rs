//! References, once everybody is there: managers of people and members of groups (`entra.md` D3, D4).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use uuid::Uuid;

use super::code::{Code, Failure};
use super::cycle::Run;
use super::directory::Directory;
use super::export::Exporter;
use super::job::{Escrow, Job, Known};
use super::json::Json;
use super::log::{Action, Modified, Status};
use super::mapping::Kind;
use super::path::TargetPath;
use super::request::{MEMBERS_AT_ONCE, ScimRequest};
use super::runner::at_once;
use super::transport::Transport;

/// What of one person or group refers to others, and what is to become of it.
struct Task {
    kind: Kind,
    id: Uuid,
    target: String,
    path: TargetPath,
    /// Sent before, or found by a probe: object id and id at the target.
    has: BTreeMap<Uuid, String>,
    /// Wanted and not known to be there.
    add: Vec<(Uuid, String)>,
    /// There, and not wanted any more.
    remove: Vec<(Uuid, String)>,
    /// Whether each is asked for before it is added.
    probe: bool,
}

/// What became of it: `has` is what is there now.
struct Done {
    task: Task,
    sent: usize,
    outcome: Result<(), Failure>,
}

/// Sends what has changed; what fails is tried again by a later cycle.
pub(crate) async fn send<T: Transport>(run: &mut Run<'_>, exporter: &Arc<Exporter<T>>) {
    let mut tasks = managers(run);
    tasks.extend(memberships(run));
    let work = |task: Task| {
        let exporter = exporter.clone();
        async move { work(&exporter, task).await }
    };
    let stops = |done: &Done| matches!(&done.outcome, Err(failure) if failure.stops.is_some());
    for done in at_once(tasks, run.settings.concurrency, work, stops).await {
        settle(run, done);
    }
}

fn is_due(run: &Run<'_>, known: &Known) -> bool {
    known.reference_escrow.as_ref().is_none_or(|escrow| escrow.is_due(run.now))
}

fn managers(run: &mut Run<'_>) -> Vec<Task> {
    let settings = run.settings;
    let Some(path) = settings.users.reference("manager") else { return Vec::new() };
    let mut tasks = Vec::new();
    for (id, known) in &run.job.users {
        let (Some(target), Some(user)) = (&known.target, run.directory.users.get(id)) else { continue };
        // Who is inactive keeps the manager, so that nothing is sent again after a restore.
        if !known.managed || !known.active || !is_due(run, known) {
            continue;
        }
        let wanted = match &user.manager {
            None => None,
            Some(manager) => match run.job.managed_target(manager) {
                // The manager is not provisioned: there is nobody to refer to.
                None => continue,
                Some(target) => Some((*manager, target.to_owned())),
            },
        };
        let has: Vec<_> = known.references.iter().map(|(id, target)| (*id, target.clone())).collect();
        if has.first() == wanted.as_ref() {
            continue;
        }
        tasks.push(Task {
            kind: Kind::User,
            id: *id,
            target: target.clone(),
            path: path.clone(),
            has: known.references.clone(),
            // Another manager takes the place of the one before.
            remove: if wanted.is_none() { has } else { Vec::new() },
            add: wanted.into_iter().collect(),
            probe: !known.references_known,
        });
    }
    tasks
}

fn memberships(run: &mut Run<'_>) -> Vec<Task> {
    let Some(path) = run.settings.groups.reference("members") else { return Vec::new() };
    let mut tasks = Vec::new();
    for (id, known) in &run.job.groups {
        let (Some(target), Some(group)) = (&known.target, run.directory.groups.get(id)) else { continue };
        if !known.managed || !is_due(run, known) {
            continue;
        }
        let members: BTreeSet<&Uuid> = group.members.iter().collect();
        let mut add = Vec::new();
        for member in &members {
            let there = run.directory.users.get(*member).is_some_and(|user| !user.soft_deleted);
            match run.job.managed_target(member) {
                Some(target) if there && known.references.get(*member).is_none_or(|sent| sent != target) => {
                    add.push((**member, target.to_owned()));
                }
                _ => {}
            }
        }
        // Who was deleted for good left the groups of the target with the account.
        let is_there = |id: &Uuid| run.directory.users.contains_key(id);
        let has: BTreeMap<_, _> = known
            .references
            .iter()
            .filter(|(id, _)| is_there(id))
            .map(|(id, sent)| (*id, sent.clone()))
            .collect();
        let remove: Vec<_> = has
            .iter()
            .filter(|(id, _)| !members.contains(id))
            .map(|(id, sent)| (*id, sent.clone()))
            .collect();
        if add.is_empty() && remove.is_empty() {
            continue;
        }
        let probe = !known.references_known;
        tasks.push(Task {
            kind: Kind::Group,
            id: *id,
            target: target.clone(),
            path: path.clone(),
            has,
            add,
            remove,
            probe,
        });
    }
    tasks
}

/// Puts these people into a group on demand, those of them who are provisioned; how many were not there yet.
pub(crate) async fn join<T: Transport>(
    exporter: &Exporter<T>,
    job: &mut Job,
    directory: &Directory,
    (group, chosen): (Uuid, &[Uuid]),
    modified: &mut Vec<Modified>,
) -> Result<usize, Failure> {
    let Some(path) = exporter.settings.groups.reference("members").cloned() else { return Ok(0) };
    let Some(known) = job.groups.get(&group).filter(|known| known.managed) else { return Ok(0) };
    let Some(target) = known.target.clone() else { return Ok(0) };
    let there = |id: &Uuid| directory.users.get(id).is_some_and(|user| !user.soft_deleted);
    let of = |id: &Uuid| job.managed_target(id).map(|target| (*id, target.to_owned()));
    let mut task = Task {
        kind: Kind::Group,
        id: group,
        target,
        has: known.references.clone(),
        add: chosen
            .iter()
            .filter(|id| there(id) && !known.references.contains_key(id))
            .filter_map(of)
            .collect(),
        remove: Vec::new(),
        probe: !known.references_known,
        path,
    };
    let mut sent = 0;
    let outcome = members(exporter, &mut task, &mut sent).await;
    if sent > 0 {
        let new = Json::text(format!("{sent} references")).to_string();
        modified.push(Modified { attribute: task.path.to_string(), old: None, new });
    }
    if let Some(known) = job.groups.get_mut(&group) {
        known.references = task.has;
    }
    outcome.map(|()| sent)
}

async fn work<T: Transport>(exporter: &Exporter<T>, mut task: Task) -> Done {
    let mut sent = 0;
    let outcome = match task.kind {
        Kind::User => manager(exporter, &mut task, &mut sent).await,
        Kind::Group => members(exporter, &mut task, &mut sent).await,
    };
    Done { task, sent, outcome }
}

async fn manager<T: Transport>(
    exporter: &Exporter<T>,
    task: &mut Task,
    sent: &mut usize,
) -> Result<(), Failure> {
    let wanted = task.add.first().cloned();
    if let (true, Some((_, manager))) = (task.probe, &wanted)
        && !exporter.query(ScimRequest::probe_manager(&task.target, manager)).await?.is_empty()
    {
        task.has = wanted.into_iter().collect();
        return Ok(());
    }
    let address = wanted.as_ref().map(|(_, id)| exporter.address(id));
    let value = wanted.as_ref().zip(address.as_deref()).map(|((_, id), address)| (id.as_str(), address));
    let operation = exporter.dialect.manager(&task.path, value, !task.has.is_empty());
    exporter.patch(Kind::User, &task.target, vec![operation]).await?;
    *sent += 1;
    task.has = wanted.into_iter().collect();
    Ok(())
}

async fn members<T: Transport>(
    exporter: &Exporter<T>,
    task: &mut Task,
    sent: &mut usize,
) -> Result<(), Failure> {
    let mut add = Vec::new();
    for (id, member) in std::mem::take(&mut task.add) {
        let there =
            task.probe && !exporter.query(ScimRequest::probe_member(&task.target, &member)).await?.is_empty();
        if there {
            task.has.insert(id, member);
        } else {
            add.push((id, member));
        }
    }
    let ids = |some: &[(Uuid, String)]| some.iter().map(|(_, id)| id.clone()).collect::<Vec<_>>();
    for some in add.chunks(MEMBERS_AT_ONCE) {
        let operations = exporter.dialect.add_members(&ids(some));
        exporter.patch(Kind::Group, &task.target, operations).await?;
        *sent += some.len();
        task.has.extend(some.iter().cloned());
    }
    for some in std::mem::take(&mut task.remove).chunks(MEMBERS_AT_ONCE) {
        let operations = exporter.dialect.remove_members(&ids(some));
        exporter.patch(Kind::Group, &task.target, operations).await?;
        *sent += some.len();
        for (id, _) in some {
            task.has.remove(id);
        }
    }
    Ok(())
}

/// Keeps what is there now, and logs it.
fn settle(run: &mut Run<'_>, done: Done) {
    let (now, Done { task, sent, outcome }) = (run.now, done);
    let known = match task.kind {
        Kind::User => run.job.users.get_mut(&task.id),
        Kind::Group => run.job.groups.get_mut(&task.id),
    };
    let Some(known) = known else { return };
    known.references = task.has;
    match &outcome {
        Ok(()) => {
            known.references_known = true;
            known.reference_escrow = None;
        }
        Err(failure) => {
            run.tally.references_failed += 1;
            if let (Some(stop), None) = (failure.stops, &run.stop) {
                run.stop = Some((stop, failure.reason.clone()));
            }
            if failure.code == Code::InvalidAnchor {
                // The next cycle looks at the account itself, and matches it anew where it is gone.
                known.escrow = Some(Escrow::after(known.escrow.as_ref(), failure.code, &failure.reason, now));
            }
            let before = known.reference_escrow.as_ref();
            known.reference_escrow = Some(Escrow::after(before, failure.code, &failure.reason, now));
        }
    }
    if sent == 0 && outcome.is_ok() {
        return;
    }
    let name = known.name.clone();
    run.log(task.kind, task.id, name, |entry| {
        entry.target = Some(task.target);
        entry.action = Action::Update;
        match outcome {
            Ok(()) => {
                let new = Json::text(format!("{sent} references")).to_string();
                entry.modified = vec![Modified { attribute: task.path.to_string(), old: None, new }];
                entry.reason = "done".to_owned();
            }
            Err(failure) => {
                entry.status = Status::Failure;
                entry.code = Some(failure.code);
                entry.reason = failure.reason;
            }
        }
    });
}
