use landfall_accounts::{
    ConnectionState, Directory, DirectoryRequest, DirectoryUser, EndReason, EventKind, Followed, KeyStep,
    LinkedBy, NewUser, Origin, OtherKey, Push, PushDecision, PushFacts, PushRefusal, Room, User, UserId,
    UserState, decide_push,
    ports::{DeleteOutcome, PushOutcome},
};
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};
use time::OffsetDateTime;

use super::{
    connections, directory_users, domains,
    ends::{self, Whose},
    events, identities,
    identities::Key,
    merges, tenants, users,
};
use crate::{Store, TombstoneKey, fault::Fault};

/// Makes or changes an account, as a directory says, inside the transaction of the caller.
pub(super) async fn push(
    conn: &impl ConnectionTrait,
    stones: &TombstoneKey,
    by: &DirectoryRequest,
    target: Option<DirectoryUser>,
    push: &Push,
    now: OffsetDateTime,
) -> Result<PushOutcome, Fault> {
    let directory = &by.directory;
    let (connection, settings) =
        connections::state_and_settings(conn, directory.tenant, directory.connection).await?;
    let facts = facts(conn, stones, directory, connection, target, push).await?;
    match decide_push(push, &facts, &settings, now) {
        PushDecision::Refuse(refusal) => refuse(conn, by, &facts, push, refusal, now).await,
        PushDecision::Create(new) => create(conn, by, *new, push, now).await,
        PushDecision::Attach(followed) => attach(conn, by, *followed, &facts, push, now).await,
        PushDecision::Change(followed) => change(conn, by, *followed, &facts, push, now).await,
    }
}

/// Deletes an account, as its directory says, inside the transaction of the caller.
pub(super) async fn delete(
    conn: &impl ConnectionTrait,
    store: &Store,
    by: &DirectoryRequest,
    id: &UserId,
    now: OffsetDateTime,
) -> Result<DeleteOutcome, Fault> {
    let directory = &by.directory;
    let (connection, _) =
        connections::state_and_settings(conn, directory.tenant, directory.connection).await?;
    if connection == ConnectionState::Disabled {
        return Ok(DeleteOutcome::Disabled);
    }
    let Some(known) = directory_users::find(conn, directory, id).await? else {
        return Ok(DeleteOutcome::NotFound);
    };
    let (state, state_by) = (UserState::Deprovisioned, Origin::Directory);
    let after = User { state, state_by, updated_at: now, ..known.user.clone() };
    users::save(conn, &after).await?;
    let detail = json!({
        "by": state_by.name(),
        "from": known.user.state.name(),
        "to": state.name(),
    });
    note(conn, by, EventKind::AccountChanged, Some(*id), &detail, now).await?;
    users::retire(conn, store, &after, now).await?;
    Ok(DeleteOutcome::Deleted)
}

async fn facts(
    conn: &impl ConnectionTrait,
    stones: &TombstoneKey,
    directory: &Directory,
    connection: ConnectionState,
    target: Option<DirectoryUser>,
    push: &Push,
) -> Result<PushFacts, Fault> {
    let Directory { tenant, connection: from } = *directory;
    let key = push.subject.as_ref().map(|subject| Key { tenant, connection: from, subject });
    let mut link = None;
    if let Some(key) = key
        && let Some(user) = identities::user_of(conn, key).await?
    {
        let home = directory_users::home(conn, &user, from).await?;
        link = Some((user, home));
    }
    let other_key = match (&target, key) {
        (Some(target), Some(key)) => identities::other_key(conn, &target.user, key).await?,
        _ => OtherKey::None,
    };
    let deleted = match (key, &link, &target) {
        (Some(key), None, _) => identities::buried(conn, stones, key).await?,
        (None, _, None) => directory_users::deleted(conn, stones, directory, push).await?,
        _ => None,
    };
    let namesake = match users::living(conn, tenant, &push.user_name).await? {
        Some(user) => {
            let home = directory_users::home(conn, &user, from).await?;
            Some((user, home))
        }
        None => None,
    };
    let room = match (&target, &link) {
        (None, None) => tenants::room(conn, tenant).await?,
        _ => Room::Free,
    };
    Ok(PushFacts {
        connection,
        target,
        other_key,
        domain: domains::standing(conn, &push.user_name, tenant, from).await?,
        link,
        deleted_by: deleted.map(|user| user.state_by),
        namesake,
        same_external_id: directory_users::of_external_id(conn, directory, push).await?,
        room,
    })
}

async fn create(
    conn: &impl ConnectionTrait,
    by: &DirectoryRequest,
    new: NewUser,
    push: &Push,
    now: OffsetDateTime,
) -> Result<PushOutcome, Fault> {
    let user = users::insert(conn, by.directory.tenant, new, now).await?;
    link(conn, by, push, user.id, now).await?;
    let detail = json!({ "by": user.origin.name(), "state": user.state.name() });
    note(conn, by, EventKind::AccountCreated, Some(user.id), &detail, now).await?;
    let made = directory_users::insert(conn, &by.directory, user, push, None, now).await?;
    Ok(PushOutcome::Created(Box::new(made)))
}

async fn attach(
    conn: &impl ConnectionTrait,
    by: &DirectoryRequest,
    followed: Followed,
    facts: &PushFacts,
    push: &Push,
    now: OffsetDateTime,
) -> Result<PushOutcome, Fault> {
    let before = &facts.link.as_ref().ok_or(Fault::Missing { what: "linked account" })?.0;
    let Followed { user, suspended_from, .. } = followed;
    let detail = json!({ "by": Origin::Directory.name(), "how": LinkedBy::Directory.name() });
    note(conn, by, EventKind::AccountLinked, Some(user.id), &detail, now).await?;
    save(conn, by, before, &user, Vec::new(), now).await?;
    let known = directory_users::insert(conn, &by.directory, user, push, suspended_from, now).await?;
    Ok(PushOutcome::Attached(Box::new(known)))
}

async fn change(
    conn: &impl ConnectionTrait,
    by: &DirectoryRequest,
    followed: Followed,
    facts: &PushFacts,
    push: &Push,
    now: OffsetDateTime,
) -> Result<PushOutcome, Fault> {
    let before = facts.target.as_ref().ok_or(Fault::Missing { what: "account of the directory" })?;
    let Followed { user, suspended_from, key } = followed;
    let mut known = DirectoryUser {
        user,
        external_id: push.external_id.clone(),
        activity: push.activity,
        suspended_from,
        rest: push.rest.clone(),
        ..before.clone()
    };
    if key == KeyStep::Link {
        link(conn, by, push, known.user.id, now).await?;
        let detail = json!({ "how": LinkedBy::Directory.name() });
        note(conn, by, EventKind::AccountLinked, Some(known.user.id), &detail, now).await?;
    }
    if known == *before {
        return Ok(PushOutcome::Changed(Box::new(known)));
    }
    (known.changed_at, known.version) = (now, before.version + 1);
    let own = [
        ("external_id", before.external_id != known.external_id),
        ("active", before.activity != known.activity),
        ("other", before.rest != known.rest),
    ];
    let own = own.into_iter().filter_map(|(field, changed)| changed.then_some(field)).collect();
    save(conn, by, &before.user, &known.user, own, now).await?;
    directory_users::save(conn, &known).await?;
    Ok(PushOutcome::Changed(Box::new(known)))
}

/// Writes the account, if it changed, with its event; the sessions of one that is suspended now end [attack H8].
async fn save(
    conn: &impl ConnectionTrait,
    by: &DirectoryRequest,
    before: &User,
    after: &User,
    own: Vec<&'static str>,
    now: OffsetDateTime,
) -> Result<(), Fault> {
    if before == after && own.is_empty() {
        return Ok(());
    }
    users::save(conn, after).await?;
    let mut fields = users::changed_fields(before, after);
    fields.extend(own);
    let mut detail = json!({ "by": Origin::Directory.name(), "fields": fields });
    if before.state != after.state
        && let Some(detail) = detail.as_object_mut()
    {
        detail.insert("from".to_owned(), before.state.name().into());
        detail.insert("to".to_owned(), after.state.name().into());
    }
    note(conn, by, EventKind::AccountChanged, Some(after.id), &detail, now).await?;
    if before.state != after.state && after.state == UserState::Suspended {
        ends::end_all(conn, Whose::user(after.tenant, after.id), EndReason::Suspended, now).await?;
    }
    Ok(())
}

async fn link(
    conn: &impl ConnectionTrait,
    by: &DirectoryRequest,
    push: &Push,
    user: UserId,
    now: OffsetDateTime,
) -> Result<(), Fault> {
    let Some(subject) = &push.subject else {
        return Ok(());
    };
    let Directory { tenant, connection } = by.directory;
    identities::link_to(conn, Key { tenant, connection, subject }, user, LinkedBy::Directory, now).await
}

async fn refuse(
    conn: &impl ConnectionTrait,
    by: &DirectoryRequest,
    facts: &PushFacts,
    push: &Push,
    refusal: PushRefusal,
    now: OffsetDateTime,
) -> Result<PushOutcome, Fault> {
    let with = match refusal {
        PushRefusal::ExternalIdTaken { with }
        | PushRefusal::UserNameTaken { with }
        | PushRefusal::KeyTaken { with } => Some(with),
        _ => refusal.collision().map(|(with, _)| with),
    };
    let mut detail = json!({ "code": refusal.code() });
    if let (Some(with), Some(detail)) = (with, detail.as_object_mut()) {
        detail.insert("with".to_owned(), with.to_string().into());
    }
    let user = facts.target.as_ref().map(|target| target.user.id);
    note(conn, by, EventKind::PushRefused, user, &detail, now).await?;
    if let (Some((with, why)), Some(subject), None) = (refusal.collision(), &push.subject, &facts.link) {
        let Directory { tenant, connection } = by.directory;
        let key = Key { tenant, connection, subject };
        if let Some(detail) = merges::propose(conn, key, with, why, now).await? {
            note(conn, by, EventKind::MergeProposed, Some(with), &detail, now).await?;
        }
    }
    Ok(PushOutcome::Refused(refusal))
}

/// Writes an event about what a directory asked for.
pub(super) async fn note(
    conn: &impl ConnectionTrait,
    by: &DirectoryRequest,
    kind: EventKind,
    user: Option<UserId>,
    detail: &Value,
    now: OffsetDateTime,
) -> Result<(), Fault> {
    let mut event = events::about(kind, by.directory.tenant, now, detail);
    event.connection = Some(by.directory.connection);
    event.user = user;
    event.trace = Some(by.trace.clone());
    events::write(conn, &event).await
}
